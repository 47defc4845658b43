//! The fuzzer: one program for all targets, chosen by `FUZZ_TARGET`. `bash tests/fuzz/run` builds and runs it.
#![no_main]
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "what does not hold ends the run: that is what it is for")]

use std::{env, panic, process, sync::OnceLock, thread};

mod targets;

use targets::{ALL, Target};

libfuzzer_sys::fuzz_target!(|data: &[u8]| (target().run)(data));

fn target() -> &'static Target {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = env::var("FUZZ_TARGET").unwrap_or_default();
        let found = ALL.iter().find(|target| target.name == name);
        let names: Vec<&str> = ALL.iter().map(|target| target.name).collect();
        let found = found.unwrap_or_else(|| panic!("FUZZ_TARGET is one of {}", names.join(" ")));
        tell_only_ours();
        found
    })
}

/// A mail over which the library stumbles is none that we can use: `bounce::read` has a thread of its own for that, and goes on. Panics
/// of that library there are no finding; everything else ends the run, as libFuzzer's own hook has it.
fn tell_only_ours() {
    let ends = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        let theirs = what.location().is_some_and(|place| place.file().contains("/mail-parser-"));
        if !(theirs && thread::current().name() != Some("main")) {
            ends(what);
            process::abort();
        }
    }));
}
