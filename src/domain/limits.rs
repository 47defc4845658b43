//! Budgets: how much of something is allowed in a period, and under which key it is counted.
//!
//! Only the figures and the keys stand here; counting is one statement in Postgres (`take_budget`), before the thing it
//! protects (V-26), exact over all nodes. Account keys come from the *typed* user ID, so that known and unknown people are
//! counted alike (V-19). A further budget is a field here and a line in the configuration.

pub mod kind;

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::contact::MobilePhone;

/// The numbers of product.md, Budgets. The period of each is fixed by its name.
#[derive(Clone, Debug)]
pub struct Budgets {
    /// Starts a day per account and network; over it the same page, silently.
    pub starts_per_account_and_network_per_day: i32,
    /// Starts a day per account, from where its person was before and, apart from those, from everywhere else; over it the same page,
    /// silently.
    pub starts_per_account_per_day: i32,
    /// Starts an hour per network; over it 429 with the time.
    pub starts_per_network_per_hour: i32,
    /// Wrong codes in 24 hours per account, over all attempts (D-06).
    pub wrong_codes_per_account_per_day: i32,
    /// SMS in 10 minutes per number.
    pub sms_per_number_per_10_minutes: i32,
    /// SMS a day per number.
    pub sms_per_number_per_day: i32,
    /// SMS a day per account, whatever they say.
    pub sms_per_account_per_day: i32,
    /// SMS an hour per country calling code.
    pub sms_per_country_per_hour: i32,
    /// SMS an hour in all.
    pub sms_per_hour: i32,
    /// Country calling codes that texts may be sent to, such as `1` and `44`; empty: those of the company's administrators.
    pub sms_country_codes: Vec<String>,
    /// All countries; then the codes are empty.
    pub sms_to_any_country: bool,
    /// Starts without a puzzle an hour per network.
    pub without_puzzle_per_network_per_hour: i32,
    /// Starts without a puzzle an hour per company.
    pub without_puzzle_per_company_per_hour: i32,
    /// "Contact your administrator" mails a day per company.
    pub contact_requests_per_company_per_day: i32,
    /// Failed sign-ins in 15 minutes per account and network.
    pub sign_in_failures_per_account_and_network: i32,
    /// Failed sign-ins an hour per network.
    pub sign_in_failures_per_network_per_hour: i32,
    /// Links that open nothing, an hour per network; over it 429 with the time, whatever the link (V-32).
    pub wrong_links_per_network_per_hour: i32,
    /// Mails that a visitor asked for, an hour per address and network where the address's person never was.
    pub mails_per_address_and_network_per_hour: i32,
    /// Mails that a visitor asked for, a day per address and network where the address's person never was.
    pub mails_per_address_and_network_per_day: i32,
    /// Mails that a visitor asked for, an hour per address; those asked for where its person was before are counted apart.
    pub mails_per_address_per_hour: i32,
    /// Mails that a visitor asked for, a day per address; those asked for where its person was before are counted apart.
    pub mails_per_address_per_day: i32,
}

impl Budgets {
    /// Whether a link may go by text message to a number in E.164. `of_company`: the calling codes of its administrators' numbers and of
    /// its region, which count where the operator has named none. Codes of a reset go to administrators only: for them the database's
    /// function `number_is_allowed` is the whole rule.
    pub fn allows_texts_to(&self, number: &str, of_company: &[u16]) -> bool {
        let Ok(phone) = MobilePhone::from_stored(number) else { return false };
        let code = phone.country_calling_code();
        !phone.is_in_refused_network()
            && (self.sms_to_any_country
                || if self.sms_country_codes.is_empty() {
                    of_company.contains(&code)
                } else {
                    self.sms_country_codes.contains(&code.to_string())
                })
    }
}

/// A budget of text messages, counted over all that leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextBudget {
    /// Those of one person in a day.
    Account,
    /// Those to one country in an hour.
    Country,
    /// All in an hour.
    Hour,
}

impl TextBudget {
    /// Reads the name that the database's function `take_text` gives.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Account, Self::Country, Self::Hour].into_iter().find(|budget| budget.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Country => "country",
            Self::Hour => "hour",
        }
    }

    /// What is noted of a message that it keeps back.
    pub const fn over(self) -> &'static str {
        match self {
            Self::Account => "over the budget of the account",
            Self::Country => "over the budget of the country",
            Self::Hour => "over the budget of the hour",
        }
    }
}

/// What is noted of a mail that the budgets of its address keep back. The database's `kept_back` knows how it begins.
pub const OVER_ADDRESS: &str = "over the budget of the address";

/// Wrong codes, and wrong passwords, without a right one between them: then the account takes no more of them (NIST SP 800-63B 3.2.2, its
/// ceiling; N-12). No setting: a lower figure would only make it easier to shut somebody out. The database's indexes say the same.
pub const IN_A_ROW: i32 = 100;

/// Wrong passwords for one account from one network where its person never was, without a right one between them: it tries no more there,
/// and what it sends beyond counts no further, so that it takes several to reach [`IN_A_ROW`]. The database's index says the same.
pub const IN_A_ROW_ELSEWHERE: i32 = 20;

/// From how many networks a person is remembered to have signed in or reset. The longest unseen is forgotten.
pub const PLACES: i32 = 20;

/// Days after which a place is forgotten where the person did not sign in again.
pub const PLACE_DAYS: i32 = 180;

/// Days after which failures in a row of user IDs that nobody has are forgotten.
pub const STRANGER_DAYS: i32 = 30;

/// Notices of a sign-in from a new place that one person gets in a day: whoever travels is not flooded, and neither is the person whose
/// password a botnet has.
pub const NEW_PLACE_NOTICES_PER_DAY: i32 = 3;

/// How often a day administrators may lift the limits of one person: lifting is no way around the budgets of SMS and mails.
pub const LIFTS_PER_PERSON_PER_DAY: i32 = 10;

/// How often a day the administrators of a company may lift limits of one number or address, in however many users' settings they wrote
/// it: its budgets are everybody's.
pub const LIFTS_PER_CONTACT_PER_DAY: i32 = 3;

/// How often a day one administrator may lift limits, of whomever: enough for a morning on which a flood locked many out.
pub const LIFTS_PER_ADMINISTRATOR_PER_DAY: i32 = 100;

/// How often a code may be tried in one attempt, whatever was resent (product.md page 5). The table's check says the same.
pub const CODE_TRIES: i16 = 5;

/// A client's network: an IPv4 address, or the first 64 bits of an IPv6 address, which one person owns whole (V-30).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network(String);

impl Network {
    /// The network of an address. An IPv4 address inside IPv6 counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_string()),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }

    /// A network as an operator writes it: an address, or what [`Self::as_str`] shows.
    pub fn parse(text: &str) -> Option<Self> {
        let address =
            text.strip_suffix("::/64").map_or_else(|| text.to_owned(), |prefix| format!("{prefix}::"));
        address.parse().ok().map(Self::of)
    }

    /// For keys and audit events.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account as budgets know it: a hash of the normalised user ID, so that typed text is no key and no leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// The account that a normalised user ID names, existing or not.
    pub fn of(normalised_user_id: &str) -> Self {
        let digest =
            Sha256::new().chain_update(b"sspr account v1 ").chain_update(normalised_user_id).finalize();
        Self(digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
            // Cannot fail: a String takes all.
            let _ = std::fmt::Write::write_fmt(&mut hex, format_args!("{byte:02x}"));
            hex
        }))
    }

    /// For the columns that hold it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys under which budgets are counted.
pub mod key {
    use uuid::Uuid;

    use super::{Account, Network};

    /// Starts of a network.
    pub fn starts_of_network(network: &Network) -> String {
        format!("start/network/{}", network.0)
    }
    /// Starts of an account.
    pub fn starts_of_account(account: &Account) -> String {
        format!("start/account/{}", account.0)
    }
    /// Starts of an account from where its person was let in before: strangers are counted in [`starts_of_account`].
    pub fn starts_of_account_from_own_places(account: &Account) -> String {
        format!("start/account-place/{}", account.0)
    }
    /// Starts of an account from one network.
    pub fn starts_of_account_and_network(account: &Account, network: &Network) -> String {
        format!("start/account/{}/network/{}", account.0, network.0)
    }
    /// Starts without a puzzle from a network.
    pub fn without_puzzle_of_network(network: &Network) -> String {
        format!("without-puzzle/network/{}", network.0)
    }
    /// Starts without a puzzle for a domain, of a company or of nobody.
    pub fn without_puzzle_of_domain(domain: &str) -> String {
        format!("without-puzzle/domain/{}", Account::of(domain).0)
    }
    /// "Contact your administrator" for a domain, of a company or of nobody.
    pub fn contact_requests_of_domain(domain: &str) -> String {
        format!("contact/domain/{}", Account::of(domain).0)
    }
    /// Wrong codes of an account.
    pub fn wrong_codes(account: &Account) -> String {
        format!("wrong-code/account/{}", account.0)
    }
    /// Failed sign-ins of an account from one network.
    pub fn sign_in_of_account_and_network(account: &Account, network: &Network) -> String {
        format!("sign-in/account/{}/network/{}", account.0, network.0)
    }
    /// All failed sign-ins of an account: what a reset clears.
    pub fn sign_in_of_account(account: &Account) -> String {
        format!("sign-in/account/{}/", account.0)
    }
    /// Events of a network that could fill the audit log: one a minute is recorded.
    pub fn recorded(event: &str, at: &str, network: &Network) -> String {
        format!("recorded/{event}/{at}/network/{}", network.0)
    }
    /// Links from a network that open nothing.
    pub fn wrong_links_of_network(network: &Network) -> String {
        format!("wrong-link/network/{}", network.0)
    }
    /// Lifts of one person's limits.
    pub fn lifts_of_person(person: Uuid) -> String {
        format!("lift/{person}")
    }
    /// Lifts of the limits of one number or address by the administrators of a company: no company uses up another's.
    pub fn lifts_of_contact(company: Uuid, contact: &str) -> String {
        format!("lift/contact/{company}/{}", Account::of(contact).0)
    }
    /// Lifts by one administrator.
    pub fn lifts_by(administrator: Uuid) -> String {
        format!("lift/by/{administrator}")
    }
    /// Failed sign-ins of a network.
    pub fn sign_in_of_network(network: &Network) -> String {
        format!("sign-in/network/{}", network.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-30
    fn one_person_is_one_network() {
        let of = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn a_network_is_read_as_it_is_shown() {
        for shown in ["192.0.2.7", "2001:db8:1:2::/64", "2001:db8:0:0::/64"] {
            assert_eq!(Network::parse(shown).unwrap().as_str(), shown);
        }
        assert_eq!(Network::parse("2001:db8:1:2::7").unwrap().as_str(), "2001:db8:1:2::/64");
        for bad in ["", "::/64/", "192.0.2.0/24", "contoso.com", "2001:db8::/32"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_holds_no_user_id() {
        let account = Account::of("johnsmith@contoso.com");
        assert!(!key::starts_of_account(&account).contains("john"));
        assert!(
            key::sign_in_of_account_and_network(&account, &Network("n".into()))
                .starts_with(&key::sign_in_of_account(&account))
        );
    }
}
