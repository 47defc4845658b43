//! What the address of the list says: search, filters, place, choice.

use url::form_urlencoded;
use uuid::Uuid;

use super::list::{ADMINISTRATORS, Typed};
use crate::{
    domain::readiness::Reason,
    store::users::{Cursor, Filter, ReadyFilter},
};

/// What stands in the address: read leniently, since people keep such addresses. What no filter of ours knows filters nothing.
#[derive(Default, Debug)]
pub struct Asked {
    /// As it is shown again.
    pub typed: Typed,
    /// As the list takes it.
    pub filter: Filter,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// Who is chosen, on whatever page.
    pub chosen: Vec<Uuid>,
    /// The page follows the deletion of a user.
    pub deleted: bool,
}

/// Characters of a search that are looked at.
const SEARCH_MAX: usize = 200;
/// Chosen people that an address is read for: more than can be reset at once, so that the page can say so.
const CHOSEN_READ: usize = 200;
impl Asked {
    /// Reads what stands behind the question mark.
    pub fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                // A NUL is in no name, and the database takes none.
                "search" => {
                    let text: String =
                        value.trim().chars().filter(|c| !c.is_control()).take(SEARCH_MAX).collect();
                    asked.typed.search = text;
                }
                "role" => asked.role(&value),
                "ready" => asked.ready(&value),
                "blocked" => {
                    asked.filter.blocked = match value.as_ref() {
                        "yes" => Some(true),
                        "no" => Some(false),
                        _ => continue,
                    };
                    asked.typed.blocked = value.into_owned();
                }
                "after" => asked.cursor = value.parse().ok().map(Cursor::After),
                "before" => asked.cursor = value.parse().ok().map(Cursor::Before),
                "select" => {
                    if let Ok(id) = value.parse()
                        && asked.chosen.len() < CHOSEN_READ
                        && !asked.chosen.contains(&id)
                    {
                        asked.chosen.push(id);
                    }
                }
                "notice" => asked.deleted = value == "deleted",
                _ => {}
            }
        }
        asked.filter.search.clone_from(&asked.typed.search);
        asked
    }

    fn role(&mut self, value: &str) {
        if value == ADMINISTRATORS {
            self.filter.administrators = true;
        } else if let Ok(role) = value.parse() {
            self.filter.role = Some(role);
        } else {
            return;
        }
        value.clone_into(&mut self.typed.role);
    }

    fn ready(&mut self, value: &str) {
        self.filter.ready = Some(match value {
            "yes" => ReadyFilter::Yes,
            "no" => ReadyFilter::No,
            "doubtful" => ReadyFilter::Doubtful,
            name => match Reason::named(name) {
                Some(reason) => ReadyFilter::Because(reason),
                None => return,
            },
        });
        value.clone_into(&mut self.typed.ready);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_into_a_filter_and_what_is_none_filters_nothing() {
        let id = Uuid::from_u128(7);
        let asked = Asked::read(&format!(
            "search=+Jo%00hn%0d+&role=administrators&ready=no_mobile_phone&blocked=no&after={id}&select={id}&select={id}&select=x"
        ));
        assert_eq!(asked.filter.search, "John");
        assert!(asked.filter.administrators);
        assert_eq!(asked.filter.ready, Some(ReadyFilter::Because(Reason::NoMobilePhone)));
        assert_eq!(asked.filter.blocked, Some(false));
        assert_eq!(asked.cursor, Some(Cursor::After(id)));
        assert_eq!(asked.chosen, [id]);

        let nonsense = Asked::read("role=king&ready=perhaps&blocked=maybe&after=1&%ff=%ff");
        assert_eq!(nonsense.filter, Filter::default());
        assert_eq!(nonsense.typed, Typed::default());
        assert_eq!(nonsense.cursor, None);
    }

    #[test]
    fn an_endless_address_is_not_read_to_its_end() {
        use std::fmt::Write as _;
        let mut query = format!("search={}", "x".repeat(100_000));
        for n in 0..1_000 {
            write!(query, "&select={}", Uuid::from_u128(n)).unwrap();
        }
        let asked = Asked::read(&query);
        assert_eq!(asked.filter.search.len(), SEARCH_MAX);
        assert_eq!(asked.chosen.len(), CHOSEN_READ);
    }
}
