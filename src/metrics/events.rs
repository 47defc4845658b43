//! What is counted, and by which name of its outcome: the closed sets behind the labels.

/// How a send ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The relay or provider took it.
    Accepted,
    /// It failed, and another try may help.
    Retry,
    /// It was refused for good.
    Refused,
    /// The answer was lost: it may be on its way.
    Unknown,
}

impl SendOutcome {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retry => "retry",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// How far a reset came, and how it ended. A start counts whoever was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody named a user ID.
    Started,
    /// The link was opened.
    EmailProven,
    /// A code was wrong.
    CodeWrong,
    /// The code was right.
    CodeProven,
    /// The new password was set.
    PasswordReset,
    /// "This was not me" ended it, or blocked the account.
    NotMe,
}

impl Step {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::EmailProven => "email_proven",
            Self::CodeWrong => "code_wrong",
            Self::CodeProven => "code_proven",
            Self::PasswordReset => "password_reset",
            Self::NotMe => "not_me",
        }
    }
}

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Somebody is in.
    Done,
    /// Unknown, blocked or wrong.
    Failed,
    /// The network has to wait.
    Throttled,
}

impl SignIn {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Throttled => "throttled",
        }
    }
}

/// What a delivery receipt or bounce said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// It did not.
    Failed,
    /// Not decided yet.
    Pending,
    /// The call was not believed: its signature is wrong, or it is about no message of ours.
    NotBelieved,
}

impl Fate {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::NotBelieved => "not_believed",
        }
    }
}
