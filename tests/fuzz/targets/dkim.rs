//! What `sspr doctor` reads of strangers: a mail's signatures, texts in DNS, certificates (RFC 6376, 7208, 7489; X.690, the only BER
//! or DER that we read ourselves).

use sspr::{
    cli::doctor::{
        dkim::{Fault, Mail},
        domain, received,
    },
    senders::probe::der,
};

use super::{is_one_line, parts, text};

/// No signature holds that nobody made, and what is told of a mail is one line.
pub fn dkim(data: &[u8]) {
    let [raw, key] = parts(data);
    let mail = Mail::parse(raw);
    if let Some(domain) = mail.sender_domain() {
        assert!(domain.is_ascii() && domain.len() <= 253 && is_one_line(&domain));
    }
    for signature in mail.signatures() {
        match signature {
            Ok(signature) => {
                assert!(is_one_line(&signature.key_name()) && signature.key_name().is_ascii());
                let _ = signature.covers_part_only();
                assert_ne!(
                    mail.verify(&signature, text(key), 1_795_262_400),
                    Ok(()),
                    "a signature that nobody made"
                );
            }
            Err(fault) => assert_eq!(fault, Fault::Unreadable),
        }
    }
    for finding in received::of_the_receiver(&mail) {
        assert!(is_one_line(&format!("{}{}", finding.name, finding.found)));
    }
}

/// Records of DNS are judged, whatever they hold.
pub fn dns_records(data: &[u8]) {
    let records: Vec<String> = text(data).split('\u{1e}').map(str::to_owned).collect();
    let _ = domain::spf("contoso.com", &records);
    for record in &records {
        let value = domain::tag(record, "p");
        assert!(value.is_none_or(|value| record.contains(value)));
        assert!(
            !domain::is_dmarc(record) || record.to_ascii_lowercase().replace(' ', "").starts_with("v=dmarc1")
        );
    }
}

/// A certificate's end is a moment, and a key is a part of what wraps it.
pub fn der(data: &[u8]) {
    if let Some(end) = der::not_after(data) {
        assert!((0..=9999).contains(&end.year()));
    }
    if let Some(key) = der::public_key(data) {
        assert!(
            key.len() < data.len()
                && data.windows(key.len().max(1)).any(|window| window == key || key.is_empty())
        );
    }
}
