//! A list to choose from while the run waits: faults, settings, runs to compare with.

use super::Panel;
use super::playback::Pace;
use crate::tui::keymap::Intent;
use crate::tui::list::{self, List, Named, Row};
use crate::tui::piece::Piece;
use crate::tui::sheet::{Line, Sheet, Size, measure, paragraph};
use crate::tui::theme::Meaning;
use crate::tui::wrap::cut;

/// Items in a page.
const PAGE: usize = 12;
/// Minimum height to set empty lines between groups.
const ROOMY: usize = 24;
/// Maximum width of the text above the list.
const MEASURE: usize = 96;

/// An item of such a list.
pub trait Entry: Named + Clone + PartialEq {
    /// What it is called.
    fn name(&self) -> &str;

    /// Its value; `None` if it has none and the name takes the whole line.
    fn value(&self) -> Option<Vec<Piece>> {
        None
    }

    /// Raises or lowers its value.
    fn turn(&mut self, _more: bool) {}

    /// The path or name of a value that can be typed, and its current value.
    fn asked(&self) -> Option<(String, String)> {
        None
    }
}

/// An open list.
pub struct Menu<T> {
    title: &'static str,
    pub list: List<T>,
    /// The pace to resume when the list is closed.
    pub pace: Pace,
    /// The panel behind the list.
    pub behind: Box<Panel>,
    /// Why the last choice was rejected.
    refused: Option<String>,
}

/// The result of a key in a list.
pub enum Answer<T> {
    Nothing,
    Back,
    /// Apply this from now on.
    Chosen(T),
    /// Apply this from the run's start.
    FromStart(T),
    /// Ask for a value: its path or name, and the current value.
    Ask(String, String),
}

impl<T: Entry> Menu<T> {
    /// Opens a list over a panel; closing it resumes at this pace.
    pub fn new(title: &'static str, rows: Vec<Row<T>>, pace: Pace, behind: Panel) -> Self {
        Self { title, list: List::new(rows), pace, behind: Box::new(behind), refused: None }
    }

    /// The item at the cursor.
    pub fn chosen(&self) -> Option<&T> {
        self.list.chosen()
    }

    /// The item at the cursor, to set a typed value.
    pub fn chosen_mut(&mut self) -> Option<&mut T> {
        self.refused = None;
        self.list.chosen_mut()
    }

    /// Whether the last choice was rejected.
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Shows why a choice was rejected.
    pub fn refuse(&mut self, sentence: String) {
        self.refused = Some(sentence);
    }

    /// Handles an intent.
    pub fn intent(&mut self, intent: Intent) -> Answer<T> {
        if self.list.filters(intent) {
            self.refused = None;
            return Answer::Nothing;
        }
        match (intent, self.list.chosen()) {
            (Intent::Leave, _) => return Answer::Back,
            (Intent::GoOn, Some(chosen)) => return Answer::Chosen(chosen.clone()),
            (Intent::FromStart, Some(chosen)) => return Answer::FromStart(chosen.clone()),
            (Intent::TypeValue, Some(chosen)) => {
                let asked = chosen.asked();
                return asked.map_or(Answer::Nothing, |(what, now)| Answer::Ask(what, now));
            }
            (Intent::GoOn | Intent::FromStart | Intent::TypeValue, None) => return Answer::Nothing,
            _ => {}
        }
        self.refused = None;
        if !self.list.moved(intent, PAGE)
            && matches!(intent, Intent::More | Intent::Less)
            && let Some(chosen) = self.list.chosen_mut()
        {
            chosen.turn(intent == Intent::More);
        }
        Answer::Nothing
    }

    /// Whether an intent does something.
    pub fn does(&self, intent: Intent) -> bool {
        match (intent, self.list.chosen()) {
            (Intent::More | Intent::Less, Some(chosen)) => {
                let mut turned = chosen.clone();
                turned.turn(intent == Intent::More);
                turned != *chosen
            }
            (Intent::TypeValue, Some(chosen)) => chosen.asked().is_some(),
            (Intent::More | Intent::Less | Intent::TypeValue, None) => false,
            _ => self.list.does(intent).unwrap_or(true),
        }
    }

    fn line(&self, place: usize, row: &Row<T>, width: usize) -> Line {
        let item = match row {
            Row::Heading(text) => return vec![Piece::faint(text.clone())],
            Row::Item(item) => item,
        };
        let (lead, name) = if place == self.list.place() {
            (list::lead(true), Meaning::Selected)
        } else {
            (list::lead(false), Meaning::Text)
        };
        let Some(value) = item.value() else {
            return vec![lead, Piece::new(item.name().to_owned(), name)];
        };
        // The value must be visible, even if the name is cut.
        let wide = width.saturating_sub(14).clamp(16, 34);
        let mut line = vec![lead, Piece::new(format!("{:<wide$}", cut(item.name(), wide)), name)];
        line.extend(value);
        line
    }

    /// The list as lines.
    pub fn sheet(&self, (width, height): Size) -> Sheet {
        let measure = measure(width, MEASURE);
        let mut head = paragraph(self.title, Meaning::Text, measure);
        if let Some(sentence) = &self.refused {
            head.extend(paragraph(&format!("✗ {sentence}"), Meaning::Wrong, measure));
        }
        head.extend(self.list.filtered());
        head.push(Vec::new());
        let (mut lines, mut here) = (Vec::new(), None);
        for (place, row) in self.list.rows() {
            // Separate the groups where there is room.
            let is_heading = matches!(row, Row::Heading(_));
            if is_heading && height >= ROOMY && !lines.is_empty() {
                lines.push(Vec::new());
            }
            if place == self.list.place() && !is_heading {
                here = Some(lines.len());
            }
            lines.push(self.line(place, row, width));
        }
        let mut sheet = Sheet::following(head, lines, here.unwrap_or(0), (height, 1));
        sheet.here = here;
        sheet
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn a_list_opens_on_its_first_item_and_closes_over_what_was_behind_it() {
        let stage = panel(LETTERS).at("20s");
        let map = stage.lines();
        let stage = stage.press(&[Intent::Faults]);
        assert!(stage.lines()[0].starts_with("What should break"));
        assert!(stage.lines()[2].contains(" · ") && stage.lines()[3].starts_with("▸ "));
        assert!(
            !stage.does(Intent::Up) && !stage.does(Intent::FromStart) && stage.does(Intent::GoOn)
        );
        assert_eq!(stage.press(&[Intent::Leave]).lines(), map);
    }

    #[test]
    fn what_cannot_be_is_said_above_the_list_and_enter_does_nothing_more() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Faults, Intent::TypeValue]);
        let stage = stage.typed("banana").press(&[Intent::GoOn]);
        assert!(
            stage.lines()[1].starts_with("✗ \"banana\" is not a duration"),
            "{:?}",
            stage.lines()
        );
        assert!(!stage.does(Intent::GoOn));
        assert_eq!(
            stage.spoken()[1],
            stage.lines()[1..3].join(" ").trim(),
            "whole, where it is read"
        );
        assert!(!stage.press(&[Intent::Down]).lines()[1].contains("banana"));
    }
}
