//! What changes between the page and the verb, and while the verb waits: what holds is how things stand when it is done.

use sqlx::AssertSqlSafe;
use sspr::{
    admin::{NotDone, Refusal, passwords},
    domain::user::Role,
};
use uuid::Uuid;

use super::{
    Came, Deed, Stage,
    deed::came,
    matrix::NOTES,
    stage::{ACTOR, TARGET},
};
use crate::support::rows::Rows;

/// What somebody else does in between, with `$1` in place of the person.
const BLOCKED: &str = "update users set blocked_at = now(), blocked_because = 'not_me' where id = '$1'";
const GONE: &str = "delete from users where id = '$1'";
const PROMOTED: &str = "update users set role = 'global_administrator' where id = '$1'";
const DEMOTED: &str = "update users set role = 'billing_administrator' where id = '$1'";

fn about(sql: &str, person: Uuid) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql.replace("$1", &person.to_string()))
}

#[tokio::test] // V-35
async fn whoever_was_blocked_or_deleted_since_the_page_was_opened_does_nothing_any_more() {
    let stage = Stage::new().await;
    for deed in Deed::ALL {
        for happened in [BLOCKED, GONE] {
            let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
            let target = stage.person(TARGET, Role::User).await;
            deed.prepare(&stage, target).await;
            let by = stage.witness(actor).await.unwrap();
            sqlx::raw_sql(about(happened, actor)).execute(&stage.world.pool).await.unwrap();
            let before = Rows::read(&stage.world.pool).await;
            assert_eq!(
                deed.run(&stage, &by, target).await,
                Came::Refused(Refusal::NotAllowed),
                "{deed:?}: {happened}"
            );
            assert_eq!(
                before.changes(&Rows::read(&stage.world.pool).await),
                [].into(),
                "{deed:?}: {happened}"
            );
        }
    }
}

/// Somebody else's transaction holds a person; the verb begins and waits; then the other commits.
async fn while_it_waits(
    stage: &Stage,
    deed: Deed,
    actor: Uuid,
    target: Uuid,
    held: (&str, Uuid),
) -> (Came, Rows) {
    let by = stage.witness(actor).await.unwrap();
    let mut other = sspr::store::begin(&stage.world.pool).await.unwrap();
    sqlx::raw_sql(about(held.0, held.1)).execute(&mut *other).await.unwrap();
    let verb = deed.run(stage, &by, target);
    let then = async {
        stage.waiting(1).await;
        other.commit().await.unwrap();
        Rows::read(&stage.world.pool).await
    };
    tokio::join!(verb, then)
}

#[tokio::test] // V-35
async fn a_verb_that_waited_for_its_actor_or_target_looks_again_before_it_does_anything() {
    let stage = Stage::new().await;
    for deed in Deed::ALL {
        let role = if deed.manages() { Role::GlobalAdministrator } else { Role::PasswordAdministrator };
        for (whose, happened, refusal) in [
            ("actor", DEMOTED, Refusal::NotAllowed),
            ("actor", BLOCKED, Refusal::NotAllowed),
            ("actor", GONE, Refusal::NotAllowed),
            ("target", GONE, Refusal::NoUser),
            ("target", PROMOTED, Refusal::NotAllowed),
        ] {
            if deed.manages() && happened == PROMOTED {
                continue;
            }
            let actor = stage.person(ACTOR, role).await;
            let target = stage.person(TARGET, Role::User).await;
            deed.prepare(&stage, target).await;
            let held = if whose == "actor" { actor } else { target };
            let case = format!("{deed:?}: {whose}: {happened}");
            let (came, before) = while_it_waits(&stage, deed, actor, target, (happened, held)).await;
            assert_eq!(came, Came::Refused(refusal), "{case}");
            let changes = before.changes(&Rows::read(&stage.world.pool).await);
            let told = changes.keys().filter(|table| deed != Deed::Batch || !NOTES.contains(table));
            assert_eq!(told.count(), 0, "{case}: {changes:?}");
        }
    }
}

#[tokio::test] // V-35
async fn a_password_that_was_hashed_meanwhile_is_not_set_for_whom_the_actor_may_not_reset_by_then() {
    let stage = Stage::new().await;
    for (whose, happened, refusal) in [
        ("actor", DEMOTED, Refusal::NotAllowed),
        ("actor", BLOCKED, Refusal::NotAllowed),
        ("target", PROMOTED, Refusal::NotAllowed),
        ("target", BLOCKED, Refusal::Blocked),
        ("target", GONE, Refusal::NoUser),
    ] {
        let actor = stage.person(ACTOR, Role::PasswordAdministrator).await;
        let target = stage.person(TARGET, Role::User).await;
        let by = stage.witness(actor).await.unwrap();
        let person = if whose == "actor" { actor } else { target };
        // Between the look at both and the hash, the company's rules are read: there it is held.
        let mut other = sspr::store::begin(&stage.world.pool).await.unwrap();
        sqlx::query("lock table company_domains in access exclusive mode")
            .execute(&mut *other)
            .await
            .unwrap();
        let rules = stage.rules();
        let verb = async {
            let done: Result<_, NotDone> = passwords::temporary(stage.pool(), &by, target, &rules).await;
            came(done.map(drop))
        };
        let then = async {
            stage.waiting(1).await;
            sqlx::raw_sql(about(happened, person)).execute(&mut *other).await.unwrap();
            other.commit().await.unwrap();
            Rows::read(&stage.world.pool).await
        };
        let (came, before) = tokio::join!(verb, then);
        assert_eq!(came, Came::Refused(refusal), "{whose}: {happened}");
        assert_eq!(before.changes(&Rows::read(&stage.world.pool).await), [].into(), "{whose}: {happened}");
    }
}

#[tokio::test]
async fn a_password_that_was_hashed_meanwhile_is_not_shown_where_the_company_forbids_it_by_then() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::PasswordAdministrator).await;
    let target = stage.person(TARGET, Role::User).await;
    let by = stage.witness(actor).await.unwrap();
    let rules = stage.rules();
    // It is held before it reads the company, then, with the hash made, before it sets the password.
    let mut first = sspr::store::begin(&stage.world.pool).await.unwrap();
    sqlx::query("lock table company_domains in access exclusive mode").execute(&mut *first).await.unwrap();
    let verb = async { came(passwords::temporary(stage.pool(), &by, target, &rules).await.map(drop)) };
    let then = async {
        stage.waiting(1).await;
        let mut second = sspr::store::begin(&stage.world.pool).await.unwrap();
        sqlx::query("select from users where id = $1 for update")
            .bind(target)
            .execute(&mut *second)
            .await
            .unwrap();
        first.commit().await.unwrap();
        stage.waiting_for_a_row().await;
        stage.world.execute("update companies set temporary_passwords_allowed = false").await;
        second.commit().await.unwrap();
        Rows::read(&stage.world.pool).await
    };
    let (came, before) = tokio::join!(verb, then);
    assert_eq!(came, Came::Refused(Refusal::TemporaryPasswordForbidden));
    assert_eq!(before.changes(&Rows::read(&stage.world.pool).await), [].into());
}

#[tokio::test]
async fn a_batch_goes_on_past_those_who_were_deleted_or_promoted_meanwhile() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::PasswordAdministrator).await;
    let by = stage.witness(actor).await.unwrap();
    let mut people = Vec::new();
    for n in 0..3 {
        people.push(stage.person(&format!("one{n}@contoso.com"), Role::User).await);
    }
    let mut other = sspr::store::begin(&stage.world.pool).await.unwrap();
    sqlx::raw_sql(about(GONE, people[0])).execute(&mut *other).await.unwrap();
    sqlx::raw_sql(about(PROMOTED, people[1])).execute(&mut *other).await.unwrap();
    let (key, id) = (crate::support::secrets::key(), sspr::random::id());
    let budgets = &stage.node.app.budgets;
    let verb = passwords::batch(stage.pool(), &by, &key, id, &people, budgets);
    let then = async {
        stage.waiting(1).await;
        other.commit().await.unwrap();
    };
    let (outcomes, ()) = tokio::join!(verb, then);
    let names: Vec<&str> = outcomes.as_ref().unwrap().iter().map(passwords::Outcome::as_str).collect();
    assert_eq!(names, ["no_user", "not_allowed", "sent_email"]);
    let result = passwords::result(stage.pool(), &by, id).await.unwrap().unwrap();
    assert!(result.items.iter().any(|item| item.outcome == "sent_email"), "{result:?}");
    assert_eq!(stage.world.count("select count(*) from outbox").await, 1);
}
