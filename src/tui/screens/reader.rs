//! The reader: one lesson at a comfortable measure, with its outline beside it where there is room. Every
//! movement records the position.

mod does;
mod ending;
mod outline;
mod search;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::search::Search;
use crate::content::course::Lesson;
use crate::study::evidence::Evidence;
use crate::study::id::Version;
use crate::study::next;
use crate::study::progress::{Predicted, minutes_left};
use crate::study::reading::{self, Anchor, Spot, Visit};
use crate::study::record::Activity;
use crate::tui::ctx::Subject;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::msg::Effect;
use crate::tui::page::Page;
use crate::tui::piece::Piece;
use crate::tui::prose::{self, Layout, MEASURE, Predictions};
use crate::tui::scroll::Scroll;

/// Minimum and maximum width of the outline, and of the gap between it and the text.
const OUTLINE: u16 = 30;
const OUTLINE_MAX: u16 = 40;
const GAP: u16 = 3;
/// Minimum width to show the outline.
const OUTLINE_FROM: u16 = OUTLINE + GAP + 66;

/// How a lesson is opened.
pub struct Opening {
    /// At a heading, otherwise where it was left.
    pub anchor: Option<String>,
    pub visit: Visit,
    /// The lesson's progress in the history.
    pub place: Option<Anchor>,
    pub reached: u16,
    pub predictions: Predictions,
}

/// A lesson on the screen.
pub struct Reader {
    lesson: Lesson,
    predictions: Predictions,
    layout: Layout,
    scroll: Scroll,
    /// The word at the top of the screen. Movements change it, resizes do not.
    anchor: Spot,
    visit: Visit,
    /// The position before a jump: it stays the reading position, and esc goes back to it.
    from: Option<Spot>,
    /// Thousandths of the lesson seen so far.
    reached: u16,
    search: Search,
}

impl Reader {
    /// Opens a lesson at an anchor, or where it was left.
    pub fn open(
        ctx: Ctx<'_>,
        lesson: &str,
        opening: Opening,
    ) -> Result<(Self, Vec<Effect>), String> {
        let Opening { anchor, visit, place, reached, predictions } = opening;
        let entry = next::lesson(ctx.scenario, lesson)
            .ok_or_else(|| format!("There is no lesson {lesson} in this course."))?;
        let lesson = ctx.library.lesson(entry).map_err(|cause| cause.to_string())?;
        let named = anchor.and_then(|id| lesson.headings.iter().find(|heading| heading.id == id));
        let spot = match (named, place) {
            (Some(heading), _) => Spot::word(heading.block as usize, 0),
            (None, Some(place)) => reading::find(&lesson, &place),
            (None, None) => Spot::default(),
        };
        let mut reader = Self {
            lesson,
            predictions,
            layout: Layout::default(),
            scroll: Scroll::default(),
            anchor: spot,
            visit,
            from: None,
            reached,
            search: Search::default(),
        };
        reader.lay_out(ctx);
        let opened = reader.follow(ctx);
        Ok((reader, opened))
    }

    /// Whether this lesson is being read, even while another part of it is looked up.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.visit == Visit::Reading
    }

    /// Notes that another lesson is being read.
    pub fn put_aside(&mut self) {
        if self.is_read() {
            self.visit = Visit::Chosen;
        }
    }

    fn is_looking_up(&self) -> bool {
        self.visit == Visit::LookUp || self.from.is_some()
    }

    /// The id of the lesson.
    #[must_use]
    pub fn lesson_id(&self) -> &str {
        &self.lesson.id
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        match (self.search.is_typing(), self.is_looking_up()) {
            (true, _) => Context::Search,
            (false, true) => Context::LookUp,
            (false, false) => Context::Reader,
        }
    }

    /// The prompt while a search is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.search.prompt()
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        self.search.typed(character);
    }

    /// The areas of outline and text; no outline where it would squeeze the text.
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

    fn text_area(ctx: Ctx<'_>) -> Rect {
        Self::columns(ctx.areas(Width::Page).body).1
    }

    fn lay_out(&mut self, ctx: Ctx<'_>) {
        let area = Self::text_area(ctx);
        let (width, ending) = (usize::from(area.width), self.ending(ctx));
        self.layout = Layout::new(&self.lesson, &self.predictions, width, &ending);
        let height = usize::from(area.height);
        self.scroll.top = self.layout.line_of(self.anchor).min(self.last_top(height));
    }

    fn last_top(&self, height: usize) -> usize {
        self.layout.lines.len().saturating_sub(height)
    }

    /// Counts the text on the screen as seen.
    fn see(&mut self, ctx: Ctx<'_>) {
        let end = self.scroll.top + usize::from(Self::text_area(ctx).height);
        if let Some(block) = self.layout.last_whole_block(end) {
            self.reached = self.reached.max(reading::reached(&self.lesson, block));
        }
    }

    fn position(&self, ctx: Ctx<'_>) -> Effect {
        ctx.record(Activity::Position {
            lesson: self.lesson.id.as_str().into(),
            place: reading::name(&self.lesson, self.anchor),
            reached: self.reached,
        })
    }

    /// Lays the text out again; the same word stays at the top.
    pub fn relaid(&mut self, ctx: Ctx<'_>) -> Outcome {
        self.lay_out(ctx);
        if !self.is_read() || self.is_looking_up() {
            return Outcome::default();
        }
        let before = self.reached;
        self.see(ctx);
        if self.reached > before { Outcome::effect(self.position(ctx)) } else { Outcome::default() }
    }

    /// While reading, the position follows the screen.
    fn follow(&mut self, ctx: Ctx<'_>) -> Vec<Effect> {
        if !self.is_read() || self.is_looking_up() {
            return Vec::new();
        }
        self.see(ctx);
        vec![self.position(ctx)]
    }

    /// Moving on in a chosen lesson means reading it.
    fn take_up(&mut self) {
        if self.visit == Visit::Chosen && self.from.is_none() {
            self.visit = Visit::Reading;
        }
    }

    /// Makes this the reading position.
    fn read_here(&mut self, ctx: Ctx<'_>) -> Outcome {
        (self.visit, self.from) = (Visit::Reading, None);
        // This says that the text above is done.
        if let Some(above) = self.anchor.block.checked_sub(1) {
            self.reached = self.reached.max(reading::reached(&self.lesson, above));
        }
        self.lay_out(ctx);
        Outcome {
            effects: self.follow(ctx),
            notice: Some("You continue from here; the text above counts as read.".to_owned()),
            go: None,
        }
    }

    /// Goes to the position before a jump, otherwise to the screen before this one.
    fn leave(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Some(spot) = self.from.take() else { return Outcome::go(Go::Back) };
        self.anchor = spot;
        self.lay_out(ctx);
        Outcome::default()
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if self.search.is_typing() {
            return self.search_intent(ctx, intent);
        }
        let height = usize::from(Self::text_area(ctx).height);
        // The line that says it is on the screen.
        let at_end = self.scroll.top + height >= self.layout.text + 2;
        match intent {
            Intent::Leave => self.leave(ctx),
            Intent::ReadHere => self.read_here(ctx),
            Intent::Contents => Outcome::go(Go::Contents),
            Intent::Glossary => Outcome::go(Go::Glossary),
            Intent::Search => {
                self.search.start();
                Outcome::default()
            }
            Intent::NextHit => self.hit(ctx, true),
            Intent::PreviousHit => self.hit(ctx, false),
            Intent::Choose(option) => self.predict(ctx, option),
            Intent::SeeRun => self.see_it_run(ctx),
            Intent::NextLesson => self.turn(ctx, 1),
            Intent::PreviousLesson => self.turn(ctx, -1),
            Intent::NextHeading => self.heading(ctx, true),
            Intent::PreviousHeading => self.heading(ctx, false),
            Intent::GoOn if at_end && self.is_looking_up() => self.leave(ctx),
            Intent::GoOn if at_end => {
                self.take_up();
                let effects = self.follow(ctx);
                let go = Some(Go::After { lesson: self.lesson.id.clone() });
                Outcome { effects, go, notice: None }
            }
            Intent::GoOn => self.scrolled(ctx, Intent::PageDown),
            Intent::Top => self.jump(ctx, 0),
            Intent::Bottom => self.jump(ctx, self.layout.lines.len()),
            other => self.scrolled(ctx, other),
        }
    }

    fn scrolled(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let height = usize::from(Self::text_area(ctx).height);
        let before = self.scroll;
        self.scroll.scroll(intent, self.layout.lines.len(), height);
        if self.scroll == before {
            return Outcome::default();
        }
        if self.scroll.top > before.top {
            self.take_up();
        }
        self.stand(ctx);
        Outcome { effects: self.follow(ctx), ..Outcome::default() }
    }

    /// Scrolls to a line to look something up; the reading position stays.
    fn jump(&mut self, ctx: Ctx<'_>, line: usize) -> Outcome {
        let height = usize::from(Self::text_area(ctx).height);
        let top = line.min(self.last_top(height));
        if top != self.scroll.top {
            let from = (self.visit != Visit::LookUp).then_some(self.anchor);
            self.scroll.top = top;
            if self.from.is_none() && from.is_some() {
                self.from = from;
                // Enter at the end now does something else.
                self.anchor = self.layout.spot_of(top);
                self.lay_out(ctx);
            }
            self.stand(ctx);
        }
        Outcome::default()
    }

    /// Scrolls elsewhere. Coming back to the reading position ends looking up.
    fn stand(&mut self, ctx: Ctx<'_>) {
        self.anchor = self.layout.spot_of(self.scroll.top);
        if self.from == Some(self.anchor) {
            self.from = None;
            self.lay_out(ctx);
        }
    }

    fn heading(&mut self, ctx: Ctx<'_>, onward: bool) -> Outcome {
        let line = self.heading_line(onward);
        self.jump(ctx, line)
    }

    /// The line of the next heading, or of the end after the last.
    fn heading_line(&self, onward: bool) -> usize {
        let mut here = self.layout.spot_of(self.scroll.top);
        // The empty line above a heading belongs to it.
        here.line = here.line.max(0);
        let spots = self.lesson.headings.iter().map(|h| Spot::word(h.block as usize, 0));
        let to = if onward {
            spots.filter(|spot| *spot > here).min()
        } else {
            spots.filter(|spot| *spot < here).max()
        };
        match to {
            Some(spot) => self.layout.line_of(spot),
            None if onward => self.layout.lines.len(),
            None => 0,
        }
    }

    /// Opens the run of a picture on the screen.
    fn see_it_run(&self, ctx: Ctx<'_>) -> Outcome {
        match self.scene(ctx) {
            Some(scene) => Outcome::go(Go::Live(Subject::Scene(scene.clone()))),
            None => Outcome::notice(
                "No picture on this page can run; l on Home opens the live pipeline.",
            ),
        }
    }

    fn turn(&self, ctx: Ctx<'_>, by: i32) -> Outcome {
        let number = i32::from(self.lesson.number) + by;
        let all = || std::iter::once(&ctx.scenario.overview).chain(&ctx.scenario.lessons);
        match all().find(|entry| i32::from(entry.number) == number) {
            Some(entry) => Outcome::go(Go::chosen(entry)),
            None if by > 0 => Outcome::notice("This is the last lesson."),
            None => Outcome::notice("This is the first page."),
        }
    }

    /// Answers the first open prediction on the screen.
    fn predict(&mut self, ctx: Ctx<'_>, option: u8) -> Outcome {
        let Some(prediction) = self.asked(ctx) else {
            return Outcome::notice("This page has no open prediction.");
        };
        if usize::from(option) >= prediction.options.len() {
            let count = prediction.options.len();
            return Outcome::notice(format!("This prediction has the options 1 to {count}."));
        }
        let given = Predicted {
            version: Version(prediction.version),
            choice: option,
            correct: option == prediction.answer,
        };
        let activity = Activity::Prediction {
            lesson: self.lesson.id.as_str().into(),
            item: prediction.id.as_str().into(),
            version: given.version,
            choice: given.choice,
            correct: given.correct,
            evidence: Some(Evidence::of_prediction(prediction, option)),
        };
        self.predictions.insert(prediction.id.clone(), given);
        self.take_up();
        self.lay_out(ctx);
        let mut effects = vec![ctx.record(activity)];
        effects.extend(self.follow(ctx));
        Outcome {
            effects,
            notice: Some(
                "Saved. Your answer is shown again where the text gives its own.".to_owned(),
            ),
            go: None,
        }
    }

    fn search_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => self.search.cancel(),
            Intent::Erase => self.search.erase(),
            Intent::GoOn => {
                self.search.find(&self.lesson);
                return self.hit(ctx, true);
            }
            _ => {}
        }
        Outcome::default()
    }

    fn hit(&mut self, ctx: Ctx<'_>, onward: bool) -> Outcome {
        let here = self.layout.spot_of(self.scroll.top);
        match self.search.next(here, self.scroll.top, onward) {
            Ok(hit) => {
                let mut outcome = self.jump(ctx, self.layout.line_of(hit.spot));
                self.search.went_to(hit.spot, self.scroll.top);
                outcome.notice = Some(hit.sentence);
                outcome
            }
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let left = vec![
            Piece::accent(format!("{} ", self.lesson.number)),
            Piece::strong(self.lesson.title.clone()),
        ];
        let left = if self.lesson.number == 0 { left[1..].to_vec() } else { left };
        if self.is_looking_up() {
            return Title { left, right: vec![Piece::prediction("looking up")] };
        }
        let left_over = minutes_left(self.lesson.minutes, self.reached);
        let mut right =
            if ctx.size.0 >= 70 { frame::bar(16, u32::from(self.reached)) } else { Vec::new() };
        right.push(Piece::faint(format!("  {:>3} %   {left_over}", self.reached / 10)));
        Title { left, right }
    }

    /// Draws the body.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let (outline, text) = Self::columns(area);
        if let Some(outline) = outline {
            self.draw_outline(ctx, outline, buffer);
        }
        let shown = self.layout.lines.iter().skip(self.scroll.top);
        for (line, y) in shown.zip(text.top()..text.bottom()) {
            let pieces = self.search.highlight(&line.pieces);
            frame::line(buffer, text, text.x, y, &pieces, ctx.theme);
        }
    }

    /// Index of the heading above the top of the screen.
    fn heading_here(&self) -> usize {
        let spot = self.layout.spot_of(self.scroll.top);
        self.lesson.blocks.get(spot.block).map_or(0, |block| usize::from(block.heading))
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let here = self.layout.spot_of(self.scroll.top).block;
        let height = usize::from(Self::text_area(ctx).height);
        let end = self.layout.spot_of(self.scroll.top + height.saturating_sub(1)).block;
        let blocks = self.lesson.blocks.iter().take(end + 1).skip(here);
        let mut choices = Vec::new();
        let mut spoken = Vec::new();
        for block in blocks {
            if let Some(prediction) = prose::open_prediction(block, &self.predictions) {
                spoken.push(format!("Before you read on: {}", reading::plain(&prediction.ask)));
                choices.extend(prediction.options.iter().enumerate().map(|(index, option)| {
                    ((index + 1).to_string(), reading::plain(&option.text))
                }));
            } else {
                spoken.push(reading::texts(block).join("\n"));
            }
        }
        Page { title: self.title(ctx).text(), blocks: spoken, choices, keys: Vec::new() }
    }

    /// The lesson and the reading position: the word at the top of the screen, or the one before something
    /// was looked up.
    #[must_use]
    pub fn reading(&self) -> (&Lesson, Spot) {
        (&self.lesson, self.from.unwrap_or(self.anchor))
    }
}
