//! Every form of a signed-in person asks for the password when it was last given more than ten minutes ago, or stands in a short list
//! that says why it need not.

use std::collections::BTreeSet;

use sspr::domain::{
    limits::{Account, key},
    user::Role,
};

use crate::{
    role_table::{
        Stage,
        routes::{Browser, Target, address, fields},
    },
    support::{client::Answer, routes, rows::Rows},
};

/// Forms without a proof, and why.
const NOT_SENSITIVE: &[(&str, &str)] = &[
    ("/sign-in", "it is the proof"),
    ("/sign-out", "nobody gains by it, and it must never be in anybody's way"),
    ("/account/password", "asks for the present password always"),
];

/// Several forms of one address.
fn cases(path: &'static str, target: &Target) -> Vec<Vec<(&'static str, String)>> {
    let request = || ("request", target.request.to_string());
    match path {
        "/portal/requests" => {
            ["reset", "refuse"].map(|answer| vec![request(), ("answer", answer.to_owned())]).into()
        }
        "/portal/approvals" => ["approve", "refuse"]
            .map(|answer| vec![("change", target.change.to_string()), ("answer", answer.to_owned())])
            .into(),
        "/account/confirm-contact" => vec![vec![("channel", "email".to_owned())]],
        "/portal/users/{id}/confirm-contact" => vec![vec![("contact", "alternate_email_address".to_owned())]],
        _ => vec![fields(path, target)],
    }
}

fn asks(answer: &Answer) -> bool {
    answer.body.contains("id=\"your_password\"")
}

const ACTOR: &str = "actor@contoso.com";

/// Whoever stands at no limit has nothing to lift.
async fn stands_at_a_limit(stage: &Stage) {
    let account = Account::of("target@contoso.com");
    sqlx::query(
        "insert into budgets (key, hits, fresh_until) values ($1, array_fill(now(), array[20]), now() + interval '1 day')
         on conflict do nothing",
    )
    .bind(key::starts_of_account(&account))
    .execute(&stage.world.pool)
    .await
    .unwrap();
}

async fn grow_old(stage: &Stage) {
    stage
        .world
        .execute("update sessions set data = jsonb_set(data, '{proven}', to_jsonb((data->>'proven')::bigint - 601000000)) where data ? 'proven'")
        .await;
}

/// What a request changed, but for the session and what counts tries.
async fn changes(stage: &Stage, before: &Rows) -> BTreeSet<String> {
    let mut changes = before.changes(&Rows::read(&stage.world.pool).await);
    changes.remove("sessions");
    changes.remove("budgets");
    changes.remove("failures_in_a_row");
    changes.keys().map(ToString::to_string).collect()
}

async fn sends(
    browser: &mut Browser,
    path: &str,
    target: &Target,
    fields: &[(&'static str, String)],
) -> Answer {
    let answer = browser.post(&address(path, target), fields).await;
    // Leads to a page that asks.
    match answer.location.as_deref() {
        Some(to) if to.ends_with("/reset-password") => browser.get(to).await,
        _ => answer,
    }
}

#[tokio::test] // ASVS 7.5.1, 7.5.3, N-15, V-32
async fn every_form_asks_for_the_password_once_more_or_says_why_not() {
    let stage = Stage::new().await;
    stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    let forms: Vec<&'static str> = routes::all()
        .into_iter()
        .filter(|route| route.post && !route.path.starts_with("/hooks"))
        .map(|route| route.path)
        .filter(|path| {
            path.starts_with("/portal") || path.starts_with("/account") || path.starts_with("/sign")
        })
        .map(|path| &*path.leak())
        .collect();
    for (path, _) in NOT_SENSITIVE {
        assert!(forms.contains(path), "{path} is no form");
    }
    assert!(forms.len() >= 20, "{forms:?}");
    for path in forms.iter().filter(|path| NOT_SENSITIVE.iter().all(|(known, _)| known != *path)) {
        let whom = stage.person("target@contoso.com", Role::User).await;
        let target = stage.target(whom).await;
        for sent in cases(path, &target) {
            if *path == "/portal/users/{id}/lift-limits" {
                stands_at_a_limit(&stage).await;
            }
            grow_old(&stage).await;
            let before = Rows::read(&stage.world.pool).await;
            let answer = sends(&mut browser, path, &target, &sent).await;
            assert!(asks(&answer), "{path} {sent:?} does not ask: {answer:?}");
            assert_eq!(
                changes(&stage, &before).await,
                BTreeSet::new(),
                "{path} did something before it asked"
            );
            // Another password counts like a failed sign-in, and does nothing.
            let mut wrong = sent.clone();
            wrong.push(("your_password", "not it".to_owned()));
            let answer = sends(&mut browser, path, &target, &wrong).await;
            assert!(asks(&answer), "{path}: {answer:?}");
            let changed = changes(&stage, &before).await;
            let resets = sent.contains(&("answer", "reset".to_owned()));
            let expected = if resets { vec![] } else { vec!["audit_events".to_owned()] };
            assert_eq!(changed, expected.into_iter().collect(), "{path}");
            stage.world.execute("delete from budgets").await;
        }
    }
    let failed =
        "select count(*) from audit_events where event = 'sign_in_failed' and subject = 'actor@contoso.com'";
    assert!(stage.world.count(failed).await >= 15);
}

#[tokio::test] // ASVS 7.5.1
async fn the_page_that_asks_presses_the_same_button_when_the_password_is_right() {
    let stage = Stage::new().await;
    stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    let password = stage.world.first_password("user@contoso.com");
    for (path, word) in [
        ("/account/sessions/end", "sessions-ended"),
        ("/portal/users/{id}/sessions/end", "sessions-ended"),
        ("/portal/users/{id}/confirm-contact", "confirmation-asked"),
        ("/portal/messages/{message}/retry", "retried"),
        ("/portal/company/test", "/portal/company/test/"),
    ] {
        let whom = stage.person("target@contoso.com", Role::User).await;
        let target = stage.target(whom).await;
        for mut sent in cases(path, &target) {
            grow_old(&stage).await;
            let page = browser.post(&address(path, &target), &sent).await;
            let hidden = page.hidden_fields(&address(path, &target)).unwrap_or_else(|| panic!("{page:?}"));
            for (name, value) in &sent {
                assert!(
                    hidden.contains(&((*name).to_owned(), value.clone())),
                    "{path}: {name} is not carried"
                );
            }
            sent.push(("your_password", password.clone()));
            let done = browser.post(&address(path, &target), &sent).await;
            assert!(done.location.as_deref().is_some_and(|to| to.contains(word)), "{path}: {done:?}");
        }
    }
}
