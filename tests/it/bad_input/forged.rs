//! Forms that another site sent, with another session's token, or too much; and every other method.

use super::{FORM, is_our_page, posts, ready, set_password_token};
use crate::support::{
    app::World,
    routes,
    rows::{Changes, Rows},
    walk::JOHN,
};

#[tokio::test] // V-51
async fn a_post_from_elsewhere_is_refused_on_every_route() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let mut tried = 0;
    for route in posts() {
        let path = route.with("none");
        let token = browser.form_token(&path).await;
        let body = format!("form_token={token}&user_id={JOHN}&option=forgot_password");
        for (headers, statuses) in [
            (
                vec![FORM, ("sec-fetch-site", "cross-site"), ("origin", "https://attacker.example")],
                [403, 403],
            ),
            (vec![FORM, ("sec-fetch-site", "cross-site")], [403, 403]),
            (vec![FORM, ("sec-fetch-site", "same-site")], [403, 403]),
            (vec![FORM, ("origin", "https://attacker.example")], [403, 403]),
            (vec![FORM, ("origin", "null")], [403, 403]),
            (vec![("content-type", "text/plain")], [415, 403]),
            (vec![("content-type", "multipart/form-data; boundary=x")], [415, 403]),
            (vec![("content-type", "application/json")], [415, 403]),
            (vec![], [415, 403]),
        ] {
            let before = Rows::read(&world.pool).await;
            let answer = browser.clone().send("POST", &path, &headers, body.clone().into()).await;
            // Pages of signed-in people ask for the sign-in first, whatever came.
            let first_sign_in = (path.starts_with("/account/") || path.starts_with("/portal/"))
                && answer.location.as_deref() == Some("/sign-in?notice=first");
            if !first_sign_in {
                assert!(statuses.contains(&answer.status.as_u16()), "{path} {headers:?}: {answer:?}");
                is_our_page(&answer, &path);
            }
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new(), "{path} {headers:?}");
            tried += 1;
        }
    }
    assert!(tried >= 9 * 11, "{tried}");
    // The same form from our own page is taken.
    let token = browser.form_token("/reset/verify-user").await;
    let own = [FORM, ("sec-fetch-site", "same-origin"), ("origin", node.url.as_str())];
    let body = format!("form_token={token}&user_id={JOHN}");
    assert_eq!(browser.send("POST", "/reset/verify-user", &own, body.into()).await.status, 303);
}

#[tokio::test] // V-52
async fn a_form_token_of_another_session_is_refused_with_a_way_on() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut mine = ready(&node).await;
    let mut theirs = ready(&node).await;
    mine.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    for route in posts() {
        let path = route.with("none");
        let foreign = theirs.form_token(&path).await;
        for token in [foreign.as_str(), "", "0", &"A".repeat(43), &"A".repeat(10_000)] {
            let before = Rows::read(&world.pool).await;
            let answer = mine
                .post(&path, &[("form_token", token), ("user_id", JOHN), ("option", "forgot_password")])
                .await;
            if answer.location.as_deref() == Some("/sign-in?notice=first") {
                continue;
            }
            assert_eq!(answer.status, 403, "{path}");
            is_our_page(&answer, &path);
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
        }
    }
    // The token of before the start is not that of after it.
    let old = theirs.form_token("/reset/verify-user").await;
    theirs.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    assert_eq!(theirs.post("/reset/check-email/resend", &[("form_token", &old)]).await.status, 403);
}

#[tokio::test] // V-58
async fn ten_megabytes_ten_thousand_fields_and_long_values_are_too_much_and_nothing_is_hashed() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let set_password = set_password_token(&world).await;
    let jobs = node.app.hashing.jobs();
    for route in posts() {
        let path = if route.path.starts_with("/set-password") {
            route.with(&set_password)
        } else {
            route.with("none")
        };
        let token = browser.form_token(&path).await;
        let long = "x".repeat(1 << 20);
        let fields = (0..10_000).map(|n| format!("&f{n}={n}")).collect::<Vec<_>>().concat();
        let bodies = [
            vec![b'x'; 10 << 20],
            format!("form_token={token}&user_id={long}&password={long}&new_password={long}&confirm_password={long}").into_bytes(),
            format!("form_token={token}&code={long}&token={long}").into_bytes(),
            format!("form_token={token}{fields}").into_bytes(),
        ];
        for body in bodies {
            let before = Rows::read(&world.pool).await;
            let answer = browser.clone().send("POST", &path, &[FORM], body.into()).await;
            if answer.location.as_deref() == Some("/sign-in?notice=first") {
                continue;
            }
            assert_eq!(answer.status, 413, "{path}");
            is_our_page(&answer, &path);
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
        }
    }
    // As long as a body may be, in one field.
    let long = "x".repeat(15_000);
    for (path, field) in
        [("/sign-in", "user_id"), ("/reset/verify-user", "user_id"), ("/contact-administrator", "user_id")]
    {
        let answer = browser.submit(path, &[(field, &long)]).await;
        assert_eq!(answer.status, 422, "{path}");
        assert!(!answer.body.contains(&long[..300]), "{path} gives all of it back");
    }
    let passwords = [("new_password", long.as_str()), ("confirm_password", "")];
    let answer = browser.submit(&format!("/set-password/{set_password}"), &passwords).await;
    assert_eq!(answer.status, 422);
    assert_eq!(node.app.hashing.jobs(), jobs, "something was hashed");
}

#[tokio::test]
async fn every_other_method_is_405_with_what_is_allowed() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    for route in routes::all() {
        let path = route.with("none");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT2"] {
            if route.get && method == "GET"
                || route.post && method == "POST"
                || path.starts_with("/hooks/")
                || path.starts_with("/livez")
                || path.starts_with("/readyz")
            {
                continue;
            }
            let answer = browser.send(method, &path, &[], String::new().into()).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let allow = answer.header("allow").unwrap_or_else(|| panic!("{method} {path} has no Allow"));
            assert_eq!(allow.contains("GET"), route.get, "{path}: {allow}");
            assert_eq!(allow.contains("POST"), route.post, "{path}: {allow}");
            is_our_page(&answer, &path);
        }
    }
    assert_eq!(browser.look("GET", "/no/such/page").await.status, 404);
}
