//! Stories of the hashing threads. Settings are the floor: 14 ms a hash.

use std::time::Instant;

use tokio::time::timeout;

use super::*;
use crate::domain::user::UserId;

fn settings(threads: usize, queue: usize) -> HashSettings {
    HashSettings {
        memory_kib: MEMORY_KIB_MIN,
        passes: PASSES_MIN,
        lanes: 1,
        threads: NonZeroUsize::new(threads).unwrap(),
        queue: NonZeroUsize::new(queue).unwrap(),
    }
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn context() -> PasswordContext {
    let user_id = UserId::parse("johnsmith@contoso.com").unwrap();
    PasswordContext::new(&user_id, "John Smith", "Contoso", &["contoso.com"], "sspr")
}

async fn new_password(hashing: &Hashing, text: &str) -> NewPassword {
    let policy = PasswordPolicy::default();
    hashing.check(secret(text), secret(text), policy, context(), None).await.unwrap().unwrap()
}

async fn stored(hashing: &Hashing, text: &str) -> PasswordHash {
    hashing.hash(new_password(hashing, text).await).await.unwrap()
}

const RIGHT: Verdict = Verdict::Right { rehash_needed: false };

#[tokio::test] // N-11
async fn a_password_is_right_and_any_other_is_wrong() {
    let hashing = Hashing::new(settings(2, 8)).unwrap();
    let hash = stored(&hashing, "correct horse battery staple").await;
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    // 16 bytes of salt and 32 of hash, in base64 without padding.
    let lengths: Vec<usize> = hash.as_str().split('$').skip(4).map(str::len).collect();
    assert_eq!(lengths, [22, 43]);
    for (typed, verdict) in [
        ("correct horse battery staple", RIGHT),
        ("Correct horse battery staple", Verdict::Wrong),
        (" correct horse battery staple", Verdict::Wrong),
        ("correct horse battery staple\0", Verdict::Wrong),
        ("", Verdict::Wrong),
    ] {
        assert_eq!(hashing.verify(secret(typed), Some(&hash)).await, Ok(verdict), "{typed:?}");
    }
    assert_ne!(stored(&hashing, "correct horse battery staple").await, hash, "the salt is fresh");
    assert_eq!(format!("{hash:?}"), "[secret]");
}

#[tokio::test] // N-08
async fn a_password_set_in_one_unicode_form_signs_in_in_the_other() {
    let hashing = Hashing::new(settings(2, 8)).unwrap();
    let (composed, decomposed) = ("caf\u{e9} terrasse en ao\u{fb}t", "cafe\u{301} terrasse en aou\u{302}t");
    for (set, typed) in [(composed, decomposed), (decomposed, composed)] {
        let hash = stored(&hashing, set).await;
        assert_eq!(hashing.verify(secret(typed), Some(&hash)).await, Ok(RIGHT));
    }
}

#[tokio::test] // N-02, N-07
async fn every_character_of_a_long_password_counts() {
    let hashing = Hashing::new(settings(2, 8)).unwrap();
    for length in [64, 65, 100, 256] {
        let long: String = "correct horse battery staple! ".chars().cycle().take(length - 1).collect();
        let hash = stored(&hashing, &format!("{long}a")).await;
        assert_eq!(hashing.verify(secret(&format!("{long}a")), Some(&hash)).await, Ok(RIGHT));
        assert_eq!(hashing.verify(secret(&format!("{long}b")), Some(&hash)).await, Ok(Verdict::Wrong));
    }
}

#[tokio::test] // V-18, V-58
async fn nobody_and_nonsense_are_wrong_after_the_same_work() {
    let hashing = Hashing::new(settings(1, 8)).unwrap();
    let good = stored(&hashing, "correct horse battery staple").await;
    // Work shows in the memory: a hash of today's settings leaves none of its 19456 blocks empty, and takes no other.
    let verdict_after_same_work = |typed: &str, stored: Option<&PasswordHash>| {
        let mut memory = Vec::new();
        let verdict = hashing.argon.verify(typed, stored.map(PasswordHash::as_str), &mut memory);
        let full = memory.iter().all(|block| block.as_ref().iter().any(|word| *word != 0));
        assert!(full && memory.len() == 19_456, "{} blocks", memory.len());
        verdict
    };
    assert_eq!(verdict_after_same_work("correct horse battery staple", Some(&good)), RIGHT);
    let salt_and_hash = good.as_str().splitn(5, '$').nth(4).unwrap();
    let bad = |text: &str| Some(PasswordHash::from_stored(text.to_owned()));
    for (what, stored) in [
        ("nobody", None),
        ("empty", bad("")),
        ("plain text", bad("correct horse battery staple")),
        ("cut off", bad(&good.as_str()[..60])),
        ("no hash", bad("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA")),
        ("another algorithm", bad(&format!("$argon2i$v=19$m=19456,t=2,p=1${salt_and_hash}"))),
        ("another version", bad(&format!("$argon2id$v=16$m=19456,t=2,p=1${salt_and_hash}"))),
        ("all the memory there is", bad(&format!("$argon2id$v=19$m=4294967295,t=2,p=1${salt_and_hash}"))),
        ("for ever", bad(&format!("$argon2id$v=19$m=19456,t=4294967295,p=1${salt_and_hash}"))),
        ("a hash of four bytes", bad("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAA")),
    ] {
        let verdict = verdict_after_same_work("correct horse battery staple", stored.as_ref());
        assert_eq!(verdict, Verdict::Wrong, "{what}");
        assert_eq!(
            hashing.verify(secret("correct horse battery staple"), stored.as_ref()).await,
            Ok(Verdict::Wrong)
        );
    }
}

#[tokio::test] // V-58, V-59
async fn what_is_too_long_for_a_password_is_wrong_for_everyone_and_takes_no_place() {
    let hashing = Hashing::new(settings(1, 8)).unwrap();
    let good = stored(&hashing, "correct horse battery staple").await;
    let before = hashing.jobs();
    let (longest, longer) = ("x".repeat(256), "x".repeat(257));
    // 256 code points after NFC are 512 before it.
    let decomposed = "e\u{301}".repeat(256);
    for stored in [Some(&good), None] {
        for typed in [&longer, &"\u{1f511}".repeat(257), &"x".repeat(1_000_000), &format!("{decomposed}x")] {
            assert_eq!(hashing.verify(secret(typed), stored).await, Ok(Verdict::Wrong));
        }
    }
    assert_eq!(hashing.jobs(), before, "something was hashed");
    for typed in [&longest, &decomposed] {
        assert_eq!(hashing.verify(secret(typed), None).await, Ok(Verdict::Wrong));
    }
    assert_eq!(hashing.jobs(), before + 2);
}

#[tokio::test]
async fn a_seat_keeps_its_thread_for_one_comparison_and_gives_it_back_unused() {
    let hashing = Hashing::new(settings(1, 1)).unwrap();
    let good = stored(&hashing, "correct horse battery staple").await;
    let seat = hashing.seat(secret("correct horse battery staple")).await.unwrap();
    assert_eq!(hashing.verify(secret("another"), Some(&good)).await, Err(Busy));
    assert_eq!(seat.verify(Some(&good)).await, Ok(RIGHT));
    let seat = hashing.seat(secret("another")).await.unwrap();
    assert!(hashing.seat(secret("another")).await.is_err());
    assert_eq!(format!("{seat:?}"), "Seated");
    drop(seat);
    assert_eq!(hashing.verify(secret("another"), Some(&good)).await, Ok(Verdict::Wrong));
    // Whoever goes away while waiting leaves no place behind.
    let seat = hashing.seat(secret("another")).await.unwrap();
    let waits = hashing.seat(secret("another"));
    assert!(timeout(Duration::from_millis(1), waits).await.is_err());
    assert_eq!(seat.verify(None).await, Ok(Verdict::Wrong));
    assert_eq!(hashing.verify(secret("another"), None).await, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn a_hash_of_lower_settings_is_right_and_due_for_a_rehash() {
    let old = Hashing::new(settings(1, 8)).unwrap();
    let hash = stored(&old, "correct horse battery staple").await;
    for (raised, rehash_needed) in [
        (HashSettings { memory_kib: 24_576, ..settings(1, 8) }, true),
        (HashSettings { passes: 3, ..settings(1, 8) }, true),
        (HashSettings { lanes: 2, ..settings(1, 8) }, true),
        (settings(1, 8), false),
    ] {
        let new = Hashing::new(raised).unwrap();
        let verdict = new.verify(secret("correct horse battery staple"), Some(&hash)).await;
        assert_eq!(verdict, Ok(Verdict::Right { rehash_needed }), "{raised:?}");
        let rehashed = stored(&new, "correct horse battery staple").await;
        // Settings that were lowered again: still right, and not weakened.
        assert_eq!(
            old.verify(secret("correct horse battery staple"), Some(&rehashed)).await,
            Ok(Verdict::Right { rehash_needed: raised.lanes != 1 })
        );
    }
}

#[test]
fn settings_below_the_floor_start_nothing() {
    for (settings, text) in [
        (HashSettings { memory_kib: 19_455, ..settings(1, 1) }, "memory"),
        (HashSettings { memory_kib: u32::MAX, ..settings(1, 1) }, "memory"),
        (HashSettings { passes: 1, ..settings(1, 1) }, "passes"),
        (HashSettings { lanes: 0, ..settings(1, 1) }, "lanes"),
        (HashSettings { lanes: 17, ..settings(1, 1) }, "lanes"),
        (settings(1025, 1), "threads"),
    ] {
        let problem = Hashing::new(settings).expect_err(text);
        assert!(problem.to_string().contains(text), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-59, R-20
async fn a_flood_is_answered_or_refused_and_never_queued_without_end() {
    let hashing = Hashing::new(settings(2, 20)).unwrap();
    let hash = stored(&hashing, "correct horse battery staple").await;
    let start = Instant::now();
    let flood: Vec<_> = (0..500)
        .map(|n| {
            let (hashing, hash) = (hashing.clone(), hash.clone());
            tokio::spawn(async move {
                let typed = if n % 2 == 0 { "correct horse battery staple" } else { "wrong" };
                (n, hashing.verify(secret(typed), Some(&hash)).await)
            })
        })
        .collect();
    let (mut right, mut wrong, mut busy) = (0, 0, 0);
    for one in flood {
        match one.await.unwrap() {
            (n, Ok(Verdict::Right { .. })) if n % 2 == 0 => right += 1,
            (n, Ok(Verdict::Wrong)) if n % 2 == 1 => wrong += 1,
            (_, Err(Busy)) => busy += 1,
            (n, other) => panic!("{n}: {other:?}"),
        }
    }
    assert!(right > 0 && wrong > 0 && busy > 0, "{right} right, {wrong} wrong, {busy} busy");
    assert_eq!(right + wrong + busy, 500);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // And afterwards all is as before.
    assert_eq!(hashing.verify(secret("correct horse battery staple"), Some(&hash)).await, Ok(RIGHT));
}

#[tokio::test]
async fn a_job_waits_a_second_for_a_thread_and_no_longer() {
    let hashing = Hashing::new(settings(1, 1)).unwrap();
    let (let_go, holder) = hold(&hashing).await;
    let start = Instant::now();
    assert_eq!(hashing.verify(secret("x"), None).await, Err(Busy));
    assert!(start.elapsed() >= PATIENCE && start.elapsed() < PATIENCE * 5, "{:?}", start.elapsed());
    assert_eq!(hashing.threads.waiting_and_idle(), (0, 0), "its place is free again");
    let_go.send(()).unwrap();
    // The holder took longer than the patience: what has a thread is not cut short.
    assert_eq!(holder.await.unwrap(), Ok(true));
}

#[tokio::test]
async fn whoever_goes_away_gives_the_place_back() {
    let hashing = Hashing::new(settings(1, 1)).unwrap();
    let (let_go, holder) = hold(&hashing).await;
    let leaver = tokio::spawn({
        let hashing = hashing.clone();
        async move { hashing.verify(secret("x"), None).await }
    });
    until(&hashing, (1, 0)).await;
    let start = Instant::now();
    assert_eq!(hashing.verify(secret("x"), None).await, Err(Busy), "the only place is taken");
    assert!(start.elapsed() < PATIENCE, "refused at once");
    leaver.abort();
    until(&hashing, (0, 0)).await;
    let_go.send(()).unwrap();
    assert_eq!(holder.await.unwrap(), Ok(true));
}

#[tokio::test]
async fn a_panic_costs_its_own_job_and_not_the_thread() {
    let hashing = Hashing::new(settings(1, 1)).unwrap();
    let broken: Result<(), Busy> = hashing.threads.run(|_| panic!("on purpose")).await;
    assert_eq!(broken, Err(Busy));
    assert_eq!(hashing.verify(secret("x"), None).await, Ok(Verdict::Wrong));
}

#[tokio::test] // V-59
async fn a_thread_keeps_one_block_of_memory_and_wipes_it_before_it_rests() {
    let hashing = Hashing::new(settings(1, 4)).unwrap();
    for _ in 0..3 {
        stored(&hashing, "correct horse battery staple").await;
    }
    until(&hashing, (0, 1)).await;
    let look = |memory: &mut Vec<argon2::Block>| {
        let clean = memory.iter().all(|block| block.as_ref().iter().all(|word| *word == 0));
        (memory.len(), memory.capacity(), clean)
    };
    assert_eq!(hashing.threads.run(look).await, Ok((19_456, 19_456, true)));
}

#[tokio::test] // V-58
async fn a_text_that_is_too_long_needs_no_thread() {
    let hashing = Hashing::new(settings(1, 1)).unwrap();
    let (let_go, holder) = hold(&hashing).await;
    let long = "x".repeat(1_000_000);
    let found = hashing.check(secret(&long), secret(&long), PasswordPolicy::default(), context(), None).await;
    assert_eq!(found.unwrap().unwrap_err(), [PasswordProblem::TooLong { max: 256 }]);
    let_go.send(()).unwrap();
    assert_eq!(holder.await.unwrap(), Ok(true));
}

/// Keeps the only thread at work until it is let go.
async fn hold(
    hashing: &Hashing,
) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<Result<bool, Busy>>) {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let threads = hashing.threads.clone();
    let holder = tokio::spawn(async move {
        threads
            .run(move |_| {
                begun.send(()).unwrap();
                held.recv().is_ok()
            })
            .await
    });
    has_begun.await.unwrap();
    (let_go, holder)
}

/// Waits until so many jobs wait and so many threads are free.
async fn until(hashing: &Hashing, wanted: (usize, usize)) {
    for _ in 0..1000 {
        if hashing.threads.waiting_and_idle() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never {wanted:?}: {:?}", hashing.threads.waiting_and_idle());
}
