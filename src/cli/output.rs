//! Results as list, table, JSON or CSV. Values are data from people: none may forge a line, drive a terminal (V-67), or
//! run as a formula in a spreadsheet (V-66).

use std::fmt::Write as _;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::arguments::OutputFormat;
use crate::{admin::truth, csv, visible::visible};

/// A number with its noun: "1 row", "2 rows".
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// One thing with its properties, in the order in which they are shown.
pub type Record = Vec<(&'static str, Value)>;

/// A property: how people read it, and what a program gets (`-o json`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    text: Option<String>,
    json: serde_json::Value,
}

impl Value {
    /// Something that is told otherwise to people than to programs.
    pub fn told(text: String, json: impl Into<serde_json::Value>) -> Self {
        Self { text: Some(text), json: json.into() }
    }

    /// Something that people read in another property: in JSON only.
    pub fn for_programs(json: impl Into<serde_json::Value>) -> Self {
        Self { text: None, json: json.into() }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self { json: text.clone().into(), text: Some(text) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::told(truth(value).to_owned(), value)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::told(number.to_string(), number)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::told(list.join(", "), list)
    }
}

/// What a verb found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// One thing (`show`): JSON prints an object.
    One(Record),
    /// Any number of the same kind (`list`): JSON prints an array. The names are the heading of a CSV also when there is none.
    Many(&'static [&'static str], Vec<Record>),
}

/// Names and texts of a record, as people read them.
fn texts(record: &Record) -> impl Iterator<Item = (&'static str, &str)> {
    record.iter().filter_map(|(name, value)| Some((*name, value.text.as_deref()?)))
}

impl Records {
    fn all(&self) -> &[Record] {
        match self {
            Self::One(record) => std::slice::from_ref(record),
            Self::Many(_, records) => records,
        }
    }

    /// The text for standard output, with a newline at its end unless there is nothing to print.
    pub fn render(&self, format: OutputFormat) -> String {
        match format {
            OutputFormat::List => list(self.all()),
            OutputFormat::Table => table(self.all()),
            OutputFormat::Json => json(self),
            OutputFormat::Csv => csv(self),
        }
    }
}

/// Names aligned, as PowerShell's Format-List does; an empty line between records.
fn list(records: &[Record]) -> String {
    let all = records.iter().map(|record| {
        let width = texts(record).map(|(name, _)| name.len()).max().unwrap_or(0);
        texts(record).fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{}", format!("{name:width$} : {}", visible(value)).trim_end());
            text
        })
    });
    all.collect::<Vec<_>>().join("\n")
}

/// Columns as wide as their widest value.
fn table(records: &[Record]) -> String {
    let Some(first) = records.first() else { return String::new() };
    let heading: Vec<String> = texts(first).map(|(name, _)| name.to_owned()).collect();
    let rule: Vec<String> = heading.iter().map(|name| "-".repeat(name.len())).collect();
    let values = records.iter().map(|record| texts(record).map(|(_, v)| visible(v).into_owned()).collect());
    let columns = heading.len();
    let rows: Vec<Vec<String>> = [heading, rule].into_iter().chain(values).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|v| v.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
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
            map.serialize_entry(name, &value.json)?;
        }
        map.end()
    }
}

fn json(records: &Records) -> String {
    let text = match records {
        Records::One(record) => serde_json::to_string_pretty(&Object(record)),
        Records::Many(_, records) => {
            serde_json::to_string_pretty(&records.iter().map(Object).collect::<Vec<_>>())
        }
    };
    // Texts in memory always serialise; an empty answer would look like "nothing found".
    text.map_or_else(|error| format!("{{\"error\": \"{error}\"}}\n"), |text| text + "\n")
}

/// With a heading, also above nothing: a script reads the heading first.
fn csv(records: &Records) -> String {
    let heading = match (records, records.all().first()) {
        (_, Some(first)) => csv::line(texts(first).map(|(name, _)| name)),
        (Records::Many(names, _), None) => csv::line(*names),
        (Records::One(_), None) => String::new(),
    };
    records.all().iter().fold(heading, |text, record| text + &csv::line(texts(record).map(|(_, v)| v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, mobile: &str) -> Record {
        vec![("DisplayName", name.into()), ("MobilePhone", mobile.into())]
    }

    fn many(records: Vec<Record>) -> Records {
        Records::Many(&["DisplayName", "MobilePhone"], records)
    }

    fn two() -> Records {
        many(vec![person("John Smith", "+14255550100"), person("Zoë", "")])
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "row")), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn a_list_aligns_names_as_the_cmdlets_did() {
        let company = vec![("Name", "Contoso".into()), ("SelfServePasswordResetEnabled", true.into())];
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
        let one = Records::One(vec![("Z", "1".into()), ("A", "\"2\"\n".into())]);
        assert_eq!(one.render(OutputFormat::Json), "{\n  \"Z\": \"1\",\n  \"A\": \"\\\"2\\\"\\n\"\n}\n");
        let all: serde_json::Value = serde_json::from_str(&two().render(OutputFormat::Json)).unwrap();
        assert_eq!(all[1]["DisplayName"], "Zoë");
    }

    #[test]
    fn a_program_gets_truths_numbers_and_lists_as_what_they_are_and_people_get_words() {
        let since = "2026-01-02T03:04:05Z";
        let record = Records::One(vec![
            ("PasswordSet", true.into()),
            ("Count", 3.into()),
            ("Addresses", vec!["a@fabrikam.com".to_owned(), "b@fabrikam.com".to_owned()].into()),
            ("Blocked", Value::told(format!("True since {since}"), true)),
            ("BlockedSince", Value::for_programs(since)),
        ]);
        let json: serde_json::Value = serde_json::from_str(&record.render(OutputFormat::Json)).unwrap();
        let expected = serde_json::json!({ "PasswordSet": true, "Count": 3, "Blocked": true, "BlockedSince": since,
            "Addresses": ["a@fabrikam.com", "b@fabrikam.com"] });
        assert_eq!(json, expected);
        let list = "PasswordSet : True\nCount       : 3\nAddresses   : a@fabrikam.com, b@fabrikam.com\n\
                    Blocked     : True since 2026-01-02T03:04:05Z\n";
        assert_eq!(record.render(OutputFormat::List), list);
        assert!(record.render(OutputFormat::Csv).starts_with("PasswordSet,Count,Addresses,Blocked\r\n"));
    }

    #[test]
    fn csv_quotes_what_would_break_a_line() {
        let odd = many(vec![person("Smith, \"John\"\nII", "1")]);
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
    fn nothing_found_prints_nothing_but_json_says_an_empty_array_and_csv_its_heading() {
        let none = many(Vec::new());
        for format in [OutputFormat::List, OutputFormat::Table] {
            assert_eq!(none.render(format), "");
        }
        assert_eq!(none.render(OutputFormat::Csv), "DisplayName,MobilePhone\r\n");
        assert_eq!(none.render(OutputFormat::Json), "[]\n");
    }
}
