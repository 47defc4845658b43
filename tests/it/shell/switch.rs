//! `SelfServePasswordResetEnabled`: off means off, everywhere, at once.

use super::Shell;
use crate::support::{
    app::World,
    walk::{JOHN, NEW, Walk},
};

const OFF: &str = "company set --company contoso.com --self-serve-password-reset-enabled false";
const ON: &str = "company set --company contoso.com --self-serve-password-reset-enabled true";

#[tokio::test] // V-44
async fn off_acts_at_once_on_both_nodes_at_every_step_of_an_attempt_under_way() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let shell = Shell::of(&world, &one.url);
    let old = world.first_password(JOHN);

    // One walk stands before each proof, all of them on both nodes.
    let password = Walk::new(&world, &one);
    password.up_to_password().await;
    world.mail.take();
    world.sms.take();
    let code = Walk::new(&world, &one);
    code.up_to_code().await;
    let digits = code.code().await;
    world.mail.take();
    let mail = Walk::new(&world, &one);
    mail.start(JOHN).await;
    let link = mail.link().await;
    let sent = world.sms.sent().len();

    assert_eq!(shell.types(OFF).await.code, 0);
    // No waiting, no restart: the next request, on the node that has never seen these people.
    for walk in [&password, &code, &mail] {
        walk.client.go_to(&two.url);
    }
    let (path, page) = password.client.open("/reset/new-password").await;
    assert!(path.starts_with("/reset/ended"), "{path}: {}", page.heading());
    let (path, _) = code.client.open("/reset/security-code").await;
    assert!(path.starts_with("/reset/ended"), "{path}");
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    password.client.post("/reset/new-password", &fields).await;
    code.client.post("/reset/security-code", &[("code", &digits)]).await;
    // Before the first proof nothing tells, but no SMS goes out (D-16).
    mail.client.open(&link).await;
    let (path, _) = mail.client.open("/reset/check-email").await;
    assert_eq!(path, "/reset/check-email");

    let walk = Walk::new(&world, &two);
    let started = walk.start(JOHN).await;
    assert_eq!(started.location.as_deref(), Some("/reset/check-email"), "the same page as ever");
    let unsent = "select count(*) from outbox where state = 'undeliverable' or not deliverable";
    assert_eq!(world.count(unsent).await, 1);
    assert_eq!(world.sms.sent().len(), sent);
    let ends = "select count(*) from audit_events where event in ('code_proven', 'password_reset') and at >
                (select at from audit_events where event = 'company_changed')";
    assert_eq!(world.count(ends).await, 0);
    assert!(walk.signs_in(JOHN, &old).await);
    // Only this company: the other's people still start real attempts.
    walk.start("globaladmin@fabrikam.com").await;
    let real = "select count(*) from reset_attempts a join users u on u.id = a.user_id where u.user_id = 'globaladmin@fabrikam.com'";
    assert_eq!(world.count(real).await, 1);

    assert_eq!(shell.types(ON).await.code, 0);
    world.mail.take();
    world.sms.take();
    let walk = Walk::new(&world, &two);
    walk.up_to_password().await;
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    assert!(walk.signs_in(JOHN, NEW).await);
}

#[tokio::test] // V-44
async fn forms_that_were_open_when_it_went_off_do_nothing_any_more() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let shell = Shell::of(&world, &one.url);
    let walk = Walk::new(&world, &one);
    walk.up_to_password().await;
    let (_, page) = walk.client.open("/reset/new-password").await;
    let hidden = page.hidden_fields("/reset/new-password").unwrap();
    assert_eq!(shell.types(OFF).await.code, 0);
    walk.client.go_to(&two.url);
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    let answer = walk.client.post_form("/reset/new-password", hidden, &fields).await;
    assert_eq!(answer.location.as_deref(), Some("/reset/ended"), "{answer:?}");
    assert_eq!(world.count("select count(*) from audit_events where event = 'password_reset'").await, 0);
    assert!(!walk.signs_in(JOHN, NEW).await);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}
