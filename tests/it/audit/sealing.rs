//! Sealing is complete whoever commits when, however many nodes seal, and however one dies.

use sqlx::{Connection as _, Row as _};
use sspr::store;

use super::*;
use crate::support::{
    client::Client,
    http_server::TwilioServer,
    process::{HOST, Service},
    proxy::{At, Moment, Proxy},
    smtp_server::SmtpServer,
    walk::{JOHN, Walk},
};

#[tokio::test]
async fn an_event_that_is_committed_after_later_ones_is_sealed_all_the_same() {
    let mut log = Log::sealed(0).await;
    let mut late = store::begin(&log.world.pool).await.unwrap();
    sqlx::query("insert into audit_events (id, event, subject, actor, outcome) values ($1, 'x', 'early', 'x', 'done')")
        .bind(sspr::random::id())
        .execute(&mut *late)
        .await
        .unwrap();
    log.add(3).await;
    log.seal().await;
    assert_eq!(log.head().await.seq, 3);
    late.commit().await.unwrap();
    assert_eq!(log.verified(&keys(), &[]).await.report.unsealed, 1);
    log.seal().await;
    assert_eq!(log.head().await.seq, 4);
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.unsealed), (4, 0, 0));
}

#[tokio::test]
async fn what_is_rolled_back_is_neither_recorded_nor_queued() {
    let mut log = Log::sealed(1).await;
    let mut tx = store::begin(&log.world.pool).await.unwrap();
    sqlx::query(
        "insert into audit_events (id, event, subject, actor, outcome) values ($1, 'x', 'x', 'x', 'done')",
    )
    .bind(sspr::random::id())
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    log.seal().await;
    assert_eq!(log.head().await.seq, 1);
    assert_eq!(log.world.count("select count(*) from audit_unsealed").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_seal_at_once_make_one_chain() {
    let log = Log::sealed(0).await;
    let node = log.world.node_without_workers().await;
    let others: Vec<_> = (0..2)
        .map(|_| {
            let mut sealer = Sealer::new(node.app.pool.clone(), &keys());
            tokio::spawn(async move {
                for _ in 0..200 {
                    sealer.look(false).await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..20 {
        log.add(10).await;
    }
    for other in others {
        other.await.unwrap();
    }
    Sealer::new(node.app.pool.clone(), &keys()).look(false).await.unwrap();
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.unsealed), (200, 0, 0));
}

#[tokio::test]
async fn while_one_node_seals_another_leaves_it_alone() {
    let mut log = Log::sealed(1).await;
    log.add(2).await;
    let mut tx = store::begin(&log.world.pool).await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(hashtext('sspr audit chain'))")
        .execute(&mut *tx)
        .await
        .unwrap();
    log.seal().await;
    assert_eq!(log.head().await.seq, 1);
    // Dead or done: its lock goes with its transaction.
    tx.rollback().await.unwrap();
    log.seal().await;
    assert_eq!(log.head().await.seq, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealer_that_dies_at_any_message_leaves_a_whole_chain_and_forgets_nothing() {
    let mut log = Log::sealed(2).await;
    let proxy = Proxy::to(&log.world.database.url()).await;
    let limits = store::connect::Limits::default();
    let mut expected = 2;
    let mut cuts = 0;
    for moment in [Moment::Before, Moment::After] {
        for message in 0.. {
            log.add(3).await;
            expected += 3;
            let pool = store::connect::pool(proxy.url(), &limits).unwrap();
            pool.acquire().await.unwrap();
            proxy.arm(At::Message(message), moment, None);
            let outcome = Sealer::new(pool.clone(), &keys()).look(false).await;
            let tripped = proxy.tripped();
            assert!(tripped || outcome.is_ok(), "{outcome:?}");
            proxy.refuse();
            proxy.gone().await;
            proxy.mend();
            let when = format!("{moment:?} message {message}");
            let report = log.verified(&keys(), &[]).await.report;
            assert_eq!(report.faults, 0, "{when}: {report:?}");
            assert_eq!(report.good + report.unsealed, expected, "{when}");
            // Another node takes over.
            log.seal().await;
            let report = log.verified(&keys(), &[]).await.report;
            assert_eq!((report.good, report.faults, report.unsealed), (expected, 0, 0), "{when}");
            if !tripped {
                break;
            }
            cuts += 1;
        }
    }
    assert!(cuts > 20, "only {cuts} cuts");
}

#[tokio::test]
async fn an_event_queued_a_second_time_is_sealed_once_and_one_that_is_gone_stops_nothing() {
    let mut log = Log::sealed(3).await;
    log.tamper(
        "insert into audit_unsealed select event_id from audit_seals; insert into audit_unsealed values ('00000000-0000-0000-0000-000000000000')",
    )
    .await;
    log.add(2).await;
    log.seal().await;
    assert_eq!(log.head().await.seq, 5);
    assert_eq!(log.faults(&[]).await, [Fault::GoneUnsealed { event: Uuid::nil() }]);
}

#[tokio::test]
async fn everything_that_was_recorded_before_there_was_a_chain_is_its_beginning() {
    let database = crate::support::database::copy_of("template_of_nothing", async |_| {}).await;
    let mut connection = sqlx::PgConnection::connect(&database.url()).await.unwrap();
    for migration in store::migrate::MIGRATIONS.iter() {
        if migration.description == "audit chain" {
            let event = "insert into audit_events (id, event, subject, actor, outcome) values (gen_random_uuid(), 'x', 'x', 'x', 'done')";
            sqlx::query(event).execute(&mut connection).await.unwrap();
        }
        sqlx::raw_sql(migration.sql.clone()).execute(&mut connection).await.unwrap();
    }
    let waiting: i64 =
        sqlx::query("select count(*) from audit_unsealed").fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(waiting, 1);
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_seals_what_it_does_and_its_log_has_the_checkpoint_of_the_very_end() {
    let world = World::new().await;
    world.execute("update installation set demo = false").await;
    let (mail, sms) = (SmtpServer::start(json!({})).await, TwilioServer::start().await);
    let service = Service::start(&world.database.url(), &mail, &sms).await;
    let client = Client::new(&service.url);
    client.header("host", HOST);
    let wrong = [("user_id", JOHN), ("password", "not it")];
    assert_eq!(client.submit("/sign-in", "/sign-in", &wrong).await.status, 422);
    let mut sealed = 0;
    for _ in 0..1000 {
        sealed = world.count("select count(*) from audit_seals").await;
        if sealed > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(sealed, 1, "it seals by itself");
    assert_eq!(client.submit("/sign-in", "/sign-in", &wrong).await.status, 422);
    service.terminate();
    assert!(service.end().await.success());
    let log: Vec<String> = service.log().iter().map(ToString::to_string).collect();
    let checkpoints: Vec<Checkpoint> = log.iter().filter_map(|line| Checkpoint::in_log_line(line)).collect();
    let head = seals::head(&world.pool).await.unwrap();
    assert_eq!(checkpoints.last(), Some(&head), "{log:?}");
    assert_eq!(head.seq, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_seals_nothing_in_a_database_that_is_not_known_and_everything_at_its_end() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let log = Log::sealed(0).await;
    log.add(2).await;
    let ready = std::sync::Arc::new(AtomicBool::new(false));
    let stop = tokio_util::sync::CancellationToken::new();
    let known = ready.clone();
    let keys = std::sync::Arc::new(keys());
    let running = tokio::spawn(sspr::sealer::run(
        log.world.pool.clone(),
        keys.clone(),
        move || known.load(Ordering::Relaxed),
        stop.clone(),
    ));
    stop.cancel();
    running.await.unwrap();
    assert_eq!(log.head().await.seq, 0, "not known: nothing is written");
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    sspr::sealer::run(log.world.pool.clone(), keys, || true, stop).await;
    assert_eq!(log.head().await.seq, 2, "the last look seals what is left");
}

#[tokio::test]
async fn every_event_of_a_whole_reset_is_sealed() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(crate::support::walk::NEW).await;
    let events = world.count("select count(*) from audit_events").await;
    assert!(events >= 4, "{events}");
    for _ in 0..1000 {
        if world.count("select count(*) from audit_unsealed").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(
        world.count("select count(*) from audit_seals s join audit_events e on e.id = s.event_id").await,
        events
    );
    let by = Operator::at_the_shell("ann");
    let report = verify(&world.pool, &by, &ChainKey::all(&keys()), &[]).await.unwrap().report;
    assert_eq!((report.good, report.faults), (events.unsigned_abs(), 0));
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Page(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_checkpoint_is_told_when_there_is_something_new_and_a_chain_that_changed_behind_it_is_an_error() {
    let page = Page::default();
    let writer = page.clone();
    let subscriber =
        tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let sealer = Sealer::new(world.pool.clone(), &keys());
    let mut log = Log { world, sealer };
    let told =
        |lines: &[String]| lines.iter().filter_map(|line| Checkpoint::in_log_line(line)).collect::<Vec<_>>();

    log.sealer.look(true).await.unwrap();
    assert_eq!(told(&page.take()), [], "of an empty chain there is nothing to tell");
    log.add(2).await;
    log.sealer.look(false).await.unwrap();
    assert_eq!(told(&page.take()), []);
    log.sealer.look(true).await.unwrap();
    let first = log.head().await;
    assert_eq!(told(&page.take()), [first]);
    log.sealer.look(true).await.unwrap();
    assert_eq!(told(&page.take()), [], "nothing new");

    // The tail is cut and grows again.
    log.tamper("delete from audit_seals where seq = 2").await;
    log.add(1).await;
    log.sealer.look(true).await.unwrap();
    let lines = page.take();
    assert!(
        lines.iter().any(|line| line.contains("\"ERROR\"") && line.contains("the audit chain is not")),
        "{lines:?}"
    );
    assert_eq!(told(&lines), [log.head().await]);
    assert!(log.faults(&[first]).await.contains(&Fault::Rewritten { checkpoint: 2 }));
}
