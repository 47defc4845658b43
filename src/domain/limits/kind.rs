//! The limits that administrators see and lift: by what each is counted, and until when it holds.
//!
//! To add one: a variant, its line in [`rules`] where it is a budget, its words `limit-…` in `portal_limits.ftl`, its line in README's
//! table.

use super::Budgets;

/// A limit that somebody can stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Starts of a reset for a user ID, from everywhere.
    Starts,
    /// Starts of a reset for a user ID, from one network.
    StartsFromNetwork,
    /// Wrong security codes of a day.
    WrongCodes,
    /// Wrong security codes without a right one: no code is taken until it is lifted.
    WrongCodesInARow,
    /// Failed sign-ins from one network.
    FailedSignIns,
    /// Wrong passwords without a right one: sign-in from places where the person was before only, or not from one network.
    WrongPasswordsInARow,
    /// Security codes to the person's number.
    SmsToNumber,
    /// Text messages of every kind to the person.
    TextsToPerson,
    /// Mails that visitors caused, to the person's address.
    MailsToAddress,
    /// Mails that visitors in one network caused, to the person's address.
    MailsFromNetwork,
    /// Starts of resets from a network.
    NetworkStarts,
    /// Starts without a puzzle from a network.
    NetworkWithoutPuzzle,
    /// Failed sign-ins from a network.
    NetworkSignIns,
    /// Links that open nothing, from a network.
    NetworkLinks,
}

impl Kind {
    /// All of them, in the order in which lists name them.
    pub const ALL: [Self; 14] = [
        Self::Starts,
        Self::StartsFromNetwork,
        Self::WrongCodes,
        Self::WrongCodesInARow,
        Self::FailedSignIns,
        Self::WrongPasswordsInARow,
        Self::SmsToNumber,
        Self::TextsToPerson,
        Self::MailsToAddress,
        Self::MailsFromNetwork,
        Self::NetworkStarts,
        Self::NetworkWithoutPuzzle,
        Self::NetworkSignIns,
        Self::NetworkLinks,
    ];

    /// The name in audit events and in the shell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::StartsFromNetwork => "starts_from_network",
            Self::WrongCodes => "wrong_codes",
            Self::WrongCodesInARow => "wrong_codes_in_a_row",
            Self::FailedSignIns => "failed_sign_ins",
            Self::WrongPasswordsInARow => "wrong_passwords_in_a_row",
            Self::SmsToNumber => "sms_to_number",
            Self::TextsToPerson => "texts_to_person",
            Self::MailsToAddress => "mails_to_address",
            Self::MailsFromNetwork => "mails_from_network",
            Self::NetworkStarts => "network_starts",
            Self::NetworkWithoutPuzzle => "network_without_puzzle",
            Self::NetworkSignIns => "network_sign_ins",
            Self::NetworkLinks => "network_links",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Whose a budget is: how the database finds the person behind its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The hash of a user ID.
    Account,
    /// A mobile phone's number.
    Number,
    /// A user's row.
    Person,
    /// The hash of an alternate e-mail address.
    Address,
    /// A network.
    Network,
}

impl Holder {
    /// The name in the statement that lists limits.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Number => "number",
            Self::Person => "person",
            Self::Address => "address",
            Self::Network => "network",
        }
    }
}

/// A budget under which something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Which limit it is.
    pub kind: Kind,
    /// Whose it is.
    pub holder: Holder,
    /// How its keys begin, up to whose it is.
    pub prefix: &'static str,
    /// Its keys end with a network.
    pub of_network: bool,
    /// How many are allowed.
    pub most: i32,
    /// In how many seconds.
    pub seconds: i32,
}

const MINUTE: i32 = 60;
const HOUR: i32 = 60 * MINUTE;
const DAY: i32 = 24 * HOUR;

/// Every budget at which somebody can stand, with these settings. What is counted in a row is no budget and not among them.
pub fn rules(b: &Budgets) -> Vec<Rule> {
    let rule = |kind, holder, prefix, of_network, most, seconds| Rule {
        kind,
        holder,
        prefix,
        of_network,
        most,
        seconds,
    };
    let near = b.starts_per_account_and_network_per_day;
    let failed = b.sign_in_failures_per_account_and_network;
    let quiet = b.without_puzzle_per_network_per_hour;
    vec![
        rule(Kind::Starts, Holder::Account, "start/account/", false, b.starts_per_account_per_day, DAY),
        rule(Kind::Starts, Holder::Account, "start/account-place/", false, b.starts_per_account_per_day, DAY),
        rule(Kind::StartsFromNetwork, Holder::Account, "start/account/", true, near, DAY),
        rule(
            Kind::WrongCodes,
            Holder::Account,
            "wrong-code/account/",
            false,
            b.wrong_codes_per_account_per_day,
            DAY,
        ),
        rule(Kind::FailedSignIns, Holder::Account, "sign-in/account/", true, failed, 15 * MINUTE),
        rule(
            Kind::SmsToNumber,
            Holder::Number,
            "sms/10-minutes/",
            false,
            b.sms_per_number_per_10_minutes,
            10 * MINUTE,
        ),
        rule(Kind::SmsToNumber, Holder::Number, "sms/day/", false, b.sms_per_number_per_day, DAY),
        rule(Kind::TextsToPerson, Holder::Person, "texts/account/", false, b.sms_per_account_per_day, DAY),
        rule(Kind::MailsToAddress, Holder::Address, "mail/hour/", false, b.mails_per_address_per_hour, HOUR),
        rule(Kind::MailsToAddress, Holder::Address, "mail/day/", false, b.mails_per_address_per_day, DAY),
        rule(
            Kind::MailsToAddress,
            Holder::Address,
            "mail/hour-place/",
            false,
            b.mails_per_address_per_hour,
            HOUR,
        ),
        rule(
            Kind::MailsToAddress,
            Holder::Address,
            "mail/day-place/",
            false,
            b.mails_per_address_per_day,
            DAY,
        ),
        rule(
            Kind::MailsFromNetwork,
            Holder::Address,
            "mail/hour/",
            true,
            b.mails_per_address_and_network_per_hour,
            HOUR,
        ),
        rule(
            Kind::MailsFromNetwork,
            Holder::Address,
            "mail/day/",
            true,
            b.mails_per_address_and_network_per_day,
            DAY,
        ),
        rule(
            Kind::NetworkStarts,
            Holder::Network,
            "start/network/",
            true,
            b.starts_per_network_per_hour,
            HOUR,
        ),
        rule(Kind::NetworkWithoutPuzzle, Holder::Network, "without-puzzle/network/", true, quiet, HOUR),
        rule(
            Kind::NetworkSignIns,
            Holder::Network,
            "sign-in/network/",
            true,
            b.sign_in_failures_per_network_per_hour,
            HOUR,
        ),
        rule(
            Kind::NetworkLinks,
            Holder::Network,
            "wrong-link/network/",
            true,
            b.wrong_links_per_network_per_hour,
            HOUR,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.as_str()), Some(kind));
        }
    }
}
