//! What DNS says of the domain in the From line: receivers believe mails by it.

use super::{
    check::{Finding, Report},
    dns::{Dns, NoAnswer},
};
use crate::config::Config;

const SPF: &str = "dns spf";
const DMARC: &str = "dns dmarc";
const DKIM: &str = "dns dkim";
const MX: &str = "dns mx";

/// SPF, DKIM, DMARC, MX.
pub async fn check(config: &Config) -> Report {
    let Some(from) = &config.mail.from else {
        return Finding::skipped("sender's domain", "mail.from is not set").into();
    };
    let domain = from.email.domain();
    let Ok(dns) = Dns::new(config.doctor.dns_server) else {
        return no_answer("sender's domain").into();
    };
    if let Ok(false) = dns.knows(domain).await {
        return unknown(domain).into();
    }
    let (texts, dmarc, mx) = tokio::join!(dns.texts(domain), policy(&dns, domain), dns.mail_hosts(domain));
    let told =
        |name: &'static str, judged: Result<Finding, NoAnswer>| judged.unwrap_or_else(|_| no_answer(name));
    vec![
        told(SPF, texts.map(|texts| spf(domain, &texts))),
        Finding::new(
            DKIM,
            super::check::State::Skipped,
            "the relay signs, under a name that only it knows",
            "send a test (`sspr send-test mail ADDRESS`), save it as it arrived, `sspr doctor --received FILE`",
        ),
        told(DMARC, dmarc.map(|found| dmarc_of(domain, found.as_ref()))),
        told(MX, mx.map(|hosts| mail_hosts(domain, &hosts))),
    ]
    .into()
}

/// Records of a name that is not there are not missing: something else is wrong.
fn unknown(domain: &str) -> Vec<Finding> {
    let found = format!("there is no domain {domain}, as the DNS server asked here says");
    let todo = "correct mail.from; or name a server that knows the domain in doctor.dns_server";
    let rest = [DKIM, DMARC, MX].into_iter().map(|name| Finding::skipped(name, "no such domain"));
    std::iter::once(Finding::broken(SPF, found, todo)).chain(rest).collect()
}

fn no_answer(name: &str) -> Finding {
    let todo = "let this machine ask DNS, or name a server in doctor.dns_server";
    Finding::warning(name, "DNS does not answer", todo)
}

/// Judges the texts of a domain (RFC 7208).
pub fn spf(domain: &str, texts: &[String]) -> Finding {
    let is_spf = |text: &&String| {
        let text = text.to_ascii_lowercase();
        text == "v=spf1" || text.starts_with("v=spf1 ")
    };
    let records: Vec<&String> = texts.iter().filter(is_spf).collect();
    let [record] = records[..] else {
        return if records.is_empty() {
            let todo = "publish which hosts send for the domain: \"v=spf1 include:… -all\"";
            Finding::warning(SPF, format!("{domain} has no SPF record"), todo)
        } else {
            let found = format!("{domain} has {} SPF records, which counts as none", records.len());
            Finding::broken(SPF, found, "make one of them")
        };
    };
    let record = record.to_ascii_lowercase();
    let terms: Vec<&str> = record.split_whitespace().skip(1).collect();
    let has = |wanted: &[&str]| terms.iter().any(|term| wanted.contains(term));
    if has(&["+all", "all"]) {
        let found = format!("{domain}: the SPF record allows everybody (+all)");
        return Finding::broken(SPF, found, "end it with -all or ~all");
    }
    if has(&["-all", "~all"]) || terms.iter().any(|term| term.starts_with("redirect=")) {
        return Finding::ok(SPF, format!("{domain} has one SPF record that refuses the rest"));
    }
    Finding::warning(
        SPF,
        format!("{domain}: the SPF record says nothing of the rest"),
        "end it with -all or ~all",
    )
}

/// The DMARC records that hold for a domain: its own, else those of the nearest domain above it (a walk up as RFC 9989 has it).
#[derive(Debug)]
pub struct Policy {
    /// Where they stand.
    pub domain: String,
    /// The records.
    pub records: Vec<String>,
}

/// Looks for them.
pub async fn policy(dns: &Dns, domain: &str) -> Result<Option<Policy>, NoAnswer> {
    let mut at = domain;
    loop {
        let texts = dns.texts(&format!("_dmarc.{at}")).await?;
        let records: Vec<String> = texts.into_iter().filter(|text| is_dmarc(text)).collect();
        if !records.is_empty() {
            return Ok(Some(Policy { domain: at.to_owned(), records }));
        }
        // A name of one label is nobody's.
        match at.split_once('.') {
            Some((_, above)) if above.contains('.') => at = above,
            _ => return Ok(None),
        }
    }
}

/// Whether a text of DNS is a DMARC record.
pub fn is_dmarc(text: &str) -> bool {
    text.split(';').next().is_some_and(|first| first.replace(' ', "").eq_ignore_ascii_case("v=DMARC1"))
}

/// The value of a tag in a list such as `v=DMARC1; p=none`.
pub fn tag<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    let pairs = record.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn dmarc_of(domain: &str, found: Option<&Policy>) -> Finding {
    let Some(Policy { domain: at, records }) = found else {
        let todo = "publish a policy at _dmarc: \"v=DMARC1; p=quarantine; rua=mailto:…\"";
        return Finding::warning(DMARC, format!("{domain} has no DMARC record"), todo);
    };
    let [record] = &records[..] else {
        let what = format!("{at} has {} DMARC records, which counts as none", records.len());
        return Finding::broken(DMARC, what, "make one of them");
    };
    let inherited = if at == domain { None } else { tag(record, "sp") };
    match inherited.or_else(|| tag(record, "p")).map(str::to_ascii_lowercase).as_deref() {
        Some(policy @ ("quarantine" | "reject")) => {
            Finding::ok(DMARC, format!("the policy of {at} is {policy}"))
        }
        Some("none") => Finding::warning(
            DMARC,
            format!("the policy of {at} is none: forged mails are delivered"),
            "when the reports show that your own mails pass, change it to quarantine, then to reject",
        ),
        _ => Finding::broken(
            DMARC,
            format!("the DMARC record of {at} has no policy that receivers know"),
            "give it p=none, p=quarantine or p=reject",
        ),
    }
}

fn mail_hosts(domain: &str, hosts: &[String]) -> Finding {
    if hosts.is_empty() {
        let found = format!("{domain} has no MX record: answers and bounces may reach nobody");
        return Finding::warning(MX, found, "publish where the domain's mail goes");
    }
    if hosts.iter().any(|host| host == ".") {
        let found =
            format!("{domain} says that it takes no mail: bounces reach nobody, some receivers refuse");
        return Finding::broken(MX, found, "use a sender in mail.from whose domain takes mail");
    }
    Finding::ok(MX, format!("{domain} takes mail at {} host(s)", hosts.len()))
}

#[cfg(test)]
mod tests {
    use super::{super::check::State, *};

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn one_spf_record_that_refuses_the_rest_is_good() {
        let state = |all: &[&str]| spf("contoso.com", &texts(all)).state;
        assert_eq!(state(&["google-site-verification=x", "v=spf1 mx -all"]), State::Ok);
        assert_eq!(state(&["V=SPF1 include:_spf.example ~ALL"]), State::Ok);
        assert_eq!(state(&["v=spf1 redirect=_spf.example"]), State::Ok);
        assert_eq!(state(&[]), State::Warning);
        assert_eq!(state(&["v=spf10 -all"]), State::Warning);
        assert_eq!(state(&["v=spf1 mx ?all"]), State::Warning);
        assert_eq!(state(&["v=spf1 mx"]), State::Warning);
        assert_eq!(state(&["v=spf1 -all", "v=spf1 mx -all"]), State::Broken);
        assert_eq!(state(&["v=spf1 +all"]), State::Broken);
        assert_eq!(state(&["v=spf1 all"]), State::Broken);
    }

    #[test]
    fn a_policy_of_none_is_a_warning_and_one_from_above_counts_by_its_own_tag() {
        let state = |at: &str, all: &[&str]| {
            let found = Policy { domain: at.to_owned(), records: texts(all) };
            dmarc_of("mail.contoso.com", Some(&found)).state
        };
        assert_eq!(state("mail.contoso.com", &["v=DMARC1; p=reject"]), State::Ok);
        assert_eq!(state("mail.contoso.com", &["v=DMARC1;p=Quarantine;sp=none"]), State::Ok);
        assert_eq!(state("contoso.com", &["v=DMARC1; p=reject; sp=none"]), State::Warning);
        assert_eq!(state("contoso.com", &["v=DMARC1; p=reject"]), State::Ok);
        assert_eq!(state("contoso.com", &["v=DMARC1; p=none"]), State::Warning);
        assert_eq!(state("contoso.com", &["v=DMARC1; rua=mailto:x"]), State::Broken);
        assert_eq!(state("contoso.com", &["v=DMARC1; p=all"]), State::Broken);
        assert_eq!(state("contoso.com", &["v=DMARC1; p=none", "v=DMARC1; p=reject"]), State::Broken);
        assert_eq!(dmarc_of("contoso.com", None).state, State::Warning);
        assert!(is_dmarc("v = DMARC1 ; p=none") && !is_dmarc("v=DMARC10; p=none") && !is_dmarc("p=none"));
    }

    #[test]
    fn a_domain_that_takes_no_mail_is_no_sender() {
        assert_eq!(mail_hosts("contoso.com", &[]).state, State::Warning);
        assert_eq!(mail_hosts("contoso.com", &texts(&["."])).state, State::Broken);
        assert_eq!(mail_hosts("contoso.com", &texts(&["mx.contoso.com."])).state, State::Ok);
    }
}
