//! Administrators see who stands at a limit, until when and why, and lift it.

use sspr::domain::limits::{
    key,
    kind::{Holder, Kind, rules},
};

use super::*;
use crate::{
    shell::Shell,
    support::{
        office::{ELSEWHERE, GLOBAL, Office, path_of},
        walk::{JOHN, JOHN_MAIL, JOHN_PHONE},
    },
};

/// Spends a budget whole.
async fn spend(world: &World, key: &str, most: i32) {
    sqlx::query(
        "insert into budgets values ($1, array_fill(now(), array[$2::integer]), now() + interval '1 day')",
    )
    .bind(key)
    .bind(most)
    .execute(&world.pool)
    .await
    .unwrap();
}

/// John stands at every limit there is, and so does a network.
async fn at_every_limit(world: &World, budgets: &Budgets) {
    let (account, network) = (Account::of(JOHN), network(7));
    let john = world.user(JOHN).await;
    for rule in rules(budgets) {
        let key = match rule.holder {
            Holder::Account if rule.of_network => {
                format!("{}{}/network/{}", rule.prefix, account.as_str(), network.as_str())
            }
            Holder::Account => format!("{}{}", rule.prefix, account.as_str()),
            Holder::Number => format!("{}{JOHN_PHONE}", rule.prefix),
            Holder::Person => format!("{}{john}", rule.prefix),
            Holder::Address if rule.of_network => {
                let address = Account::of(JOHN_MAIL);
                format!("{}{}/network/{}", rule.prefix, address.as_str(), network.as_str())
            }
            Holder::Address => format!("{}{}", rule.prefix, Account::of(JOHN_MAIL).as_str()),
            Holder::Network => format!("{}{}", rule.prefix, network.as_str()),
        };
        spend(world, &key, rule.most).await;
    }
    for kind in ["code", "password"] {
        in_a_row(world, JOHN, kind, 100).await;
    }
}

#[test]
fn every_rule_knows_how_its_keys_are_made() {
    let (network, account) = (network(7), Account::of(JOHN));
    for rule in rules(&budgets()) {
        let key = match (rule.prefix, rule.of_network) {
            ("start/account/", false) => key::starts_of_account(&account),
            ("start/account-place/", false) => key::starts_of_account_from_own_places(&account),
            ("start/account/", true) => key::starts_of_account_and_network(&account, &network),
            ("wrong-code/account/", false) => key::wrong_codes(&account),
            ("sign-in/account/", true) => key::sign_in_of_account_and_network(&account, &network),
            ("start/network/", true) => key::starts_of_network(&network),
            ("without-puzzle/network/", true) => key::without_puzzle_of_network(&network),
            ("sign-in/network/", true) => key::sign_in_of_network(&network),
            ("wrong-link/network/", true) => key::wrong_links_of_network(&network),
            // Made by functions of the database.
            (
                "sms/10-minutes/" | "sms/day/" | "texts/account/" | "mail/hour-place/" | "mail/day-place/",
                false,
            )
            | ("mail/hour/" | "mail/day/", _) => continue,
            other => panic!("{other:?}"),
        };
        assert!(key.starts_with(rule.prefix), "{key}");
    }
}

#[tokio::test]
async fn an_administrator_sees_every_limit_with_its_time_and_lifts_it_with_a_recent_password() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    assert!(office.client.get("/portal/limits").await.body.contains("Nobody is at a limit"));
    at_every_limit(&world, &node.app.budgets).await;
    // A stranger's limits are nobody's.
    in_a_row(&world, "nobody@contoso.com", "password", 100).await;

    let list = office.client.get("/portal/limits").await;
    let page = office.user(JOHN).await;
    let asked = office.client.get(&format!("{}/lift-limits", path_of(&world, JOHN).await)).await;
    let words = [
        "Resets started for this user ID",
        "Resets started for this user ID from one network",
        "Wrong security codes in 24 hours",
        "100 wrong security codes without a right one",
        "Failed sign-ins from one network",
        "Too many wrong passwords without a right one",
        "Security codes to this mobile phone",
        "Text messages to this person",
        "Reset e-mails to this address",
        "Reset e-mails to this address, asked for from one network",
    ];
    for body in [&list.body, &page.body, &asked.body] {
        for words in words {
            assert!(body.contains(words), "{words}: {body}");
        }
        assert!(body.contains("198.51.100.7") && !body.contains("nobody@contoso.com"), "{body}");
    }
    // Eight have a time, two have none.
    assert_eq!(list.body.matches("/lift-limits\"").count(), 10);
    let lines: Vec<&str> = list.body.split("<tr role=\"row\">").skip(2).collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines.iter().filter(|line| line.contains("<time")).count(), 8);
    assert_eq!(lines.iter().filter(|line| line.contains("When it is lifted")).count(), 2);

    // The other company sees nobody and lifts nothing; who manages nobody is turned away.
    let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
    assert!(elsewhere.client.get("/portal/limits").await.body.contains("Nobody is at a limit"));
    let john = path_of(&world, JOHN).await;
    assert_eq!(elsewhere.client.get(&format!("{john}/lift-limits")).await.status, 404);
    let other = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    assert_eq!(other.client.get("/portal/limits").await.status, 403);
    assert!(!other.user(JOHN).await.body.contains("lift-limits"));

    // An old proof, then none, then a wrong one, then the right one.
    office.grow_old().await;
    assert_eq!(office.confirm(JOHN, "lift-limits", &[]).await.status, 422);
    assert_eq!(office.confirm(JOHN, "lift-limits", &[("your_password", "wrong")]).await.status, 422);
    assert_eq!(world.audited("limit_lifted").await, 0);
    let password = world.first_password(GLOBAL);
    let answer = office.confirm(JOHN, "lift-limits", &[("your_password", &password)]).await;
    assert_eq!(to(&answer), (303, format!("{john}?notice=limits-lifted").as_str()));
    let page = office.client.get(&format!("{john}?notice=limits-lifted")).await;
    assert!(
        page.body.contains("The limits are lifted.") && page.body.contains("At no limit"),
        "{}",
        page.body
    );
    let kinds: Vec<String> = sqlx::query_scalar(
        "select details->>'kind' from audit_events where event = 'limit_lifted' and actor = $1 and subject = $2 order by 1",
    )
    .bind(GLOBAL)
    .bind(JOHN)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let mut all: Vec<&str> =
        Kind::ALL.iter().map(|kind| kind.as_str()).filter(|name| !name.starts_with("network_")).collect();
    all.sort_unstable();
    assert_eq!(kinds, all);
    assert_eq!(counted(&world, JOHN, "password").await + counted(&world, JOHN, "code").await, 0);
    assert_eq!(counted(&world, "nobody@contoso.com", "password").await, 100);
    // The network's own are the operator's.
    assert_eq!(world.count("select count(*) from budgets where key like '%/network/198.51.100.7'").await, 4);

    let asked = office.client.get(&format!("{john}/lift-limits")).await;
    assert!(asked.body.contains("is at no limit") && !asked.body.contains("id=\"deed\""), "{}", asked.body);
}

#[tokio::test] // no way around the budgets of SMS and mails
async fn administrators_lift_the_limits_of_one_person_ten_times_a_day() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for n in 1..=11 {
        in_a_row(&world, JOHN, "code", 100).await;
        let answer = office.confirm(JOHN, "lift-limits", &[]).await;
        assert_eq!(answer.status, if n <= 10 { 303 } else { 422 }, "{n}");
        assert_eq!(answer.body.contains("lifted too often today"), n > 10);
    }
    assert_eq!(world.audited("limit_lifted").await, 10);
    let shell = Shell::of(&world, &node.url);
    assert_eq!(shell.bash("sspr limit lift johnsmith@contoso.com").await.code, 0);
    assert_eq!(counted(&world, JOHN, "code").await, 0);
}

/// Those who have the same number and address in their settings as John.
async fn many_with_johns_contacts(world: &World, most: i32) -> Vec<String> {
    sqlx::query(
        "with made as (
           insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
           select gen_random_uuid(), company_id, 'many' || n || '@contoso.com', 'many' || n || '@contoso.com', 'Many', 'billing_administrator'
           from users, generate_series(1, $1) n where user_id = 'johnsmith@contoso.com' returning id, user_id),
         numbers as (insert into mobile_phones (user_id, number) select id, '+14255550100' from made),
         addresses as (insert into alternate_emails (user_id, position, address) select id, 0, 'johnsmith@fabrikam.com' from made)
         select user_id from made",
    )
    .bind(most)
    .execute(&world.pool)
    .await
    .unwrap();
    (1..=most).map(|n| format!("many{n}@contoso.com")).collect()
}

#[tokio::test] // no way around the budgets of SMS and mails
async fn a_strangers_number_or_address_in_many_settings_is_lifted_three_times_a_day_and_not_three_times_each()
{
    for (holder, prefix, subject) in [
        (Holder::Number, "sms/day/", JOHN_PHONE.to_owned()),
        (Holder::Address, "mail/day/", Account::of(JOHN_MAIL).as_str().to_owned()),
    ] {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        let office = Office::of(&world, &node, GLOBAL).await;
        let rule = rules(&node.app.budgets).into_iter().find(|rule| rule.prefix == prefix).unwrap();
        assert_eq!(rule.holder, holder);
        let key = format!("{prefix}{subject}");
        let people = many_with_johns_contacts(&world, 5).await;
        for (n, who) in people.iter().enumerate() {
            world.execute("delete from budgets where key like 'sms/%' or key like 'mail/%'").await;
            spend(&world, &key, rule.most).await;
            let answer = office.confirm(who, "lift-limits", &[]).await;
            assert_eq!(answer.status, if n < 3 { 303 } else { 422 }, "{prefix} {n}");
            assert_eq!(answer.body.contains("lifted too often today"), n >= 3, "{}", answer.body);
        }
        let spent: i64 = sqlx::query_scalar("select count(*) from budgets where key = $1")
            .bind(&key)
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(spent, 1, "it stays spent");
        // What is counted under no contact is lifted all the same; the other company has its own.
        world.execute("delete from budgets where key like 'sms/%' or key like 'mail/%'").await;
        in_a_row(&world, &people[4], "code", 100).await;
        assert_eq!(office.confirm(&people[4], "lift-limits", &[]).await.status, 303);
        let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
        world.execute("delete from mobile_phones m using users u where u.id = m.user_id and u.user_id = 'globaladmin@fabrikam.com'").await;
        world.execute("delete from alternate_emails e using users u where u.id = e.user_id and u.user_id = 'globaladmin@fabrikam.com'").await;
        world.execute("insert into mobile_phones (user_id, number) select id, '+14255550100' from users where user_id = 'globaladmin@fabrikam.com'").await;
        world.execute("insert into alternate_emails (user_id, position, address) select id, 0, 'johnsmith@fabrikam.com' from users where user_id = 'globaladmin@fabrikam.com'").await;
        spend(&world, &key, rule.most).await;
        assert_eq!(elsewhere.confirm(ELSEWHERE, "lift-limits", &[]).await.status, 303, "{prefix}");
    }
}

#[tokio::test]
async fn one_administrator_lifts_a_hundred_times_a_day() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let by = key::lifts_by(world.user(GLOBAL).await);
    for (spent, status) in [(99, 303), (100, 422)] {
        world.execute("delete from budgets").await;
        spend(&world, &by, spent).await;
        in_a_row(&world, JOHN, "code", 100).await;
        assert_eq!(office.confirm(JOHN, "lift-limits", &[]).await.status, status, "{spent}");
    }
}

#[tokio::test]
async fn a_limit_that_ended_by_itself_or_is_not_reached_is_not_listed() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let budgets = &node.app.budgets;
    spend(&world, &key::starts_of_account(&Account::of(JOHN)), budgets.starts_per_account_per_day - 1).await;
    spend(&world, &key::wrong_codes(&Account::of(JOHN)), budgets.wrong_codes_per_account_per_day).await;
    world.execute("update budgets set hits = array(select h - interval '25 hours' from unnest(hits) h) where key like 'wrong-code/%'").await;
    in_a_row(&world, JOHN, "password", 99).await;
    let office = Office::of(&world, &node, GLOBAL).await;
    assert!(office.client.get("/portal/limits").await.body.contains("Nobody is at a limit"));
    // Wrong passwords of an older password.
    in_a_row(&world, JOHN, "password", 100).await;
    assert!(office.client.get("/portal/limits").await.body.contains("Too many wrong passwords"));
    world
        .execute("update users set password_changed_at = now() where user_id = 'johnsmith@contoso.com'")
        .await;
    assert!(office.client.get("/portal/limits").await.body.contains("Nobody is at a limit"));
    let nothing = office.client.get(&format!("{}/lift-limits", path_of(&world, JOHN).await)).await;
    assert!(nothing.body.contains("is at no limit"), "{}", nothing.body);
}

#[tokio::test]
async fn an_operator_lists_and_lifts_limits_of_people_and_networks() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let shell = Shell::of(&world, &node.url);
    at_every_limit(&world, &node.app.budgets).await;
    let listed = shell.bash("sspr limit list -o json").await;
    assert_eq!(listed.json().as_array().unwrap().len(), 10, "{listed:?}");
    assert!(
        listed.out.contains("\"wrong_codes_in_a_row\"") && listed.out.contains("198.51.100.7"),
        "{listed:?}"
    );
    let of_one = shell.bash("sspr limit list --user johnsmith@contoso.com -o json").await;
    assert_eq!(of_one.out, listed.out);
    assert_eq!(shell.bash("sspr limit list --company fabrikam.com").await.out.trim(), "");
    shell
        .bash("sspr limit lift johnsmith@contoso.com --company fabrikam.com")
        .await
        .refused(1, "there is no user");
    shell.bash("sspr limit list --networks --company contoso.com").await.refused(2, "no company");
    let networks = shell.bash("sspr limit list --networks -o json").await;
    assert_eq!(networks.json().as_array().unwrap().len(), 4, "{networks:?}");

    let lifted = shell.bash("sspr limit lift johnsmith@contoso.com -o json").await;
    assert_eq!((lifted.code, lifted.json().as_array().unwrap().len()), (0, 10));
    let again = shell.bash("sspr limit lift johnsmith@contoso.com").await;
    assert!(again.code == 0 && again.err.contains("nothing to lift"), "{again:?}");
    assert_eq!(world.audited("limit_lifted").await, 10);
    let lifted = shell.bash("sspr limit lift --network 198.51.100.7").await;
    assert!(lifted.code == 0 && lifted.out.contains("network_links"), "{lifted:?}");
    assert_eq!(world.audited("limit_lifted").await, 14);
    assert_eq!(world.count("select count(*) from budgets where fresh_until > now()").await, 0);
    shell.bash("sspr limit lift --network 198.51.100.0/24").await.refused(2, "IP address");
}
