//! All routes and layers on one screen; serving, and stopping without losing a request.

mod background;
mod connection;
mod pace;
mod places;

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use background::Background;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, timeout::TimeoutLayer};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};

use crate::{
    app::App,
    demo, hooks,
    portal::{self, users},
    store::sessions::Sessions,
    web::{
        arrival, assets, challenge, cookies, cookies::Cookie, error, error::PageError, headers, health, log,
        metrics, visit,
    },
    wizard::{
        contact_administrator as contact, done, email_link, ended, not_me,
        step1_choose_option as choose_option, step2_verify_user as verify_user,
        step3_check_email as check_email, step4_security_code as security_code,
        step5_new_password as new_password,
    },
};

/// Every page of the service. Read from the bottom: the last layer is the first to see a request.
#[expect(clippy::too_many_lines, reason = "all routes on one screen")]
pub fn router(app: &App) -> Router {
    let wizard = Router::new()
        .route("/reset", get(choose_option::get).post(choose_option::post))
        .route("/reset/verify-user", get(verify_user::get).post(verify_user::post))
        .route("/reset/check-email", get(check_email::get))
        .route("/reset/check-email/resend", post(check_email::post_resend))
        .route("/reset/email-link/{token}", get(email_link::get))
        .route("/reset/email-link", post(email_link::post))
        .route("/reset/security-code", get(security_code::get).post(security_code::post))
        .route("/reset/security-code/resend", post(security_code::post_resend))
        .route("/reset/new-password", get(new_password::get).post(new_password::post))
        .route("/reset/done", get(done::get))
        .route("/reset/ended", get(ended::get))
        .route("/contact-administrator", get(contact::get).post(contact::post))
        .route("/contact-administrator/sent", get(contact::sent))
        .route("/not-me/{token}", get(not_me::get).post(not_me::post))
        .route("/not-me/done/{what}", get(not_me::done))
        .route("/captcha/{file}", get(challenge::get));

    let signed_in = Router::new()
        .route("/", get(portal::sign_in::root))
        .route("/sign-in", get(portal::sign_in::get).post(portal::sign_in::post))
        .route("/sign-out", post(portal::sign_in::sign_out))
        .route("/account", get(portal::account::get))
        .route("/account/sessions/end", post(portal::account::post_end_sessions))
        .route("/account/confirm-contact", post(portal::account::post_confirm_contact))
        .route("/portal/requests", get(portal::requests::get).post(portal::requests::post))
        .route("/account/password", get(portal::account_password::get).post(portal::account_password::post))
        .route("/portal", get(|| async { Redirect::to("/portal/users") }))
        .route("/portal/users", get(users::list::get))
        .route("/portal/users/new", get(users::new::get).post(users::new::post))
        .route("/portal/users/{id}", get(users::show::get).post(users::edit::post))
        .route("/portal/users/{id}/block", get(users::deeds::get_block).post(users::deeds::post_block))
        .route("/portal/users/{id}/unblock", get(users::deeds::get_unblock).post(users::deeds::post_unblock))
        .route("/portal/users/{id}/delete", get(users::deeds::get_delete).post(users::deeds::post_delete))
        .route(
            "/portal/users/{id}/lift-limits",
            get(portal::limits::lift::get).post(portal::limits::lift::post),
        )
        .route("/portal/limits", get(portal::limits::list::get))
        .route("/portal/users/{id}/sessions/end", post(users::show::end_sessions))
        .route("/portal/users/{id}/confirm-contact", post(users::show::confirm_contact))
        .route(
            "/portal/users/{id}/reset-password",
            get(portal::reset_password::get).post(portal::reset_password::post),
        )
        .route(
            "/portal/users/reset-passwords",
            get(portal::reset_passwords::get).post(portal::reset_passwords::post),
        )
        .route("/portal/users/reset-passwords/{batch}", get(portal::reset_passwords::result::get))
        .route(
            "/portal/users/reset-passwords/{batch}/result.csv",
            get(portal::reset_passwords::result::get_csv),
        )
        .route("/portal/readiness", get(portal::readiness::get))
        .route("/portal/readiness.csv", get(portal::readiness::get_csv))
        .merge(messages())
        .merge(incidents())
        .route("/portal/company", get(portal::company::get).post(portal::company::post::post))
        .route("/portal/company/test", post(portal::company::trial::post))
        .route("/portal/company/test/{message}", get(portal::company::trial::get))
        .route("/portal/audit", get(portal::audit::list::get))
        .route("/portal/audit.csv", get(portal::audit::download::csv))
        .route("/portal/audit.jsonl", get(portal::audit::download::json_lines))
        .route("/portal/audit/attempts/{attempt}", get(portal::audit::attempt::get))
        .route("/portal/approvals", get(portal::approvals::get).post(portal::approvals::post))
        .layer(sessions(app))
        .layer(map_response(error::session_store_failed))
        .layer(from_fn_with_state(app.clone(), cookies::removed_with_flags));

    let anyone = Router::new()
        .route("/set-password/{token}", get(portal::set_password::get).post(portal::set_password::post))
        .route(
            "/confirm-contact/{token}",
            get(portal::confirm_contact::get).post(portal::confirm_contact::post),
        )
        .route("/confirm-contact/done/{what}", get(portal::confirm_contact::done))
        .route(
            "/.well-known/change-password",
            get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/account/password")]) }),
        )
        .route("/robots.txt", get(|| async { "User-agent: *\nDisallow: /\n" }))
        .route(
            "/static/{file}",
            get(|Path(file): Path<String>| async move { assets::file(&file).ok_or(PageError::NotFound) }),
        );

    let mut pages = wizard.merge(signed_in).merge(anyone);
    if app.demo {
        pages = pages.merge(demo::outbox_page::routes());
    }
    let csrf =
        CsrfLayer::new().add_trusted_origin(app.public_url.origin()).unwrap_or_else(|_| CsrfLayer::new());
    pages
        .fallback(|| async { PageError::NotFound })
        .layer(DefaultBodyLimit::max(app.body_limit))
        .layer(csrf)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.request_timeout))
        .layer(from_fn_with_state((app.clone(), app.body_limit), arrival::layer))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            // The text of a panic may hold what it stumbled over: the place is in the log, the text stays here.
            PageError::Internal("a handler panicked".into()).into_response()
        }))
        .layer(from_fn_with_state(app.clone(), known_database))
        .layer(from_fn_with_state(app.clone(), known_host))
        .layer(from_fn(error::layer))
        .layer(from_fn(log::layer))
        .layer(from_fn_with_state(app.clone(), visit::layer))
        .merge(called_by_machines(app))
        .merge(watched(app))
        .layer(from_fn_with_state(app.clone(), headers::layer))
        .layer(from_fn_with_state(app.clone(), metrics::layer))
        .with_state(app.clone())
}

/// Called by providers, not by browsers: their signature is the proof, and an answer is a status and no page. The Host header means
/// nothing here, since what is signed is our public address.
fn called_by_machines(app: &App) -> Router<App> {
    Router::new()
        .route("/hooks/sms/{provider}", get(hooks::sms_receipt).post(hooks::sms_receipt))
        .layer(DefaultBodyLimit::max(hooks::BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.request_timeout))
        .layer(from_fn_with_state((app.clone(), hooks::BODY_LIMIT), arrival::layer))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn_with_state(app.clone(), known_database_of_machines))
}

/// Whoever watches asks by address, not by name, and leaves no line. What they send is never read.
fn watched(app: &App) -> Router<App> {
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.request_timeout))
        .layer(from_fn_with_state((app.clone(), 0), arrival::layer))
}

/// What was sent to the company's people.
fn messages() -> Router<App> {
    Router::new()
        .route("/portal/messages", get(portal::messages::list::get))
        .route("/portal/messages/{message}", get(portal::messages::show::get))
        .route("/portal/messages/{message}/retry", post(portal::messages::show::retry))
        .route("/portal/messages/{message}/cancel", post(portal::messages::show::cancel))
}

/// What people said was not they.
fn incidents() -> Router<App> {
    Router::new().route("/portal/incidents", get(portal::incidents::list::get)).route(
        "/portal/incidents/{incident}",
        get(portal::incidents::show::get).post(portal::incidents::show::post),
    )
}

/// The session of a signed-in person. `Lax`, no age, and nothing is written for whoever only looks.
fn sessions(app: &App) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions::new(app.pool.clone()))
        .with_name(Cookie::Account.name(app.secure))
        .with_secure(app.secure)
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_path("/")
}

/// Nothing is served from a database that was never looked at.
async fn known_database(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.database_is_known.load(Ordering::Relaxed) || request.uri().path().starts_with("/static/") {
        next.run(request).await
    } else {
        PageError::Unavailable("not looked at yet".into()).into_response()
    }
}

/// The same for whom an error page is of no use.
async fn known_database_of_machines(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.database_is_known.load(Ordering::Relaxed) {
        next.run(request).await
    } else {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

/// Answers only to our own name: a page for another could only be someone's trick (V-12). A request that names two, in its address and its
/// Host or in two Hosts, has to mean us with each: what stands in front may have looked at the other one.
async fn known_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let ours = |host: &str| {
        host_name(host).is_some_and(|host| {
            host.eq_ignore_ascii_case(app.public_url.host())
                || app.demo
                    && ["localhost", "127.0.0.1", "[::1]", "::1"]
                        .iter()
                        .any(|name| host.eq_ignore_ascii_case(name))
        })
    };
    let mut given = request.headers().get_all(header::HOST).iter();
    let (first, second) = (given.next(), given.next());
    let in_address = request.uri().authority().map(|authority| ours(authority.as_str()));
    let in_header = first.map(|host| host.to_str().is_ok_and(ours));
    let all = [in_address, in_header];
    let known = second.is_none() && all.contains(&Some(true)) && !all.contains(&Some(false));
    if known {
        next.run(request).await
    } else {
        tracing::warn!(
            ours = app.public_url.host(),
            "asked for under another name: a proxy must pass Host on unchanged"
        );
        (StatusCode::MISDIRECTED_REQUEST, "no such site here\n").into_response()
    }
}

/// The name in a Host header, without its port. Neither a name smuggled before an @ nor one behind the port is answered:
/// the parser takes `ours:80.attacker.example` for `ours`.
pub fn host_name(host: &str) -> Option<String> {
    let authority: axum::http::uri::Authority = host.parse().ok()?;
    let name = authority.host();
    let port = host.strip_prefix(name)?;
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_port.then(|| name.to_owned())
}

/// Serves until `stop`, then lets what is under way finish, for 20 seconds at most.
///
/// # Errors
/// None at present; a listener that is lost would be one.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let work = Background::start(&app, &stop);
    let limit = async {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_secs(20)).await;
    };
    tokio::select! {
        () = answer(&app, listener, stop.clone()) => {}
        () = limit => {}
    }
    stop.cancel();
    work.end().await;
    app.pool.close().await;
    Ok(())
}

/// Answers requests until `stop` and does nothing else: what [`serve`] does without the work in the background.
pub async fn answer(app: &App, listener: TcpListener, stop: CancellationToken) {
    connection::serve(app, listener, router(app), stop).await;
}

/// Serves what this node counts, on an address of its own, until `stop`. Nothing else is answered there, and this nowhere else.
///
/// # Errors
/// None at present; a listener that is lost would be one.
pub async fn serve_metrics(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route_service("/metrics", get(metrics::scrape).with_state(app.clone()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.request_timeout))
        .layer(DefaultBodyLimit::max(app.body_limit))
        .layer(from_fn_with_state(app.clone(), headers::layer));
    connection::serve(&app, listener, router, stop).await;
    Ok(())
}
