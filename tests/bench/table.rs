//! What is printed: a line a row, with its ratio and its goal.

use super::client::Stretch;

/// One line.
pub struct Row<'a> {
    /// What was done.
    pub what: &'a str,
    /// The bare program's figure.
    pub bare: Option<f64>,
    /// Ours.
    pub ours: f64,
    /// `/s`, `ms`, `MiB`, `KB`.
    pub unit: &'static str,
    /// What is to be reached.
    pub goal: Goal,
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At least so much of the bare program's.
    OfBare(f64),
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
    /// A figure to know.
    None,
}

/// The run's lines.
#[derive(Default)]
pub struct Table {
    /// Rows with a goal.
    pub judged: usize,
    /// Rows that reached it.
    pub reached: usize,
}

impl Table {
    /// The head of a part.
    pub fn part(name: &str) {
        println!("\n{name:<64} {:>10} {:>10}      {:>6}  goal", "bare", "ours", "ratio");
    }

    /// A line.
    pub fn row(&mut self, row: &Row<'_>) {
        let ratio = row.bare.map(|bare| row.ours / bare);
        let (reached, goal) = match row.goal {
            Goal::OfBare(least) => (ratio.map(|ratio| ratio >= least), format!("≥ {least:.2} of bare")),
            Goal::Most(most) => (Some(row.ours <= most), format!("≤ {}", figure(most))),
            Goal::Least(least) => (Some(row.ours >= least), format!("≥ {}", figure(least))),
            Goal::None => (None, String::new()),
        };
        self.judged += usize::from(reached.is_some());
        self.reached += usize::from(reached == Some(true));
        let mark = match reached {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        };
        println!(
            "{:<64} {:>10} {:>10} {:<4} {:>6}  {goal:<14} {mark}",
            row.what,
            row.bare.map_or_else(String::new, figure),
            figure(row.ours),
            row.unit,
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        );
    }

    /// Something to know about the rows above.
    pub fn note(text: &str) {
        println!("  {text}");
    }

    /// Two lines for a pair of measurements: how many a second, and how long each took.
    pub fn compare(&mut self, what: &str, bare: &[Stretch], ours: &[Stretch], least: f64) {
        let rate = |all: &[Stretch]| median(all.iter().map(|s| s.per_second));
        let p50 = |all: &[Stretch]| median(all.iter().map(|s| s.p50));
        let work = |all: &[Stretch]| median(all.iter().map(|s| s.work));
        let p99 = |all: &[Stretch]| median(all.iter().map(|s| s.p99));
        self.row(&Row {
            what,
            bare: Some(rate(bare)),
            ours: rate(ours),
            unit: "/s",
            goal: if least > 0.0 { Goal::OfBare(least) } else { Goal::None },
        });
        Self::note(&format!(
            "p50 {} / {} ms, p99 {} / {} ms; processor time of server and database {:.0} / {:.0} µs",
            figure(p50(bare)),
            figure(p50(ours)),
            figure(p99(bare)),
            figure(p99(ours)),
            work(bare),
            work(ours)
        ));
    }
}

/// The middle one.
pub fn median(all: impl IntoIterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = all.into_iter().collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Three digits that matter, thousands apart.
pub fn figure(n: f64) -> String {
    if n >= 1000.0 {
        let whole = format!("{n:.0}");
        let (head, tail) = whole.split_at(whole.len() - 3);
        return format!("{head},{tail}");
    }
    if n >= 100.0 {
        format!("{n:.0}")
    } else if n >= 10.0 {
        format!("{n:.1}")
    } else {
        format!("{n:.2}")
    }
}
