//! The contents: every lesson with how much of it has been read.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::content::course::{LessonEntry, ScenarioEntry};
use crate::study::progress::{Progress, minutes_left};
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::list::{self, List, Named};
use crate::tui::page::Page;
use crate::tui::piece::Piece;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Line, Sheet, Size, UNBROKEN};
use crate::tui::theme::Meaning;
use crate::tui::wrap;

/// Columns for the minutes of a lesson, and for the space before them.
const MINUTES: usize = 16;

impl Named for LessonEntry {
    fn names(&self) -> Cow<'_, str> {
        format!("{} {}", self.number, self.title).into()
    }
}

/// The list of lessons.
#[derive(Debug, Clone)]
pub struct Contents {
    lessons: List<LessonEntry>,
    progress: Progress,
    scroll: Scroll,
}

impl Contents {
    /// Opens at the lesson being read, otherwise at the one read last.
    #[must_use]
    pub fn new(scenario: &ScenarioEntry, progress: &Progress, reading: Option<&str>) -> Self {
        let lessons: Vec<LessonEntry> =
            std::iter::once(&scenario.overview).chain(&scenario.lessons).cloned().collect();
        let here = reading.or(progress.latest_lesson.as_deref());
        let cursor = lessons.iter().position(|entry| Some(entry.id.as_str()) == here).unwrap_or(1);
        Self {
            lessons: List::of(lessons, cursor),
            progress: progress.clone(),
            scroll: Scroll::default(),
        }
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.lessons.is_typing() { Context::Search } else { Context::Contents }
    }

    /// The prompt while the filter is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.lessons.prompt()
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        self.lessons.typed(character);
    }

    /// Takes progress that was read again.
    pub fn progress(&mut self, progress: &Progress) {
        self.progress = progress.clone();
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let height = usize::from(ctx.areas(Width::Page).body.height);
        if self.lessons.filters(intent) {
            return Outcome::default();
        }
        match (intent, self.lessons.chosen()) {
            (Intent::Leave, _) => return Outcome::go(Go::Back),
            (Intent::Glossary, _) => return Outcome::go(Go::Glossary),
            (Intent::GoOn, Some(entry)) => return Outcome::go(Go::chosen(entry)),
            _ => self.lessons.moved(intent, height),
        };
        let here = self.lessons.here();
        let here = here.unwrap_or(0);
        self.scroll.show(here, here, height);
        Outcome::default()
    }

    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::GoOn => self.lessons.chosen().is_some(),
            other => self.lessons.does(other).unwrap_or(true),
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let minutes: u32 = self.lessons.items().map(|entry| u32::from(entry.minutes)).sum();
        Title::new("Contents", &format!("{} · {minutes} min in all", ctx.scenario.title))
    }

    /// Draws the body and returns the position of its cursor.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let size = (usize::from(area.width), usize::from(area.height));
        let drawn = self.sheet(size).draw(area, buffer, ctx.theme);
        if drawn.goes_on {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
        drawn.cursor
    }

    fn sheet(&self, (width, height): Size) -> Sheet {
        let here = self.lessons.here();
        // The minutes stand beside the longest title, not at the far edge of a wide screen.
        let rows = self.lessons.items().map(|entry| wrap::columns(&self.row(0, entry, false)));
        let whole = width == UNBROKEN;
        let width = width.min(rows.max().unwrap_or(0) + MINUTES);
        let line = |(index, entry): (usize, &LessonEntry)| {
            let row = self.row(index, entry, index == self.lessons.place());
            if whole {
                return [row, vec![Piece::text(", "), Piece::text(self.minutes(entry))]].concat();
            }
            let mut line = frame::cut(&row, width.saturating_sub(MINUTES));
            let minutes = Piece::faint(self.minutes(entry));
            let used = wrap::columns(&line) + wrap::columns(std::slice::from_ref(&minutes));
            line.push(Piece::space(width.saturating_sub(used)));
            line.push(minutes);
            line
        };
        let lines: Vec<Line> = self.lessons.left().map(line).collect();
        let at = here.unwrap_or(0);
        let mut sheet = Sheet::showing(self.lessons.head(), lines, (at, at), self.scroll, height);
        sheet.here = here;
        sheet
    }

    fn row(&self, index: usize, entry: &LessonEntry, here: bool) -> Line {
        let number = if index == 0 { "  ".to_owned() } else { format!("{:>2}", entry.number) };
        let text = if here { Meaning::Accent } else { Meaning::Text };
        vec![
            list::lead(here),
            Piece::faint(format!("{number}  ")),
            self.state(entry),
            Piece::new(entry.title.clone(), text),
        ]
    }

    /// The minutes left of a lesson that was begun, otherwise its length.
    fn minutes(&self, entry: &LessonEntry) -> String {
        match self.progress.lessons.get(&entry.id).map(|lesson| lesson.reached) {
            Some(reached @ 1..1000) => minutes_left(entry.minutes, reached),
            _ => format!("{} min", entry.minutes),
        }
    }

    /// How much of a lesson has been read.
    fn state(&self, entry: &LessonEntry) -> Piece {
        let sign = |sign: &str| format!("{sign:<6}");
        match self.progress.lessons.get(&entry.id) {
            None => Piece::faint(sign("○")).said("not begun, "),
            Some(lesson) if lesson.is_read() => Piece::right(sign("✓")).said("read, "),
            Some(lesson) => Piece::text(sign(&format!("{} %", lesson.reached / 10))),
        }
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let blocks = self.sheet((UNBROKEN, usize::MAX)).spoken();
        Page { title: self.title(ctx).text(), blocks, choices: Vec::new(), keys: Vec::new() }
    }
}
