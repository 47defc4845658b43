//! GOV.UK Notify: its own document served by Prism, its tokens read by another's library, its faults and receipts by its published tables.

use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sspr::senders::{
    SendError,
    sms::{
        GovukNotify, Settings, Sms,
        govuk_notify::GovukNotifySettings,
        receipt::{Call, Fate, NotBelieved, Receipt, Which},
    },
};

use super::{
    Scripted, ScriptedAnswer, a_client, failure, patient,
    prism::Prism,
    sender, sms, survives_every_fault,
    tools::{Folder, published, python},
};

const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
const TEMPLATE: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";
const SENDER: &str = "8e222534-7f05-4972-86e3-17c5d9f894e2";
const MESSAGE: &str = "740e5834-3a29-46b4-9a6f-16142fde533a";
const CALLBACK: &str = "canary-callback-token-93ab";

fn settings(base_url: &str) -> GovukNotifySettings {
    GovukNotifySettings {
        base_url: base_url.into(),
        api_key: format!("reset live-{SERVICE}-{SECRET}").into(),
        template_id: TEMPLATE.into(),
        sms_sender_id: Some(SENDER.into()),
        callback_token: Some(CALLBACK.into()),
    }
}

/// Notify's document without the paths that name files which are not beside it.
async fn prism() -> Option<(Prism, Folder)> {
    let document = published("govuk-notify/publicapi_spec.json")?;
    let folder = Folder::new();
    for name in ["POST_notification_sms.json", "schema.json"] {
        std::fs::copy(document.with_file_name(name), folder.0.join(name)).unwrap();
    }
    let mut whole: Value = serde_json::from_slice(&std::fs::read(&document).unwrap()).unwrap();
    whole["paths"].as_object_mut().unwrap().retain(|path, _| path == "/v2/notifications/sms");
    let trimmed = folder.0.join("publicapi_spec.json");
    std::fs::write(&trimmed, whole.to_string()).unwrap();
    Some((Prism::serve(&trimmed).await, folder))
}

#[tokio::test]
async fn notifys_own_document_takes_our_request_and_its_errors_are_understood() {
    let Some((prism, _folder)) = prism().await else { return };
    let accepted = patient(&Settings::GovukNotify(settings(&prism.url))).send(&sms()).await.unwrap();
    assert!(accepted.evidence.is_some(), "the document's own example of an answer names the message");

    // It looks at what it gets: the same without sign-in, and without the template, is refused.
    let url = format!("{}/v2/notifications/sms", prism.url);
    let right = json!({ "phone_number": "+14255550100", "template_id": TEMPLATE });
    let unsigned = a_client().post(&url).json(&right).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    let half = json!({ "phone_number": "+14255550100" });
    let half = a_client().post(&url).bearer_auth("x").json(&half).send().await.unwrap();
    assert_eq!(half.status(), 400);

    for (status, expected) in [
        (400, "give up: govuk_notify ValidationError 400"),
        (403, "try again: govuk_notify BadRequestError 403"),
        (429, "give up: govuk_notify TooManyRequestsError 429"),
        (500, "try again: govuk_notify 500 (may have left)"),
    ] {
        let settings = settings(&prism.preferring(status).await);
        assert_eq!(failure(&patient(&Settings::GovukNotify(settings))).await, expected);
    }
}

#[tokio::test]
async fn a_message_is_asked_for_in_the_documented_shape() {
    let server = Scripted::start().await;
    server.answers(ScriptedAnswer::new(201, json!({ "id": MESSAGE, "uri": "x" }).to_string()));
    let accepted = sender(&Settings::GovukNotify(settings(&server.url()))).send(&sms()).await.unwrap();
    assert_eq!(accepted.evidence.as_deref(), Some(MESSAGE));

    let asked = server.last();
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/v2/notifications/sms"));
    assert_eq!(asked.header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let expected = json!({
        "phone_number": "+14255550100",
        "template_id": TEMPLATE,
        "personalisation": { "text": sms().text },
        "reference": sms().id.to_string(),
        "sms_sender_id": SENDER,
    });
    assert_eq!(body, expected);

    let usual = GovukNotifySettings { sms_sender_id: None, ..settings(&server.url()) };
    sender(&Settings::GovukNotify(usual)).send(&sms()).await.unwrap();
    let body: Value = serde_json::from_slice(&server.last().body).unwrap();
    assert!(body.get("sms_sender_id").is_none(), "{body}");
}

#[tokio::test]
async fn anothers_library_reads_our_token_and_finds_it_new() {
    let server = Scripted::start().await;
    sender(&Settings::GovukNotify(settings(&server.url()))).send(&sms()).await.unwrap();
    let asked = server.last();
    let token = asked.header("authorization").strip_prefix("Bearer ").unwrap();
    let script = "import jwt, sys, json\n\
                  claims = jwt.decode(sys.argv[1], sys.argv[2], algorithms=['HS256'])\n\
                  print(json.dumps([jwt.get_unverified_header(sys.argv[1]), claims]))";
    let read: Value = serde_json::from_str(&python(script, &[token, SECRET])).unwrap();
    assert_eq!(read[0], json!({ "typ": "JWT", "alg": "HS256" }));
    assert_eq!(read[1]["iss"], SERVICE);
    let age = sspr::clock::now().unix_timestamp() - read[1]["iat"].as_i64().unwrap();
    assert!((0..30).contains(&age), "{age} s old");
    assert_eq!(read[1].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn each_refusal_says_whether_another_try_can_help() {
    let server = Scripted::start().await;
    let sender = sender(&Settings::GovukNotify(settings(&server.url())));
    for (status, error, expected) in [
        (400, "ValidationError", "give up: govuk_notify ValidationError 400"),
        (400, "BadRequestError", "give up: govuk_notify BadRequestError 400"),
        (400, "NeverHeardOf", "give up: govuk_notify 400"),
        (403, "BadRequestError", "try again: govuk_notify BadRequestError 403"),
        (403, "AuthError", "try again: govuk_notify AuthError 403"),
        (429, "RateLimitError", "try again: govuk_notify RateLimitError 429"),
        (429, "TooManyRequestsError", "give up: govuk_notify TooManyRequestsError 429"),
        (500, "Exception", "try again: govuk_notify 500 (may have left)"),
        (503, "TooManyRequestsError", "try again: govuk_notify 503"),
    ] {
        let errors = json!([{ "error": error, "message": "phone_number +14255550100 is bad" }]);
        let body = json!({ "status_code": status, "errors": errors });
        for body in [body, errors] {
            server.answers(ScriptedAnswer::new(status, body.to_string()));
            assert_eq!(failure(&sender).await, expected, "{body}");
        }
    }
}

#[tokio::test]
async fn a_broken_service_is_told_from_a_refusal() {
    survives_every_fault("govuk_notify", |url| Settings::GovukNotify(settings(url))).await;
}

#[tokio::test]
async fn settings_and_texts_that_cannot_work_are_refused_here() {
    let server = Scripted::start().await;
    let long = Sms { text: "x".repeat(919), ..sms() };
    let outcome = sender(&Settings::GovukNotify(settings(&server.url()))).send(&long).await;
    assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{outcome:?}");
    assert!(server.requests().is_empty());

    let good = || settings(&server.url());
    for (settings, key) in [
        (GovukNotifySettings { api_key: format!("{SERVICE}-{SECRET}").into(), ..good() }, "notify_api_key"),
        (GovukNotifySettings { template_id: "text".into(), ..good() }, "template_id"),
        (GovukNotifySettings { sms_sender_id: Some(String::new()), ..good() }, "sms_sender_id"),
        (GovukNotifySettings { callback_token: Some("short".into()), ..good() }, "callback_token"),
        (GovukNotifySettings { base_url: "http://notify.example".into(), ..good() }, "base_url"),
    ] {
        let refused = GovukNotify::new(a_client(), &settings, Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!(refused.key, key, "{refused}");
    }
}

/// What a service makes of a callback with this header and body.
fn told(
    settings: &GovukNotifySettings,
    authorization: Option<&str>,
    body: &str,
) -> Result<Receipt, NotBelieved> {
    let mut headers = HeaderMap::new();
    if let Some(text) = authorization {
        headers.insert("authorization", HeaderValue::from_str(text).unwrap());
    }
    let url = "https://reset.contoso.com/hooks/sms/govuk_notify";
    let call = Call { url, query: "", headers: &headers, body: body.as_bytes(), now: 1_800_000_000 };
    sender(&Settings::GovukNotify(settings.clone())).receipt(&call)
}

/// A callback as Notify publishes it.
fn callback(status: &str) -> Value {
    json!({
        "id": MESSAGE, "reference": sms().id.to_string(), "to": "+14255550100", "status": status,
        "created_at": "2026-11-21T12:15:30.000000Z", "completed_at": "2026-11-21T12:15:31.000000Z",
        "sent_at": "2026-11-21T12:15:30.000000Z", "notification_type": "sms",
        "template_id": TEMPLATE, "template_version": 1,
    })
}

#[test]
fn a_receipt_tells_what_became_of_the_message() {
    let settings = settings("https://notify.example");
    let right = format!("Bearer {CALLBACK}");
    let read = |body: &Value| told(&settings, Some(&right), &body.to_string());
    for (status, fate) in [
        ("delivered", Fate::Delivered),
        ("permanent-failure", Fate::Failed(None)),
        ("temporary-failure", Fate::Failed(None)),
        ("technical-failure", Fate::Failed(None)),
        ("sending", Fate::Underway),
    ] {
        let message = Which::Both(sms().id, MESSAGE.into());
        assert_eq!(read(&callback(status)), Ok(Receipt { message, fate }), "{status}");
    }
    let mut foreign = callback("delivered");
    foreign["reference"] = Value::Null;
    assert_eq!(read(&foreign).unwrap().message, Which::Theirs(MESSAGE.into()));
    foreign["id"] = "7".into();
    assert_eq!(read(&foreign), Err(NotBelieved::Shape));
    assert_eq!(read(&json!([])), Err(NotBelieved::Shape));
}

#[test]
fn without_the_token_nothing_of_a_receipt_is_believed() {
    let settings = settings("https://notify.example");
    let body = callback("delivered").to_string();
    for wrong in [
        None,
        Some(String::new()),
        Some(CALLBACK.to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer {CALLBACK}x")),
        Some(format!("Bearer {}", &CALLBACK[1..])),
        Some(format!("Bearer {}", CALLBACK.to_uppercase())),
        Some(format!("Basic {CALLBACK}")),
    ] {
        assert_eq!(told(&settings, wrong.as_deref(), &body), Err(NotBelieved::Signature), "{wrong:?}");
    }
    let none = GovukNotifySettings { callback_token: None, ..settings };
    assert_eq!(told(&none, Some("Bearer "), &body), Err(NotBelieved::NoReceipts));
}
