//! `sspr doctor --received`: a mail as it arrived, saved from a mailbox: whether a relay signed it for the right domain.

use std::{
    io::{self, Read as _},
    path::Path,
};

use super::{
    check::{Finding, State},
    dkim::{Mail, Signature},
    dns::Dns,
    domain::policy,
};
use crate::{clock, config::Config};

const DKIM: &str = "dkim";
/// Longest mail that is looked at, in bytes: ours have a few kilobytes.
const LONGEST: u64 = 5_000_000;

/// Reads it; `-` is standard input.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_end(&mut mail)?;
    } else {
        std::fs::File::open(path)?.take(LONGEST).read_to_end(&mut mail)?;
    }
    Ok(mail)
}

/// A line for each signature, one for all of them, and what the receiver itself thought.
pub async fn check(raw: &[u8], config: &Config) -> Vec<Finding> {
    let mail = Mail::parse(raw);
    let Some(from) = mail.sender_domain() else {
        let todo = "save it whole, with all its headers (\"show original\", \"view source\")";
        return vec![Finding::broken(DKIM, "this is no mail with one sender in its From line", todo)];
    };
    let Ok(dns) = Dns::new(config.doctor.dns_server) else {
        return vec![Finding::broken(DKIM, "DNS can't be asked", "name a server in doctor.dns_server")];
    };
    // The domain whose policy holds for the sender: a signature of any domain below it is aligned too.
    let organisation = policy(&dns, &from).await.ok().flatten().map(|policy| policy.domain);
    let mut findings = Vec::new();
    let mut good = false;
    for (place, signature) in mail.signatures().into_iter().enumerate() {
        let name = format!("{DKIM} signature {}", place + 1);
        let finding = match signature {
            Ok(signature) => {
                let aligned = is_aligned(&signature.domain, &from, organisation.as_deref());
                let finding = of_one(&name, &mail, &signature, aligned, &from, &dns).await;
                good |= aligned && matches!(finding.state, State::Ok | State::Warning);
                finding
            }
            Err(fault) => Finding::warning(name, fault.to_string(), "look at the relay's signer"),
        };
        findings.push(finding);
    }
    let all = match (good, findings.is_empty()) {
        (true, _) => Finding::ok(DKIM, format!("a relay signed it for {from}")),
        (false, true) => Finding::broken(
            DKIM,
            "no relay signed it",
            format!("let the relay sign mails from {from} (DKIM)"),
        ),
        (false, false) => Finding::broken(
            DKIM,
            format!("no signature holds for {from}"),
            "see the lines below; the mail must be saved as it arrived",
        ),
    };
    findings.insert(0, all);
    findings.extend(of_the_receiver(&mail));
    findings
}

/// Whether a signature's domain stands for the From line's (DMARC's relaxed alignment).
fn is_aligned(signed: &str, from: &str, organisation: Option<&str>) -> bool {
    let below = |domain: &str, above: &str| {
        domain == above || domain.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'))
    };
    below(signed, from)
        || below(from, signed) && signed.contains('.')
        || organisation.is_some_and(|organisation| below(signed, organisation))
}

async fn of_one(
    name: &str,
    mail: &Mail,
    signature: &Signature,
    aligned: bool,
    from: &str,
    dns: &Dns,
) -> Finding {
    let domain = &signature.domain;
    let Ok(keys) = dns.texts(&signature.key_name()).await else {
        return Finding::broken(
            name,
            format!("of {domain}: DNS does not answer"),
            "ask again, or set doctor.dns_server",
        );
    };
    let now = clock::now().unix_timestamp();
    let verified = match &keys[..] {
        [] => {
            let found = format!("of {domain}: DNS has no key named {}", signature.key_name());
            return Finding::broken(name, found, "publish the relay's key");
        }
        [key] => mail.verify(signature, key, now),
        _ => {
            let found = format!("of {domain}: DNS has several keys named {}", signature.key_name());
            return Finding::broken(name, found, "leave one of them");
        }
    };
    match verified {
        Err(fault) if aligned => Finding::broken(
            name,
            format!("of {domain}: {fault}"),
            "look at the relay's signer, and at what changes mails behind it",
        ),
        Err(fault) => Finding::warning(name, format!("of {domain}: {fault}"), ""),
        Ok(()) if !aligned => {
            let found = format!("of {domain}: it holds, but for another domain than {from}");
            Finding::new(name, State::Skipped, found, "")
        }
        Ok(()) if signature.covers_part_only() => {
            let found = format!("of {domain}: it holds, but anybody can append to the mail (l=)");
            Finding::warning(name, found, "let the relay sign whole bodies")
        }
        Ok(()) => Finding::ok(name, format!("of {domain}: it holds")),
    }
}

/// What the receiver wrote on top (RFC 8601). Anybody can write such a line, so it decides nothing here.
pub fn of_the_receiver(mail: &Mail) -> Vec<Finding> {
    let Some(results) = mail.all("authentication-results").into_iter().next() else {
        return vec![Finding::skipped("receiver", "the receiver wrote no Authentication-Results")];
    };
    let verdict = |method: &'static str| {
        let results =
            results.split(';').map(str::trim).find_map(|one| one.strip_prefix(method)?.strip_prefix('='));
        let Some(result) = results else {
            return Finding::skipped(format!("receiver {method}"), "not judged by the receiver");
        };
        // One word, of letters: the rest of the line is somebody's text.
        let word: String = result.chars().take_while(char::is_ascii_alphabetic).take(20).collect();
        let name = format!("receiver {method}");
        match word.as_str() {
            "pass" => Finding::ok(name, "pass"),
            "fail" | "hardfail" | "permerror" => Finding::broken(
                name,
                word,
                "see the signature's line, and `sspr doctor` for the records in DNS",
            ),
            _ => Finding::warning(name, word, "see `sspr doctor` for the records in DNS"),
        }
    };
    ["spf", "dkim", "dmarc"].map(verdict).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stands_for_its_own_organisation_only() {
        assert!(is_aligned("contoso.com", "contoso.com", None));
        assert!(is_aligned("contoso.com", "mail.contoso.com", None));
        assert!(is_aligned("relay.contoso.com", "contoso.com", None));
        assert!(is_aligned("relay.contoso.com", "mail.contoso.com", Some("contoso.com")));
        assert!(!is_aligned("relay.contoso.com", "mail.contoso.com", None));
        assert!(!is_aligned("fabrikam.com", "contoso.com", Some("contoso.com")));
        assert!(!is_aligned("notcontoso.com", "contoso.com", Some("contoso.com")));
        assert!(!is_aligned("com", "contoso.com", None));
    }
}
