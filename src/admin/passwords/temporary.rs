//! A temporary password: made here and shown once, or an operator's choice. It has to be changed at sign-in.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use super::{Guarded, guarded, looked_at};
use crate::{
    admin::{
        NotDone, Operator, Refusal, Resets,
        users::{Whom, open, record, tell_of_reset, tell_person},
    },
    app::PRODUCT,
    directory::hashing::{Hashing, PasswordHash},
    domain::{
        audit::AuditEvent,
        deed::Deed,
        message::{How, Message},
        password::{CommonList, NewPassword, PasswordContext, PasswordPolicy, generated},
        secret::Key,
        user::{Right, UserId},
    },
    random,
    store::{
        self, Pool,
        companies::{self, Company},
        contact_requests,
        users::{self, TemporaryPassword, User},
    },
};

/// How long a temporary password signs in.
pub const TEMPORARY_HOURS: i32 = 24;

/// What a password that someone else makes is checked against and hashed with.
pub struct Rules<'a> {
    /// The threads that hash.
    pub hashing: &'a Hashing,
    /// The service's floor.
    pub policy: PasswordPolicy,
    /// The operator's list of refused passwords.
    pub common: Option<std::sync::Arc<CommonList>>,
    /// What "This was not me" in the notice is derived from; none: it says whom to tell.
    pub not_me: Option<&'a Key>,
}

/// A temporary password, to be shown once.
pub struct Temporary {
    /// Whose.
    pub user: User,
    /// The password.
    pub password: Zeroizing<String>,
    /// Until when it signs in.
    pub good_until: OffsetDateTime,
}

/// Makes a temporary password. Sessions, attempts under way and one-time links of the person end.
pub async fn temporary(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
    rules: &Rules<'_>,
) -> Result<Temporary, NotDone> {
    make_temporary(pool, by, whom.into(), rules, None).await
}

/// The same for a form, bound to the password that the person had when the form was shown ([`User::password_changed_at`]): of two
/// submits one makes a password, and the other kills none that was shown. [`Refusal::ChangedMeanwhile`]: it is another by now.
pub async fn temporary_once(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
    rules: &Rules<'_>,
    beside: Option<OffsetDateTime>,
) -> Result<Temporary, NotDone> {
    make_temporary(pool, by, whom.into(), rules, Some(Beside(beside))).await
}

/// When the password was set that a form was shown beside; none: there was none.
#[derive(Debug, Clone, Copy)]
struct Beside(Option<OffsetDateTime>);

impl Beside {
    fn is_gone(self, user: &User) -> bool {
        self.0 != user.password_changed_at
    }
}

async fn make_temporary(
    pool: &Pool,
    by: &impl Resets,
    whom: Whom<'_>,
    rules: &Rules<'_>,
    beside: Option<Beside>,
) -> Result<Temporary, NotDone> {
    let found = looked_at(pool, by, whom).await?;
    if found.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    if beside.is_some_and(|beside| beside.is_gone(&found)) {
        return Err(Refusal::ChangedMeanwhile.into());
    }
    let company = company_of(pool, &found).await?;
    if !company.temporary_passwords_allowed {
        return Err(Refusal::TemporaryPasswordForbidden.into());
    }
    if guarded(&mut *pool.acquire().await?, by, &company, &found).await? != Guarded::No {
        return Err(Refusal::TemporaryPasswordCannotWait.into());
    }
    let policy = rules.policy.raised(company.password_min_length);
    let mut password = Zeroizing::new(generated::written(u128::from_be_bytes(random::bytes())));
    while password.chars().count() < policy.min() {
        password.push('-');
        password.push_str(&generated::written(u128::from_be_bytes(random::bytes())));
    }
    let hash = hashed(&found, &company, password.clone(), rules).await?;
    let good_until = set_in(pool, by, &found, &hash, Shown::Once(beside), rules.not_me).await?;
    Ok(Temporary { user: found, password, good_until })
}

/// Sets a password that an operator chose, if it keeps the rules. It is as temporary as any that someone else made.
pub async fn set(
    pool: &Pool,
    by: &Operator,
    whom: impl Into<Whom<'_>>,
    password: Zeroizing<String>,
    rules: &Rules<'_>,
) -> Result<(User, OffsetDateTime), NotDone> {
    let found = looked_at(pool, by, whom.into()).await?;
    let company = company_of(pool, &found).await?;
    let hash = hashed(&found, &company, password, rules).await?;
    let good_until = set_in(pool, by, &found, &hash, Shown::Known, rules.not_me).await?;
    Ok((found, good_until))
}

async fn company_of(pool: &Pool, user: &User) -> Result<Company, NotDone> {
    Ok(companies::by_id(pool, user.company_id).await?.ok_or(Refusal::NoCompany)?)
}

async fn hashed(
    user: &User,
    company: &Company,
    password: Zeroizing<String>,
    rules: &Rules<'_>,
) -> Result<PasswordHash, NotDone> {
    let user_id = UserId::parse(&user.user_id).map_err(Refusal::UserId)?;
    let context =
        PasswordContext::new(&user_id, &user.display_name, &company.name, &company.domains, PRODUCT)
            .with_words(&company.password_refused_words);
    let policy = rules.policy.raised(company.password_min_length);
    let checked =
        rules.hashing.check(password.clone(), password, policy, context, rules.common.clone()).await?;
    let checked: NewPassword = checked.map_err(Refusal::Password)?;
    Ok(rules.hashing.hash(checked).await?)
}

/// Who will have seen a password that someone else set.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// Whoever made it, once.
    Once(Option<Beside>),
    /// The operator who chose it.
    Known,
}

async fn set_in(
    pool: &Pool,
    by: &impl Resets,
    found: &User,
    hash: &PasswordHash,
    shown: Shown,
    not_me: Option<&Key>,
) -> Result<OffsetDateTime, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, Whom::Row(found.id), Right::ResetPasswords).await?;
    if user.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    if let Shown::Once(beside) = shown {
        if !company.temporary_passwords_allowed {
            return Err(Refusal::TemporaryPasswordForbidden.into());
        }
        if guarded(&mut tx, by, &company, &user).await? != Guarded::No {
            return Err(Refusal::TemporaryPasswordCannotWait.into());
        }
        // The rows are locked: of two submits at once the second sees what the first did.
        if beside.is_some_and(|beside| beside.is_gone(&user)) {
            return Err(Refusal::ChangedMeanwhile.into());
        }
    }
    let good_until = users::set_temporary_password(
        &mut tx,
        &TemporaryPassword { user: user.id, password_hash: hash.as_str(), hours: TEMPORARY_HOURS },
    )
    .await?;
    // Also to the mailbox, where there is one: nobody's password is made anew without their hearing of it.
    let told = tell_person(&mut tx, &user, &company, Deed::TemporaryPassword, not_me, |copy| {
        let (user_id, by, at) = (user.user_id.clone(), by.author(), copy.at);
        let (not_me_until, to) = (copy.not_me_until, copy.to);
        Message::PasswordResetByAdministrator { user_id, by, at, good_until, not_me_until, to }
    })
    .await?;
    tell_of_reset(&mut tx, by, &user, How::TemporaryPassword, &told).await?;
    contact_requests::close_of(&mut *tx, user.id, &by.actor()).await?;
    let told = json!({ "good_until": good_until.format(&Rfc3339).unwrap_or_default() });
    record(&mut tx, by, AuditEvent::TemporaryPasswordMade, &user, told).await?;
    tx.commit().await?;
    Ok(good_until)
}
