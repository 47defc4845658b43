//! `sspr doctor --received`: mails that dkimpy signed, which shares no code with us.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::Shell;
use crate::support::{
    dns_server::{self, Record},
    smtp_server::python_with,
};

/// Signs standard input for d=, s=, with the key in this file and this canonicalisation of header and body.
const SIGN: &str = "
import sys, dkim
domain, selector, key, head, body = sys.argv[1:]
mail = sys.stdin.buffer.read()
signed = dkim.sign(mail, selector.encode(), domain.encode(), open(key, 'rb').read(),
                   canonicalize=(head.encode(), body.encode()),
                   include_headers=[b'from', b'to', b'subject', b'date', b'message-id'])
sys.stdout.buffer.write(signed + mail)
";

/// With everything that canonicalisation has to cope with.
const MAIL: &str = "Received: from a by b;\r\n\tFri, 21 Nov 2026 12:00:00 +0000\r\nFrom:  \"Password reset\"\r\n <reset@contoso.com>\r\n\
To: ann@fabrikam.com\r\nSubject: Test message   (sent at\r\n\t12:00:00 UTC)\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\
Message-ID: <1@contoso.com>\r\n\r\nHello,  \r\n\r\nthis \t is a test: \u{fc}ber  \r\n.\r\n\r\n\r\n";

struct Signer {
    shell: Shell,
    key: String,
    record: String,
}

impl Signer {
    fn new(bits: &str) -> Self {
        let shell = Shell::bare();
        let key = shell.folder.path().join("dkim.pem").to_str().unwrap().to_owned();
        let made =
            Command::new("openssl").args(["genrsa", "-traditional", "-out", &key, bits]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let public = Command::new("openssl")
            .args(["rsa", "-in", &key, "-pubout", "-outform", "DER"])
            .output()
            .unwrap();
        let record = format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.stdout));
        Self { shell, key, record }
    }

    fn sign(&self, domain: &str, canonical: (&str, &str)) -> String {
        let mut child = Command::new(python_with("dkim", "python3-dkim"))
            .args(["-c", SIGN, domain, "s2026", &self.key, canonical.0, canonical.1])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(MAIL.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }

    async fn dns(&mut self, records: Vec<(&'static str, Record)>) {
        self.shell.set("SSPR_DOCTOR__DNS_SERVER", &dns_server::start(records).await.to_string());
    }

    /// Exit code, and each line as `check: state: found`.
    async fn looks(&self, mail: &str) -> (i32, Vec<String>) {
        let heard = self.shell.runs(&["doctor", "--received", "-", "-o", "json"], mail).await;
        let all: Vec<Value> = serde_json::from_str(&heard.out).unwrap_or_else(|e| panic!("{e}: {heard:?}"));
        assert!(!heard.out.contains('@'), "{heard:?}");
        let text = |one: &Value, key| one[key].as_str().unwrap().to_owned();
        let lines =
            all.iter().map(|one| ["Check", "State", "Found"].map(|key| text(one, key)).join(": ")).collect();
        (heard.code, lines)
    }
}

#[track_caller]
fn has(lines: &[String], wanted: &str) {
    assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted:?} is not in {lines:#?}");
}

#[tokio::test]
async fn a_mail_that_a_relay_signed_is_recognised_however_it_was_canonicalised_and_a_changed_one_is_not() {
    let mut signer = Signer::new("2048");
    signer.dns(vec![("s2026._domainkey.contoso.com", Record::Txt(signer.record.clone()))]).await;
    for canonical in
        [("relaxed", "relaxed"), ("simple", "simple"), ("relaxed", "simple"), ("simple", "relaxed")]
    {
        let signed = signer.sign("contoso.com", canonical);
        let (code, lines) = signer.looks(&signed).await;
        assert_eq!(code, 0, "{canonical:?}: {lines:#?}");
        has(&lines, "dkim: ok: a relay signed it for contoso.com");
        has(&lines, "dkim signature 1: ok: of contoso.com: it holds");
        // As a mailbox on this machine has it.
        assert_eq!(signer.looks(&signed.replace("\r\n", "\n")).await.0, 0, "{canonical:?}");
        for (was, is, why) in [
            ("this ", "that ", "the body was changed"),
            ("12:00:00 UTC", "13:00:00 UTC", "a signed header was changed"),
            ("<reset@contoso.com>", "<reseT@contoso.com>", "a signed header was changed"),
        ] {
            assert!(signed.contains(was));
            let (code, lines) = signer.looks(&signed.replace(was, is)).await;
            assert_eq!(code, 1, "{canonical:?} {was}: {lines:#?}");
            has(&lines, why);
            has(&lines, "dkim: broken: no signature holds");
        }
    }
    let signed = signer.sign("contoso.com", ("relaxed", "relaxed"));
    let judged = format!(
        "Authentication-Results: mx.example; spf=pass smtp.mailfrom=x; dkim=pass; dmarc=fail\r\n{signed}"
    );
    let (code, lines) = signer.looks(&judged).await;
    assert_eq!(code, 1);
    has(&lines, "receiver spf: ok: pass");
    has(&lines, "receiver dmarc: broken: fail");
}

#[tokio::test]
async fn a_mail_that_nobody_signed_or_somebody_else_or_with_a_key_that_is_gone_is_broken() {
    let mut signer = Signer::new("2048");
    let mine = Record::Txt(signer.record.clone());
    signer
        .dns(vec![
            ("s2026._domainkey.relay.example", mine.clone()),
            ("s2026._domainkey.mail.contoso.com", mine),
            ("s2026._domainkey.contoso.com", Record::Txt("v=DKIM1; p=".into())),
        ])
        .await;
    let (code, lines) = signer.looks(MAIL).await;
    assert_eq!(code, 1);
    has(&lines, "dkim: broken: no relay signed it");
    has(&lines, "receiver: skipped");
    let (code, lines) = signer.looks(&signer.sign("relay.example", ("relaxed", "relaxed"))).await;
    assert_eq!(code, 1, "{lines:#?}");
    has(&lines, "it holds, but for another domain than contoso.com");
    let (code, lines) = signer.looks(&signer.sign("mail.contoso.com", ("relaxed", "relaxed"))).await;
    assert_eq!(code, 0, "{lines:#?}");
    let (code, lines) = signer.looks(&signer.sign("contoso.com", ("relaxed", "relaxed"))).await;
    assert_eq!(code, 1, "{lines:#?}");
    has(&lines, "the key in DNS was withdrawn");
    let (code, lines) = signer.looks(&signer.sign("fabrikam.com", ("relaxed", "relaxed"))).await;
    assert_eq!(code, 1, "{lines:#?}");
    has(&lines, "DNS has no key named s2026._domainkey.fabrikam.com");
    let (code, lines) = signer.looks("no mail at all").await;
    assert_eq!(code, 1);
    has(&lines, "this is no mail");

    let mut short = Signer::new("1024");
    short.dns(vec![("s2026._domainkey.contoso.com", Record::Txt(short.record.clone()))]).await;
    let (code, lines) = short.looks(&short.sign("contoso.com", ("relaxed", "relaxed"))).await;
    assert_eq!(code, 1, "{lines:#?}");
    has(&lines, "fewer than 2048 bits");
    short.shell.types("doctor --received missing.eml").await.refused(2, "can't be read");
}
