//! Files of users: read with the columns that are known, and results written beside them.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::{
    Exit, Said,
    arguments::OutputFormat,
    csv::{self, Table},
    output::Records,
};
use crate::visible::visible;

/// A column that is known, by our name and by the one of the old cmdlets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// User ID.
    UserId,
    /// Name.
    DisplayName,
    /// Role.
    Role,
    /// Addresses in one field.
    AlternateEmailAddresses,
    /// The number.
    MobilePhone,
    /// Blocked or not.
    Blocked,
    /// What `user list` and `Get-MsolUser` print besides: left alone.
    ReadOnly,
}

/// Names as they are compared: in lower case, without spaces, dashes and underscores.
const NAMES: &[(&str, Column)] = &[
    ("userid", Column::UserId),
    ("userprincipalname", Column::UserId),
    ("displayname", Column::DisplayName),
    ("role", Column::Role),
    ("alternateemailaddresses", Column::AlternateEmailAddresses),
    ("alternateemailaddress", Column::AlternateEmailAddresses),
    ("mobilephone", Column::MobilePhone),
    ("blocked", Column::Blocked),
    ("blockcredential", Column::Blocked),
    ("company", Column::ReadOnly),
    ("passwordset", Column::ReadOnly),
    ("couldreset", Column::ReadOnly),
    ("whynot", Column::ReadOnly),
    ("lastpasswordchangetimestamp", Column::ReadOnly),
];

impl Column {
    /// The column of that name.
    pub fn named(name: &str) -> Option<Self> {
        let name: String = name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).collect();
        let name = name.to_ascii_lowercase();
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, column)| *column)
    }
}

/// Where a column stands.
pub fn place_of(table: &Table, column: Column) -> Option<usize> {
    table.heading.iter().position(|name| Column::named(name) == Some(column))
}

/// What every column means, in their order; refused with all that are unknown, or that say the same twice.
pub fn columns(path: &Path, table: &Table) -> Result<Vec<Column>, Said> {
    let found: Vec<Option<Column>> = table.heading.iter().map(|name| Column::named(name)).collect();
    let unknown: Vec<String> = table
        .heading
        .iter()
        .zip(&found)
        .filter(|(_, column)| column.is_none())
        .map(
            |(name, _)| {
                if name.is_empty() { "(without a name)".to_owned() } else { visible(name).into_owned() }
            },
        )
        .collect();
    if !unknown.is_empty() {
        let what = format!(
            "the column {} is not known; those that are: UserId, DisplayName, Role, AlternateEmailAddresses, MobilePhone, Blocked",
            unknown.join(", ")
        );
        return Err(refused(path, &what));
    }
    let columns: Vec<Column> = found.into_iter().flatten().collect();
    for (place, column) in columns.iter().enumerate() {
        if *column != Column::ReadOnly && columns[..place].contains(column) {
            let what = format!("two columns mean {column:?}: {}", visible(&table.heading.join(", ")));
            return Err(refused(path, &what));
        }
    }
    Ok(columns)
}

/// Reads a CSV, or standard input by the name `-`.
pub fn read(path: &Path) -> Result<Table, Said> {
    let not_read = |error: io::Error| refused(path, &error.to_string());
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(path).map_err(not_read)?),
    };
    let mut bytes = Vec::new();
    // One more than is taken tells that there was more.
    input.take(csv::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(not_read)?;
    csv::read(&bytes).map_err(|problem| refused(path, &visible(&problem.to_string())))
}

/// A new file for results, which only its owner reads: it names people. One that is there is never written over.
pub fn new(path: &Path) -> Result<File, Said> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| refused(path, &error.to_string()))
}

/// Writes results.
pub fn write(mut file: File, records: &Records) -> Result<(), Said> {
    let text = records.render(OutputFormat::Csv);
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        Said::refused(Exit::Refused, format!("sspr: the result can't be written: {error}\n"))
    })
}

/// A file that is no good, and why.
pub fn refused(path: &Path, why: &str) -> Said {
    let name = path.display().to_string();
    let name = if name == "-" { "standard input" } else { &name };
    Said::refused(Exit::Refused, format!("sspr: {}: {why}\n", visible(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(heading: &str) -> Table {
        csv::read(heading.as_bytes()).unwrap()
    }

    #[test]
    fn columns_are_known_by_our_names_and_the_cmdlets_in_any_case_and_spacing() {
        let found = columns(
            Path::new("users.csv"),
            &table("USERPRINCIPALNAME;display name;Mobile_Phone;alternate-email-addresses;WhyNot"),
        );
        assert_eq!(
            found.unwrap(),
            [
                Column::UserId,
                Column::DisplayName,
                Column::MobilePhone,
                Column::AlternateEmailAddresses,
                Column::ReadOnly
            ]
        );
    }

    #[test]
    fn an_unknown_column_and_two_of_the_same_meaning_are_refused_by_name() {
        let why = |heading: &str| columns(Path::new("users.csv"), &table(heading)).unwrap_err().err;
        assert!(why("UserId,Titel,Phone").contains("users.csv: the column Titel, Phone is not known"));
        assert!(why("UserId,,Role").contains("(without a name)"));
        assert!(why("UserId,UserPrincipalName").contains("two columns mean UserId"));
        assert!(!why("UserId,\u{1b}[2J").contains('\u{1b}'));
    }
}
