//! Search in a lesson: typed after `/`, and found across line breaks.

use crate::content::course::Lesson;
use crate::study::reading::{self, Spot};
use crate::tui::entry::TextEntry;
use crate::tui::fold::{Folded, fold};
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// The state of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The text entry, while it is typed.
    typing: Option<TextEntry>,
    /// The last search, as typed.
    text: String,
    /// The same, folded.
    wanted: String,
    hits: Vec<Spot>,
    /// The last hit shown, and the line that was then at the top of the screen.
    last: Option<(Spot, usize)>,
}

/// A hit, and the notice that counts it.
pub struct Hit {
    pub spot: Spot,
    pub sentence: String,
}

impl Search {
    /// Opens the text entry.
    pub fn start(&mut self) {
        self.typing = Some(TextEntry::default());
    }

    /// Closes the text entry.
    pub fn cancel(&mut self) {
        self.typing = None;
        self.text.clear();
        self.wanted.clear();
        self.hits.clear();
    }

    /// Whether a search is being typed.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// The prompt that replaces the footer.
    pub fn prompt(&self) -> Option<String> {
        self.typing.as_ref().map(TextEntry::prompt)
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        if let Some(text) = &mut self.typing {
            text.push(character);
        }
    }

    /// Deletes the last character.
    pub fn erase(&mut self) {
        if let Some(text) = &mut self.typing {
            text.erase();
        }
    }

    /// Finds the typed text; an empty entry repeats the last search.
    pub fn find(&mut self, lesson: &Lesson) {
        let typed = self.typing.take().unwrap_or_default().words();
        if !typed.is_empty() {
            self.wanted = fold(&typed);
            self.text = typed.to_lowercase();
        }
        self.hits = hits(lesson, &self.wanted);
        self.last = None;
    }

    /// Remembers a hit to continue from, as long as `top` stays the screen's first line.
    pub fn went_to(&mut self, hit: Spot, top: usize) {
        self.last = Some((hit, top));
    }

    /// The hit after or before the last one, or after or before the top of the screen if the reader has moved
    /// since; wraps around at the ends.
    pub fn next(&self, screen: Spot, top: usize, onward: bool) -> Result<Hit, String> {
        if self.text.is_empty() {
            return Err("Nothing to search for: press / and type.".to_owned());
        }
        let count = self.hits.len();
        let last = self.last.filter(|(_, then)| *then == top).map(|(hit, _)| hit);
        let is_after = |hit: &Spot| last.map_or(*hit >= screen, |last| *hit > last);
        let is_before = |hit: &Spot| *hit < last.unwrap_or(screen);
        let found = if onward {
            self.hits.iter().position(is_after).or((count > 0).then_some(0))
        } else {
            self.hits.iter().rposition(is_before).or(count.checked_sub(1))
        };
        match found.and_then(|index| Some((index, *self.hits.get(index)?))) {
            Some((index, spot)) => Ok(Hit {
                spot,
                sentence: format!(
                    "“{}”  {} of {count}   n next   N previous",
                    self.text,
                    index + 1
                ),
            }),
            None => Err(format!("“{}” is not in this lesson.", self.text)),
        }
    }

    /// Marks the hits in a line.
    pub fn highlight(&self, pieces: &[Piece]) -> Vec<Piece> {
        if self.text.is_empty() || self.typing.is_some() {
            return pieces.to_vec();
        }
        pieces.iter().flat_map(|piece| marked(&piece.text, piece.meaning, &self.wanted)).collect()
    }
}

/// Splits a piece around the hits.
fn marked(text: &str, meaning: Meaning, wanted: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for hit in Folded::new(text).find(wanted) {
        pieces.push(Piece::new(text.get(done..hit.start).unwrap_or_default().to_owned(), meaning));
        pieces.push(Piece::hit(text.get(hit.clone()).unwrap_or_default().to_owned()));
        done = hit.end;
    }
    pieces.push(Piece::new(text.get(done..).unwrap_or_default().to_owned(), meaning));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The first word of every hit.
fn hits(lesson: &Lesson, wanted: &str) -> Vec<Spot> {
    let mut hits = Vec::new();
    if wanted.is_empty() {
        return hits;
    }
    for (index, block) in lesson.blocks.iter().enumerate() {
        let mut before = 0;
        for text in reading::texts(block) {
            let words: Vec<&str> = text.split_whitespace().collect();
            let joined = words.join(" ");
            for hit in Folded::new(&joined).find(wanted) {
                let word = joined.get(..hit.start).unwrap_or_default().matches(' ').count();
                hits.push(Spot::word(index, before + word));
            }
            before += words.len();
        }
    }
    hits.dedup();
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_marked_and_nothing_else() {
        let pieces = marked("The Queue, a queue", Meaning::Text, "queue");
        let text: Vec<&str> = pieces.iter().map(|piece| &*piece.text).collect();
        assert_eq!(text, ["The ", "Queue", ", a ", "queue"]);
        assert_eq!(pieces[1].meaning, Meaning::Hit);
        // Whatever its Unicode form, the text is shown as written.
        let pieces = marked("İstanbul, a Cafe\u{301} there", Meaning::Text, &fold("CAFÉ"));
        let text: Vec<&str> = pieces.iter().map(|piece| &*piece.text).collect();
        assert_eq!(text, ["İstanbul, a ", "Cafe\u{301}", " there"]);
    }
}
