//! The navigation of the portal and of `/account`: which sections there are, which of them a role opens, where the page stands.
//!
//! Must stay true: a section that the role does not open is not offered. That is courtesy, not protection: the page behind it
//! asks for its right by itself.
//!
//! To add a section: a case here, its word `portal-nav-…` in `portal.ftl`, its page with [`PortalNav::new`].

use super::markup::Markup;
use crate::domain::user::Role;

/// A part of the portal, as the navigation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `/portal/users`
    Users,
    /// `/portal/readiness`
    Readiness,
    /// `/portal/requests`
    Requests,
    /// `/portal/approvals`
    Approvals,
    /// `/portal/messages`
    Messages,
    /// `/portal/company`
    Company,
    /// `/portal/audit`
    Audit,
    /// `/account`
    Account,
    /// `/portal/incidents`
    Incidents,
}

impl Section {
    /// All of them, in the order of the navigation.
    pub const ALL: [Self; 9] = [
        Self::Users,
        Self::Readiness,
        Self::Requests,
        Self::Incidents,
        Self::Approvals,
        Self::Messages,
        Self::Company,
        Self::Audit,
        Self::Account,
    ];

    /// Where it begins.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Users => "/portal/users",
            Self::Readiness => "/portal/readiness",
            Self::Requests => "/portal/requests",
            Self::Approvals => "/portal/approvals",
            Self::Messages => "/portal/messages",
            Self::Company => "/portal/company",
            Self::Audit => "/portal/audit",
            Self::Account => "/account",
            Self::Incidents => "/portal/incidents",
        }
    }

    /// The key of its word.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Users => "portal-nav-users",
            Self::Readiness => "portal-nav-readiness",
            Self::Requests => "portal-nav-requests",
            Self::Approvals => "portal-nav-approvals",
            Self::Messages => "portal-nav-messages",
            Self::Company => "portal-nav-company",
            Self::Audit => "portal-nav-audit",
            Self::Account => "portal-nav-account",
            Self::Incidents => "portal-nav-incidents",
        }
    }

    /// Whether a role opens it.
    const fn opens_to(self, role: Role) -> bool {
        match self {
            Self::Users | Self::Readiness | Self::Requests => role.opens_portal(),
            Self::Approvals | Self::Messages | Self::Company | Self::Audit | Self::Incidents => {
                matches!(role, Role::GlobalAdministrator)
            }
            Self::Account => true,
        }
    }
}

/// What `base.html` shows above a page of a signed-in person.
#[derive(Clone)]
pub struct PortalNav {
    /// The section that the page belongs to.
    pub here: Section,
    /// The sections that the role opens, in their order.
    pub sections: Vec<Section>,
    /// Requests that wait for an answer by this person.
    pub open_requests: i64,
    /// Incidents that nobody has closed, for whoever may.
    pub open_incidents: i64,
    /// Changes that wait for a second pair of eyes.
    pub waiting_changes: i64,
    /// A line above every page, such as a password that will soon be too old.
    pub warning: Option<Markup>,
}

impl PortalNav {
    /// The navigation of someone in this role on a page of that section.
    pub fn new(role: Role, here: Section) -> Self {
        let sections = Section::ALL.into_iter().filter(|section| section.opens_to(role)).collect();
        Self { here, sections, open_requests: 0, open_incidents: 0, waiting_changes: 0, warning: None }
    }

    /// The lines of the navigation.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |section: &Section| Entry {
            path: section.path(),
            key: section.key(),
            is_here: *section == self.here,
            is_own: *section == Section::Account,
            waiting: match section {
                Section::Requests => Some(self.open_requests),
                Section::Incidents => Some(self.open_incidents),
                Section::Approvals => Some(self.waiting_changes),
                _ => None,
            }
            .filter(|waiting| *waiting > 0),
        };
        self.sections.iter().map(entry).collect()
    }
}

/// One line of the navigation.
pub struct Entry {
    /// Where it leads.
    pub path: &'static str,
    /// The key of its word.
    pub key: &'static str,
    /// The page is in this section.
    pub is_here: bool,
    /// The person's own things stand apart from the company's.
    pub is_own: bool,
    /// How many things wait there, where any do.
    pub waiting: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_requests_are_counted_at_their_section_and_none_is_no_number() {
        let mut nav = PortalNav::new(Role::PasswordAdministrator, Section::Requests);
        assert!(nav.entries().iter().all(|entry| entry.waiting.is_none()));
        nav.open_requests = 3;
        let entries = nav.entries();
        let counted: Vec<_> = entries.iter().filter(|entry| entry.waiting == Some(3)).collect();
        assert_eq!(counted.len(), 1);
        assert!(counted[0].is_here && counted[0].path == "/portal/requests");
        nav = PortalNav::new(Role::GlobalAdministrator, Section::Users);
        nav.open_incidents = 2;
        let waiting: Vec<_> =
            nav.entries().into_iter().filter_map(|entry| Some((entry.path, entry.waiting?))).collect();
        assert_eq!(waiting, [("/portal/incidents", 2)]);
    }

    #[test]
    fn only_what_a_role_opens_is_offered_and_the_own_account_always() {
        for role in Role::ALL {
            let offered = PortalNav::new(role, Section::Account).sections;
            let expected: &[Section] = match role {
                Role::GlobalAdministrator => &Section::ALL,
                Role::UserManagementAdministrator | Role::PasswordAdministrator => {
                    &[Section::Users, Section::Readiness, Section::Requests, Section::Account]
                }
                _ => &[Section::Account],
            };
            assert_eq!(offered, expected, "{role}");
        }
    }
}
