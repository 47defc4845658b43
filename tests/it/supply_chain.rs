//! What the program is built from, and how: versions below which a fault is known, one registry, no unsafe code, a bill of materials.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// A package of a lock file.
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    has_checksum: bool,
}

fn packages(lock: &str) -> Vec<Package> {
    let lock = read(lock);
    let packages = lock.split("[[package]]\n").skip(1).map(|package| {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            line.and_then(|value| value.strip_suffix('"')).map(str::to_owned)
        };
        Package {
            name: value("name").unwrap(),
            version: value("version").unwrap(),
            source: value("source"),
            has_checksum: value("checksum").is_some_and(|sum| sum.len() == 64),
        }
    });
    packages.collect()
}

/// The lines of a section of a manifest, without comments.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let manifest = read(manifest);
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap();
    plain.split('.').map(|part| part.parse().unwrap()).collect()
}

/// The first version without the faults that are known of it.
const FLOORS: [(&str, &str, &str); 13] = [
    // V-63: RUSTSEC-2020-0069, 2021-0069, 2026-0141
    ("lettre", "0.11.22", "arguments of strangers for sendmail; names in certificates unchecked"),
    // V-67: RUSTSEC-2025-0055
    ("tracing-subscriber", "0.3.20", "escape sequences in logs"),
    // V-58: RUSTSEC-2024-0363
    ("sqlx", "0.8.1", "a value of 4 GiB is read as protocol"),
    // V-58: RUSTSEC-2022-0055
    ("axum-core", "0.3.0", "bodies without a bound"),
    // V-71: RUSTSEC-2026-0009
    ("time", "0.3.47", "a stack that ends while a date is parsed"),
    // V-71: RUSTSEC-2026-0104
    ("rustls-webpki", "0.103.13", "a panic over a list of revoked certificates"),
    // V-21: RUSTSEC-2024-0421
    ("idna", "1.0.0", "one name in two spellings"),
    // RUSTSEC-2024-0336
    ("rustls", "0.23.5", "a handshake that never ends"),
    // RUSTSEC-2025-0009
    ("ring", "0.17.12", "a panic over a packet"),
    // RUSTSEC-2025-0024
    ("crossbeam-channel", "0.5.15", "memory freed twice"),
    // RUSTSEC-2021-0078, 2021-0079
    ("hyper", "1.0.0", "two readings of one length"),
    // RUSTSEC-2023-0001, 2025-0023
    ("tokio", "1.44.2", "a broadcast without synchronisation"),
    // RUSTSEC-2024-0421 by way of url
    ("url", "2.5.4", "one name in two spellings"),
];

#[test] // V-58, V-63, V-67, V-71; ASVS 15.2.1
fn no_crate_is_of_a_version_with_a_known_fault() {
    let mut seen = BTreeSet::new();
    for lock in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        for package in packages(lock) {
            for (_, floor, fault) in FLOORS.iter().filter(|(name, ..)| *name == package.name) {
                seen.insert(package.name.clone());
                let Package { name, version, .. } = &package;
                assert!(numbers(version) >= numbers(floor), "{lock}: {name} {version} has a fault: {fault}");
            }
        }
    }
    // V-60: HTTP/2, whose crate has had a fault a year, is not spoken at all.
    assert!(packages("Cargo.lock").iter().all(|package| package.name != "h2"), "h2 came in: give it a floor");
    for needed in ["lettre", "tracing-subscriber", "sqlx", "time", "rustls-webpki", "idna"] {
        assert!(
            seen.contains(needed),
            "{needed} is not in the tree any more: then neither should its floor be here"
        );
    }
}

#[test] // ASVS 15.2.4
fn every_crate_comes_from_the_one_registry_with_a_checksum() {
    for (lock, ours) in [("Cargo.lock", &["sspr"][..]), ("tests/fuzz/Cargo.lock", &["sspr", "fuzz"])] {
        for Package { name, source, has_checksum, .. } in packages(lock) {
            if ours.contains(&name.as_str()) {
                assert!(source.is_none(), "{lock}: {name} is ours and comes from elsewhere");
                continue;
            }
            let source = source.unwrap_or_default();
            assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{lock}: {name}");
            assert!(has_checksum, "{lock}: {name}");
        }
    }
}

#[test] // ASVS 15.1.2: what the product is locked to, the fuzzer fuzzes
fn the_fuzzer_is_built_from_the_versions_of_the_product() {
    let product: BTreeSet<_> = packages("Cargo.lock").into_iter().map(|p| (p.name, p.version)).collect();
    let own = ["fuzz", "libfuzzer-sys", "arbitrary", "jobserver"];
    let other: Vec<String> = packages("tests/fuzz/Cargo.lock")
        .into_iter()
        .filter(|package| !own.contains(&package.name.as_str()))
        .filter(|package| !product.contains(&(package.name.clone(), package.version.clone())))
        .map(|package| format!("{} {}", package.name, package.version))
        .collect();
    assert!(other.is_empty(), "cp Cargo.lock tests/fuzz/ and let cargo add the fuzzer's own: {other:?}");
}

#[test] // ASVS 15.2.5, 1.4.2
fn nothing_of_ours_is_unsafe_or_runs_while_it_is_built() {
    let word = ["un", "safe"].concat();
    for manifest in ["Cargo.toml", "tests/fuzz/Cargo.toml"] {
        let forbids = format!("{word}_code = \"forbid\"");
        assert!(section(manifest, "lints.rust").contains(&forbids), "{manifest}");
        assert!(!section(manifest, "package").iter().any(|line| line.starts_with("build")), "{manifest}");
    }
    for script in ["build.rs", "tests/fuzz/build.rs"] {
        assert!(!root().join(script).exists(), "{script}");
    }
    let mut read_files = 0;
    let mut folders = vec![root().join("src"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                read_files += 1;
                let source = fs::read_to_string(&path).unwrap();
                for opens in ["{", "fn", "impl", "extern"] {
                    let found = source.contains(&format!("{word} {opens}"));
                    assert!(!found, "{}: {word} {opens}", path.display());
                }
            }
        }
    }
    assert!(read_files > 300, "only {read_files} files were found");
}

#[test] // ASVS 1.4.2: a sum that does not fit ends the request, not the arithmetic; V-71: a panic ends one request, not the process
fn a_release_checks_its_sums_and_survives_a_panic() {
    let release = section("Cargo.toml", "profile.release");
    for line in ["overflow-checks = true", "panic = \"unwind\"", "strip = \"symbols\""] {
        assert!(release.iter().any(|found| found == line), "{line}: {release:?}");
    }
    // The same holds for what is tested: a debug build checks too, unless it was told not to.
    assert!(std::panic::catch_unwind(|| std::hint::black_box(u8::MAX) + std::hint::black_box(1)).is_err());
    for command in ["bash .ci/run", "cargo build --release --locked"] {
        assert!(read("README.md").contains(command), "README: {command}");
    }
}

#[test] // ASVS 15.1.2, 15.2.3
fn the_bill_of_materials_names_what_is_linked_and_nothing_of_the_tests_or_of_this_machine() {
    let made = Command::new("bash").arg(root().join(".ci/sbom")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = String::from_utf8(made.stdout).unwrap();
    let bom: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((bom["bomFormat"].as_str(), bom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
    for place in [root().to_str().unwrap(), &std::env::var("HOME").unwrap_or("/home/".to_owned()), "file://"]
    {
        assert!(!text.contains(&format!("{place}/")) && !text.contains(&format!("\"{place}\"")), "{place}");
    }

    let components = bom["components"].as_array().unwrap();
    let of = |scope: &str| -> BTreeSet<&str> {
        let fits = components.iter().filter(|one| one["scope"] == scope);
        fits.map(|one| one["bom-ref"].as_str().unwrap()).collect()
    };
    let (linked, built) = (of("required"), of("excluded"));
    assert_eq!(linked.len() + built.len(), components.len());
    // What cargo itself says is linked, macros and what only they need left out.
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree: BTreeSet<String> = String::from_utf8(tree.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("sspr "))
        .map(|line| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next().unwrap(), words.next().unwrap());
            format!("pkg:cargo/{name}@{}", version.trim_start_matches('v'))
        })
        .collect();
    let linked_owned: BTreeSet<String> = linked.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(linked_owned, tree);
    for (name, there) in [
        ("lettre@", true),
        ("sqlx-postgres@", true),
        ("ring@", true),
        ("thirtyfour@", false),
        ("sqlx-mysql@", false),
    ] {
        let found = linked.iter().chain(&built).any(|one| one.starts_with(&format!("pkg:cargo/{name}")));
        assert_eq!(found, there, "{name}");
    }

    let ours = "pkg:cargo/sspr@0.1.0";
    assert_eq!(bom["metadata"]["component"]["bom-ref"], ours);
    for one in components {
        assert_eq!(one["hashes"][0]["content"].as_str().map(str::len), Some(64), "{one}");
        assert_eq!(one["purl"], one["bom-ref"]);
    }
    for edge in bom["dependencies"].as_array().unwrap() {
        for end in edge["dependsOn"].as_array().unwrap().iter().chain([&edge["ref"]]) {
            let end = end.as_str().unwrap();
            assert!(end == ours || linked.contains(end) || built.contains(end), "{end} is no component");
        }
    }
}
