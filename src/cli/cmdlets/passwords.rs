//! The cmdlets that give somebody a password: `New-MsolUser` and `Set-MsolUserPassword`.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{
    Line,
    carry_out::{found, not_done},
    meant::NewUser,
    shown,
};
use crate::{
    admin::{
        Refusal, passwords,
        users::{self, FirstAccess},
    },
    cli::{
        Said,
        output::{Record, Records},
        reach::Reach,
        refusal::{self, Typed},
        user::{link_shown, moment, password_line, understood},
    },
    domain::user::Role,
    visible::visible,
};

/// `New-MsolUser`: an ordinary user, with a link unless a password was given.
pub(super) async fn new_user(new: &NewUser, line: &Line, reach: &Reach) -> Result<Said, Said> {
    let typed = Typed {
        user_id: &new.user_id,
        list: &new.alternate_emails,
        mobile_phone: new.mobile_phone.as_deref().unwrap_or_default(),
    };
    let given = users::NewUser {
        user_id: &new.user_id,
        display_name: &new.display_name,
        role: Role::User,
        alternate_emails: &new.alternate_emails,
        mobile_phone: new.mobile_phone.as_deref(),
    };
    let (pool, by) = (&reach.pool, &reach.operator);
    if line.what_if {
        users::preview_create(pool, by, &given).await.map_err(|not_done| refusal::said(&not_done, typed))?;
        let record: Record = vec![
            ("UserPrincipalName", new.user_id.as_str().into()),
            ("DisplayName", new.display_name.as_str().into()),
        ];
        return Ok(Said::done(Records::One(record).render(reach.output)));
    }
    let (key, rules, origin);
    let mut warning = "";
    let access = if let Some(password) = &new.password {
        let given;
        (given, warning) = read(password, "Password")?;
        origin = String::new();
        rules = reach.password_rules()?;
        FirstAccess::Password(given, &rules)
    } else {
        (key, origin) = (reach.key()?, reach.public_url()?);
        FirstAccess::Link(&key)
    };
    let made = users::create(pool, by, &given, access, reach.key().ok().as_ref()).await;
    let made = made.map_err(|not_done| warned(refusal::said(&not_done, typed), warning))?;
    let mut record = shown::user(&made.user);
    record.extend(made.link.iter().flat_map(|link| link_shown(link, &origin)));
    let mut said = Said::done(Records::One(record).render(reach.output));
    said.err = understood(&made.user, typed);
    Ok(warned(said, warning))
}

/// `Set-MsolUserPassword`: always one that has to be changed.
pub(super) async fn set_password(
    user_id: &str,
    password: Option<&SecretString>,
    line: &Line,
    reach: &Reach,
) -> Result<Said, Said> {
    let user = found(user_id, reach).await?;
    let of: Record = vec![("UserPrincipalName", user.user_id.as_str().into())];
    if line.what_if {
        if user.blocked_at.is_some() {
            return Err(not_done(user_id)(Refusal::Blocked.into()));
        }
        let mut said = Said::done(Records::One(of).render(reach.output));
        said.err = format!("sspr: the password of {} would be replaced\n", visible(&user.user_id));
        return Ok(said);
    }
    let rules = reach.password_rules()?;
    // Without the key the password is made all the same; its notice then has no button.
    let key = reach.key().ok();
    let rules = passwords::Rules {
        hashing: &rules.hashing,
        policy: rules.policy,
        common: rules.common.clone(),
        not_me: key.as_ref(),
    };
    let (pool, by, mut record, mut warning) = (&reach.pool, &reach.operator, of, "");
    let done = if let Some(password) = password {
        let given;
        (given, warning) = read(password, "NewPassword")?;
        passwords::set(pool, by, user_id, given, &rules).await.map(|(_, until)| until)
    } else {
        passwords::temporary(pool, by, user_id, &rules).await.map(|made| {
            record.push(("NewPassword", made.password.as_str().into()));
            made.good_until
        })
    };
    let until = done.map_err(|error| warned(not_done(user_id)(error), warning))?;
    record.extend([("GoodUntil", moment(until).into()), ("ForceChangePassword", true.into())]);
    Ok(warned(Said::done(Records::One(record).render(reach.output)), warning))
}

/// A password of the command line, with what is to be said to that; or of standard input.
fn read(password: &SecretString, parameter: &str) -> Result<(Zeroizing<String>, &'static str), Said> {
    let warning = match parameter {
        "NewPassword" => {
            "sspr: warning: a password on a command line can be read in the list of processes and in the shell's \
             history; better: `-NewPassword -` reads it from standard input\n"
        }
        _ => {
            "sspr: warning: a password on a command line can be read in the list of processes and in the shell's \
             history; better: `-Password -` reads it from standard input\n"
        }
    };
    match password.expose_secret() {
        "-" => Ok((password_line(std::io::stdin().lock())?, "")),
        typed => Ok((Zeroizing::new(typed.to_owned()), warning)),
    }
}

fn warned(mut said: Said, warning: &str) -> Said {
    said.err.insert_str(0, warning);
    said
}
