//! An operator's own words: whose messages have them, what pages show of them before the proof, and what the shell says of them.

use std::{fs, path::PathBuf, process::Output};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::support::{
    app::{KEY, World},
    client::Client,
    office::ELSEWHERE,
    process::sspr,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

/// A folder of texts that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("sspr-own-texts-{}", sspr::random::id())));
        fs::create_dir(&folder.0).unwrap();
        for (name, text) in files {
            fs::write(folder.0.join(name), text).unwrap();
        }
        folder
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const GERMAN: &str = "\
mail-language = de
mail-hello = Guten Tag,
mail-reset-title = Ihr Kennwort zurücksetzen <b>jetzt</b>
mail-reset-open = Öffnen Sie diesen Link vor { $until }, in dem Browser, in dem Sie danach gefragt haben.
sms-code = { $code } ist Ihr Sicherheitscode. Gilt bis { $clock } UTC.
";

#[tokio::test]
async fn a_companys_messages_are_in_its_own_words_and_nobody_elses_are() {
    let folder = Folder::with(&[("contoso.com.ftl", GERMAN)]);
    let world = World::with(&[("SSPR_TEXTS__FOLDER", folder.path())]).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let mail = world.mail_to(JOHN_MAIL).await;
    assert!(mail.text.starts_with("Guten Tag,\n\nÖffnen Sie diesen Link vor "), "{}", mail.text);
    assert!(mail.html.contains("<html lang=\"de\"") && mail.html.contains("zurücksetzen &#60;b&#62;jetzt"));
    assert_eq!(mail.language, "de");
    walk.open_link(&walk.link().await).await;
    let sms = world.sms_to(JOHN_PHONE).await;
    assert!(sms.text[8..].starts_with(" ist Ihr Sicherheitscode. Gilt bis "), "{}", sms.text);
    // The road goes on to its end.
    walk.type_code(&walk.code().await).await;
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));

    let other = Walk::new(&world, &node);
    other.start(ELSEWHERE).await;
    let english = || {
        world
            .mail
            .sent()
            .into_iter()
            .find(|mail| mail.subject.starts_with("Reset your") && mail.to != JOHN_MAIL)
    };
    let mail = world.wait("the other company's mail", english).await;
    assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
    assert_eq!(mail.language, "en");
}

#[tokio::test] // V-16
async fn the_page_before_the_proof_names_the_subject_of_the_mail_and_is_the_same_for_nobody() {
    let all = "mail-reset-subject = Ihr Link (angefordert um { $clock } UTC)\n";
    let folder = Folder::with(&[("_all.ftl", all), ("contoso.com.ftl", GERMAN)]);
    let world = World::with(&[("SSPR_TEXTS__FOLDER", folder.path())]).await;
    // Nobody else sends: what another worker holds would not be counted yet.
    let node = world.node_without_workers().await;
    let subject = async |user_id: &str| {
        let walk = Walk::new(&world, &node);
        walk.start(user_id).await;
        let page = walk.client.get("/reset/check-email").await.body;
        let (_, rest) = page.split_once("Ihr Link (angefordert um ").expect(&page);
        let time = rest.split(" UTC)").next().unwrap().to_owned();
        // What a reader could tell apart: everything but the time and the typed name.
        (format!("Ihr Link (angefordert um {time} UTC)"), page.replace(user_id, "WHO").replace(&time, "TIME"))
    };
    let (known, page) = subject(JOHN).await;
    node.drain().await;
    assert_eq!(world.mail_to(JOHN_MAIL).await.subject, known);
    for nobody in ["nobody@contoso.com", "nobody@fabrikam.com", "nobody@nowhere.example"] {
        let (_, same) = subject(nobody).await;
        let plain = |page: &str| page.split("<dl").nth(1).unwrap().split("</dl>").next().unwrap().to_owned();
        assert_eq!(plain(&same), plain(&page), "{nobody}");
    }
    // Rendered like every other, for nobody.
    node.drain().await;
    assert_eq!(world.count("select count(*) from outbox where state = 'undeliverable'").await, 3);
}

/// `sspr config check`, or `serve`, with this folder.
fn run(arguments: &[&str], folder: &Folder, more: &[(&str, String)]) -> Output {
    let key = folder.0.join(".key");
    fs::write(&key, STANDARD.encode(KEY)).unwrap();
    let mut settings = vec![
        ("SSPR_SERVER__PUBLIC_URL", "https://reset.contoso.com".to_owned()),
        ("SSPR_DATABASE__URL", "postgres://sspr@127.0.0.1:9/sspr".to_owned()),
        ("SSPR_KEYS__CURRENT_FILE", key.display().to_string()),
        ("SSPR_MAIL__HOST", "127.0.0.1".to_owned()),
        ("SSPR_MAIL__TLS", "none".to_owned()),
        ("SSPR_MAIL__FROM", "Contoso IT <it@contoso.com>".to_owned()),
        ("SSPR_SMS__ACCOUNT_SID", format!("AC{}", "0".repeat(32))),
        ("SSPR_SMS__AUTH_TOKEN", "token".to_owned()),
        ("SSPR_SMS__FROM", "+14255550199".to_owned()),
        ("SSPR_TEXTS__FOLDER", folder.path().to_owned()),
    ];
    settings.extend_from_slice(more);
    sspr(arguments[0], &settings).args(&arguments[1..]).output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn config_check_counts_segments_and_names_what_is_wrong_with_its_line() {
    let good = Folder::with(&[("contoso.com.ftl", GERMAN)]);
    let done = run(&["config", "check"], &good, &[]);
    let out = said(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{out}{}", said(&done.stderr));
    assert!(out.starts_with("The configuration is complete.\n"), "{out}");
    let own = out.lines().find(|line| line.starts_with("contoso.com.ftl")).expect(&out);
    let cells: Vec<&str> = own.split_whitespace().collect();
    assert_eq!(cells, ["contoso.com.ftl", "sms-code", "1", "82"], "{out}");
    let as_json: serde_json::Value =
        serde_json::from_slice(&run(&["config", "check", "-o", "json"], &good, &[]).stdout).unwrap();
    assert!(
        as_json
            .as_array()
            .unwrap()
            .iter()
            .any(|text| text["Texts"] == "contoso.com.ftl" && text["Septets"] == 82)
    );

    // The same texts, a host of a hundred letters: the code's text no longer fits.
    let host =
        ("SSPR_SERVER__PUBLIC_URL", format!("https://{}.example", "reset.".repeat(15).trim_end_matches('.')));
    let refused = run(&["config", "check"], &good, &[host]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(
        said(&refused.stderr).contains("contoso.com.ftl, line 5: sms-code: the text message takes "),
        "{}",
        said(&refused.stderr)
    );

    let bad = Folder::with(&[
        (
            "contoso.com.ftl",
            "mail-helo = Hi,\n\nmail-never-ask = See evil.example\nsms-code = Code { $code }, { $clock }\n",
        ),
        ("fabrikam.com.ftl", "mail-was-reset-not-you = Not you? Open this link.\n"),
    ]);
    for verb in [&["config", "check"][..], &["serve"][..]] {
        let refused = run(verb, &bad, &[]);
        let err = said(&refused.stderr);
        assert_eq!((refused.status.code(), said(&refused.stdout)), (Some(78), String::new()), "{err}");
        for line in [
            "contoso.com.ftl, line 1: mail-helo: not a text of a mail or text message. Did you mean mail-hello?",
            "contoso.com.ftl, line 3: mail-never-ask: must hold no address",
            "fabrikam.com.ftl, line 1: mail-was-reset-not-you: { $until } is missing: every reader needs it.",
        ] {
            assert!(err.contains(line), "{line}: {err}");
        }
    }
    let gone = Folder::with(&[]);
    let more = ("SSPR_TEXTS__FOLDER", format!("{}/gone", gone.path()));
    let refused = run(&["config", "check"], &gone, &[more]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(said(&refused.stderr).contains("texts.folder"), "{}", said(&refused.stderr));
}

#[tokio::test]
async fn somebody_elses_texts_are_not_read_for_a_decoy() {
    // A decoy's row has no company: its words are everyone's, as those of a company without a file.
    let folder = Folder::with(&[("contoso.com.ftl", GERMAN)]);
    let world = World::with(&[("SSPR_TEXTS__FOLDER", folder.path())]).await;
    let node = world.node_without_workers().await;
    let nobody = Client::new(&node.url);
    nobody.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    nobody.submit("/reset/verify-user", "/reset/verify-user", &[("user_id", "nobody@contoso.com")]).await;
    let claimed = sspr::store::outbox::claim(&world.pool, sspr::random::id(), 10, 30.0).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert!(claimed[0].domains.is_empty() && !claimed[0].deliverable);
}
