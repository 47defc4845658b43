//! What stands in an address ends up in histories, logs and Referer lines: so nothing does that opens or tells something, but the
//! one link in a mail.

use sspr::domain::secret::Purpose;

use super::{GLOBAL, signed_in, visitor};
use crate::support::{
    app::World,
    client::Answer,
    secrets,
    walk::{JOHN, NEW},
};

/// Every address in an answer: where it leads, and all that its page links, posts or loads.
fn addresses(answer: &Answer) -> Vec<String> {
    let mut all: Vec<String> = answer.location.iter().cloned().collect();
    for name in ["href", "action", "formaction", "src"] {
        let start = format!(" {name}=\"");
        let found = answer.body.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        all.extend(found);
    }
    all
}

#[tokio::test] // ASVS 14.2.1, V-46
async fn no_address_holds_a_secret_or_a_person() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = visitor(&node).await;
    let mut seen = Vec::new();
    let passwords = [("new_password", NEW), ("confirm_password", NEW)];
    let own = world.first_password(JOHN);
    for step in 0..7 {
        let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
        let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
        let pages = ["/reset", "/reset/verify-user", "/reset/check-email", "/reset/security-code"];
        for page in pages.iter().chain(&["/reset/new-password", "/reset/done", "/reset/ended", "/sign-in"]) {
            seen.push(browser.look("GET", page).await);
        }
        if !link.is_empty() {
            // In this browser, and in another, whose page has a button against it.
            seen.push(browser.look("GET", &format!("/reset/email-link/{link}")).await);
            seen.push(browser.stranger().look("GET", &format!("/reset/email-link/{link}")).await);
        }
        let (path, fields): (&str, Vec<(&str, &str)>) = match step {
            0 => ("/reset", vec![("option", "forgot_password")]),
            1 => ("/reset/verify-user", vec![("user_id", JOHN)]),
            2 => ("/reset/email-link", vec![("token", &link)]),
            3 => ("/reset/security-code", vec![("code", "00000000")]),
            4 => ("/reset/security-code", vec![("code", &code)]),
            5 => ("/reset/new-password", passwords.to_vec()),
            _ => ("/contact-administrator", vec![("user_id", JOHN)]),
        };
        seen.push(browser.submit(path, &fields).await);
    }
    assert!(seen.iter().any(|answer| answer.location.as_deref() == Some("/reset/done")));
    // The console: people are named by ids.
    let portal = World::new().await;
    let portal_node = portal.node_without_workers().await;
    let mut administrator = signed_in(&portal, &portal_node, GLOBAL).await;
    for page in [
        "/account",
        "/portal/users",
        "/portal/readiness",
        "/portal/requests",
        "/portal/audit",
        "/portal/messages",
    ] {
        let answer = administrator.look("GET", page).await;
        assert_eq!(answer.status, 200, "{page}");
        seen.push(answer);
    }

    let tokens = secrets::all(&world.pool).await;
    assert!(tokens.len() >= 3);
    let mut others: Vec<String> =
        ["johnsmith", "fabrikam", "contoso.com", "5550100", NEW, "correct", "00000000", &own]
            .map(str::to_owned)
            .into();
    others.extend(browser.cookies.values().cloned());
    others.extend(administrator.cookies.values().cloned());
    let mut looked = 0;
    for address in seen.iter().flat_map(addresses) {
        looked += 1;
        for other in &others {
            assert!(!address.contains(other.as_str()), "{other} stands in {address}");
        }
        assert!(!address.contains("form_token") && !address.contains('@'), "{address}");
        for token in &tokens {
            let place = ["/reset/email-link/", "/not-me/"].iter().any(|place| address.starts_with(place));
            let may = token.purpose == Purpose::EmailLink && place;
            assert!(may || !address.contains(&token.text), "{:?} stands in {address}", token.purpose);
        }
    }
    assert!(looked > 300, "{looked} addresses");
}
