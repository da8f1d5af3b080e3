//! A set of questions under a clock: asking, explaining, summing up. Every answer is recorded before the next
//! frame, and the clock every five seconds and at each key, so that an interrupted set resumes as it was.

mod explanation;
mod question;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::question::Line;
use crate::content::course::{Misconception, Question, QuestionEntry, Reference};
use crate::study::draw;
use crate::study::id::{Seed, Version};
use crate::study::mode::Mode;
use crate::study::progress::{ItemProgress, Progress};
use crate::study::quiz::{Countdown, Known, Session};
use crate::study::record::{Activity, Answer, Standing};
use crate::study::shuffle;
use crate::tui::ctx::Subject;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::list::List;
use crate::tui::msg::{Effect, Request};
use crate::tui::page::Page;
use crate::tui::piece::{self, Piece};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Sheet, UNBROKEN};
use crate::tui::theme::Meaning;

/// Interval at which a running clock is stored.
const STORE_EVERY: Duration = Duration::from_secs(5);
/// Seconds left from which the clock is urgent.
const URGENT: u64 = 10;

/// A set on the screen.
pub struct Quiz {
    session: Session,
    known: Known,
    entries: Vec<QuestionEntry>,
    misconceptions: Vec<Misconception>,
    references: Vec<Reference>,
    phase: Phase,
    scroll: Scroll,
}

/// The phase of a set.
enum Phase {
    Asking(Asking),
    Explaining { question: Box<Question>, answer: Answer },
    Summary,
}

/// A question waiting for its answer.
struct Asking {
    question: Box<Question>,
    /// The author's option numbers in the order shown.
    options: List<u8>,
    /// The author's numbers of the chosen options.
    chosen: BTreeSet<u8>,
    countdown: Countdown,
    /// When the countdown was last recorded.
    stored: Duration,
    paused: bool,
}

impl Asking {
    /// Whether as many options are chosen as the question asks for.
    fn is_complete(&self) -> bool {
        self.chosen.len() == usize::from(self.question.choose)
    }
}

impl Quiz {
    /// Draws a set, or resumes the interrupted one.
    pub fn open(
        ctx: Ctx<'_>,
        request: &Request,
        progress: &Progress,
        items: &BTreeMap<String, ItemProgress>,
    ) -> Result<(Self, Vec<Effect>), String> {
        let say = |cause: crate::content::LibraryError| cause.to_string();
        let entries = ctx.library.questions(ctx.scenario).map_err(say)?;
        let is_new = progress.open.is_none();
        let (session, countdown) = match &progress.open {
            Some(open) => Session::resume(open),
            None => Self::start(ctx, request, progress, items, &entries),
        };
        let standing = progress.open.as_ref().and_then(|open| open.standing.as_ref());
        if session.items.is_empty() {
            return Err("This course has no questions yet.".to_owned());
        }
        let known = Known {
            answered: items.keys().map(|id| id.as_str().into()).collect(),
            median_ms: progress.median_ms,
        };
        let mut quiz = Self {
            session,
            known,
            entries,
            misconceptions: ctx.library.misconceptions(ctx.scenario).map_err(say)?,
            references: ctx.library.references(ctx.scenario).map_err(say)?,
            phase: Phase::Summary,
            scroll: Scroll::default(),
        };
        let mut effects = Vec::new();
        if is_new {
            effects.push(ctx.record(Activity::SessionStarted(quiz.session.start())));
        }
        effects.extend(quiz.ask(ctx, countdown, standing)?);
        Ok((quiz, effects))
    }

    fn start(
        ctx: Ctx<'_>,
        request: &Request,
        progress: &Progress,
        items: &BTreeMap<String, ItemProgress>,
        entries: &[QuestionEntry],
    ) -> (Session, Countdown) {
        let (mode, lesson) = match request {
            Request::Check { lesson } => (Mode::Check, Some(lesson.as_str())),
            Request::Traps => (Mode::Traps, None),
        };
        let when = ctx.now.wall.timestamp_millis().to_string();
        let seed = Seed(shuffle::keyed(progress.sessions_begun, "session", &when));
        let drawn = draw::draw(entries, items, lesson, mode.size(), seed);
        let session = Session::new(mode, seed, drawn, &ctx.scenario.exam);
        let countdown = Countdown::new(session.limit);
        (session, countdown)
    }

    /// Asks the current question. A question that the course no longer has is skipped unanswered, and the set
    /// ends when none is left.
    fn ask(
        &mut self,
        ctx: Ctx<'_>,
        countdown: Countdown,
        standing: Option<&Standing>,
    ) -> Result<Vec<Effect>, String> {
        self.scroll = Scroll::default();
        while let Some(id) = self.session.current().and_then(|at| self.session.items.get(at)) {
            let Some(entry) = self.entries.iter().find(|entry| entry.id == *id) else {
                let gone = id.clone();
                self.session.items.retain(|item| *item != gone);
                continue;
            };
            let question = ctx.library.question(entry).map_err(|cause| cause.to_string())?;
            let shown = self.session.shown(&question);
            let chosen = standing.map(|stood| stood.chosen_of(&question)).unwrap_or_default();
            let place = shown.iter().position(|option| chosen.contains(option));
            let mut countdown = match standing {
                // The stored clock belongs to a question that is gone.
                Some(of) if !of.item.is_empty() && of.item != question.id => {
                    Countdown::new(self.session.limit)
                }
                _ => countdown,
            };
            countdown.run(ctx.now.elapsed);
            self.phase = Phase::Asking(Asking {
                options: List::of(shown, place.unwrap_or(0)),
                question: Box::new(question),
                chosen,
                countdown,
                stored: ctx.now.elapsed,
                paused: false,
            });
            return Ok(self.store_clock(ctx).effects);
        }
        self.phase = Phase::Summary;
        Ok(vec![ctx.record(Activity::SessionEnded { session: self.session.id.clone() })])
    }

    /// Whether the set is unfinished: no other window may ask it meanwhile.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Summary)
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        match &self.phase {
            Phase::Asking(asking) if asking.paused => Context::Paused,
            Phase::Asking(_) => Context::Question,
            Phase::Explaining { .. } => Context::Explanation,
            Phase::Summary => Context::Summary,
        }
    }

    /// While the clock runs, the screen changes every second.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Asking(asking) => asking.countdown.next_change(),
            _ => None,
        }
    }

    /// Handles a deadline: a second has passed.
    pub fn tick(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Phase::Asking(asking) = &mut self.phase else { return Outcome::default() };
        asking.countdown.settle(ctx.now.elapsed);
        if asking.countdown.seconds() == 0 {
            return self.time_is_up(ctx);
        }
        if ctx.now.elapsed.saturating_sub(asking.stored) >= STORE_EVERY {
            return self.store_clock(ctx);
        }
        Outcome::default()
    }

    /// When the clock ends, the choice made so far is the answer, as in the exam.
    fn time_is_up(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Phase::Asking(asking) = &self.phase else { return Outcome::default() };
        let (chosen, wanted) = (asking.chosen.clone(), asking.question.choose);
        let notice = match chosen.len() {
            0 => "Time is up: counted as not answered.".to_owned(),
            some if some < usize::from(wanted) => format!(
                "Time is up: what you had chosen counts, {some} of {wanted}: all or nothing."
            ),
            _ => "Time is up: what you had chosen counts.".to_owned(),
        };
        Outcome { notice: Some(notice), ..self.commit(ctx, &chosen) }
    }

    /// Records the clock and the choice as they stand.
    fn store_clock(&mut self, ctx: Ctx<'_>) -> Outcome {
        let question = self.session.answers.len() as u16;
        let session = self.session.id.clone();
        let Phase::Asking(asking) = &mut self.phase else { return Outcome::default() };
        asking.stored = ctx.now.elapsed;
        Outcome::effect(ctx.record(Activity::Countdown(Standing {
            session,
            question,
            left_ms: asking.countdown.left().as_millis() as u32,
            item: asking.question.id.as_str().into(),
            version: Version(asking.question.version),
            chosen: asking.chosen.iter().copied().collect(),
        })))
    }

    /// Stops the clock before another screen or the shell.
    pub fn left(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Phase::Asking(asking) = &mut self.phase else { return Outcome::default() };
        asking.countdown.settle(ctx.now.elapsed);
        if asking.countdown.seconds() == 0 {
            // A clock that has ended cannot wait: a set resumed at 0:00 would forget the choice.
            return self.time_is_up(ctx);
        }
        asking.countdown.pause(ctx.now.elapsed);
        asking.paused = true;
        self.store_clock(ctx)
    }

    /// Follows the cursor when the question is shown again.
    pub fn shown(&mut self, ctx: Ctx<'_>) -> Outcome {
        let height = usize::from(ctx.areas(Width::Page).body.height);
        if let Phase::Asking(asking) = &self.phase {
            question::follow(asking, ctx, &mut self.scroll, height);
        }
        Outcome::default()
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if let Phase::Asking(asking) = &mut self.phase {
            asking.countdown.settle(ctx.now.elapsed);
            if asking.countdown.seconds() == 0 {
                return self.tick(ctx);
            }
        }
        match &mut self.phase {
            Phase::Asking(asking) if asking.paused => match intent {
                Intent::Pause => {
                    asking.paused = false;
                    asking.countdown.run(ctx.now.elapsed);
                    Outcome::default()
                }
                Intent::Leave => Outcome::go(Go::Back),
                _ => Outcome::default(),
            },
            Phase::Asking(_) => self.asking_intent(ctx, intent),
            Phase::Explaining { .. } => self.explaining_intent(ctx, intent),
            Phase::Summary => self.summary_intent(ctx, intent),
        }
    }

    fn asking_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let Phase::Asking(asking) = &mut self.phase else { return Outcome::default() };
        let mut notice = None;
        match intent {
            Intent::Leave => {
                let mut outcome = self.left(ctx);
                outcome.go = Some(Go::Back);
                outcome.notice = Some("The set and its clock wait: enter resumes.".into());
                return outcome;
            }
            Intent::Pause => return self.left(ctx),
            Intent::GoOn if asking.is_complete() => {
                let chosen = asking.chosen.clone();
                return self.commit(ctx, &chosen);
            }
            Intent::GoOn => notice = Some(question::ask_to_choose(asking)),
            Intent::Choose(place) => notice = question::choose(asking, usize::from(place)),
            Intent::ToggleOption => notice = question::choose(asking, asking.options.place()),
            Intent::Down | Intent::Up => {
                asking.options.moved(intent, 1);
            }
            Intent::PageDown | Intent::PageUp => {
                let area = ctx.areas(Width::Page).body;
                let lines = question::lines(asking, usize::from(area.width)).len();
                self.scroll.scroll(intent, lines, usize::from(area.height));
                return self.store_clock(ctx);
            }
            _ => {}
        }
        let height = usize::from(ctx.areas(Width::Page).body.height);
        question::follow(asking, ctx, &mut self.scroll, height);
        let mut outcome = self.store_clock(ctx);
        outcome.notice = notice;
        outcome
    }

    /// Marks and records an answer, and explains it.
    fn commit(&mut self, ctx: Ctx<'_>, chosen: &BTreeSet<u8>) -> Outcome {
        let Phase::Asking(asking) = &self.phase else { return Outcome::default() };
        let spent = self.session.limit.saturating_sub(asking.countdown.left());
        let question = asking.question.clone();
        let answer = self.session.answer(&question, chosen, spent, &self.known).clone();
        self.known.answered.insert(answer.item.clone());
        self.scroll = Scroll::default();
        let effect = ctx.record(Activity::Answer(answer.clone()));
        self.phase = Phase::Explaining { question, answer };
        Outcome::effect(effect)
    }

    fn explaining_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let Phase::Explaining { question, answer } = &self.phase else {
            return Outcome::default();
        };
        match intent {
            Intent::SeeRun => match question.scene.clone() {
                Some(scene) => Outcome::go(Go::Live(Subject::Scene(scene))),
                None => Outcome::notice("No run shows this; l opens the lesson."),
            },
            Intent::Lesson => {
                Outcome::look_up(question.lesson.clone(), Some(question.anchor.clone()))
            }
            Intent::Glossary => Outcome::go(Go::Glossary),
            Intent::Leave => Outcome::go(Go::Back),
            Intent::GoOn => match self.ask(ctx, Countdown::new(self.session.limit), None) {
                Ok(effects) => Outcome { effects, ..Outcome::default() },
                Err(sentence) => Outcome::notice(sentence),
            },
            _ => {
                let area = ctx.areas(Width::Page).body;
                let lines = self.explain(ctx, question, answer, usize::from(area.width)).len();
                self.scroll.scroll(intent, lines, usize::from(area.height));
                Outcome::default()
            }
        }
    }

    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let area = ctx.areas(Width::Page).body;
        let height = usize::from(area.height);
        match &self.phase {
            Phase::Asking(asking) if asking.paused => true,
            Phase::Asking(asking) => match intent {
                Intent::GoOn => asking.is_complete(),
                Intent::Choose(place) => usize::from(place) < asking.options.items().count(),
                Intent::Down | Intent::Up => asking.options.does(intent).unwrap_or(true),
                Intent::PageDown | Intent::PageUp => {
                    let lines = question::lines(asking, usize::from(area.width)).len();
                    self.scroll.moves(intent, lines, height)
                }
                _ => true,
            },
            Phase::Explaining { question, answer } => match intent {
                Intent::SeeRun => question.scene.is_some(),
                Intent::GoOn | Intent::Lesson | Intent::Leave => true,
                _ => {
                    let lines = self.explain(ctx, question, answer, usize::from(area.width)).len();
                    self.scroll.moves(intent, lines, height)
                }
            },
            Phase::Summary => match intent {
                Intent::GoOn | Intent::Traps | Intent::Leave => true,
                _ => {
                    let lines = summary::lines(
                        &self.session,
                        &self.entries,
                        ctx.scenario,
                        usize::from(area.width),
                    );
                    self.scroll.moves(intent, lines.len(), height)
                }
            },
        }
    }

    fn explain(
        &self,
        ctx: Ctx<'_>,
        question: &Question,
        answer: &Answer,
        width: usize,
    ) -> Vec<Vec<Piece>> {
        explanation::lines(&explanation::Sources {
            question,
            answer,
            scenario: ctx.scenario,
            misconceptions: &self.misconceptions,
            references: &self.references,
            limit: self.session.limit,
            width,
        })
    }

    fn summary_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::GoOn | Intent::Leave => Outcome::go(Go::Back),
            Intent::Traps => Outcome::go(Go::Quiz(Request::Traps)),
            _ => {
                let area = ctx.areas(Width::Page).body;
                let lines = summary::lines(
                    &self.session,
                    &self.entries,
                    ctx.scenario,
                    usize::from(area.width),
                );
                self.scroll.scroll(intent, lines.len(), usize::from(area.height));
                Outcome::default()
            }
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let mut left = vec![Piece::strong(self.session.mode.title())];
        let of = self.session.items.len();
        match &self.phase {
            Phase::Asking(asking) => {
                left.push(Piece::faint(format!("   {} of {of}", self.session.answers.len() + 1)));
                Title { left, right: clock(asking, self.session.limit, ctx.size.0) }
            }
            Phase::Explaining { answer, .. } => {
                left.push(Piece::faint(format!("   {} of {of}", self.session.answers.len())));
                let right = match (answer.correct, answer.choice.is_empty()) {
                    (true, _) => Piece::right("✓ right"),
                    (false, false) => Piece::wrong("✗ wrong"),
                    (false, true) => Piece::wrong("✗ not answered"),
                };
                Title { left, right: vec![right] }
            }
            Phase::Summary => {
                left.push(Piece::faint("   summary"));
                Title { left, right: Vec::new() }
            }
        }
    }

    /// What is on the screen, for the eye and for reading aloud.
    fn lines(&self, ctx: Ctx<'_>, width: usize) -> Vec<Line> {
        let plain = |lines: Vec<Vec<Piece>>| lines.into_iter().map(Line::plain).collect();
        match &self.phase {
            Phase::Asking(asking) if asking.paused => question::paused_lines(width),
            Phase::Asking(asking) => question::lines(asking, width),
            Phase::Explaining { question, answer } => {
                plain(self.explain(ctx, question, answer, width))
            }
            Phase::Summary => {
                plain(summary::lines(&self.session, &self.entries, ctx.scenario, width))
            }
        }
    }

    /// Draws the body and returns the position of its cursor.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let lines = self.lines(ctx, usize::from(area.width));
        let here = match &self.phase {
            Phase::Asking(asking) => Some(asking.options.place()),
            Phase::Explaining { .. } | Phase::Summary => None,
        };
        let at = here.and_then(|here| lines.iter().position(|line| line.option == Some(here)));
        let lines = lines.into_iter().map(|line| line.pieces).collect();
        let mut sheet = Sheet::scrolled(Vec::new(), lines, self.scroll);
        sheet.here = at;
        let drawn = sheet.draw(area, buffer, ctx.theme);
        if drawn.goes_on {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
        drawn.cursor
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let (mut blocks, mut choices) = (Vec::new(), Vec::new());
        for line in self.lines(ctx, UNBROKEN) {
            let words = piece::spoken(&line.pieces);
            match line.option {
                Some(place) => choices.push((question::letter(place).to_string(), words)),
                None => blocks.push(words),
            }
        }
        Page { title: self.title(ctx).text(), blocks, choices, keys: Vec::new() }
    }
}

/// The question's clock: a bar where there is room, and the seconds, always of the same width.
fn clock(asking: &Asking, limit: Duration, columns: u16) -> Vec<Piece> {
    let seconds = asking.countdown.seconds();
    let meaning = match (asking.paused, seconds <= URGENT) {
        (true, _) => Meaning::Faint,
        (false, true) => Meaning::Urgent,
        (false, false) => Meaning::Text,
    };
    let mut pieces = Vec::new();
    if columns >= 70 {
        let part = asking.countdown.left().as_millis() * 1000 / limit.as_millis().max(1);
        pieces.extend(frame::bar(20, part as u32));
        pieces.push(Piece::text("  "));
    }
    let word = if asking.paused { "paused " } else { "" };
    pieces.push(Piece::new(format!("{word}{}:{:02}", seconds / 60, seconds % 60), meaning));
    pieces
}
