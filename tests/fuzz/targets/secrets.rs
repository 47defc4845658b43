//! What opens something, as it comes back from outside: tokens of links, codes, cookies, keys, stored hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sspr::{
    config::KeyMaterial,
    directory::hashing::PasswordHash,
    domain::secret::{Key, Purpose, SessionId, TypedCode, TypedToken, code_is_right},
};
use uuid::Uuid;

use super::text;

fn key(byte: u8) -> Key {
    Key::new(vec![byte; 32]).expect("32 bytes")
}

/// A text is never taken for a token that we made; one that we made is taken for its own purpose only, and not when anything of it is
/// another (V-08).
pub fn link_token(data: &[u8]) {
    let (key, nonce) = (key(7), [3u8; 32]);
    if let Some(typed) = TypedToken::parse(text(data)) {
        let raw = URL_SAFE_NO_PAD.decode(data).expect("a token is base64url");
        assert_eq!((raw.len(), URL_SAFE_NO_PAD.encode(&raw).as_bytes()), (48, data), "one token, one text");
        assert_eq!(typed.id.as_bytes(), &raw[..16]);
        for purpose in Purpose::ALL {
            assert!(!typed.is_of(&key, purpose, &nonce), "a token that nobody made");
        }
    }
    let mut id = [0u8; 16];
    id.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    let id = Uuid::from_bytes(id);
    let purpose = Purpose::ALL[data.first().map_or(0, |byte| usize::from(*byte)) % Purpose::ALL.len()];
    let right = key.link_token(purpose, id, data);
    let typed = TypedToken::parse(right.expose()).expect("what we made is read");
    for other in Purpose::ALL {
        assert_eq!(typed.is_of(&key, other, data), other == purpose);
    }
    assert!(!typed.is_of(&self::key(8), purpose, data));
    let place = data.last().map_or(0, |byte| usize::from(*byte)) % right.expose().len();
    let mut spoilt = right.expose().to_owned().into_bytes();
    spoilt[place] = if spoilt[place] == b'A' { b'B' } else { b'A' };
    let spoilt = TypedToken::parse(text(&spoilt));
    assert!(!spoilt.is_some_and(|typed| typed.is_of(&key, purpose, data)), "an altered token");
}

/// A code is found in whatever stands around it, and nothing else is taken for it.
pub fn security_code(data: &[u8]) {
    let (key, id, nonce) = (key(7), Uuid::from_u128(5), [3u8; 32]);
    let right = key.security_code(id, &nonce);
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
    if let Some(typed) = TypedCode::parse(text(data)) {
        assert!(digits(text(data)) >= 8, "eight digits come from eight digits");
        assert!(!format!("{typed:?}").contains(|c: char| c.is_ascii_digit()));
        assert!(!code_is_right(&key, id, &nonce, &typed) || holds(text(data), right.expose()));
    }
    // Words around a code do not change it, as long as they hold no digits.
    let around: String = text(data).chars().filter(|c| !c.is_numeric()).take(200).collect();
    for whole in [format!("{around} {} {around}", right.expose()), format!("{around}\n{}\n", right.expose())]
    {
        let typed = TypedCode::parse(&whole).expect("a code among words");
        assert!(code_is_right(&key, id, &nonce, &typed));
    }
}

/// Whether the digits stand in this text in their order, in any width.
fn holds(text: &str, code: &str) -> bool {
    let ascii = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xff10 + 0x30),
        c => c.is_ascii_digit().then_some(c),
    };
    text.chars().filter_map(ascii).collect::<String>().contains(code)
}

/// A cookie's value is read back as it is, or not at all.
pub fn session_id(data: &[u8]) {
    let Some(id) = SessionId::parse(text(data)) else { return };
    assert_eq!((id.expose().as_bytes(), id.expose().len()), (data, 43));
    assert!(!format!("{id:?}").contains(id.expose()));
    assert_ne!(id.successor(&key(7), data).hash(), id.hash());
}

/// A key file gives at least 32 bytes that are not all the same, and never shows itself.
pub fn key_file(data: &[u8]) {
    let Some(material) = KeyMaterial::from_base64(text(data)) else { return };
    let bytes = material.expose();
    assert!(bytes.len() >= 32 && bytes.iter().any(|byte| *byte != bytes[0]));
    assert_eq!(format!("{material:?}"), "KeyMaterial([REDACTED])");
    let key = Key::new(bytes.to_vec()).expect("long enough");
    assert_eq!((key.id().len(), format!("{key:?}")), (16, format!("Key({})", key.id())));
}

/// A row that somebody changed is a hash within our bounds, or matches nobody.
pub fn password_hash(data: &[u8]) {
    let stored = PasswordHash::from_stored(text(data).to_owned());
    assert!(!stored.is_comparable() || text(data).starts_with("$argon2id$v=19$"));
    assert_eq!(format!("{stored:?}"), "[secret]");
}
