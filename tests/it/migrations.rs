//! The schema, its owner, and the role that serves with less (architecture.md 11; ASVS 13.2.2, 16.4.2).

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, migrate::Migrator};
use sspr::{
    admin::{Operator, incidents, pending},
    demo::people,
    sealer::Sealer,
    store::{
        migrate::{self, MIGRATIONS, Schema},
        retention,
    },
};

use crate::support::{
    app::World,
    client::{Client, link_in},
    database::{self, TestDatabase},
    http_server::TwilioServer,
    process,
    smtp_server::SmtpServer,
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

const OWNER: &str = "sspr_owner_of_tests";
pub const SERVICE: &str = "sspr_service_of_tests";

async fn empty() -> TestDatabase {
    database::copy_of("template_of_nothing", async |_| {}).await
}

/// A database that belongs to a role which is no superuser, and a second role to serve with; empty.
async fn with_two_roles() -> TestDatabase {
    let database = empty().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let sql = format!(
        "select pg_advisory_lock(1);
         do $$ begin
           if not exists (select from pg_roles where rolname = '{OWNER}') then create role {OWNER} login; end if;
           if not exists (select from pg_roles where rolname = '{SERVICE}') then create role {SERVICE} login; end if;
           execute format('alter database %I owner to {OWNER}', current_database());
         end $$;"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    database
}

#[tokio::test]
async fn migrating_twice_applies_everything_once() {
    let database = empty().await;
    assert_eq!(migrate::migrate(&database.url(), None).await.unwrap(), MIGRATIONS.iter().count());
    assert_eq!(migrate::migrate(&database.url(), None).await.unwrap(), 0);
    let pool = PgPool::connect(&database.url()).await.unwrap();
    assert_eq!(migrate::check(&pool).await.unwrap(), Schema::Current);
    // One row about the installation, not one a run.
    let rows: i64 = sqlx::query_scalar("select count(*) from installation").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 1);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_migrate_at_once_do_it_once_between_them() {
    for _ in 0..5 {
        let database = with_two_roles().await;
        let url = database.url_as(OWNER);
        let (one, other) =
            tokio::join!(migrate::migrate(&url, Some(SERVICE)), migrate::migrate(&url, Some(SERVICE)));
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        let pool = PgPool::connect(&url).await.unwrap();
        assert_eq!(migrate::check(&pool).await.unwrap(), Schema::Current);
        pool.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_an_earlier_version_goes_on_with_its_people_links_and_events() {
    let database = empty().await;
    let mut owner = PgConnection::connect(&database.url()).await.unwrap();
    // The first version that people used: two migrations.
    let first = Migrator::with_migrations(MIGRATIONS.iter().take(2).cloned().collect());
    first.run(&mut owner).await.unwrap();
    sqlx::raw_sql(
        "insert into companies (id, name) values ('00000000-0000-7000-8000-000000000001', 'Contoso');
         insert into company_domains values ('contoso.com', '00000000-0000-7000-8000-000000000001');
         insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
         values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001',
                 'JohnSmith@contoso.com', 'johnsmith@contoso.com', 'John Smith', 'global_administrator');
         insert into alternate_emails (user_id, position, address)
         values ('00000000-0000-7000-8000-000000000002', 0, 'john@fabrikam.com');
         insert into mobile_phones (user_id, number) values ('00000000-0000-7000-8000-000000000002', '+14255550100');
         insert into audit_events (id, event, company_id, user_id, subject, actor, outcome)
         select gen_random_uuid(), 'UserCreated', '00000000-0000-7000-8000-000000000001',
                '00000000-0000-7000-8000-000000000002', 'JohnSmith@contoso.com', 'operator:ops', 'done'
         from generate_series(1, 3);",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();

    assert_eq!(migrate::migrate(&database.url(), None).await.unwrap(), MIGRATIONS.iter().count() - 2);

    let world = World::on(database, &[]).await;
    // Found by what the migration had to fill in.
    let found = "select count(*) from users where search = 'john smith johnsmith@contoso.com john@fabrikam.com 14255550100'";
    assert_eq!(world.count(found).await, 1);
    // What was recorded before there was a chain is its beginning.
    assert_eq!(world.count("select count(*) from audit_unsealed").await, 3);
    // A node that does nothing by itself: another sealer at the same moment would have the lock.
    let quiet = world.node_without_workers().await;
    Sealer::new(world.pool.clone(), &quiet.app.keys).look(false).await.unwrap();
    assert_eq!(world.count("select count(*) from audit_seals").await, 3);
    assert_eq!(world.count("select count(*) from audit_unsealed").await, 0);
    // He gets in with the contact data that he had, which nobody had to confirm then.
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    walk.open_link(&link_in(&world.mail_to("john@fabrikam.com").await.text)).await;
    let code = walk.code().await;
    assert_eq!(walk.type_code(&code).await.location.as_deref(), Some("/reset/new-password"));
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    assert!(walk.signs_in(JOHN, NEW).await);
    // A purpose that the first version did not know.
    world
        .execute(
            "insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
             values (gen_random_uuid(), 'confirm_email', '00000000-0000-7000-8000-000000000002', sha256('x'), 'k', now())",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_and_what_was_reported_before_an_upgrade_goes_on_after_it() {
    let database = empty().await;
    let mut owner = PgConnection::connect(&database.url()).await.unwrap();
    // The version that had reports and the second pair of eyes first.
    let before = Migrator::with_migrations(MIGRATIONS.iter().take(10).cloned().collect());
    before.run(&mut owner).await.unwrap();
    sqlx::raw_sql(
        "insert into companies (id, name, global_administrator_changes, global_administrator_hold_hours)
         values ('00000000-0000-7000-8000-000000000001', 'Contoso', 'after_hold', 2);
         insert into company_domains values ('contoso.com', '00000000-0000-7000-8000-000000000001');
         insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at)
         select ('00000000-0000-7000-8000-00000000000' || n)::uuid, '00000000-0000-7000-8000-000000000001', who || '@contoso.com',
                who || '@contoso.com', who, 'global_administrator', 'x', now() - interval '1 day'
         from (values (2, 'ann'), (3, 'bob'), (4, 'carl'), (5, 'dora')) p(n, who);
         insert into alternate_emails (user_id, position, address)
         select id, 0, display_name || '@home.example' from users;
         -- Ann asked for another address of Bob's, and for another role of Carl's, whose time has not come.
         insert into pending_changes (id, company_id, kind, target_id, subject, target_version, wanted, shown, requested_by, requester,
                                      requested_at, acts_at, expires_at)
         select ('00000000-0000-7000-8000-00000000001' || n)::uuid, b.company_id, 'user', b.id, b.user_id, b.version,
                jsonb_build_object('what', 'user', 'display_name', b.display_name, 'role', w.role, 'mobile_phone', null,
                                   'alternate_emails', jsonb_build_array(address)),
                '[]', '00000000-0000-7000-8000-000000000002', 'ann@contoso.com', now() - interval '3 hours', acts_at,
                now() + interval '7 days'
         from (values (1, 'bob', 'global_administrator', 'new-bob@other.example', now() - interval '1 hour'),
                      (2, 'carl', 'user', 'carl@home.example', now() + interval '1 hour')) w(n, who, role, address, acts_at)
         join users b on b.display_name = w.who;
         -- Dora said that a reset of hers was not she.
         select open_incident('00000000-0000-7000-8000-000000000021', gen_random_uuid(), company_id, id, 'password_reset', now(),
                              '203.0.113.7', 'mailbox', null)
         from users where display_name = 'dora';",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();

    assert_eq!(migrate::migrate(&database.url(), None).await.unwrap(), MIGRATIONS.iter().count() - 10);

    let world = World::on(database, &[]).await;
    let node = world.node_without_workers().await;
    let text =
        async |sql: &'static str| -> String { sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap() };
    // What was due is carried out, and nothing else.
    let due =
        async || pending::run_due(&world.pool, node.app.keys.current(), &node.app.budgets).await.unwrap();
    assert_eq!((due().await, due().await), (1, 0));
    let addresses = "select string_agg(address, ' ' order by address) from alternate_emails";
    assert_eq!(
        text(addresses).await,
        "ann@home.example carl@home.example dora@home.example new-bob@other.example"
    );
    // What still waits falls by the newer rule: whoever asked is blocked meanwhile.
    world
        .execute("update users set blocked_at = now(), blocked_because = 'not_me' where display_name = 'ann'")
        .await;
    world
        .execute("update pending_changes set acts_at = now() - interval '1 second' where state = 'waiting'")
        .await;
    assert_eq!(due().await, 1);
    assert_eq!(text("select string_agg(state, ' ' order by id) from pending_changes").await, "done void");
    assert_eq!(text("select role from users where display_name = 'carl'").await, "global_administrator");
    // The report is open, swallows no newer one, and can be closed.
    world
        .execute(
            "select open_incident('00000000-0000-7000-8000-000000000022', gen_random_uuid(), company_id, id, 'password_reset', now(),
                                  '203.0.113.8', 'mailbox', null)
             from users where display_name = 'dora'",
        )
        .await;
    let operator = Operator::at_the_shell("ops");
    let company = "00000000-0000-7000-8000-000000000001".parse().unwrap();
    assert_eq!(incidents::open_count(&world.pool, &operator, company).await.unwrap(), 2);
    let old = "00000000-0000-7000-8000-000000000021".parse().unwrap();
    incidents::close(&world.pool, &operator, old, "Asked Dora on the phone.").await.unwrap();
    assert_eq!(incidents::open_count(&world.pool, &operator, company).await.unwrap(), 1);
}

#[tokio::test]
async fn a_schema_that_is_behind_or_ahead_is_seen_as_such() {
    let database = empty().await;
    let pool = PgPool::connect(&database.url()).await.unwrap();
    assert_eq!(migrate::check(&pool).await.unwrap(), Schema::Behind);
    assert!(migrate::is_empty(&pool).await.unwrap());
    migrate::migrate(&database.url(), None).await.unwrap();
    assert!(!migrate::is_empty(&pool).await.unwrap());
    sqlx::query("update _sqlx_migrations set version = 99991231000000 where version = (select max(version) from _sqlx_migrations)")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(migrate::check(&pool).await.unwrap(), Schema::Ahead);
    sqlx::query("delete from _sqlx_migrations where version = 99991231000000").execute(&pool).await.unwrap();
    assert_eq!(migrate::check(&pool).await.unwrap(), Schema::Behind);
    pool.close().await;
}

#[tokio::test]
async fn every_table_column_and_function_says_what_it_is_for() {
    let world = World::new().await;
    let silent: Vec<String> = sqlx::query_scalar(
        "select c.relname || coalesce('.' || a.attname, '')
         from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> '_sqlx_migrations'
           and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)
         union all
         select p.proname from pg_proc p
         where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is null",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(silent.is_empty(), "{silent:?}");
}

/// Contoso and Fabrikam in a database that its owner migrated, and the service's role let in.
pub async fn world_of_two_roles() -> World {
    let database = with_two_roles().await;
    let owner = database.url_as(OWNER);
    migrate::migrate(&owner, Some(SERVICE)).await.unwrap();
    let world = World::on(database, &[("SSPR_WIZARD__RESEND_WAIT_SECONDS", "30")]).await;
    let node = world.node_at(&owner, false).await;
    people::make(&owner, node.app.keys.current(), &node.app.hashing).await.unwrap();
    world
}

#[tokio::test] // ASVS 13.2.2
async fn the_role_that_serves_can_do_everything_that_the_service_does() {
    let world = world_of_two_roles().await;
    let node = world.node_at(&world.database.url_as(SERVICE), true).await;
    let walk = Walk::new(&world, &node);
    assert_eq!(walk.client.get("/readyz").await.status, 200);
    let old = world.first_password(JOHN);
    assert!(walk.signs_in(JOHN, &old).await);
    assert!(!walk.signs_in(JOHN, NEW).await);

    // The wizard with both resends, a wrong code, and a wrong password.
    walk.start("nobody@contoso.com").await;
    walk.start(JOHN).await;
    world.mail_to(JOHN_MAIL).await;
    world.mail.take();
    world.execute("update reset_attempts set email_sent_at = now() - interval '2 minutes'").await;
    let again = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
    assert_eq!(again.location.as_deref(), Some("/reset/check-email?sent=again"));
    walk.open_link(&walk.link().await).await;
    walk.code().await;
    world.sms.take();
    world.execute("update reset_attempts set code_sent_at = now() - interval '2 minutes'").await;
    let again = walk.client.submit("/reset/security-code", "/reset/security-code/resend", &[]).await;
    assert_eq!(again.location.as_deref(), Some("/reset/security-code?sent=again"));
    let code = walk.code().await;
    let wrong = if code == "00000000" { "11111111" } else { "00000000" };
    assert_eq!(walk.type_code(wrong).await.status, 422);
    assert_eq!(walk.type_code(&code).await.location.as_deref(), Some("/reset/new-password"));
    assert_eq!(walk.set_password("short").await.status, 422);
    world.mail.take();
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    assert_eq!(walk.client.get("/reset/done").await.status, 200);

    // The account page, its password, and out.
    let client = Client::new(&node.url);
    let signed_in = client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", NEW)]).await;
    assert_eq!(signed_in.location.as_deref(), Some("/"), "{signed_in:?}");
    let newer = "a horse that is staple to no battery";
    let fields = [("current_password", NEW), ("new_password", newer), ("confirm_password", newer)];
    let changed = client.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(changed.status, 303, "{changed:?}");
    assert!(walk.signs_in(JOHN, newer).await);
    let out = client.submit("/account", "/sign-out", &[]).await;
    assert_eq!(out.status, 303, "{out:?}");

    // "This was not me", before and after.
    let notice = world
        .wait("the notice of the reset", || {
            world.mail.sent().into_iter().find(|mail| mail.to == JOHN_MAIL && mail.text.contains("/not-me/"))
        })
        .await;
    let notice = link_in(&notice.text);
    world.mail.take();
    walk.start("passwordadmin@contoso.com").await;
    let link = link_in(&world.mail_to("passwordadmin@fabrikam.com").await.text);
    let stop = link[link.find("/reset/email-link/").unwrap()..].replace("/reset/email-link/", "/not-me/");
    let stopped = client.submit(&stop, &stop, &[]).await;
    assert_eq!(stopped.location.as_deref(), Some("/not-me/done/ended"));
    let block = &notice[notice.find("/not-me/").unwrap()..];
    let blocked = client.submit(block, block, &[]).await;
    assert_eq!(blocked.location.as_deref(), Some("/not-me/done/blocked"));

    // Asking an administrator.
    let page = "/contact-administrator";
    let asked = client.submit(page, page, &[("user_id", "user@contoso.com")]).await;
    assert_eq!(asked.location.as_deref(), Some("/contact-administrator/sent"), "{asked:?}");
    world.mail_to("globaladmin@contoso.com").await;

    // Old rows go.
    world.execute("update reset_attempts set started_at = started_at - interval '31 days'").await;
    retention::forget_old(&node.app.pool).await.unwrap();
    assert_eq!(world.count("select count(*) from reset_attempts").await, 0);
    assert_eq!(world.count("select count(*) from outbox where state in ('gave_up', 'queued')").await, 0);
}

#[tokio::test] // ASVS 13.2.2, 16.4.2
async fn the_role_that_serves_can_change_neither_schema_nor_past() {
    let world = world_of_two_roles().await;
    let node = world.node_at(&world.database.url_as(SERVICE), false).await;
    Walk::new(&world, &node).start(JOHN).await;
    assert_eq!(world.count("select count(*) from audit_events").await, 1);
    let mut forbidden: Vec<String> = [
        "create table mine (n int)",
        "create function mine() returns int language sql as 'select 1'",
        "create schema mine",
        "alter table users add column mine text",
        "alter table users disable trigger all",
        "drop table outbox",
        "create index on users (display_name)",
        "update audit_events set outcome = 'nothing'",
        "delete from audit_events",
        "insert into audit_events (id, at, event, subject, actor, outcome) values (gen_random_uuid(), now(), 'x', 'x', 'x', 'x')",
        "update audit_seals set mac = sha256('x')",
        "delete from audit_seals",
        "insert into audit_seals values (9223372036854775807, gen_random_uuid(), 'k', sha256('x'), now())",
        "update audit_unsealed set event_id = gen_random_uuid()",
        "alter table audit_events disable trigger all",
        "drop trigger refuse_to_change_the_past on audit_events",
        "update installation set demo = true",
        "delete from installation",
        "insert into installation default values",
        "update _sqlx_migrations set success = false",
        "delete from _sqlx_migrations",
        "create or replace function take_budget(text, integer, interval) returns timestamptz language sql as 'select null'",
        "set session_replication_role = replica",
        "copy users to '/dev/null'",
        "create role mine superuser",
    ]
    .map(str::to_owned)
    .into();
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    forbidden.extend(tables.iter().map(|table| format!("truncate {table} cascade")));
    for sql in forbidden {
        let refused = sqlx::query(AssertSqlSafe(sql.clone())).execute(&node.app.pool).await;
        let Err(sqlx::Error::Database(answer)) = refused else { panic!("{sql}: {refused:?}") };
        // insufficient_privilege, in its three spellings: also "must be owner".
        assert_eq!(answer.code().as_deref(), Some("42501"), "{sql}: {answer}");
    }
    // And owns nothing.
    let owned = "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'sspr_service_of_tests'";
    assert_eq!(world.count(owned).await, 0);
    assert_eq!(world.count("select count(*) from audit_events").await, 1);
}

#[tokio::test] // ASVS 16.4.2
async fn a_role_that_was_given_too_much_still_changes_no_event_and_no_seal() {
    let world = world_of_two_roles().await;
    let node = world.node_at(&world.database.url_as(SERVICE), true).await;
    Walk::new(&world, &node).start(JOHN).await;
    for table in ["audit_events", "audit_seals"] {
        let grant = format!("grant all on {table} to {SERVICE}");
        sqlx::query(AssertSqlSafe(grant)).execute(&world.pool).await.unwrap();
        let column = if table == "audit_events" { "event" } else { "key_id" };
        for sql in [
            format!("update {table} set {column} = 'nothing'"),
            format!("update {table} set {column} = 'nothing' where false"),
            format!("delete from {table}"),
            format!("truncate {table}"),
        ] {
            // Neither the service nor anybody else but the owner: not even a superuser by mistake.
            for pool in [&node.app.pool, &world.pool] {
                let refused = sqlx::query(AssertSqlSafe(sql.clone())).execute(pool).await;
                let Err(sqlx::Error::Database(answer)) = refused else { panic!("{sql}: {refused:?}") };
                assert!(answer.message().ends_with("is only ever added to"), "{sql}: {answer}");
            }
        }
    }
    assert_eq!(world.count("select count(*) from audit_events").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // interfaces.md: 78 is the configuration's
async fn serving_refuses_a_schema_that_is_behind_a_demo_and_a_key_that_is_gone() {
    let (mail, sms) = (SmtpServer::start(serde_json::json!({})).await, TwilioServer::start().await);
    let key_file = std::env::temp_dir().join(format!("sspr-key-{}", sspr::random::id()));
    let settings = process::settings(&mail, &sms, &key_file);
    let serve = |url: String, settings: Vec<(&'static str, String)>| async move {
        let mut settings = settings;
        settings.push(("SSPR_DATABASE__URL", url));
        let output = tokio::task::spawn_blocking(move || process::sspr("serve", &settings).output().unwrap());
        let output = tokio::time::timeout(std::time::Duration::from_secs(30), output)
            .await
            .expect("it serves")
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let behind = empty().await;
    let (code, said) = serve(behind.url(), settings.clone()).await;
    assert!(code == Some(78) && said.contains("sspr migrate"), "{code:?} {said}");

    let world = World::new().await;
    let (code, said) = serve(world.database.url(), settings.clone()).await;
    assert!(code == Some(78) && said.contains("demo"), "{code:?} {said}");

    // A link is under way, made with another key than the one that is given now.
    world.execute("update installation set demo = false").await;
    let node = world.node_with_key(&world.database.url(), false, *b"the key that was current earlier").await;
    Walk::new(&world, &node).start(JOHN).await;
    let (code, said) = serve(world.database.url(), settings).await;
    assert!(code == Some(78) && said.contains(node.app.keys.current().id()), "{code:?} {said}");
    std::fs::remove_file(key_file).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_migrate_verb_migrates_as_owner_and_lets_the_service_in() {
    let database = with_two_roles().await;
    let service = [("SSPR_DATABASE__URL", database.url_as(SERVICE))];
    let denied = tokio::task::spawn_blocking(move || process::sspr("migrate", &service).output().unwrap());
    let denied = String::from_utf8(denied.await.unwrap().stderr).unwrap();
    assert!(denied.contains("permission denied") && denied.contains("database.owner_url"), "{denied}");
    let urls = [
        ("SSPR_DATABASE__OWNER_URL", database.url_as(OWNER)),
        ("SSPR_DATABASE__URL", database.url_as(SERVICE)),
    ];
    for expected in
        [format!("applied {} migrations\n", MIGRATIONS.iter().count()), "the schema is up to date\n".into()]
    {
        let urls = urls.clone();
        let output = tokio::task::spawn_blocking(move || process::sspr("migrate", &urls).output().unwrap())
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
    let service = PgPool::connect(&database.url_as(SERVICE)).await.unwrap();
    assert_eq!(migrate::check(&service).await.unwrap(), Schema::Current);
    let rows: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&service).await.unwrap();
    assert_eq!(rows, 0);
    service.close().await;
}
