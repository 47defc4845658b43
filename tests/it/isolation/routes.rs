//! Every route: with one's own people no byte of the other company, with the other company's people nothing at all.

use super::Two;
use crate::{
    role_table::routes::{Needs, Target, address, ask, behind_the_door},
    support::rows::Rows,
};

const WHO: [&str; 3] = ["boss", "manager", "desk"];

/// Filters, searches and places as they can stand in an address; `THEIRS` is a row of the other company.
const QUERIES: &[&str] = &[
    "search=sam",
    "search=fabrikam",
    "search=quagga",
    "search=home.example",
    "search=425555",
    "search=%25",
    "role=user",
    "role=administrators",
    "role=global_administrator",
    "ready=yes",
    "ready=no",
    "ready=doubtful",
    "ready=email_shared",
    "ready=mobile_shared",
    "blocked=yes",
    "blocked=no",
    "after=THEIRS",
    "before=THEIRS",
    "select=THEIRS",
    "user=THEIRS",
    "company=THEIRS",
    "attempt=THEIRS",
    "older=4000000000000000.THEIRS",
    "newer=1000000000000000.THEIRS",
    "outcome=not_done",
    "event=reset_started",
    "request=THEIRS&notice=reset&show=all",
    "show=all",
    "page=2",
    "state=failed",
    "state=queued&channel=email&kind=set_password_link",
    "notice=saved",
];

#[tokio::test]
async fn no_page_list_filter_or_file_holds_anything_of_another_company() {
    let two = Two::new().await;
    let stage = &two.stage;
    // Something that can be found by attempt, request and batch.
    let theirs = stage.target(two.their("sam").await).await;
    let canaries = two.canaries().await;
    let mut read = 0;
    for who in WHO {
        let mut browser = stage.signs_in(&format!("{who}@contoso.com")).await;
        let ours = stage.target(two.our("sam").await).await;
        for (method, path, _) in behind_the_door().into_iter().filter(|(method, ..)| *method == "GET") {
            let at = address(path, &ours);
            for query in std::iter::once(&"").chain(QUERIES) {
                for id in [
                    theirs.id,
                    theirs.request,
                    theirs.batch,
                    theirs.attempt,
                    theirs.messages[0],
                    theirs.incident,
                ] {
                    let asked = format!("{at}?{}", query.replace("THEIRS", &id.to_string()));
                    let answer = browser.get(&asked).await;
                    assert!(!answer.status.is_server_error(), "{who}: {method} {asked}: {answer:?}");
                    // What was sent may come back: it tells nothing that was not known.
                    let told = answer.body.replace(&id.to_string(), "").replace("value=\"quagga\"", "");
                    let told = told.replace("value=\"fabrikam\"", "").replace("search=quagga", "");
                    Two::nothing_of(
                        &canaries,
                        &told.replace("search=fabrikam", ""),
                        &format!("{who}: {asked}"),
                    );
                    read += 1;
                    if !query.contains("THEIRS") {
                        break;
                    }
                }
            }
        }
    }
    assert!(read > 1000, "{read}");
}

#[tokio::test]
async fn whatever_is_done_to_ones_own_people_answers_nothing_of_another_company() {
    let two = Two::new().await;
    let stage = &two.stage;
    for who in WHO {
        let mut browser = stage.signs_in(&format!("{who}@contoso.com")).await;
        for (method, path, _) in behind_the_door().into_iter().filter(|(method, ..)| *method == "POST") {
            let sam = stage.person("sam@contoso.com", sspr::domain::user::Role::User).await;
            let canaries = two.canaries().await;
            let ours = stage.target(sam).await;
            let answer = ask(&mut browser, method, path, &ours).await;
            Two::nothing_of(&canaries, &format!("{answer:?}"), &format!("{who}: {method} {path}"));
            if let Some(to) = answer.location {
                let answer = browser.get(&to).await;
                Two::nothing_of(
                    &canaries,
                    &format!("{answer:?}"),
                    &format!("{who}: {method} {path}, then {to}"),
                );
            }
        }
    }
}

#[tokio::test]
async fn a_person_request_or_batch_of_another_company_is_found_by_no_route() {
    let two = Two::new().await;
    let stage = &two.stage;
    for who in WHO {
        let mut browser = stage.signs_in(&format!("{who}@contoso.com")).await;
        for (name, _) in super::NAMES {
            let theirs = stage.target(two.their(name).await).await;
            let nobody = || sspr::random::id();
            let unknown = Target {
                id: nobody(),
                user_id: "x@contoso.com".into(),
                version: 1,
                request: nobody(),
                batch: nobody(),
                message: nobody(),
                change: nobody(),
                attempt: nobody(),
                messages: [nobody(), nobody()],
                incident: nobody(),
            };
            let canaries = two.canaries().await;
            for (method, path, needs) in behind_the_door() {
                let about_someone =
                    path.contains('{') || matches!(needs, Needs::Resets(_)) && method == "POST";
                if !about_someone {
                    continue;
                }
                let case = format!("{who}: {method} {path}: their {name}");
                let before = Rows::read(&stage.world.pool).await;
                let answer = ask(&mut browser, method, path, &theirs).await;
                let status = answer.status.as_u16();
                // 403 is said before anybody is looked for.
                assert!(status == 404 || status == 403 && who != "boss", "{case}: {answer:?}");
                let like_nobody = ask(&mut browser, method, path, &unknown).await;
                assert_eq!(like_nobody.status.as_u16(), status, "{case}");
                Two::nothing_of(&canaries, &answer.body, &case);
                let mut changes = before.changes(&Rows::read(&stage.world.pool).await);
                if status == 403 {
                    changes.remove("audit_events");
                    changes.remove("budgets");
                }
                assert_eq!(changes, [].into(), "{case}");
            }
        }
        stage.world.execute("delete from budgets").await;
    }
}

#[tokio::test]
async fn a_form_that_names_people_of_both_companies_does_nothing_for_anybody() {
    let two = Two::new().await;
    let stage = &two.stage;
    let mut browser = stage.signs_in("boss@contoso.com").await;
    let both = [("select", two.our("sam").await.to_string()), ("select", two.their("sam").await.to_string())];
    let before = Rows::read(&stage.world.pool).await;
    let mut fields = vec![("batch", sspr::random::id().to_string())];
    fields.extend(both);
    let answer = browser.post("/portal/users/reset-passwords", &fields).await;
    assert_eq!(answer.status.as_u16(), 404, "{answer:?}");
    assert_eq!(before.changes(&Rows::read(&stage.world.pool).await), [].into());
    // Ones own person under the other company's batch.
    let theirs = stage.target(two.their("sam").await).await;
    let before_batch = Rows::read(&stage.world.pool).await;
    let ours = two.our("sam").await;
    let link = [("way", "link".to_owned()), ("once", theirs.batch.to_string())];
    let answer = browser.post(&format!("/portal/users/{ours}/reset-password"), &link).await;
    assert_eq!(answer.status.as_u16(), 404, "{answer:?}");
    let batch = [("batch", theirs.batch.to_string()), ("select", ours.to_string())];
    let answer = browser.post("/portal/users/reset-passwords", &batch).await;
    assert_eq!(answer.status.as_u16(), 404, "{answer:?}");
    assert_eq!(before_batch.changes(&Rows::read(&stage.world.pool).await), [].into());
}

/// The version and the id of another company can't be smuggled into one's own form.
#[tokio::test]
async fn a_form_of_the_company_changes_the_company_of_whoever_sends_it() {
    let two = Two::new().await;
    let mut browser = two.stage.signs_in("boss@contoso.com").await;
    let theirs = two.theirs.to_string();
    let forged = [
        ("name", "Forged".to_owned()),
        ("id", theirs.clone()),
        ("company", theirs.clone()),
        ("company_id", theirs),
        ("domain", "fabrikam.com".to_owned()),
        ("reviewed", "1".to_owned()),
    ];
    let answer = browser.post("/portal/company", &forged).await;
    assert_eq!(answer.status.as_u16(), 303, "{answer:?}");
    let names: Vec<String> = sqlx::query_scalar("select name from companies order by name")
        .fetch_all(&two.stage.world.pool)
        .await
        .unwrap();
    assert_eq!(names, ["Forged", "Quagga Works"]);
}
