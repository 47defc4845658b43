//! What stands behind the question mark of the portal's lists, and the hidden field in which a form carries what it was made from.

use sspr::portal::{
    audit,
    company::fields::{Field, Fields},
    messages, paging,
    users::address,
};

use super::text;

/// A place in a list is read back as it is written; days lie within what the database knows; nothing chosen is chosen twice.
pub fn queries(data: &[u8]) {
    let query = text(data);
    if let Some(place) = paging::place(query) {
        let written = paging::written(place);
        assert_eq!(paging::place(&written).map(paging::written), Some(written));
    }
    if let Ok(Some(day)) = paging::read_day(query) {
        assert!((1..=9998).contains(&day.year()) && day.time() == time::Time::MIDNIGHT);
    }
    if let Ok(asked) = serde_urlencoded::from_str::<audit::list::Asked>(query) {
        let (typed, filter) = asked.understood();
        assert!(filter.who.is_none_or(|who| !who.contains('\0')));
        assert!(filter.event.is_none_or(|event| event == typed.event));
        assert!(
            filter.since.is_none_or(|since| since.year() >= 1)
                && filter.until.is_none_or(|until| until.year() <= 9999)
        );
    }
    if let Ok(asked) = serde_urlencoded::from_str::<messages::list::Asked>(query) {
        let _ = asked.understood();
    }
    let asked = address::Asked::read(query);
    assert!(asked.filter.search.chars().count() <= 200 && !asked.filter.search.contains(char::is_control));
    let mut chosen = asked.chosen.clone();
    chosen.sort_unstable();
    chosen.dedup();
    assert!(asked.chosen.len() <= 200 && chosen.len() == asked.chosen.len());
}

/// The settings of a company come back from their hidden field as they were written, and no text of theirs stops the reading of others.
pub fn company_fields(data: &[u8]) {
    let none = vec![String::new(); Field::ALL.len()];
    let typed: Vec<String> =
        text(data).split('\u{1e}').map(str::to_owned).chain(none).take(Field::ALL.len()).collect();
    let json = serde_json::to_vec(&typed).expect("texts");
    let mut fields: Fields = serde_json::from_slice(&json).expect("a text for each field");
    assert_eq!(Fields::read(&fields.written()).as_ref(), Some(&fields));
    let _ = Fields::read(text(data));
    for (field, text) in Field::ALL.into_iter().zip(&typed) {
        fields.set(field, text);
        let once = fields.clone();
        fields.set(field, once.get(field));
        assert_eq!(fields, once, "set twice is set once");
    }
    if let Err(wrong) = fields.change(&Field::ALL) {
        assert!(!wrong.is_empty());
        let right: Vec<Field> =
            Field::ALL.into_iter().filter(|field| wrong.iter().all(|(of, _)| of != field)).collect();
        assert!(fields.change(&right).is_ok());
    }
}
