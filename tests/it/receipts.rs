//! Delivery receipts from a provider's call to the waiting page: whom we believe, what a receipt changes, and who learns of it.

mod hook;
mod oracle;
mod rows;
mod waiting;

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sspr::senders::{
    http_client,
    route::{Leg, Route},
    sms::{
        SmsSender, Twilio,
        twilio::{TwilioSender, TwilioSettings},
    },
};
use uuid::Uuid;

use crate::support::{
    app::{Node, World},
    client::Answer,
    direct::Direct,
    http_server::{ACCOUNT, TOKEN, TwilioServer},
    walk::Walk,
};

const FIRST: &str = "SM00112233445566778899aabbccddee01";
const SECOND: &str = "SM00112233445566778899aabbccddee02";

/// An account at a server of Twilio's shape.
fn twilio(base_url: &str) -> SmsSender {
    let settings = TwilioSettings {
        base_url: base_url.into(),
        account_sid: ACCOUNT.into(),
        api_key_sid: None,
        auth_token: TOKEN.into(),
        receipt_token: None,
        sender: TwilioSender::From("+14255550199".into()),
    };
    SmsSender::Twilio(Twilio::new(http_client::new(None).unwrap(), &settings, Vec::new()).unwrap())
}

/// Twilio's signature, as its documentation describes it.
fn signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut text = url.to_owned();
    for (name, value) in fields.iter().collect::<std::collections::BTreeSet<_>>() {
        text.push_str(name);
        text.push_str(value);
    }
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap().chain_update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// One or two accounts, a node that sends by them, and a person on the way.
struct Desk<'w> {
    world: &'w World,
    node: Node,
    first: TwilioServer,
    second: TwilioServer,
}

impl<'w> Desk<'w> {
    async fn new(world: &'w World, providers: usize) -> Self {
        let (first, second) = (TwilioServer::start().await, TwilioServer::start().await);
        first.names(FIRST);
        second.names(SECOND);
        let legs = [Leg::new("sms", twilio(&first.url())), Leg::new("sms_2", twilio(&second.url()))];
        let node = world.node_by(Route::new(legs.into_iter().take(providers).collect())).await;
        Self { world, node, first, second }
    }

    /// John in front of the page for the code, its text message with the first provider.
    async fn waiting(&self) -> Walk<'w> {
        let walk = Walk::new(self.world, &self.node);
        self.start(&walk).await;
        self.node.drain().await;
        walk
    }

    /// The same before the worker has come to the text message.
    async fn start(&self, walk: &Walk<'w>) {
        walk.start(crate::support::walk::JOHN).await;
        self.node.drain().await;
        let answer = walk.open_link(&walk.link().await).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/security-code"), "{answer:?}");
    }

    /// A receipt about this message, with the right signature.
    async fn receipt(&self, message: Option<Uuid>, sid: &str, status: &str, code: Option<&str>) -> Answer {
        let query = message.map(|id| format!("?message={id}")).unwrap_or_default();
        let path = format!("/hooks/sms/twilio{query}");
        let mut fields = vec![("MessageSid", sid), ("MessageStatus", status), ("AccountSid", ACCOUNT)];
        fields.extend(code.map(|code| ("ErrorCode", code)));
        let signature = signature(TOKEN, &self.node.app.public_url.link(&path), &fields);
        let body = serde_urlencoded::to_string(&fields).unwrap();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", signature.as_str()),
        ];
        Direct::new(&self.node.app).send("POST", &path, &headers, body.into()).await
    }

    /// The same; it has to be believed.
    async fn tells(&self, message: Uuid, sid: &str, status: &str, code: Option<&str>) {
        let answer = self.receipt(Some(message), sid, status, code).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{answer:?}");
    }

    /// The newest text message.
    async fn row(&self) -> Row {
        row(self.world).await
    }

    /// Events of undelivered messages: outcome, subject, whether with an attempt, details.
    async fn events(&self) -> Vec<(String, String, bool, serde_json::Value)> {
        sqlx::query_as(
            "select outcome, subject, attempt_id is not null, details from audit_events
             where event = 'message_not_delivered' order by at, id",
        )
        .fetch_all(&self.world.pool)
        .await
        .unwrap()
    }

    /// What left: by the first provider, by the second.
    fn sent(&self) -> (usize, usize) {
        (self.first.messages().len(), self.second.messages().len())
    }

    fn texts(&self) -> Vec<BTreeMap<String, String>> {
        self.first.messages().into_iter().chain(self.second.messages()).collect()
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    state: String,
    delivery: Option<String>,
    delivery_note: Option<String>,
    provider: Option<String>,
    maybe_sent: i16,
}

impl Row {
    fn is(&self) -> (&str, Option<&str>, Option<&str>) {
        (&self.state, self.delivery.as_deref(), self.provider.as_deref())
    }
}

async fn row(world: &World) -> Row {
    sqlx::query_as(
        "select id, state, delivery, delivery_note, provider, maybe_sent from outbox where channel = 'sms' order by created_at desc, id desc",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap()
}
