//! What a text is made of, read from its syntax: on every road through it, also the one that no sample takes.

use std::{borrow::Cow, collections::BTreeSet};

use fluent_syntax::{
    ast::{Expression, InlineExpression, Pattern, PatternElement},
    unicode::unescape_unicode_to_string,
};

/// The parts of one text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Values that are shown whichever variant is chosen. A number also counts where it chooses: "1 day".
    pub(super) always: BTreeSet<String>,
    /// Values that are used anywhere.
    pub(super) used: BTreeSet<String>,
    /// Other texts.
    pub(super) others: BTreeSet<String>,
    /// Letters that stand in it.
    pub(super) written: Vec<String>,
    /// Terms, functions, attributes.
    pub(super) foreign: bool,
}

/// Values that choose a variant are numbers.
const NUMBERS: [&str; 2] = ["days", "month"];

impl Shape {
    /// Of a pattern.
    pub(super) fn of(pattern: &Pattern<&str>) -> Self {
        let mut shape = Self::default();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => shape.written.push((*value).to_owned()),
                PatternElement::Placeable { expression } => shape.take(expression),
            }
        }
        shape
    }

    fn take(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.take_inline(inline),
            Expression::Select { selector, variants } => {
                match selector {
                    InlineExpression::VariableReference { id } => {
                        self.used.insert(id.name.to_owned());
                        if NUMBERS.contains(&id.name) {
                            self.always.insert(id.name.to_owned());
                        }
                    }
                    _ => self.foreign = true,
                }
                let mut always: Option<BTreeSet<String>> = None;
                for variant in variants {
                    let of = Self::of(&variant.value);
                    always = Some(match always {
                        None => of.always,
                        Some(so_far) => so_far.intersection(&of.always).cloned().collect(),
                    });
                    self.used.extend(of.used);
                    self.others.extend(of.others);
                    self.written.extend(of.written);
                    self.foreign |= of.foreign;
                }
                self.always.extend(always.unwrap_or_default());
            }
        }
    }

    fn take_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::StringLiteral { value } => {
                let text: Cow<'_, str> = unescape_unicode_to_string(value);
                self.written.push(text.into_owned());
            }
            InlineExpression::NumberLiteral { value } => self.written.push((*value).to_owned()),
            InlineExpression::VariableReference { id } => {
                self.always.insert(id.name.to_owned());
                self.used.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, attribute: None } => {
                self.others.insert(id.name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.take(expression),
            _ => self.foreign = true,
        }
    }
}
