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
    pub sms_per_account_per_day: u32,
    pub sms_per_country_per_hour: u32,
    pub sms_per_hour: u32,
    pub sms_country_codes: Vec<String>,
    pub sms_to_any_country: bool,
    pub without_puzzle_per_network_per_hour: u32,
    pub without_puzzle_per_company_per_hour: u32,
    pub contact_requests_per_company_per_day: u32,
    pub sign_in_failures_per_account_and_network_per_15_minutes: u32,
    pub sign_in_failures_per_network_per_hour: u32,
    pub wrong_links_per_network_per_hour: u32,
    pub mails_per_address_and_network_per_hour: u32,
    pub mails_per_address_and_network_per_day: u32,
    pub mails_per_address_per_hour: u32,
    pub mails_per_address_per_day: u32,
}

pub(super) fn read(mut section: Section<'_>) -> Budgets {
    let (mut sms_country_codes, origin) = section.list(
        "sms_country_codes",
        "country calling codes like \"1\" or \"44\", or \"*\"",
        calling_code,
    );
    let sms_to_any_country = sms_country_codes.iter().any(|code| code == ANY);
    if sms_to_any_country && sms_country_codes.len() > 1 {
        section.wrong("sms_country_codes", &origin, "\"*\" is all countries already: keep it alone");
    }
    sms_country_codes.retain(|code| code != ANY);
    let mut budget = |key: &str, most: i64| section.number(key, 1..=most);
    Budgets {
        starts_per_account_and_network_per_day: budget("starts_per_account_and_network_per_day", 1000),
        starts_per_account_per_day: budget("starts_per_account_per_day", 1000),
        starts_per_network_per_hour: budget("starts_per_network_per_hour", 100_000),
        wrong_codes_per_account_per_day: budget("wrong_codes_per_account_per_day", 100),
        sms_per_number_per_10_minutes: budget("sms_per_number_per_10_minutes", 20),
        sms_per_number_per_day: budget("sms_per_number_per_day", 100),
        sms_per_account_per_day: budget("sms_per_account_per_day", 1000),
        sms_per_country_per_hour: budget("sms_per_country_per_hour", 1_000_000),
        sms_per_hour: budget("sms_per_hour", 1_000_000),
        sms_country_codes,
        sms_to_any_country,
        without_puzzle_per_network_per_hour: budget("without_puzzle_per_network_per_hour", 1000),
        without_puzzle_per_company_per_hour: budget("without_puzzle_per_company_per_hour", 10_000),
        contact_requests_per_company_per_day: budget("contact_requests_per_company_per_day", 10_000),
        sign_in_failures_per_account_and_network_per_15_minutes: budget(
            "sign_in_failures_per_account_and_network_per_15_minutes",
            100,
        ),
        sign_in_failures_per_network_per_hour: budget("sign_in_failures_per_network_per_hour", 100_000),
        wrong_links_per_network_per_hour: budget("wrong_links_per_network_per_hour", 100_000),
        mails_per_address_and_network_per_hour: budget("mails_per_address_and_network_per_hour", 1000),
        mails_per_address_and_network_per_day: budget("mails_per_address_and_network_per_day", 1000),
        mails_per_address_per_hour: budget("mails_per_address_per_hour", 1000),
        mails_per_address_per_day: budget("mails_per_address_per_day", 1000),
    }
}

/// All countries.
const ANY: &str = "*";

/// One to three digits, the first no zero; with or without a plus. Or all countries.
fn calling_code(text: &str) -> Option<String> {
    if text == ANY {
        return Some(text.to_owned());
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (fits && !digits.starts_with('0')).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::calling_code;

    #[test]
    fn a_calling_code_is_one_to_three_digits() {
        assert_eq!(calling_code("+1").as_deref(), Some("1"));
        assert_eq!(calling_code("44").as_deref(), Some("44"));
        assert_eq!(calling_code("*").as_deref(), Some("*"));
        for bad in ["", "+", "+*", "**", "0", "01", "1234", "US", "4a"] {
            assert_eq!(calling_code(bad), None, "{bad}");
        }
    }
}
