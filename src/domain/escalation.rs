//! How much a visitor has to show not to be a program: by what the network did in the last hour, never by who was named.
//!
//! Must stay true: the level that counts is judged by the database in the statement that counts (`admit_by_level`); the one on a
//! page is only what to ask for. A further level is a variant here, a line in `network_level`, and what it asks for in `wizard::who`.

/// What a network did in the last hour: starts and wrong answers. The order is that of what is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Little: what a browser computes is enough.
    Quiet,
    /// More: characters are needed.
    Busy,
    /// Much: characters, and a longer computation.
    #[default]
    Crowded,
}

impl Level {
    /// As the database has it. An unknown number is the highest level.
    pub const fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Quiet,
            1 => Self::Busy,
            _ => Self::Crowded,
        }
    }

    /// For the database.
    pub const fn number(self) -> i32 {
        match self {
            Self::Quiet => 0,
            Self::Busy => 1,
            Self::Crowded => 2,
        }
    }
}

/// After how many starts and wrong answers of a network in an hour the next level begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// [`Level::Busy`].
    pub busy_after: i32,
    /// [`Level::Crowded`].
    pub crowded_after: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_survives_the_database_and_an_unknown_one_is_the_highest() {
        for level in [Level::Quiet, Level::Busy, Level::Crowded] {
            assert_eq!(Level::from_number(level.number()), level);
        }
        assert_eq!([Level::from_number(3), Level::from_number(-1)], [Level::Crowded; 2]);
        assert!(Level::Quiet < Level::Busy && Level::Busy < Level::Crowded);
    }
}
