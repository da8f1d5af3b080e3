//! The glossary: all terms of the course with their meanings, and the lessons that use the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::content::course::Term;
use crate::study::reading;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::entry::TextEntry;
use crate::tui::fold::{fold, word};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::list::{self, List};
use crate::tui::page::Page;
use crate::tui::piece::Piece;
use crate::tui::prose::{self, MEASURE};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Line, Sheet, Size, UNBROKEN, measure};
use crate::tui::theme::Meaning;
use crate::tui::wrap::{columns, cut, wrap};

/// Maximum number of sections named, each opened by its number.
const STANDS_MAX: usize = 6;
/// Minimum height to set empty lines between terms.
const ROOMY: usize = 16;

/// The list of terms.
pub struct Glossary {
    terms: List<Term>,
    /// All blocks of the lessons, folded.
    texts: Vec<(Stand, String)>,
    /// The sections that use the term at the cursor.
    stands: Vec<Stand>,
    typing: Option<TextEntry>,
    /// The last search, folded.
    wanted: String,
}

/// A section that uses a term.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stand {
    lesson: String,
    anchor: Option<String>,
    /// The lesson's title.
    title: String,
}

impl Glossary {
    /// Opens with the cursor on the first term in `shown`, the text of the screen before.
    pub fn new(ctx: Ctx<'_>, shown: &str) -> Result<Self, String> {
        let mut terms = ctx.library.glossary(ctx.scenario).map_err(|cause| cause.to_string())?;
        if terms.is_empty() {
            return Err("This course has no glossary.".to_owned());
        }
        terms.sort_by_cached_key(|term| fold(&term.term));
        let shown = fold(shown);
        let first = |(place, term): (usize, &Term)| {
            let at = word(&shown, &fold(&term.term))?;
            Some((at, std::cmp::Reverse(term.term.len()), place))
        };
        let cursor = terms.iter().enumerate().filter_map(first).min().map_or(0, |found| found.2);
        let (stands, typing, wanted) = (Vec::new(), None, String::new());
        let texts = texts(ctx);
        let terms = List::of(terms, cursor);
        let mut glossary = Self { terms, texts, stands, typing, wanted };
        glossary.look();
        Ok(glossary)
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.typing.is_some() { Context::Search } else { Context::Glossary }
    }

    /// The prompt while a search is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.typing.as_ref().map(TextEntry::prompt)
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        if let Some(typing) = &mut self.typing {
            typing.push(character);
        }
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if self.typing.is_some() {
            return self.search_intent(intent);
        }
        match intent {
            Intent::Leave => return Outcome::go(crate::tui::ctx::Go::Back),
            Intent::Search => self.typing = Some(TextEntry::default()),
            Intent::NextHit => return self.find(true),
            Intent::PreviousHit => return self.find(false),
            Intent::Choose(place) => return self.open(usize::from(place)),
            Intent::GoOn => return self.open(0),
            other => {
                // About the number of terms on a page.
                let page = usize::from(ctx.areas(Width::Page).body.height / 3);
                if self.terms.moved(other, page) {
                    self.look();
                }
            }
        }
        Outcome::default()
    }

    /// Whether a key does something.
    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::GoOn if self.typing.is_none() => !self.stands.is_empty(),
            Intent::Choose(place) => usize::from(place) < self.stands.len(),
            other => self.terms.does(other).unwrap_or(true),
        }
    }

    /// Opens a section that uses the term, to look it up there.
    fn open(&self, place: usize) -> Outcome {
        match (self.stands.get(place), self.stands.len()) {
            (Some(stand), _) => Outcome::look_up(stand.lesson.clone(), stand.anchor.clone()),
            (None, 0) => Outcome::notice("No lesson uses this term."),
            (None, count) => Outcome::notice(format!("Choose a lesson from 1 to {count}.")),
        }
    }

    fn search_intent(&mut self, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => self.typing = None,
            Intent::Erase => {
                if let Some(typing) = &mut self.typing {
                    typing.erase();
                }
            }
            Intent::GoOn => {
                let typed = self.typing.take().unwrap_or_default().words();
                if !typed.is_empty() {
                    self.wanted = fold(&typed);
                }
                return self.find(true);
            }
            _ => {}
        }
        Outcome::default()
    }

    /// Finds the next term with the searched text in its name, or else in its meaning.
    fn find(&mut self, onward: bool) -> Outcome {
        if self.wanted.is_empty() {
            return Outcome::notice("Nothing to search for: press / and type.");
        }
        let has = |text: &str| fold(text).contains(&self.wanted);
        let by_name = |term: &Term| has(&term.term);
        let by_meaning = |term: &Term| has(&reading::plain(&term.meaning));
        let places = |has: &dyn Fn(&Term) -> bool| -> Vec<usize> {
            let all = self.terms.items().enumerate();
            all.filter(|(_, term)| has(term)).map(|(place, _)| place).collect()
        };
        let mut hits = places(&by_name);
        if hits.is_empty() {
            hits = places(&by_meaning);
        }
        let found = if onward {
            hits.iter().find(|place| **place > self.terms.place()).or(hits.first())
        } else {
            hits.iter().rev().find(|place| **place < self.terms.place()).or(hits.last())
        };
        let Some(place) = found.copied() else {
            return Outcome::notice(format!("“{}” is not in the glossary.", self.wanted));
        };
        self.terms.choose(place);
        self.look();
        let which = hits.iter().position(|hit| *hit == place).unwrap_or(0) + 1;
        let count = hits.len();
        Outcome::notice(format!("“{}”  {which} of {count}   n next   N previous", self.wanted))
    }

    /// Finds the sections that use the term at the cursor.
    fn look(&mut self) {
        let Some(term) = self.terms.chosen() else { return };
        let wanted = fold(&term.term);
        self.stands = self.with_all(&[&wanted]);
        if self.stands.is_empty() {
            // The words may stand apart: a record of idempotency.
            self.stands = self.with_all(&wanted.split(' ').collect::<Vec<_>>());
        }
    }

    /// The first section of each lesson with a block that contains all these words.
    fn with_all(&self, wanted: &[&str]) -> Vec<Stand> {
        let mut found: Vec<Stand> = Vec::new();
        for (stand, text) in &self.texts {
            let is_new = found.last().is_none_or(|last| last.lesson != stand.lesson);
            if is_new && wanted.iter().all(|wanted| word(text, wanted).is_some()) {
                found.push(stand.clone());
            }
        }
        found.truncate(STANDS_MAX);
        found
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, _ctx: Ctx<'_>) -> Title {
        Title::new(
            "Glossary",
            &format!("{} of {}", self.terms.place() + 1, self.terms.items().count()),
        )
    }

    fn sheet(&self, (width, height): Size) -> Sheet {
        let is_roomy = height >= ROOMY;
        let room = measure(width, MEASURE).saturating_sub(2).max(1);
        let (mut lines, mut here) = (Vec::new(), (0, 0));
        for (place, term) in self.terms.items().enumerate() {
            if is_roomy && place > 0 {
                lines.push(Vec::new());
            }
            let is_here = place == self.terms.place();
            let first = lines.len();
            let name = if is_here { Meaning::Accent } else { Meaning::Strong };
            let mut text = vec![Piece::new(format!("{}: ", term.term), name)];
            text.extend(prose::pieces(&term.meaning));
            let mut set: Vec<_> = wrap(&text, room).into_iter().map(|line| line.pieces).collect();
            if is_here {
                set.extend(self.where_it_stands(room));
            }
            for (row, line) in set.into_iter().enumerate() {
                let mut pieces = vec![list::lead(is_here && row == 0)];
                pieces.extend(line);
                lines.push(pieces);
            }
            if is_here {
                here = (first, lines.len() - 1);
            }
        }
        // Show terms before and after it as far as there is room.
        let scroll = Scroll { top: here.0.saturating_sub(height / 3) };
        Sheet::showing(Vec::new(), lines, here, scroll, height)
    }

    /// The lessons that use it, none broken between lines.
    fn where_it_stands(&self, room: usize) -> Vec<Line> {
        if self.stands.is_empty() {
            return vec![vec![Piece::faint("used in no lesson")]];
        }
        let mut lines = vec![vec![Piece::faint("in")]];
        for (place, stand) in self.stands.iter().enumerate() {
            let key = Piece::key(format!("  {} ", place + 1));
            let title = Piece::link(cut(&stand.title, room.saturating_sub(6)));
            match lines.last_mut() {
                Some(line) if columns(line) + columns(&[key.clone(), title.clone()]) <= room => {
                    line.extend([key, title]);
                }
                _ => lines.push(vec![Piece::text("  "), key, title]),
            }
        }
        lines
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

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let choices = self.stands.iter().enumerate();
        let choices = choices.map(|(place, stand)| ((place + 1).to_string(), stand.title.clone()));
        Page {
            title: self.title(ctx).text(),
            blocks: self.sheet((UNBROKEN, usize::MAX)).spoken(),
            choices: choices.collect(),
            keys: Vec::new(),
        }
    }
}

/// The folded text of every block of the lessons, with its section.
fn texts(ctx: Ctx<'_>) -> Vec<(Stand, String)> {
    let mut texts = Vec::new();
    for entry in &ctx.scenario.lessons {
        let Ok(lesson) = ctx.library.lesson(entry) else { continue };
        for block in &lesson.blocks {
            let stand = Stand {
                lesson: entry.id.clone(),
                anchor: lesson.headings.get(usize::from(block.heading)).map(|h| h.id.clone()),
                title: entry.title.clone(),
            };
            let text = fold(&reading::texts(block).join(" "));
            texts.push((stand, text.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    texts
}
