//! Which cmdlets and parameters there are. Source: the stored reference pages of the `MSOnline` module.
//!
//! Parameters that the cmdlet had and that mean nothing here are named too: they count when a short form is ambiguous, and are
//! refused in words of their own instead of as a typing error.

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that may be removed by `$null`.
    Removable,
    /// A text that is taken as it stands, with its quotation marks and spaces.
    Secret,
    /// Texts with commas between them.
    List,
    /// A whole number.
    Number,
    /// `$true` or `$false`, always said.
    Truth,
    /// The same, but alone it means `$true`: the reference page's own example writes it so.
    TruthOrAlone,
    /// Stands alone; `-Name:$false` turns it off.
    Switch,
    /// Taken with its value and without effect: what it governed is always so here.
    Quiet,
    /// The cmdlet had it, here it means nothing.
    Foreign,
}

impl Kind {
    /// How help writes the value.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Text | Self::Removable | Self::Secret => "…",
            Self::List => "…,…",
            Self::Number => "N",
            Self::Truth | Self::TruthOrAlone => "'$true'|'$false'",
            Self::Switch | Self::Quiet | Self::Foreign => "",
        }
    }

    /// Not worth a place in help.
    pub const fn is_quiet(self) -> bool {
        matches!(self, Self::Quiet | Self::Foreign)
    }
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As the reference page writes it.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
}

/// A cmdlet.
#[derive(Clone, Copy, Debug)]
pub struct Cmdlet {
    /// As the reference page writes it.
    pub name: &'static str,
    /// Those that mean something here.
    pub parameters: &'static [Parameter],
    /// Those that it had besides.
    pub foreign: &'static [&'static str],
}

const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind }
}

/// Our own words that every cmdlet takes, and PowerShell's common parameters. `-ErrorAction` and its like are in so many
/// runbooks that refusing them would break lines whose meaning is plain.
pub const COMMON: &[Parameter] = &[
    parameter("WhatIf", Kind::Switch),
    parameter("Confirm", Kind::Switch),
    parameter("Property", Kind::List),
    parameter("Output", Kind::Text),
    parameter("Company", Kind::Text),
    parameter("Config", Kind::Text),
    parameter("Data-Dir", Kind::Text),
    parameter("Verbose", Kind::Switch),
    parameter("Debug", Kind::Switch),
    parameter("ErrorAction", Kind::Quiet),
    parameter("WarningAction", Kind::Quiet),
    parameter("InformationAction", Kind::Quiet),
];

const PRINCIPAL: Parameter = parameter("UserPrincipalName", Kind::Text);

/// What a user had in the old module and has not here.
const OF_USERS: &[&str] = &[
    "AlternateMobilePhones",
    "City",
    "Country",
    "Department",
    "Fax",
    "FirstName",
    "ImmutableId",
    "LastName",
    "LastPasswordChangeTimestamp",
    "LicenseAssignment",
    "LicenseOptions",
    "ObjectId",
    "Office",
    "PasswordNeverExpires",
    "PhoneNumber",
    "PostalCode",
    "PreferredDataLocation",
    "PreferredLanguage",
    "SoftDeletionTimestamp",
    "State",
    "StreetAddress",
    "StrongAuthenticationMethods",
    "StrongAuthenticationRequirements",
    "StrongPasswordRequired",
    "StsRefreshTokensValidFrom",
    "TenantId",
    "Title",
    "UsageLocation",
    "UserType",
];

/// All of them.
pub const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Set-MsolUser",
        parameters: &[
            PRINCIPAL,
            parameter("AlternateEmailAddresses", Kind::List),
            parameter("MobilePhone", Kind::Removable),
            parameter("DisplayName", Kind::Text),
            parameter("BlockCredential", Kind::Truth),
        ],
        foreign: OF_USERS,
    },
    Cmdlet {
        name: "Get-MsolUser",
        parameters: &[
            PRINCIPAL,
            parameter("All", Kind::Switch),
            parameter("SearchString", Kind::Text),
            parameter("MaxResults", Kind::Number),
            parameter("EnabledFilter", Kind::Text),
            parameter("DomainName", Kind::Text),
        ],
        foreign: &[
            "City",
            "Country",
            "Department",
            "HasErrorsOnly",
            "LicenseReconciliationNeededOnly",
            "ObjectId",
            "ReturnDeletedUsers",
            "State",
            "Synchronized",
            "TenantId",
            "Title",
            "UnlicensedUsersOnly",
            "UsageLocation",
        ],
    },
    Cmdlet {
        name: "New-MsolUser",
        parameters: &[
            PRINCIPAL,
            parameter("DisplayName", Kind::Text),
            parameter("AlternateEmailAddresses", Kind::List),
            parameter("MobilePhone", Kind::Text),
            parameter("Password", Kind::Secret),
        ],
        foreign: OF_USERS,
    },
    Cmdlet { name: "Get-MsolCompanyInformation", parameters: &[], foreign: &["TenantId"] },
    Cmdlet {
        name: "Set-MsolCompanySettings",
        parameters: &[parameter("SelfServePasswordResetEnabled", Kind::Truth)],
        foreign: &[
            "AllowAdHocSubscriptions",
            "AllowEmailVerifiedUsers",
            "DefaultUsageLocation",
            "TenantId",
            "UsersPermissionToCreateGroupsEnabled",
            "UsersPermissionToCreateLOBAppsEnabled",
            "UsersPermissionToReadOtherUsersEnabled",
            "UsersPermissionToUserConsentToAppEnabled",
        ],
    },
    Cmdlet {
        name: "Set-MsolUserPassword",
        parameters: &[
            PRINCIPAL,
            parameter("NewPassword", Kind::Secret),
            parameter("ForceChangePassword", Kind::TruthOrAlone),
        ],
        foreign: &["ForceChangePasswordOnly", "ObjectId", "TenantId"],
    },
    Cmdlet {
        name: "Remove-MsolUser",
        parameters: &[PRINCIPAL, parameter("Force", Kind::Switch)],
        foreign: &["ObjectId", "RemoveFromRecycleBin", "TenantId"],
    },
    Cmdlet {
        name: "Set-MsolPasswordPolicy",
        parameters: &[
            parameter("ValidityPeriod", Kind::Number),
            parameter("NotificationDays", Kind::Number),
            parameter("DomainName", Kind::Text),
        ],
        foreign: &["TenantId"],
    },
    Cmdlet {
        name: "Get-MsolPasswordPolicy",
        parameters: &[parameter("DomainName", Kind::Text)],
        foreign: &["TenantId"],
    },
    Cmdlet {
        name: "Connect-MsolService",
        parameters: &[
            parameter("Credential", Kind::Quiet),
            parameter("AdGraphAccessToken", Kind::Quiet),
            parameter("MsGraphAccessToken", Kind::Quiet),
            parameter("AzureEnvironment", Kind::Quiet),
        ],
        foreign: &[],
    },
];
