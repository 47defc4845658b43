//! An operator's own words for messages, and the line of an SMS that a browser reads.

use std::{fs, path::PathBuf, sync::OnceLock};

use sspr::outbox::{
    render::{Brand, origin_bound},
    texts,
};

use super::{is_one_line, text};

/// Every file is taken whole or refused line by line; what is taken puts every message into words.
pub fn own_texts(data: &[u8]) {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    let folder = PLACE.get_or_init(|| {
        let folder = place(&format!("sspr-fuzz-texts-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder of our own");
        folder
    });
    let [everyone, company] = super::texts(data);
    for (name, text) in [("_all.ftl", everyone), ("contoso.com.ftl", company)] {
        if text.is_empty() {
            let _ = fs::remove_file(folder.join(name));
        } else {
            fs::write(folder.join(name), text).expect("a file of our own");
        }
    }
    let brand = Brand::new("https://reset.contoso.com", "Contoso password reset", None).expect("a brand");
    match texts::read(Some(folder), &brand) {
        Ok(read) => {
            // Texts of nobody's company are everyone's.
            let _ = read.texts.of_company(&["fabrikam.com".to_owned()]);
            assert!(read.measured.iter().all(|one| is_one_line(&one.id)));
        }
        Err(refused) => {
            assert!(!refused.is_empty());
            for one in refused {
                assert!(is_one_line(&one.to_string()), "{one}");
                assert!(one.line <= everyone.lines().count().max(company.lines().count()) + 1, "{one}");
            }
        }
    }
}

/// In memory where there is such a place.
pub fn place(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory.join(name) } else { std::env::temp_dir().join(name) }
}

/// A browser finds the code that we wrote, whatever stands before it, and in a text of others only what stands on its last line.
pub fn origin_bound(data: &[u8]) {
    let message = text(data);
    if let Some(found) = origin_bound::parse(message) {
        let last = message.rsplit(['\n', '\r']).next().unwrap_or_default();
        assert!(last.starts_with(&format!("@{} #{}", found.host, found.code)));
        assert!(!found.host.contains(|c: char| c.is_ascii_whitespace()) && !found.code.is_empty());
    }
    let ours = format!("{message}{}", origin_bound::last_line("reset.contoso.com", "01234567"));
    let found = origin_bound::parse(&ours).expect("our own line");
    assert_eq!((found.host, found.code, found.embedded), ("reset.contoso.com", "01234567", None));
}
