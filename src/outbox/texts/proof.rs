//! Own texts in use: every message is put into them, with the worst data that a person or company could give.

use std::collections::BTreeSet;

use super::{
    Refused,
    file::{OwnTexts, line_of, link_in},
};
use crate::{
    language::Language,
    outbox::render::{self, Brand, Unfit},
};

/// A text message as it comes out with sample data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The file, or nothing for ours.
    pub file: String,
    /// Which text.
    pub id: String,
    /// Segments of a message.
    pub segments: usize,
    /// Letters, with the code's last line or the link.
    pub septets: usize,
}

/// Everything that is wrong with a file's texts when they are used.
pub(super) fn prove(
    l: &Language,
    own: &OwnTexts,
    ids: &BTreeSet<String>,
    brand: &Brand,
    measured: &mut Vec<Measured>,
) -> Vec<Refused> {
    let refused = |id: &str, what: String| Refused {
        file: own.path.clone(),
        line: line_of(&own.source, id),
        id: id.to_owned(),
        what,
        did_you_mean: None,
    };
    let mut problems = Vec::new();
    for id in ids {
        match render::neutral(l, id) {
            None => problems.push(refused(id, "can't be finished: it refers to itself".to_owned())),
            Some(text) if text.trim().is_empty() => problems.push(refused(id, "is empty".to_owned())),
            Some(text) => problems.extend(link_in(&text).map(|what| refused(id, what))),
        }
    }
    let of_texts = render::measure(l, brand);
    for text in of_texts.iter().filter(|text| ids.contains(text.id)) {
        let what = match &text.outcome {
            Ok(septets) if *septets > text.most => format!(
                "the text message takes {septets} septets with this host, {} segments; it may take {}: say it shorter",
                render::segments(*septets),
                text.most,
            ),
            Ok(_) => continue,
            Err(fault) => fault.to_string(),
        };
        problems.push(refused(text.id, what));
    }
    let name = own.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    measured.extend(measure(l, &name, ids, brand));
    if problems.is_empty() {
        problems.extend(
            render::prove(l, brand)
                .into_iter()
                .map(|Unfit { message, what }| refused("", format!("the message {message} {what}"))),
        );
    }
    problems
}

/// The sizes of a file's text messages; of ours where there is none.
pub(super) fn measure(l: &Language, file: &str, ids: &BTreeSet<String>, brand: &Brand) -> Vec<Measured> {
    let all = render::measure(l, brand);
    let own = all.into_iter().filter(|text| file.is_empty() || ids.contains(text.id));
    own.filter_map(|text| {
        let septets = text.outcome.ok()?;
        Some(Measured {
            file: file.to_owned(),
            id: text.id.to_owned(),
            segments: render::segments(septets),
            septets,
        })
    })
    .collect()
}
