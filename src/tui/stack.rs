//! The stack of screens: a screen opened from another lies on it, and esc goes back.

use super::ctx::Subject;
use super::screen::Screen;
use super::screens::reader::Reader;
use crate::study::reading::Visit;

/// Maximum number of lessons, runs and glossaries on the stack; beyond it the oldest goes. Each holds a
/// laid-out text or a run with its past, and nobody goes back that far with esc.
const DEPTH: usize = 6;

/// The screens, never empty: at the bottom is the home of a course, or the picker while no course is chosen.
pub struct Stack {
    bottom: Screen,
    above: Vec<Screen>,
}

impl Stack {
    /// A stack with Home at the bottom.
    #[must_use]
    pub fn new(bottom: Screen) -> Self {
        Self { bottom, above: Vec::new() }
    }

    /// The screen on top.
    #[must_use]
    pub fn top(&self) -> &Screen {
        self.above.last().unwrap_or(&self.bottom)
    }

    /// The screen on top, to change it.
    pub fn top_mut(&mut self) -> &mut Screen {
        self.above.last_mut().unwrap_or(&mut self.bottom)
    }

    /// Number of screens, Home included.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.above.len() + 1
    }

    /// Opens a screen on top.
    pub fn push(&mut self, screen: Screen) {
        self.above.push(screen);
        let is_heavy = |screen: &Screen| {
            matches!(screen, Screen::Reader(_) | Screen::Live(_) | Screen::Glossary(_))
        };
        if self.above.iter().filter(|screen| is_heavy(screen)).count() > DEPTH
            && let Some(oldest) = self.above.iter().position(is_heavy)
        {
            self.above.remove(oldest);
        }
    }

    /// Removes the screen on top.
    pub fn pop(&mut self) {
        self.above.pop();
    }

    /// Puts another screen at the bottom, and nothing over it.
    pub fn reset(&mut self, bottom: Screen) {
        *self = Self::new(bottom);
    }

    /// Goes back to Home.
    pub fn clear(&mut self) {
        self.above.clear();
    }

    /// Goes back to the screen before. A lesson read before this one does not count.
    pub fn back(&mut self) {
        let left = self.above.pop();
        if !matches!(&left, Some(Screen::Reader(reader)) if reader.is_read()) {
            return;
        }
        while self.top_reader().is_some_and(Reader::is_read) {
            self.above.pop();
        }
        for screen in &mut self.above {
            if let Screen::Reader(reader) = screen {
                reader.put_aside();
            }
        }
    }

    /// Whether an unfinished set is on the stack.
    #[must_use]
    pub fn has_set(&self) -> bool {
        self.above.iter().any(|screen| matches!(screen, Screen::Quiz(quiz) if quiz.is_open()))
    }

    /// Goes back to the list of labs, if it is open.
    pub fn back_to_labs(&mut self) -> bool {
        let place = self.above.iter().position(|screen| matches!(screen, Screen::Labs(_)));
        if let Some(place) = place {
            self.above.truncate(place + 1);
        }
        place.is_some()
    }

    /// Goes back to a run directly below this screen.
    pub fn back_to_run(&mut self, subject: &Subject) -> bool {
        self.back_if(|screen| match screen {
            Screen::Live(pipeline) => pipeline.subject() == subject,
            _ => false,
        })
    }

    /// Goes back to the glossary, if it is directly below this screen.
    pub fn back_to_glossary(&mut self) -> bool {
        self.back_if(|screen| matches!(screen, Screen::Glossary(_)))
    }

    fn back_if(&mut self, is_it: impl Fn(&Screen) -> bool) -> bool {
        let below = self.above.len().checked_sub(2).and_then(|place| self.above.get(place));
        let is_below = below.is_some_and(is_it);
        if is_below {
            self.above.pop();
        }
        is_below
    }

    fn top_reader(&self) -> Option<&Reader> {
        match self.top() {
            Screen::Reader(reader) => Some(reader),
            _ => None,
        }
    }

    /// Makes room for a lesson. Another lesson is not a step deeper: it replaces one that was only looked at,
    /// and the one being read waits below.
    pub fn turn(&mut self, visit: Visit) {
        while match self.top() {
            Screen::Contents(_) => true,
            Screen::Reader(reader) => visit == Visit::Reading || !reader.is_read(),
            _ => false,
        } {
            self.above.pop();
        }
    }

    /// Whether the lesson on top is this one, and is being read.
    #[must_use]
    pub fn reads(&self, lesson: &str) -> bool {
        self.top_reader().is_some_and(|reader| reader.is_read() && reader.lesson_id() == lesson)
    }

    /// Whether lessons are opened to be read: from Home, not from a question or a run.
    #[must_use]
    pub fn is_for_reading(&self) -> bool {
        let is_reading = |screen: &Screen| {
            matches!(screen, Screen::Reader(_) | Screen::Contents(_) | Screen::Help(_))
        };
        self.above.iter().all(is_reading)
    }
}
