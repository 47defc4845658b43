"""See `mutate`. No packages beyond Python's own."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "target/mutants/tree"
BUILD = ROOT / "target/mutants/build"
LIST = "tests/security/mutations.txt"
RUST = 'crate::mutant("%s")'
SQL = "coalesce(current_setting('sspr.mutant', true), '') = '%s'"
SWITCH = '''
/// Whether a defence is out: only in the copy that `tests/security/mutate` makes.
pub fn mutant(name: &str) -> bool {
    std::env::var("SSPR_MUTANT").is_ok_and(|named| named == name)
}
'''


def give_up(what):
    print(f"mutate: {what}", file=sys.stderr)
    sys.exit(2)


def read_list(text):
    """Edits [(file, old, new)], and mutants {name: (what, [tests])}."""
    edits, mutants, file, old, new = [], {}, None, [], []

    def flush():
        if old or new:
            edits.append((file, "\n".join(old), "\n".join(new)))
        old.clear()
        new.clear()

    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("- "):
            if new:
                flush()
            old.append(line[2:])
        elif line.startswith("+ "):
            new.append(line[2:])
        else:
            flush()
            if line.startswith("file "):
                file = line[5:]
            elif line.startswith("V-") or line.startswith("R-"):
                name, what = line.split("  ", 1)
                mutants[name] = (what.strip(), [])
            elif line.startswith("  "):
                mutants[name][1].append(line.strip())
            elif line.strip() and not line.startswith("#"):
                give_up(f"{LIST}:{number}: what is {line!r}?")
    flush()
    return edits, mutants


def queries(text):
    """The texts of a file's checked queries, as the macros see them."""
    found = re.findall(r'r#"(.*?)"#', text, re.S)
    found += [re.sub(r'\\(["\\])', r"\1", q) for q in re.findall(r'(?<![r#])"((?:[^"\\]|\\["\\])*)"', text, re.S)]
    return found


def keep_query(old, new):
    """A mutated query has the parameters and columns of the one that was checked."""
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    source = COPY / f".sqlx/query-{digest(old)}.json"
    if not source.exists():
        give_up(f"no checked query begins so: {old[:80]!r}")
    known = json.loads(source.read_text())
    known["query"], known["hash"] = new, digest(new)
    (COPY / f".sqlx/query-{digest(new)}.json").write_text(json.dumps(known))


def apply(edits, tree, write):
    before = {}
    after = {}
    for file, old, new in edits:
        path = tree / file
        text = after.get(file) or path.read_text()
        before.setdefault(file, text)
        if text.count(old) != 1:
            give_up(f"{file}: {text.count(old)} times, not once: {old!r}")
        new = re.sub(r"RUST\?([\w-]+)", lambda m: RUST % m[1], new)
        new = re.sub(r"SQL\?([\w-]+)", lambda m: SQL % m[1], new)
        after[file] = text.replace(old, new)
    if not write:
        return
    for file, text in after.items():
        (tree / file).write_text(text)
        if file.endswith(".rs"):
            for old, new in zip(queries(before[file]), queries(text)):
                if old != new and "current_setting('sspr.mutant'" in new:
                    keep_query(old, new)
    lib = tree / "src/lib.rs"
    lib.write_text(lib.read_text() + SWITCH)


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, **more)


def copy():
    shutil.rmtree(COPY, ignore_errors=True)
    run("git", "-C", str(ROOT), "worktree", "prune")
    COPY.parent.mkdir(parents=True, exist_ok=True)
    run("git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(COPY), "HEAD")
    # Dependencies that were built already serve here as well: another path makes another package of ours only.
    warm = ROOT / "target/debug"
    if not BUILD.exists() and warm.exists():
        (BUILD / "debug").mkdir(parents=True)
        for part in ("deps", "build", ".fingerprint"):
            shutil.copytree(
                warm / part, BUILD / "debug" / part, copy_function=os.link,
                ignore=lambda _, names: [n for n in names if re.match(r"(lib)?sspr-|it-|load-", n)],
            )


def build():
    print("building; every mutation is in it, none acts", flush=True)
    told = run(
        "cargo", "test", "--no-run", "--lib", "--test", "it", "--message-format=json", "--locked",
        cwd=COPY, env={**os.environ, "CARGO_TARGET_DIR": str(BUILD)}, stdout=subprocess.PIPE,
    ).stdout
    programs = {}
    for line in told.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            programs[message["target"]["kind"][0]] = message["executable"]
    return programs["lib"], programs["test"]


def named(test):
    """Which program has the test, and under which name."""
    if not test.startswith("src/"):
        return 1, test
    path, name = test[len("src/"):].rsplit("::", 1)
    module = path.removesuffix(".rs").removesuffix("/mod").replace("/", "::")
    return 0, f"{module}::{name}" if module.endswith("tests") else f"{module}::tests::{name}"


def failures(programs, tests, mutant):
    """Those of the tests that fail, each with the first line of why."""
    environment = {**os.environ, "CARGO_MANIFEST_DIR": str(COPY), "RUST_BACKTRACE": "0"}
    if mutant:
        environment |= {"SSPR_MUTANT": mutant, "PGOPTIONS": f"-c sspr.mutant={mutant}"}
    failed = {}
    for place, program in enumerate(programs):
        names = {named(test)[1]: test for test in tests if named(test)[0] == place}
        if not names:
            continue
        try:
            said = subprocess.run(
                [program, "--exact", "--test-threads=2", *names], cwd=COPY, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3600,
            ).stdout
        except subprocess.TimeoutExpired:
            failed |= {test: "did not end" for test in names.values()}
            continue
        for name, test in names.items():
            if f"test {name} ... ok" in said:
                continue
            if f"test {name} ..." not in said:
                give_up(f"no such test: {name}")
            why = re.search(rf"---- {re.escape(name)} stdout ----.*?panicked at [^\n]*\n([^\n]*)", said, re.S)
            failed[test] = why[1][:110] if why else ""
    return failed


def main():
    wanted = [a for a in sys.argv[1:] if not a.startswith("--")]
    edits, mutants = read_list((ROOT / LIST).read_text())
    named = set(re.findall(r"(?:RUST|SQL)\?([\w-]+)", "\n".join(new for _, _, new in edits)))
    if named != set(mutants):
        give_up(f"in edits or in the list only: {sorted(named ^ set(mutants))}")
    apply(edits, ROOT, write=False)
    if "--check" in sys.argv:
        print(f"{len(edits)} edits apply, {len(mutants)} mutations")
        return
    chosen = {n: m for n, m in mutants.items() if not wanted or any(n == w or n.startswith(w + "-") for w in wanted)}
    again = "--again" in sys.argv and BUILD.exists() and COPY.exists()
    try:
        if not again:
            copy()
            apply(edits, COPY, write=True)
        programs = build()
        tests = sorted({test for _, tests in chosen.values() for test in tests})
        if "--no-baseline" not in sys.argv:
            for test, why in failures(programs, tests, None).items():
                give_up(f"{test} fails with no defence out: {why}")
            print(f"{len(tests)} tests pass with every defence in place", flush=True)
        survived = 0
        for name, (what, tests) in chosen.items():
            begun = time.monotonic()
            failed = failures(programs, tests, name)
            print(f"{name}: {what} ({time.monotonic() - begun:.0f} s)")
            for test in tests:
                survived += test not in failed
                state = "killed  " if test in failed else "SURVIVED"
                print(f"  {state}  {test}  {failed.get(test, '')}", flush=True)
        print(f"{len(chosen)} mutations, {survived} times one survived a test that should have killed it")
        sys.exit(1 if survived else 0)
    finally:
        if "--again" not in sys.argv:
            run("git", "-C", str(ROOT), "worktree", "remove", "--force", str(COPY))


main()
