//! The rules as a person meets them. Security ids: `N-…` and `V-…`.

use std::time::{Duration, Instant};

use super::*;
use crate::domain::user::UserId;

fn context() -> PasswordContext {
    let user_id = UserId::parse("JohnSmith@contoso.com").unwrap();
    PasswordContext::new(
        &user_id,
        "John Q. Smith",
        "Contoso Ltd",
        &["contoso.com", "contoso.example"],
        "sspr",
    )
}

fn check(password: &str) -> Result<NewPassword, Vec<PasswordProblem>> {
    PasswordPolicy::default().check(password, password, &context(), None)
}

fn problems(password: &str) -> Vec<PasswordProblem> {
    check(password).err().unwrap_or_default()
}

fn guessable(reason: GuessableReason) -> PasswordProblem {
    PasswordProblem::Guessable { reason }
}

/// Fifteen characters of an alphabet that nobody chose.
fn random_from(alphabet: &[u8], seed: u32) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(seed.to_be_bytes());
    hash.iter().take(15).map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
}

#[test] // N-01, N-02
fn length_is_counted_in_code_points_at_both_ends() {
    let long = |n: usize| "correct horse battery staple! ".chars().cycle().take(n).collect::<String>();
    assert_eq!(problems("xkqzjwvmtrpfhb"), [PasswordProblem::TooShort { length: 14, min: 15 }]);
    assert_eq!(problems("xkqzjwvmtrpfhbd"), []);
    for n in [64, 65, 256] {
        assert_eq!(problems(&long(n)), [], "{n}");
    }
    assert_eq!(problems(&long(257)), [PasswordProblem::TooLong { max: 256 }]);
    assert_eq!(problems(""), [PasswordProblem::Empty]);
}

#[test] // N-03
fn any_character_counts_as_one_and_spaces_stay() {
    assert_eq!(problems("🐎🔋📎🌋🧊🪁🛶🧲🪐🦉🧵🥝🎻🧭🪵"), []);
    let kept = check("  two inner  and outer spaces ").unwrap();
    assert_eq!(kept.expose(), "  two inner  and outer spaces ");
    // 14 letters and a combining accent are 14 code points after NFC where a composed letter exists, else 15.
    assert_eq!(problems("xkqzjwvmtrpfhe\u{301}"), [PasswordProblem::TooShort { length: 14, min: 15 }]);
    assert_eq!(problems("xkqzjwvmtrpfhq\u{301}"), []);
}

#[test] // N-04
fn letters_alone_and_digits_alone_are_good_enough() {
    for seed in 0..200 {
        assert_eq!(problems(&random_from(b"abcdefghijklmnopqrstuvwxyz", seed)), []);
        assert_eq!(problems(&random_from(b"0123456789", seed)), []);
    }
}

#[test] // N-07, N-08
fn the_whole_password_is_kept_in_nfc() {
    let composed = "caf\u{e9} terrasse en ao\u{fb}t";
    let decomposed = "cafe\u{301} terrasse en aou\u{302}t";
    let kept = PasswordPolicy::default().check(decomposed, composed, &context(), None).unwrap();
    assert_eq!(kept.expose(), composed);
    let long = format!("{}{}", "correct horse battery staple ".repeat(8), "the end");
    assert_eq!(check(&long).unwrap().expose(), long);
}

#[test] // N-09
fn what_is_tried_first_is_refused_with_the_reason() {
    use GuessableReason::{Dates, Keyboard, Repeats, Sequence, Words};
    for (password, reason) in [
        ("aaaaaaaaaaaaaaa", Repeats),
        ("abcabcabcabcabc", Repeats),
        ("abbabaabbaabaabb", Repeats),
        ("passwordpassword", Repeats),
        ("passwordpassword1", Repeats),
        ("P@ssw0rdP@ssw0rd", Repeats),
        ("zkqwvxyzkqwvxyzkqwvxy", Repeats),
        ("123456789012345", Sequence),
        ("987654321098765", Sequence),
        ("abcdefghijklmno", Sequence),
        ("ABCDEFGHIJKLMNO", Sequence),
        ("abcde12345vwxyz", Sequence),
        ("qwertyuiopasdfgh", Keyboard),
        ("QWERTYUIOPASDFGH", Keyboard),
        ("lkjhgfdsapoiuytr", Keyboard),
        ("1qaz2wsx4rfv5tgb", Keyboard),
        ("!@#$%^&*()_+!@#", Keyboard),
        ("2019112220221105", Dates),
        ("monkeydragonmaster", Words),
        ("Password12345678", Sequence),
        ("Summer2024summer", Words),
    ] {
        let found = problems(password);
        assert_eq!(found, [guessable(reason)], "{password}");
    }
}

#[test] // N-09
fn a_password_that_is_the_person_or_the_company_is_refused_with_the_word() {
    for (password, word) in [
        ("johnsmithjohnsmith", "johnsmith"),
        ("johnsmith@contoso.com", "johnsmith@contoso.com"),
        ("JohnSmith!!!!!!", "johnsmith"),
        ("johnsmith-7h2k9x", "johnsmith"),
        ("John Smith 12345", "smith"),
        ("contosoContoso1", "contoso"),
        ("Contoso Ltd 2026!", "contoso ltd"),
        ("c0nt0s0-c0nt0s0", "contoso"),
        ("sspr sspr contoso", "contoso"),
    ] {
        let found = problems(password);
        assert!(
            found.contains(&PasswordProblem::ContextWord { word: word.to_owned() }),
            "{password}: {found:?}"
        );
    }
}

#[test] // N-09
fn a_passphrase_that_merely_contains_a_listed_word_is_accepted() {
    let list = CommonList::from_lines(["battery", "password"]);
    for password in [
        "correct horse battery staple",
        "my password lives under a blue stone",
        "john likes seven yellow kayaks",
        "contoso serves cold soup on tuesdays",
    ] {
        let checked = PasswordPolicy::default().check(password, password, &context(), Some(&list));
        assert!(checked.is_ok(), "{password}: {checked:?}");
    }
}

#[test] // N-09
fn the_operators_list_is_compared_as_a_whole_whatever_the_case_or_form() {
    let list = CommonList::from_lines([
        "Blue Caf\u{e9} Kayak 77\r\n",
        "",
        "another entry of ours\n",
        "Another Entry of ours",
    ]);
    assert_eq!(list.len(), 2);
    for password in ["blue caf\u{e9} kayak 77", "BLUE CAFE\u{301} KAYAK 77"] {
        let found = PasswordPolicy::default().check(password, password, &context(), Some(&list)).unwrap_err();
        assert_eq!(found, [PasswordProblem::Listed]);
    }
    assert!(!list.contains("blue caf\u{e9} kayak 7") && !list.contains("") && !list.is_empty());
    assert!(CommonList::default().is_empty());
}

#[test]
fn all_broken_rules_are_told_at_once() {
    let list = CommonList::from_lines(["letmein"]);
    let found = PasswordPolicy::default().check("letmein", "letmeout", &context(), Some(&list)).unwrap_err();
    assert_eq!(
        found,
        [
            PasswordProblem::Mismatch,
            PasswordProblem::TooShort { length: 7, min: 15 },
            PasswordProblem::Listed,
            PasswordProblem::Common,
        ]
    );
    for common in ["password", "Dragon", "trustno1", "1qaz2wsx"] {
        assert!(problems(common).contains(&PasswordProblem::Common), "{common}");
    }
    assert!(problems("1234567").contains(&guessable(GuessableReason::Sequence)));
    assert_eq!(problems("k7"), [PasswordProblem::TooShort { length: 2, min: 15 }]);
}

#[test] // V-58
fn a_megabyte_costs_nothing() {
    let policy = PasswordPolicy::default();
    let (ascii, marks) = ("x".repeat(1_000_000), "\u{1f82}\u{301}".repeat(200_000));
    let context = context();
    let start = Instant::now();
    for text in [&ascii, &marks] {
        let found = policy.check(text, text, &context, None).unwrap_err();
        assert_eq!(found, [PasswordProblem::TooLong { max: 256 }]);
        let found = policy.check("xkqzjwvmtrpfhbd", text, &context, None).unwrap_err();
        assert_eq!(found, [PasswordProblem::Mismatch]);
    }
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
}

#[test] // V-58
fn the_longest_password_may_come_fully_decomposed() {
    // U+1F82 has the longest canonical decomposition: four code points.
    let decomposed = "\u{3b1}\u{313}\u{300}\u{345}".repeat(256);
    assert_eq!(normalised(&decomposed, 256).unwrap().chars().count(), 256);
    assert_eq!(normalised(&"\u{1f82}".repeat(257), 256), None);
}

#[test] // V-58: zxcvbn 3.1.1 overflows on these from 33 characters on
fn hostile_input_neither_panics_nor_takes_long() {
    for unit in ["qw", "qwsazxdcfvgbhnjmkloiujhytgfrdesw", "4@8({[<369!1|0$5+7%2", "\u{130}", "ß", "\0", "\n"]
    {
        for length in [15, 32, 33, 64, 65, 256] {
            let password: String = unit.chars().cycle().take(length).collect();
            let start = Instant::now();
            let _ = check(&password);
            assert!(start.elapsed() < Duration::from_secs(5), "{unit:?} {length}: {:?}", start.elapsed());
        }
    }
}

#[test] // V-47
fn nothing_of_a_password_shows_in_a_log_line() {
    let shown =
        format!("{:?} {:?} {:?}", check("xkqzjwvmtrpfhbd"), problems("johnsmithjohnsmith"), context());
    assert!(shown.contains("[secret]"));
    assert!(!shown.contains("xkq") && !shown.contains("john"), "{shown}");
}

#[test] // N-01, N-02
fn a_policy_can_be_stricter_and_never_laxer() {
    assert_eq!(PasswordPolicy::new(15, 256), Ok(PasswordPolicy::default()));
    assert_eq!(PasswordPolicy::new(20, 64).map(|policy| (policy.min(), policy.max())), Ok((20, 64)));
    assert_eq!(PasswordPolicy::new(14, 256), Err(PasswordPolicyProblem::Min));
    assert_eq!(PasswordPolicy::new(65, 256), Err(PasswordPolicyProblem::Min));
    assert_eq!(PasswordPolicy::new(15, 63), Err(PasswordPolicyProblem::Max));
    assert_eq!(PasswordPolicy::new(15, 257), Err(PasswordPolicyProblem::Max));
}

#[test] // N-01
fn a_company_raises_the_floor_and_never_lowers_it() {
    let policy = PasswordPolicy::new(16, 128).unwrap();
    assert_eq!(policy.raised(None), policy);
    assert_eq!(policy.raised(Some(20)).min(), 20);
    for lower in [8, 0, -5, 15] {
        assert_eq!(policy.raised(Some(lower)), policy);
    }
    assert_eq!(policy.raised(Some(1_000)).min(), 64);
}

#[test]
fn a_word_that_the_company_refuses_counts_like_its_name() {
    let user_id = crate::domain::user::UserId::parse("johnsmith@contoso.com").unwrap();
    let context = PasswordContext::new(&user_id, "John Smith", "Contoso", &["contoso.com"], "SSPR");
    let text = "projectbluebird99";
    let found = |context: &PasswordContext| {
        PasswordPolicy::default()
            .check(text, text, context, None)
            .err()
            .unwrap_or_default()
            .iter()
            .any(|problem| matches!(problem, PasswordProblem::ContextWord { .. }))
    };
    assert!(!found(&context));
    assert!(found(&context.with_words(&["Project Bluebird".to_owned()])));
}
