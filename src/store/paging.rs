//! Where a page of a long list begins, newest first: by the last row seen, never by a count of rows to skip, so that the thousandth page
//! is as quick as the first.

use time::OffsetDateTime;
use uuid::Uuid;

/// A row's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its time.
    pub at: OffsetDateTime,
    /// Its id, among those of one time.
    pub id: Uuid,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest.
    #[default]
    Newest,
    /// With what is older than this row.
    OlderThan(Place),
    /// Ends with what is just newer than this row.
    NewerThan(Place),
}

impl Cursor {
    /// The row that it stands at.
    pub const fn place(self) -> Option<Place> {
        match self {
            Self::Newest => None,
            Self::OlderThan(place) | Self::NewerThan(place) => Some(place),
        }
    }
}
