//! `sspr user …`.

mod shown;

use std::{
    collections::HashMap,
    io::{self, BufRead as _},
};

use zeroize::Zeroizing;

use shown::{SHOWN, blocked, shown};
pub(super) use shown::{link_shown, moment, understood};

use super::{
    Exit, Said,
    arguments::{UserCreateArguments, UserSetArguments, UserVerb},
    company::changed,
    import,
    output::{Record, Records},
    password,
    reach::Reach,
    refusal::{self, Typed},
};
use crate::{
    admin::{
        Changed, NotDone, Operator, Property, readiness, truth,
        users::{self, FirstAccess, NewUser, UserChange},
    },
    domain::{
        readiness::{Readiness, Reason},
        user::Role,
    },
    store::users::{self as stored, User},
    visible::visible,
};

/// The names of a user's changes.
const OF_USER: &[&str] = &["UserId", "Property", "Old", "New"];
/// What ends a dry run.
pub(super) const DRY_RUN: &str = "sspr: a dry run: nothing was changed\n";
/// Longest line that is read as a password, in bytes: more than any password that is accepted.
const LINE_MAX: u64 = 64 * 1024;

/// Carries out a verb.
pub async fn run(verb: UserVerb, reach: &Reach) -> Result<Said, Said> {
    let (pool, by) = (&reach.pool, &reach.operator);
    match verb {
        UserVerb::Create(arguments) => create(&arguments, reach).await,
        UserVerb::Set(arguments) => set(&arguments, reach).await,
        UserVerb::Show(argument) => {
            let not_done = not_done(&argument.user_id);
            let found = users::find(pool, by, argument.user_id.as_str()).await.map_err(&not_done)?;
            let user = found.ok_or_else(|| not_done(crate::admin::Refusal::NoUser.into()))?;
            let readiness = readiness_of(reach, &user).await?;
            Ok(Said::done(Records::One(shown(&user, &readiness)).render(reach.output)))
        }
        UserVerb::List => {
            let company = reach.company().await?;
            let all = users::all(pool, by, &company).await.map_err(|error| refusal::away(&error))?;
            let report = readiness::report_of(pool, by, &company, &reach.budgets()).await;
            let known: HashMap<_, _> = report
                .map_err(|error| refusal::away(&error))?
                .lines
                .into_iter()
                .map(|line| (line.id, line.readiness))
                .collect();
            let other = Readiness { reasons: vec![Reason::NotAdministrator], ..Readiness::default() };
            let records = all.iter().map(|user| shown(user, known.get(&user.id).unwrap_or(&other))).collect();
            Ok(Said::done(Records::Many(SHOWN, records).render(reach.output)))
        }
        UserVerb::ResetPassword(arguments) => password::reset(&arguments, reach).await,
        UserVerb::ResetPasswords(arguments) => password::reset_many(&arguments, reach).await,
        UserVerb::BreakGlass(argument) => password::break_glass(&argument.user_id, reach).await,
        UserVerb::Import(arguments) => import::import(&arguments, reach).await,
        UserVerb::Export => import::export(reach).await,
        UserVerb::Delete(argument) => {
            let by = leaving(by, argument.last_global_administrator);
            let deleted =
                users::delete(pool, by.as_ref().unwrap_or(&reach.operator), argument.user_id.as_str());
            let user = deleted.await.map_err(not_done(&argument.user_id))?;
            let record = vec![("UserId", user.user_id.into()), ("Deleted", true.into())];
            Ok(Said::done(Records::One(record).render(reach.output)))
        }
        UserVerb::Sessions(argument) => sessions(&argument.user_id, reach).await,
        UserVerb::EndSessions(argument) => {
            let ended = users::end_sessions(pool, by, argument.user_id.as_str()).await;
            let (user, count) = ended.map_err(not_done(&argument.user_id))?;
            let record = vec![("UserId", user.user_id.into()), ("SessionsEnded", count.into())];
            Ok(Said::done(Records::One(record).render(reach.output)))
        }
        UserVerb::Block(argument) => {
            let (user, blocked) = users::block(pool, by, argument.user_id.as_str())
                .await
                .map_err(not_done(&argument.user_id))?;
            let change = Changed {
                property: Property::Blocked,
                old: truth(false).to_owned(),
                new: truth(true).to_owned(),
            };
            let changes = if blocked { vec![change] } else { Vec::new() };
            Ok(changed(OF_USER, &user.user_id, &changes, reach))
        }
        UserVerb::Unblock(argument) => {
            // Without the key the block is lifted all the same; its notice then has no button.
            let key = reach.key().ok();
            let lifted = users::unblock_and_tell(pool, by, argument.user_id.as_str(), key.as_ref()).await;
            let (user, block) = lifted.map_err(not_done(&argument.user_id))?;
            let changes = block.map(|block| Changed {
                property: Property::Blocked,
                old: blocked(block.since, &block.why),
                new: truth(false).to_owned(),
            });
            Ok(changed(OF_USER, &user.user_id, changes.as_slice(), reach))
        }
    }
}

async fn create(arguments: &UserCreateArguments, reach: &Reach) -> Result<Said, Said> {
    let new = NewUser {
        user_id: &arguments.user_id,
        display_name: &arguments.display_name,
        role: role(&arguments.role)?,
        alternate_emails: &arguments.alternate_email_addresses,
        mobile_phone: arguments.mobile_phone.as_deref(),
    };
    let typed = Typed {
        user_id: &arguments.user_id,
        list: &arguments.alternate_email_addresses,
        mobile_phone: arguments.mobile_phone.as_deref().unwrap_or_default(),
    };
    // What the link needs is asked for before anybody is made.
    let (key, rules, origin);
    let access = if arguments.password_stdin {
        origin = String::new();
        rules = reach.password_rules()?;
        FirstAccess::Password(password_line(io::stdin().lock())?, &rules)
    } else {
        origin = reach.public_url()?;
        key = reach.key()?;
        FirstAccess::Link(&key)
    };
    let ask = reach.key().ok();
    let made = users::create(&reach.pool, &reach.operator, &new, access, ask.as_ref())
        .await
        .map_err(|not_done| refusal::said(&not_done, typed))?;
    let readiness = readiness_of(reach, &made.user).await?;
    let mut record = shown(&made.user, &readiness);
    record.extend(made.link.iter().flat_map(|link| link_shown(link, &origin)));
    let mut said = Said::done(Records::One(record).render(reach.output));
    said.err = understood(&made.user, typed);
    Ok(said)
}

async fn set(arguments: &UserSetArguments, reach: &Reach) -> Result<Said, Said> {
    let addresses = &arguments.alternate_email_addresses;
    let change = UserChange {
        display_name: arguments.display_name.as_deref(),
        role: arguments.role.as_deref().map(role).transpose()?,
        alternate_emails: (arguments.no_alternate_email_address || !addresses.is_empty())
            .then_some(addresses.as_slice()),
        mobile_phone: match &arguments.mobile_phone {
            Some(typed) => Some(Some(typed)),
            None => arguments.no_mobile_phone.then_some(None),
        },
        version: None,
    };
    // Without the key the data is changed all the same; only nobody is asked to confirm it.
    let key = reach.key().ok();
    let typed = Typed {
        user_id: &arguments.user_id,
        list: addresses,
        mobile_phone: arguments.mobile_phone.as_deref().unwrap_or_default(),
    };
    let leaving = leaving(&reach.operator, arguments.last_global_administrator);
    let by = leaving.as_ref().unwrap_or(&reach.operator);
    let (pool, whom) = (&reach.pool, arguments.user_id.as_str());
    let done = if arguments.dry_run {
        users::preview(pool, by, whom, &change).await
    } else {
        users::change(pool, by, whom, &change, key.as_ref()).await
    };
    let done = done.map_err(|not_done| refusal::said(&not_done, typed))?;
    let mut said = changed(OF_USER, &done.user.user_id, &done.changes, reach);
    said.err += &understood(&done.user, typed);
    if arguments.dry_run {
        said.err += DRY_RUN;
    }
    Ok(said)
}

/// The operator who said that the last global administrator may go; none: did not.
fn leaving(by: &Operator, said: bool) -> Option<Operator> {
    said.then(|| by.leaving_nobody())
}

/// The names of a session.
const SESSION: &[&str] = &["UserId", "SignedInAt", "LastUsedAt", "Browser", "Network"];

async fn sessions(user_id: &str, reach: &Reach) -> Result<Said, Said> {
    let found = users::find(&reach.pool, &reach.operator, user_id).await.map_err(not_done(user_id))?;
    let user = found.ok_or_else(|| not_done(user_id)(crate::admin::Refusal::NoUser.into()))?;
    let open = stored::sessions(&reach.pool, user.id).await.map_err(|error| refusal::away(&error))?;
    let records = open.iter().map(|session| -> Record {
        vec![
            ("UserId", user.user_id.as_str().into()),
            ("SignedInAt", moment(session.created_at).into()),
            ("LastUsedAt", moment(session.seen_at).into()),
            ("Browser", session.browser.as_deref().unwrap_or_default().into()),
            ("Network", session.network.as_deref().unwrap_or_default().into()),
        ]
    });
    let mut said = Said::done(Records::Many(SESSION, records.collect()).render(reach.output));
    if open.is_empty() {
        said.err = format!("sspr: {} is signed in nowhere\n", visible(&user.user_id));
    }
    Ok(said)
}

fn not_done(user_id: &str) -> impl Fn(NotDone) -> Said {
    move |not_done| refusal::said(&not_done, Typed { user_id, ..Typed::default() })
}

fn role(name: &str) -> Result<Role, Said> {
    // The frame of the arguments lets only known names through; this keeps it so.
    name.parse().map_err(|_| Said::refused(Exit::Usage, format!("sspr: {} is no role\n", visible(name))))
}

/// One line, without its end and with its spaces; what follows it is not read.
pub(super) fn password_line(input: impl io::Read) -> Result<Zeroizing<String>, Said> {
    let refused = |what: &str| Said::refused(Exit::Refused, format!("sspr: {what}\n"));
    let mut line = Zeroizing::new(String::with_capacity(1024));
    io::BufReader::new(input.take(LINE_MAX))
        .read_line(&mut line)
        .map_err(|_| refused("the password on standard input is not UTF-8 text"))?;
    for end in ['\n', '\r'] {
        if line.ends_with(end) {
            line.pop();
        }
    }
    if line.is_empty() { Err(refused("there is no password on standard input")) } else { Ok(line) }
}

async fn readiness_of(reach: &Reach, user: &User) -> Result<Readiness, Said> {
    readiness::of(&reach.pool, &reach.operator, user, &reach.budgets()).await.map_err(not_done(&user.user_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_without_its_end_and_with_its_spaces() {
        let line = |text: &[u8]| password_line(text).map(|line| line.to_string()).map_err(|said| said.err);
        for text in ["  two words \n", "  two words \r\n", "  two words ", "  two words \nmore\n"] {
            assert_eq!(line(text.as_bytes()).as_deref(), Ok("  two words "), "{text:?}");
        }
        for (bytes, why) in [(&b"\n"[..], "no password"), (b"", "no password"), (b"\xff\xfe\n", "not UTF-8")]
        {
            assert!(line(bytes).unwrap_err().contains(why), "{bytes:?}");
        }
    }
}
