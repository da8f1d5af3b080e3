//! The screens as one type: what each of them can be asked.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::desk::{Desk, Outcome};
use super::frame::{Title, Width};
use super::keymap::{Context, Intent};
use super::page::Page;
use super::screens::{
    contents::Contents, glossary::Glossary, help::Help, home::Home, labs::Labs, pipeline::Pipeline,
    quiz::Quiz, reader::Reader,
};
use crate::study::progress::Today;

/// One of the screens, with all it holds.
pub enum Screen {
    Home(Home),
    Contents(Contents),
    Reader(Box<Reader>),
    Quiz(Box<Quiz>),
    Pipeline(Box<Pipeline>),
    Labs(Labs),
    Glossary(Box<Glossary>),
    Help(Help),
}

/// Calls the same method of whichever screen it is.
macro_rules! each {
    ($screen:expr, $name:ident => $call:expr) => {
        match $screen {
            Screen::Home($name) => $call,
            Screen::Contents($name) => $call,
            Screen::Reader($name) => $call,
            Screen::Quiz($name) => $call,
            Screen::Pipeline($name) => $call,
            Screen::Labs($name) => $call,
            Screen::Glossary($name) => $call,
            Screen::Help($name) => $call,
        }
    };
}

impl Screen {
    /// Which keys work.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Home(_) => Context::Home,
            Self::Contents(_) => Context::Contents,
            Self::Reader(reader) => reader.context(),
            Self::Quiz(quiz) => quiz.context(),
            Self::Pipeline(pipeline) => pipeline.context(),
            Self::Labs(_) => Context::Labs,
            Self::Glossary(glossary) => glossary.context(),
            Self::Help(_) => Context::Help,
        }
    }

    /// How wide it may become.
    #[must_use]
    pub fn width(&self) -> Width {
        match self {
            Self::Pipeline(_) => Width::Wide,
            _ => Width::Page,
        }
    }

    pub fn intent(&mut self, desk: Desk<'_>, intent: Intent) -> Outcome {
        each!(self, screen => screen.intent(desk, intent))
    }

    /// Whether an intent does something as the screen stands: the footer names no other.
    #[must_use]
    pub fn does(&self, desk: Desk<'_>, intent: Intent) -> bool {
        each!(self, screen => screen.does(desk, intent))
    }

    /// A character without a meaning of its own here: part of what is being typed.
    pub fn typed(&mut self, _desk: Desk<'_>, character: char) -> Outcome {
        match self {
            Self::Reader(reader) => reader.typed(character),
            Self::Glossary(glossary) => glossary.typed(character),
            Self::Pipeline(pipeline) => pipeline.typed(character),
            _ => {}
        }
        Outcome::default()
    }

    /// The size changed, or the screen is shown again.
    pub fn relaid(&mut self, desk: Desk<'_>) -> Outcome {
        match self {
            Self::Reader(reader) => reader.relaid(desk),
            Self::Quiz(quiz) => quiz.shown(desk),
            _ => Outcome::default(),
        }
    }

    /// The deadline has come.
    pub fn tick(&mut self, desk: Desk<'_>) -> Outcome {
        match self {
            Self::Quiz(quiz) => quiz.tick(desk),
            Self::Pipeline(pipeline) => pipeline.tick(desk),
            _ => Outcome::default(),
        }
    }

    /// Whether more is to be done than one update does.
    #[must_use]
    pub fn has_work(&self) -> bool {
        matches!(self, Self::Pipeline(pipeline) if pipeline.has_work())
    }

    /// There is time to do more of it.
    pub fn work(&mut self, desk: Desk<'_>) -> Outcome {
        match self {
            Self::Pipeline(pipeline) => pipeline.work(desk),
            _ => Outcome::default(),
        }
    }

    /// Another screen, the shell, or nothing at all comes next.
    pub fn left(&mut self, desk: Desk<'_>) -> Outcome {
        match self {
            Self::Quiz(quiz) => quiz.left(desk),
            Self::Pipeline(pipeline) => pipeline.left(desk),
            _ => Outcome::default(),
        }
    }

    /// What was asked to be written down is.
    pub fn saved(&mut self) {
        if let Self::Pipeline(pipeline) = self {
            pipeline.saved();
        }
    }

    /// The history was read again.
    pub fn today(&mut self, desk: Desk<'_>, today: &Today) -> Outcome {
        match self {
            Self::Home(home) => home.today(desk, today),
            Self::Contents(contents) => contents.today(today),
            Self::Labs(labs) => labs.today(today),
            _ => {}
        }
        Outcome::default()
    }

    /// How long the screen stays as it is.
    #[must_use]
    pub fn deadline(&self, desk: Desk<'_>) -> Option<Duration> {
        match self {
            Self::Quiz(quiz) => quiz.deadline(),
            Self::Pipeline(pipeline) => pipeline.deadline(desk),
            _ => None,
        }
    }

    #[must_use]
    pub fn title(&self, desk: Desk<'_>) -> Title {
        each!(self, screen => screen.title(desk))
    }

    pub fn body(&self, desk: Desk<'_>, area: Rect, buffer: &mut Buffer) {
        each!(self, screen => screen.body(desk, area, buffer));
    }

    /// What is being typed, in place of the footer.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        match self {
            Self::Reader(reader) => reader.prompt(),
            Self::Glossary(glossary) => glossary.prompt(),
            Self::Pipeline(pipeline) => pipeline.prompt(),
            _ => None,
        }
    }

    /// All that is said on it, in reading order.
    #[must_use]
    pub fn read_aloud(&self, desk: Desk<'_>) -> String {
        self.page(desk).blocks.join("\n")
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, desk: Desk<'_>) -> Page {
        each!(self, screen => screen.page(desk))
    }
}
