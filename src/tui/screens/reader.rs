//! The reader: one lesson at a comfortable measure, with its outline beside it where there is
//! room. The place is recorded at every movement.

mod search;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::search::Search;
use super::pipeline::{Subject, lab_about};
use crate::content::course::{BlockKind, Lesson, LessonEntry};
use crate::study::next;
use crate::study::progress::Predicted;
use crate::study::reading::{self, Place, Spot};
use crate::study::record::Deed;
use crate::tui::desk::{Desk, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::msg::Effect;
use crate::tui::page::Page;
use crate::tui::prose::{self, Layout, MEASURE, Predictions};
use crate::tui::scroll::Scroll;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{self, Piece};

/// Columns of the outline, least and most, and of the space between it and the text.
const OUTLINE: u16 = 30;
const OUTLINE_MAX: u16 = 40;
const GAP: u16 = 3;
/// Below this the outline gives way to the text.
const OUTLINE_FROM: u16 = OUTLINE + GAP + 66;

/// A lesson being read.
pub struct Reader {
    lesson: Lesson,
    predictions: Predictions,
    layout: Layout,
    scroll: Scroll,
    /// The word at the top of the screen. Only a movement changes it, never a resize.
    anchor: Spot,
    /// Thousandths of the lesson that have been on the screen.
    reached: u16,
    search: Search,
    /// Lines below the text.
    ending: Vec<Vec<Piece>>,
}

impl Reader {
    /// Opens a lesson at an anchor, or where it was left.
    pub fn open(
        desk: Desk<'_>,
        lesson: &str,
        anchor: Option<String>,
        place: Option<Place>,
        reached: u16,
        predictions: Predictions,
    ) -> Result<(Self, Vec<Effect>), String> {
        let entry = next::lesson(desk.scenario, lesson)
            .ok_or_else(|| format!("There is no lesson {lesson} in this course."))?;
        let lesson = desk.library.lesson(entry).map_err(|cause| cause.to_string())?;
        let named = anchor.and_then(|id| lesson.headings.iter().find(|heading| heading.id == id));
        let spot = match (named, place) {
            (Some(heading), _) => Spot { block: heading.block as usize, word: 0 },
            (None, Some(place)) => reading::find(&lesson, &place),
            (None, None) => Spot::default(),
        };
        let mut reader = Self {
            lesson,
            predictions,
            layout: Layout::default(),
            scroll: Scroll::default(),
            anchor: spot,
            reached,
            search: Search::default(),
            ending: Vec::new(),
        };
        reader.lay_out(desk);
        reader.see(desk);
        let opened = reader.position(desk);
        Ok((reader, vec![opened]))
    }

    #[must_use]
    pub fn lesson_id(&self) -> &str {
        &self.lesson.id
    }

    #[must_use]
    pub fn context(&self) -> Context {
        if self.search.is_typing() { Context::Search } else { Context::Reader }
    }

    /// What is being searched for, while it is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.search.prompt()
    }

    pub fn typed(&mut self, character: char) {
        self.search.typed(character);
    }

    /// Where outline and text stand; no outline where it would squeeze the text.
    fn columns(area: Rect) -> (Option<Rect>, Rect) {
        if area.width < OUTLINE_FROM {
            let text = Rect { width: area.width.min(MEASURE as u16), ..area };
            let spare = area.width - text.width;
            return (None, Rect { x: area.x + spare / 2, ..text });
        }
        let spare = area.width.saturating_sub(GAP + MEASURE as u16);
        let outline = Rect { width: spare.clamp(OUTLINE, OUTLINE_MAX), ..area };
        let beside = outline.width + GAP;
        let width = (area.width - beside).min(MEASURE as u16);
        (Some(outline), Rect { x: area.x + beside, width, ..area })
    }

    fn text_area(desk: Desk<'_>) -> Rect {
        Self::columns(desk.areas(Width::Page).body).1
    }

    fn lay_out(&mut self, desk: Desk<'_>) {
        let area = Self::text_area(desk);
        self.layout = Layout::new(&self.lesson, &self.predictions, usize::from(area.width));
        self.ending = self.end(desk, usize::from(area.width));
        let height = usize::from(area.height);
        self.scroll.top = self.layout.line_of(self.anchor).min(self.last_top(height));
    }

    /// Lines, with those below the text.
    fn length(&self) -> usize {
        self.layout.lines.len() + self.ending.len()
    }

    fn last_top(&self, height: usize) -> usize {
        self.length().saturating_sub(height)
    }

    /// Counts what is on the screen as seen.
    fn see(&mut self, desk: Desk<'_>) {
        let end = self.scroll.top + usize::from(Self::text_area(desk).height);
        if let Some(block) = self.layout.last_whole_block(end) {
            self.reached = self.reached.max(reading::reached(&self.lesson, block));
        }
    }

    fn position(&self, desk: Desk<'_>) -> Effect {
        desk.record(Deed::Position {
            lesson: self.lesson.id.clone(),
            place: reading::name(&self.lesson, self.anchor),
            reached: self.reached,
        })
    }

    /// The terminal has another size: the same word stays at the top.
    pub fn relaid(&mut self, desk: Desk<'_>) -> Outcome {
        self.lay_out(desk);
        let before = self.reached;
        self.see(desk);
        if self.reached > before {
            Outcome::effect(self.position(desk))
        } else {
            Outcome::default()
        }
    }

    pub fn intent(&mut self, desk: Desk<'_>, intent: Intent) -> Outcome {
        if self.search.is_typing() {
            return self.search_intent(desk, intent);
        }
        let height = usize::from(Self::text_area(desk).height);
        // The line that says so is on the screen.
        let at_end = self.scroll.top + height >= self.layout.lines.len() + 2;
        match intent {
            Intent::Leave => Outcome::go(Go::Back),
            Intent::Contents => Outcome::go(Go::Contents),
            Intent::Search => {
                self.search.start();
                Outcome::default()
            }
            Intent::NextHit => self.hit(desk, true),
            Intent::PreviousHit => self.hit(desk, false),
            Intent::Choose(option) => self.predict(desk, option),
            Intent::Live => self.see_it_run(desk),
            Intent::NextLesson => self.turn(desk, 1),
            Intent::PreviousLesson => self.turn(desk, -1),
            Intent::NextHeading => self.heading(desk, true),
            Intent::PreviousHeading => self.heading(desk, false),
            Intent::GoOn if at_end => Outcome::go(Go::After { lesson: self.lesson.id.clone() }),
            Intent::GoOn => self.scrolled(desk, Intent::PageDown),
            other => self.scrolled(desk, other),
        }
    }

    fn scrolled(&mut self, desk: Desk<'_>, intent: Intent) -> Outcome {
        let height = usize::from(Self::text_area(desk).height);
        let before = self.scroll;
        self.scroll.scroll(intent, self.length(), height);
        if self.scroll == before { Outcome::default() } else { self.moved(desk) }
    }

    /// The top of the screen is somewhere else: that is the new place.
    fn moved(&mut self, desk: Desk<'_>) -> Outcome {
        self.anchor = self.layout.spot_of(self.scroll.top);
        self.see(desk);
        Outcome::effect(self.position(desk))
    }

    /// Puts a word at the top of the screen.
    fn jump(&mut self, desk: Desk<'_>, spot: Spot) -> Outcome {
        let height = usize::from(Self::text_area(desk).height);
        self.anchor = spot;
        self.scroll.top = self.layout.line_of(spot).min(self.last_top(height));
        self.see(desk);
        Outcome::effect(self.position(desk))
    }

    fn heading(&mut self, desk: Desk<'_>, onward: bool) -> Outcome {
        let here = self.layout.spot_of(self.scroll.top);
        let spots = self.lesson.headings.iter().map(|h| Spot { block: h.block as usize, word: 0 });
        let to = if onward {
            spots.filter(|spot| *spot > here).min()
        } else {
            spots.filter(|spot| *spot < here).max()
        };
        match to {
            Some(spot) => self.jump(desk, spot),
            None if onward => self.scrolled(desk, Intent::Bottom),
            None => self.scrolled(desk, Intent::Top),
        }
    }

    /// The run that a picture on the screen leads to, or a lab about what is being read.
    fn see_it_run(&self, desk: Desk<'_>) -> Outcome {
        let height = usize::from(Self::text_area(desk).height);
        let shown = self.layout.lines.iter().skip(self.scroll.top).take(height);
        let scene =
            shown.filter_map(|line| self.lesson.blocks.get(line.spot.block)).find_map(|block| {
                match &block.kind {
                    BlockKind::Diagram(diagram) => diagram.scene.clone(),
                    _ => None,
                }
            });
        if let Some(scene) = scene {
            return Outcome::go(Go::Live(Subject::Scene(scene)));
        }
        let heading = self.lesson.headings.get(self.heading_here());
        let place = format!("{}#{}", self.lesson.id, heading.map_or("", |h| h.id.as_str()));
        match lab_about(desk.scenario, &[], &place)
            .or_else(|| lab_about(desk.scenario, &self.lesson.teaches, &place))
        {
            Some(subject) => Outcome::go(Go::Live(subject)),
            None => {
                Outcome::notice("Nothing on this page runs; the live pipeline is on Home, on l.")
            }
        }
    }

    fn turn(&self, desk: Desk<'_>, by: i32) -> Outcome {
        let number = i32::from(self.lesson.number) + by;
        let all = || std::iter::once(&desk.scenario.overview).chain(&desk.scenario.lessons);
        match all().find(|entry| i32::from(entry.number) == number) {
            Some(entry) => Outcome::go(Go::Lesson { lesson: entry.id.clone(), anchor: None }),
            None if by > 0 => Outcome::notice("This is the last lesson."),
            None => Outcome::notice("This is the first page."),
        }
    }

    /// Answers the first open prediction on the screen.
    fn predict(&mut self, desk: Desk<'_>, option: u8) -> Outcome {
        let height = usize::from(Self::text_area(desk).height);
        let mut shown = self.layout.lines.iter().skip(self.scroll.top).take(height);
        let Some(block) = shown.find_map(|line| line.asks) else {
            return Outcome::notice("No prediction waits for an answer on this page.");
        };
        let Some(BlockKind::Predict(prediction)) =
            self.lesson.blocks.get(block).map(|block| &block.kind)
        else {
            return Outcome::default();
        };
        if usize::from(option) >= prediction.options.len() {
            let count = prediction.options.len();
            return Outcome::notice(format!("This prediction has the options 1 to {count}."));
        }
        let given = Predicted {
            version: prediction.version,
            choice: option,
            correct: option == prediction.answer,
        };
        let deed = Deed::Prediction {
            lesson: self.lesson.id.clone(),
            item: prediction.id.clone(),
            version: given.version,
            choice: given.choice,
            correct: given.correct,
        };
        self.predictions.insert(prediction.id.clone(), given);
        self.lay_out(desk);
        Outcome {
            effects: vec![desk.record(deed)],
            notice: Some(
                "Kept. What you said is shown again where the text has answered it.".to_owned(),
            ),
            go: None,
        }
    }

    fn search_intent(&mut self, desk: Desk<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => self.search.cancel(),
            Intent::Erase => self.search.erase(),
            Intent::GoOn => {
                self.search.find(&self.lesson);
                return self.hit(desk, true);
            }
            _ => {}
        }
        Outcome::default()
    }

    fn hit(&mut self, desk: Desk<'_>, onward: bool) -> Outcome {
        let here = self.layout.spot_of(self.scroll.top);
        match self.search.next(here, self.scroll.top, onward) {
            Ok(hit) => {
                let mut outcome = self.jump(desk, hit.spot);
                self.search.went_to(hit.spot, self.scroll.top);
                outcome.notice = Some(hit.sentence);
                outcome
            }
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    #[must_use]
    pub fn title(&self, desk: Desk<'_>) -> Title {
        let left = vec![
            (format!("{} ", self.lesson.number), Meaning::Accent),
            (self.lesson.title.clone(), Meaning::Strong),
        ];
        let minutes = u32::from(self.lesson.minutes) * (1000 - u32::from(self.reached)) / 1000;
        let left_over = match (self.reached, minutes) {
            (1000, _) => "read".to_owned(),
            (_, 0) => "< 1 min left".to_owned(),
            (_, minutes) => format!("{minutes} min left"),
        };
        let mut right =
            if desk.size.0 >= 70 { frame::bar(16, u32::from(self.reached)) } else { Vec::new() };
        right.push((format!("  {:>3} %   {left_over}", self.reached / 10), Meaning::Faint));
        Title { left: if self.lesson.number == 0 { left[1..].to_vec() } else { left }, right }
    }

    pub fn body(&self, desk: Desk<'_>, area: Rect, buffer: &mut Buffer) {
        let (outline, text) = Self::columns(area);
        if let Some(outline) = outline {
            self.draw_outline(desk, outline, buffer);
        }
        for (offset, y) in (text.top()..text.bottom()).enumerate() {
            let index = self.scroll.top + offset;
            let text_line = self.layout.lines.get(index);
            let below = || self.ending.get(index - self.layout.lines.len()).cloned();
            let pieces = text_line
                .map(|line| self.search.highlight(&line.pieces))
                .or_else(below)
                .unwrap_or_default();
            frame::line(buffer, text, text.x, y, &pieces, desk.theme);
        }
    }

    /// What stands below the text: that it ends, and the pages it leads to with their addresses,
    /// since a terminal cannot be relied on to follow a link.
    fn end(&self, desk: Desk<'_>, width: usize) -> Vec<Vec<Piece>> {
        let last = desk.scenario.lessons.last().is_some_and(|entry| entry.id == self.lesson.id);
        let ends = if last {
            "─── the end of the course · enter goes on".to_owned()
        } else {
            format!("─── the end of {} · enter goes on", self.lesson.title)
        };
        let mut lines = vec![Vec::new(), vec![(ends, Meaning::Faint)]];
        let pages = reading::pages(&self.lesson);
        if !pages.is_empty() {
            lines.push(Vec::new());
            lines.push(vec![("The pages behind ↗".to_owned(), Meaning::Faint)]);
        }
        let references = desk.library.references(desk.scenario).unwrap_or_default();
        for address in pages {
            if let Some(page) = references.iter().find(|page| page.address == address) {
                lines.extend(wrapped(&page.title, Meaning::Text, width));
            }
            lines.extend(wrapped(address, Meaning::Link, width));
        }
        lines
    }

    /// The lessons, and the headings of this one.
    fn draw_outline(&self, desk: Desk<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.outline(desk);
        let here = lines.iter().position(|(_, here)| *here).unwrap_or(0);
        let height = usize::from(area.height);
        let top = here.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
        for ((pieces, _), y) in lines.iter().skip(top).zip(area.top()..area.bottom()) {
            let room = usize::from(area.width) - 2;
            frame::line(buffer, area, area.x, y, &frame::cut(pieces, room), desk.theme);
        }
        for y in area.top()..area.bottom() {
            let edge = [("┊".to_owned(), Meaning::Faint)];
            frame::line(buffer, area, area.right() - 1, y, &edge, desk.theme);
        }
    }

    /// Rows of the outline, and whether the reader is there.
    fn outline(&self, desk: Desk<'_>) -> Vec<(Vec<Piece>, bool)> {
        let here = self.heading_here();
        let mut rows = Vec::new();
        for entry in std::iter::once(&desk.scenario.overview).chain(&desk.scenario.lessons) {
            let own = entry.id == self.lesson.id;
            rows.push((lesson_row(entry, own), own && here == 0));
            if !own {
                continue;
            }
            for (index, heading) in self.lesson.headings.iter().enumerate().skip(1) {
                if heading.level > 2 && index != here {
                    continue;
                }
                let current = index == here;
                let meaning = if current { Meaning::Strong } else { Meaning::Faint };
                let sign = if current { "   ▸ " } else { "     " };
                rows.push((
                    vec![(sign.to_owned(), Meaning::Accent), (heading.title.clone(), meaning)],
                    current,
                ));
            }
        }
        rows
    }

    /// Index of the heading that the top of the screen stands under.
    fn heading_here(&self) -> usize {
        let spot = self.layout.spot_of(self.scroll.top);
        self.lesson.blocks.get(spot.block).map_or(0, |block| usize::from(block.heading))
    }

    #[must_use]
    pub fn page(&self, desk: Desk<'_>) -> Page {
        let here = self.layout.spot_of(self.scroll.top).block;
        let height = usize::from(Self::text_area(desk).height);
        let end = self.layout.spot_of(self.scroll.top + height.saturating_sub(1)).block;
        let blocks = self.lesson.blocks.iter().take(end + 1).skip(here);
        let mut choices = Vec::new();
        let mut spoken = Vec::new();
        for block in blocks {
            if let Some(prediction) = prose::open_prediction(block, &self.predictions) {
                spoken.push(format!("Before you read on: {}", reading::plain(&prediction.ask)));
                choices.extend(
                    prediction
                        .options
                        .iter()
                        .enumerate()
                        .map(|(index, option)| ((index + 1).to_string(), reading::plain(option))),
                );
            } else {
                spoken.push(reading::texts(block).join("\n"));
            }
        }
        Page { title: self.title(desk).text(), blocks: spoken, choices, context: self.context() }
    }

    /// The lesson, and the word at the top of the screen.
    #[must_use]
    pub fn reading(&self) -> (&Lesson, Spot) {
        (&self.lesson, self.anchor)
    }
}

fn lesson_row(entry: &LessonEntry, own: bool) -> Vec<Piece> {
    let meaning = if own { Meaning::Accent } else { Meaning::Faint };
    let number = if entry.number == 0 { "  ".to_owned() } else { format!("{:>2}", entry.number) };
    let mut row = vec![(format!("{number} "), meaning), (entry.title.clone(), meaning)];
    if wrap::columns(&row) == 0 {
        row.clear();
    }
    row
}

/// Two columns in from the text.
fn wrapped(text: &str, meaning: Meaning, width: usize) -> Vec<Vec<Piece>> {
    let indent = |line: wrap::Wrapped| {
        let mut pieces = vec![("  ".to_owned(), Meaning::Text)];
        pieces.extend(line.pieces);
        pieces
    };
    let width = width.saturating_sub(2).max(1);
    wrap::wrap(&[(text.to_owned(), meaning)], width).into_iter().map(indent).collect()
}
