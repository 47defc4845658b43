//! `/hooks/sms/{provider}`: where providers tell what became of a text message. Called by machines: no session, no cookie, no page.
//!
//! What must stay true: the provider's signature is the only proof, over the address that we gave it (the configured public one, never
//! a header of the request); who is not believed learns nothing, and nothing of what they sent is logged; a genuine receipt is answered
//! the same whether or not we know the message.
//!
//! To add a provider whose receipts come by GET: its name in [`BY_GET`].

use std::net::SocketAddr;

use axum::{
    Extension,
    body::Bytes,
    extract::{ConnectInfo, Path, RawQuery, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::{
    app::App,
    clock,
    domain::limits::Network,
    metrics, random,
    senders::{
        route::Route,
        sms::receipt::{Call, Fate, NotBelieved, Receipt, Which},
    },
    store::{
        budgets,
        outbox::receipt::{self as store, Taken},
    },
    web::client_ip,
};

/// A receipt is about 1 KB.
pub const BODY_LIMIT: usize = 16 * 1024;
/// Those that can send receipts by GET only, or by default.
const BY_GET: [&str; 2] = ["vonage", "kannel"];

/// Takes a receipt: 204 where it is genuine, 403 where it is not, 503 where it should come again.
pub async fn sms_receipt(
    State(app): State<App>,
    Path(provider): Path<String>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let legs = app.outbox.senders.sms.iter().flat_map(Route::legs);
    let legs: Vec<_> = legs.filter(|leg| leg.sender.provider() == provider).collect();
    let Some((section, name)) = legs.first().map(|leg| (leg.name, leg.sender.provider())) else {
        // As for one that is not believed: which providers are in use is nobody's business.
        return StatusCode::FORBIDDEN.into_response();
    };
    if method != Method::POST && !(method == Method::GET && BY_GET.contains(&name)) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    }
    let query = query.unwrap_or_default();
    let mark = if query.is_empty() { "" } else { "?" };
    let url = app.public_url.link(&format!("/hooks/sms/{name}{mark}{query}"));
    let call =
        Call { url: &url, query: &query, headers: &headers, body: &body, now: clock::now().unix_timestamp() };
    // Two accounts at one provider have the same address: it is a receipt of whoever's signature is right.
    let mut genuine: Option<Receipt> = None;
    let mut sections = Vec::new();
    let mut why = NotBelieved::NoReceipts;
    for leg in legs {
        match leg.sender.receipt(&call) {
            Ok(receipt) => {
                sections.push(leg.name);
                genuine.get_or_insert(receipt);
            }
            Err(NotBelieved::NoReceipts) => {}
            Err(other) => why = other,
        }
    }
    let Some(receipt) = genuine else {
        app.outbox.metrics.receipt(section, metrics::Fate::NotBelieved);
        // Anybody can post here: one line a minute and network, and the metric counts all. Should the database be away, none.
        let peer = peer.map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |Extension(ConnectInfo(peer))| peer);
        let network = Network::of(client_ip::of(&headers, peer, |ip| app.is_trusted_proxy(ip)));
        if budgets::is_to_be_told(&app.pool, "receipt", name, &network).await.unwrap_or(false) {
            tracing::warn!(provider = name, %why, "a delivery receipt is not believed");
        }
        return StatusCode::FORBIDDEN.into_response();
    };
    let counted = match receipt.fate {
        Fate::Underway => metrics::Fate::Pending,
        Fate::Delivered => metrics::Fate::Delivered,
        Fate::Failed(_) => metrics::Fate::Failed,
    };
    app.outbox.metrics.receipt(sections.first().copied().unwrap_or(section), counted);
    match take(&app, &receipt, &sections).await {
        Ok(taken) => {
            tracing::info!(provider = name, fate = ?receipt.fate, ?taken, "delivery receipt");
            if taken == Taken::GoesAgain {
                app.outbox.wake();
            }
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::warn!(provider = name, %error, "a delivery receipt could not be noted");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn take(app: &App, receipt: &Receipt, sections: &[&str]) -> crate::store::Result<Taken> {
    let (delivered, note) = match receipt.fate {
        Fate::Underway => return Ok(Taken::Nothing),
        Fate::Delivered => (true, None),
        Fate::Failed(code) => (false, code.map(|code| code.to_string())),
    };
    let (id, reference) = match &receipt.message {
        Which::Ours(id) => (Some(*id), None),
        Which::Theirs(reference) => (None, Some(reference.as_str())),
        Which::Both(id, reference) => (Some(*id), Some(reference.as_str())),
    };
    let receipt = store::Receipt {
        id,
        reference,
        sections,
        delivered,
        note: note.as_deref(),
        all_sections: &app.outbox.senders.sms_sections(),
        event: random::id(),
    };
    store::take(&app.pool, &receipt).await
}
