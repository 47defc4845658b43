//! The fuzzer's targets over the committed corpus: what a fuzzer found once, and what its inventions grow from, in every run of the tests.
//! Needs no instrumented build; `bash tests/fuzz/run` has that.

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::{collections::BTreeSet, fs, path::PathBuf};

use targets::ALL;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

#[test] // V-71
fn every_parser_withstands_its_corpus() {
    for target in ALL {
        let folder = corpus().join(target.name);
        let files: Vec<PathBuf> =
            fs::read_dir(&folder).expect(target.name).map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 3, "{}: {} files are no corpus", target.name, files.len());
        // Nothing, and what is no text.
        for bytes in [&b""[..], b"\x1e", b"\0", b"\xff\xfe\xfd"] {
            (target.run)(bytes);
        }
        for file in files {
            // The name of the file, should it panic.
            println!("{}", file.display());
            (target.run)(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_a_target() {
    let known: BTreeSet<&str> = ALL.iter().map(|target| target.name).collect();
    assert_eq!(known.len(), ALL.len(), "a name twice");
    for entry in fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(name.as_str()), "{name} is the corpus of nothing");
    }
}
