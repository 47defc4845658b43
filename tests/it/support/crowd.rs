//! Many requests at the same moment, and the same form sent again: what impatient people, broken networks and attackers do.

use std::collections::BTreeSet;

use super::{
    app::World,
    client::{Answer, Client, code_in, link_in},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, Walk},
};

/// The cookie of a reset.
pub const RESET: &str = "sspr-reset";
/// The cookie of a signed-in person.
pub const ACCOUNT: &str = "sspr-account";

/// A form as it stood on a page: action and hidden fields.
#[derive(Clone)]
pub struct Form {
    /// Where it posts to.
    pub action: String,
    /// What it was given.
    pub hidden: Vec<(String, String)>,
}

/// Opens a page and reads its form.
pub async fn form(client: &Client, page: &str, action: &str) -> Form {
    let (path, answer) = client.open(page).await;
    let hidden = answer
        .hidden_fields(action)
        .unwrap_or_else(|| panic!("{path} has no form for {action}: {}", answer.body));
    Form { action: action.to_owned(), hidden }
}

impl Form {
    /// Sends it.
    pub async fn send(&self, client: &Client, fields: &[(&str, &str)]) -> Answer {
        client.post_form(&self.action, self.hidden.clone(), fields).await
    }

    /// Sends it `n` times at once with the same cookies, each from a hand of its own; `fields` gives what the n-th types.
    pub async fn crowd<F>(&self, client: &Client, n: usize, fields: F) -> Vec<(Client, Answer)>
    where
        F: Fn(usize) -> Vec<(&'static str, String)>,
    {
        let hands: Vec<Client> = (0..n).map(|_| client.twin()).collect();
        let sends = hands.iter().enumerate().map(|(n, hand)| {
            let typed = fields(n);
            async move {
                let typed: Vec<(&str, &str)> =
                    typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.send(hand, &typed).await
            }
        });
        let answers = futures_util::future::join_all(sends).await;
        hands.into_iter().zip(answers).collect()
    }
}

/// The different values of a cookie among the hands that were given one by their answer.
pub fn cookies_given(hands: &[(Client, Answer)], name: &str) -> BTreeSet<String> {
    hands.iter().filter_map(|(_, answer)| cookie_given(answer, name)).collect()
}

/// The value that an answer gives a cookie.
pub fn cookie_given(answer: &Answer, name: &str) -> Option<String> {
    answer
        .headers
        .iter()
        .filter(|(header, _)| header == "set-cookie")
        .filter_map(|(_, line)| line.split(';').next()?.split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

impl World {
    /// Turns every clock of all attempts and their tokens back.
    pub async fn turn_back(&self, seconds: i64) {
        for sql in [
            "update reset_attempts set started_at = started_at - make_interval(secs => $1),
               email_sent_at = email_sent_at - make_interval(secs => $1), email_expires_at = email_expires_at - make_interval(secs => $1),
               email_proven_at = email_proven_at - make_interval(secs => $1), code_sent_at = code_sent_at - make_interval(secs => $1),
               code_expires_at = code_expires_at - make_interval(secs => $1), code_proven_at = code_proven_at - make_interval(secs => $1),
               password_expires_at = password_expires_at - make_interval(secs => $1), ended_at = ended_at - make_interval(secs => $1)",
            "update reset_tokens set expires_at = expires_at - make_interval(secs => $1), created_at = created_at - make_interval(secs => $1)",
            "update outbox set run_at = run_at - make_interval(secs => $1), deadline = deadline - make_interval(secs => $1)
             where state = 'queued'",
        ] {
            sqlx::query(sql).bind(f64::from(i32::try_from(seconds).unwrap())).execute(&self.pool).await.unwrap();
        }
    }

    /// How often something is counted under the keys that start so.
    pub async fn spent(&self, keys: &str) -> i64 {
        sqlx::query_scalar(
            "select coalesce(sum(cardinality(hits)), 0)::bigint from budgets where starts_with(key, $1)",
        )
        .bind(keys)
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    /// How many audit events of a kind there are.
    pub async fn audited(&self, event: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_events where event = $1")
            .bind(event)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// The row of a user.
    pub async fn user(&self, user_id: &str) -> uuid::Uuid {
        sqlx::query_scalar("select id from users where user_id_normalised = $1")
            .bind(user_id)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

impl Walk<'_> {
    /// The paths of all links that John was mailed for a reset, the oldest first.
    pub fn links(&self) -> Vec<String> {
        let mails = self.world.mail.sent().into_iter().filter(|mail| mail.to == JOHN_MAIL);
        let links =
            mails.filter(|mail| mail.text.contains("/reset/email-link/")).map(|mail| link_in(&mail.text));
        links.map(|link| link[link.find("/reset/").unwrap()..].to_owned()).collect()
    }

    /// The codes that John was texted, the oldest first.
    pub fn codes(&self) -> Vec<String> {
        let texts = self
            .world
            .sms
            .sent()
            .into_iter()
            .filter(|sms| sms.to == JOHN_PHONE)
            .map(|sms| code_in(&sms.text));
        texts.filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())).collect()
    }

    /// The newest link, once there are more than `before`.
    pub async fn next_link(&self, before: usize) -> String {
        self.world.wait("a new link", || self.links().into_iter().skip(before).next_back()).await
    }

    /// The newest code, once there are more than `before`.
    pub async fn next_code(&self, before: usize) -> String {
        self.world.wait("a new code", || self.codes().into_iter().skip(before).next_back()).await
    }

    /// John up to the page for the code, whatever was sent before; the code.
    pub async fn again_up_to_code(&self) -> String {
        let (links, codes) = (self.links().len(), self.codes().len());
        self.start(JOHN).await;
        let answer = self.open_link(&self.next_link(links).await).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/security-code"), "{answer:?}");
        self.next_code(codes).await
    }
}
