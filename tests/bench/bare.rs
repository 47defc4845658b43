//! The bare programs: the same libraries with nothing of a product around them. What they reach is what the machine gives.

use std::io::Read as _;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Html,
    routing::{get, post},
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

/// The tables of the bare programs: the shape of ours with two rows written a request.
pub const TABLES: &str = "
create table people (id integer primary key, name text not null, address text not null);
insert into people select n, 'Person ' || n, 'person' || n || '@contoso.com' from generate_series(1, 20000) n;
create table attempts (id uuid primary key, person integer not null, browser text not null, started_at timestamptz not null default now());
create table messages (id uuid primary key, attempt uuid not null, message jsonb not null, created_at timestamptz not null default now());
";

/// The transaction as pgbench runs it.
pub const PGBENCH: &str = "\\set person random(1, 20000)
begin;
select name from people where id = :person;
insert into attempts (id, person, browser) values (gen_random_uuid(), :person, 'Firefox on Windows');
insert into messages (id, attempt, message) values (gen_random_uuid(), gen_random_uuid(), '{\"kind\": \"reset_link\"}');
commit;
";

const SELECT: &str = "select name from people where id = $1";
const ATTEMPT: &str = "insert into attempts (id, person, browser) values ($1, $2, $3)";
const MESSAGE: &str = "insert into messages (id, attempt, message) values ($1, $2, $3::jsonb)";
const ONE_STATEMENT: &str = "with person as materialized (select id, name from people where id = $2),
attempt as (insert into attempts (id, person, browser) select $1, id, $3 from person),
message as (insert into messages (id, attempt, message) select $4, $1, $5::jsonb from person)
select name from person";
const FACTS: &str = r#"{"kind": "reset_link", "user_id": "person@contoso.com"}"#;
const BROWSER: &str = "Firefox on Windows";

#[derive(Template)]
#[template(
    source = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/static/style.css"></head>
<body><main><h1>{{ title }}</h1>
<form method="post" action="/sign-in"><input type="hidden" name="form_token" value="{{ token }}">
<p><label for="user_id">User ID</label> <input id="user_id" name="user_id" value="{{ user_id }}"></p>
<p><label for="password">Password</label> <input id="password" name="password" type="password"></p>
<p><button>Sign in</button></p></form>
<p><a href="/reset">Forgot your password?</a></p></main></body></html>"#,
    ext = "html"
)]
struct SmallPage<'a> {
    title: &'a str,
    token: &'a str,
    user_id: &'a str,
}

fn small_page(user_id: &str) -> Html<String> {
    let page = SmallPage { title: "Sign in", token: "0123456789abcdef0123456789abcdef", user_id };
    Html(page.render().unwrap())
}

/// Serves until standard input ends, which it does when the program that started it ends. Prints its address.
pub async fn serve(url: &str) {
    let pool =
        PgPoolOptions::new().max_connections(16).test_before_acquire(false).connect(url).await.unwrap();
    let router = Router::new()
        .route("/page", get(|| async { small_page("") }))
        .route("/select/{id}", get(select))
        .route("/transaction/{id}", post(transaction))
        .route("/statement/{id}", post(statement))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ready http://{}", listener.local_addr().unwrap());
    let gone =
        tokio::task::spawn_blocking(|| while std::io::stdin().read(&mut [0; 64]).is_ok_and(|n| n > 0) {});
    tokio::select! {
        served = axum::serve(listener, router) => served.unwrap(),
        _ = gone => {}
    }
}

async fn select(State(pool): State<PgPool>, Path(id): Path<i32>) -> Html<String> {
    let name: String = sqlx::query_scalar(SELECT).bind(id).fetch_one(&pool).await.unwrap();
    small_page(&name)
}

/// Begin, select, two inserts, commit: a round trip each.
async fn transaction(State(pool): State<PgPool>, Path(id): Path<i32>) -> Html<String> {
    let mut connection = pool.acquire().await.unwrap();
    let db = &mut *connection;
    sqlx::query("begin").execute(&mut *db).await.unwrap();
    let name: String = sqlx::query_scalar(SELECT).bind(id).fetch_one(&mut *db).await.unwrap();
    let (attempt, message): (Uuid, Uuid) = (sspr::random::id(), sspr::random::id());
    sqlx::query(ATTEMPT).bind(attempt).bind(id).bind(BROWSER).execute(&mut *db).await.unwrap();
    sqlx::query(MESSAGE).bind(message).bind(attempt).bind(FACTS).execute(&mut *db).await.unwrap();
    sqlx::query("commit").execute(&mut *db).await.unwrap();
    small_page(&name)
}

/// The same work, one round trip.
async fn statement(State(pool): State<PgPool>, Path(id): Path<i32>) -> Html<String> {
    let name: String = sqlx::query_scalar(ONE_STATEMENT)
        .bind(sspr::random::id())
        .bind(id)
        .bind(BROWSER)
        .bind(sspr::random::id())
        .bind(FACTS)
        .fetch_one(&pool)
        .await
        .unwrap();
    small_page(&name)
}
