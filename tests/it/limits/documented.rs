//! README's table of limits says what holds (ASVS 2.1.1, 6.1.1): every setting and constant, with its figure.

use std::collections::BTreeMap;

use sspr::domain::limits;

use super::budgets;

/// What holds, by the names in the table.
fn held() -> BTreeMap<&'static str, i64> {
    let b = budgets();
    let settings = [
        ("starts_per_account_and_network_per_day", b.starts_per_account_and_network_per_day),
        ("starts_per_account_per_day", b.starts_per_account_per_day),
        ("starts_per_network_per_hour", b.starts_per_network_per_hour),
        ("wrong_codes_per_account_per_day", b.wrong_codes_per_account_per_day),
        ("sms_per_number_per_10_minutes", b.sms_per_number_per_10_minutes),
        ("sms_per_number_per_day", b.sms_per_number_per_day),
        ("sms_per_account_per_day", b.sms_per_account_per_day),
        ("sms_per_country_per_hour", b.sms_per_country_per_hour),
        ("sms_per_hour", b.sms_per_hour),
        ("without_puzzle_per_network_per_hour", b.without_puzzle_per_network_per_hour),
        ("without_puzzle_per_company_per_hour", b.without_puzzle_per_company_per_hour),
        ("contact_requests_per_company_per_day", b.contact_requests_per_company_per_day),
        (
            "sign_in_failures_per_account_and_network_per_15_minutes",
            b.sign_in_failures_per_account_and_network,
        ),
        ("sign_in_failures_per_network_per_hour", b.sign_in_failures_per_network_per_hour),
        ("wrong_links_per_network_per_hour", b.wrong_links_per_network_per_hour),
        ("mails_per_address_and_network_per_hour", b.mails_per_address_and_network_per_hour),
        ("mails_per_address_and_network_per_day", b.mails_per_address_and_network_per_day),
        ("mails_per_address_per_hour", b.mails_per_address_per_hour),
        ("mails_per_address_per_day", b.mails_per_address_per_day),
        ("tries of one security code", i32::from(limits::CODE_TRIES)),
        ("failures in a row", limits::IN_A_ROW),
        ("failures in a row from one network", limits::IN_A_ROW_ELSEWHERE),
        ("notices of a new place", limits::NEW_PLACE_NOTICES_PER_DAY),
        ("lifts of one person", limits::LIFTS_PER_PERSON_PER_DAY),
        ("lifts of one contact", limits::LIFTS_PER_CONTACT_PER_DAY),
        ("lifts by one administrator", limits::LIFTS_PER_ADMINISTRATOR_PER_DAY),
        ("places of one person", limits::PLACES),
        ("days of a place", limits::PLACE_DAYS),
        ("days of failures of nobody", limits::STRANGER_DAYS),
    ];
    settings.map(|(name, figure)| (name, i64::from(figure))).into()
}

#[test] // ASVS 2.1.1, 6.1.1
fn the_table_in_the_readme_says_every_limit_with_its_figure() {
    let readme = include_str!("../../../README.md");
    let (_, behind) = readme.split_once("| limit | figure |").expect("the table of limits");
    let rows = behind.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut written = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let name = cells[0].trim_matches('`');
        assert_eq!(cells.len(), 3, "{row}");
        assert!(written.insert(name, cells[1].parse::<i64>().unwrap()).is_none(), "{name} twice");
    }
    assert_eq!(written, held());
}

#[test]
fn tests_that_say_as_shipped_have_the_figures_that_are_shipped() {
    for (name, figure) in crate::support::app::MAILS_AS_SHIPPED {
        let setting = name.strip_prefix("SSPR_BUDGETS__").unwrap().to_lowercase();
        assert_eq!(held().get(setting.as_str()), Some(&figure.parse::<i64>().unwrap()), "{setting}");
    }
}

#[test] // every figure of the section is in the table
fn no_setting_is_left_out_of_the_table() {
    let manual = include_str!("../../../config/default.toml");
    let (_, section) = manual.split_once("\n[budgets]\n").unwrap();
    let section = section.split("\n[").next().unwrap();
    let held = held();
    for line in section.lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, figure)) = line.split_once(" = ")
            && let Ok(figure) = figure.parse::<i64>()
        {
            assert_eq!(held.get(key), Some(&figure), "{key}");
        }
    }
    let migration = include_str!("../../../migrations/20261121000007_limits.sql");
    assert_eq!(
        migration.matches(">= 100").count(),
        2,
        "the index and the readiness know the figure of IN_A_ROW"
    );
    assert_eq!(limits::IN_A_ROW, 100);
}
