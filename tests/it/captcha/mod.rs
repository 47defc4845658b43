//! How a visitor shows not to be a program, other than by characters alone: a browser's computation, and what a busy network is asked for.

use std::collections::BTreeMap;

use altcha::{CreateChallengeOptions, Payload, SolveChallengeOptions, create_challenge, solve_challenge};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sspr::{captcha::Purpose, domain::secret::Key};
use time::{Duration, OffsetDateTime};

use crate::support::{
    app::{KEY, Node, World},
    client::{Answer, Client},
    crowd::{Form, form},
};

mod browser;
mod hosted;
mod levels;
mod proof;
pub mod siteverify;

const PROOF: (&str, &str) = ("SSPR_CAPTCHA__KIND", "proof_of_work");
const BEHIND_A_PROXY: (&str, &str) = ("SSPR_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");
const RESET_PAGE: &str = "/reset/verify-user";
const CONTACT_PAGE: &str = "/contact-administrator";

fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let key = Key::new(KEY.to_vec()).unwrap().derive("captcha");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_slice()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// What a person would read off the picture.
fn read_picture(id: &str, visitor: &str) -> String {
    let nonce = &URL_SAFE_NO_PAD.decode(id).unwrap()[..12];
    (0u32..)
        .flat_map(|block| mac(&[b"sspr captcha answer 1\0", &block.to_be_bytes(), nonce, visitor.as_bytes()]))
        .filter(|byte| *byte < 240)
        .map(|byte| char::from(sspr::captcha::ALPHABET[usize::from(byte) % 20]))
        .take(6)
        .collect()
}

/// A challenge as the service makes them, and its solution: found at once, since whoever has the key chooses the number.
fn forged(visitor: &str, purpose: Purpose, hard: bool, ends: OffsetDateTime) -> String {
    let secret = |usage: &str| -> String {
        let signed =
            ["sspr proof of work 1", usage, purpose.as_str()].map(|part| format!("{part}\0")).concat();
        mac(&[signed.as_bytes(), visitor.as_bytes()])
            .iter()
            .fold(String::new(), |hex, byte| hex + format!("{byte:02x}").as_str())
    };
    let challenge = create_challenge(CreateChallengeOptions {
        algorithm: "PBKDF2/SHA-256".to_owned(),
        cost: 2_000,
        counter: Some(0),
        data: hard.then(|| BTreeMap::from([("hard".to_owned(), true.into())])),
        expires_at: Some(ends.unix_timestamp()),
        hmac_signature_secret: Some(secret("challenge")),
        hmac_key_signature_secret: Some(secret("solution")),
        ..CreateChallengeOptions::default()
    })
    .unwrap();
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
    serde_json::to_string(&Payload { challenge, solution }).unwrap()
}

fn soon() -> OffsetDateTime {
    sspr::clock::now() + Duration::minutes(10)
}

/// The challenge on a page, as its script reads it.
fn challenge_on(page: &str) -> String {
    let (_, rest) = page.split_once("data-proof=\"").unwrap_or_else(|| panic!("no challenge: {page}"));
    rest.split_once('"').unwrap().0.replace("&#34;", "\"").replace("&quot;", "\"")
}

/// Whether the page asks for nothing but what the browser computes.
fn is_alone(page: &str) -> bool {
    assert!(page.contains("name=\"captcha\""), "the way without script is gone: {page}");
    page.contains(" data-alone")
}

/// A visitor with a form before them.
struct Visitor {
    client: Client,
    form: Form,
    purpose: Purpose,
}

impl Visitor {
    async fn at(node: &Node, page: &'static str, address: &str) -> Self {
        let client = Client::new(&node.url);
        client.header("x-forwarded-for", address);
        let mut form = form(&client, page, page).await;
        form.hidden.retain(|(name, _)| name != "proof");
        let purpose = if page == RESET_PAGE { Purpose::Reset } else { Purpose::Contact };
        Self { client, form, purpose }
    }

    fn cookie(&self) -> String {
        self.client.cookies()["sspr-visitor"].clone()
    }

    /// A right solution.
    fn proof(&self, hard: bool) -> String {
        forged(&self.cookie(), self.purpose, hard, soon())
    }

    /// The right characters.
    fn characters(&self) -> String {
        let (_, id) = self.form.hidden.iter().find(|(name, _)| name == "captcha_id").unwrap();
        read_picture(id, &self.cookie())
    }

    async fn send(&self, user_id: &str, proof: &str, characters: &str) -> Answer {
        let fields = [("user_id", user_id), ("proof", proof), ("captcha", characters)];
        self.form.send(&self.client, &fields).await
    }
}

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

const STARTED: (u16, &str) = (303, "/reset/check-email");

async fn starts(world: &World) -> i64 {
    world.count("select count(*) from reset_attempts").await
}
