//! The noun for the items that flow through a design, for all texts about a run.

use serde::{Deserialize, Serialize};

/// A noun with its plural.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noun {
    /// Singular: `letter`.
    pub one: String,
    /// Plural: `letters`.
    pub many: String,
}

impl Default for Noun {
    fn default() -> Self {
        Self { one: "order".to_owned(), many: "orders".to_owned() }
    }
}

impl Noun {
    /// Form of the noun for a count, without the count.
    #[must_use]
    pub fn of(&self, count: u64) -> &str {
        if count == 1 { &self.one } else { &self.many }
    }

    /// Replaces the word `orders`, which measures and their descriptions use, with the plural.
    #[must_use]
    pub fn in_words(&self, words: &str) -> String {
        let each = words.split(' ').map(|word| if word == "orders" { &self.many } else { word });
        each.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_its_form_and_words_speak_of_what_flows() {
        let letter = Noun { one: "letter".to_owned(), many: "letters".to_owned() };
        assert_eq!([0, 1, 2].map(|count| letter.of(count)), ["letters", "letter", "letters"]);
        assert_eq!(
            letter.in_words("orders overtaken by a later one"),
            "letters overtaken by a later one"
        );
        assert_eq!(letter.in_words("messages delivered"), "messages delivered");
        assert_eq!(Noun::default().in_words("orders lost"), "orders lost");
    }
}
