//! What a set needs to know of a question: its key and its length, not its text.

use std::collections::BTreeSet;

use crate::content::course::Question;
use crate::study::id::{ItemId, Version};
use crate::study::reading::plain;

/// An answer option, by its number in the author's file, from 0. It never means the position in
/// which the option is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptionId(pub u8);

/// A question of the course as it is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: ItemId,
    pub version: Version,
    /// How many options the learner has to choose.
    pub choose: u8,
    /// How many options there are.
    pub options: u8,
    /// The right options.
    pub key: BTreeSet<OptionId>,
    /// Words of stem and options.
    pub words: u16,
}

impl Item {
    /// Takes from a question what a set needs.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        let options = question.options.iter();
        let right = options.enumerate().filter(|(_, option)| option.right);
        let texts = question.options.iter().map(|option| &option.text);
        let texts = question.stem.iter().chain(texts);
        let words: usize = texts.map(|text| plain(text).split_whitespace().count()).sum();
        Self {
            id: question.id.as_str().into(),
            version: Version(question.version),
            choose: question.choose,
            options: question.options.len() as u8,
            key: right.map(|(number, _)| OptionId(number as u8)).collect(),
            words: u16::try_from(words).unwrap_or(u16::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::{Choice, Emphasis, Span};

    #[test]
    fn an_item_has_the_key_by_the_authors_numbers_and_counts_the_words() {
        let text =
            |words: &str| vec![Span { text: words.into(), style: Emphasis::Plain, link: None }];
        let option = |words: &str, right| Choice {
            text: text(words),
            right,
            trap: None,
            why: text("none of these words counts"),
            right_when: None,
        };
        let question = Question {
            id: "q".into(),
            version: 7,
            choose: 1,
            stem: vec![text("A letter is late."), text("Why?")],
            options: vec![option("no stamp", false), option("a storm", true)],
            ..Question::default()
        };
        let item = Item::of(&question);
        assert_eq!((item.id.as_str(), item.version, item.options), ("q", Version(7), 2));
        assert_eq!((item.key, item.words), (BTreeSet::from([OptionId(1)]), 9));
    }
}
