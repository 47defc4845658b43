//! Where someone is signed in, seen and ended by that person.

use super::{panel, signed_in};
use crate::support::{
    app::World,
    client::{Answer, Client},
    crowd::form,
    walk::JOHN,
};

const END: &str = "/account/sessions/end";
const SESSIONS: &str = "Where you are signed in";

/// The names of the other sessions, as the page's forms send them.
fn names(page: &str) -> Vec<String> {
    panel(page, SESSIONS)
        .split("name=\"session\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

async fn end(client: &Client, session: &str) -> Answer {
    let hidden = form(client, "/account", "/sign-out").await.hidden;
    let fields: &[(&str, &str)] = if session.is_empty() { &[] } else { &[("session", session)] };
    client.post_form(END, hidden, fields).await
}

async fn is_in(client: &Client) -> bool {
    client.get("/account").await.status == 200
}

#[tokio::test]
async fn another_session_is_seen_and_ended_and_this_one_goes_on() {
    let world = World::new().await;
    let node = world.node().await;
    let here = Client::new(&node.url);
    let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
    here.header("user-agent", firefox);
    let fields = [("user_id", JOHN), ("password", &*world.first_password(JOHN))];
    here.submit("/sign-in", "/sign-in", &fields).await;
    let (first, second) = (signed_in(&world, &node, JOHN).await, signed_in(&world, &node, JOHN).await);
    let page = here.get("/account").await.body;
    let list = panel(&page, SESSIONS);
    assert_eq!(list.matches("This browser").count(), 1, "{list}");
    assert!(list.contains("Firefox on Windows") && list.contains("127.0.0.1"), "{list}");
    assert_eq!(names(&page).len(), 2, "this one has no button");

    let ended = end(&here, &names(&page)[0]).await;
    assert_eq!(ended.location.as_deref(), Some("/account?notice=sessions-ended#sessions"));
    assert!(is_in(&here).await);
    assert_eq!(u8::from(is_in(&first).await) + u8::from(is_in(&second).await), 1, "one of two is out");
    assert_eq!(world.audited("sessions_ended").await, 1);

    assert_eq!(end(&here, "").await.status, 303);
    assert!(is_in(&here).await);
    assert!(!is_in(&first).await && !is_in(&second).await);
    let page = here.get("/account").await.body;
    assert!(page.contains("You are signed in here only."), "{page}");
    assert_eq!(world.count("select count(*) from sessions").await, 1);
    // Nothing left to end is nothing to record.
    end(&here, "").await;
    assert_eq!(world.audited("sessions_ended").await, 2);
}

#[tokio::test] // V-01: a name from another's page ends nothing.
async fn nobody_ends_the_session_of_another_person() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let admin = signed_in(&world, &node, "globaladmin@contoso.com").await;
    let other = signed_in(&world, &node, "globaladmin@contoso.com").await;
    let theirs = names(&admin.get("/account").await.body);
    assert_eq!(theirs.len(), 1);
    end(&john, &theirs[0]).await;
    end(&john, "").await;
    assert!(is_in(&admin).await && is_in(&other).await);
    assert_eq!(world.audited("sessions_ended").await, 0);
    for bad in ["x", "é", "AAAA=", &"A".repeat(5000)] {
        let answer = end(&john, bad).await;
        assert!(matches!(answer.status.as_u16(), 303 | 400), "{bad}: {answer:?}");
    }
    assert!(is_in(&john).await);
}

#[tokio::test]
async fn a_session_is_named_by_what_opens_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let other = signed_in(&world, &node, JOHN).await;
    let page = john.get("/account").await.body;
    for cookie in john.cookies().values().chain(other.cookies().values()) {
        assert!(!page.contains(cookie.as_str()), "a cookie stands on the page");
    }
    let mut cookies = other.cookies();
    cookies.insert("sspr-account".to_owned(), names(&page)[0].clone());
    other.set_cookies(cookies);
    assert!(!is_in(&other).await, "the name of a session is no session");
}
