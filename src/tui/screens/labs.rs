//! The list of labs and incidents, and how each went.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::content::course::LabEntry;
use crate::content::course::LabKind;
use crate::study::next;
use crate::study::progress::Progress;
use crate::tui::ctx::Subject;
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

/// Items in a page.
const PAGE: usize = 12;

const NO_LABS: &str = "This course has no labs.";

impl Named for LabEntry {
    fn names(&self) -> Cow<'_, str> {
        let kind = if self.kind == LabKind::Lab { "lab" } else { "incident" };
        format!("{kind} {} {}", self.title, self.lesson).into()
    }
}

/// Labs, then incidents.
#[derive(Debug, Clone)]
pub struct Labs {
    list: List<LabEntry>,
    progress: Progress,
}

impl Labs {
    /// Lists labs in the order of their lessons.
    #[must_use]
    pub fn new(ctx: Ctx<'_>, progress: &Progress) -> Self {
        let mut labs = ctx.scenario.labs.clone();
        let number = |lab: &LabEntry| {
            let lesson = lab.lesson.split('#').next().unwrap_or_default();
            next::lesson(ctx.scenario, lesson).map_or(u8::MAX, |entry| entry.number)
        };
        labs.sort_by_key(|lab| (lab.kind == LabKind::Incident, number(lab), lab.title.clone()));
        let open = labs.iter().position(|lab| how(lab, progress).is_none());
        Self { list: List::of(labs, open.unwrap_or(0)), progress: progress.clone() }
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.list.is_typing() { Context::Search } else { Context::Labs }
    }

    /// The prompt while the filter is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.list.prompt()
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        self.list.typed(character);
    }

    /// Takes progress that was read again.
    pub fn progress(&mut self, progress: &Progress) {
        self.progress = progress.clone();
    }

    /// Handles an intent.
    pub fn intent(&mut self, _ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            other if self.list.filters(other) => Outcome::default(),
            Intent::Leave => Outcome::go(Go::Back),
            Intent::GoOn => match self.list.chosen() {
                Some(lab) => Outcome::go(Go::Live(Subject::Lab(lab.id.clone()))),
                None => Outcome::notice(NO_LABS),
            },
            other => {
                self.list.moved(other, PAGE);
                Outcome::default()
            }
        }
    }

    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::GoOn => self.list.chosen().is_some(),
            other => self.list.does(other).unwrap_or(true),
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, _ctx: Ctx<'_>) -> Title {
        let done = self.list.items().filter(|lab| how(lab, &self.progress) == Some(true)).count();
        Title::new("Labs and incidents", &format!("{done} of {} won", self.list.items().count()))
    }

    fn sheet(&self, ctx: Ctx<'_>, (width, height): Size) -> Sheet {
        let (mut lines, mut here, mut kind) = (Vec::new(), 0, None);
        for (place, lab) in self.list.left() {
            if kind != Some(lab.kind) {
                if kind.is_some() {
                    lines.push(Vec::new());
                }
                lines.push(vec![Piece::strong(heading(lab.kind, width))]);
                kind = Some(lab.kind);
            }
            let is_here = place == self.list.place();
            if is_here {
                here = lines.len();
            }
            lines.push(self.line(ctx, lab, is_here, width));
        }
        if self.list.items().count() == 0 {
            let none = vec![vec![Piece::faint(NO_LABS)]];
            return Sheet::scrolled(Vec::new(), none, Scroll::default());
        }
        let mut sheet = Sheet::following(self.list.head(), lines, here, (height, 2));
        sheet.here = sheet.here.filter(|_| self.list.chosen().is_some());
        sheet
    }

    fn line(&self, ctx: Ctx<'_>, lab: &LabEntry, is_here: bool, width: usize) -> Line {
        let sign = match (how(lab, &self.progress), lab.kind) {
            (None, _) => Piece::faint("○ ").said("not begun, "),
            (Some(true), LabKind::Lab) => Piece::right("✓ ").said("won, "),
            (Some(_), LabKind::Incident) => Piece::right("✓ ").said("repaired, "),
            (Some(false), LabKind::Lab) => Piece::wrong("✗ ").said("lost, "),
        };
        let id = lab.lesson.split('#').next().unwrap_or_default();
        // Without room for the lesson's name, its number identifies it.
        let lesson = next::lesson(ctx.scenario, id).map_or(String::new(), |entry| {
            let title = if width >= 60 { entry.title.as_str() } else { "" };
            format!(" {:>2} {title}", entry.number)
        });
        let title = if width == UNBROKEN {
            format!("{},", lab.title)
        } else {
            let wide = width.saturating_sub(8).min(40);
            format!("{:<wide$}", wrap::cut(&lab.title, wide))
        };
        let meaning = if is_here { Meaning::Accent } else { Meaning::Text };
        vec![list::lead(is_here), sign, Piece::new(title, meaning), Piece::faint(lesson)]
    }

    /// Draws the body and returns the position of its cursor.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let size = (usize::from(area.width), usize::from(area.height));
        let drawn = self.sheet(ctx, size).draw(area, buffer, ctx.theme);
        if drawn.goes_on {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
        drawn.cursor
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let blocks = self.sheet(ctx, (UNBROKEN, usize::MAX)).spoken();
        Page { title: self.title(ctx).text(), blocks, choices: Vec::new(), keys: Vec::new() }
    }
}

/// The heading above a kind of lab.
fn heading(kind: LabKind, width: usize) -> &'static str {
    match kind {
        LabKind::Lab if width < 60 => "Labs: bet, then watch",
        LabKind::Incident if width < 60 => "Incidents: repair them",
        LabKind::Lab => "Labs: bet on what will happen, then watch",
        LabKind::Incident => "Incidents: repair the configuration until the goal is reached",
    }
}

/// Whether a lab was won: all bets right, or the incident repaired; `None` if it is undecided.
fn how(lab: &LabEntry, progress: &Progress) -> Option<bool> {
    if lab.kind == LabKind::Incident {
        return progress.repairs.contains_key(&lab.id).then_some(true);
    }
    // A lab left with an open bet is undecided.
    let mut bets = (1..=lab.bets).map(|number| progress.bets.get(&format!("{}#{number}", lab.id)));
    bets.try_fold(true, |won, bet| bet.map(|bet| won && bet.correct))
}
