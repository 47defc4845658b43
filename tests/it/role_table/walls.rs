//! Who makes the witnesses, by the sources themselves. The operator's: `shell::operator`.

use std::path::Path;

#[test]
fn only_the_portals_door_makes_the_witness_of_someone_who_is_signed_in() {
    for witness in ["Administrator::signed_in", "Oneself::signed_in"] {
        let mut found = Vec::new();
        look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), witness, &mut found);
        found.sort();
        assert_eq!(found, ["src/portal/door.rs"], "{witness}");
    }
}

fn look(folder: &Path, words: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, words, found);
        } else if std::fs::read_to_string(&path).unwrap().contains(words) {
            found.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string());
        }
    }
}
