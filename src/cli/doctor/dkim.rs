//! Whether a relay's signature of a mail holds (DKIM: RFC 6376, RFC 8301, RFC 8463).
//!
//! Not a receiver's judgement: it tells an operator whether the relay signs, and signs for the right domain. What must stay true: a
//! signature counts as good only if both hashes and the key's own arithmetic say so, by the crypto library that also speaks TLS.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::SignatureScheme;
use sha2::{Digest as _, Sha256};

use crate::senders::probe::der;

/// Fewer bytes of a public RSA key than this, and it has fewer than 2048 bits: too short to be believed by all (RFC 8301, 3.2).
const SHORTEST_RSA: usize = 256;

/// A mail as it arrived, cut into its header fields and its body.
#[derive(Debug)]
pub struct Mail {
    /// Name and everything behind the colon, folded as it was, without the last line end.
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A signature of a mail.
#[derive(Debug)]
pub struct Signature {
    /// Its place among the mail's fields.
    place: usize,
    /// `d=`
    pub domain: String,
    /// `s=`
    pub selector: String,
    algorithm: String,
    relaxed: (bool, bool),
    signed: Vec<String>,
    length: Option<usize>,
    expires: Option<i64>,
    body_hash: Vec<u8>,
    value: Vec<u8>,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not as RFC 6376 has it.
    #[error("it can't be read")]
    Unreadable,
    /// Neither of the two that receivers take.
    #[error("its algorithm is too old or unknown: receivers take rsa-sha256 and ed25519-sha256")]
    Algorithm,
    /// Its own time is over.
    #[error("it is too old")]
    Expired,
    /// Anybody could have written the sender.
    #[error("it does not cover the From line")]
    FromNotSigned,
    /// Another body than was signed.
    #[error("the body was changed after it was signed")]
    Body,
    /// The record is there and empty.
    #[error("the key in DNS was withdrawn")]
    Withdrawn,
    /// The record holds no key.
    #[error("the key in DNS can't be read")]
    Key,
    /// Not believed by all.
    #[error("the key has fewer than 2048 bits")]
    ShortKey,
    /// The arithmetic says no.
    #[error("a signed header was changed, or the key in DNS is another one")]
    Signature,
}

impl Mail {
    /// Cuts a mail. Line ends may be those of a mailbox file; so may its first line.
    pub fn parse(raw: &[u8]) -> Self {
        let raw = with_crlf(raw);
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&raw[..end], &raw[end + 4..]),
            None => (&raw[..], &raw[raw.len()..]),
        };
        let head = String::from_utf8_lossy(head).into_owned();
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str("\r\n");
                    value.push_str(line);
                }
            } else if let Some((name, value)) = line.split_once(':')
                && !line.starts_with("From ")
            {
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
        Self { fields, body: body.to_vec() }
    }

    /// The values of a field, the topmost first, each on one line.
    pub fn all(&self, name: &str) -> Vec<String> {
        let these = self.fields.iter().filter(|(known, _)| known.trim_end().eq_ignore_ascii_case(name));
        these.map(|(_, value)| unfolded(value).trim().to_owned()).collect()
    }

    /// The domain of the address in the From line; nothing unless there is exactly one.
    pub fn sender_domain(&self) -> Option<String> {
        let all = self.all("from");
        let [from] = &all[..] else { return None };
        let address = from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest);
        let address = address.split('>').next()?.trim();
        let (_, domain) = address.rsplit_once('@')?;
        Some(domain.to_ascii_lowercase()).filter(|domain| is_domain(domain))
    }

    /// Its signatures, the topmost first.
    pub fn signatures(&self) -> Vec<Result<Signature, Fault>> {
        let is_one = |(_, (name, _)): &(usize, &(String, String))| {
            name.trim_end().eq_ignore_ascii_case("dkim-signature")
        };
        let these = self.fields.iter().enumerate().filter(is_one);
        these.map(|(place, (_, value))| Signature::parse(place, value).ok_or(Fault::Unreadable)).collect()
    }

    /// Whether a signature holds, by the text that DNS has for its key. `now`: seconds since 1970.
    pub fn verify(&self, signature: &Signature, key: &str, now: i64) -> Result<(), Fault> {
        let scheme = match signature.algorithm.as_str() {
            "rsa-sha256" => SignatureScheme::RSA_PKCS1_SHA256,
            "ed25519-sha256" => SignatureScheme::ED25519,
            _ => return Err(Fault::Algorithm),
        };
        if signature.expires.is_some_and(|until| until < now) {
            return Err(Fault::Expired);
        }
        if !signature.signed.iter().any(|name| name == "from") {
            return Err(Fault::FromNotSigned);
        }
        let mut body = canonical_body(&self.body, signature.relaxed.1);
        if let Some(length) = signature.length {
            body.truncate(length);
        }
        if Sha256::digest(&body).as_slice() != signature.body_hash {
            return Err(Fault::Body);
        }
        let key = public_key(key, scheme)?;
        let head = self.signed_head(signature);
        // RFC 8463, 3: Ed25519 signs the hash, RSA what is hashed.
        let hashed = Sha256::digest(&head);
        let message = if scheme == SignatureScheme::ED25519 { hashed.as_slice() } else { &head };
        let provider = rustls::crypto::ring::default_provider();
        let known = provider.signature_verification_algorithms.mapping.iter();
        let algorithms = known.filter(|(of, _)| *of == scheme).flat_map(|(_, algorithms)| algorithms.iter());
        for algorithm in algorithms {
            if algorithm.verify_signature(&key, message, &signature.value).is_ok() {
                return Ok(());
            }
        }
        Err(Fault::Signature)
    }

    /// The signed fields in the order of `h=`, each taken from the bottom, and then the signature's own without its value (RFC 6376, 5.4.2 and 3.7).
    fn signed_head(&self, signature: &Signature) -> Vec<u8> {
        let relaxed = signature.relaxed.0;
        let mut taken = vec![false; self.fields.len()];
        let mut head = Vec::new();
        for wanted in &signature.signed {
            let place = self.fields.iter().enumerate().rev().find_map(|(place, (name, _))| {
                (!taken[place] && name.trim_end().eq_ignore_ascii_case(wanted)).then_some(place)
            });
            // A field that is named and not there is signed as nothing.
            let Some(place) = place else { continue };
            taken[place] = true;
            let (name, value) = &self.fields[place];
            head.extend(canonical_field(name, value, relaxed).into_bytes());
            head.extend(b"\r\n");
        }
        let (name, value) = &self.fields[signature.place];
        head.extend(canonical_field(name, &without_value(value), relaxed).into_bytes());
        head
    }
}

impl Signature {
    fn parse(place: usize, value: &str) -> Option<Self> {
        let tag = |name: &str| tags(value).into_iter().find(|(key, _)| key == name).map(|(_, value)| value);
        if tag("v")? != "1" {
            return None;
        }
        let bytes = |name: &str| STANDARD.decode(squeezed(&tag(name)?)).ok();
        let canonicalization = tag("c").unwrap_or_default().to_ascii_lowercase();
        let (head, body) = canonicalization.split_once('/').unwrap_or((&canonicalization, "simple"));
        let domain = tag("d")?.to_ascii_lowercase();
        let selector = tag("s")?;
        let number = |name: &str| tag(name).map(|text| text.parse());
        if !is_domain(&domain) || !is_domain(&format!("{selector}.x")) {
            return None;
        }
        Some(Self {
            place,
            domain,
            selector,
            algorithm: tag("a")?.to_ascii_lowercase(),
            relaxed: (head == "relaxed", body == "relaxed"),
            signed: tag("h")?.split(':').map(|name| name.trim().to_ascii_lowercase()).collect(),
            length: number("l").transpose().ok()?,
            expires: tag("x").map(|text| text.parse()).transpose().ok()?,
            body_hash: bytes("bh")?,
            value: bytes("b")?,
        })
    }

    /// Where DNS has its key.
    pub fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Whether more could be appended to the body without breaking it.
    pub fn covers_part_only(&self) -> bool {
        self.length.is_some()
    }
}

/// The tags of a list, such as `v=1; a=rsa-sha256`.
fn tags(list: &str) -> Vec<(String, String)> {
    let list = unfolded(list);
    let pairs = list.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn public_key(record: &str, scheme: SignatureScheme) -> Result<Vec<u8>, Fault> {
    let tags = tags(record);
    let tag = |name: &str| tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let kind = if scheme == SignatureScheme::ED25519 { "ed25519" } else { "rsa" };
    if tag("v").is_some_and(|v| v != "DKIM1") || !tag("k").unwrap_or("rsa").eq_ignore_ascii_case(kind) {
        return Err(Fault::Key);
    }
    let key = squeezed(tag("p").ok_or(Fault::Key)?);
    if key.is_empty() {
        return Err(Fault::Withdrawn);
    }
    let key = STANDARD.decode(key).map_err(|_| Fault::Key)?;
    if scheme == SignatureScheme::ED25519 {
        return Ok(key);
    }
    let key = der::public_key(&key).ok_or(Fault::Key)?;
    if key.len() < SHORTEST_RSA { Err(Fault::ShortKey) } else { Ok(key.to_vec()) }
}

/// RFC 6376, 3.4.1 and 3.4.2.
fn canonical_field(name: &str, value: &str, relaxed: bool) -> String {
    if !relaxed {
        return format!("{name}:{value}");
    }
    let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.trim_end().to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376, 3.4.3 and 3.4.4.
fn canonical_body(body: &[u8], relaxed: bool) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = body
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .collect();
    if relaxed {
        for line in &mut lines {
            let mut one = Vec::with_capacity(line.len());
            for byte in line.iter().copied() {
                let space = matches!(byte, b' ' | b'\t');
                if !space {
                    one.push(byte);
                } else if one.last() != Some(&b' ') {
                    one.push(b' ');
                }
            }
            if one.last() == Some(&b' ') {
                one.pop();
            }
            *line = one;
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    if lines.is_empty() && !relaxed {
        return b"\r\n".to_vec();
    }
    lines.into_iter().flat_map(|line| line.into_iter().chain(*b"\r\n")).collect()
}

/// The signature's field with an empty `b=`, everything else as it was.
fn without_value(field: &str) -> String {
    let parts: Vec<String> = field
        .split(';')
        .map(|part| match part.split_once('=') {
            Some((name, _)) if name.trim() == "b" => format!("{name}="),
            _ => part.to_owned(),
        })
        .collect();
    parts.join(";")
}

/// Every line end as SMTP has it.
fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 40);
    for byte in raw.iter().copied() {
        if byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

fn unfolded(value: &str) -> String {
    value.replace("\r\n", "")
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What a stranger's mail names goes into a question to DNS and into the report.
fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').count() > 1
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8463, appendix A.3: the mail, and its key in A.2.
    const MAIL: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n \
Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\nFrom: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn verify(mail: &str, key: &str) -> Result<(), Fault> {
        let mail = Mail::parse(mail.as_bytes());
        let signature = mail.signatures().remove(0)?;
        mail.verify(&signature, key, 1_528_637_910)
    }

    #[test]
    fn the_mail_of_the_standard_is_good_and_no_changed_one() {
        assert_eq!(verify(MAIL, KEY), Ok(()));
        // As a mailbox file has it.
        let saved = format!("From joe@football.example.com Fri Jul 11\n{}", MAIL.replace("\r\n", "\n"));
        assert_eq!(verify(&saved, KEY), Ok(()));
        assert_eq!(verify(&MAIL.replace("hungry", "angry"), KEY), Err(Fault::Body));
        assert_eq!(verify(&MAIL.replace("Joe SixPack", "Eve SixPack"), KEY), Err(Fault::Signature));
        assert_eq!(verify(&MAIL.replace("Is dinner", "Was dinner"), KEY), Err(Fault::Signature));
        // The signature names From once more than there are, so that none can be added.
        let second = format!("From: eve@football.example.com\r\n{MAIL}");
        assert_eq!(verify(&second, KEY), Err(Fault::Signature));
        assert_eq!(
            verify(&MAIL.replace("t=1528637909;", "t=1528637909; x=1528637909;"), KEY),
            Err(Fault::Expired)
        );
        assert_eq!(verify(&MAIL.replace("ed25519-sha256", "rsa-sha1"), KEY), Err(Fault::Algorithm));
        assert_eq!(verify(&MAIL.replace("h=from : to", "h=to"), KEY), Err(Fault::Signature));
        assert_eq!(verify(&MAIL.replace("from :", "too :"), KEY), Err(Fault::FromNotSigned));
        assert_eq!(verify(&MAIL.replace("bh=", "hb="), KEY), Err(Fault::Unreadable));
    }

    #[test]
    fn a_key_that_is_withdrawn_broken_or_of_another_kind_verifies_nothing() {
        assert_eq!(verify(MAIL, "v=DKIM1; k=ed25519; p="), Err(Fault::Withdrawn));
        assert_eq!(verify(MAIL, "v=DKIM1; k=ed25519; p=%%%"), Err(Fault::Key));
        assert_eq!(verify(MAIL, "k=rsa; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), Err(Fault::Key));
        assert_eq!(verify(MAIL, ""), Err(Fault::Key));
        let other = STANDARD.encode([7u8; 32]);
        assert_eq!(verify(MAIL, &format!("k=ed25519; p={other}")), Err(Fault::Signature));
    }

    #[test]
    fn the_from_line_has_one_domain() {
        let domain = |from: &str| Mail::parse(format!("{from}\r\n\r\n").as_bytes()).sender_domain();
        assert_eq!(domain("From: \"a@b.example <x>\" <it@Contoso.com>"), Some("contoso.com".to_owned()));
        assert_eq!(domain("FROM : it@contoso.com"), Some("contoso.com".to_owned()));
        assert_eq!(domain("From: it@contoso.com\r\nFrom: it@fabrikam.com"), None);
        assert_eq!(domain("From: nobody"), None);
        assert_eq!(domain("From: <a@b.example\u{202e}>"), None);
    }

    #[test]
    fn what_is_no_mail_has_no_signature_and_breaks_nothing() {
        for odd in ["", "\r\n\r\n", "DKIM-Signature:", "DKIM-Signature: v=1; b=;;;=", ":\n :\n", "\u{0}"] {
            let mail = Mail::parse(odd.as_bytes());
            assert!(mail.signatures().iter().all(Result::is_err), "{odd:?}");
        }
    }
}
