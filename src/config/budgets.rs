//! `[budgets]`: how much of what, per whom, in which time (product.md, "Budgets").

use super::section::Section;

/// Counts; the time is in each name. A network is an IPv4 address or an IPv6 /64.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "config/default.toml says it; each name is the whole rule")]
pub struct Budgets {
    pub starts_per_account_and_network_per_day: u32,
    pub starts_per_account_per_day: u32,
    pub starts_per_network_per_hour: u32,
    pub wrong_codes_per_account_per_day: u32,
    pub sms_per_number_per_10_minutes: u32,
    pub sms_per_number_per_day: u32,
    pub without_puzzle_per_network_per_hour: u32,
    pub without_puzzle_per_company_per_hour: u32,
    pub contact_requests_per_company_per_day: u32,
    pub sign_in_failures_per_account_and_network_per_15_minutes: u32,
    pub sign_in_failures_per_network_per_hour: u32,
}

pub(super) fn read(mut section: Section<'_>) -> Budgets {
    let mut budget = |key: &str, most: i64| section.number(key, 1..=most);
    Budgets {
        starts_per_account_and_network_per_day: budget("starts_per_account_and_network_per_day", 1000),
        starts_per_account_per_day: budget("starts_per_account_per_day", 1000),
        starts_per_network_per_hour: budget("starts_per_network_per_hour", 100_000),
        wrong_codes_per_account_per_day: budget("wrong_codes_per_account_per_day", 100),
        sms_per_number_per_10_minutes: budget("sms_per_number_per_10_minutes", 20),
        sms_per_number_per_day: budget("sms_per_number_per_day", 100),
        without_puzzle_per_network_per_hour: budget("without_puzzle_per_network_per_hour", 1000),
        without_puzzle_per_company_per_hour: budget("without_puzzle_per_company_per_hour", 10_000),
        contact_requests_per_company_per_day: budget("contact_requests_per_company_per_day", 10_000),
        sign_in_failures_per_account_and_network_per_15_minutes: budget(
            "sign_in_failures_per_account_and_network_per_15_minutes",
            100,
        ),
        sign_in_failures_per_network_per_hour: budget("sign_in_failures_per_network_per_hour", 100_000),
    }
}
