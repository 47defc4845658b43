//! Bounces: from the report that a mail system writes, by the shell, to what administrators see.

use serde_json::json;
use sspr::senders::mail::Mail;

use crate::{
    shell::{Heard, Shell},
    support::{
        app::{Node, World},
        walk::{JOHN, JOHN_MAIL, Walk},
    },
};

const ADDRESS: &str = "bounces@contoso.com";

/// A report as Exim wrote it, about a mail to this address, with these groups for the recipients.
fn report(to: &str, message_id: &str, groups: &str) -> String {
    include_str!("mail_bounces/exim.eml")
        .replace("RETURN-PATH", to)
        .replace("MESSAGE-ID", message_id)
        .replace(EXIMS, groups)
}

const EXIMS: &str = "\
Action: failed
Final-Recipient: rfc822;johnsmith@fabrikam.com
Status: 5.0.0
Remote-MTA: dns; 192.0.2.25
Diagnostic-Code: smtp; 550 5.1.1 <johnsmith@fabrikam.com>: User unknown
";

const UNKNOWN_USER: &str = "Action: failed\nFinal-Recipient: rfc822;johnsmith@fabrikam.com\nStatus: 5.1.1\n";

/// John's first mail has left.
struct Sent {
    world: World,
    node: Node,
    mail: Mail,
}

impl Sent {
    async fn with(settings: &[(&str, &str)]) -> Self {
        let world = World::with(settings).await;
        let node = world.node_without_workers().await;
        Walk::new(&world, &node).start(JOHN).await;
        node.drain().await;
        let mail = world.mail_to(JOHN_MAIL).await;
        Self { world, node, mail }
    }

    /// With an address for bounces.
    async fn signed() -> (Self, Shell) {
        let sent = Self::with(&[("SSPR_MAIL__BOUNCE_ADDRESS", ADDRESS)]).await;
        let mut shell = Shell::of(&sent.world, &sent.node.url);
        shell.set("SSPR_MAIL__BOUNCE_ADDRESS", ADDRESS);
        (sent, shell)
    }

    fn return_path(&self) -> &str {
        self.mail.return_path.as_deref().unwrap()
    }

    /// delivery and delivery_note of John's mail.
    async fn delivery(&self) -> (Option<String>, Option<String>) {
        let row: (Option<String>, Option<String>) = sqlx::query_as(
            "select delivery, delivery_note from outbox where channel = 'email' and recipient = $1",
        )
        .bind(JOHN_MAIL)
        .fetch_one(&self.world.pool)
        .await
        .unwrap();
        row
    }

    async fn events(&self) -> Vec<(Option<String>, String, String, serde_json::Value)> {
        sqlx::query_as(
            "select u.user_id, a.subject, a.actor, a.details from audit_events a left join users u on u.id = a.user_id
             where a.event = 'mail_bounced'",
        )
        .fetch_all(&self.world.pool)
        .await
        .unwrap()
    }
}

fn failed(note: &str) -> (Option<String>, Option<String>) {
    (Some("failed".into()), Some(note.into()))
}

/// Nothing changed, and a mail system is told that all is well.
fn ignored(heard: &Heard, why: &str) {
    assert_eq!((heard.code, heard.out.as_str()), (0, ""), "{heard:?}");
    assert!(heard.err.contains(why) && heard.err.contains("ignored"), "{heard:?}");
}

async fn doubts(shell: &Shell) -> serde_json::Value {
    let report = shell.types("readiness -o json").await.json();
    report.as_array().unwrap().iter().find(|line| line["UserId"] == JOHN).unwrap()["Reasons"].clone()
}

#[tokio::test]
async fn a_mail_that_did_not_arrive_is_known_once_and_shown_to_whoever_asks_who_could_reset() {
    let (sent, shell) = Sent::signed().await;
    assert_eq!(doubts(&shell).await, json!([]));
    let mail = report(sent.return_path(), "<x@y>", EXIMS);
    let heard = shell.runs(&["bounce", "-o", "json"], &mail).await.json();
    assert_eq!(heard[0]["Delivery"], "failed");
    assert_eq!((&heard[0]["Status"], &heard[0]["Outcome"]), (&json!("5.1.1"), &json!("recorded")));
    assert_eq!(sent.delivery().await, failed("5.1.1"));
    assert_eq!(doubts(&shell).await, json!(["mail_bounced"]));
    let events = sent.events().await;
    let (user, subject, actor, details) = &events[0];
    assert_eq!((user.as_deref(), subject.as_str(), actor.as_str()), (Some(JOHN), JOHN, "service"));
    assert_eq!(details["status"], "5.1.1");
    assert!(!details.to_string().contains('@'), "no address in what is kept for ever: {details}");
    // Again, in another spelling of the address, said by the mail system, and with another number: it was told already.
    let upper = sent.return_path().to_uppercase();
    let other = report("somebody@contoso.com", "<x@y>", &UNKNOWN_USER.replace("5.1.1", "5.2.1"));
    let heard = shell.runs(&["bounce", "--recipient", &upper, "-o", "json"], &other).await.json();
    assert_eq!(heard[0]["Outcome"], "known_already");
    let delivered = report(
        sent.return_path(),
        "<x@y>",
        &UNKNOWN_USER.replace("failed", "delivered").replace("5.1.1", "2.0.0"),
    );
    let heard = shell.runs(&["bounce", "-o", "json"], &delivered).await.json();
    assert_eq!((&heard[0]["Delivery"], &heard[0]["Outcome"]), (&json!("delivered"), &json!("known_already")));
    assert_eq!((sent.delivery().await, sent.events().await.len()), (failed("5.1.1"), 1));
}

#[tokio::test]
async fn what_is_underway_is_noted_what_arrived_is_recorded_and_a_later_failure_outweighs_it() {
    let (sent, shell) = Sent::signed().await;
    let tell = async |action: &str, status: &str| {
        let groups = UNKNOWN_USER.replace("failed", action).replace("5.1.1", status);
        let mail = report(sent.return_path(), "<x@y>", &groups);
        let heard = shell.runs(&["bounce", "-o", "csv"], &mail).await;
        assert_eq!(heard.code, 0, "{heard:?}");
        let line = heard.out.lines().nth(1).unwrap().split_once(',').unwrap().1.to_owned();
        (line, sent.delivery().await)
    };
    for (action, status) in
        [("delayed", "4.4.1"), ("relayed", "2.0.0"), ("expanded", "2.0.0"), ("failed", "2.0.0")]
    {
        assert_eq!(tell(action, status).await, ("underway,,noted".to_owned(), (None, None)), "{action}");
    }
    let (line, delivery) = tell("delivered", "2.0.0").await;
    assert_eq!((line.as_str(), delivery), ("delivered,,recorded", (Some("delivered".into()), None)));
    assert_eq!((doubts(&shell).await, sent.events().await.len()), (json!([]), 0));
    // Given up after days of trying: the number of a delay, and an end all the same.
    assert_eq!(tell("failed", "4.4.7").await, ("failed,4.4.7,recorded".to_owned(), failed("4.4.7")));
}

#[tokio::test]
async fn what_is_not_genuine_or_no_report_changes_nothing_and_is_not_returned() {
    let (sent, shell) = Sent::signed().await;
    let (path, id) = (sent.return_path(), sent.mail.message_id.as_str());
    let place = path.find('.').unwrap() + 1;
    let forged = format!(
        "{}{}{}",
        &path[..place],
        if path.as_bytes()[place] == b'a' { 'b' } else { 'a' },
        &path[place + 1..]
    );
    // With an address for bounces a returned Message-ID proves nothing: every recipient of a mail knows one.
    for to in
        [ADDRESS, "", &forged, &path.replace("bounces+", "bounce+"), &path.replace("contoso", "fabrikam")]
    {
        ignored(&shell.runs(&["bounce"], &report(to, id, UNKNOWN_USER)).await, "not genuine");
    }
    // What the mail system says counts, and not what stands in the mail.
    let heard = shell.runs(&["bounce", "--recipient", ADDRESS], &report(path, id, UNKNOWN_USER)).await;
    ignored(&heard, "not genuine");
    let away = format!(
        "From: {JOHN_MAIL}\nTo: {path}\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nI am away.\nAction: failed\nStatus: 5.1.1\n"
    );
    let long = format!("To: {path}\n\n{}", "x".repeat(3_000_000));
    let nested = "Content-Type: message/rfc822\n\n".repeat(200_000);
    for mail in [&away, "", "\n", "no mail", &long, &nested] {
        ignored(&shell.runs(&["bounce"], mail).await, "no report");
    }
    let mut bytes = shell.command(&["bounce"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = bytes.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, &[0xff, 0, b'\n', 0xc3, 0x28]).await.unwrap();
    drop(stdin);
    assert_eq!(bytes.wait().await.unwrap().code(), Some(0));
    assert_eq!((sent.delivery().await, sent.events().await.len()), ((None, None), 0));
}

#[tokio::test]
async fn without_an_address_for_bounces_the_message_id_names_the_mail() {
    let sent = Sent::with(&[]).await;
    assert_eq!(sent.mail.return_path, None);
    let shell = Shell::of(&sent.world, &sent.node.url);
    let id = sent.mail.message_id.clone();
    let foreign = id.replace("127.0.0.1", "mail.fabrikam.com");
    assert_ne!(foreign, id);
    ignored(&shell.runs(&["bounce"], &report(ADDRESS, &foreign, UNKNOWN_USER)).await, "names no message");
    let unknown = format!("<{}@127.0.0.1>", sspr::random::id());
    let heard = shell.runs(&["bounce", "-o", "json"], &report(ADDRESS, &unknown, UNKNOWN_USER)).await;
    assert_eq!(heard.json()[0]["Outcome"], "no_message");
    assert_eq!(sent.delivery().await, (None, None));
    let heard = shell.runs(&["bounce", "-o", "json"], &report(ADDRESS, &id, UNKNOWN_USER)).await;
    assert_eq!(heard.json()[0]["Outcome"], "recorded");
    assert_eq!(sent.delivery().await, failed("5.1.1"));
}

#[tokio::test]
async fn a_mail_that_left_under_the_key_before_is_known_too() {
    let (sent, mut shell) = Sent::signed().await;
    let old = shell.folder.path().join("key").to_str().unwrap().to_owned();
    let new = shell.folder.file("new-key", "bmV3IGtleSBvZiB0ZXN0cywgYW5kIG9ubHkgZm9yIHRoZW0=");
    shell.set("SSPR_KEYS__CURRENT_FILE", &new);
    let mail = report(sent.return_path(), "<x@y>", UNKNOWN_USER);
    ignored(&shell.runs(&["bounce"], &mail).await, "not genuine");
    shell.set("SSPR_KEYS__PREVIOUS_FILES", &old);
    assert_eq!(shell.runs(&["bounce", "-o", "json"], &mail).await.json()[0]["Outcome"], "recorded");
}

#[tokio::test]
async fn the_bounce_of_an_address_that_was_changed_since_says_nothing_of_the_new_one() {
    let (sent, shell) = Sent::signed().await;
    let mail = report(sent.return_path(), "<x@y>", UNKNOWN_USER);
    shell.types("user set johnsmith@contoso.com --alternate-email-address js@fabrikam.com").await;
    assert_eq!(shell.runs(&["bounce", "-o", "json"], &mail).await.json()[0]["Outcome"], "recorded");
    assert_eq!(doubts(&shell).await, json!([]));
    // The change ended the attempt and with it what tied it to John: the event is the company's.
    assert_eq!((sent.events().await[0].0.as_deref(), sent.events().await[0].1.as_str()), (None, "(nobody)"));
    // Nor does it say anything of the same address, set again: somebody has looked at it since.
    shell.types("user set johnsmith@contoso.com --alternate-email-address johnsmith@fabrikam.com").await;
    assert_eq!(doubts(&shell).await, json!([]));
    sent.world.execute("update alternate_emails set updated_at = now() - interval '1 day'").await;
    assert_eq!(doubts(&shell).await, json!(["mail_bounced"]), "the test would see it");
}

#[tokio::test]
async fn the_exit_code_tells_a_mail_system_what_to_do() {
    let (sent, mut shell) = Sent::signed().await;
    let mail = report(sent.return_path(), "<x@y>", UNKNOWN_USER);
    let url = sent.world.database.url();
    // Nobody listens there.
    shell.set("SSPR_DATABASE__URL", "postgres://app@127.0.0.1:1/none");
    let heard = shell.runs(&["bounce"], &mail).await;
    heard.refused(75, "the database does not answer");
    shell.set("SSPR_DATABASE__URL", &url);
    shell.set("SSPR_KEYS__CURRENT_FILE", "/nowhere/key");
    shell.runs(&["bounce"], &mail).await.refused(78, "keys.current_file");
    shell.unset("SSPR_KEYS__CURRENT_FILE");
    shell.runs(&["bounce"], &mail).await.refused(78, "keys.current_file is missing");
    shell.set("SSPR_MAIL__BOUNCE_ADDRESS", "nobody");
    shell.runs(&["bounce"], &mail).await.refused(78, "mail.bounce_address");
    assert_eq!(sent.delivery().await, (None, None), "whatever is put off comes again");
}
