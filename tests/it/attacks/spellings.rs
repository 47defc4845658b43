//! One thing has one spelling: what is encoded twice is decoded once, and what only looks like a name is none.

use sspr::domain::secret::Purpose;

use super::visitor;
use crate::support::{
    app::World,
    rows::{Changes, Rows},
    secrets,
    walk::JOHN,
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Every byte as a percent sign and two digits.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

#[tokio::test] // ASVS 1.1.1
async fn what_is_encoded_twice_is_decoded_once() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = visitor(&node).await;

    let token = browser.form_token("/reset/verify-user").await;
    for twice in ["johnsmith%2540contoso.com".to_owned(), encoded(&encoded(JOHN))] {
        let before = Rows::read(&world.pool).await;
        let body = format!("form_token={token}&user_id={twice}");
        let answer = browser.send("POST", "/reset/verify-user", &[FORM], body.into()).await;
        assert_eq!(answer.status, 422, "{twice}: {answer:?}");
        assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new(), "{twice}");
    }
    let body = format!("form_token={token}&user_id={}", encoded(JOHN));
    let answer = browser.send("POST", "/reset/verify-user", &[FORM], body.into()).await;
    assert_eq!(answer.location.as_deref(), Some("/reset/check-email"), "{answer:?}");

    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    let path = |text: String| format!("/reset/email-link/{text}");
    assert_eq!(browser.look("GET", &path(encoded(&link))).await.status, 200);
    assert_eq!(browser.look("GET", &path(encoded(&encoded(&link)))).await.status, 404);
    let token = browser.form_token("/reset/email-link").await;
    let body = format!("form_token={token}&token={}", encoded(&encoded(&link)));
    let before = Rows::read(&world.pool).await;
    assert_eq!(browser.send("POST", "/reset/email-link", &[FORM], body.into()).await.status, 404);
    // It counts as a link that opens nothing, as the one before it did.
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::from([("budgets", (1, 1))]));
    browser.submit("/reset/email-link", &[("token", &link)]).await;

    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    let token = browser.form_token("/reset/security-code").await;
    let before = Rows::read(&world.pool).await;
    let body = format!("form_token={token}&code={}", encoded(&encoded(&code)));
    assert_eq!(browser.send("POST", "/reset/security-code", &[FORM], body.into()).await.status, 422);
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new(), "a try was used up");
    let body = format!("form_token={token}&code={}", encoded(&code));
    let answer = browser.send("POST", "/reset/security-code", &[FORM], body.into()).await;
    assert_eq!(answer.location.as_deref(), Some("/reset/new-password"), "{answer:?}");
}

#[tokio::test] // V-21, V-22, V-23
async fn what_looks_like_a_user_id_reaches_and_signs_in_nobody() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = visitor(&node).await;
    let password = world.first_password(JOHN);
    for typed in [
        // Letters that some program folds into ASCII: long s, Kelvin's sign, dotted and dotless i, full width, mathematical.
        "john\u{17F}mith@contoso.com",
        "johnsm\u{131}th@contoso.com",
        "JOHNSM\u{130}TH@CONTOSO.COM",
        "\u{FF4A}ohnsmith@contoso.com",
        "johnsmith@\u{1D41C}ontoso.com",
        "johnsmith\u{FF20}contoso.com",
        "johnsmith@contoso\u{3002}com",
        // Letters that a collation without accents takes for the same.
        "j\u{F6}hnsmith@contoso.com",
        "jo\u{308}hnsmith@contoso.com",
        // What cannot be seen.
        "john\u{200B}smith@contoso.com",
        "john\u{AD}smith@contoso.com",
        "\u{202E}johnsmith@contoso.com",
        // Another spelling of the domain.
        "johnsmith@contoso.com.",
        "johnsmith@[127.0.0.1]",
        "johnsmith@xn--contoso-.com",
        "\"johnsmith\"@contoso.com",
        "johnsmith+x@contoso.com@contoso.com",
    ] {
        let fields = [("user_id", typed), ("password", password.as_str())];
        assert_eq!(browser.clone().submit("/sign-in", &fields).await.status, 422, "{typed:?}");
        for path in ["/reset/verify-user", "/contact-administrator"] {
            browser.clone().submit(path, &[("user_id", typed)]).await;
        }
        let reached = "select count(*) from outbox where deliverable";
        assert_eq!(world.count(reached).await, 0, "{typed:?}");
        assert_eq!(world.count("select count(*) from reset_attempts where user_id is not null").await, 0);
        assert_eq!(world.count("select count(*) from sessions").await, 0, "{typed:?}");
    }
    // The same road with the name itself.
    browser.submit("/reset/verify-user", &[("user_id", "JohnSmith@CONTOSO.com")]).await;
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 1);
}
