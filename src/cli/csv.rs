//! CSV as it comes back from spreadsheets: RFC 4180, and what Excel makes of it.
//!
//! Understood: UTF-8 with or without its mark, UTF-16 with its mark ("Unicode text"), `,` `;` or tab between fields, a first line
//! `sep=;`, any line end, line ends inside quotes, empty lines, a heading of any order. Refused, with the line: other encodings
//! (Excel's plain "CSV" is Windows-1252: guessing would write wrong names), a quote that never ends, NUL, and anything of a size that
//! no list of people has. What must stay true: a row is read whole or the file is refused; nothing is guessed.

use std::borrow::Cow;

use crate::csv::runs;

/// Largest file, in bytes: some hundred thousand people.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most columns.
const MAX_COLUMNS: usize = 200;
/// Longest field, in bytes: ten addresses of the greatest length have room.
const MAX_FIELD: usize = 8 * 1024;

/// A file that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns, without spaces around them.
    pub heading: Vec<String>,
    /// The rows, each as wide as the heading.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The line in the file on which it begins, from 1.
    pub line: usize,
    /// The fields, without spaces around them.
    pub fields: Vec<String>,
}

/// Why a file can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvProblem {
    /// More than [`MAX_BYTES`].
    #[error("it has more than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// Nothing in it.
    #[error("there is nothing in it, not even a heading")]
    Empty,
    /// Another encoding.
    #[error("line {0} is not UTF-8; in Excel, save it as \"CSV UTF-8 (Comma delimited)\"")]
    NotUtf8(usize),
    /// UTF-16 that stops in the middle of a character.
    #[error("it is marked as UTF-16 and is not")]
    NotUtf16,
    /// A character that no text has.
    #[error("line {0} has a NUL character: this is no text file")]
    Nul(usize),
    /// The quote that begins there never ends.
    #[error("the quotation mark that begins on line {0} never ends")]
    OpenQuote(usize),
    /// Something between a closing quote and the end of the field.
    #[error("line {0} has text after a closing quotation mark")]
    AfterQuote(usize),
    /// A field beyond [`MAX_FIELD`].
    #[error("line {0} has a field of more than {MAX_FIELD} bytes")]
    LongField(usize),
    /// More than [`MAX_COLUMNS`].
    #[error("line {0} has more than {MAX_COLUMNS} fields")]
    TooWide(usize),
    /// Fewer fields than the heading, or more.
    #[error("line {line} has {found} fields, and the heading has {expected}")]
    Ragged {
        /// Which line.
        line: usize,
        /// Its fields.
        found: usize,
        /// The heading's.
        expected: usize,
    },
    /// A column twice.
    #[error("the heading names {0} twice")]
    TwiceInHeading(String),
}

/// Reads a file.
pub fn read(bytes: &[u8]) -> Result<Table, CsvProblem> {
    if bytes.len() > MAX_BYTES {
        return Err(CsvProblem::TooLarge);
    }
    let text = decoded(bytes)?;
    // A program that adds its mark to a file that has one: at the beginning it is no letter of anybody's.
    let (separator, text, first_line) = separator(text.trim_start_matches('\u{feff}'));
    let mut records = Records { rest: text, line: first_line, separator };
    let mut heading = loop {
        match records.next_record()? {
            Some((_, fields)) if fields.iter().all(String::is_empty) => {}
            Some((_, fields)) => break fields,
            None => return Err(CsvProblem::Empty),
        }
    };
    // A spreadsheet that once had more columns leaves empty ones behind.
    while heading.last().is_some_and(String::is_empty) {
        heading.pop();
    }
    for (place, name) in heading.iter().enumerate() {
        if heading[..place].iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
            return Err(CsvProblem::TwiceInHeading(name.clone()));
        }
    }
    let mut rows = Vec::new();
    while let Some((line, mut fields)) = records.next_record()? {
        if fields.iter().all(String::is_empty) {
            continue;
        }
        while fields.len() > heading.len() && fields.last().is_some_and(String::is_empty) {
            fields.pop();
        }
        if fields.len() != heading.len() {
            return Err(CsvProblem::Ragged { line, found: fields.len(), expected: heading.len() });
        }
        rows.push(Row { line, fields });
    }
    Ok(Table { heading, rows })
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, CsvProblem> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        _ => {
            let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = str::from_utf8(rest)
                .map_err(|error| CsvProblem::NotUtf8(lines(&rest[..error.valid_up_to()])))?;
            Cow::Borrowed(text)
        }
    };
    match text.find('\0') {
        Some(place) => Err(CsvProblem::Nul(lines(&text.as_bytes()[..place]))),
        None => Ok(text),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, CsvProblem> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(CsvProblem::NotUtf16) };
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| CsvProblem::NotUtf16)
}

/// The number of the line that follows these bytes.
fn lines(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

/// What separates fields: said by a first line `sep=;`, else what the heading has most of. With the text after that first line, and
/// the number of its first line.
fn separator(text: &str) -> (char, &str, usize) {
    let first = text.split(['\r', '\n']).next().unwrap_or_default();
    let mut said = first.strip_prefix("sep=").unwrap_or_default().chars();
    if let (Some(separator), None) = (said.next(), said.next()) {
        let rest = &text[first.len()..];
        return (separator, rest.strip_prefix("\r\n").or_else(|| rest.get(1..)).unwrap_or_default(), 2);
    }
    let heading = text.trim_start_matches(['\r', '\n']).split(['\r', '\n']).next().unwrap_or_default();
    let count = |separator: char| {
        let mut quoted = false;
        heading
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == separator
            })
            .count()
    };
    // Of equals the last: a comma, which is also what a heading of one column gets.
    let separator = ['\t', ';', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',');
    (separator, text, 1)
}

struct Records<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl Records<'_> {
    /// The next record and the line on which it begins.
    fn next_record(&mut self) -> Result<Option<(usize, Vec<String>)>, CsvProblem> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            if fields.len() > MAX_COLUMNS {
                return Err(CsvProblem::TooWide(line));
            }
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
                continue;
            }
            let ended = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix(['\n', '\r']));
            self.rest = ended.unwrap_or_default();
            self.line += 1;
            return Ok(Some((line, fields)));
        }
    }

    /// One field, up to its separator or the end of its line.
    fn field(&mut self) -> Result<String, CsvProblem> {
        let begins = self.line;
        let spaces = self.rest.len() - self.rest.trim_start_matches(' ').len();
        let Some(mut rest) = self.rest[spaces..].strip_prefix('"') else {
            let end = self.rest.find([self.separator, '\r', '\n']).unwrap_or(self.rest.len());
            let (field, rest) = self.rest.split_at(end);
            self.rest = rest;
            return if end > MAX_FIELD {
                Err(CsvProblem::LongField(begins))
            } else {
                Ok(unguarded(field.trim()).trim().to_owned())
            };
        };
        let mut field = String::new();
        loop {
            let end = rest.find('"').ok_or(CsvProblem::OpenQuote(begins))?;
            field.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            if field.len() > MAX_FIELD {
                return Err(CsvProblem::LongField(begins));
            }
            match rest.strip_prefix('"') {
                Some(after) => {
                    field.push('"');
                    rest = after;
                }
                None => break,
            }
        }
        self.line += field.matches('\n').count();
        self.rest = rest.trim_start_matches(' ');
        if !(self.rest.is_empty() || self.rest.starts_with([self.separator, '\r', '\n'])) {
            return Err(CsvProblem::AfterQuote(self.line));
        }
        Ok(unguarded(field.trim()).trim().to_owned())
    }
}

/// Without the apostrophe that an export put before it.
fn unguarded(field: &str) -> &str {
    field.strip_prefix('\'').filter(|rest| runs(rest)).unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes()).unwrap().rows.into_iter().map(|row| row.fields).collect()
    }

    fn utf16(text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read_alike() {
        let plain = "UserId,DisplayName\r\na@contoso.com,Zoë\r\n";
        let expected = Table {
            heading: vec!["UserId".into(), "DisplayName".into()],
            rows: vec![Row { line: 2, fields: vec!["a@contoso.com".into(), "Zoë".into()] }],
        };
        for text in [
            plain,
            "\u{feff}UserId,DisplayName\r\na@contoso.com,Zoë\r\n",
            "UserId;DisplayName\na@contoso.com;Zoë",
            "UserId\tDisplayName\ra@contoso.com\tZoë\r",
            "\"UserId\" , \"DisplayName\"\n \"a@contoso.com\", Zoë \n\n",
            "UserId,DisplayName,,\na@contoso.com,Zoë,,\n,,,\n",
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
        let tabs = plain.replace(',', "\t");
        assert_eq!(read(&utf16(&tabs, [0xff, 0xfe], u16::to_le_bytes)).unwrap(), expected);
        assert_eq!(read(&utf16(&tabs, [0xfe, 0xff], u16::to_be_bytes)).unwrap(), expected);
    }

    #[test]
    fn a_first_line_may_say_the_separator_and_the_heading_says_it_else() {
        for text in [
            "sep=|\r\nA|B\r\n1,5|2",
            "sep=;\nA;B\n1,5;2",
            "A;B\n1,5;2",
            "\"A,,,\";B\n1,5;2",
            "A\tB\n1,5\t2",
            "\r\n\r\nA;B\n1,5;2",
        ] {
            assert_eq!(fields(text), [["1,5", "2"]], "{text:?}");
        }
        assert_eq!(read(b"sep=;\nA;B\n1;2").unwrap().rows[0].line, 3);
        assert_eq!(fields("UserId\na@contoso.com"), [["a@contoso.com"]]);
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes_and_lines_are_counted_through_them() {
        let table = read(b"A,B\n\"x,\"\"y\"\"\r\nz\",2\n3,4\n").unwrap();
        assert_eq!(table.rows[0].fields, ["x,\"y\"\r\nz", "2"]);
        assert_eq!((table.rows[0].line, table.rows[1].line), (2, 4));
    }

    #[test]
    fn what_can_not_be_read_whole_is_refused_with_its_line() {
        for (bytes, problem) in [
            (&b""[..], CsvProblem::Empty),
            (b"\r\n\r\n", CsvProblem::Empty),
            (b"A\nZo\xeb", CsvProblem::NotUtf8(2)),
            (b"A\n\0", CsvProblem::Nul(2)),
            (b"\xff\xfea", CsvProblem::NotUtf16),
            (b"\xff\xfe\x00\xd8", CsvProblem::NotUtf16),
            (b"A\n\"b\nc", CsvProblem::OpenQuote(2)),
            (b"A,B\n\"b\"c,d", CsvProblem::AfterQuote(2)),
            (b"A,B\n1", CsvProblem::Ragged { line: 2, found: 1, expected: 2 }),
            (b"A,B\n\n1,2,3", CsvProblem::Ragged { line: 3, found: 3, expected: 2 }),
            (b"A,B,a\n1,2,3", CsvProblem::TwiceInHeading("a".into())),
        ] {
            assert_eq!(read(bytes), Err(problem), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_hostile_size_is_refused_before_it_costs_anything() {
        let wide = vec![b','; 1_000_000];
        assert_eq!(read(&wide), Err(CsvProblem::TooWide(1)));
        let long = format!("A\n{}", "x".repeat(MAX_FIELD + 1));
        assert_eq!(read(long.as_bytes()), Err(CsvProblem::LongField(2)));
        let quoted = format!("A\n\"{}\"", "\"\"".repeat(MAX_FIELD + 1));
        assert_eq!(read(quoted.as_bytes()), Err(CsvProblem::LongField(2)));
        assert_eq!(read(&vec![b'a'; MAX_BYTES + 1]), Err(CsvProblem::TooLarge));
    }

    #[test] // V-66
    fn the_apostrophe_of_an_export_is_taken_away_and_no_other() {
        for (field, expected) in [
            ("'+14255550100", "+14255550100"),
            ("'=1+1", "=1+1"),
            ("''=1+1", "'=1+1"),
            ("'t Hart", "'t Hart"),
            ("'", "'"),
            ("O'Neil", "O'Neil"),
            ("\"'=1,2\"", "=1,2"),
        ] {
            assert_eq!(fields(&format!("A;B\n{field};x"))[0][0], expected, "{field}");
        }
    }

    #[test] // found by fuzzing
    fn a_mark_that_stands_there_twice_is_no_letter_of_the_heading() {
        for marks in [&b"\xef\xbb\xbf"[..], b"\xef\xbb\xbf\xef\xbb\xbf"] {
            let table = read(&[marks, b"UserId\njane@contoso.com\n"].concat()).unwrap();
            assert_eq!(table.heading, ["UserId"]);
        }
        let marked = utf16("\u{feff}UserId\nx\n", [0xff, 0xfe], u16::to_le_bytes);
        assert_eq!(read(&marked).unwrap().heading, ["UserId"]);
        assert_eq!(read(crate::csv::line(["sep=@"]).as_bytes()).unwrap().heading, ["sep=@"]);
        assert_eq!(crate::csv::line(["\u{feff}UserId"]), "\"\u{feff}UserId\"\r\n");
    }

    #[test] // V-66
    fn what_an_export_writes_is_read_back_unchanged() {
        use crate::cli::{arguments::OutputFormat, output::Records};
        for value in [
            "+14255550100",
            "=cmd|'/c calc'!A1",
            "'=x",
            " '=x",
            "''",
            "'",
            "a,b;c\td",
            "\"",
            "\"\"",
            "x\r\ny",
            "-1",
            "@x",
            "＝x",
            "'t Hart",
            "plain",
            // Found by fuzzing: at the beginning of a file that would be taken for its mark.
            "\u{feff}mark",
        ] {
            let record = vec![("A", value.into()), ("B", "end".into())];
            let text = Records::Many(&["A", "B"], vec![record]).render(OutputFormat::Csv);
            assert_eq!(fields(&text), [[value.trim(), "end"]], "{text:?}");
        }
    }
}
