//! The users' pages of the portal, as a global administrator and as one who may only look.

use crate::support::{
    app::{Node, World},
    browser::Browser,
    office::{GLOBAL, path_of},
    walk::JOHN,
};

async fn sign_in(browser: &Browser, world: &World, node: &Node, user_id: &str) {
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", user_id).await;
    browser.fill("Password", &world.first_password(user_id)).await;
    browser.press("Sign in").await;
}

/// The list, one user in all states, and every page between a form and its effect.
pub async fn users(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    crowd(&world).await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    sign_in(browser, &world, &node, GLOBAL).await;
    open("/portal/users?role=administrators").await;
    browser.choose("Choose johnsmith@contoso.com").await;
    browser.choose("Choose noemail@contoso.com").await;
    look(browser, "users").await;
    open("/portal/users").await;
    browser.choose("Choose user@contoso.com").await;
    look(browser, "users-all").await;
    browser.press("Next page").await;
    look(browser, "users-next").await;
    open("/portal/users?ready=no").await;
    look(browser, "users-not-ready").await;
    open("/portal/users?search=nobody+at+all&role=user").await;
    look(browser, "users-nobody").await;
    let too_many: Vec<String> = (0..41u128).map(|n| format!("select={}", uuid::Uuid::from_u128(n))).collect();
    let too_many = too_many.join("&");
    open(&format!("/portal/users?{too_many}")).await;
    look(browser, "users-too-many-chosen").await;

    let john = path_of(&world, JOHN).await;
    open(&john).await;
    look(browser, "user").await;
    browser.fill("Display name", " ").await;
    browser.fill("Alternate e-mail address", "john@contoso.com").await;
    browser.fill("Mobile phone", "555-0100").await;
    browser.press("Review changes").await;
    look(browser, "user-refused").await;
    open(&john).await;
    let stale = browser.new_tab().await;
    open(&john).await;
    browser.fill("Mobile phone", "425-555-0142").await;
    browser.press("Review changes").await;
    browser.press("Save changes").await;
    look(browser, "user-saved").await;
    browser.close_tab(stale).await;
    browser.fill("Alternate e-mail address", "john@example.com").await;
    browser.fill("Mobile phone", "425-555-0143").await;
    browser.press("Review changes").await;
    look(browser, "user-conflict").await;
    world.execute("update sessions set data = data - 'proven'").await;
    browser.press("Review mine again").await;
    look(browser, "user-review").await;
    browser.press("Save changes").await;
    look(browser, "user-review-without-password").await;

    open(&format!("{john}/block")).await;
    look(browser, "user-block").await;
    open(&format!("{john}/delete")).await;
    look(browser, "user-delete").await;
    browser.press("Delete user").await;
    look(browser, "user-delete-not-typed").await;
    world
        .execute("update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'johnsmith@contoso.com'")
        .await;
    open(&john).await;
    look(browser, "user-blocked").await;
    open(&format!("{john}/unblock")).await;
    look(browser, "user-unblock").await;

    open("/portal/users/new").await;
    look(browser, "user-new").await;
    browser.press("Review").await;
    look(browser, "user-new-refused").await;
    browser.fill("User ID", "anna@contoso.com").await;
    browser.fill("Display name", "Anna Berg").await;
    browser.fill("Alternate e-mail address", "anna@example.com").await;
    browser.press("Review").await;
    look(browser, "user-new-review").await;
    browser.press("Sign out").await;

    sign_in(browser, &world, &node, "passwordadmin@contoso.com").await;
    open(&path_of(&world, GLOBAL).await).await;
    look(browser, "user-masked").await;
    browser.forget_cookies().await;
}

/// Who stands at a limit, a user who does, and lifting it.
pub async fn limits(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    sign_in(browser, &world, &node, GLOBAL).await;
    let john = path_of(&world, JOHN).await;
    at_limits(&world).await;
    open(&john).await;
    look(browser, "user-at-limits").await;
    open(&format!("{john}/lift-limits")).await;
    look(browser, "user-lift-limits").await;
    open("/portal/limits").await;
    look(browser, "limits").await;
    world.execute("delete from failures_in_a_row").await;
    world.execute("delete from budgets").await;
    open("/portal/limits").await;
    look(browser, "limits-nobody").await;
    world.execute("update sessions set data = data - 'proven'").await;
    at_limits(&world).await;
    open(&format!("{john}/lift-limits")).await;
    browser.press("Lift limits").await;
    look(browser, "user-lift-limits-without-password").await;
}

async fn at_limits(world: &World) {
    world
        .execute(
            "insert into failures_in_a_row (account, kind, failures)
             select account_key(user_id_normalised), kind, 100 from users, unnest(array['code', 'password']) kind where user_id like 'j%'",
        )
        .await;
    world
        .execute(
            "insert into budgets select 'sign-in/account/' || account_key(user_id_normalised) || '/network/192.0.2.7',
                                        array_fill(now(), array[10]), now() + interval '15 minutes'
             from users where user_id in ('johnsmith@contoso.com', 'passwordadmin@contoso.com')",
        )
        .await;
}

/// A second page of the list.
async fn crowd(world: &World) {
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), c.id, lower(given) || n || '@contoso.com', lower(given) || n || '@contoso.com',
                    given || ' ' || n, 'user'
             from companies c, unnest(array['Vera', 'Wanda', 'Xaver', 'Yann', 'Zoe']) given, generate_series(1, 12) n
             where c.name = 'Contoso'",
        )
        .await;
}
