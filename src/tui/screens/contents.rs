//! The contents: every section with how much of it has been read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::content::course::{LessonEntry, ScenarioEntry};
use crate::study::progress::{Progress, minutes_left};
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::Intent;
use crate::tui::page::Page;
use crate::tui::screen::Screen;
use crate::tui::scroll::Scroll;
use crate::tui::theme::Meaning;
use crate::tui::wrap::Piece;

/// The list of lessons.
#[derive(Debug, Clone)]
pub struct Contents {
    lessons: Vec<LessonEntry>,
    progress: Progress,
    cursor: usize,
    scroll: Scroll,
}

impl Contents {
    /// Opens at the lesson that is being read, else at the one read last.
    #[must_use]
    pub fn new(scenario: &ScenarioEntry, progress: &Progress, from: &Screen) -> Self {
        let lessons: Vec<LessonEntry> =
            std::iter::once(&scenario.overview).chain(&scenario.lessons).cloned().collect();
        let here = match from {
            Screen::Reader(reader) => Some(reader.lesson_id().to_owned()),
            _ => progress.latest_lesson.clone(),
        };
        let cursor = lessons.iter().position(|entry| Some(&entry.id) == here.as_ref()).unwrap_or(1);
        Self {
            cursor: cursor.min(lessons.len() - 1),
            lessons,
            progress: progress.clone(),
            scroll: Scroll::default(),
        }
    }

    pub fn progress(&mut self, progress: &Progress) {
        self.progress = progress.clone();
    }

    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let last = self.lessons.len() - 1;
        match intent {
            Intent::Leave => return Outcome::go(Go::Back),
            Intent::Glossary => return Outcome::go(Go::Glossary),
            Intent::GoOn => {
                let entry = &self.lessons[self.cursor];
                return Outcome::go(Go::chosen(entry));
            }
            Intent::Down => self.cursor += 1,
            Intent::Up => self.cursor = self.cursor.saturating_sub(1),
            Intent::PageDown | Intent::Bottom => self.cursor = last,
            Intent::PageUp | Intent::Top => self.cursor = 0,
            _ => {}
        }
        self.cursor = self.cursor.min(last);
        let height = usize::from(ctx.areas(Width::Page).body.height);
        self.scroll.show(self.cursor, self.cursor, height);
        Outcome::default()
    }

    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::Down | Intent::PageDown | Intent::Bottom => {
                self.cursor + 1 < self.lessons.len()
            }
            Intent::Up | Intent::PageUp | Intent::Top => self.cursor > 0,
            _ => true,
        }
    }

    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let minutes: u32 = self.lessons.iter().map(|entry| u32::from(entry.minutes)).sum();
        Title::new("Contents", &format!("{} · {minutes} min in all", ctx.scenario.title))
    }

    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let height = usize::from(area.height);
        let mut scroll = self.scroll;
        // The window may be smaller than when the cursor was moved.
        scroll.show(self.cursor, self.cursor, height);
        let shown = self.lessons.iter().enumerate().skip(scroll.shown(self.lessons.len(), height));
        for ((index, entry), y) in shown.zip(area.top()..area.bottom()) {
            let here = index == self.cursor;
            let right = vec![(self.minutes(entry), Meaning::Faint)];
            let room = usize::from(area.width).saturating_sub(14);
            let row = frame::cut(&self.row(index, entry, here), room);
            frame::line(buffer, area, area.x, y, &row, ctx.theme);
            frame::line_right(buffer, area, y, &right, ctx.theme);
        }
        if self.scroll.top + usize::from(area.height) < self.lessons.len() {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
    }

    fn row(&self, index: usize, entry: &LessonEntry, here: bool) -> Vec<Piece> {
        let (state, meaning) = self.state(entry);
        let number = if index == 0 { "  ".to_owned() } else { format!("{:>2}", entry.number) };
        let text = if here { Meaning::Accent } else { Meaning::Text };
        vec![
            (if here { "▸ " } else { "  " }.to_owned(), Meaning::Accent),
            (format!("{number}  "), Meaning::Faint),
            (format!("{state:<6}"), meaning),
            (entry.title.clone(), text),
        ]
    }

    /// What is left of one that was begun, or else how long it takes.
    fn minutes(&self, entry: &LessonEntry) -> String {
        match self.progress.lessons.get(&entry.id).map(|lesson| lesson.reached) {
            Some(reached @ 1..1000) => minutes_left(entry.minutes, reached),
            _ => format!("{} min", entry.minutes),
        }
    }

    fn state(&self, entry: &LessonEntry) -> (String, Meaning) {
        match self.progress.lessons.get(&entry.id) {
            None => ("○".to_owned(), Meaning::Faint),
            Some(lesson) if lesson.is_read() => ("✓".to_owned(), Meaning::Right),
            Some(lesson) => (format!("{} %", lesson.reached / 10), Meaning::Text),
        }
    }

    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let blocks = self.lessons.iter().enumerate().map(|(index, entry)| {
            let (state, _) = self.state(entry);
            let state = match state.as_str() {
                "○" => "not begun",
                "✓" => "read",
                part => part,
            };
            let here = if index == self.cursor { ", chosen" } else { "" };
            let minutes = self.minutes(entry);
            format!("{} {}, {minutes}, {state}{here}", entry.number, entry.title)
        });
        Page {
            title: self.title(ctx).text(),
            blocks: blocks.collect(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}
