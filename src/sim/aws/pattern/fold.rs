//! Case folding as AWS's matcher does it: each UTF-16 unit of the pattern matches its own
//! lower-case and upper-case form, and nothing else. So the Kelvin sign does not match k, although
//! both have the same lower case, and letters beyond the first plane are never folded.

/// A text of a pattern: for each character, its lower case and its upper case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded(Vec<[String; 2]>);

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let forms = |character: char| {
            if character.len_utf16() > 1 {
                return [character.to_string(), character.to_string()];
            }
            [character.to_lowercase().collect(), character.to_uppercase().collect()]
        };
        Self(text.chars().map(forms).collect())
    }

    /// Whether the whole text matches.
    pub(super) fn is(&self, text: &str) -> bool {
        self.ends(text).contains(&text.len())
    }

    pub(super) fn begins(&self, text: &str) -> bool {
        !self.ends(text).is_empty()
    }

    pub(super) fn ends_it(&self, text: &str) -> bool {
        let steps = self.0.iter().rev();
        let mut places = vec![text.len()];
        for forms in steps {
            places = step(&places, forms, |place, form| {
                let rest = text.get(..place)?.strip_suffix(form)?;
                Some(rest.len())
            });
        }
        !places.is_empty()
    }

    /// Positions at which the pattern can end. A character's two forms may differ in length (ß and
    /// SS).
    fn ends(&self, text: &str) -> Vec<usize> {
        let mut places = vec![0];
        for forms in &self.0 {
            places = step(&places, forms, |place, form| {
                text.get(place..)?.starts_with(form).then_some(place + form.len())
            });
        }
        places
    }
}

fn step(
    places: &[usize],
    forms: &[String; 2],
    after: impl Fn(usize, &str) -> Option<usize>,
) -> Vec<usize> {
    let mut next: Vec<usize> = Vec::new();
    for place in places {
        for form in forms {
            if let Some(place) = after(*place, form)
                && !next.contains(&place)
            {
                next.push(place);
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_its_own_two_forms() {
        for (pattern, text, expected) in [
            ("abC", "AbC", true),
            ("\u{212a}", "k", true),  // the Kelvin sign's lower case
            ("\u{212a}", "K", false), // which is not its upper case
            ("k", "\u{212a}", false),
            ("K", "\u{212a}", false),
            ("\u{17f}", "S", true), // the long s
            ("s", "\u{17f}", false),
            ("ß", "SS", true),
            ("ß", "ss", false),
            ("ss", "ß", false),
            ("É", "é", true),
            ("\u{10400}", "\u{10428}", false), // Deseret, beyond the first plane
            ("\u{10400}", "\u{10400}", true),
            ("ab", "abc", false),
        ] {
            assert_eq!(Folded::new(pattern).is(text), expected, "{pattern} {text}");
        }
        assert!(Folded::new("stra\u{df}e").begins("STRASSEN"));
        assert!(Folded::new("\u{df}e").ends_it("STRASSE"));
        assert!(!Folded::new("k").ends_it("5\u{212a}"));
    }
}
