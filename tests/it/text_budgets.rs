//! How many text messages leave, and where to: the budgets of account, country and hour, the alarm before they are spent, the networks
//! to which nothing is sent, and the countries of a company.

use sspr::{
    admin::{NotDone, Operator, Refusal, passwords, users},
    domain::{
        contact::{MobilePhone, REFUSED_NETWORKS, Region},
        limits::TextBudget,
    },
    random,
    senders::{Reason, SendError},
    store::budgets::{self, Spent},
};
use uuid::Uuid;

use crate::support::{
    app::World,
    client::Client,
    office::row_of,
    secrets, this_binary_again,
    walk::{JOHN, Walk},
};

const ACCOUNT: &str = "SSPR_BUDGETS__SMS_PER_ACCOUNT_PER_DAY";
const COUNTRY: &str = "SSPR_BUDGETS__SMS_PER_COUNTRY_PER_HOUR";
const HOUR: &str = "SSPR_BUDGETS__SMS_PER_HOUR";
const CODES: &str = "SSPR_BUDGETS__SMS_COUNTRY_CODES";
const USER: &str = "user@contoso.com";

/// A notice to a number that belongs to nobody, without a deadline.
async fn notice(world: &World, number: &str) {
    let sql = "insert into outbox (id, channel, company_id, recipient, deliverable, message)
               select $1, 'sms', id, $2, true, '{\"kind\": \"contact_changed_sms\", \"at\": \"2026-11-21T00:00:00Z\"}'
               from companies where name = 'Contoso'";
    sqlx::query(sql).bind(random::id()).bind(number).execute(&world.pool).await.unwrap();
}

/// A one-time link to a person by text message.
async fn link(world: &World, user_id: &str, number: &str, minutes: i32) -> Uuid {
    let (token, message) = (random::id(), random::id());
    sqlx::query("insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
                 select $1, 'set_password', id, $2, $3, now() + interval '1 day' from users where user_id = $4")
        .bind(token)
        .bind(vec![7u8; 32])
        .bind(secrets::key().id())
        .bind(user_id)
        .execute(&world.pool)
        .await
        .unwrap();
    sqlx::query("insert into outbox (id, channel, company_id, token_id, recipient, deliverable, message, deadline)
                 select $1, 'sms', company_id, $2, $3, true,
                        '{\"kind\": \"set_password_link_sms\", \"expires_at\": \"2036-11-21T00:00:00Z\"}', now() + make_interval(mins => $4)
                 from users where user_id = $5")
        .bind(message)
        .bind(token)
        .bind(number)
        .bind(minutes)
        .bind(user_id)
        .execute(&world.pool)
        .await
        .unwrap();
    message
}

/// State, tries and note of each text message, in the order in which they were queued.
async fn rows(world: &World) -> Vec<(String, i16, Option<String>)> {
    sqlx::query_as(
        "select state, tries, last_error from outbox where channel = 'sms' order by created_at, id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

async fn row(world: &World, id: Uuid) -> (String, Option<String>) {
    sqlx::query_as("select state, last_error from outbox where id = $1")
        .bind(id)
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

async fn hits(world: &World, key: &str) -> i64 {
    sqlx::query_scalar("select coalesce(sum(cardinality(hits)), 0)::bigint from budgets where key = $1")
        .bind(key)
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

/// A day and a minute pass.
async fn tomorrow(world: &World) {
    world
        .execute("update budgets set hits = array(select h - interval '1441 min' from unnest(hits) h)")
        .await;
    world.execute("update outbox set run_at = now() where state = 'queued'").await;
}

#[tokio::test]
async fn an_account_gets_as_many_texts_a_day_as_it_may_and_what_can_wait_waits() {
    let world = World::with(&[(ACCOUNT, "3")]).await;
    let node = world.node_without_workers().await;
    for _ in 0..5 {
        notice(&world, "+14255550170").await;
    }
    node.drain().await;
    assert_eq!(world.sms.sent().len(), 3);
    let waiting: Vec<_> = rows(&world).await.into_iter().filter(|(state, ..)| state == "queued").collect();
    let over = ("queued".to_owned(), 0, Some("over the budget of the account".to_owned()));
    assert_eq!(waiting, [over.clone(), over], "not tried, and not over its tries one day");
    let wait = "select count(*) from outbox where state = 'queued' and lease_until is null
                and run_at between now() + interval '23 h 59 min' and now() + interval '1 day'";
    assert_eq!(world.count(wait).await, 2);
    // Somebody else gets theirs.
    notice(&world, "+14255550171").await;
    node.drain().await;
    assert_eq!(world.sms.take().len(), 4);
    tomorrow(&world).await;
    node.drain().await;
    assert_eq!(world.sms.sent().len(), 2);
}

#[tokio::test]
async fn a_person_is_one_account_whatever_the_number() {
    let world = World::with(&[(ACCOUNT, "2")]).await;
    let node = world.node_without_workers().await;
    let mut last = Uuid::nil();
    for number in ["+14255550105", "+14255550106", "+14255550107"] {
        last = link(&world, USER, number, 10).await;
        node.drain().await;
    }
    assert_eq!(world.sms.sent().len(), 2);
    // It can't wait for a day.
    assert_eq!(
        row(&world, last).await,
        ("gave_up".to_owned(), Some("over the budget of the account".to_owned()))
    );
    let patient = link(&world, USER, "+14255550105", 60 * 25).await;
    node.drain().await;
    assert_eq!(row(&world, patient).await.0, "queued");
}

#[tokio::test]
async fn a_country_and_the_whole_service_have_budgets_and_what_is_kept_back_uses_up_nothing() {
    let world = World::with(&[(COUNTRY, "4"), (HOUR, "7"), (ACCOUNT, "10")]).await;
    let node = world.node_without_workers().await;
    for number in ["+447400123451", "+447400123452", "+447400123453"] {
        notice(&world, number).await;
        node.drain().await;
    }
    assert_eq!(world.sms.sent().len(), 2);
    assert_eq!(rows(&world).await[2].2.as_deref(), Some("over the budget of the country"));
    assert_eq!(hits(&world, "texts/country/44").await, 2);
    assert_eq!(hits(&world, "texts/account/+447400123453").await, 0);
    for number in ["+14255550171", "+491701234567", "+33612345678"] {
        notice(&world, number).await;
        node.drain().await;
    }
    assert_eq!(world.sms.sent().len(), 4);
    assert_eq!(rows(&world).await[5].2.as_deref(), Some("over the budget of the hour"));
    assert_eq!(
        (hits(&world, "texts/country/33").await, hits(&world, "texts/account/+33612345678").await),
        (0, 0)
    );
    assert_eq!(hits(&world, "texts/all").await, 4);
    assert_eq!(
        budgets::spent(&world.pool).await.unwrap(),
        [
            Spent { budget: TextBudget::Account, country: None, texts: 1 },
            Spent { budget: TextBudget::Hour, country: None, texts: 4 },
            Spent { budget: TextBudget::Country, country: Some(1), texts: 1 },
            Spent { budget: TextBudget::Country, country: Some(33), texts: 0 },
            Spent { budget: TextBudget::Country, country: Some(44), texts: 2 },
            Spent { budget: TextBudget::Country, country: Some(49), texts: 1 },
        ]
    );
}

#[tokio::test]
async fn a_second_try_of_a_text_is_not_counted_again() {
    let world = World::with(&[(ACCOUNT, "1")]).await;
    let node = world.node_without_workers().await;
    notice(&world, "+14255550170").await;
    for _ in 0..3 {
        world.sms.fail_next(SendError::TryAgain(Reason::new("told to").code(429)));
        node.drain().await;
        assert_eq!(rows(&world).await[0].0, "queued");
        world.execute("update outbox set run_at = now()").await;
    }
    node.drain().await;
    assert_eq!(world.sms.sent().len(), 1);
    assert_eq!(hits(&world, "texts/account/+14255550170").await, 1);
}

#[tokio::test]
async fn of_workers_at_once_no_more_than_the_budget_send() {
    // Three fifths are for what nobody waits for.
    let world = World::with(&[(HOUR, "12")]).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    for n in 0..30 {
        notice(&world, &format!("+142555501{n:02}")).await;
    }
    futures_util::future::join_all(nodes.iter().map(crate::support::app::Node::drain)).await;
    assert_eq!(world.sms.sent().len(), 7);
    assert_eq!(world.count("select count(*) from outbox where state = 'queued'").await, 23);
}

#[tokio::test] // one company's links and notices keep nobody of another from resetting
async fn what_nobody_waits_for_leaves_two_fifths_of_the_hour_to_codes() {
    let world = World::with(&[(HOUR, "5"), (COUNTRY, "5")]).await;
    let node = world.node_without_workers().await;
    for n in 0..10 {
        notice(&world, &format!("+142555501{n:02}")).await;
    }
    link(&world, USER, "+14255550160", 60 * 24).await;
    node.drain().await;
    assert_eq!(world.sms.take().len(), 3);
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    node.drain().await;
    walk.open_link(&walk.link().await).await;
    node.drain().await;
    assert_eq!(world.sms.sent().len(), 1);
    assert_eq!(walk.type_code(&walk.code().await).await.location.as_deref(), Some("/reset/new-password"));
}

#[tokio::test]
async fn a_code_over_the_budget_is_given_up_and_the_waiting_page_says_so() {
    let world = World::with(&[(HOUR, "1")]).await;
    let node = world.node_without_workers().await;
    notice(&world, "+14255550170").await;
    node.drain().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    node.drain().await;
    walk.open_link(&walk.link().await).await;
    node.drain().await;
    assert_eq!(
        rows(&world).await[1],
        ("gave_up".to_owned(), 1, Some("over the budget of the hour".to_owned()))
    );
    let page = walk.client.get("/reset/security-code").await;
    assert!(page.body.contains("The text message could not be delivered"), "{page:?}");
    assert_eq!(world.sms.sent().len(), 1);
}

/// Events of budgets: subject, company's, details.
async fn alarms(world: &World) -> Vec<(String, bool, serde_json::Value)> {
    sqlx::query_as(
        "select subject, company_id is not null, details from audit_events where event = 'budget_nearly_spent' order by at, details->>'budget'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn at_four_fifths_each_budget_says_so_once_a_period() {
    let world = World::with(&[(ACCOUNT, "5"), (COUNTRY, "5"), (HOUR, "5")]).await;
    let node = world.node_without_workers().await;
    for n in 1..=7 {
        link(&world, USER, "+14255550105", 10).await;
        node.drain().await;
        assert_eq!(alarms(&world).await.len(), if n < 4 { 0 } else { 3 }, "after {n}");
    }
    assert_eq!(world.sms.sent().len(), 5);
    let alarm = |subject: &str, own, budget: &str| {
        (subject.to_owned(), own, serde_json::json!({ "budget": budget, "spent": 4, "most": 5 }))
    };
    assert_eq!(
        alarms(&world).await,
        [
            alarm(USER, true, "sms_per_account_per_day"),
            alarm("+1", false, "sms_per_country_per_hour"),
            alarm("SMS", false, "sms_per_hour"),
        ]
    );
    let numbers = "select count(*) from audit_events e where e::text like '%4255550%' and event = 'budget_nearly_spent'";
    assert_eq!(world.count(numbers).await, 0);
    tomorrow(&world).await;
    for _ in 0..4 {
        link(&world, USER, "+14255550105", 10).await;
    }
    node.drain().await;
    assert_eq!(alarms(&world).await.len(), 6);
}

#[test]
fn the_log_names_the_budget_and_the_country_and_no_number() {
    let output = this_binary_again("text_budgets::what_a_log_would_hold", &[("SSPR_TEST_BUDGET_LOG", "1")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let lines = |what: &str| said.lines().filter(|line| line.contains("WARN") && line.contains(what)).count();
    assert_eq!(lines("a budget of text messages is nearly spent budget=\"country\" country=44"), 1, "{said}");
    assert_eq!(lines("a text message is over a budget budget=\"country\" country=44"), 1, "{said}");
    assert!(!said.contains("7400123") && !said.contains("canary"), "{said}");
}

#[tokio::test]
async fn what_a_log_would_hold() {
    if std::env::var_os("SSPR_TEST_BUDGET_LOG").is_none() {
        return;
    }
    let world = World::with(&[(COUNTRY, "1")]).await;
    let node = world.node_without_workers().await;
    for number in ["+447400123451", "+447400123452"] {
        notice(&world, number).await;
    }
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false).init();
    node.drain().await;
}

/// Every country with telephones: two letters and its calling code.
fn countries() -> Vec<(String, u16)> {
    let letters = || 'A'..='Z';
    letters()
        .flat_map(|a| letters().map(move |b| format!("{a}{b}")))
        .filter_map(|letters| Some((letters.clone(), Region::parse(&letters).ok()?.calling_code()?)))
        .collect()
}

#[tokio::test]
async fn the_database_knows_the_calling_code_of_every_country() {
    let world = World::new().await;
    let countries = countries();
    assert!(countries.len() > 230, "{}", countries.len());
    for (letters, code) in &countries {
        // The shortest and the longest number that a code can stand in front of, with every next digit.
        for next in 0..=9 {
            for rest in ["12345", "1234567890"] {
                let number: String = format!("+{code}{next}{rest}").chars().take(16).collect();
                let found: Option<String> = sqlx::query_scalar("select calling_code($1)")
                    .bind(&number)
                    .fetch_one(&world.pool)
                    .await
                    .unwrap();
                assert_eq!(found, Some(code.to_string()), "{letters} {number}");
                if let Ok(phone) = MobilePhone::from_stored(&number) {
                    assert_eq!(phone.country_calling_code(), *code, "{letters} {number}");
                }
            }
        }
    }
    for none in ["", "+", "+0123", "14255550100", "x"] {
        let found: Option<String> =
            sqlx::query_scalar("select calling_code($1)").bind(none).fetch_one(&world.pool).await.unwrap();
        assert_eq!(found, None, "{none}");
    }
}

#[tokio::test]
async fn networks_that_cost_a_multiple_get_nothing_however_the_number_came_in() {
    let world = World::with(&[(CODES, "*")]).await;
    let node = world.node_without_workers().await;
    // The one list, and the database's.
    let countries: Vec<u16> = countries().into_iter().map(|(_, code)| code).collect();
    for code in 1..=999u16 {
        let allowed: Option<bool> = sqlx::query_scalar("select number_is_allowed($1, '{}')")
            .bind(format!("+{code}1234567"))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        if REFUSED_NETWORKS.contains(&code) {
            assert_eq!(allowed, Some(false), "{code}");
        } else if countries.contains(&code) {
            assert_eq!(allowed, Some(true), "{code}");
        }
    }
    // Stored before that was so.
    let satellite = link(&world, USER, "+881612345678", 10).await;
    node.drain().await;
    let kept = ("gave_up".to_owned(), Some("no texts go to the network of the number".to_owned()));
    assert_eq!(row(&world, satellite).await, kept);
    world.execute("update mobile_phones set number = '+881612345678' where number = '+14255550100'").await;
    let reasons: Vec<String> = sqlx::query_scalar(
        "select r.reasons from users u, readiness_of(u.id, '{}', 1000, 1000, 1000) r where u.user_id = 'johnsmith@contoso.com'",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(reasons, ["refused_country"]);
    // Nobody is led to a page for a code that never comes.
    let walk = Walk { world: &world, client: Client::new(&node.url) };
    walk.start(JOHN).await;
    node.drain().await;
    assert_eq!((world.mail.sent().len(), world.sms.sent().len()), (0, 0));
}

/// What the verb says of a link to the user, who has a phone and no address.
async fn asked(world: &World) -> Result<(), NotDone> {
    let node = world.node_without_workers().await;
    let by = Operator::at_the_shell("ann");
    let user = row_of(world, USER).await;
    let app = &node.app;
    passwords::send_link(&app.pool, &by, app.keys.current(), user, &app.budgets).await.map(|_| ())
}

#[tokio::test]
async fn a_link_goes_to_the_countries_of_the_company_unless_the_operator_says_otherwise() {
    let elsewhere = "update mobile_phones set number = '+447400123456' where number = '+14255550105'";
    for (what, codes, change, sent) in [
        ("the company's region", "", "select 1", true),
        ("a country in which nobody is", "", elsewhere, false),
        (
            "an administrator's country",
            "",
            "with a as (update mobile_phones set number = '+447400999999' where number = '+14255550100')
             update mobile_phones set number = '+447400123456' where number = '+14255550105'",
            true,
        ),
        (
            "the country of another company's administrators",
            "",
            "with a as (update mobile_phones set number = '+447400999999' where user_id in
                          (select u.id from users u join companies c on c.id = u.company_id where c.name = 'Fabrikam' limit 1))
             update mobile_phones set number = '+447400123456' where number = '+14255550105'",
            false,
        ),
        ("the company's region, another one", "", "with c as (update companies set default_region = 'GB')
             update mobile_phones set number = '+447400123456' where number = '+14255550105'", true),
        ("a country that the operator names", "1,44", elsewhere, true),
        ("only countries that the operator names", "49", "select 1", false),
        ("all countries", "*", elsewhere, true),
        ("all countries, and no satellites", "*", "update mobile_phones set number = '+881612345678' where number = '+14255550105'", false),
    ] {
        let world = World::with(&[(CODES, codes)]).await;
        world.execute("delete from alternate_emails where address = 'user@fabrikam.com'").await;
        world.execute(change).await;
        let outcome = asked(&world).await;
        if sent {
            assert!(outcome.is_ok(), "{what}: {outcome:?}");
        } else {
            assert!(matches!(outcome, Err(NotDone::Refused(Refusal::RefusedCountry))), "{what}: {outcome:?}");
        }
        // By whatever way it was queued, the same at the door; a notice warns wherever the number is.
        let number: String =
            sqlx::query_scalar("select number from mobile_phones m join users u on u.id = m.user_id where u.user_id = 'user@contoso.com'")
                .fetch_one(&world.pool)
                .await
                .unwrap();
        world.execute("delete from outbox").await;
        let queued = link(&world, USER, &number, 10).await;
        let node = world.node_without_workers().await;
        node.drain().await;
        let state = row(&world, queued).await;
        assert_eq!(state.0, if sent { "sent" } else { "gave_up" }, "{what}: {state:?}");
        notice(&world, "+447400123456").await;
        node.drain().await;
        assert_eq!(rows(&world).await[1].0, "sent", "{what}");
    }
}

#[tokio::test]
async fn to_confirm_a_number_elsewhere_is_refused_with_its_reason() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world.execute("update mobile_phones set number = '+447400123456' where number = '+14255550105'").await;
    let by = Operator::at_the_shell("ann");
    let user = row_of(&world, USER).await;
    let (app, which) = (&node.app, users::Which::MobilePhone);
    let outcome = users::ask_to_confirm(&app.pool, &by, user, which, app.keys.current(), &app.budgets).await;
    assert!(matches!(outcome, Err(NotDone::Refused(Refusal::RefusedCountry))), "{outcome:?}");
    assert_eq!(world.count("select count(*) from outbox").await, 0);
}
