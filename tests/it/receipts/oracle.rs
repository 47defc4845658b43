//! Twilio's own Python helper as the judge of signatures: what it signs we believe, what it refuses we refuse.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use axum::http::HeaderMap;
use serde_json::{Value, json};
use sspr::senders::sms::receipt::{Call, Fate, NotBelieved, Which};

use super::{FIRST, TOKEN, signature, twilio};

/// Reads cases, prints for each the signature of the vendor's code and whether it takes ours.
const HELPER: &str = r"
import json, sys
from multidict import MultiDict
from twilio.request_validator import RequestValidator
token, cases = json.load(sys.stdin)
validator = RequestValidator(token)
def judged(case):
    fields = MultiDict([tuple(pair) for pair in case['fields']])
    signed = validator.compute_signature(case['url'], fields)
    return {'signed': signed, 'takes': [bool(validator.validate(case['url'], fields, given)) for given in case['given']]}
json.dump([judged(case) for case in cases], sys.stdout)
";

fn vendor(cases: &[Value]) -> Vec<Value> {
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin/python");
    let mut child = Command::new(&python)
        .args(["-c", HELPER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; bash .ci/test installs Twilio's helper there", python.display())
        });
    let input = json!([TOKEN, cases]).to_string();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What we say of a request with this signature.
fn ours(url: &str, fields: &[(&str, &str)], signature: &str) -> Result<(), NotBelieved> {
    let mut headers = HeaderMap::new();
    headers.insert("x-twilio-signature", signature.parse().unwrap());
    let body = serde_urlencoded::to_string(fields).unwrap();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let call = Call { url, query, headers: &headers, body: body.as_bytes(), now: 0 };
    match twilio("https://api.twilio.com").receipt(&call) {
        Ok(_) => Ok(()),
        Err(why) => Err(why),
    }
}

#[test]
fn the_vendors_code_and_ours_take_and_refuse_the_same() {
    let status = ("MessageStatus", "delivered");
    let sid = ("MessageSid", FIRST);
    let urls = [
        "https://reset.contoso.com/hooks/sms/twilio?message=0192f0c0-0000-7000-8000-000000000001",
        "https://reset.contoso.com:8443/hooks/sms/twilio?message=x&y=%20+%2B",
        "https://reset.contoso.com:443/hooks/sms/twilio",
        "http://127.0.0.1:8080/hooks/sms/twilio?message=a:1",
        "http://reset.contoso.com:80/hooks/sms/twilio",
    ];
    let forms: [&[(&str, &str)]; 9] = [
        &[sid, status],
        &[status, sid],
        &[sid, status, ("Body", "naïve 短信 \u{1f600} & = + % ;")],
        &[sid, status, ("Empty", ""), ("", "without a name"), ("z", "")],
        &[sid, status, ("Twice", "b"), ("Twice", "a"), ("Twice", "b")],
        &[sid, status, ("a", "1"), ("B", "2"), ("_", "3"), ("é", "4"), ("~", "5")],
        &[sid, status, ("From", "+14255550100"), ("Line", "a\r\nb\tc")],
        &[sid, status, ("ab", "c"), ("a", "bc")],
        &[sid, status, ("Long", &"x".repeat(8000).leak()[..])],
    ];
    let mut cases = Vec::new();
    for url in urls {
        for fields in forms {
            // Ours over this address, over it with and without a port, over others, with another token, with another form.
            let variants = [
                url.to_owned(),
                url.replace("contoso.com/", "contoso.com:443/"),
                url.replace("contoso.com/", "contoso.com:80/"),
                url.replace(":8443", "").replace(":8080", "").replace(":443", "").replace(":80/", "/"),
                url.replace("https", "http"),
                url.replace("reset.", "attacker."),
                url.replace("message", "other"),
                format!("{url}&"),
            ];
            let mut given: Vec<String> = variants.iter().map(|url| signature(TOKEN, url, fields)).collect();
            given.push(signature("another token", url, fields));
            given.push(signature(TOKEN, url, &fields[1..]));
            given.push(String::new());
            given.push("AAAA".to_owned());
            cases.push((url, fields, given));
        }
    }
    let asked: Vec<Value> = cases
        .iter()
        .map(|(url, fields, given)| json!({ "url": url, "fields": fields, "given": given }))
        .collect();
    let judged = vendor(&asked);
    assert_eq!(judged.len(), cases.len());
    let (mut taken, mut refused) = (0, 0);
    for ((url, fields, given), judged) in cases.iter().zip(judged) {
        let signed = judged["signed"].as_str().unwrap();
        assert_eq!(ours(url, fields, signed), Ok(()), "{url} {fields:?}");
        assert_eq!(signature(TOKEN, url, fields), signed, "{url} {fields:?}");
        for (given, takes) in given.iter().zip(judged["takes"].as_array().unwrap()) {
            let expected = if takes.as_bool().unwrap() { Ok(()) } else { Err(NotBelieved::Signature) };
            assert_eq!(ours(url, fields, given), expected, "{url} {fields:?} {given}");
            if expected.is_ok() { taken += 1 } else { refused += 1 }
        }
    }
    assert!(taken > 100 && refused > 300, "{taken} {refused}");
}

#[test]
fn a_receipt_says_which_message_and_what_became_of_it() {
    let id: uuid::Uuid = "0192f0c0-0000-7000-8000-000000000001".parse().unwrap();
    let read = |query: &str, fields: &[(&str, &str)]| {
        let url = format!("https://reset.contoso.com/hooks/sms/twilio?{query}");
        let mut headers = HeaderMap::new();
        headers.insert("x-twilio-signature", signature(TOKEN, &url, fields).parse().unwrap());
        let body = serde_urlencoded::to_string(fields).unwrap();
        let call = Call { url: &url, query, headers: &headers, body: body.as_bytes(), now: 0 };
        twilio("https://api.twilio.com").receipt(&call).map(|receipt| (receipt.message, receipt.fate))
    };
    let ours = format!("message={id}");
    let both = || Which::Both(id, FIRST.to_owned());
    let sid = ("MessageSid", FIRST);
    for (status, code, fate) in [
        ("delivered", None, Fate::Delivered),
        ("undelivered", Some("30003"), Fate::Failed(Some(30003))),
        ("failed", Some("30008"), Fate::Failed(Some(30008))),
        ("failed", None, Fate::Failed(None)),
        ("failed", Some("call +14255550100"), Fate::Failed(None)),
        ("failed", Some("0"), Fate::Failed(None)),
        ("sent", None, Fate::Underway),
        ("queued", Some("30003"), Fate::Underway),
        ("", None, Fate::Underway),
    ] {
        let mut fields = vec![sid, ("MessageStatus", status)];
        fields.extend(code.map(|code| ("ErrorCode", code)));
        assert_eq!(read(&ours, &fields), Ok((both(), fate)), "{status} {code:?}");
    }
    let delivered = ("MessageStatus", "delivered");
    assert_eq!(read(&ours, &[delivered]), Ok((Which::Ours(id), Fate::Delivered)));
    assert_eq!(read("", &[sid, delivered]), Ok((Which::Theirs(FIRST.to_owned()), Fate::Delivered)));
    for (query, fields) in
        [("", vec![delivered]), ("message=none", vec![("MessageSid", "none"), delivered]), (&ours, vec![sid])]
    {
        assert_eq!(read(query, &fields), Err(NotBelieved::Shape), "{query} {fields:?}");
    }
}
