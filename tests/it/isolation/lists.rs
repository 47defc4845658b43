//! Every list, search, filter, cursor, count and report.

use std::collections::BTreeSet;

use sspr::{
    admin::{
        Refusal,
        audit::{self, Of},
        companies, readiness, requests, users,
    },
    domain::{
        readiness::{Reason, Verdict},
        user::Role,
    },
    store::{
        audit::list::Filter as Events,
        users::{Cursor, Filter, ReadyFilter},
    },
};

use super::{NAMES, Two};
use crate::role_table::{Came, Deed, Stage};

/// Every filter alone, and a search for whatever both companies have.
fn filters() -> Vec<Filter> {
    let mut all: Vec<Filter> = Vec::new();
    let searches = [
        "",
        "sam",
        "SAM@",
        "@fabrikam",
        "fabrikam.com",
        "quagga",
        "home.example",
        "425",
        "5550",
        "555-0108",
        "%",
        "_",
        "a",
    ];
    all.extend(searches.map(|text| Filter { search: text.to_owned(), ..Filter::default() }));
    all.extend(Role::ALL.map(|role| Filter { role: Some(role), ..Filter::default() }));
    all.push(Filter { administrators: true, ..Filter::default() });
    all.extend([true, false].map(|blocked| Filter { blocked: Some(blocked), ..Filter::default() }));
    let ready = [ReadyFilter::Yes, ReadyFilter::No, ReadyFilter::Doubtful];
    let because = Reason::ALL.map(ReadyFilter::Because);
    all.extend(
        ready.into_iter().chain(because).map(|ready| Filter { ready: Some(ready), ..Filter::default() }),
    );
    all
}

#[tokio::test]
async fn no_filter_and_no_cursor_leads_to_people_of_another_company() {
    let two = Two::new().await;
    let (pool, budgets) = (two.stage.pool(), &two.stage.node.app.budgets);
    let canaries = two.canaries().await;
    let (their_first, their_last) = (two.their("billing").await, two.their("service").await);
    let mut found = BTreeSet::new();
    for actor in ["boss", "manager", "desk"] {
        let by = two.witness(actor).await;
        for filter in filters() {
            let start = users::page(pool, &by, &filter, Cursor::Start, 50, budgets).await.unwrap();
            let case = format!("{actor}: {filter:?}");
            Two::nothing_of(&canaries, &format!("{start:?}"), &case);
            assert_eq!(usize::try_from(start.total).unwrap(), start.lines.len(), "{case}");
            found.extend(start.lines.iter().map(|line| line.user_id.clone()));
            // A place in the other company's list is no place in this one: it says not even that there is somebody.
            let nobody = sspr::random::id();
            for row in [their_first, their_last, nobody] {
                for cursor in [Cursor::After(row), Cursor::Before(row)] {
                    let page = users::page(pool, &by, &filter, cursor, 50, budgets).await.unwrap();
                    assert_eq!(format!("{page:?}"), format!("{start:?}"), "{case}: {cursor:?}");
                }
            }
        }
    }
    // The filters found everyone of ours, so that what they leave out is left out by the company alone.
    let ours = two
        .stage
        .world
        .count("select count(*) from users where user_id_normalised like '%@contoso.com'")
        .await;
    assert_eq!(found.len(), usize::try_from(ours).unwrap());
}

#[tokio::test]
async fn pages_of_one_company_are_the_same_whoever_is_in_another() {
    let two = Two::new().await;
    let (pool, budgets, by) = (two.stage.pool(), &two.stage.node.app.budgets, two.witness("boss").await);
    let walk = async || {
        let (mut cursor, mut pages) = (Cursor::Start, Vec::new());
        loop {
            let page = users::page(pool, &by, &Filter::default(), cursor, 4, budgets).await.unwrap();
            cursor = Cursor::After(page.lines.last().unwrap().id);
            let on = page.has_after;
            pages.push(format!("{page:?}"));
            if !on {
                return pages;
            }
        }
    };
    let before = walk().await;
    assert!(before.len() > 2);
    two.stage.world.execute("delete from users where user_id_normalised like '%@fabrikam.com'").await;
    assert_eq!(walk().await, before);
}

#[tokio::test]
async fn the_report_and_its_counts_are_of_ones_own_company() {
    let two = Two::new().await;
    let (pool, budgets) = (two.stage.pool(), &two.stage.node.app.budgets);
    let (canaries, by) = (two.canaries().await, two.boss().await);
    let report = readiness::report(pool, &by, budgets).await.unwrap();
    Two::nothing_of(&canaries, &format!("{report:?}"), "report");
    let consequence = companies::consequence(pool, &by, budgets, None).await.unwrap();
    let state =
        |report: &readiness::Report| format!("{report:?} {:?} {:?}", report.counts(), report.by_reason());
    let before = state(&report);
    two.stage.world.execute("delete from users where user_id_normalised like '%@fabrikam.com'").await;
    assert_eq!(state(&readiness::report(pool, &by, budgets).await.unwrap()), before);
    let after = companies::consequence(pool, &by, budgets, None).await.unwrap();
    assert_eq!(format!("{after:?}"), format!("{consequence:?}"));
}

/// Both companies' people have the same addresses and phones; nobody of one company shares with a colleague.
#[tokio::test]
async fn an_address_that_someone_of_another_company_has_too_is_not_called_shared() {
    let two = Two::new().await;
    let (pool, budgets, by) = (two.stage.pool(), &two.stage.node.app.budgets, two.witness("boss").await);
    let shared = async || {
        let report = readiness::report(pool, &by, budgets).await.unwrap();
        let mut shared: Vec<String> = report
            .lines
            .into_iter()
            .filter(|line| {
                line.readiness
                    .all()
                    .any(|reason| [Reason::EmailShared, Reason::MobileShared].contains(&reason))
            })
            .map(|line| line.user_id)
            .collect();
        shared.sort();
        shared
    };
    // Numbers were given at random: each of ours another, each of theirs the same as its namesake's.
    for sql in [
        "update mobile_phones m set number = '+1425555' || (2000 + n.place) from
           (select id, row_number() over (order by user_id) as place from users where user_id_normalised like '%@contoso.com') n
         where n.id = m.user_id",
        "update mobile_phones p set number = m.number from users t, users o, mobile_phones m
         where p.user_id = t.id and m.user_id = o.id and t.user_id_normalised like '%@fabrikam.com'
           and o.user_id_normalised = split_part(t.user_id_normalised, '@', 1) || '@contoso.com'",
    ] {
        two.stage.world.execute(sql).await;
    }
    assert_eq!(shared().await, Vec::<String>::new());
    // It would be seen among colleagues.
    two.stage
        .world
        .execute(
            "update alternate_emails set address = 'boss@home.example' where user_id in
               (select id from users where user_id_normalised in ('desk@contoso.com', 'sam@fabrikam.com'))",
        )
        .await;
    assert_eq!(shared().await, ["boss@contoso.com", "desk@contoso.com"]);
}

#[tokio::test]
async fn a_message_of_another_company_that_failed_casts_no_doubt_on_the_same_address_here() {
    let two = Two::new().await;
    let (pool, budgets, by) = (two.stage.pool(), &two.stage.node.app.budgets, two.witness("boss").await);
    let verdict = async |name: &str| {
        let user = users::find(pool, &by, two.our(name).await).await.unwrap().unwrap();
        readiness::of(pool, &by, &user, budgets).await.unwrap()
    };
    let gave_up = |domain: &str| {
        format!(
            "insert into outbox (id, channel, company_id, recipient, deliverable, message, state, finished_at)
             select gen_random_uuid(), c.channel, d.company_id, c.recipient, true, '{{}}', 'gave_up', now()
             from company_domains d, (values ('email', 'desk@home.example'), ('sms', (select number from mobile_phones m
               join users u on u.id = m.user_id where u.user_id_normalised = 'desk@contoso.com'))) c (channel, recipient)
             where d.domain = '{domain}'"
        )
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(gave_up("fabrikam.com"))).execute(&two.stage.world.pool).await.unwrap();
    let readiness = verdict("desk").await;
    assert!(!readiness.all().any(|r| [Reason::MailBounced, Reason::SmsFailed].contains(&r)), "{readiness:?}");
    let contacts = sspr::store::users::contacts(pool, two.our("desk").await).await.unwrap();
    assert!(contacts.iter().all(|contact| contact.last_delivery.is_none()), "{contacts:?}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(gave_up("contoso.com"))).execute(&two.stage.world.pool).await.unwrap();
    let readiness = verdict("desk").await;
    assert!(
        [Reason::MailBounced, Reason::SmsFailed].iter().all(|r| readiness.doubts.contains(r)),
        "{readiness:?}"
    );
    assert_eq!(readiness.verdict(), Verdict::Doubtful);
}

#[tokio::test]
async fn requests_are_those_of_ones_own_company_whichever_is_named() {
    let two = Two::new().await;
    let (pool, canaries) = (two.stage.pool(), two.canaries().await);
    for actor in ["boss", "manager", "desk"] {
        let by = two.witness(actor).await;
        for company in [two.ours, two.theirs] {
            let listed = requests::list(pool, &by, company, true, 100).await.unwrap();
            assert!(!listed.is_empty());
            Two::nothing_of(&canaries, &format!("{listed:?}"), actor);
            let open = requests::open_count(pool, &by, company).await.unwrap();
            assert_eq!(usize::try_from(open).unwrap(), listed.len());
        }
    }
    // An operator names the company.
    let operator = Stage::operator();
    let theirs = requests::list(pool, &operator, two.theirs, true, 100).await.unwrap();
    assert_eq!(theirs.len(), NAMES.len());
    assert!(theirs.iter().all(|request| request.user_id.ends_with("@fabrikam.com")), "{theirs:?}");
}

#[tokio::test]
async fn events_of_one_company_are_not_in_the_log_of_another() {
    let two = Two::new().await;
    let stage = &two.stage;
    let their_boss = stage.witness(two.their("boss").await).await.unwrap();
    for (by, target) in
        [(&two.witness("boss").await, two.our("sam").await), (&their_boss, two.their("sam").await)]
    {
        for deed in [Deed::Rename, Deed::Batch, Deed::Temporary, Deed::Block] {
            assert_eq!(deed.run(stage, by, target).await, Came::Done);
        }
    }
    // What was refused here is not told there.
    let foreign = Deed::Block.run(stage, &two.witness("boss").await, two.their("desk").await).await;
    assert_eq!(foreign, Came::Refused(Refusal::NoUser));
    let (canaries, operator) = (two.canaries().await, Stage::operator());
    let about = [
        Events::default(),
        Events { user: Some(two.their("sam").await), ..Events::default() },
        Events { who: Some("sam@fabrikam.com".into()), ..Events::default() },
        Events { who: Some("sam@".into()), begins: true, ..Events::default() },
        Events { who: Some("boss".into()), begins: true, ..Events::default() },
        Events { event: Some("user_changed".into()), ..Events::default() },
        Events { outcome: Some("done".into()), ..Events::default() },
        audit::about(stage.pool(), &operator, "sam@fabrikam.com").await.unwrap(),
        audit::about(stage.pool(), &operator, "boss@fabrikam.com").await.unwrap(),
    ];
    let own = two.boss().await;
    for filter in &about {
        let listed = audit::own(stage.pool(), &own, filter, 1000).await.unwrap();
        Two::nothing_of(&canaries, &format!("{listed:?}"), &format!("{filter:?}"));
        let listed = audit::list(stage.pool(), &operator, Of::Company(two.ours), filter, 1000).await.unwrap();
        Two::nothing_of(&canaries, &format!("{listed:?}"), &format!("{filter:?}"));
        let nobodys = audit::list(stage.pool(), &operator, Of::Nobody, filter, 1000).await.unwrap();
        assert!(nobodys.iter().all(|event| event.company.is_none()), "{nobodys:?}");
    }
    let all = audit::list(stage.pool(), &operator, Of::Company(two.theirs), &Events::default(), 1000)
        .await
        .unwrap();
    assert!(all.len() >= 5, "{all:?}");
    assert!(all.iter().all(|event| event.company == Some(two.theirs)), "{all:?}");
}
