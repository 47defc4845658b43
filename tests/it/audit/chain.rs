//! `verify` finds whatever was done to the log behind the service's back.

use sspr::domain::audit::chain::NAMED;

use super::*;

#[tokio::test]
async fn an_untouched_log_is_whole_and_what_waits_is_counted_and_named() {
    let mut log = Log::sealed(30).await;
    let Verified { report, end } = log.verified(&keys(), &[log.head().await]).await;
    assert_eq!((report.good, report.faults, report.unsealed), (30, 0, 0));
    assert_eq!(end, Some(log.head().await));
    let waiting = log.add(NAMED + 5).await;
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.unsealed), (30, 0, 25));
    assert_eq!(report.first_unsealed, waiting[..NAMED]);
    log.seal().await;
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.unsealed), (55, 0, 0));
}

#[tokio::test]
async fn an_edit_of_any_column_of_an_event_is_found() {
    let log = Log::sealed(5).await;
    log.keep().await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select column_name::text, data_type::text, is_nullable::text from information_schema.columns
         where table_schema = 'public' and table_name = 'audit_events'",
    )
    .fetch_all(&log.world.pool)
    .await
    .unwrap();
    assert!(columns.len() >= 11, "{columns:?}");
    let event = log.at(3).await;
    for (column, kind, nullable) in columns {
        let mut edits = match kind.as_str() {
            "uuid" => vec!["gen_random_uuid()".to_owned()],
            "timestamp with time zone" => {
                vec![format!("{column} + interval '1 microsecond'"), "'infinity'".to_owned()]
            }
            "text" => vec![format!("coalesce({column}, '') || 'x'"), "''".to_owned()],
            "jsonb" => vec!["'{}'".to_owned(), format!("{column} || '{{\"Role\": 1.0}}'")],
            other => panic!("{column} is of a type that no edit is known for: {other}"),
        };
        if nullable == "YES" && column != "attempt_id" {
            edits.push("null".to_owned());
        }
        for edit in edits {
            log.tamper(&format!("update audit_events set {column} = {edit} where id = '{event}'")).await;
            let found = log.faults(&[]).await;
            if column == "id" {
                assert_eq!(found.len(), 2, "{found:?}");
                assert_eq!(found[0], Fault::EventGone { seq: 3, event });
                assert!(matches!(found[1], Fault::NeverSealed { .. }), "{found:?}");
            } else {
                assert_eq!(found, [Fault::Differs { seq: 3, event }], "{column} = {edit}");
            }
            log.back().await;
        }
    }
    assert_eq!(log.faults(&[]).await, []);
}

#[tokio::test]
async fn an_event_whose_columns_were_emptied_against_the_schema_is_found_and_stops_nothing() {
    let log = Log::sealed(5).await;
    log.tamper(
        "alter table audit_events alter subject drop not null, alter at drop not null, alter details drop not null;
         update audit_events set subject = null, at = null, details = null where id = (select event_id from audit_seals where seq = 2)",
    )
    .await;
    assert_eq!(log.faults(&[]).await, [log.differs(2).await]);
}

#[tokio::test]
async fn an_edit_of_any_column_of_a_seal_is_found() {
    let log = Log::sealed(5).await;
    log.keep().await;
    for edit in [
        "seq = 9",
        "seq = 100",
        "event_id = gen_random_uuid()",
        "key_id = 'none'",
        "mac = sha256('x')",
        "mac = set_byte(mac, 31, get_byte(mac, 31) # 1)",
        "sealed_at = sealed_at + interval '1 microsecond'",
        "sealed_at = 'infinity'",
    ] {
        log.tamper(&format!("update audit_seals set {edit} where seq = 3")).await;
        let found = log.faults(&[]).await;
        assert!(!found.is_empty(), "{edit}");
        log.back().await;
        assert_eq!(log.faults(&[]).await, []);
    }
}

#[tokio::test]
async fn a_removed_event_is_named_wherever_it_stood() {
    let log = Log::sealed(5).await;
    log.keep().await;
    for seq in [1, 3, 5] {
        let event = log.at(seq).await;
        log.tamper(&format!("delete from audit_events where id = '{event}'")).await;
        assert_eq!(log.faults(&[]).await, [Fault::EventGone { seq, event }]);
        log.back().await;
    }
}

#[tokio::test]
async fn a_removed_seal_is_named_and_so_is_the_event_that_lost_it() {
    let log = Log::sealed(5).await;
    log.keep().await;
    for seq in [1, 3, 5] {
        let event = log.at(seq).await;
        log.tamper(&format!("delete from audit_seals where seq = {seq}")).await;
        let found = log.faults(&[]).await;
        assert!(found.contains(&Fault::NeverSealed { event }), "{found:?}");
        // At the end of the chain nothing else misses it.
        assert_eq!(found.contains(&Fault::SealsGone { from: seq, to: seq }), seq < 5, "{found:?}");
        log.back().await;
        // With its event, in the middle.
        log.tamper(&format!(
            "delete from audit_seals where seq = {seq}; delete from audit_events where id = '{event}'"
        ))
        .await;
        let found = log.faults(&[]).await;
        assert_eq!(found == [Fault::SealsGone { from: seq, to: seq }], seq < 5, "{found:?}");
        log.back().await;
    }
}

#[tokio::test]
async fn swapped_events_and_swapped_seals_are_found() {
    let log = Log::sealed(5).await;
    log.keep().await;
    let (second, fourth) = (log.at(2).await, log.at(4).await);
    let swap = |table: &str, column: &str, one: &str, other: &str| {
        format!(
            "update {table} set {column} = 'ffffffff-ffff-ffff-ffff-ffffffffffff' where {one};
             update {table} set {column} = '{second}' where {other};
             update {table} set {column} = '{fourth}' where {column} = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
        )
    };
    for sql in [
        // What happened to one is told of the other.
        swap("audit_events", "id", &format!("id = '{second}'"), &format!("id = '{fourth}'")),
        // The order is another.
        swap("audit_seals", "event_id", "seq = 2", "seq = 4"),
    ] {
        log.tamper(&sql).await;
        let found = log.faults(&[]).await;
        assert_eq!(found, [log.differs(2).await, log.differs(4).await]);
        log.back().await;
    }
    log.tamper(
        "update audit_seals set seq = 99 where seq = 2; update audit_seals set seq = 2 where seq = 4;
         update audit_seals set seq = 4 where seq = 99",
    )
    .await;
    let found = log.faults(&[]).await;
    let moved = [log.differs(2).await, log.differs(3).await, log.differs(4).await, log.differs(5).await];
    assert_eq!(found, moved);
}

#[tokio::test]
async fn a_forged_tail_is_found_with_seals_without_and_under_another_key() {
    let log = Log::sealed(5).await;
    log.keep().await;
    let forge = |seals: &str| {
        format!(
            "insert into audit_events (id, event, subject, actor, outcome)
             select ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'user_changed', 'x', 'operator:ann', 'done' from generate_series(0, 2) n;
             {seals}"
        )
    };
    // The nil id too: it hides from no look that goes by ids.
    log.tamper(&forge("")).await;
    let never: Vec<Fault> = (0..3).map(|n| Fault::NeverSealed { event: Uuid::from_u128(n) }).collect();
    assert_eq!(log.faults(&[]).await, never);
    log.back().await;

    let seals = "insert into audit_seals (seq, event_id, key_id, mac, sealed_at)
                 select 6 + n, ('00000000-0000-0000-0000-00000000000' || n)::uuid, key_id, sha256(mac), now()
                 from generate_series(0, 2) n, audit_seals where seq = 5";
    log.tamper(&forge(seals)).await;
    let differs: Vec<Fault> = (0..3)
        .map(|n| Fault::Differs { seq: 6 + n, event: Uuid::from_u128(n.unsigned_abs().into()) })
        .collect();
    assert_eq!(log.faults(&[]).await, differs);
    log.back().await;

    // A whole service with a key of its own, which names itself or ours.
    let other = Keys::new(Key::new(vec![9; 32]).unwrap(), Vec::new());
    log.add(2).await;
    Sealer::new(log.world.pool.clone(), &other).look(false).await.unwrap();
    let id = other.current().id().to_owned();
    let unknown = [6, 7].map(|seq| Fault::UnknownKey { seq, key_id: id.clone() });
    assert_eq!(log.faults(&[]).await, unknown);
    log.tamper(&format!("update audit_seals set key_id = '{}' where seq > 5", keys().current().id())).await;
    assert_eq!(log.faults(&[]).await, [log.differs(6).await, log.differs(7).await]);
}

#[tokio::test]
async fn a_seal_at_no_place_of_the_chain_covers_no_event() {
    let log = Log::sealed(3).await;
    log.tamper(
        "alter table audit_seals drop constraint audit_seals_seq_check;
         insert into audit_events (id, event, subject, actor, outcome)
         values ('00000000-0000-0000-0000-000000000001', 'user_changed', 'x', 'operator:ann', 'done');
         insert into audit_seals select -5, '00000000-0000-0000-0000-000000000001', key_id, mac, sealed_at from audit_seals where seq = 3",
    )
    .await;
    assert_eq!(log.faults(&[]).await, [Fault::NeverSealed { event: Uuid::from_u128(1) }]);
}

#[tokio::test]
async fn a_cut_tail_shows_against_a_checkpoint_and_so_does_one_that_grew_again() {
    let mut log = Log::sealed(5).await;
    let kept = log.head().await;
    log.tamper(
        "delete from audit_events where id in (select event_id from audit_seals where seq > 3); delete from audit_seals where seq > 3",
    )
    .await;
    // Nothing inside the database can tell: that is what checkpoints are for.
    assert_eq!(log.faults(&[]).await, []);
    assert_eq!(log.faults(&[kept]).await, [Fault::TailCut { checkpoint: 5, end: 3 }]);
    log.add(4).await;
    log.seal().await;
    assert_eq!(log.faults(&[]).await, []);
    assert_eq!(log.faults(&[kept]).await, [Fault::Rewritten { checkpoint: 5 }]);
    assert_eq!(log.faults(&[log.head().await]).await, []);
    // Nor can the whole log be emptied.
    log.tamper("delete from audit_events; delete from audit_seals").await;
    assert_eq!(log.faults(&[kept]).await, [Fault::TailCut { checkpoint: 5, end: 0 }]);
}

#[tokio::test]
async fn an_event_that_somebody_dated_back_before_it_was_sealed_is_named() {
    let mut log = Log::sealed(2).await;
    let added = log.add(3).await;
    for (event, at) in added.iter().zip([
        "now() - interval '9 minutes'",
        "now() - interval '11 minutes'",
        "now() + interval '1 day'",
    ]) {
        log.tamper(&format!("update audit_events set at = {at} where id = '{event}'")).await;
    }
    log.seal().await;
    let report = log.verified(&keys(), &[]).await.report;
    // A seal can't tell; its own time can.
    assert_eq!((report.faults, report.good, report.dated), (0, 5, 2));
    assert_eq!(report.first_dated, added[1..]);
}

#[tokio::test]
async fn what_was_removed_before_it_was_sealed_is_missed_and_what_left_the_queue_unsealed_is_named() {
    let log = Log::sealed(2).await;
    let added = log.add(2).await;
    log.tamper(&format!("delete from audit_events where id = '{}'", added[0])).await;
    assert_eq!(log.faults(&[]).await, [Fault::GoneUnsealed { event: added[0] }]);
    log.tamper(&format!("delete from audit_unsealed where event_id = '{}'", added[1])).await;
    assert_eq!(
        log.faults(&[]).await,
        [Fault::NeverSealed { event: added[1] }, Fault::GoneUnsealed { event: added[0] }]
    );
}

#[tokio::test]
async fn the_chain_goes_on_under_a_new_key_and_needs_the_old_one_for_what_is_old() {
    let mut log = Log::sealed(3).await;
    let newer = Key::new(vec![9; 32]).unwrap();
    let old = keys().current().clone();
    let both = Keys::new(newer.clone(), vec![old.clone()]);
    log.sealer = Sealer::new(log.world.pool.clone(), &both);
    log.add(3).await;
    log.seal().await;
    assert_eq!(log.verified(&both, &[]).await.report.good, 6);
    assert_eq!(log.verified(&both, &[]).await.report.faults, 0);
    let report = log.verified(&Keys::new(newer, Vec::new()), &[]).await.report;
    assert_eq!((report.good, report.faults), (3, 3));
    assert_eq!(report.first_faults[0], Fault::UnknownKey { seq: 1, key_id: old.id().to_owned() });
}

#[tokio::test]
async fn more_than_one_batch_is_looked_at_and_a_thousand_faults_are_counted() {
    let mut log = Log::sealed(1).await;
    let many = "insert into audit_events (id, event, subject, actor, outcome)
                select gen_random_uuid(), 'signed_in', 'a@contoso.com', 'a@contoso.com', 'done' from generate_series(1, 2500)";
    log.world.execute(many).await;
    log.seal().await;
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.unsealed), (2501, 0, 0));
    log.tamper("update audit_events set outcome = 'x' where event = 'signed_in'").await;
    let report = log.verified(&keys(), &[]).await.report;
    assert_eq!((report.good, report.faults, report.first_faults.len()), (1, 2500, NAMED));
    // And each kind beyond the first batch.
    log.tamper("delete from audit_seals; delete from audit_unsealed").await;
    assert_eq!(log.verified(&keys(), &[]).await.report.faults, 2501);
    log.tamper("insert into audit_unsealed select id from audit_events; delete from audit_events").await;
    assert_eq!(log.verified(&keys(), &[]).await.report.faults, 2501);
}
