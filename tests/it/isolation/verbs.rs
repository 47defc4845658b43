//! Every verb with a row or user ID of the other company.

use sspr::{
    admin::{
        NotDone, Refusal,
        companies::{self, Told},
        passwords::{self, Outcome},
        readiness,
        users::{self, FirstAccess, NewUser, UserChange},
    },
    domain::user::Role,
    store::companies::Change,
};

use super::{NAMES, Two};
use crate::{
    role_table::{Came, Deed, Stage, came},
    support::{rows::Rows, secrets::key},
};

#[tokio::test]
async fn a_person_of_another_company_is_nobody_for_every_verb_and_role() {
    let two = Two::new().await;
    let stage = &two.stage;
    for deed in Deed::ALL {
        for actor in ["boss", "manager", "desk"] {
            if deed.manages() && actor != "boss" {
                continue;
            }
            let by = two.witness(actor).await;
            for (target, _) in NAMES {
                let case = format!("{deed:?}: {actor} on their {target}");
                let target = two.their(target).await;
                deed.prepare(stage, target).await;
                let before = Rows::read(&stage.world.pool).await;
                let request = [Deed::AnswerRequest, Deed::RefuseRequest, Deed::ReopenRequest].contains(&deed);
                let refusal = if request { Refusal::NoRequest } else { Refusal::NoUser };
                assert_eq!(deed.run(stage, &by, target).await, Came::Refused(refusal), "{case}");
                let changes = before.changes(&Rows::read(&stage.world.pool).await);
                // That there was a batch is written down; of whom, not.
                let told = changes.keys().filter(|table| {
                    deed != Deed::Batch || !["reset_batches", "audit_events"].contains(*table)
                });
                assert_eq!(told.count(), 0, "{case}: {changes:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_user_id_of_another_company_is_answered_like_one_that_nobody_has() {
    let two = Two::new().await;
    let (pool, by) = (two.stage.pool(), two.boss().await);
    let change = UserChange { display_name: Some("Other"), ..UserChange::default() };
    for user_id in [
        "sam@fabrikam.com",
        "SAM@FABRIKAM.COM",
        "nobody@fabrikam.com",
        "nobody@contoso.com",
        "nobody@nowhere.example",
    ] {
        assert!(users::find(pool, &*by, user_id).await.unwrap().is_none(), "{user_id}");
        for came in [
            came(users::change(pool, &by, user_id, &change, None).await.map(drop)),
            came(users::preview(pool, &by, user_id, &change).await.map(drop)),
            came(users::block(pool, &by, user_id).await.map(drop)),
            came(users::unblock(pool, &by, user_id).await.map(drop)),
            came(users::delete(pool, &by, user_id).await.map(drop)),
            came(users::end_sessions(pool, &by, user_id).await.map(drop)),
            came(passwords::may_reset_now(pool, &*by, user_id).await.map(drop)),
        ] {
            assert_eq!(came, Came::Refused(Refusal::NoUser), "{user_id}");
        }
    }
    // Nobody is made there, whether the user ID is taken or not.
    for user_id in ["sam@fabrikam.com", "newcomer@fabrikam.com", "newcomer@nowhere.example"] {
        let new = NewUser {
            user_id,
            display_name: "New",
            role: Role::User,
            alternate_emails: &[],
            mobile_phone: None,
        };
        let made = users::create(pool, &by, &new, FirstAccess::None, None).await;
        assert_eq!(came(made.map(drop)), Came::Refused(Refusal::NoCompany), "{user_id}");
    }
}

#[tokio::test]
async fn the_settings_of_another_company_are_neither_seen_nor_changed() {
    let two = Two::new().await;
    let (pool, by) = (two.stage.pool(), two.boss().await);
    let before = Rows::read(&two.stage.world.pool).await;
    let change = Change {
        name: Some("Mine".into()),
        self_serve_password_reset_enabled: Some(false),
        ..Change::default()
    };
    for company in [two.theirs, sspr::random::id()] {
        // Also with the right version, and with none.
        for version in [None, Some(1), Some(99)] {
            let told = Told { version, reason: None };
            let changed = came(companies::change(pool, &by, company, &change, told).await.map(drop));
            let looked = came(companies::preview(pool, &by, company, &change, told).await.map(drop));
            assert_eq!(
                (changed, looked),
                (Came::Refused(Refusal::NoCompany), Came::Refused(Refusal::NoCompany))
            );
        }
    }
    assert_eq!(before.changes(&Rows::read(&two.stage.world.pool).await), [].into());
    assert_eq!(companies::own(pool, &by).await.unwrap().id, two.ours);
}

#[tokio::test]
async fn a_switch_of_one_company_leaves_the_other_as_it_is() {
    let two = Two::new().await;
    let (pool, budgets) = (two.stage.pool(), &two.stage.node.app.budgets);
    let theirs = two.stage.witness(two.their("boss").await).await.unwrap();
    let state = async || {
        let report = readiness::report(pool, &theirs, budgets).await.unwrap();
        let company = companies::own(pool, &theirs).await.unwrap();
        format!(
            "{report:?} {company:?} {:?}",
            companies::consequence(pool, &theirs.global().unwrap(), budgets, Some(14)).await
        )
    };
    let before = state().await;
    let change = Change {
        self_serve_password_reset_enabled: Some(false),
        unconfirmed_contact: Some("never".into()),
        password_min_length: Some(Some(40)),
        temporary_passwords_allowed: Some(false),
        password_expires_after_days: Some(Some(30)),
        ..Change::default()
    };
    let changes =
        companies::change(pool, &two.boss().await, two.ours, &change, Told::default()).await.unwrap();
    assert_eq!(changes.changes.len(), 5);
    assert_eq!(state().await, before);
    let target = two.their("sam").await;
    assert_eq!(Deed::Temporary.run(&two.stage, &theirs, target).await, Came::Done);
    let ours = two.our("sam").await;
    let refused = Deed::Temporary.run(&two.stage, &two.witness("boss").await, ours).await;
    assert_eq!(refused, Came::Refused(Refusal::TemporaryPasswordForbidden));
}

#[tokio::test]
async fn a_batch_of_another_company_is_neither_shown_nor_gone_on_with() {
    let two = Two::new().await;
    let (stage, pool, key) = (&two.stage, two.stage.pool(), key());
    let budgets = &stage.node.app.budgets;
    let theirs = stage.witness(two.their("boss").await).await.unwrap();
    let id = sspr::random::id();
    let people = [two.their("sam").await];
    passwords::batch(pool, &theirs, &key, id, &people, budgets).await.unwrap();
    assert!(passwords::result(pool, &theirs, id).await.unwrap().is_some());
    let before = Rows::read(&stage.world.pool).await;
    for actor in ["boss", "manager", "desk"] {
        let by = two.witness(actor).await;
        assert!(passwords::result(pool, &by, id).await.unwrap().is_none());
        // Not even with people of one's own company.
        let gone_on = passwords::batch(pool, &by, &key, id, &[two.our("sam").await], budgets).await;
        assert_eq!(came(gone_on.map(drop)), Came::Refused(Refusal::NoUser), "{actor}");
        let named = passwords::named(pool, &by, &[people[0], two.our("sam").await]).await.unwrap();
        assert_eq!(named.iter().map(|user| user.user_id.as_str()).collect::<Vec<_>>(), ["sam@contoso.com"]);
    }
    assert_eq!(before.changes(&Rows::read(&stage.world.pool).await), [].into());
}

#[tokio::test]
async fn a_batch_that_names_people_of_both_companies_reaches_only_ones_own_and_writes_nobody_else_down() {
    let two = Two::new().await;
    let (pool, key) = (two.stage.pool(), key());
    let budgets = &two.stage.node.app.budgets;
    let (by, id) = (two.witness("boss").await, sspr::random::id());
    let rows = [two.their("sam").await, two.our("sam").await, two.their("desk").await, sspr::random::id()];
    let outcomes = passwords::batch(pool, &by, &key, id, &rows, budgets).await.unwrap();
    let names: Vec<&str> = outcomes.iter().map(Outcome::as_str).collect();
    assert_eq!(names, ["no_user", "sent_email", "no_user", "no_user"]);
    let canaries = two.canaries().await;
    let result = passwords::result(pool, &by, id).await.unwrap().unwrap();
    Two::nothing_of(&canaries, &format!("{result:?}"), "the result");
    assert_eq!(two.stage.world.count("select count(*) from reset_batch_items").await, 1);

    // An operator's, of the company that is named.
    let typed: Vec<String> = ["sam@fabrikam.com", "sam@contoso.com", "no user id"].map(str::to_owned).into();
    let operator = Stage::operator();
    let outcomes = passwords::batch_of_operator(pool, &operator, two.ours, &key, &typed, budgets, |_, _| {})
        .await
        .unwrap();
    let names: Vec<&str> = outcomes.iter().map(Outcome::as_str).collect();
    assert_eq!(names, ["no_user", "sent_email", "no_user"]);
    let recipients: Vec<String> = sqlx::query_scalar("select distinct company_id::text from outbox")
        .fetch_all(&two.stage.world.pool)
        .await
        .unwrap();
    assert_eq!(recipients, [two.ours.to_string()]);
}

#[tokio::test]
async fn whether_someone_of_another_company_could_reset_is_told_to_nobody() {
    let two = Two::new().await;
    let (pool, budgets) = (two.stage.pool(), &two.stage.node.app.budgets);
    let their_boss = two.stage.witness(two.their("boss").await).await.unwrap();
    for (name, _) in NAMES {
        let user = users::find(pool, &their_boss, two.their(name).await).await.unwrap().unwrap();
        let told = readiness::of(pool, &two.witness("boss").await, &user, budgets).await;
        assert!(matches!(told, Err(NotDone::Refused(Refusal::NoUser))), "{told:?}");
        assert!(readiness::of(pool, &their_boss, &user, budgets).await.is_ok());
    }
}
