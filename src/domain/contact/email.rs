//! The alternate e-mail address: where the link of a reset goes.

use std::fmt;

use super::MASK;
use crate::domain::{address, user::UserId};

/// Why a text is not an alternate e-mail address.
pub type AlternateEmailProblem = address::AddressProblem;

/// Why an address, though well formed, can't serve this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactProblem {
    /// It is the user ID itself: that mailbox is behind the very password that was forgotten.
    IsUserId,
    /// It lies in a domain of the person's own company, which is locked out together with the person.
    OwnDomain,
}

/// An e-mail address outside the company. The domain is in lower case, the local part as it was given (RFC 5321 2.4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AlternateEmail {
    address: String,
    at: usize,
}

impl AlternateEmail {
    /// Takes an address as typed or as stored; spaces around it are dropped.
    pub fn parse(text: &str) -> Result<Self, AlternateEmailProblem> {
        let parts = address::parse(text)?;
        let address = format!("{}@{}", parts.local, parts.domain.to_ascii_lowercase());
        Ok(Self { address, at: parts.local.len() })
    }

    /// The whole address: to store it, or to send to it.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The domain, in lower case.
    pub fn domain(&self) -> &str {
        &self.address[self.at + 1..]
    }

    /// Such as `j••••••h@••••••.com`: the ends of the local part and the last label of the domain.
    ///
    /// Always the same number of hidden characters; a short local part shows less of itself.
    pub fn masked(&self) -> String {
        let local = &self.address[..self.at];
        // From four characters on, both ends still hide half. ASCII, so slices fall between characters.
        let (first, last) = match local.len() {
            0 | 1 => ("•", "•"),
            2 | 3 => (&local[..1], "•"),
            n => (&local[..1], &local[n - 1..]),
        };
        let top = self.domain().rsplit('.').next().unwrap_or_default();
        format!("{first}{MASK}{last}@{MASK}.{top}")
    }

    /// Whether this address can't serve the user with this ID, and why.
    ///
    /// `company_domains` are in lower case, of the user's own company; their subdomains count as well. The company may
    /// allow its own domains (`allow_own_domain`), but never the user ID itself, nor the user ID with a `+tag`, which
    /// ends in the same mailbox.
    pub fn problem_for<D: AsRef<str>>(
        &self,
        user_id: &UserId,
        company_domains: &[D],
        allow_own_domain: bool,
    ) -> Option<ContactProblem> {
        let local = self.address[..self.at].to_ascii_lowercase();
        let mailbox = local.split_once('+').map_or(local.as_str(), |(mailbox, _tag)| mailbox);
        if self.domain() == user_id.domain()
            && (local == user_id.local_part() || mailbox == user_id.local_part())
        {
            return Some(ContactProblem::IsUserId);
        }
        let own = company_domains.iter().map(AsRef::as_ref).chain([user_id.domain()]).any(|own| {
            self.domain().strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        (own && !allow_own_domain).then_some(ContactProblem::OwnDomain)
    }
}

impl fmt::Debug for AlternateEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlternateEmail(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> AlternateEmail {
        AlternateEmail::parse(text).unwrap()
    }

    #[test] // O-13
    fn the_domain_is_lower_cased_and_the_local_part_kept() {
        let address = email(" John.Smith@FABRIKAM.com ");
        assert_eq!(address.as_str(), "John.Smith@fabrikam.com");
        assert_eq!(address.domain(), "fabrikam.com");
    }

    #[test] // V-23
    fn a_line_break_in_an_address_is_refused() {
        for text in ["a@fabrikam.com\r\nBcc: b@contoso.com", "a@fabrikam.com\n", "a\r@fabrikam.com"] {
            assert_eq!(AlternateEmail::parse(text), Err(AlternateEmailProblem::Character));
        }
    }

    #[test] // V-20
    fn a_mask_has_one_length_and_shows_two_letters_at_most() {
        for (text, masked) in [
            ("johnsmith@fabrikam.com", "j••••••h@••••••.com"),
            ("a@fabrikam.com", "••••••••@••••••.com"),
            ("ab@mail.fabrikam.com", "a•••••••@••••••.com"),
            ("abc@fabrikam.com", "a•••••••@••••••.com"),
            ("abcd@fabrikam.example", "a••••••d@••••••.example"),
        ] {
            let shown = email(text).masked();
            let local_length = shown.split('@').next().unwrap().chars().count();
            assert_eq!(local_length, 8, "{shown}");
            assert_eq!(shown, masked);
        }
        assert_eq!(format!("{:?}", email("johnsmith@fabrikam.com")), "AlternateEmail(…)");
    }

    #[test]
    fn an_address_that_is_locked_out_together_with_its_owner_is_refused() {
        use ContactProblem::{IsUserId, OwnDomain};
        let user_id = UserId::parse("johnsmith@contoso.com").unwrap();
        let domains = ["contoso.com", "contoso.example"];
        for (address, by_default, when_allowed) in [
            ("johnsmith@fabrikam.com", None, None),
            ("JohnSmith@Contoso.com", Some(IsUserId), Some(IsUserId)),
            ("johnsmith+reset@contoso.com", Some(IsUserId), Some(IsUserId)),
            ("janedoe@contoso.com", Some(OwnDomain), None),
            ("johnsmith@mail.contoso.com", Some(OwnDomain), None),
            ("johnsmith@contoso.example", Some(OwnDomain), None),
            ("johnsmith@a.b.contoso.example", Some(OwnDomain), None),
            ("johnsmith@notcontoso.com", None, None),
            ("johnsmith@contoso.com.example", None, None),
        ] {
            let address = email(address);
            assert_eq!(address.problem_for(&user_id, &domains, false), by_default, "{}", address.as_str());
            assert_eq!(address.problem_for(&user_id, &domains, true), when_allowed, "{}", address.as_str());
        }
        let plus = UserId::parse("john+smith@contoso.com").unwrap();
        assert_eq!(email("john+smith@contoso.com").problem_for(&plus, &domains, true), Some(IsUserId));
    }
}
