//! Files of people: CSV in the encodings of spreadsheets, and what an import understands of their rows (V-66).

use std::path::Path;

use sspr::{
    cli::{
        csv::{self, Table},
        file, import,
    },
    csv as written,
};

use super::is_one_line;

/// A table is as wide as its heading; in UTF-16 it is the same; written by us and read again it is the same.
pub fn csv(data: &[u8]) {
    let Ok(table) = csv::read(data) else { return };
    assert!(table.rows.iter().all(|row| row.fields.len() == table.heading.len()));
    assert!(table.rows.windows(2).all(|two| two[0].line < two[1].line));
    if let Ok(text) = std::str::from_utf8(data)
        && !text.starts_with('\u{feff}')
    {
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(csv::read(&little).as_ref(), Ok(&table));
        assert_eq!(csv::read(&big).as_ref(), Ok(&table));
    }
    comes_back(&table);
}

/// Nothing in our own files runs in a spreadsheet, and reading them gives back what was written.
fn comes_back(table: &Table) {
    let fields = |row: &[String]| row.iter().map(|field| field.trim().to_owned()).collect::<Vec<_>>();
    let lines = std::iter::once(&table.heading).chain(table.rows.iter().map(|row| &row.fields));
    let text: String = lines.map(written::line).collect();
    let again = csv::read(text.as_bytes()).expect("our own file");
    assert_eq!(again.heading, fields(&table.heading));
    assert_eq!(again.rows.len(), table.rows.len());
    for (one, other) in again.rows.iter().zip(&table.rows) {
        assert_eq!(one.fields, fields(&other.fields));
    }
}

/// Every row of a file is a row to import or says why not, on a line of its own.
pub fn import(data: &[u8]) {
    let Ok(table) = csv::read(data) else { return };
    let columns = match file::columns(Path::new("people.csv"), &table) {
        Ok(columns) => columns,
        Err(said) => return assert!(is_one_line(said.err.trim_end())),
    };
    assert_eq!(columns.len(), table.heading.len());
    let lines = import::read_rows(&table, &columns);
    assert_eq!(lines.len(), table.rows.len());
    for line in lines {
        match line.row {
            Ok(row) => {
                assert!(row.alternate_emails.is_none_or(|all| all.iter().all(|one| !one.is_empty())));
                // 4.25556E+11: what a spreadsheet leaves of a number is never taken for one.
                let spoilt = |number: &str| {
                    let (digits, power) = number.split_once("E+").unwrap_or_default();
                    [digits, power]
                        .iter()
                        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
                };
                assert!(row.mobile_phone.is_none_or(|number| !spoilt(&number)));
            }
            Err(why) => assert!(is_one_line(&why), "{why}"),
        }
    }
}
