//! Amazon SNS: moto takes our messages, and two others sign as we do.

use std::{collections::BTreeMap, process::Command};

use serde_json::{Value, json};
use sspr::senders::{
    SendError,
    sms::{Settings, Sms, Sns, sns::SnsSettings},
};
use url::form_urlencoded;

use super::{
    Scripted, ScriptedAnswer, a_client, failure, patient,
    scripted::Asked,
    sender, sms, survives_every_fault,
    tools::{Tool, free_ports, installed, python},
};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "canary/secret+access/key/41c2";
const ID: &str = "b256a5b0-440f-406b-80bb-ac23142143eb";

fn settings(base_url: &str) -> SnsSettings {
    SnsSettings {
        base_url: base_url.into(),
        region: "eu-west-1".into(),
        access_key_id: KEY.into(),
        secret_access_key: SECRET.into(),
        session_token: None,
        from: None,
    }
}

fn from(base_url: &str, from: &str) -> Settings {
    Settings::Sns(SnsSettings { from: Some(from.into()), ..settings(base_url) })
}

/// An answer as the service's published model has it, with a text that quotes the recipient.
fn refusal(status: u16, code: &str) -> ScriptedAnswer {
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>PhoneNumber +14255550100 &lt;Code&gt;is bad</Message></Error><RequestId>{ID}</RequestId></ErrorResponse>"
    );
    ScriptedAnswer::new(status, body)
}

#[tokio::test]
async fn moto_takes_a_message_and_has_its_text_and_number_unchanged() {
    let [port] = free_ports();
    let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()];
    let _moto = Tool::start(&installed("python/bin/moto_server"), &arguments, port).await;
    let url = format!("http://127.0.0.1:{port}");

    let accepted = patient(&from(&url, "Contoso")).send(&sms()).await.unwrap();
    let kept = a_client().get(format!("{url}/moto-api/data.json")).send().await.unwrap();
    let kept: Value = serde_json::from_slice(&kept.bytes().await.unwrap()).unwrap();
    let expected =
        json!([{ "message": sms().text, "phone_number": "+14255550100", "message_id": accepted.evidence }]);
    assert_eq!(kept["sns"]["SMS"], expected);

    // It looks at what it gets: a number that is none is refused with the published code. Our own check stands before it.
    let form =
        [("Action", "Publish"), ("Version", "2010-03-31"), ("PhoneNumber", "425-555-0100"), ("Message", "x")];
    // By this it knows which service is asked.
    let scope = format!("AWS4-HMAC-SHA256 Credential={KEY}/20261121/eu-west-1/sns/aws4_request");
    let refused = a_client().post(&url).header("authorization", scope).form(&form);
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("<Code>InvalidParameter</Code>"));
}

#[tokio::test]
async fn awss_own_client_asks_for_the_same() {
    let server = Scripted::start().await;
    for (from, attribute) in
        [("Contoso", "AWS.SNS.SMS.SenderID"), ("+14255550142", "AWS.MM.SMS.OriginationNumber")]
    {
        sender(&self::from(&server.url(), from)).send(&sms()).await.unwrap();
        let ours = server.last();
        server.answers(ScriptedAnswer::new(
            200,
            format!(
                "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{ID}</MessageId>\
                 </PublishResult><ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></PublishResponse>"
            ),
        ));
        let arguments = [&server.url(), &sms().to, &sms().text, attribute, from].map(String::from);
        tokio::task::spawn_blocking(move || {
            python(include_str!("sns_publish.py"), &arguments.each_ref().map(|a| &**a))
        })
        .await
        .unwrap();
        let theirs = server.last();
        let form = |asked: &Asked| -> BTreeMap<String, String> {
            form_urlencoded::parse(&asked.body).into_owned().collect()
        };
        assert_eq!(form(&ours), form(&theirs));
        assert_eq!(ours.method, theirs.method);
        assert_eq!(ours.uri, theirs.uri);
        assert!(theirs.header("content-type").starts_with(ours.header("content-type")));
        // But for the date: key id, region, service, and how it ends.
        let scope = |asked: &Asked| -> Vec<String> {
            let credential = asked.header("authorization").split(", ").next().unwrap();
            let parts = credential.split('/').map(String::from).enumerate();
            parts.filter(|(place, _)| *place != 1).map(|(_, part)| part).collect()
        };
        assert_eq!(scope(&ours), scope(&theirs));
    }
}

#[tokio::test]
async fn botocore_and_curl_sign_the_same_request_with_the_same_signature() {
    let server = Scripted::start().await;
    for token in ["", "canary/token+77=="] {
        let session_token = (!token.is_empty()).then(|| token.into());
        let settings = SnsSettings { session_token, from: Some("Contoso".into()), ..settings(&server.url()) };
        sender(&Settings::Sns(settings)).send(&sms()).await.unwrap();
        let ours = server.last();
        assert_eq!(ours.header("x-amz-security-token"), token);
        let (date, body) = (ours.header("x-amz-date"), std::str::from_utf8(&ours.body).unwrap());

        let url = format!("{}/", server.url());
        let said = python(include_str!("sns_sign.py"), &[&url, body, date, "eu-west-1", KEY, SECRET, token]);
        assert_eq!(ours.header("authorization"), said, "botocore");

        let (url, body, date, token) = (url, body.to_owned(), date.to_owned(), token.to_owned());
        tokio::task::spawn_blocking(move || curl(&url, &body, &date, &token)).await.unwrap();
        let theirs = server.last();
        assert_eq!((ours.header("x-amz-date"), &ours.body), (theirs.header("x-amz-date"), &theirs.body));
        assert!(theirs.header("user-agent").starts_with("curl/"));
        assert_eq!(ours.header("authorization"), theirs.header("authorization"), "curl");
    }
}

fn curl(url: &str, body: &str, date: &str, token: &str) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--fail", "--noproxy", "*", "--aws-sigv4", "aws:amz:eu-west-1:sns"]);
    command.args(["--user", &format!("{KEY}:{SECRET}"), "--data-raw", body]);
    command.args([
        "-H",
        "Content-Type: application/x-www-form-urlencoded",
        "-H",
        &format!("X-Amz-Date: {date}"),
    ]);
    if !token.is_empty() {
        command.args(["-H", &format!("X-Amz-Security-Token: {token}")]);
    }
    assert!(command.arg(url).status().unwrap().success());
}

#[tokio::test]
async fn each_published_code_says_whether_another_try_can_help() {
    let server = Scripted::start().await;
    let sender = sender(&Settings::Sns(settings(&server.url())));
    for (status, code, expected) in [
        (400, "InvalidParameter", "give up: sns InvalidParameter 400"),
        (400, "ParameterValueInvalid", "give up: sns ParameterValueInvalid 400"),
        (400, "OptedOut", "give up: sns OptedOut 400"),
        (400, "ValidationException", "give up: sns ValidationException 400"),
        (400, "NeverHeardOf", "give up: sns 400"),
        (400, "Throttling", "try again: sns Throttling 400"),
        (400, "KMSThrottling", "try again: sns KMSThrottling 400"),
        (400, "IncompleteSignature", "try again: sns IncompleteSignature 400"),
        (400, "RequestExpired", "try again: sns RequestExpired 400"),
        (429, "Throttled", "try again: sns Throttled 429"),
        (403, "AuthorizationError", "try again: sns AuthorizationError 403"),
        (403, "InvalidClientTokenId", "try again: sns InvalidClientTokenId 403"),
        (403, "SignatureDoesNotMatch", "try again: sns SignatureDoesNotMatch 403"),
        (403, "NeverHeardOf", "try again: sns 403"),
        (404, "NotFound", "try again: sns 404"),
        (500, "InternalError", "try again: sns InternalError 500 (may have left)"),
        (503, "ServiceUnavailable", "try again: sns ServiceUnavailable 503"),
    ] {
        server.answers(refusal(status, code));
        assert_eq!(failure(&sender).await, expected);
    }
}

#[tokio::test]
async fn every_code_of_the_published_model_is_known_or_counts_by_its_status() {
    let codes = python(include_str!("sns_codes.py"), &[]);
    let server = Scripted::start().await;
    let sender = sender(&Settings::Sns(settings(&server.url())));
    assert!(codes.lines().count() > 10, "{codes}");
    for line in codes.lines() {
        let (status, code) = line.split_once(' ').unwrap();
        server.answers(refusal(status.parse().unwrap(), code));
        let gives_up = matches!(sender.send(&sms()).await, Err(SendError::GiveUp(_)));
        let is_ours = status == "400" && !code.contains("Throttl");
        assert_eq!(gives_up, is_ours, "{line}");
    }
}

#[tokio::test]
async fn a_broken_service_is_told_from_a_refusal() {
    survives_every_fault("sns", |url| Settings::Sns(settings(url))).await;
}

#[tokio::test]
async fn settings_and_texts_that_cannot_work_are_refused_here() {
    let server = Scripted::start().await;
    let long = Sms { text: "x".repeat(1_601), ..sms() };
    let outcome = sender(&Settings::Sns(settings(&server.url()))).send(&long).await;
    assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{outcome:?}");
    assert!(server.requests().is_empty());

    let good = || settings(&server.url());
    for (settings, key) in [
        (SnsSettings { region: "eu-west-1.evil.example/".into(), ..good() }, "region"),
        (SnsSettings { access_key_id: format!("{KEY}/x"), ..good() }, "access_key_id"),
        (SnsSettings { secret_access_key: "".into(), ..good() }, "secret_access_key"),
        (SnsSettings { session_token: Some("two lines\r\nx: y".into()), ..good() }, "session_token"),
        (SnsSettings { from: Some("Contoso IT".into()), ..good() }, "from"),
        (SnsSettings { base_url: "http://sns.example".into(), ..good() }, "base_url"),
        (SnsSettings { base_url: "https://sns.example/path".into(), ..good() }, "base_url"),
    ] {
        let refused = Sns::new(a_client(), &settings, Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!(refused.key, key, "{refused}");
    }
}
