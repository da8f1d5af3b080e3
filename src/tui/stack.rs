//! The screens, one over the other: what is opened from a screen lies on it, and esc goes back to it.

use super::ctx::Subject;
use super::screen::Screen;
use super::screens::reader::Reader;
use crate::study::reading::Visit;

/// So many lessons, runs and glossaries lie on the screen at once; beyond that the oldest makes room. Each holds a
/// text laid out or a run with its past, and nobody goes back so far with esc.
const DEPTH: usize = 6;

/// Never empty: at the bottom is the home of a course, or the picker while no course is chosen.
pub struct Stack {
    bottom: Screen,
    above: Vec<Screen>,
}

impl Stack {
    /// Creates a stack that holds only Home.
    #[must_use]
    pub fn new(bottom: Screen) -> Self {
        Self { bottom, above: Vec::new() }
    }

    /// What is shown.
    #[must_use]
    pub fn top(&self) -> &Screen {
        self.above.last().unwrap_or(&self.bottom)
    }

    /// The visible screen, to change it.
    pub fn top_mut(&mut self) -> &mut Screen {
        self.above.last_mut().unwrap_or(&mut self.bottom)
    }

    /// How many screens there are, with Home.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.above.len() + 1
    }

    /// Opens a screen on top; beyond `DEPTH` lessons, runs and glossaries, the oldest of them is
    /// closed.
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

    /// Takes the screen that is shown off.
    pub fn pop(&mut self) {
        self.above.pop();
    }

    /// Puts another screen at the bottom, and nothing over it.
    pub fn reset(&mut self, bottom: Screen) {
        *self = Self::new(bottom);
    }

    /// Back to Home.
    pub fn clear(&mut self) {
        self.above.clear();
    }

    /// Back to where one came from. A lesson that one read before this one is behind one.
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

    /// Whether a set that is not at its end is on the screen, or below what is.
    #[must_use]
    pub fn has_set(&self) -> bool {
        self.above.iter().any(|screen| matches!(screen, Screen::Quiz(quiz) if quiz.is_open()))
    }

    /// Back to the list of labs, if it is open.
    pub fn back_to_labs(&mut self) -> bool {
        let place = self.above.iter().position(|screen| matches!(screen, Screen::Labs(_)));
        if let Some(place) = place {
            self.above.truncate(place + 1);
        }
        place.is_some()
    }

    /// Back to a run that lies directly under this screen: going there is going back.
    pub fn back_to_run(&mut self, subject: &Subject) -> bool {
        self.back_if(|screen| match screen {
            Screen::Live(pipeline) => pipeline.subject() == subject,
            _ => false,
        })
    }

    /// Back to the glossary, if it lies directly under this screen.
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

    /// Makes room for a lesson. Turning to another one is not a step deeper: what was leafed through
    /// gives way, what is being read waits below.
    pub fn turn(&mut self, visit: Visit) {
        while match self.top() {
            Screen::Contents(_) => true,
            Screen::Reader(reader) => visit == Visit::Reading || !reader.is_read(),
            _ => false,
        } {
            self.above.pop();
        }
    }

    /// Whether the lesson that is shown is being read, and is this one.
    #[must_use]
    pub fn reads(&self, lesson: &str) -> bool {
        self.top_reader().is_some_and(|reader| reader.is_read() && reader.lesson_id() == lesson)
    }

    /// Whether lessons are opened from Home, to be read, and not from a question or a run.
    #[must_use]
    pub fn is_for_reading(&self) -> bool {
        let is_reading = |screen: &Screen| {
            matches!(screen, Screen::Reader(_) | Screen::Contents(_) | Screen::Help(_))
        };
        self.above.iter().all(is_reading)
    }
}
