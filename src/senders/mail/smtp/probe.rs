//! A look at a relay: name, connection, greeting, TLS, sign-in, and goodbye. No sender or recipient is named.

use tokio::time::{Instant, timeout_at};

use super::{Smtp, SmtpTls};
use crate::senders::{
    SendError,
    probe::{Reached, Unreached, der, resolve},
};

impl Smtp {
    pub(in crate::senders) async fn probe(&self) -> Result<Reached, Unreached> {
        let relay = &*self.0;
        let deadline = Instant::now() + relay.timeout;
        match timeout_at(deadline, resolve(&relay.host, relay.port)).await {
            Ok(found) => found?,
            Err(_) => return Err(Unreached::TimedOut),
        }
        // The very connection of a real send, so that what works here works there.
        let mut connection = relay.connect(deadline).await.map_err(|error| unreached(&error))?;
        let encrypted = relay.tls != SmtpTls::None;
        let certificate = connection.peer_certificate().ok().filter(|_| encrypted);
        let reached = Reached {
            certificate_until: certificate.and_then(|certificate| der::not_after(&certificate)),
            encrypted,
            signed_in: relay.credentials.is_some(),
            ..Reached::default()
        };
        // Whether it says goodbye too is nobody's concern.
        let _ = timeout_at(deadline, connection.quit()).await;
        Ok(reached)
    }
}

fn unreached(error: &SendError) -> Unreached {
    let reason = error.reason();
    match reason.to_string().as_str() {
        "smtp connect refused" => Unreached::Refused,
        "smtp connect timeout" => Unreached::TimedOut,
        "smtp tls failed" => Unreached::Tls,
        "smtp certificate refused" => {
            Unreached::Certificate("it is too old, for another name, or nobody whom we trust issued it")
        }
        other if other.starts_with("smtp auth") => Unreached::SignIn(reason),
        _ => Unreached::Other(reason),
    }
}
