//! Every state of a browser against every route: only the listed pairs lead on (V-01). The routes come from the server's own
//! source, so that a new one fails here until it has its place.

use sspr::domain::secret::Purpose;

use crate::support::{
    app::{Node, World},
    direct::Direct,
    office::row_of,
    routes,
    rows::{Changes, Rows},
    secrets,
    walk::{JOHN, NEW},
};

/// Where a browser can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    NoCookie,
    Visitor,
    CheckEmail,
    Decoy,
    Code,
    CodeWithFourWrongTries,
    NewPassword,
    Done,
}

/// What happened to the attempt then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Expired,
    Ended(&'static str),
    SwitchedOff,
}

type State = (At, Fate);

fn states() -> Vec<State> {
    use At::{CheckEmail, Code, CodeWithFourWrongTries, Decoy, Done, NewPassword, NoCookie, Visitor};
    let mut all: Vec<State> =
        [NoCookie, Visitor, CheckEmail, Decoy, Code, CodeWithFourWrongTries, NewPassword, Done]
            .map(|at| (at, Fate::Open))
            .to_vec();
    all.extend([CheckEmail, Decoy, Code, NewPassword].map(|at| (at, Fate::Expired)));
    all.extend([CheckEmail, Code, NewPassword].map(|at| (at, Fate::SwitchedOff)));
    for reason in ["expired", "replaced", "used", "too_many_tries", "switched_off", "not_me"] {
        all.extend([CheckEmail, Code, NewPassword].map(|at| (at, Fate::Ended(reason))));
    }
    all.push((Decoy, Fate::Ended("replaced")));
    all
}

/// Brings a browser there, with every cool-down over: what does not lead on then is kept back by its state alone.
async fn reach(world: &World, node: &Node, (at, fate): State) -> Direct {
    world.execute("delete from reset_attempts").await;
    world.execute("delete from budgets").await;
    world.execute("update companies set self_serve_password_reset_enabled = true").await;
    world
        .execute(
            "update users set blocked_at = null, blocked_because = null where blocked_because = 'not_me'",
        )
        .await;
    let mut browser = Direct::new(&node.app);
    if at == At::NoCookie {
        return browser;
    }
    browser.look("GET", "/reset").await;
    if at == At::Visitor {
        return browser;
    }
    let user_id = if at == At::Decoy { "nobody@contoso.com" } else { JOHN };
    browser.submit("/reset/verify-user", &[("user_id", user_id)]).await;
    if matches!(at, At::Code | At::CodeWithFourWrongTries | At::NewPassword | At::Done) {
        let token = secrets::newest(&world.pool, Purpose::EmailLink).await;
        browser.submit("/reset/email-link", &[("token", &token)]).await;
    }
    if at == At::CodeWithFourWrongTries {
        for _ in 0..4 {
            browser.submit("/reset/security-code", &[("code", &wrong(world).await)]).await;
        }
    }
    if matches!(at, At::NewPassword | At::Done) {
        let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
        browser.submit("/reset/security-code", &[("code", &code)]).await;
    }
    if at == At::Done {
        browser.submit("/reset/new-password", &[("new_password", NEW), ("confirm_password", NEW)]).await;
    }
    world
        .execute("update reset_attempts set email_sent_at = email_sent_at - interval '61 s', code_sent_at = code_sent_at - interval '61 s'")
        .await;
    match fate {
        Fate::Open => {}
        Fate::Expired => {
            world
                .execute(
                    "update reset_attempts set started_at = started_at - interval '600 s', email_expires_at = least(email_expires_at, now()),
                     code_expires_at = least(code_expires_at, now()), password_expires_at = least(password_expires_at, now())",
                )
                .await;
            world.execute("update reset_tokens set expires_at = now()").await;
        }
        Fate::Ended(reason) => {
            sqlx::query("update reset_attempts set ended_at = now(), end_reason = $1")
                .bind(reason)
                .execute(&world.pool)
                .await
                .unwrap();
        }
        Fate::SwitchedOff => {
            world.execute("update companies set self_serve_password_reset_enabled = false").await;
        }
    }
    let path = browser.look("GET", "/reset/check-email").await.location;
    let stands = match (at, fate) {
        (At::Visitor, _) => Some("/reset"),
        (At::CheckEmail | At::Decoy, Fate::Open | Fate::SwitchedOff) => None,
        (_, Fate::Expired | Fate::Ended(_) | Fate::SwitchedOff) => Some("/reset/ended"),
        (At::Code | At::CodeWithFourWrongTries, _) => Some("/reset/security-code"),
        (At::NewPassword, _) => Some("/reset/new-password"),
        _ => Some("/reset/done"),
    };
    assert_eq!(path.as_deref(), stands, "{at:?} {fate:?} was not reached");
    browser
}

async fn wrong(world: &World) -> String {
    let right = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    if right == "00000000" { "00000001".to_owned() } else { "00000000".to_owned() }
}

/// What a POST of this route changes in this state, if it may change anything. Everything else must change nothing.
fn effect((at, fate): State, path: &str) -> Option<&'static str> {
    use At::{CheckEmail, Code, CodeWithFourWrongTries, Decoy, Done, NewPassword, NoCookie};
    let waits = matches!(at, CheckEmail | Decoy) && matches!(fate, Fate::Open | Fate::SwitchedOff);
    let open = fate == Fate::Open;
    match path {
        _ if at == NoCookie => None,
        "/reset/verify-user" => Some("a new attempt"),
        "/reset/check-email/resend" if waits => Some("a new link"),
        "/reset/email-link" if at == CheckEmail && open => Some("the first proof"),
        // Whoever holds the link may be told.
        "/reset/email-link" if at == CheckEmail && fate == Fate::SwitchedOff => Some("the end"),
        "/reset/security-code" if matches!(at, Code | CodeWithFourWrongTries) && open => {
            Some("the second proof")
        }
        "/reset/security-code/resend" if matches!(at, Code | CodeWithFourWrongTries) && open => {
            Some("a new code")
        }
        "/reset/new-password" if at == NewPassword && open => Some("the new password"),
        "/not-me/{token}" if at == CheckEmail && waits => Some("the report"),
        "/not-me/{token}" if matches!(at, Code | CodeWithFourWrongTries | NewPassword) && open => {
            Some("the report")
        }
        "/not-me/{token}" if at == Done => Some("the block"),
        "/contact-administrator" => Some("a request"),
        "/sign-in" => Some("a failed sign-in"),
        _ => None,
    }
}

/// What a visitor who knows everything would send. A route without a line here fails the test.
async fn best_fields(world: &World, at: At, path: &str) -> (String, Vec<(&'static str, String)>) {
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    let password = || vec![("new_password", NEW.to_owned()), ("confirm_password", NEW.to_owned())];
    let fields = match path {
        "/reset" => vec![("option", "forgot_password".to_owned())],
        "/reset/verify-user" | "/contact-administrator" => vec![("user_id", JOHN.to_owned())],
        "/reset/check-email/resend"
        | "/reset/security-code/resend"
        | "/sign-out"
        | "/account/sessions/end" => Vec::new(),
        "/reset/email-link" => vec![("token", link)],
        // Its own tests send receipts.
        "/hooks/sms/{provider}" => vec![("MessageStatus", "delivered".to_owned())],
        "/reset/security-code" => vec![("code", if code.is_empty() { "12345678".to_owned() } else { code })],
        "/reset/new-password" => password(),
        "/sign-in" => vec![("user_id", JOHN.to_owned()), ("password", "not the password".to_owned())],
        "/account/password" => {
            let mut fields = password();
            fields.push(("current_password", NEW.to_owned()));
            fields
        }
        "/account/confirm-contact" | "/portal/company/test" => vec![("channel", "email".to_owned())],
        "/portal/messages/{message}/retry" | "/portal/messages/{message}/cancel" => {
            let message =
                sqlx::query_scalar::<_, uuid::Uuid>("select id from outbox order by created_at desc limit 1");
            let message = message.fetch_optional(&world.pool).await.unwrap();
            return (message.unwrap_or_default().to_string(), Vec::new());
        }
        "/portal/incidents/{incident}" => {
            let open = sqlx::query_scalar::<_, uuid::Uuid>("select id from incidents limit 1");
            let open = open.fetch_optional(&world.pool).await.unwrap();
            return (open.unwrap_or_default().to_string(), vec![("note", "a mistake".to_owned())]);
        }
        "/portal/approvals" => {
            vec![("change", sspr::random::id().to_string()), ("answer", "refuse".to_owned())]
        }
        "/portal/requests" => {
            vec![("request", sspr::random::id().to_string()), ("answer", "refuse".to_owned())]
        }
        "/portal/users/{id}/reset-password" => {
            let once = sspr::random::id().to_string();
            let fields = vec![("way", "link".to_owned()), ("once", once)];
            return (world.user(JOHN).await.to_string(), fields);
        }
        "/portal/users/reset-passwords" => {
            vec![("batch", sspr::random::id().to_string()), ("select", world.user(JOHN).await.to_string())]
        }
        "/portal/company" => vec![
            ("self_serve_password_reset_enabled", "false".to_owned()),
            ("reviewed", "1".to_owned()),
            ("reason", "none".to_owned()),
        ],
        "/portal/users/new" => vec![
            ("user_id", "anna@contoso.com".to_owned()),
            ("display_name", "Anna".to_owned()),
            ("reviewed", "1".to_owned()),
        ],
        path if path.starts_with("/portal/users/{id}") => {
            let fields = vec![
                ("version", "1".to_owned()),
                ("role", "global_administrator".to_owned()),
                ("contact", "mobile_phone".to_owned()),
                ("confirm_user_id", JOHN.to_owned()),
                ("reviewed", "1".to_owned()),
            ];
            return (row_of(world, JOHN).await.to_string(), fields);
        }
        "/confirm-contact/{token}" => {
            return (if link.is_empty() { "none".to_owned() } else { link }, Vec::new());
        }
        "/not-me/{token}" => {
            let notice = secrets::newest(&world.pool, Purpose::NotMe).await;
            let token = if at == At::Done { notice } else { link };
            return (if token.is_empty() { "none".to_owned() } else { token }, Vec::new());
        }
        "/set-password/{token}" => {
            return (if link.is_empty() { "none".to_owned() } else { link }, password());
        }
        _ => panic!("{path}: a new POST route: give it its fields here, and its place in `effect`"),
    };
    (String::new(), fields)
}

/// Every address of a GET route.
async fn addresses(world: &World, route: &routes::Route) -> Vec<String> {
    if !route.takes_something() {
        return vec![route.path.clone(), format!("{}?sent=again&notice=first", route.path)];
    }
    let mut all = vec![route.with("none"), route.with("ended")];
    all.extend(secrets::all(&world.pool).await.iter().map(|secret| route.with(&secret.text)));
    all
}

fn is_defined(status: axum::http::StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 302 | 303 | 400..=499)
}

#[tokio::test] // V-01, V-02, V-54
async fn only_the_listed_pairs_of_state_and_request_lead_on() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let routes = routes::all();
    for state in states() {
        let browser = reach(&world, &node, state).await;

        // Looking changes nothing, anywhere.
        let before = Rows::read(&world.pool).await;
        for route in routes.iter().filter(|route| route.get) {
            for address in addresses(&world, route).await {
                for method in ["GET", "HEAD"] {
                    let answer = browser.clone().look(method, &address).await;
                    assert!(is_defined(answer.status), "{state:?} {method} {}: {answer:?}", route.path);
                }
            }
        }
        forget_wrong_links(&world).await;
        let looked = before.changes(&Rows::read(&world.pool).await);
        assert_eq!(looked, Changes::new(), "{state:?}: a GET changed this");

        // Without an effect first: nothing may have changed when the next is tried.
        for route in routes.iter().filter(|route| route.post && effect(state, &route.path).is_none()) {
            let (status, changes) = post(&world, &browser, state.0, route).await;
            assert!(is_defined(status), "{state:?} POST {}: {status}", route.path);
            assert_eq!(changes, Changes::new(), "{state:?} POST {}", route.path);
        }
        for route in routes.iter().filter(|route| route.post) {
            let Some(effect) = effect(state, &route.path) else { continue };
            let browser = reach(&world, &node, state).await;
            let (status, changes) = post(&world, &browser, state.0, route).await;
            assert!(is_defined(status), "{state:?} POST {}: {status}", route.path);
            let changed = |table| changes.contains_key(table);
            let expected = match effect {
                // Whom it goes to is found later.
                "a request" => changes.keys().eq(["budgets", "contact_intake"].iter()),
                "a failed sign-in" => {
                    !changed("users")
                        && !changed("reset_attempts")
                        && !changed("reset_tokens")
                        && changed("audit_events")
                }
                "the new password" => changed("users") && changed("reset_attempts"),
                "the block" => changed("users") && changed("reset_tokens"),
                // The administrator is told of the first of a day, at two places; the next counts as one more of the same.
                "the report" => {
                    let told = changes.get("outbox").copied();
                    !changed("users")
                        && changed("reset_attempts")
                        && matches!(changes.get("incidents"), Some((0 | 1, 1)))
                        && told == changed("budgets").then_some((0, 2))
                }
                "the end" => !changed("users") && changed("reset_attempts") && !changed("outbox"),
                _ => !changed("users") && changed("reset_attempts") && changed("audit_events"),
            };
            assert!(expected, "{state:?} POST {} for {effect}: {changes:?}", route.path);
        }
    }
}

/// Sends the best that this visitor could, and says what it changed.
async fn post(
    world: &World,
    browser: &Direct,
    at: At,
    route: &routes::Route,
) -> (axum::http::StatusCode, Changes) {
    let mut browser = browser.clone();
    let (place, fields) = best_fields(world, at, &route.path).await;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let path = route.with(&place);
    let before = Rows::read(&world.pool).await;
    let answer = if at == At::NoCookie {
        // The token of somebody else's form.
        let token = browser.stranger().form_token(&path).await;
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        browser.post(&path, &all).await
    } else {
        browser.submit(&path, &fields).await
    };
    forget_wrong_links(world).await;
    (answer.status, before.changes(&Rows::read(&world.pool).await))
}

/// Links that open nothing are counted for the network, and told of (V-32): that leads nowhere.
async fn forget_wrong_links(world: &World) {
    world.execute("delete from budgets where key like 'wrong-link/%'").await;
}

#[tokio::test] // V-02
async fn the_last_step_alone_sets_no_password() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let before = Rows::read(&world.pool).await;
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    let nobody = Direct::new(&node.app).post("/reset/new-password", &fields).await;
    assert_eq!(nobody.status, 403);
    let mut fresh = Direct::new(&node.app);
    assert_eq!(fresh.submit("/reset/new-password", &fields).await.location.as_deref(), Some("/reset"));
    let mut first_stage = reach(&world, &node, (At::CheckEmail, Fate::Open)).await;
    let answer = first_stage.submit("/reset/new-password", &fields).await;
    assert_eq!(answer.location.as_deref(), Some("/reset/check-email"));
    // A session of one's own making.
    first_stage.cookies.insert("sspr-reset".to_owned(), "A".repeat(43));
    assert_eq!(first_stage.submit("/reset/new-password", &fields).await.location.as_deref(), Some("/reset"));
    let changes = before.changes(&Rows::read(&world.pool).await);
    assert!(!changes.contains_key("users"), "{changes:?}");
    assert_eq!(world.count("select count(*) from reset_attempts where finished_at is not null").await, 0);
    let looked = first_stage.look("GET", "/reset/done").await;
    assert_eq!(looked.location.as_deref(), Some("/reset"));
}
