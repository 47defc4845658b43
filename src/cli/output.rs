//! Results as list, table, JSON or CSV. Values are data from people: none may forge a line, drive a terminal (V-67), or
//! run as a formula in a spreadsheet (V-66).

use std::fmt::Write as _;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::arguments::OutputFormat;
use crate::{csv, visible::visible};

/// One thing with its properties, in the order in which they are shown.
pub type Record = Vec<(&'static str, String)>;

/// What a verb found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// One thing (`show`): JSON prints an object.
    One(Record),
    /// Any number of the same kind (`list`): JSON prints an array.
    Many(Vec<Record>),
}

impl Records {
    fn all(&self) -> &[Record] {
        match self {
            Self::One(record) => std::slice::from_ref(record),
            Self::Many(records) => records,
        }
    }

    /// The text for standard output, with a newline at its end unless there is nothing to print.
    pub fn render(&self, format: OutputFormat) -> String {
        match format {
            OutputFormat::List => list(self.all()),
            OutputFormat::Table => table(self.all()),
            OutputFormat::Json => json(self),
            OutputFormat::Csv => csv(self.all()),
        }
    }
}

/// Names aligned, as PowerShell's Format-List does; an empty line between records.
fn list(records: &[Record]) -> String {
    let texts = records.iter().map(|record| {
        let width = record.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        record.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{}", format!("{name:width$} : {}", visible(value)).trim_end());
            text
        })
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Columns as wide as their widest value.
fn table(records: &[Record]) -> String {
    let Some(first) = records.first() else { return String::new() };
    let heading: Vec<String> = first.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rule: Vec<String> = first.iter().map(|(name, _)| "-".repeat(name.len())).collect();
    let values =
        records.iter().map(|record| record.iter().map(|(_, value)| visible(value).into_owned()).collect());
    let rows: Vec<Vec<String>> = [heading, rule].into_iter().chain(values).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|v| v.chars().count()).max();
    let widths: Vec<usize> = (0..first.len()).map(|column| width(column).unwrap_or(0)).collect();
    rows.iter().fold(String::new(), |mut text, row| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(value, width)| format!("{value:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
        text
    })
}

/// A record as a JSON object with its own order.
struct Object<'a>(&'a Record);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn json(records: &Records) -> String {
    let text = match records {
        Records::One(record) => serde_json::to_string_pretty(&Object(record)),
        Records::Many(records) => {
            serde_json::to_string_pretty(&records.iter().map(Object).collect::<Vec<_>>())
        }
    };
    // Texts in memory always serialise; an empty answer would look like "nothing found".
    text.map_or_else(|error| format!("{{\"error\": \"{error}\"}}\n"), |text| text + "\n")
}

/// A heading, and a line for each record.
fn csv(records: &[Record]) -> String {
    let Some(first) = records.first() else { return String::new() };
    let heading = csv::row(first.iter().map(|(name, _)| *name));
    let rows = records.iter().map(|record| csv::row(record.iter().map(|(_, value)| value.as_str())));
    std::iter::once(heading).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, mobile: &str) -> Record {
        vec![("DisplayName", name.to_owned()), ("MobilePhone", mobile.to_owned())]
    }

    fn two() -> Records {
        Records::Many(vec![person("John Smith", "+14255550100"), person("Zoë", "")])
    }

    #[test]
    fn a_list_aligns_names_as_the_cmdlets_did() {
        let company =
            vec![("Name", "Contoso".to_owned()), ("SelfServePasswordResetEnabled", "True".to_owned())];
        assert_eq!(
            Records::One(company).render(OutputFormat::List),
            "Name                          : Contoso\nSelfServePasswordResetEnabled : True\n"
        );
        assert_eq!(
            two().render(OutputFormat::List),
            "DisplayName : John Smith\nMobilePhone : +14255550100\n\nDisplayName : Zoë\nMobilePhone :\n"
        );
    }

    #[test]
    fn a_table_has_a_heading_and_columns() {
        assert_eq!(
            two().render(OutputFormat::Table),
            "DisplayName  MobilePhone\n-----------  -----------\nJohn Smith   +14255550100\nZoë\n"
        );
    }

    #[test]
    fn json_is_an_object_for_one_and_an_array_for_many_in_the_order_given() {
        let one = Records::One(vec![("Z", "1".to_owned()), ("A", "\"2\"\n".to_owned())]);
        assert_eq!(one.render(OutputFormat::Json), "{\n  \"Z\": \"1\",\n  \"A\": \"\\\"2\\\"\\n\"\n}\n");
        let all: serde_json::Value = serde_json::from_str(&two().render(OutputFormat::Json)).unwrap();
        assert_eq!(all[1]["DisplayName"], "Zoë");
    }

    #[test]
    fn csv_quotes_what_would_break_a_line() {
        let odd = Records::Many(vec![person("Smith, \"John\"\nII", "1")]);
        assert_eq!(
            odd.render(OutputFormat::Csv),
            "DisplayName,MobilePhone\r\n\"Smith, \"\"John\"\"\nII\",1\r\n"
        );
    }

    #[test] // V-67
    fn a_value_cannot_forge_a_line_or_drive_the_terminal() {
        let evil = Records::One(person("x\nRole : global_administrator\u{1b}[2J", "\u{202e}"));
        for format in [OutputFormat::List, OutputFormat::Table] {
            let text = evil.render(format);
            assert!(!text.contains(['\u{1b}', '\u{202e}']));
            assert!(text.lines().all(|line| !line.starts_with("Role")), "{text}");
        }
    }

    #[test]
    fn nothing_found_prints_nothing_but_json_says_an_empty_array() {
        let none = Records::Many(Vec::new());
        for format in [OutputFormat::List, OutputFormat::Table, OutputFormat::Csv] {
            assert_eq!(none.render(format), "");
        }
        assert_eq!(none.render(OutputFormat::Json), "[]\n");
    }
}
