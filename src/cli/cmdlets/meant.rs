//! What a line means in our own words: the parameters that belong together, checked as far as that needs no database.

use clap::ValueEnum as _;
use secrecy::SecretString;

use super::{
    Line, NotUnderstood,
    typed::{Given, Typed},
};
use crate::{cli::arguments::OutputFormat, visible::visible};

/// How many users `Get-MsolUser` shows unless told otherwise, as it always did.
pub const MAX_RESULTS: usize = 500;

/// What to do.
#[derive(Clone, Debug)]
pub enum Meant {
    /// `Set-MsolUser`.
    SetUser(SetUser),
    /// `Get-MsolUser -UserPrincipalName`.
    GetUser {
        /// Who.
        user_id: String,
    },
    /// `Get-MsolUser` without.
    ListUsers(ListUsers),
    /// `New-MsolUser`.
    NewUser(NewUser),
    /// `Get-MsolCompanyInformation`.
    CompanyInformation,
    /// `Set-MsolCompanySettings`.
    CompanySettings {
        /// `SelfServePasswordResetEnabled`.
        enabled: bool,
    },
    /// `Set-MsolUserPassword`.
    SetUserPassword {
        /// Whose.
        user_id: String,
        /// The password; `-` stands for standard input. `None`: one is made and printed.
        password: Option<SecretString>,
    },
    /// `Remove-MsolUser`.
    RemoveUser {
        /// Who.
        user_id: String,
        /// Without asking.
        force: bool,
    },
    /// `Set-MsolPasswordPolicy`.
    SetPasswordPolicy {
        /// Days until a password must be changed; `Some(None)`: never.
        valid: Option<Option<i32>>,
        /// Days of warning.
        warned: Option<i32>,
        /// Whose company.
        domain: Option<String>,
    },
    /// `Get-MsolPasswordPolicy`.
    PasswordPolicy {
        /// Whose company.
        domain: Option<String>,
    },
    /// `Connect-MsolService`: nothing to do.
    Connect,
}

impl Meant {
    /// Whether `-WhatIf` makes a difference.
    pub const fn changes_something(&self) -> bool {
        !matches!(self, Self::GetUser { .. } | Self::ListUsers(_) | Self::CompanyInformation | Self::Connect)
    }
}

/// `Set-MsolUser`; `None` leaves a property.
#[derive(Clone, Debug)]
pub struct SetUser {
    /// Who.
    pub user_id: String,
    /// All addresses; none removes them.
    pub alternate_emails: Option<Vec<String>>,
    /// The number; an empty one removes it.
    pub mobile_phone: Option<String>,
    /// Name.
    pub display_name: Option<String>,
    /// `BlockCredential`.
    pub blocked: Option<bool>,
}

/// `Get-MsolUser` of many.
#[derive(Clone, Debug)]
pub struct ListUsers {
    /// Beginning of a name, user ID or address, in lower case.
    pub search: Option<String>,
    /// `Some(true)`: only those who are not blocked.
    pub enabled: Option<bool>,
    /// Only user IDs of this domain, in lower case; its company.
    pub domain: Option<String>,
    /// At most so many; `None`: all.
    pub max: Option<usize>,
}

/// `New-MsolUser`.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Who.
    pub user_id: String,
    /// Name.
    pub display_name: String,
    /// In their order.
    pub alternate_emails: Vec<String>,
    /// The number.
    pub mobile_phone: Option<String>,
    /// The first password; `-` stands for standard input. `None`: a link is printed.
    pub password: Option<SecretString>,
}

impl Typed {
    /// What the line means.
    pub fn meant(mut self) -> Result<Line, NotUnderstood> {
        let output = match self.text("Output") {
            None => OutputFormat::default(),
            Some(name) => OutputFormat::from_str(&name, true).map_err(|_| {
                self.wrong(&format!("--output takes list, table, json or csv, not {}", visible(&name)))
            })?,
        };
        Ok(Line {
            what_if: self.truth("WhatIf") == Some(true),
            properties: self.list("Property").unwrap_or_default(),
            config: self.text("Config").map(Into::into),
            data_dir: self.text("Data-Dir").map(Into::into),
            company: self.text("Company"),
            output,
            meant: match self.cmdlet.name {
                "Set-MsolUser" => self.set_user()?,
                "Get-MsolUser" => self.get_user()?,
                "New-MsolUser" => self.new_user()?,
                "Get-MsolCompanyInformation" => Meant::CompanyInformation,
                "Set-MsolCompanySettings" => {
                    let enabled = self.truth("SelfServePasswordResetEnabled");
                    let what =
                        "Set-MsolCompanySettings needs -SelfServePasswordResetEnabled '$true' or '$false'";
                    Meant::CompanySettings { enabled: enabled.ok_or_else(|| self.wrong(what))? }
                }
                "Set-MsolUserPassword" => self.set_user_password()?,
                "Remove-MsolUser" => Meant::RemoveUser {
                    user_id: self.needed("UserPrincipalName")?,
                    // `-Confirm:$false` says the same in PowerShell.
                    force: self.truth("Force") == Some(true) || self.truth("Confirm") == Some(false),
                },
                "Set-MsolPasswordPolicy" => self.set_password_policy()?,
                "Get-MsolPasswordPolicy" => Meant::PasswordPolicy { domain: self.text("DomainName") },
                _ => Meant::Connect,
            },
        })
    }

    fn set_user(&mut self) -> Result<Meant, NotUnderstood> {
        let set = SetUser {
            user_id: self.needed("UserPrincipalName")?,
            alternate_emails: self.list("AlternateEmailAddresses"),
            mobile_phone: match self.take("MobilePhone") {
                Some(Given::Text(number)) => Some(number),
                Some(_) => Some(String::new()),
                None => None,
            },
            display_name: self.text("DisplayName"),
            blocked: self.truth("BlockCredential"),
        };
        if set.alternate_emails.is_none()
            && set.mobile_phone.is_none()
            && set.display_name.is_none()
            && set.blocked.is_none()
        {
            return Err(self.wrong("Set-MsolUser needs something to set"));
        }
        Ok(Meant::SetUser(set))
    }

    fn get_user(&mut self) -> Result<Meant, NotUnderstood> {
        let (all, max) = (self.truth("All") == Some(true), self.number("MaxResults"));
        let enabled = match self.text("EnabledFilter").as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("all") => None,
            Some("enabledonly") => Some(true),
            Some("disabledonly") => Some(false),
            Some(_) => return Err(self.wrong("-EnabledFilter takes All, EnabledOnly or DisabledOnly")),
        };
        let search = self.text("SearchString").map(|text| text.to_lowercase());
        let domain = self.text("DomainName").map(|text| text.to_ascii_lowercase());
        if let Some(user_id) = self.text("UserPrincipalName") {
            if all || max.is_some() || enabled.is_some() || search.is_some() || domain.is_some() {
                return Err(self.wrong("-UserPrincipalName names one user: it stands alone"));
            }
            return Ok(Meant::GetUser { user_id });
        }
        let max = match (all, max) {
            (true, Some(_)) => return Err(self.wrong("-All and -MaxResults contradict each other")),
            (true, None) => None,
            (false, max) => Some(max.unwrap_or(MAX_RESULTS)),
        };
        Ok(Meant::ListUsers(ListUsers { search, enabled, domain, max }))
    }

    fn set_user_password(&mut self) -> Result<Meant, NotUnderstood> {
        if self.truth("ForceChangePassword") == Some(false) {
            let what = "a password that somebody else made has to be changed at sign-in: -ForceChangePassword can't be '$false'";
            return Err(self.wrong(what));
        }
        let user_id = self.needed("UserPrincipalName")?;
        Ok(Meant::SetUserPassword { user_id, password: self.secret("NewPassword") })
    }

    fn set_password_policy(&mut self) -> Result<Meant, NotUnderstood> {
        let days = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let valid = self.number("ValidityPeriod").map(days);
        let warned = self.number("NotificationDays").map(days);
        if valid.is_none() && warned.is_none() {
            return Err(self.wrong("Set-MsolPasswordPolicy needs -ValidityPeriod or -NotificationDays"));
        }
        // The greatest number of 32 bits was how the old module wrote "never".
        let valid = valid.map(|days| Some(days).filter(|days| *days != i32::MAX));
        Ok(Meant::SetPasswordPolicy { valid, warned, domain: self.text("DomainName") })
    }

    fn new_user(&mut self) -> Result<Meant, NotUnderstood> {
        Ok(Meant::NewUser(NewUser {
            user_id: self.needed("UserPrincipalName")?,
            display_name: self.needed("DisplayName")?,
            alternate_emails: self.list("AlternateEmailAddresses").unwrap_or_default(),
            mobile_phone: self.text("MobilePhone"),
            password: self.secret("Password"),
        }))
    }
}
