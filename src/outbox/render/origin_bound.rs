//! The last line of an SMS that lets a browser fill in the code, on the right site only: `@host #code`.
//!
//! Source: WICG "Origin-bound one-time codes delivered via SMS", 3.2 Parsing. The last line is what follows the
//! last newline: one newline after it, and no phone finds the code. Each SMS is read back by this parser before it
//! goes out.

/// What a browser reads from the message.
#[derive(Debug, PartialEq, Eq)]
pub struct OriginBound<'m> {
    /// The host of the page, without scheme and port.
    pub host: &'m str,
    /// The host of a frame inside the page.
    pub embedded: Option<&'m str>,
    /// The code that is filled in.
    pub code: &'m str,
}

/// The line as it ends a message.
pub fn last_line(host: &str, code: &str) -> String {
    format!("\n@{host} #{code}")
}

/// Reads a message as a browser does; `None` where a browser would find nothing.
pub fn parse(message: &str) -> Option<OriginBound<'_>> {
    // "Normalize newlines" turns CR LF and CR into LF; the last line is the same when it is cut at either.
    let line = message.rsplit(['\n', '\r']).next()?;
    let (host, rest) = marked(line, '@')?;
    let (code, rest) = marked(rest.strip_prefix(' ')?, '#')?;
    let embedded = rest.strip_prefix(' ').and_then(|rest| marked(rest, '@')).map(|(host, _)| host);
    Some(OriginBound { host, embedded, code })
}

/// "Extract a marked token": the marker, then everything up to ASCII whitespace, at least one character.
fn marked(text: &str, marker: char) -> Option<(&str, &str)> {
    let text = text.strip_prefix(marker)?;
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Option<(&str, &str, Option<&str>)> {
        parse(message).map(|m| (m.host, m.code, m.embedded))
    }

    #[test]
    fn the_examples_of_the_specification_are_read_as_it_says() {
        let plain = Some(("example.com", "747723", None));
        let framed = Some(("example.com", "747723", Some("ecommerce.example")));
        assert_eq!(read("747723 is your ExampleCo authentication code.\n\n@example.com #747723"), plain);
        assert_eq!(read("747723 is your code.\n\n@example.com #747723 @ecommerce.example"), framed);
        assert_eq!(read("@example.com #747723 @ecommerce.example $future"), framed);
        assert_eq!(read("something @example.com #747723"), None);
        assert_eq!(read("#747723 @ecommerce.example @example.com"), None);
        assert_eq!(read("@example.com code #747723"), None);
    }

    #[test]
    fn what_breaks_the_last_line_is_noticed() {
        assert_eq!(read("your code\n@example.com #747723\n"), None);
        assert_eq!(read("your code\r\n@example.com #747723\r\n"), None);
        assert_eq!(read("@example.com  #747723"), None);
        assert_eq!(read("@ #747723"), None);
        assert_eq!(read("@example.com #"), None);
        assert_eq!(read("@example.com#747723"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn our_own_line_is_read_back() {
        assert_eq!(
            read(&format!("text{}", last_line("reset.contoso.com", "00123456"))),
            Some(("reset.contoso.com", "00123456", None))
        );
    }
}
