//! Long lists in pages, newest first: where a page begins stands in the address (`older`, `newer`), beside the filters.

use time::{Date, OffsetDateTime, Time, macros::format_description};
use url::form_urlencoded;

use crate::store::paging::{Cursor, Place};

/// Where the page begins that an address asks for. A place that is none is the beginning: only a hand in the address makes one.
pub fn cursor(older: &str, newer: &str) -> Cursor {
    match (place(older), place(newer)) {
        (Some(place), _) => Cursor::OlderThan(place),
        (None, Some(place)) => Cursor::NewerThan(place),
        (None, None) => Cursor::Newest,
    }
}

/// A page of lines, and where its neighbours begin.
pub struct Cut<T> {
    /// The lines.
    pub lines: Vec<T>,
    /// Where the page before begins: what is newer.
    pub newer: Option<String>,
    /// Where the page behind begins: what is older.
    pub older: Option<String>,
}

impl<T> Cut<T> {
    /// From what was found, of which one more than `size` was asked for: it tells whether there is more.
    pub fn of(mut found: Vec<T>, cursor: Cursor, size: u16, place: impl Fn(&T) -> Place) -> Self {
        let more = found.len() > usize::from(size);
        let (has_newer, has_older) = match cursor {
            Cursor::Newest => (false, more),
            Cursor::OlderThan(_) => (true, more),
            Cursor::NewerThan(_) => (more, true),
        };
        if more && matches!(cursor, Cursor::NewerThan(_)) {
            found.remove(0);
        } else {
            found.truncate(usize::from(size));
        }
        let newer = found.first().filter(|_| has_newer).map(|line| written(place(line)));
        let older = found.last().filter(|_| has_older).map(|line| written(place(line)));
        Self { lines: found, newer, older }
    }
}

/// The query of a list: what is not empty. Nothing where all is.
pub fn query<'a>(fields: impl Iterator<Item = &'a (&'a str, &'a str)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// What was typed is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDay;

/// A day as the browser's field writes it; nothing for nothing.
///
/// # Errors
/// It is none, or outside the years that a database knows.
pub fn read_day(text: &str) -> Result<Option<OffsetDateTime>, NoDay> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).map_err(|_| NoDay)?;
    // The database's own calendar ends elsewhere; nobody looks for these.
    if !(1..=9998).contains(&day.year()) {
        return Err(NoDay);
    }
    Ok(Some(day.with_time(Time::MIDNIGHT).assume_utc()))
}

/// A row's place as addresses have it: microseconds since 1970, and its id.
pub fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('.')?;
    let at = i128::from(at.parse::<i64>().ok()?).checked_mul(1000)?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(at).ok().filter(|at| at.year() >= 1)?;
    Some(Place { at, id: id.parse().ok()? })
}

/// The same, for an address.
pub fn written(place: Place) -> String {
    format!("{}.{}", place.at.unix_timestamp_nanos() / 1000, place.id.simple())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_place_survives_the_address_and_what_is_none_is_the_beginning() {
        let id = Uuid::from_u128(7);
        let at = datetime!(2026-11-21 09:00:00.123456 UTC);
        let text = format!("{}.{}", at.unix_timestamp_nanos() / 1000, id.simple());
        assert_eq!(place(&text), Some(Place { at, id }));
        assert_eq!(written(Place { at, id }), text);
        for bad in [
            "",
            ".",
            "1",
            "1.",
            ".7",
            "x.7",
            "1.x",
            "99999999999999999999.7",
            "-99999999999999999.7",
            "1.7.7",
        ] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_more_on_either_side() {
        let place = |n: &u32| Place {
            at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds((*n).into()),
            id: Uuid::from_u128((*n).into()),
        };
        let cut = |found: &[u32], cursor| {
            let Cut { lines, newer, older } = Cut::of(found.to_vec(), cursor, 2, place);
            (lines, newer.is_some(), older.is_some())
        };
        assert_eq!(cut(&[], Cursor::Newest), (vec![], false, false));
        assert_eq!(cut(&[9, 8], Cursor::Newest), (vec![9, 8], false, false));
        assert_eq!(cut(&[9, 8, 7], Cursor::Newest), (vec![9, 8], false, true));
        assert_eq!(cut(&[6, 5], Cursor::OlderThan(place(&7))), (vec![6, 5], true, false));
        assert_eq!(cut(&[6, 5, 4], Cursor::OlderThan(place(&7))), (vec![6, 5], true, true));
        assert_eq!(cut(&[9, 8, 7], Cursor::NewerThan(place(&6))), (vec![8, 7], true, true));
        assert_eq!(cut(&[8, 7], Cursor::NewerThan(place(&6))), (vec![8, 7], false, true));
    }
}
