//! CSV as RFC 4180 has it, for files that people open in a spreadsheet: nothing in it runs as a formula (V-66).

/// One line with its end.
pub fn line<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut line = values.into_iter().map(|value| field(value.as_ref())).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// One field: quoted where it must be, and with an apostrophe before what a spreadsheet would run. A phone number in
/// E.164 begins with a plus and gets one too: an exception for digits would let `+1+cmd…` through.
fn field(value: &str) -> String {
    let mut text = String::new();
    if runs(value) {
        text.push('\'');
    }
    text.push_str(value);
    // A first line `sep=;` says what separates fields, to spreadsheets and to our own reader.
    if text.contains([',', ';', '"', '\t', '\r', '\n', '\u{feff}'])
        || text.starts_with("sep=")
        || text.starts_with(' ')
        || text.ends_with(' ')
    {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Whether a spreadsheet would run it: what [`line`] puts an apostrophe before, also behind spaces and apostrophes, so that
/// taking one away gives back exactly what was there.
pub fn runs(value: &str) -> bool {
    let dangerous =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠');
    value.trim_start_matches([' ', '\'']).starts_with(dangerous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_quotes_what_would_break_it() {
        assert_eq!(line(["Smith, \"John\"\nII", "1"]), "\"Smith, \"\"John\"\"\nII\",1\r\n");
        assert_eq!(line([" a", ""]), "\" a\",\r\n");
        assert_eq!(line(["sep=@"]), "\"sep=@\"\r\n");
    }

    #[test] // V-66
    fn nothing_runs_as_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝", "  ="] {
            let value = format!("{start}cmd|'/c calc'!A1");
            let shown = field(&value);
            assert!(shown.trim_start_matches('"').starts_with('\''), "{shown:?}");
        }
        assert_eq!(field("johnsmith@contoso.com"), "johnsmith@contoso.com");
        assert_eq!(field("=1,2"), "\"'=1,2\"");
    }
}
