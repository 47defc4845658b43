//! The words that belong to a person and a company: first guesses of whoever knows them (N-09).

use std::fmt;

use crate::domain::user::UserId;

/// A word shorter than this says nothing about a person; "of" is no hint.
const WORD_MIN: usize = 3;
/// Most words, and longest: what a person sets as a display name must not make the estimate slow.
const WORDS_MAX: usize = 48;
const WORD_MAX: usize = 64;

/// Words in lower case, longest first, each once.
#[derive(Clone, Default)]
pub struct PasswordContext(Vec<String>);

impl PasswordContext {
    /// Gathers the words of a user ID, a display name, the company's name and domains, and the product's name.
    ///
    /// Each counts as a whole, without its spaces, and in its parts: `johnsmith@contoso.com`, `johnsmith`, `contoso.com`,
    /// `contoso`; "John Smith" gives `john smith`, `johnsmith`, `john`, `smith`.
    pub fn new<D: AsRef<str>>(
        user_id: &UserId,
        display_name: &str,
        company_name: &str,
        company_domains: &[D],
        product_name: &str,
    ) -> Self {
        let mut words = Vec::new();
        add(&mut words, user_id.normalised());
        add(&mut words, user_id.local_part());
        for domain in [user_id.domain()].into_iter().chain(company_domains.iter().map(AsRef::as_ref)) {
            // The last label ("com") is nobody's.
            add(&mut words, domain.rsplit_once('.').map_or(domain, |(name, _top)| name));
            words.push(domain.to_lowercase());
        }
        for name in [display_name, company_name, product_name] {
            add(&mut words, name);
        }
        // First come, first kept: a display name of a thousand words must not push the user ID out.
        let mut seen = Vec::new();
        for word in words {
            let length = word.chars().count();
            if (WORD_MIN..=WORD_MAX).contains(&length) && seen.len() < WORDS_MAX && !seen.contains(&word) {
                seen.push(word);
            }
        }
        seen.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        Self(seen)
    }

    /// The same with words that the company refuses besides. They come before the others: the company chose them.
    #[must_use]
    pub fn with_words(mut self, refused: &[String]) -> Self {
        let mut words = Vec::new();
        for word in refused {
            add(&mut words, word);
        }
        words.retain(|word| (WORD_MIN..=WORD_MAX).contains(&word.chars().count()));
        words.append(&mut self.0);
        let mut seen = Vec::new();
        for word in words {
            if seen.len() < WORDS_MAX && !seen.contains(&word) {
                seen.push(word);
            }
        }
        seen.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        Self(seen)
    }

    /// The words, longest first.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }

    /// The longest word in `folded` if so little is left without all of them that the rest could not stand alone.
    pub(super) fn carries(&self, folded: &str, rest_min: usize) -> Option<&str> {
        let mut rest = zeroize::Zeroizing::new(folded.to_owned());
        let mut longest = None;
        for word in &self.0 {
            if rest.contains(word.as_str()) {
                longest = longest.or(Some(word.as_str()));
                // A mark instead of nothing, so that no new word arises from what stood around it.
                rest = zeroize::Zeroizing::new(rest.replace(word.as_str(), "\0"));
            }
        }
        let left = rest.chars().filter(|c| *c != '\0').count();
        longest.filter(|_| left < rest_min)
    }
}

impl fmt::Debug for PasswordContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordContext({} words)", self.0.len())
    }
}

fn add(words: &mut Vec<String>, text: &str) {
    let text = text.to_lowercase();
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    words.push(text.trim().to_owned());
    words.push(parts.concat());
    words.extend(parts.iter().map(|part| (*part).to_owned()));
}
