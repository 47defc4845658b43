//! A new key, on one node after the other, while people are in the middle of a reset: what was made under one key is taken by nodes that
//! have the other (ASVS 11.2.2, 13.3.4). README, "To change the key", has the order of steps.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use sspr::domain::secret::Key;

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, code_in, link_in},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

const OLD: [u8; 32] = *b"the key that leaves, of 32 bytes";
const NEXT: [u8; 32] = *b"the key that comes, of 32 bytes.";

/// The visitor's browser asks for a page at one node, and sends its form to another.
struct Between<'w> {
    client: &'w Client,
    asked: &'w Node,
    told: &'w Node,
}

impl Between<'_> {
    async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.client.go_to(&self.asked.url);
        let (path, answer) = self.client.open(page).await;
        let hidden = answer.hidden_fields(action).unwrap_or_else(|| panic!("{path}: {}", answer.body));
        self.client.go_to(&self.told.url);
        self.client.post_form(action, hidden, fields).await
    }
}

fn to(answer: &Answer) -> (u16, Option<&str>) {
    (answer.status.as_u16(), answer.location.as_deref())
}

/// The characters of a challenge, by the recipe of `captcha::characters`: only whoever has the key can do this.
fn characters(key: [u8; 32], id: &str, visitor: &str) -> String {
    let key = Key::new(key.to_vec()).unwrap().derive("captcha");
    let challenge = URL_SAFE_NO_PAD.decode(id).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).unwrap();
    for part in
        [b"sspr captcha answer 1\0".as_slice(), &0u32.to_be_bytes(), &challenge[..12], visitor.as_bytes()]
    {
        mac.update(part);
    }
    let alphabet = sspr::captcha::ALPHABET;
    let fair = mac.finalize().into_bytes();
    let fair = fair.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 240);
    fair.take(6).map(|byte| char::from(alphabet[byte % alphabet.len()])).collect()
}

/// A form of "User verification" as a node shows it, with the answer to its challenge.
async fn puzzle(client: &Client, node: &Node, key: [u8; 32]) -> (Vec<(String, String)>, String) {
    client.go_to(&node.url);
    let page = client.get("/reset/verify-user").await;
    let hidden = page.hidden_fields("/reset/verify-user").unwrap();
    let id = hidden.iter().find(|(name, _)| name == "captcha_id").expect("a challenge").1.clone();
    (hidden, characters(key, &id, &client.cookies()["sspr-visitor"]))
}

async fn link_to_john(world: &World) -> String {
    let link = link_in(&world.mail_to(JOHN_MAIL).await.text);
    link[link.find("/reset/email-link/").unwrap()..].to_owned()
}

/// A whole reset in which every page comes from `asked`, every form goes to `told`, and what is queued leaves by `sends`.
async fn reset(world: &World, key: [u8; 32], [asked, told, sends]: [&Node; 3], password: &str) {
    let client = Client::new(&asked.url);
    let between = Between { client: &client, asked, told };
    between.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    let (hidden, answer) = puzzle(&client, asked, key).await;
    client.go_to(&told.url);
    let fields = [("user_id", JOHN), ("captcha", answer.as_str())];
    let started = client.post_form("/reset/verify-user", hidden, &fields).await;
    assert_eq!(to(&started), (303, Some("/reset/check-email")), "{}", started.body);
    world.mail.take();
    sends.drain().await;
    let link = link_to_john(world).await;
    let opened = between.submit(&link, "/reset/email-link", &[]).await;
    assert_eq!(to(&opened), (303, Some("/reset/security-code")), "{}", opened.body);
    world.sms.take();
    sends.drain().await;
    let code = code_in(&world.sms_to(JOHN_PHONE).await.text);
    let proven = between.submit("/reset/security-code", "/reset/security-code", &[("code", &code)]).await;
    assert_eq!(to(&proven), (303, Some("/reset/new-password")), "{}", proven.body);
    let fields = [("new_password", password), ("confirm_password", password)];
    let set = between.submit("/reset/new-password", "/reset/new-password", &fields).await;
    assert_eq!(to(&set), (303, Some("/reset/done")), "{}", set.body);
    sends.drain().await;
}

#[tokio::test] // ASVS 11.2.2
async fn a_reset_goes_on_over_nodes_of_which_one_has_the_new_key_already() {
    let wide = [
        ("SSPR_CAPTCHA__KIND", "characters"),
        ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_10_MINUTES", "20"),
        ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_DAY", "100"),
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "100"),
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "100"),
    ];
    let world = World::with(&wide).await;
    let before = world.node_with_keys(OLD, &[NEXT]).await;
    let after = world.node_with_keys(NEXT, &[OLD]).await;
    let passwords = [
        "correct horse battery staple",
        "four words and a comma",
        "another long enough one",
        "the last of these phrases",
    ];
    let roads = [
        (OLD, [&before, &after, &after]),
        (OLD, [&before, &after, &before]),
        (NEXT, [&after, &before, &before]),
        (NEXT, [&after, &before, &after]),
    ];
    for ((key, nodes), password) in roads.into_iter().zip(passwords) {
        reset(&world, key, nodes, password).await;
        // Sign-in knows no key; the pages behind it have forms.
        let client = Client::new(&nodes[0].url);
        let between = Between { client: &client, asked: nodes[0], told: nodes[1] };
        let fields = [("user_id", JOHN), ("password", password)];
        let signed_in = between.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(signed_in.status, 303, "{}", signed_in.body);
        let out = between.submit("/account", "/sign-out", &[]).await;
        assert_eq!(out.status, 303, "{}", out.body);
    }
}

#[tokio::test] // ASVS 11.2.2
async fn a_double_clicked_start_has_one_answer_also_when_two_nodes_get_the_clicks() {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let before = world.node_with_keys(OLD, &[NEXT]).await;
    let after = world.node_with_keys(NEXT, &[OLD]).await;
    let client = Client::new(&before.url);
    client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    let (hidden, answer) = puzzle(&client, &before, OLD).await;
    let fields = [("user_id", JOHN), ("captcha", answer.as_str())];
    let twin = client.twin();
    let first = client.post_form("/reset/verify-user", hidden.clone(), &fields).await;
    twin.go_to(&after.url);
    let second = twin.post_form("/reset/verify-user", hidden, &fields).await;
    assert_eq!(
        (to(&first), to(&second)),
        ((303, Some("/reset/check-email")), (303, Some("/reset/check-email")))
    );
    assert_eq!(client.cookies()["sspr-reset"], twin.cookies()["sspr-reset"]);
    assert_eq!(world.count("select count(*) from reset_attempts").await, 1);
}

#[tokio::test] // ASVS 11.2.2
async fn a_message_of_the_new_key_waits_for_a_node_that_has_it() {
    let world = World::new().await;
    let old = world.node_with_keys(OLD, &[]).await;
    let after = world.node_with_keys(NEXT, &[OLD]).await;
    Walk::new(&world, &after).start(JOHN).await;
    old.drain().await;
    assert!(world.mail.sent().is_empty(), "it cannot write it");
    assert_eq!(world.count("select count(*) from outbox where state = 'queued'").await, 1);
    world.execute("update outbox set run_at = now()").await;
    after.drain().await;
    let link = link_to_john(&world).await;
    // Nor can it open the link: the page says so, and nothing is used up.
    let client = Client::new(&old.url);
    let (_, page) = client.open(&link).await;
    assert!(page.status.is_client_error() || page.status.is_success(), "{page:?}");
    assert!(page.hidden_fields("/reset/email-link").is_none());
    assert_eq!(world.count("select count(*) from reset_tokens where consumed_at is not null").await, 0);
    // A key that never comes back ends it.
    world.execute("update outbox set state = 'queued', finished_at = null, tries = 20, run_at = now()").await;
    old.drain().await;
    assert_eq!(world.count("select count(*) from outbox where state = 'gave_up'").await, 1);
}

#[tokio::test] // ASVS 11.2.2
async fn what_was_made_under_a_key_that_is_gone_is_refused_with_a_page() {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let before = world.node_with_keys(OLD, &[]).await;
    let after = world.node_with_keys(NEXT, &[]).await;
    let client = Client::new(&before.url);
    client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;

    // A form that was loaded before: its token, and with it the challenge.
    let (hidden, answer) = puzzle(&client, &before, OLD).await;
    let fields = [("user_id", JOHN), ("captcha", answer.as_str())];
    client.go_to(&after.url);
    let refused = client.post_form("/reset/verify-user", hidden.clone(), &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("<h1"), "{}", refused.body);
    // The challenge alone, with a token of today: new characters, and the user ID kept.
    let fresh = client.get("/reset/verify-user").await.hidden_fields("/reset/verify-user").unwrap();
    let mixed = hidden.iter().map(|(name, value)| {
        let token = fresh.iter().find(|(known, _)| name == "form_token" && known == name);
        (name.clone(), token.map_or(value, |(_, token)| token).clone())
    });
    let refused = client.post_form("/reset/verify-user", mixed.collect(), &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(JOHN));
    assert_eq!(world.count("select count(*) from reset_attempts").await, 0);

    // A link that was sent before, and a code.
    client.go_to(&before.url);
    assert_eq!(to(&client.post_form("/reset/verify-user", hidden, &fields).await).0, 303);
    before.drain().await;
    let link = link_to_john(&world).await;
    client.go_to(&after.url);
    let (_, page) = client.open(&link).await;
    assert!(page.hidden_fields("/reset/email-link").is_none() && page.status.as_u16() < 500, "{page:?}");
    client.go_to(&before.url);
    client.submit(&link, "/reset/email-link", &[]).await;
    before.drain().await;
    let code = code_in(&world.sms_to(JOHN_PHONE).await.text);
    let between = Between { client: &client, asked: &after, told: &after };
    let refused = between.submit("/reset/security-code", "/reset/security-code", &[("code", &code)]).await;
    assert_eq!(refused.status, 503, "later, when this node has the key or another one answers");
    assert!(refused.body.contains("<h1"));
    // Nobody lost the attempt by it.
    let between = Between { client: &client, asked: &before, told: &before };
    let proven = between.submit("/reset/security-code", "/reset/security-code", &[("code", &code)]).await;
    assert_eq!(to(&proven), (303, Some("/reset/new-password")), "{}", proven.body);
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    let set = between.submit("/reset/new-password", "/reset/new-password", &fields).await;
    assert_eq!(to(&set), (303, Some("/reset/done")));
}
