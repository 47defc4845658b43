//! Each verb × the role that the actor has × the role that the target has.

use sspr::{
    admin::{
        Refusal, companies,
        companies::Told,
        requests,
        users::{self, FirstAccess, NewUser},
    },
    domain::user::{Right, Role, has_right, may_reset},
    store::companies::Change,
};

use super::{
    Came, Deed, Stage,
    deed::came,
    stage::{ACTOR, TARGET},
};
use crate::support::rows::Rows;

/// The witness is always a global administrator's: so what is asked is the role as it stands when the verb begins, and a witness
/// that was made before the role was taken away opens nothing.
#[tokio::test]
async fn each_verb_is_done_exactly_where_the_role_table_says_and_changes_nothing_elsewhere() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let by = stage.global(actor).await;
    let (mut done, mut refused) = (0, 0);
    for deed in Deed::ALL {
        for actor_role in Role::ALL {
            stage.set_role(actor, actor_role).await;
            for target_role in Role::ALL {
                let case = format!("{deed:?}: {actor_role} on {target_role}");
                let target = stage.person(TARGET, target_role).await;
                deed.prepare(&stage, target).await;
                let before = Rows::read(&stage.world.pool).await;
                let came = deed.run(&stage, &by, target).await;
                let changes = before.changes(&Rows::read(&stage.world.pool).await);
                if deed.allowed(actor_role, target_role) {
                    assert_eq!(came, Came::Done, "{case}");
                    assert_eq!(changes.is_empty(), deed.only_looks(), "{case}: {changes:?}");
                    // Nothing is done that is not recorded.
                    assert_eq!(
                        changes.contains_key("audit_events"),
                        !deed.only_looks(),
                        "{case}: {changes:?}"
                    );
                    done += 1;
                } else {
                    assert_eq!(came, Came::Refused(Refusal::NotAllowed), "{case}");
                    // A batch says of each person why not, once the actor may help anybody at all.
                    let notes = deed == Deed::Batch && has_right(actor_role, Right::ResetPasswords);
                    let told = changes.keys().filter(|table| !notes || !NOTES.contains(table));
                    assert_eq!(told.count(), 0, "{case}: {changes:?}");
                    refused += 1;
                }
            }
        }
    }
    // 10 verbs for one role on six; 7 verbs for 6 + 3 + 2 pairs.
    assert_eq!((done, refused), (10 * 6 + 7 * 11, 10 * 30 + 7 * 25));
}

#[tokio::test]
async fn a_witness_that_was_made_with_a_weaker_role_opens_what_that_role_may() {
    let stage = Stage::new().await;
    for actor_role in Role::ALL {
        let actor = stage.person(ACTOR, actor_role).await;
        let witness = stage.witness(actor).await;
        assert_eq!(witness.is_some(), actor_role.opens_portal(), "{actor_role}");
        let Some(by) = witness else { continue };
        assert_eq!(by.global().is_some(), actor_role == Role::GlobalAdministrator, "{actor_role}");
        for right in Right::ALL {
            assert_eq!(by.may(right), has_right(actor_role, right), "{actor_role}: {right:?}");
        }
        for deed in Deed::ALL.into_iter().filter(|deed| !deed.manages()) {
            for target_role in Role::ALL {
                let target = stage.person(TARGET, target_role).await;
                deed.prepare(&stage, target).await;
                let came = deed.run(&stage, &by, target).await;
                let expected = if may_reset(actor_role, target_role) {
                    Came::Done
                } else {
                    Came::Refused(Refusal::NotAllowed)
                };
                assert_eq!(came, expected, "{deed:?}: {actor_role} on {target_role}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_resets_blocks_or_deletes_themselves() {
    let stage = Stage::new().await;
    for role in Role::ALL.into_iter().filter(|role| role.opens_portal()) {
        for deed in Deed::ALL {
            if deed.manages() && role != Role::GlobalAdministrator {
                continue;
            }
            let actor = stage.person(ACTOR, role).await;
            let by = stage.witness(actor).await.unwrap();
            if deed == Deed::ReopenRequest {
                deed.prepare(&stage, actor).await;
            }
            let before = Rows::read(&stage.world.pool).await;
            let came = deed.run(&stage, &by, actor).await;
            let changes = before.changes(&Rows::read(&stage.world.pool).await);
            if !deed.never_oneself() {
                assert_eq!(came, Came::Done, "{role}: {deed:?}");
            } else if deed == Deed::MayReset {
                assert_eq!(came, Came::Refused(Refusal::NotAllowed), "{role}");
            } else {
                assert_eq!(came, Came::Refused(Refusal::Oneself), "{role}: {deed:?}");
                // A batch says of each person why not, and nothing else.
                let told = changes.keys().filter(|table| deed != Deed::Batch || !NOTES.contains(table));
                assert_eq!(told.count(), 0, "{role}: {deed:?}: {changes:?}");
            }
        }
    }
}

/// What a batch writes about those whom it could not help.
pub const NOTES: [&str; 3] = ["reset_batches", "reset_batch_items", "audit_events"];

#[tokio::test]
async fn people_are_made_and_the_company_is_changed_by_global_administrators_only() {
    let stage = Stage::new().await;
    let (pool, contoso) = (stage.pool(), stage.company("contoso.com").await);
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let by = stage.global(actor).await;
    for role in Role::ALL {
        stage.set_role(actor, role).await;
        for (place, new_role) in Role::ALL.into_iter().enumerate() {
            let user_id = format!("new{place}@contoso.com");
            let new = NewUser {
                user_id: &user_id,
                display_name: "New",
                role: new_role,
                alternate_emails: &[],
                mobile_phone: None,
            };
            let name = format!("{role} {place}");
            let change = Change { name: Some(name), ..Change::default() };
            let before = Rows::read(pool).await;
            let made = came(users::create(pool, &by, &new, FirstAccess::None, None).await.map(drop));
            let told = Told::default();
            let looked = came(companies::preview(pool, &by, contoso, &change, told).await.map(drop));
            let changed = came(companies::change(pool, &by, contoso, &change, told).await.map(drop));
            let changes = before.changes(&Rows::read(pool).await);
            if role == Role::GlobalAdministrator {
                assert_eq!((made, looked, changed), (Came::Done, Came::Done, Came::Done), "{new_role}");
                assert_eq!((changes["users"], changes["companies"]), ((0, 1), (1, 1)));
                assert_eq!(changes["audit_events"], (0, 2));
                users::delete(pool, &Stage::operator(), user_id.as_str()).await.unwrap();
            } else {
                for came in [made, looked, changed] {
                    assert_eq!(came, Came::Refused(Refusal::NotAllowed), "{role}: {new_role}");
                }
                assert_eq!(changes, [].into(), "{role}: {new_role}");
            }
        }
    }
}

#[tokio::test]
async fn requests_are_listed_to_those_who_may_answer_them_and_to_nobody_who_asks() {
    let stage = Stage::new().await;
    let (pool, contoso) = (stage.pool(), stage.company("contoso.com").await);
    for role in Role::ALL {
        stage.person(&format!("asks-{}@contoso.com", role.as_str()), role).await;
    }
    for actor_role in Role::ALL.into_iter().filter(|role| role.opens_portal()) {
        let actor = stage.person(ACTOR, actor_role).await;
        let by = stage.witness(actor).await.unwrap();
        let mut expected: Vec<String> = Role::ALL
            .into_iter()
            .filter(|target| may_reset(actor_role, *target))
            .map(|role| format!("asks-{}@contoso.com", role.as_str()))
            .collect();
        expected.sort();
        let mut listed: Vec<String> = requests::list(pool, &by, contoso, true, 100)
            .await
            .unwrap()
            .into_iter()
            .map(|q| q.user_id)
            .collect();
        listed.sort();
        assert_eq!(listed, expected, "{actor_role}");
        let open = requests::open_count(pool, &by, contoso).await.unwrap();
        assert_eq!(usize::try_from(open).unwrap(), expected.len(), "{actor_role}");
    }
}
