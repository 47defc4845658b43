//! `sspr user import` and `sspr user export`: users as a CSV, there and back.

use super::{
    Exit, Said,
    arguments::{OutputFormat, ROLES, UserImportArguments},
    csv::Table,
    file::{self, Column},
    output::{Record, Records, Value, counted},
    reach::Reach,
    refusal::{self, Typed},
    terminal::Progress,
};
use crate::{
    admin::{
        Changed,
        readiness::Counts,
        users::{
            self,
            import::{How, Imported, Outcome, Row, Which},
        },
    },
    store::users::User,
    visible::visible,
};

/// `user import`.
pub async fn import(arguments: &UserImportArguments, reach: &Reach) -> Result<Said, Said> {
    let table = file::read(&arguments.file)?;
    let columns = file::columns(&arguments.file, &table)?;
    if !columns.contains(&Column::UserId) {
        return Err(file::refused(&arguments.file, "it has no column UserId or UserPrincipalName"));
    }
    let company = reach.company().await?;
    let lines = read_rows(&table, &columns);
    let rows: Vec<Row> = lines.iter().filter_map(|line| line.row.clone().ok()).collect();
    let unread = lines.len() - rows.len();
    // Without the key everything is imported all the same; the notices then have no button.
    let key = reach.key().ok();
    let how = How {
        which: match (arguments.create, arguments.update) {
            (true, _) => Which::Create,
            (_, true) => Which::Update,
            _ => Which::Both,
        },
        all_or_nothing: arguments.all_or_nothing,
        // With a row that can't even be read, all or nothing is nothing: the others are judged all the same, to be told.
        dry_run: arguments.dry_run || arguments.all_or_nothing && unread > 0,
        unread,
        not_me: key.as_ref(),
    };
    let mut progress = Progress::new(rows.len());
    let (pool, by, budgets) = (&reach.pool, &reach.operator, reach.budgets());
    let done =
        users::import::import(pool, by, &company, &rows, how, &budgets, |count| progress.at(count)).await;
    drop(progress);
    let done = done.map_err(|not_done| refusal::said(&not_done, Typed::default()))?;
    Ok(told(arguments, &lines, &done, reach.output))
}

/// A line of the file: a row to import, or why it is none.
#[derive(Debug)]
pub struct Line {
    /// Where it begins in the file, from 1.
    pub number: usize,
    /// Whom it names, as it stands there.
    pub user_id: String,
    /// The row, or why it can't be read.
    pub row: Result<Row, String>,
}

/// Reads every row of a table with these columns.
pub fn read_rows(table: &Table, columns: &[Column]) -> Vec<Line> {
    let lines = table.rows.iter().map(|row| {
        let user_id = columns.iter().zip(&row.fields).find(|(column, _)| **column == Column::UserId);
        let user_id = user_id.map(|(_, field)| field.clone()).unwrap_or_default();
        Line { number: row.line, row: read_row(columns, &row.fields), user_id }
    });
    lines.collect()
}

/// An empty field leaves what is there; `$null` removes it.
fn read_row(columns: &[Column], fields: &[String]) -> Result<Row, String> {
    let mut row = Row::default();
    for (column, field) in columns.iter().zip(fields) {
        if field.is_empty() {
            continue;
        }
        let removed = field.eq_ignore_ascii_case("$null");
        match column {
            Column::UserId => row.user_id.clone_from(field),
            Column::DisplayName => row.display_name = Some(field.clone()),
            Column::Role => row.role = Some(role(field)?),
            Column::AlternateEmailAddresses if removed => row.alternate_emails = Some(Vec::new()),
            Column::AlternateEmailAddresses => row.alternate_emails = Some(addresses(field)),
            Column::MobilePhone if removed => row.mobile_phone = Some(String::new()),
            Column::MobilePhone if is_mangled(field) => {
                return Err(format!(
                    "{} is what a spreadsheet makes of a long number, and the number is lost: format the column as text",
                    visible(field)
                ));
            }
            Column::MobilePhone => row.mobile_phone = Some(field.clone()),
            Column::Blocked => row.blocked = Some(truth(field)?),
            Column::ReadOnly => {}
        }
    }
    Ok(row)
}

/// `4.25556E+11`, also with a comma. A library for numbers would take the E for the 3 of a keypad.
fn is_mangled(field: &str) -> bool {
    let Some((number, power)) = field.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let number = number.trim_start_matches(['+', '-']);
    number.split(['.', ',']).all(digits) && digits(power.trim_start_matches(['+', '-']))
}

/// A role by its name, also with spaces or dashes and in any case.
fn role(field: &str) -> Result<crate::domain::user::Role, String> {
    let name = field.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    name.parse().map_err(|_| format!("{} is no role: {}", visible(field), ROLES.join(", ")))
}

/// A truth as spreadsheets and our own lists write it.
fn truth(field: &str) -> Result<bool, String> {
    let first = field.split(' ').next().unwrap_or_default();
    super::arguments::truth(first).map_err(|_| format!("{} is neither true nor false", visible(field)))
}

/// Addresses with commas, semicolons or spaces between them, also in the braces in which cmdlets print them.
fn addresses(field: &str) -> Vec<String> {
    let field = field.strip_prefix('{').and_then(|field| field.strip_suffix('}')).unwrap_or(field);
    let parts = field.split([',', ';', ' ', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The names of the report.
const REPORT: &[&str] = &["Line", "UserId", "Outcome", "Changes", "Why"];

fn told(arguments: &UserImportArguments, lines: &[Line], done: &Imported, output: OutputFormat) -> Said {
    let mut outcomes = done.outcomes.iter();
    let (mut news, mut refused) = (0, 0);
    let records = lines.iter().map(|line| {
        let (outcome, changes, why) = match &line.row {
            Err(why) => ("refused", String::new(), why.clone()),
            Ok(row) => match outcomes.next() {
                Some(outcome) => reported(outcome, row),
                None => ("refused", String::new(), String::new()),
            },
        };
        news += usize::from(matches!(outcome, "created" | "changed"));
        refused += usize::from(outcome == "refused");
        vec![
            ("Line", (line.number as u64).into()),
            ("UserId", line.user_id.as_str().into()),
            ("Outcome", outcome.into()),
            ("Changes", changes.into()),
            ("Why", why.into()),
        ]
    });
    let records = Records::Many(REPORT, records.collect());
    let mut said = Said::done(records.render(output));
    let what = match (done.committed, arguments.dry_run) {
        (true, _) => {
            format!("{} {} made or changed", counted(news, "user"), if news == 1 { "was" } else { "were" })
        }
        (false, true) => {
            format!("a dry run: {} would be made or changed, and nothing was", counted(news, "user"))
        }
        (false, false) if news > 0 => {
            let are = if refused == 1 { "is" } else { "are" };
            format!("nothing was imported: --all-or-nothing, and {} {are} refused", counted(refused, "row"))
        }
        (false, false) => "nothing was changed".to_owned(),
    };
    said.err = format!(
        "sspr: {}, {refused} refused; {what}\n{}",
        counted(lines.len(), "row"),
        readiness(done.before, done.after)
    );
    if refused > 0 {
        said.exit = Exit::Refused;
    }
    said
}

fn reported(outcome: &Outcome, row: &Row) -> (&'static str, String, String) {
    let typed = Typed {
        user_id: &row.user_id,
        list: row.alternate_emails.as_deref().unwrap_or_default(),
        mobile_phone: row.mobile_phone.as_deref().unwrap_or_default(),
    };
    let refused = |why: String| ("refused", String::new(), why);
    match outcome {
        Outcome::Created => ("created", String::new(), String::new()),
        Outcome::Same => ("same", String::new(), String::new()),
        Outcome::Changed(changes) => {
            let told =
                |change: &Changed| format!("{}: {} -> {}", change.property.as_str(), change.old, change.new);
            ("changed", changes.iter().map(told).collect::<Vec<_>>().join("; "), String::new())
        }
        Outcome::Refused(refusal) => refused(refusal::why(refusal, typed)),
        Outcome::Twice => refused("an earlier row is of the same user".to_owned()),
        Outcome::Elsewhere => refused("the user ID is in no domain of the company".to_owned()),
    }
}

/// What an import does to who could reset.
fn readiness(before: Counts, after: Counts) -> String {
    let could = |counts: Counts| counts.yes + counts.doubtful;
    let (was, is) = (could(before), could(after));
    let sign = if is >= was { "+" } else { "-" };
    let mut text = format!(
        "sspr: could reset: {was} of {} before, {is} of {} after ({sign}{}); global administrators: {} before, {} after\n",
        counted(before.administrators, "administrator"),
        after.administrators,
        is.abs_diff(was),
        before.global_administrators,
        after.global_administrators,
    );
    if after.too_few_global_administrators() {
        text += "sspr: warning: fewer than two global administrators could reset\n";
    }
    text
}

/// The columns of an export: all that an import takes.
const EXPORTED: &[&str] =
    &["UserId", "DisplayName", "Role", "AlternateEmailAddresses", "MobilePhone", "Blocked"];

/// `user export`: always a CSV, unless another form was asked for.
pub async fn export(reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let all = users::all(&reach.pool, &reach.operator, &company).await;
    let all = all.map_err(|error| refusal::away(&error))?;
    let records = Records::Many(EXPORTED, all.iter().map(exported).collect());
    let form = if reach.output == OutputFormat::List { OutputFormat::Csv } else { reach.output };
    Ok(Said::done(records.render(form)))
}

fn exported(user: &User) -> Record {
    vec![
        ("UserId", user.user_id.as_str().into()),
        ("DisplayName", user.display_name.as_str().into()),
        ("Role", user.role.as_str().into()),
        ("AlternateEmailAddresses", Value::from(user.alternate_emails.clone())),
        ("MobilePhone", user.mobile_phone.as_deref().unwrap_or_default().into()),
        ("Blocked", user.blocked_at.is_some().into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: &[Column], fields: &[&str]) -> Result<Row, String> {
        read_row(columns, &fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_number_that_a_spreadsheet_rounded_is_refused_and_a_number_is_not() {
        for lost in ["4.25556E+11", "4,25556E+11", "1.42556E+10", "4E11", "4.25556e+11"] {
            assert!(
                row(&[Column::MobilePhone], &[lost]).unwrap_err().contains("format the column as text"),
                "{lost}"
            );
        }
        for number in ["425-555-0100", "+14255550100", "14255550100", "(425) 555 0100", "tel", "E", "1.e5x"] {
            assert_eq!(row(&[Column::MobilePhone], &[number]).unwrap().mobile_phone.as_deref(), Some(number));
        }
    }

    #[test]
    fn an_empty_field_leaves_and_null_removes() {
        let columns =
            [Column::UserId, Column::AlternateEmailAddresses, Column::MobilePhone, Column::ReadOnly];
        let left = row(&columns, &["a@contoso.com", "", "", "x"]).unwrap();
        assert_eq!((left.alternate_emails, left.mobile_phone), (None, None));
        let gone = row(&columns, &["a@contoso.com", "$null", "$NULL", ""]).unwrap();
        assert_eq!((gone.alternate_emails, gone.mobile_phone), (Some(Vec::new()), Some(String::new())));
    }

    #[test]
    fn addresses_roles_and_truths_are_read_as_people_and_our_own_lists_write_them() {
        let two = Some(vec!["a@fabrikam.com".to_owned(), "b@fabrikam.com".to_owned()]);
        for field in [
            "a@fabrikam.com,b@fabrikam.com",
            "a@fabrikam.com; b@fabrikam.com",
            "{a@fabrikam.com, b@fabrikam.com}",
            "a@fabrikam.com\nb@fabrikam.com",
        ] {
            assert_eq!(
                row(&[Column::AlternateEmailAddresses], &[field]).unwrap().alternate_emails,
                two,
                "{field}"
            );
        }
        for field in ["global_administrator", "Global Administrator", "GLOBAL-ADMINISTRATOR"] {
            assert!(row(&[Column::Role], &[field]).is_ok(), "{field}");
        }
        assert!(row(&[Column::Role], &["root"]).unwrap_err().contains("password_administrator"));
        for (field, expected) in
            [("TRUE", true), ("True since 2026-01-02T03:04:05Z by administrator", true), ("0", false)]
        {
            assert_eq!(row(&[Column::Blocked], &[field]).unwrap().blocked, Some(expected), "{field}");
        }
        assert!(row(&[Column::Blocked], &["maybe"]).is_err());
    }
}
