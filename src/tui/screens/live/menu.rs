//! A list to choose from: what to break, which setting to turn, what to compare with.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use super::compare::Other;
use super::fault_option::FaultOption;
use super::playback::Pace;
use super::setting::{self, Setting};
use crate::tui::ctx::Ctx;
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{Piece, cut, wrap};

/// Lines that a page of the list is.
const PAGE: usize = 12;

/// A list with a cursor in it.
pub struct Menu {
    pub title: String,
    pub items: Vec<Item>,
    /// How the run was played when the list was opened: it goes on so.
    pub pace: Pace,
    cursor: usize,
    /// Why what was chosen last cannot be.
    refused: Option<String>,
}

/// A line of it.
pub enum Item {
    Heading(String),
    Break(FaultOption),
    Setting(Setting),
    Compare(String, Other),
}

impl Item {
    /// Whether it is about what is outside of one's own configuration.
    pub fn is_outside(&self) -> bool {
        let path = match self {
            Self::Heading(title) => title.rsplit(" · ").next().unwrap_or_default(),
            Self::Setting(setting) => &setting.path,
            Self::Break(_) | Self::Compare(..) => return false,
        };
        path == "load" || path.starts_with("load.") || path.starts_with("services.")
    }
}

/// What a line does.
pub enum Choice {
    Break(FaultOption),
    Set(String, Value),
    Compare(Other),
    Nothing,
}

impl Menu {
    pub fn new(title: &str, items: Vec<Item>, pace: Pace) -> Self {
        let mut menu = Self { title: title.to_owned(), items, pace, cursor: 0, refused: None };
        if matches!(menu.items.first(), Some(Item::Heading(_))) {
            menu.step(true);
        }
        menu
    }

    fn step(&mut self, onward: bool) {
        self.cursor = self.beside(onward).unwrap_or(self.cursor);
    }

    fn steps(&mut self, count: usize, onward: bool) {
        for _ in 0..count {
            self.step(onward);
        }
    }

    /// The line after the cursor, or before it, that is no heading.
    fn beside(&self, onward: bool) -> Option<usize> {
        let mut place = self.cursor;
        loop {
            place = if onward { place + 1 } else { place.wrapping_sub(1) };
            match self.items.get(place)? {
                Item::Heading(_) => {}
                Item::Break(_) | Item::Setting(_) | Item::Compare(..) => return Some(place),
            }
        }
    }

    /// Whether what is chosen was refused just now.
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Whether a key that moves or turns does something.
    pub fn does(&self, intent: Intent) -> bool {
        match (intent, self.items.get(self.cursor)) {
            (Intent::Down | Intent::PageDown | Intent::Bottom, _) => self.beside(true).is_some(),
            (Intent::Up | Intent::PageUp | Intent::Top, _) => self.beside(false).is_some(),
            (Intent::More | Intent::Less, Some(Item::Setting(setting))) => {
                let mut turned = setting.clone();
                turned.turn(intent == Intent::More);
                turned != *setting
            }
            (Intent::More | Intent::Less, Some(Item::Break(fault_option))) => {
                let mut turned = fault_option.clone();
                turned.turn(intent == Intent::More);
                turned != *fault_option
            }
            (Intent::More | Intent::Less, _) => false,
            (Intent::Follow, _) => self.asked().is_some(),
            _ => true,
        }
    }

    /// Whether its lines have nothing to be turned.
    pub fn is_plain(&self) -> bool {
        !self.items.iter().any(|item| matches!(item, Item::Setting(_) | Item::Break(_)))
    }

    /// Says why what was chosen cannot be.
    pub fn refuse(&mut self, sentence: String) {
        self.refused = Some(sentence);
    }

    pub fn moved(&mut self, intent: Intent) {
        self.refused = None;
        match intent {
            Intent::Down => self.step(true),
            Intent::Up => self.step(false),
            Intent::PageDown => self.steps(PAGE, true),
            Intent::PageUp => self.steps(PAGE, false),
            Intent::Bottom => self.steps(self.items.len(), true),
            Intent::Top => self.steps(self.items.len(), false),
            Intent::More | Intent::Less => {
                let more = intent == Intent::More;
                match self.items.get_mut(self.cursor) {
                    Some(Item::Setting(setting)) => setting.turn(more),
                    Some(Item::Break(fault_option)) => fault_option.turn(more),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// What under the cursor can be typed, and how it is.
    pub fn asked(&self) -> Option<(String, String)> {
        match self.items.get(self.cursor)? {
            Item::Setting(setting) => Some((setting.path.clone(), setting.words())),
            Item::Break(fault_option) => {
                let now = fault_option.has_span().then(|| fault_option.span.to_string())?;
                Some((format!("{} for", fault_option.label), now))
            }
            _ => None,
        }
    }

    /// Takes what was typed: a setting's new value, or nothing more to do; a sentence if it is none.
    pub fn takes(&mut self, text: &str) -> Result<Option<Value>, String> {
        self.refused = None;
        match self.items.get_mut(self.cursor) {
            Some(Item::Setting(setting)) => Ok(Some(setting.typed(text))),
            Some(Item::Break(fault_option)) => {
                let span = setting::duration(text).filter(|span| span.0.0 > 0);
                let span = span.ok_or_else(|| {
                    format!("{text:?} is not a duration: write a number and ms, s, m, h or d, such as 5m.")
                })?;
                fault_option.span = span.0;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    pub fn choice(&self) -> Choice {
        match self.items.get(self.cursor) {
            Some(Item::Break(fault_option)) => Choice::Break(fault_option.clone()),
            Some(Item::Setting(setting)) => Choice::Set(setting.path.clone(), setting.value()),
            Some(Item::Compare(_, other)) => Choice::Compare(other.clone()),
            _ => Choice::Nothing,
        }
    }

    fn line(&self, place: usize, width: usize) -> Vec<Piece> {
        // A value is read before the whole of its name.
        let wide = width.saturating_sub(14).clamp(16, 34);
        let name_of = |name: &str| format!("{:<wide$}", cut(name, wide));
        let is_here = place == self.cursor;
        let lead = if is_here {
            ("▸ ".to_owned(), Meaning::Accent)
        } else {
            ("  ".to_owned(), Meaning::Text)
        };
        let name = if is_here { Meaning::Selected } else { Meaning::Text };
        match self.items.get(place) {
            Some(Item::Heading(text)) => vec![(text.clone(), Meaning::Faint)],
            Some(Item::Break(fault_option)) => {
                let mut line = vec![lead, (name_of(&fault_option.label), name)];
                line.push((format!("  {}", fault_option.strength_words()), Meaning::Retrying));
                line
            }
            Some(Item::Setting(setting)) => {
                let mut line = vec![lead, (name_of(&setting.name), name)];
                let meaning =
                    if setting.is_turned() { Meaning::Prediction } else { Meaning::Strong };
                line.push((format!("  {}", setting.words()), meaning));
                if setting.is_turned() {
                    line.push((format!("  ◆ now {}", setting.now_words()), Meaning::Faint));
                }
                line
            }
            Some(Item::Compare(text, _)) => vec![lead, (text.clone(), name)],
            None => Vec::new(),
        }
    }

    pub fn draw(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let title = [(self.title.clone(), Meaning::Text)];
        let mut y = area.y;
        for line in wrap(&title, usize::from(area.width).min(96)) {
            frame::line(buffer, area, area.x, y, &line.pieces, ctx.theme);
            y += 1;
        }
        if let Some(sentence) = &self.refused {
            let pieces = [("✗ ".to_owned(), Meaning::Wrong), (sentence.clone(), Meaning::Wrong)];
            for line in wrap(&pieces, usize::from(area.width).min(96)) {
                frame::line(buffer, area, area.x, y, &line.pieces, ctx.theme);
                y += 1;
            }
        }
        y += 1;
        let room = usize::from(area.bottom().saturating_sub(y));
        let top = (self.cursor + 2).saturating_sub(room).min(self.items.len().saturating_sub(room));
        for place in (top..self.items.len()).take(room) {
            let line =
                frame::cut(&self.line(place, usize::from(area.width)), usize::from(area.width));
            frame::line(buffer, area, area.x, y, &line, ctx.theme);
            y += 1;
        }
        if top + room < self.items.len() {
            frame::more_in(buffer, area, ctx.theme);
        }
    }

    pub fn spoken(&self) -> (Vec<String>, Vec<(String, String)>) {
        let mut blocks = vec![self.title.clone()];
        blocks.extend(self.refused.clone());
        blocks.extend((0..self.items.len()).map(|place| super::text(&self.line(place, 80))));
        (blocks, Vec::new())
    }
}
