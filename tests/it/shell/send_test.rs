//! `sspr send-test`: a real message, and what each relay or provider answered.

use serde_json::{Value, json};

use super::Shell;
use crate::support::{
    app::World,
    http_server::{ACCOUNT, Answer, TOKEN, TwilioServer},
    smtp_server::SmtpServer,
};

const ADDRESS: &str = "ann.canary@fabrikam.com";

async fn shell_of(world: &World) -> Shell {
    world.execute("update installation set demo = false").await;
    let mut shell = Shell::of(world, "https://reset.example");
    for (name, value) in [
        ("SSPR_COMPANY", "contoso.com"),
        ("SSPR_MAIL__HOST", "localhost"),
        ("SSPR_MAIL__PORT", "1"),
        ("SSPR_MAIL__TLS", "none"),
        ("SSPR_MAIL__FROM", "Password reset <reset@contoso.com>"),
        ("SSPR_SMS__BASE_URL", "http://127.0.0.1:1"),
        ("SSPR_SMS__ACCOUNT_SID", ACCOUNT),
        ("SSPR_SMS__AUTH_TOKEN", TOKEN),
        ("SSPR_SMS__FROM", "+14255550142"),
    ] {
        shell.set(name, value);
    }
    shell
}

/// The newest event: who, the outcome, the rest.
async fn recorded(world: &World) -> (String, String, Value) {
    sqlx::query_as(
        "select actor, outcome, details from audit_events where event = 'test_message_sent' order by at desc, id desc limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_mail_goes_from_relay_to_relay_until_one_accepts_and_each_answer_is_shown() {
    let world = World::new().await;
    let mut shell = shell_of(&world).await;
    let mut relay = SmtpServer::start(json!({})).await;
    shell.set("SSPR_MAIL_2__HOST", "127.0.0.1");
    shell.set("SSPR_MAIL_2__PORT", &relay.port.to_string());
    shell.set("SSPR_MAIL_2__TLS", "none");
    let heard = shell.types(&format!("send-test mail {ADDRESS} -o json")).await;
    let answers = heard.json();
    assert_eq!(answers.as_array().unwrap().len(), 2, "{heard:?}");
    assert_eq!(
        (&answers[0]["Provider"], &answers[0]["Kind"], &answers[0]["Outcome"], &answers[0]["Answer"]),
        (&json!("mail"), &json!("smtp"), &json!("try again"), &json!("smtp connect refused"))
    );
    assert_eq!((&answers[1]["Provider"], &answers[1]["Outcome"]), (&json!("mail_2"), &json!("accepted")));
    assert_eq!(answers[1]["Evidence"], "2.0.0 Ok: queued as 4F3A for");
    assert!(answers[1]["Milliseconds"].is_u64());
    let mail = relay.next("mail").await;
    assert_eq!(mail["rcpt_tos"], json!([ADDRESS]));
    assert!(mail.to_string().contains("This is a test"), "{mail}");
    let (actor, outcome, details) = recorded(&world).await;
    assert_eq!((actor.as_str(), outcome.as_str()), ("operator:ann", "done"));
    assert_eq!(details["tried"], json!(["mail smtp: try again", "mail_2 smtp: accepted"]));
    assert!(!heard.out.contains("canary") && !heard.err.contains("canary"), "{heard:?}");
    assert_eq!(
        world.count("select count(*) from audit_events e where e::text like '%canary%'").await
            + world.count("select count(*) from outbox").await,
        0
    );

    // Only the one that is named.
    let only = shell.types(&format!("send-test mail {ADDRESS} --provider mail_2 -o json")).await.json();
    assert_eq!((only.as_array().unwrap().len(), &only[0]["Provider"]), (1, &json!("mail_2")));
    let only = shell.types(&format!("send-test mail {ADDRESS} --provider mail -o json")).await;
    assert_eq!(only.code, 1, "{only:?}");
    assert!(only.out.contains("smtp connect refused") && only.err.contains("nobody accepted"), "{only:?}");
    assert_eq!(recorded(&world).await.1, "not_accepted");
    shell.types(&format!("send-test mail {ADDRESS} --provider mail_3")).await.refused(2, "mail, mail_2");
    shell.types("send-test mail nobody").await.refused(2, "no e-mail address");
}

#[tokio::test]
async fn a_refused_recipient_is_not_offered_to_the_next_relay() {
    let world = World::new().await;
    let mut shell = shell_of(&world).await;
    let refuses =
        SmtpServer::start(json!({ "replies": { "RCPT": ["550 5.1.1 ann.canary@fabrikam.com?"] } })).await;
    let mut next = SmtpServer::start(json!({})).await;
    shell.set("SSPR_MAIL__HOST", "127.0.0.1");
    shell.set("SSPR_MAIL__PORT", &refuses.port.to_string());
    shell.set("SSPR_MAIL_2__HOST", "127.0.0.1");
    shell.set("SSPR_MAIL_2__PORT", &next.port.to_string());
    shell.set("SSPR_MAIL_2__TLS", "none");
    let heard = shell.types(&format!("send-test mail {ADDRESS} -o json")).await;
    assert_eq!(heard.code, 1, "{heard:?}");
    let answers: Value = serde_json::from_str(&heard.out).unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 1, "{answers}");
    assert_eq!(
        (&answers[0]["Outcome"], &answers[0]["Answer"]),
        (&json!("refused"), &json!("smtp rcpt 550 5.1.1"))
    );
    assert!(!heard.out.contains("canary"), "{heard:?}");
    assert!(next.events().is_empty(), "the next relay was asked");
}

#[tokio::test]
async fn a_text_goes_to_a_number_of_the_companys_country_and_to_none_that_costs() {
    let world = World::new().await;
    let mut shell = shell_of(&world).await;
    let provider = TwilioServer::start().await;
    provider.answers(Answer::Refuse(429, 20429));
    let second = TwilioServer::start().await;
    shell.set("SSPR_SMS__BASE_URL", &provider.url());
    shell.set("SSPR_SMS_2__KIND", "twilio");
    shell.set("SSPR_SMS_2__BASE_URL", &second.url());
    shell.set("SSPR_SMS_2__ACCOUNT_SID", ACCOUNT);
    shell.set("SSPR_SMS_2__AUTH_TOKEN", TOKEN);
    shell.set("SSPR_SMS_2__FROM", "+14255550142");
    let heard = shell.types("send-test sms 425-555-0100 -o json").await;
    let answers = heard.json();
    assert_eq!(
        (&answers[0]["Outcome"], &answers[0]["Answer"], &answers[1]["Outcome"]),
        (&json!("try again"), &json!("twilio 429/20429"), &json!("accepted"))
    );
    let sent = second.messages().remove(0);
    assert_eq!(sent["To"], "+14255550100");
    assert!(sent["Body"].starts_with("Test from reset.example"), "{sent:?}");
    assert!(!sent.contains_key("StatusCallback"), "{sent:?}");
    assert!(!heard.out.contains("5550100"), "{heard:?}");
    let events = world.count("select count(*) from audit_events e where e::text like '%5550100%'").await;
    assert_eq!(events, 0);

    for (number, why) in
        [("900-555-0100", "can't get"), ("800-555-0100", "can't get"), ("425-555", "can't get")]
    {
        shell.types(&format!("send-test sms {number}")).await.refused(1, why);
    }
    shell.set("SSPR_BUDGETS__SMS_COUNTRY_CODES", "49");
    shell.types("send-test sms +14255550100").await.refused(1, "budgets.sms_country_codes");
    assert_eq!((second.messages().len(), provider.faults().len() + second.faults().len()), (1, 0));
}

#[tokio::test]
async fn in_a_demo_it_lands_on_the_outbox_page() {
    let world = World::new().await;
    world.execute("update installation set demo = true").await;
    let node = world.node().await;
    let shell = Shell::of(&world, "https://reset.example");
    let heard = shell.types(&format!("send-test mail {ADDRESS} --company contoso.com")).await;
    assert_eq!(heard.code, 0, "{heard:?}");
    assert!(heard.out.contains("/demo/outbox"), "{heard:?}");
    assert!(world.mail_to(ADDRESS).await.subject.starts_with("Test message"));
    let page = crate::support::client::Client::new(&node.url).get("/demo/outbox").await;
    assert!(page.body.contains("Test message (sent at"), "{}", page.body);
    shell.types("send-test sms 425-555-0100 --company contoso.com").await;
    assert!(world.sms_to("+14255550100").await.text.starts_with("Test"));
    assert_eq!(world.audited("test_message_sent").await, 2);
}
