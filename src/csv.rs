//! Writing CSV: RFC 4180, and nothing in it runs as a formula in a spreadsheet (V-66). The shell's `-o csv` and every download of the
//! portal are written here.

/// One line of fields with its end, which is CRLF.
pub fn row<'f>(fields: impl IntoIterator<Item = &'f str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(field).collect();
    fields.join(",") + "\r\n"
}

/// One field: quoted where it must be, and with an apostrophe before what a spreadsheet would run. A phone number in
/// E.164 begins with a plus and gets one too: an exception for digits would let `+1+cmd…` through.
pub fn field(value: &str) -> String {
    let mut text = String::new();
    if runs(value) {
        text.push('\'');
    }
    text.push_str(value);
    // A semicolon or a tab parts fields in the spreadsheets of half the world.
    let breaks = |c: char| matches!(c, ',' | ';' | '"' | '\t' | '\r' | '\n');
    if text.contains(breaks) || text.starts_with(' ') || text.ends_with(' ') {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Whether a spreadsheet would run it; also behind spaces and apostrophes, so that taking one away gives back exactly what was there.
pub fn runs(value: &str) -> bool {
    let dangerous =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠');
    value.trim_start_matches([' ', '\'']).starts_with(dangerous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-66
    fn nothing_in_a_csv_runs_as_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝", "  =", "'="] {
            let value = format!("{start}cmd|'/c calc'!A1");
            let shown = field(&value);
            assert!(shown.trim_start_matches('"').starts_with('\''), "{shown:?}");
        }
        assert_eq!(field("johnsmith@contoso.com"), "johnsmith@contoso.com");
        assert_eq!(field("=1,2"), "\"'=1,2\"");
    }

    #[test]
    fn what_would_break_a_line_is_quoted() {
        assert_eq!(row(["Smith, \"John\"\nII", "a;b", ""]), "\"Smith, \"\"John\"\"\nII\",\"a;b\",\r\n");
    }
}
