//! As much of an HTML reader as the checks need: our own templates escape every `<` and `>` that is not a tag's.

/// A tag or the text between two.
pub enum Token {
    /// `<name attribute="value" …>`
    Open(String, Vec<(String, String)>),
    /// `</name>`
    Close(String),
    /// Unescaped.
    Text(String),
}

pub fn tokens(html: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        if !text.is_empty() {
            found.push(Token::Text(unescaped(text)));
        }
        let (tag, after) = after.split_once('>').expect("every tag is closed");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            found.push(Token::Close(name.to_owned()));
        } else if !tag.starts_with('!') {
            found.push(open(tag));
        }
    }
    found.push(Token::Text(unescaped(rest)));
    found
}

fn open(tag: &str) -> Token {
    let (name, mut rest) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Token::Open(name.to_owned(), attributes);
        }
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, tail) = rest.split_at(end);
        if let Some(quoted) = tail.strip_prefix("=\"") {
            let (value, after) = quoted.split_once('"').expect("every value is quoted and closed");
            attributes.push((key.to_owned(), unescaped(value)));
            rest = after;
        } else {
            assert!(!tail.starts_with('='), "an attribute without quotes: <{tag}>");
            attributes.push((key.to_owned(), String::new()));
            rest = tail;
        }
    }
}

/// In one pass: `&#38;lt;` is the text `&lt;`.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, tail) = after.split_once(';').expect("every & begins an entity");
        plain.push_str(before);
        plain.push(match entity {
            "lt" | "#60" => '<',
            "gt" | "#62" => '>',
            "amp" | "#38" => '&',
            "quot" | "#34" => '"',
            "#39" => '\'',
            other => panic!("&{other}; is no entity that our templates write"),
        });
        rest = tail;
    }
    plain + rest
}

/// The text inside the first element of a name.
pub fn text_of(tokens: &[Token], element: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Open(name, _) if name == element => inside = true,
            Token::Close(name) if name == element => break,
            Token::Text(words) if inside => text.push_str(words),
            _ => {}
        }
    }
    text
}
