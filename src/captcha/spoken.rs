//! The characters of a challenge, spoken: for people who can't see the picture.
//!
//! The recordings are those of crate `captcha` (English: "capital A", "number 2"). It parses 4.4 MB and adds fresh
//! noise, two thirds as loud as the voice, on every call. So the voice is won back once, as the mean of several calls,
//! and kept. Little noise is added again: the recordings are public, so that noise would only stop people.
//!
//! What must stay true: every character of [`ALPHABET`] has a recording, and one challenge sounds the same each time.

use std::sync::OnceLock;

use rand::{Rng, RngExt as _, SeedableRng as _, rngs::StdRng};

use super::characters::{ALPHABET, Puzzle};

/// Samples a second: half of the recordings' rate, enough for consonants, and half the bytes.
const RATE: u32 = 11_025;
/// Silence around and between the characters, in samples: 0.3 to 0.6 s, time to type one.
const PAUSE: std::ops::Range<usize> = 3_300..6_600;
/// Largest size of the noise over all. The voice reaches 25,000.
const NOISE: i16 = 200;
/// Calls whose mean is taken: leaves a quarter of the crate's noise.
const CALLS: i32 = 16;

/// One recording for each place in [`ALPHABET`].
type Clips = Vec<Vec<i16>>;

/// The challenge as WAV. `None` (logged once) should the crate lack a recording.
pub(super) fn speak(puzzle: &Puzzle) -> Option<Vec<u8>> {
    let clips = kept()?;
    let mut shape = StdRng::from_seed(puzzle.shape);
    let mut samples = Vec::with_capacity(12 * RATE as usize);
    for character in puzzle.answer {
        let clip = &clips[ALPHABET.iter().position(|a| *a == character)?];
        pause(&mut samples, &mut shape);
        samples.extend_from_slice(clip);
    }
    pause(&mut samples, &mut shape);
    for sample in &mut samples {
        *sample = sample.saturating_add(shape.random_range(-NOISE..=NOISE));
    }
    Some(wav(&samples))
}

/// The recordings, decoded once in a process, when the first person asks.
fn kept() -> Option<&'static Clips> {
    static CLIPS: OnceLock<Option<Clips>> = OnceLock::new();
    let decoded = CLIPS.get_or_init(|| {
        let clips = clips();
        if clips.is_none() {
            tracing::error!("the recordings of the spoken characters can't be read");
        }
        clips
    });
    decoded.as_ref()
}

fn pause(samples: &mut Vec<i16>, shape: &mut impl Rng) {
    samples.resize(samples.len() + shape.random_range(PAUSE), 0);
}

/// All recordings: the mean of several calls, at half the rate, without the noise that fills up their ends.
fn clips() -> Option<Clips> {
    let mut all = ::captcha::Captcha::new();
    for character in ALPHABET {
        all.set_chars(&[char::from(*character)]).add_char();
    }
    let mut sums: Vec<Vec<i32>> = vec![Vec::new(); ALPHABET.len()];
    for _ in 0..CALLS {
        let wavs = all.as_wav();
        if wavs.len() != sums.len() {
            return None;
        }
        for (sum, wav) in sums.iter_mut().zip(wavs) {
            let wav = wav?;
            let samples = samples_at_22050(&wav)?;
            sum.resize(samples.len(), 0);
            for (total, sample) in sum.iter_mut().zip(samples) {
                *total += i32::from(i16::from_le_bytes(*sample));
            }
        }
    }
    sums.iter().map(|sum| Some(trimmed(halved(sum)?))).collect()
}

/// The samples of the crate's WAV files: mono, 16 bit, 22,050 Hz, a plain header of 44 bytes.
fn samples_at_22050(wav: &[u8]) -> Option<&[[u8; 2]]> {
    let header = wav.get(..44)?;
    let plain = header.starts_with(b"RIFF")
        && header[22..24] == 1u16.to_le_bytes()
        && header[24..28] == (2 * RATE).to_le_bytes()
        && header[34..36] == 16u16.to_le_bytes()
        && header[36..40] == *b"data";
    plain.then(|| wav[44..].as_chunks().0)
}

/// Every second sample of the mean, after a half-band filter (1, 9, 16, 9, 1 over 32) against folded-over hiss.
fn halved(sum: &[i32]) -> Option<Vec<i16>> {
    sum.windows(7)
        .step_by(2)
        .map(|w| {
            let smooth = 16 * w[3] + 9 * (w[2] + w[4]) - (w[0] + w[6]);
            i16::try_from(smooth / (32 * CALLS)).ok()
        })
        .collect()
}

/// Without what follows the voice: from 0.07 s after the last hundredth of a second that is louder than what the mean
/// leaves of the noise. The end of "six" is hardly louder.
fn trimmed(mut clip: Vec<i16>) -> Vec<i16> {
    const WINDOW: usize = 110;
    const LOUD: u32 = 330;
    let mean = |w: &[i16]| w.iter().map(|s| u32::from(s.unsigned_abs())).sum::<u32>() / 110;
    let voice = clip.chunks_exact(WINDOW).rposition(|w| mean(w) > LOUD).unwrap_or(0);
    clip.truncate((voice + 8) * WINDOW);
    clip
}

/// A WAV file: mono, 16 bit, [`RATE`].
fn wav(samples: &[i16]) -> Vec<u8> {
    // 15 seconds are far from the 4 GB that the format can say.
    let size = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(44 + samples.len() * 2);
    out.extend(b"RIFF");
    out.extend(size.saturating_add(36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend(1u16.to_le_bytes()); // PCM
    out.extend(1u16.to_le_bytes()); // channels
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 2).to_le_bytes()); // bytes a second
    out.extend(2u16.to_le_bytes()); // bytes a sample
    out.extend(16u16.to_le_bytes()); // bits a sample
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    out.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(wav: &[u8]) -> Vec<i16> {
        wav[44..].as_chunks().0.iter().map(|s| i16::from_le_bytes(*s)).collect()
    }

    fn seconds(samples: &[i16]) -> f64 {
        f64::from(u32::try_from(samples.len()).unwrap()) / f64::from(RATE)
    }

    #[test]
    fn every_character_has_a_recording_of_its_own() {
        let clips = kept().unwrap();
        assert_eq!(clips.len(), ALPHABET.len());
        for (n, clip) in clips.iter().enumerate() {
            let name = char::from(ALPHABET[n]);
            assert!((0.5..1.0).contains(&seconds(clip)), "{name}: {} s", seconds(clip));
            let loudness = clip.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / f64::from(RATE);
            assert!(loudness.sqrt() > 2_000.0, "{name}: {loudness}");
            for (other, than) in clips[..n].iter().zip(ALPHABET) {
                let far = clip.iter().zip(other).filter(|(a, b)| a.abs_diff(**b) > 2_000).count();
                assert!(far > 500, "{name} sounds like {}", char::from(*than));
            }
        }
    }

    #[test]
    fn the_six_characters_are_said_in_their_order_within_fifteen_seconds() {
        let clips = kept().unwrap();
        let near = NOISE.unsigned_abs();
        for answer in [*b"234567", *b"89ACEH", *b"KNPQRU", *b"XY2X2Y", *b"YYYYYY"] {
            let samples = decoded(&speak(&Puzzle { answer, shape: [answer[0]; 32] }).unwrap());
            assert!((5.0..15.0).contains(&seconds(&samples)), "{} s", seconds(&samples));
            let mut rest = samples.as_slice();
            for character in answer {
                let clip = &clips[ALPHABET.iter().position(|a| *a == character).unwrap()];
                let at = rest
                    .windows(clip.len())
                    .position(|w| w.iter().zip(clip).all(|(a, b)| a.abs_diff(*b) <= near))
                    .unwrap_or_else(|| panic!("{} is missing", char::from(character)));
                assert!(PAUSE.contains(&at), "something else is said before {}", char::from(character));
                rest = &rest[at + clip.len()..];
            }
        }
    }

    #[test]
    fn a_challenge_sounds_the_same_each_time() {
        let puzzle = Puzzle { answer: *b"A2K7XY", shape: [3; 32] };
        assert!(speak(&puzzle) == speak(&puzzle));
        assert!(speak(&puzzle) != speak(&Puzzle { answer: *b"A2K7XY", shape: [4; 32] }));
    }

    #[test]
    fn the_header_says_what_follows() {
        let out = wav(&[1, -2, 3]);
        assert_eq!(out.len(), 50);
        assert_eq!(out[4..8], 42u32.to_le_bytes());
        assert_eq!(out[24..28], 11_025u32.to_le_bytes());
        assert_eq!(out[40..], [6, 0, 0, 0, 1, 0, 0xFE, 0xFF, 3, 0]);
    }
}
