//! Own texts: what is taken, and what is refused with its place and reason.

use std::fs;

use super::*;
use crate::domain::{
    message::{SIGN_IN_BLOCKED, SIGN_IN_OPEN, Subject},
    second_pair::Rule,
    user::Role,
};

fn brand() -> Brand {
    of_host("reset.contoso.com")
}

fn of_host(host: &str) -> Brand {
    Brand::new(&format!("https://{host}"), "Contoso password reset", Some("IT help desk, 425-555-0199"))
        .unwrap()
}

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder(std::env::temp_dir().join(format!("sspr-texts-{}", crate::random::id())));
    fs::create_dir(folder.path()).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn try_read(files: &[(&str, &str)]) -> std::result::Result<Read, Vec<String>> {
    let folder = folder(files);
    read(Some(folder.path()), &brand()).map_err(|problems| problems.iter().map(short).collect())
}

/// A problem without the folder.
fn short(problem: &Refused) -> String {
    let line = problem.to_string();
    line[line.rfind(".ftl").map_or(0, |end| line[..end].rfind('/').map_or(0, |slash| slash + 1))..].to_owned()
}

/// The one problem of one line in a company's file.
fn refused(line: &str) -> String {
    let found = try_read(&[("contoso.com.ftl", line)]).expect_err(line);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].strip_prefix("contoso.com.ftl").unwrap_or_else(|| panic!("{found:?}")).to_owned()
}

fn texts(files: &[(&str, &str)]) -> Texts {
    try_read(files).map_err(|problems| problems.join("\n")).unwrap().texts
}

fn of(texts: &Texts, domain: &str, id: &str) -> String {
    texts.of_company(&[domain.to_owned()]).t(id)
}

#[test]
fn without_a_folder_all_is_ours() {
    let read = read(None, &brand()).unwrap();
    assert_eq!(of(&read.texts, "contoso.com", "mail-reset-title"), "Reset your password");
    assert_eq!(read.texts.everyone().tag(), "en");
}

#[test]
fn a_file_holds_for_its_company_and_the_common_one_for_all_others() {
    let all = "mail-hello = Good day,\nmail-reset-title = Your link\n";
    let contoso = "# A comment.\nmail-hello = Hallo,\nmail-language = de\n";
    let texts = texts(&[("_all.ftl", all), ("contoso.com.ftl", contoso)]);
    assert_eq!(of(&texts, "contoso.com", "mail-hello"), "Hallo,");
    assert_eq!(of(&texts, "contoso.com", "mail-reset-title"), "Your link");
    assert_eq!(of(&texts, "fabrikam.com", "mail-hello"), "Good day,");
    assert_eq!(texts.everyone().t("mail-hello"), "Good day,");
    assert_eq!(of(&texts, "contoso.com", "mail-sign-in"), "Sign in");
    assert_eq!(texts.of_company(&["contoso.com".to_owned()]).tag(), "de");
    assert_eq!(texts.of_company(&[]).tag(), "en", "a decoy has the words for everyone");
}

#[test]
fn of_two_domains_with_a_file_the_first_in_the_alphabet_holds() {
    let texts = texts(&[("b.example.ftl", "mail-hello = B,"), ("a.example.ftl", "mail-hello = A,")]);
    let both = ["c.example", "b.example", "a.example"].map(str::to_owned);
    assert_eq!(texts.of_company(&both).t("mail-hello"), "A,");
}

#[test]
fn the_plural_forms_are_those_of_the_language_of_the_texts() {
    // In Polish, 2 to 4 are few, and 14 are many.
    let polish = "mail-language = pl\n\
        mail-expires-title = Haslo wygasa za { $days ->\n    [one] 1 dzien\n    [few] { $days } dni (few)\n   *[many] { $days } dni\n}\n";
    let texts = texts(&[("contoso.com.ftl", polish)]);
    let l = texts.of_company(&["contoso.com".to_owned()]);
    assert_eq!(l.a("mail-expires-title").arg("days", 3u16).s(), "Haslo wygasa za 3 dni (few)");
    assert_eq!(
        refused("mail-language = no such tag"),
        ": mail-language: no tag of a language (no such tag: Parser error: The given language subtag is invalid)."
    );
}

#[test]
fn an_unknown_id_names_file_line_and_the_nearest() {
    assert_eq!(
        refused("# one\n\nmail-helo = Hi,"),
        ", line 3: mail-helo: not a text of a mail or text message. Did you mean mail-hello?"
    );
    assert_eq!(
        refused("sign-in-title = X"),
        ", line 1: sign-in-title: not a text of a mail or text message."
    );
    assert!(
        refused("mail-hello = A,\nmail-hello = B,").contains("line 1: mail-hello: stands in this file twice")
    );
    assert!(refused("mail-hello\n").starts_with(", line 1: not understood: "));
    assert!(refused("-brand = X").contains("terms can't be used"));
    assert!(refused("mail-hello = Hi,\n    .title = X").contains("without attributes"));
}

#[test]
fn only_files_named_after_a_domain_are_taken() {
    for name in ["contoso.ftl", "Contoso.com.ftl", "contoso.com.txt", "..ftl", "all.ftl"] {
        let found = try_read(&[(name, "mail-hello = Hi,")]);
        if name.starts_with('.') {
            continue;
        }
        assert!(found.expect_err(name)[0].contains("not named after a domain"), "{name}");
    }
    assert!(try_read(&[(".contoso.com.ftl.swp", "\0")]).is_ok(), "what an editor leaves is no text");
    let missing = read(Some(Path::new("/nowhere/at/all")), &brand()).unwrap_err();
    assert!(missing[0].what.starts_with("cannot be read"));
}

#[test]
fn a_text_has_the_values_of_the_original_and_needs_those_that_nothing_else_says() {
    for (line, what) in [
        ("mail-was-reset-not-you = Not you? Open this link.", "{ $until } is missing"),
        ("mail-changed-not-me = { $until -> \n   *[x] soon\n}", "{ $until } is missing"),
        ("mail-fact = { $label }", "{ $value } is missing"),
        ("mail-moment = { $day }.{ $month }.", "{ $clock } is missing"),
        ("mail-why-alternate = You get this because of { $user_id }.", "{ $host } is missing"),
        ("mail-was-reset-subject = Your password was reset", "{ $clock } is missing"),
        ("mail-hello = Hello { $name },", "{ $name } is no value of this text; it has none"),
        (
            "mail-reset-open = { $until } { $password }",
            "{ $password } is no value of this text; it has { $browser }",
        ),
        ("mail-hello = { mail-help }", "must not contain another text (mail-help)"),
        ("mail-hello = { mail-hello }", "must not contain another text (mail-hello)"),
        ("mail-hello = { DATETIME(1) }", "functions"),
        ("mail-hello = { -brand }", "functions"),
        ("sms-code = { $code } is your code.", "{ $clock } is missing"),
        ("sms-set-password = Set a password.", "{ $link } is missing"),
    ] {
        let found = try_read(&[("contoso.com.ftl", line)]).expect_err(line).join("\n");
        assert!(found.contains(what), "{line}: {found}");
    }
    // The facts say it again.
    assert!(try_read(&[("contoso.com.ftl", "mail-reset-open = Open this link before { $until }.")]).is_ok());
}

#[test] // V-64
fn a_link_an_address_or_an_invisible_letter_is_refused_however_it_is_written() {
    for text in [
        "See https://evil.example/",
        "See www.evil.example",
        "See evil.example",
        "See evil。example",
        "Write to help@contoso.com",
        "mailto:help",
        "ht{ \"tps:/\" }/x",
        "evil{ \".\" }example",
        "evil.{ \"example\" }",
        "a\u{200b}b",
        "a\u{202e}b",
        "{ \"\\u202E\" }",
        "{ \"\\u0007\" }",
        "two\n    lines",
    ] {
        assert!(try_read(&[("contoso.com.ftl", &format!("mail-hello = {text}"))]).is_err(), "{text}");
    }
    assert!(refused("mail-changed-not-me = { $until }.{ \"com\" }").contains("must hold no address"));
    // A path that no sample takes is read all the same.
    let hidden =
        "mail-expires-title = { $days ->\n    [3] { $days } see evil.example\n   *[other] { $days }\n}";
    assert!(refused(hidden).contains("must hold no address"));
    for text in ["Guten Tag, z. B. und/oder: 14.15 Uhr", "Bonjour\u{a0}!", "50 % - \"ok\""] {
        assert!(try_read(&[("contoso.com.ftl", &format!("mail-hello = {text}"))]).is_ok(), "{text}");
    }
}

#[test]
fn a_text_that_says_nothing_is_refused() {
    for id in ["mail-never-ask", "mail-not-me", "mail-blocked-next", "mail-reset-not-you"] {
        assert!(refused(&format!("{id} = {{ \" \" }}")).contains("is empty"), "{id}");
    }
    assert!(refused(&format!("mail-hello = {}", "long ".repeat(121))).contains("longer than 600"));
}

#[test] // V-16
fn the_subject_that_a_page_shows_before_the_proof_is_no_companys_own() {
    let line = "mail-reset-subject = Passwort ({ $clock } UTC)";
    assert!(refused(line).contains("must be the same for all companies"));
    let texts = texts(&[("_all.ftl", line), ("contoso.com.ftl", "mail-hello = Hallo,")]);
    let at = time::OffsetDateTime::UNIX_EPOCH;
    let subject = |l| render::reset_link_subject(l, at);
    assert_eq!(subject(texts.everyone()), "Passwort (00:00:00 UTC)");
    assert_eq!(subject(texts.of_company(&["contoso.com".to_owned()])), subject(texts.everyone()));
}

#[test]
fn a_text_message_keeps_its_code_in_front_its_line_at_the_end_and_to_one_segment() {
    for (line, what) in [
        ("sms-code = Code { $code } until { $clock }", "must begin with the code"),
        ("sms-code = { $code }is it until { $clock }", "must begin with the code"),
        ("sms-code = { $code } until { $clock } „Code“", "GSM-7"),
        ("sms-code = { $code } until { $clock } @evil #1", "must hold no address"),
        ("sms-code-bare = { $code } {\"\\u000A\"}@x", "must hold no address"),
    ] {
        let found = try_read(&[("contoso.com.ftl", line)]).expect_err(line).join("\n");
        assert!(found.contains(what), "{line}: {found}");
    }
    let long = format!("sms-code = {{ $code }} until {{ $clock }} {}", "word ".repeat(30));
    let found = refused(&long);
    assert!(found.contains("septets with this host, 2 segments"), "{found}");
    // With a short host it would fit.
    let fits = format!("sms-code = {{ $code }} until {{ $clock }} {}", "w".repeat(112));
    assert!(try_read(&[("contoso.com.ftl", &fits)]).is_err());
    let folder = folder(&[("contoso.com.ftl", &fits)]);
    assert!(read(Some(folder.path()), &of_host("a.example")).is_ok());
}

#[test]
fn every_text_message_is_measured() {
    let german = "sms-code = { $code } ist Ihr Sicherheitscode. Gilt bis { $clock } UTC.\n";
    let read = try_read(&[("contoso.com.ftl", german)]).unwrap();
    let own: Vec<_> = read.measured.iter().filter(|text| text.file == "contoso.com.ftl").collect();
    // 8 + 51 + the line "\n@reset.contoso.com #01234567".
    let said = "01234567 ist Ihr Sicherheitscode. Gilt bis 14:15 UTC.\n@reset.contoso.com #01234567";
    assert_eq!(
        (own.len(), own[0].id.as_str(), own[0].segments, own[0].septets),
        (1, "sms-code", 1, said.len())
    );
    let ours = read.measured.iter().filter(|text| text.file.is_empty()).count();
    assert_eq!(ours, crate::language::MESSAGES.lines().filter(|line| line.starts_with("sms-")).count());
    assert!(read.measured.iter().all(|text| text.segments == 1), "{:?}", read.measured);
}

#[test]
fn markup_in_a_text_is_shown_as_text() {
    let texts = texts(&[("contoso.com.ftl", "mail-hello = <b>Hello</b> & \"you\",")]);
    let l = texts.of_company(&["contoso.com".to_owned()]);
    let message = crate::domain::message::Message::RequestRefused {
        user_id: "johnsmith@contoso.com".into(),
        by: None,
        at: time::OffsetDateTime::UNIX_EPOCH,
    };
    let mail = render::mail(&message, &render::Secrets::default(), &brand(), l).unwrap();
    assert!(mail.text.starts_with("<b>Hello</b> & \"you\","));
    assert!(!mail.html.contains("<b>") && mail.html.contains("&#60;b&#62;Hello"), "{}", mail.html);
}

#[test]
fn all_of_our_own_texts_pass_as_an_operators() {
    let ours: Vec<(String, String)> = crate::language::MESSAGES
        .split("\n\n")
        .map(|part| ("_all.ftl".to_owned(), part.to_owned()))
        .collect();
    assert!(ours.len() > 10);
    for (name, part) in ours {
        assert!(try_read(&[(&name, &part)]).is_ok(), "{:?}\n{part}", try_read(&[(&name, &part)]).err());
    }
}

#[test]
fn every_value_of_ours_that_a_change_may_have_is_in_the_texts_of_mails() {
    let roles = Role::ALL.map(|role| (Subject::Role, role.as_str()));
    let rules = Rule::ALL.map(|rule| (Subject::Rule, rule.as_str()));
    let others = [
        (Subject::SignIn, SIGN_IN_BLOCKED),
        (Subject::SignIn, SIGN_IN_OPEN),
        (Subject::Mailboxes, "true"),
        (Subject::Mailboxes, "false"),
        (Subject::Password, "link"),
    ];
    for (subject, value) in roles.into_iter().chain(rules).chain(others) {
        let key = format!("{} = ", subject.value_key(value).unwrap());
        assert!(crate::language::MESSAGES.lines().any(|line| line.starts_with(&key)), "{key}");
        let key = format!("{} = ", subject.key());
        assert!(crate::language::MESSAGES.lines().any(|line| line.starts_with(&key)), "{key}");
    }
}
