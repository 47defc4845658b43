//! Links and codes, derived as the worker derives them: for tests that need a secret without waiting for its message.

use sqlx::{PgPool, Row as _};
use sspr::domain::secret::{Key, Purpose};
use uuid::Uuid;

use super::app::KEY;

/// A token's row with the secret that only the key's holder can derive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Its purpose.
    pub purpose: Purpose,
    /// Its attempt.
    pub attempt: Option<Uuid>,
    /// Its nonce: what a session's successor is derived with.
    pub nonce: Vec<u8>,
    /// Whether it was spent.
    pub consumed: bool,
    /// The token of a link, or the code.
    pub text: String,
}

/// The key of every test.
pub fn key() -> Key {
    Key::new(KEY.to_vec()).unwrap()
}

/// All tokens, oldest first.
pub async fn all(pool: &PgPool) -> Vec<Derived> {
    let key = key();
    sqlx::query("select id, purpose, attempt_id, nonce, consumed_at is not null as consumed from reset_tokens order by created_at, id")
        .fetch_all(pool)
        .await
        .unwrap()
        .into_iter()
        .map(|row| {
            let purpose = Purpose::named(row.get("purpose")).unwrap();
            let (id, nonce): (Uuid, Vec<u8>) = (row.get("id"), row.get("nonce"));
            let secret = match purpose {
                Purpose::SecurityCode => key.security_code(id, &nonce),
                purpose => key.link_token(purpose, id, &nonce),
            };
            Derived {
                purpose,
                attempt: row.get("attempt_id"),
                nonce,
                consumed: row.get("consumed"),
                text: secret.expose().to_owned(),
            }
        })
        .collect()
}

/// The newest secret of a purpose; empty when there is none.
pub async fn newest(pool: &PgPool, purpose: Purpose) -> String {
    all(pool)
        .await
        .into_iter()
        .rev()
        .find(|token| token.purpose == purpose)
        .map(|token| token.text)
        .unwrap_or_default()
}
