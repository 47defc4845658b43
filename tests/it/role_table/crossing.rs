//! Administrators who act at the same moment, on each other and on the same people.

use futures_util::future::join_all;
use sspr::{
    admin::{
        Administrator, Refusal,
        companies::{self, Told},
        passwords,
        users::{self, UserChange},
    },
    domain::user::Role,
    store::companies::Change,
};
use uuid::Uuid;

use super::{Came, Deed, Stage, deed::came};
use crate::support::secrets::key;

/// How often each is tried: two cores meet at the narrow place in most of these.
const ROUNDS: usize = 20;

/// So many global administrators, and nobody else of that role in the company who can sign in.
async fn administrators(stage: &Stage, people: usize) -> Vec<(Uuid, Administrator)> {
    stage.world.execute("update users set role = 'user' where role = 'global_administrator'").await;
    let mut all = Vec::new();
    for n in 0..people {
        let id = stage.person(&format!("boss{n}@contoso.com"), Role::GlobalAdministrator).await;
        all.push((id, stage.witness(id).await.unwrap()));
    }
    all
}

async fn demote_oneself(stage: &Stage, by: &Administrator) -> Came {
    let change = UserChange { role: Some(Role::User), ..UserChange::default() };
    came(users::change(stage.pool(), &by.global().unwrap(), by.id(), &change, None).await.map(drop))
}

#[tokio::test]
async fn two_administrators_who_shut_each_other_out_leave_one_of_them() {
    let stage = Stage::new().await;
    for round in 0..ROUNDS {
        for deed in [Deed::Block, Deed::ChangeRole, Deed::Delete] {
            let all = administrators(&stage, 2).await;
            let ((a, by_a), (b, by_b)) = (&all[0], &all[1]);
            let both = tokio::join!(deed.run(&stage, by_a, *b), deed.run(&stage, by_b, *a));
            assert_eq!(stage.able().await, 1, "{round}: {deed:?}: {both:?}");
            // The second is nobody any more who may do that.
            let (first, second) = both;
            let later = if first == Came::Done { second } else { first };
            assert_eq!(later, Came::Refused(Refusal::NotAllowed), "{round}: {deed:?}");
        }
    }
}

#[tokio::test]
async fn administrators_who_all_step_down_at_once_leave_one() {
    let stage = Stage::new().await;
    for round in 0..ROUNDS {
        let all = administrators(&stage, 4).await;
        let came = join_all(all.iter().map(|(_, by)| demote_oneself(&stage, by))).await;
        assert_eq!(stage.able().await, 1, "{round}: {came:?}");
        let refused = came.iter().filter(|came| **came == Came::Refused(Refusal::LastGlobalAdministrator));
        assert_eq!(refused.count(), 1, "{round}: {came:?}");
    }
}

#[tokio::test]
async fn one_who_steps_down_while_the_other_is_blocked_leaves_one() {
    let stage = Stage::new().await;
    for round in 0..ROUNDS {
        // A blocks B, B steps down for C's sake, C blocks A: in a ring, each with another's row.
        let all = administrators(&stage, 3).await;
        let ((a, by_a), (b, by_b), (_, by_c)) = (&all[0], &all[1], &all[2]);
        let came = tokio::join!(
            Deed::Block.run(&stage, by_a, *b),
            demote_oneself(&stage, by_b),
            Deed::Block.run(&stage, by_c, *a),
            demote_oneself(&stage, by_c),
        );
        assert!(stage.able().await >= 1, "{round}: {came:?}");
    }
}

#[tokio::test]
async fn the_last_administrator_is_not_shut_out_in_the_portal_but_can_be_at_the_shell() {
    let stage = Stage::new().await;
    let all = administrators(&stage, 2).await;
    let ((a, by_a), (b, _)) = (&all[0], &all[1]);
    // One who has no password, or is blocked, can't help anybody.
    for useless in [
        "update users set password_hash = null where id = '$1'",
        "update users set blocked_at = now(), blocked_because = 'not_me' where id = '$1'",
    ] {
        stage.person("boss1@contoso.com", Role::GlobalAdministrator).await;
        let b = stage.world.user("boss1@contoso.com").await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(useless.replace("$1", &b.to_string())))
            .execute(&stage.world.pool)
            .await
            .unwrap();
        assert_eq!(
            demote_oneself(&stage, by_a).await,
            Came::Refused(Refusal::LastGlobalAdministrator),
            "{useless}"
        );
    }
    assert_ne!(*b, Uuid::nil());
    assert_eq!(stage.able().await, 1);
    users::block(stage.pool(), &Stage::operator(), *a).await.unwrap();
    assert_eq!(stage.able().await, 0);
}

#[tokio::test]
async fn of_two_who_edit_the_same_user_one_wins_and_the_other_is_told() {
    let stage = Stage::new().await;
    let all = administrators(&stage, 2).await;
    for round in 0..ROUNDS {
        let target = stage.person("target@contoso.com", Role::User).await;
        let seen = users::find(stage.pool(), &all[0].1, target).await.unwrap().unwrap();
        let edit = async |by: &Administrator, name: &str, phone: Option<&str>| {
            let change = UserChange {
                display_name: Some(name),
                mobile_phone: phone.map(Some),
                version: Some(seen.version),
                ..UserChange::default()
            };
            came(users::change(stage.pool(), &by.global().unwrap(), target, &change, None).await.map(drop))
        };
        let (first, second) =
            tokio::join!(edit(&all[0].1, "Ann", None), edit(&all[1].1, "Ben", Some("425-555-0188")));
        let lost = Came::Refused(Refusal::ChangedMeanwhile);
        let (winner, loser) = if first == Came::Done { ("Ann", &second) } else { ("Ben", &first) };
        assert!(first == Came::Done || second == Came::Done, "{round}: {first:?} {second:?}");
        assert_eq!(*loser, lost, "{round}");
        let now = users::find(stage.pool(), &all[0].1, target).await.unwrap().unwrap();
        assert_eq!(now.display_name, winner, "{round}");
        // All of the one, nothing of the other.
        let phone = if winner == "Ann" { seen.mobile_phone } else { Some("+14255550188".to_owned()) };
        assert_eq!(now.mobile_phone, phone, "{round}: {now:?}");
    }
}

#[tokio::test]
async fn of_two_who_change_the_company_one_wins_and_the_other_is_told() {
    let stage = Stage::new().await;
    let all = administrators(&stage, 2).await;
    for round in 0..ROUNDS {
        let company = companies::own(stage.pool(), &all[0].1).await.unwrap();
        let edit = async |by: &Administrator, name: String| {
            let change = Change { name: Some(name), ..Change::default() };
            let told = Told { version: Some(company.version), reason: None };
            came(
                companies::change(stage.pool(), &by.global().unwrap(), company.id, &change, told)
                    .await
                    .map(drop),
            )
        };
        let (first, second) =
            tokio::join!(edit(&all[0].1, format!("A{round}")), edit(&all[1].1, format!("B{round}")));
        let lost = Came::Refused(Refusal::ChangedMeanwhile);
        assert!(
            (&first, &second) == (&Came::Done, &lost) || (&first, &second) == (&lost, &Came::Done),
            "{round}: {first:?} {second:?}"
        );
    }
}

/// A verb that the database broke off, because two waited for each other, would panic in `came`.
#[tokio::test]
async fn whatever_administrators_do_to_each_other_at_once_nobody_waits_for_ever() {
    let stage = Stage::new().await;
    for round in 0..ROUNDS {
        let all = administrators(&stage, 6).await;
        // Everybody does something to the next but one and to the one before, and so each row is wanted from both sides.
        let deeds = (0..all.len() * 3).map(|n| {
            let deed = Deed::ALL[sspr::random::bytes::<1>()[0] as usize % Deed::ALL.len()];
            let (_, by) = &all[n % all.len()];
            let (target, _) = all[(n * 5 + n / all.len() + 1) % all.len()];
            let stage = &stage;
            async move { (deed, deed.run(stage, by, target).await) }
        });
        let steps = all.iter().take(2).map(|(_, by)| demote_oneself(&stage, by));
        let (_, _) = tokio::join!(join_all(deeds), join_all(steps));
        assert!(stage.able().await >= 1, "{round}");
    }
}

#[tokio::test]
async fn shutting_out_and_editing_among_several_administrators_never_deadlocks() {
    let stage = Stage::new().await;
    for _ in 0..ROUNDS {
        let all = administrators(&stage, 5).await;
        // Each blocks the next: what keeps the last one looks at all of them, while others hold some.
        let ring = all.iter().enumerate().map(|(n, (_, by))| Deed::Block.run(&stage, by, all[(n + 1) % 5].0));
        let across =
            all.iter().enumerate().map(|(n, (_, by))| Deed::Rename.run(&stage, by, all[(n + 2) % 5].0));
        let down = all.iter().map(|(_, by)| demote_oneself(&stage, by));
        tokio::join!(join_all(ring), join_all(across), join_all(down));
        assert!(stage.able().await >= 1);
    }
}

#[tokio::test]
async fn a_batch_and_the_deletion_of_its_people_never_deadlock() {
    let stage = Stage::new().await;
    let all = administrators(&stage, 2).await;
    for _ in 0..ROUNDS {
        let mut people = Vec::new();
        for n in 0..6 {
            people.push(stage.person(&format!("one{n}@contoso.com"), Role::User).await);
        }
        let (key, budgets) = (key(), &stage.node.app.budgets);
        let batch = passwords::batch(stage.pool(), &all[0].1, &key, sspr::random::id(), &people, budgets);
        let deletions = join_all(people.iter().map(|one| Deed::Delete.run(&stage, &all[1].1, *one)));
        let (outcomes, deleted) = tokio::join!(batch, deletions);
        for outcome in outcomes.unwrap() {
            assert!(["sent_email", "no_user"].contains(&outcome.as_str()), "{outcome:?}");
        }
        assert!(deleted.iter().all(|came| *came == Came::Done), "{deleted:?}");
    }
}
