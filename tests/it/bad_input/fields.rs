//! Fields: added, doubled, of another type, with a secret that belongs elsewhere.

use sspr::domain::secret::Purpose;

use super::{FORM, is_our_page, ready, set_password_token};
use crate::support::{
    app::World,
    client::Answer,
    rows::{Changes, Rows},
    secrets,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW},
};

/// The network's count of links that open nothing.
const COUNTED: [(&str, (usize, usize)); 1] = [("budgets", (0, 1))];

/// Everything a form of ours has a field for, and what attackers add (V-03).
const ADDED: [(&str, &str); 12] = [
    ("phone", "+14255550199"),
    ("mobile", "+14255550199"),
    ("mobile_phone", "+14255550199"),
    ("number", "+14255550199"),
    ("to", "eve@attacker.example"),
    ("email", "eve@attacker.example"),
    ("alternate_email_address", "eve@attacker.example"),
    ("channel", "email"),
    ("recipient", "eve@attacker.example"),
    ("role", "global_administrator"),
    ("company_id", "00000000-0000-0000-0000-000000000000"),
    ("next", "https://attacker.example/"),
];

#[tokio::test] // V-03, V-05, V-09, V-15, V-20
async fn what_a_form_adds_redirects_no_message_and_shows_no_secret() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let mut seen: Vec<(&str, Answer)> = Vec::new();
    let with = |fields: &[(&'static str, &str)]| -> Vec<(String, String)> {
        let own = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let taken: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        own.chain(
            ADDED
                .iter()
                .chain(&[("user_id", "globaladmin@contoso.com")])
                .filter(|(name, _)| !taken.contains(name))
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
        .collect()
    };
    macro_rules! post {
        ($path:literal, $fields:expr) => {{
            let fields = with($fields);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let answer = browser.submit(concat!($path, ""), &fields).await;
            seen.push(($path, answer));
        }};
    }
    macro_rules! get {
        ($path:literal) => {{
            let answer = browser
                .look("GET", concat!($path, "?next=https://attacker.example/&return_to=//attacker.example"))
                .await;
            seen.push(($path, answer));
        }};
    }
    get!("/reset");
    post!("/reset", &[("option", "forgot_password")]);
    post!("/reset/verify-user", &[("user_id", JOHN)]);
    get!("/reset/check-email");
    world.execute("update reset_attempts set email_sent_at = email_sent_at - interval '61 s'").await;
    post!("/reset/check-email/resend", &[]);
    node.drain().await;
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    post!("/reset/email-link", &[("token", &link)]);
    get!("/reset/security-code");
    world.execute("update reset_attempts set code_sent_at = code_sent_at - interval '61 s'").await;
    post!("/reset/security-code/resend", &[]);
    node.drain().await;
    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    post!("/reset/security-code", &[("code", "00000000")]);
    post!("/reset/security-code", &[("code", &code)]);
    get!("/reset/new-password");
    post!("/reset/new-password", &[("new_password", "short"), ("confirm_password", "other")]);
    post!("/reset/new-password", &[("new_password", NEW), ("confirm_password", NEW)]);
    get!("/reset/done");
    post!("/contact-administrator", &[("user_id", JOHN)]);
    get!("/sign-in");
    post!("/sign-in", &[("user_id", JOHN), ("password", "not the password")]);
    post!("/sign-in", &[("user_id", JOHN), ("password", NEW)]);
    get!("/");
    get!("/account");
    node.drain().await;

    // Only whom the database names, whatever was added.
    let known = [JOHN, JOHN_MAIL, "globaladmin@contoso.com", "globaladmin@fabrikam.com"];
    let mails = world.mail.sent();
    assert!(mails.len() >= 4 && mails.iter().all(|mail| known.contains(&mail.to.as_str())), "{mails:?}");
    assert!(world.sms.sent().len() >= 2 && world.sms.sent().iter().all(|sms| sms.to == JOHN_PHONE));
    let reset: i64 = world.count("select count(*) from users where password_changed_at = (select max(finished_at) from reset_attempts)").await;
    assert_eq!(reset, 1, "one password was set, the starter's");
    assert_eq!(world.count("select count(*) from users where role = 'global_administrator'").await, 2);

    let all = secrets::all(&world.pool).await;
    assert!(all.len() >= 5);
    let addresses = [
        JOHN_MAIL,
        "globaladmin@fabrikam.com",
        "globaladmin@contoso.com",
        "5550100",
        "555-0100",
        "555 0100",
        "memory 1",
    ];
    for (path, answer) in &seen {
        let location = answer.location.as_deref().unwrap_or("/");
        assert!(location.starts_with('/') && !location.starts_with("//"), "{path} leads to {location}");
        let everything = format!("{:?}\n{}", answer.headers, answer.body);
        for secret in
            all.iter().map(|secret| secret.text.as_str()).chain(addresses).chain(["attacker.example"])
        {
            let typed_by_us = *path == "/reset/email-link" && secret == link;
            assert!(typed_by_us || !everything.contains(secret), "{path} shows {secret}: {everything}");
        }
    }
    assert!(seen.iter().any(|(path, answer)| *path == "/reset/done" && answer.status == 200));
}

#[tokio::test] // V-04, V-06, V-07, V-21, V-23
async fn a_user_id_that_is_two_or_none_reaches_nobody_else() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let token = browser.form_token("/reset/verify-user").await;
    for body in [
        "user_id=johnsmith@contoso.com&user_id=eve@attacker.example",
        "user_id=eve@attacker.example&user_id=johnsmith@contoso.com",
        "user_id=johnsmith@contoso.com&user%5Fid=eve@attacker.example",
        "user_id[]=johnsmith@contoso.com&user_id[]=eve@attacker.example",
        "user_id%5B0%5D=johnsmith@contoso.com",
        "user_id=johnsmith@contoso.com,eve@attacker.example",
        "user_id=johnsmith@contoso.com;eve@attacker.example",
        "user_id=johnsmith@contoso.com%0Aeve@attacker.example",
        "user_id=johnsmith@contoso.com%0D%0ABcc:+eve@attacker.example",
        "user_id=johnsmith@contoso.com%00",
        "user_id=johnsmith@contoso.com%00@attacker.example",
        "user_id=johnsmith@contoso.com@attacker.example",
        "user_id=%22johnsmith@contoso.com%22@attacker.example",
        "user_id=johnsmith@contoso.com(eve@attacker.example)",
        "user_id=%EF%BD%8Aohnsmith@contoso.com",
        "user_id=johnsm%C4%B1th@contoso.com",
        "user_id=%FF%FE",
        "user_id=%zz",
        "user_id=%",
        "user_id",
        "user_id=",
        "user_id=%20%20",
        "=johnsmith@contoso.com",
        "&&&",
        "{\"user_id\":[\"johnsmith@contoso.com\",\"eve@attacker.example\"]}",
    ] {
        for path in ["/reset/verify-user", "/contact-administrator"] {
            let token =
                if path == "/reset/verify-user" { token.clone() } else { browser.form_token(path).await };
            let before = Rows::read(&world.pool).await;
            let answer =
                browser.send("POST", path, &[FORM], format!("form_token={token}&{body}").into()).await;
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{path} {body}: {answer:?}");
            is_our_page(&answer, body);
            let changes = before.changes(&Rows::read(&world.pool).await);
            assert_eq!(changes, Changes::new(), "{path} {body}");
        }
    }
    // One that is a user ID is taken, so the form itself was right.
    assert_eq!(browser.submit("/reset/verify-user", &[("user_id", JOHN)]).await.status, 303);
}

#[tokio::test] // V-06, V-07
async fn a_token_or_code_of_another_type_is_wrong_and_nothing_more() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    browser.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let token = browser.form_token("/reset/email-link").await;
    let odd = [
        "",
        "=",
        "=%20",
        "=0",
        "=%00",
        "[]=a",
        "[$ne]=1",
        "=true",
        "=null",
        "=-1",
        "=1e308",
        "=99999999999999999999999999999999",
        "=a&NAME=b",
        "=%F0%9F%92%A9",
        "='%20or%201=1--",
        "=%2e%2e%2f",
    ];
    let before = Rows::read(&world.pool).await;
    for value in odd {
        let body = format!("form_token={token}&token{}", value.replace("NAME", "token"));
        let answer = browser.send("POST", "/reset/email-link", &[FORM], body.into()).await;
        assert!(answer.status.is_client_error(), "{value}: {answer:?}");
        is_our_page(&answer, value);
    }
    // Links that open nothing are counted, and nothing else (V-32).
    assert_eq!(before.changes(&Rows::read(&world.pool).await), COUNTED.into());
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    browser.submit("/reset/email-link", &[("token", &link)]).await;
    let token = browser.form_token("/reset/security-code").await;
    let before = Rows::read(&world.pool).await;
    for value in odd {
        let body = format!("form_token={token}&code{}", value.replace("NAME", "code"));
        let answer = browser.send("POST", "/reset/security-code", &[FORM], body.into()).await;
        assert!(answer.status.is_client_error(), "{value}: {answer:?}");
        is_our_page(&answer, value);
    }
    assert_eq!(
        before.changes(&Rows::read(&world.pool).await),
        Changes::new(),
        "no try is used up by what is no code"
    );
}

#[tokio::test] // V-05, V-08
async fn a_secret_of_another_purpose_or_another_session_opens_nothing() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // One who is done, for a token of each purpose; one who stands before the code; and one who waits for the mail.
    let mut done = ready(&node).await;
    done.submit("/reset/verify-user", &[("user_id", "globaladmin@contoso.com")]).await;
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    done.submit("/reset/email-link", &[("token", &link)]).await;
    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    done.submit("/reset/security-code", &[("code", &code)]).await;
    done.submit("/reset/new-password", &[("new_password", NEW), ("confirm_password", NEW)]).await;
    let notice = secrets::newest(&world.pool, Purpose::NotMe).await;
    let set_password = set_password_token(&world).await;

    let mut john = ready(&node).await;
    john.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let johns_link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    let mut other = ready(&node).await;
    other.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let others_link = secrets::newest(&world.pool, Purpose::EmailLink).await;

    let before = Rows::read(&world.pool).await;
    for (token, status) in [(&others_link, 200), (&notice, 404), (&set_password, 404), (&link, 410)] {
        let answer = john.submit("/reset/email-link", &[("token", token)]).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_ne!(john.look("GET", &format!("/reset/email-link/{token}")).await.status, 303);
    }
    for token in [&johns_link, &notice, &link] {
        for method in ["GET", "POST"] {
            let path = format!("/set-password/{token}");
            let fields = [("new_password", NEW), ("confirm_password", NEW)];
            let answer = if method == "GET" {
                other.look("GET", &path).await
            } else {
                other.submit(&path, &fields).await
            };
            assert_eq!(answer.status, 410, "{method} {answer:?}");
        }
    }
    let dead = other.submit(&format!("/not-me/{set_password}"), &[]).await;
    assert_eq!(dead.location.as_deref(), Some("/not-me/done/dead"));
    assert_eq!(before.changes(&Rows::read(&world.pool).await), COUNTED.into());

    // Two of the same person at the code: neither's code is the other's.
    john.submit("/reset/email-link", &[("token", &johns_link)]).await;
    let johns_code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    other.submit("/reset/email-link", &[("token", &others_link)]).await;
    let others_code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    assert_ne!(johns_code, others_code);
    assert_eq!(john.submit("/reset/security-code", &[("code", &others_code)]).await.status, 422);
    let right = john.submit("/reset/security-code", &[("code", &johns_code)]).await;
    assert_eq!(right.location.as_deref(), Some("/reset/new-password"));
}
