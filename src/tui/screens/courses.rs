//! The course picker: the first screen when the library has more than one course.

use std::collections::BTreeMap;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::content::course::LabKind;
use crate::content::course::ScenarioEntry;
use crate::study::progress::Progress;
use crate::tui::count::counted;
use crate::tui::ctx::{Ctx, Go, Open, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::list::{List, Named};
use crate::tui::page::Page;
use crate::tui::piece::{Piece, text};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Line, Sheet, Size, UNBROKEN};
use crate::tui::theme::Meaning;
use crate::tui::wrap;

/// Courses that a page key moves over.
const PAGE: usize = 5;
/// Lines of a course, with the space below it.
const LINES: usize = 3;

impl Named for ScenarioEntry {
    fn names(&self) -> Cow<'_, str> {
        format!("{} {} {} {}", self.id, self.title, self.series, self.exam.code).into()
    }
}

/// A list of courses, and what is opened in the chosen one.
#[derive(Debug, Clone)]
pub struct Courses {
    list: List<ScenarioEntry>,
    /// What the command line asked for.
    open: Open,
    /// Progress by course id; empty until the history has answered.
    progress: BTreeMap<String, Progress>,
    /// Whether the cursor follows the history: nobody has moved it yet.
    follows: bool,
}

impl Courses {
    /// Opens at the course studied last, once the history names it.
    #[must_use]
    pub fn new(courses: Vec<ScenarioEntry>, open: Open) -> Self {
        Self { list: List::of(courses, 0), open, progress: BTreeMap::new(), follows: true }
    }

    /// Opens at the course that the learner comes from.
    #[must_use]
    pub fn at(courses: Vec<ScenarioEntry>, here: &str) -> Self {
        let cursor = courses.iter().position(|course| course.id == here).unwrap_or(0);
        let list = List::of(courses, cursor);
        Self { list, open: Open::Home, progress: BTreeMap::new(), follows: false }
    }

    /// The keys that apply: those of the list, or of its filter while that is typed.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.list.is_typing() { Context::Search } else { Context::Courses }
    }

    /// The filter while it is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.list.prompt()
    }

    /// Appends a character to the filter being typed.
    pub fn typed(&mut self, character: char) {
        self.list.typed(character);
        self.follows = false;
    }

    /// Ids of all courses in the list, whatever the filter.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.list.items().map(|course| course.id.clone()).collect()
    }

    /// Takes the progress in each course, and the id of the course studied last.
    pub fn progress(&mut self, progress: BTreeMap<String, Progress>, latest: Option<&str>) {
        self.progress = progress;
        let place = self.list.left().find(|(_, course)| Some(course.id.as_str()) == latest);
        if let Some(place) = place.map(|(place, _)| place).filter(|_| self.follows) {
            self.list.choose(place);
        }
    }

    /// Moves the cursor, filters, or opens the chosen course.
    pub fn intent(&mut self, _ctx: Ctx<'_>, intent: Intent) -> Outcome {
        self.follows = false;
        if self.list.filters(intent) {
            return Outcome::default();
        }
        match (intent, self.list.chosen()) {
            (Intent::GoOn, Some(course)) => {
                let (course, open) = (course.id.clone(), self.open.clone());
                return Outcome::go(Go::Course { course, open });
            }
            _ => self.list.moved(intent, PAGE),
        };
        Outcome::default()
    }

    /// Whether an intent does something with the list as it is.
    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::GoOn => self.list.chosen().is_some(),
            // Esc takes a filter away, and there is nothing behind this screen.
            Intent::Leave => self.list.filtered().is_some(),
            other => self.list.does(other).unwrap_or(true),
        }
    }

    /// The title line, with the number of courses.
    #[must_use]
    pub fn title(&self, _ctx: Ctx<'_>) -> Title {
        Title {
            left: vec![
                Piece::accent("REDRIVE"),
                Piece::text("   "),
                Piece::strong("Choose a course"),
            ],
            right: vec![Piece::faint(counted(self.list.items().count(), "course"))],
        }
    }

    /// Draws the list; returns the cell of the chosen course, where the terminal's cursor belongs.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let size = (usize::from(area.width), usize::from(area.height));
        let drawn = self.sheet(size).draw(area, buffer, ctx.theme);
        if drawn.goes_on {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
        drawn.cursor
    }

    fn sheet(&self, (width, height): Size) -> Sheet {
        let mut lines = Vec::new();
        for (place, course) in self.list.left() {
            lines.push(heading(course, place == self.list.place(), width));
            let mut state = vec![Piece::text("  ")];
            state.extend(self.state(course, width.saturating_sub(2)));
            lines.push(state);
            lines.push(Vec::new());
        }
        lines.pop();
        let at = self.list.here().unwrap_or(0) * LINES;
        let head = self.list.head();
        let scroll = Scroll::default();
        let mut sheet = Sheet::showing(head, lines, (at, at + 1), scroll, height);
        sheet.here = self.list.here().map(|_| at);
        sheet
    }

    /// What there is in a course that was never opened, and how far the learner is in another.
    fn state(&self, course: &ScenarioEntry, width: usize) -> Line {
        let sections = course.lessons.len();
        let Some(progress) = self.progress.get(&course.id).filter(|progress| is_begun(progress))
        else {
            return vec![Piece::faint("○ "), Piece::faint(contents(course))];
        };
        let (read, known) = (progress.sections_read(course), progress.known());
        let part = (read * 1000).checked_div(sections).unwrap_or(0) as u32;
        let mut line = frame::bar(14, part);
        line.push(Piece::text(format!("  {read} of {}", counted(sections, "section"))));
        let known = Piece::faint(format!("  ✓ {known} of {} known", course.question_count));
        let used = wrap::columns(&line) + wrap::columns(std::slice::from_ref(&known));
        if course.question_count > 0 && used <= width {
            line.push(known);
        }
        line
    }

    /// The courses with their progress, for reading aloud.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let blocks = self.list.left().map(|(place, course)| {
            let here = if place == self.list.place() { ", chosen" } else { "" };
            let state: Vec<String> = self
                .state(course, UNBROKEN)
                .into_iter()
                .filter(|piece| !piece.text.starts_with(['█', '░', '○']))
                .map(|piece| piece.text.trim_start_matches([' ', '✓']).to_owned())
                .filter(|words| !words.is_empty())
                .collect();
            format!("{}, {}: {}{here}", course.title, course.exam.code, state.join(", "))
        });
        let filtered = self.list.filtered().map(|line| text(&line));
        Page {
            title: self.title(ctx).text(),
            blocks: filtered.into_iter().chain(blocks).collect(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// The course's title, and at the right edge its series and the exam it prepares for.
fn heading(course: &ScenarioEntry, is_here: bool, width: usize) -> Line {
    let name = if is_here { Meaning::Accent } else { Meaning::Strong };
    let sign = if is_here { "▸ " } else { "  " };
    let left = vec![Piece::accent(sign), Piece::new(course.title.clone(), name)];
    let whole = Piece::faint(format!("{} · {}", course.series, course.exam.code));
    let short = Piece::faint(course.exam.code.clone());
    let fits = |right: &Piece| {
        wrap::columns(&left) + wrap::columns(std::slice::from_ref(right)) + 2 <= width
    };
    let right = if fits(&whole) { whole } else { short };
    let room = width.saturating_sub(wrap::columns(std::slice::from_ref(&right)) + 2);
    let mut line = frame::cut(&left, room);
    let used = wrap::columns(&line) + wrap::columns(std::slice::from_ref(&right));
    line.push(Piece::space(width.saturating_sub(used)));
    line.push(right);
    line
}

/// `12 sections, 48 questions, 20 labs, 9 incidents`, without what there is none of.
fn contents(course: &ScenarioEntry) -> String {
    let of_kind = |kind: LabKind| course.labs.iter().filter(|lab| lab.kind == kind).count();
    let counts = [
        (course.lessons.len(), "section"),
        (course.question_count as usize, "question"),
        (of_kind(LabKind::Lab), "lab"),
        (of_kind(LabKind::Incident), "incident"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, what)| counted(count, what)).collect::<Vec<_>>().join(", ")
}

/// Whether anything was done in a course.
fn is_begun(progress: &Progress) -> bool {
    *progress != Progress::default()
}
