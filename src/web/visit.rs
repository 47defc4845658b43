//! What a request tells of its visitor: language, network, browser, cookies. Reads no database.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    browser, client_ip,
    cookies::Cookie,
    error::PageError,
    page::{Page, render},
};
use crate::{
    app::App,
    domain::{
        limits::Network,
        secret::{SessionId, mac},
    },
    language::Language,
    random,
};

/// One request's visitor. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Facts>);

struct Facts {
    app: App,
    language: Arc<Language>,
    network: Network,
    address: IpAddr,
    browser: String,
    visitor: SessionId,
    visitor_is_new: bool,
    needs_visitor: AtomicBool,
    reset: Option<SessionId>,
    account: Option<String>,
    reference: Uuid,
}

/// Which cookie a form belongs to, besides the visitor's: a token rotates with the session (V-52).
#[derive(Clone, Copy, Debug)]
pub enum FormOf {
    /// A page of the wizard.
    Reset,
    /// A page for signed-in people, sign-in included.
    Account,
    /// A page for anyone.
    Anyone,
}

impl Visit {
    fn read(app: &App, headers: &HeaderMap, peer: SocketAddr) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let known = Cookie::Visitor.read(headers, app.secure).and_then(SessionId::parse);
        let address = client_ip::of(headers, peer, |ip| app.is_trusted_proxy(ip));
        Self(Arc::new(Facts {
            app: app.clone(),
            language: app.languages.negotiate(text(header::ACCEPT_LANGUAGE)),
            network: Network::of(address),
            address,
            browser: browser::in_words(text(header::USER_AGENT)),
            visitor_is_new: known.is_none(),
            visitor: known.unwrap_or_else(|| SessionId::from_bytes(&random::bytes())),
            needs_visitor: AtomicBool::new(false),
            reset: Cookie::Reset.read(headers, app.secure).and_then(SessionId::parse),
            account: Cookie::Account.read(headers, app.secure).map(str::to_owned),
            reference: random::id(),
        }))
    }

    /// The language of the answer.
    pub fn language(&self) -> &Arc<Language> {
        &self.0.language
    }

    /// The client's network: the subject of budgets.
    pub fn network(&self) -> &Network {
        &self.0.network
    }

    /// The client's address: for whom the operator wants told of it, and for nobody else.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Browser and system in words.
    pub fn browser(&self) -> &str {
        &self.0.browser
    }

    /// The browser session of a reset, as the cookie has it: nothing is believed of it yet.
    pub fn reset(&self) -> Option<&SessionId> {
        self.0.reset.as_ref()
    }

    /// Ties an error page to its log line.
    pub fn reference(&self) -> Uuid {
        self.0.reference
    }

    /// What CAPTCHA challenges are bound to. Asking for it sets the visitor's cookie.
    pub fn visitor(&self) -> &[u8] {
        self.0.needs_visitor.store(true, Ordering::Relaxed);
        self.0.visitor.expose().as_bytes()
    }

    /// The token of a form on this page.
    pub fn form_token(&self, of: FormOf) -> String {
        self.token_under(&self.0.app.form_keys[0], of)
    }

    /// Whether a form's token was made for this browser and session, under the current key or one before.
    pub fn form_token_is_right(&self, of: FormOf, typed: &str) -> bool {
        // A browser that was never given a visitor's cookie was never given a form.
        !self.0.visitor_is_new
            && self
                .0
                .app
                .form_keys
                .iter()
                .any(|key| self.token_under(key, of).as_bytes().ct_eq(typed.as_bytes()).into())
    }

    fn token_under(&self, key: &[u8; 32], of: FormOf) -> String {
        let (label, session) = match of {
            FormOf::Reset => ("form of the wizard", self.0.reset.as_ref().map_or("", SessionId::expose)),
            FormOf::Account => ("form of the account", self.0.account.as_deref().unwrap_or("")),
            FormOf::Anyone => ("form of anyone", ""),
        };
        URL_SAFE_NO_PAD.encode(mac(key, label, &[self.visitor(), session.as_bytes()]))
    }

    /// The shell of a page without a form.
    pub fn page(&self, now: OffsetDateTime) -> Page {
        Page {
            l: self.0.language.clone(),
            demo: self.0.app.demo,
            help: self.0.app.help.clone(),
            signed_in: None,
            portal: None,
            form_token: String::new(),
            now: now.into(),
        }
    }

    /// The shell of a page with a form.
    pub fn page_with_form(&self, now: OffsetDateTime, of: FormOf) -> Page {
        Page { form_token: self.form_token(of), ..self.page(now) }
    }

    /// Puts a browser session's cookie on an answer.
    pub fn with_reset_cookie(&self, mut response: Response, session: &SessionId) -> Response {
        if let Some(cookie) = Cookie::Reset.set(session.expose(), self.0.app.secure) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Renders a page as the answer.
pub fn show<T: askama::Template>(status: StatusCode, page: &T) -> Result<Response, PageError> {
    render(status, page).map_err(|cause| PageError::Internal(Box::new(cause)))
}

/// Reads the visit of each request, and sets the visitor's cookie where a form was shown: whoever only looks gets none.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |ConnectInfo(peer)| *peer);
    let visit = Visit::read(&app, request.headers(), peer);
    request.extensions_mut().insert(visit.clone());
    let mut response = next.run(request).await;
    if visit.0.visitor_is_new
        && visit.0.needs_visitor.load(Ordering::Relaxed)
        && let Some(cookie) = Cookie::Visitor.set(visit.0.visitor.expose(), app.secure)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| PageError::Internal("no visit: the layer is missing".into()))
    }
}
