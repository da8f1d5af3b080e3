//! All screens as one type with one interface.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::ctx::{Ctx, Outcome};
use super::frame::{Title, Width};
use super::keymap::{Context, Intent};
use super::page::Page;
use super::screens::{
    contents::Contents, courses::Courses, glossary::Glossary, help::Help, home::Home, labs::Labs,
    live::Live, quiz::Quiz, reader::Reader,
};
use crate::study::progress::Progress;

/// One of the screens with its state.
pub enum Screen {
    Courses(Box<Courses>),
    Home(Home),
    Contents(Contents),
    Reader(Box<Reader>),
    Quiz(Box<Quiz>),
    Live(Box<Live>),
    Labs(Labs),
    Glossary(Box<Glossary>),
    Help(Help),
}

/// Calls the same method on every screen.
macro_rules! each {
    ($screen:expr, $name:ident => $call:expr) => {
        match $screen {
            Screen::Courses($name) => $call,
            Screen::Home($name) => $call,
            Screen::Contents($name) => $call,
            Screen::Reader($name) => $call,
            Screen::Quiz($name) => $call,
            Screen::Live($name) => $call,
            Screen::Labs($name) => $call,
            Screen::Glossary($name) => $call,
            Screen::Help($name) => $call,
        }
    };
}

impl Screen {
    /// The id of the open lesson, if this is one.
    #[must_use]
    pub fn lesson_id(&self) -> Option<&str> {
        match self {
            Self::Reader(reader) => Some(reader.lesson_id()),
            _ => None,
        }
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Courses(courses) => courses.context(),
            Self::Home(_) => Context::Home,
            Self::Contents(contents) => contents.context(),
            Self::Reader(reader) => reader.context(),
            Self::Quiz(quiz) => quiz.context(),
            Self::Live(pipeline) => pipeline.context(),
            Self::Labs(labs) => labs.context(),
            Self::Glossary(glossary) => glossary.context(),
            Self::Help(_) => Context::Help,
        }
    }

    /// Its maximum width.
    #[must_use]
    pub fn width(&self) -> Width {
        match self {
            Self::Live(_) => Width::Wide,
            _ => Width::Page,
        }
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        each!(self, screen => screen.intent(ctx, intent))
    }

    /// Whether an intent does something at the moment: the footer names no other.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        each!(self, screen => screen.does(ctx, intent))
    }

    /// Takes a character that means no intent: part of a text entry.
    pub fn typed(&mut self, _ctx: Ctx<'_>, character: char) -> Outcome {
        match self {
            Self::Reader(reader) => reader.typed(character),
            Self::Glossary(glossary) => glossary.typed(character),
            Self::Live(pipeline) => pipeline.typed(character),
            Self::Contents(contents) => contents.typed(character),
            Self::Labs(labs) => labs.typed(character),
            Self::Courses(courses) => courses.typed(character),
            _ => {}
        }
        Outcome::default()
    }

    /// Lays the screen out again: the size changed, or it is shown again.
    pub fn relaid(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Reader(reader) => reader.relaid(ctx),
            Self::Quiz(quiz) => quiz.shown(ctx),
            _ => Outcome::default(),
        }
    }

    /// Handles a deadline that has passed.
    pub fn tick(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Quiz(quiz) => quiz.tick(ctx),
            Self::Live(pipeline) => pipeline.tick(ctx),
            _ => Outcome::default(),
        }
    }

    /// Whether there is work that one update could not finish.
    #[must_use]
    pub fn has_work(&self) -> bool {
        matches!(self, Self::Live(pipeline) if pipeline.has_work())
    }

    /// Advances that work.
    pub fn work(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Live(pipeline) => pipeline.work(ctx),
            _ => Outcome::default(),
        }
    }

    /// Leaves the screen for another one, for the shell, or for good.
    pub fn left(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Quiz(quiz) => quiz.left(ctx),
            Self::Live(pipeline) => pipeline.left(ctx),
            _ => Outcome::default(),
        }
    }

    /// Notes that the requested file was written.
    pub fn saved(&mut self) {
        if let Self::Live(pipeline) = self {
            pipeline.saved();
        }
    }

    /// Takes progress that was read again.
    pub fn progress(&mut self, ctx: Ctx<'_>, progress: &Progress) -> Outcome {
        match self {
            Self::Home(home) => home.progress(ctx, progress),
            Self::Contents(contents) => contents.progress(progress),
            Self::Labs(labs) => labs.progress(progress),
            _ => {}
        }
        Outcome::default()
    }

    /// Time until the screen changes on its own; `None` if it does not.
    #[must_use]
    pub fn deadline(&self, ctx: Ctx<'_>) -> Option<Duration> {
        match self {
            Self::Quiz(quiz) => quiz.deadline(),
            Self::Live(pipeline) => pipeline.deadline(ctx),
            _ => None,
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        each!(self, screen => screen.title(ctx))
    }

    /// Draws the body and returns the position of its cursor.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        match self {
            Self::Home(home) => home.body(ctx, area, buffer),
            Self::Reader(reader) => reader.body(ctx, area, buffer),
            Self::Help(help) => help.body(ctx, area, buffer),
            Self::Contents(contents) => return contents.body(ctx, area, buffer),
            Self::Quiz(quiz) => return quiz.body(ctx, area, buffer),
            Self::Live(pipeline) => return pipeline.body(ctx, area, buffer),
            Self::Labs(labs) => return labs.body(ctx, area, buffer),
            Self::Courses(courses) => return courses.body(ctx, area, buffer),
            Self::Glossary(glossary) => return glossary.body(ctx, area, buffer),
        }
        // These screens have nothing to choose.
        None
    }

    /// The prompt that replaces the footer while text is entered.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        match self {
            Self::Reader(reader) => reader.prompt(),
            Self::Glossary(glossary) => glossary.prompt(),
            Self::Live(pipeline) => pipeline.prompt(),
            Self::Contents(contents) => contents.prompt(),
            Self::Labs(labs) => labs.prompt(),
            Self::Courses(courses) => courses.prompt(),
            _ => None,
        }
    }

    /// The text of the screen in reading order.
    #[must_use]
    pub fn read_aloud(&self, ctx: Ctx<'_>) -> String {
        self.page(ctx).blocks.join("\n")
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        each!(self, screen => screen.page(ctx))
    }
}
