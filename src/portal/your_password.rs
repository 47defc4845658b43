//! The own password, asked again by a form whose effect is grave, when it was last shown too long ago.
//!
//! To add it to a form: `portal/parts/your_password.html` in its template, [`PasswordProblem::sentence`] among its problems.

use crate::web::{
    page::{FieldProblem, Page},
    recent_proof::Proof,
};

/// What is wrong with the own password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Nothing was typed.
    Empty,
    /// It is another one.
    Wrong,
}

impl PasswordProblem {
    /// What a proof came to; none: it is good.
    pub const fn of(proof: Proof) -> Option<Self> {
        match proof {
            Proof::Good => None,
            Proof::Missing => Some(Self::Empty),
            Proof::Wrong => Some(Self::Wrong),
        }
    }

    /// What the page says, at its field.
    pub fn sentence(self, page: &Page) -> FieldProblem {
        let key = match self {
            Self::Empty => "your-password-empty",
            Self::Wrong => "your-password-wrong",
        };
        FieldProblem::new("your_password", &page.t(key))
    }
}
