//! Passwords that the service makes: groups of consonants, so that they can be read out and never spell a word.

/// No vowel and no `l`: nothing to take for a digit, no word of anybody's, and nothing that one keyboard hides behind a key of
/// its own.
pub const LETTERS: &[u8; 20] = b"bcdfghjkmnpqrstvwxyz";
/// Groups of letters.
pub const GROUPS: usize = 5;
/// Letters of a group.
pub const GROUP: usize = 4;

/// Five groups of four letters of a random number, such as `kwtp-zrnb-dmqf-hxgc-jsvk`.
///
/// 20 letters of 20 kinds are 86 bits, far more than anyone can try; the remainder of 128 bits is taken, so that no letter
/// is likelier than another by more than 2^-41.
pub fn written(number: u128) -> String {
    let mut number = number;
    let mut password = String::with_capacity(GROUPS * (GROUP + 1));
    for place in 0..GROUPS * GROUP {
        if place > 0 && place % GROUP == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[(number % 20) as usize]));
        number /= 20;
    }
    password
}
