//! The program as a value: `update` takes a message and answers with effects, `draw` shows the
//! value as it is. Neither touches a terminal, a file or a clock.

mod drawing;
mod navigation;

use std::rc::Rc;
use std::time::Duration;

use super::ctx::{Ctx, Outcome};
pub use super::ctx::{Open, Start};
use super::frame::{COLUMNS_MIN, ROWS_MIN};
use super::input::{Input, Key};
use super::keymap::{self, Context, Intent};
use super::motion::Motion;
use super::msg::{Effect, Msg, Query, Recollection};
use super::page::Page;
use super::screen::Screen;
use super::screens::{courses::Courses, help::Help, home::Home};
use super::stack::Stack;
use super::theme::Theme;
use crate::clock::Now;
use crate::content::Library;
use crate::content::course::{Lesson, ScenarioEntry};
use crate::study::day::Rollover;
use crate::study::progress::Progress;
use crate::study::reading::Spot;

/// Stands in the title until everything is.
const UNSAVED: &str = "not saved yet";

/// The whole program.
pub struct App {
    library: Rc<Library>,
    /// When the study day ends, as the history has it.
    rollover: Rollover,
    scenario: ScenarioEntry,
    progress: Progress,
    screens: Stack,
    size: (u16, u16),
    theme: Theme,
    motion: Motion,
    notice: Option<String>,
    /// The set in another window that was told of.
    offered: Option<String>,
    /// Whether something waits to be written to the history.
    is_unsaved: bool,
    now: Now,
}

impl App {
    /// The program before anything happened, and what it needs first. `None` when the library
    /// holds no scenario.
    #[must_use]
    pub fn new(
        library: Rc<Library>,
        start: &Start,
        look: (Theme, Motion),
        size: (u16, u16),
        now: Now,
    ) -> Option<(Self, Vec<Effect>)> {
        let (theme, motion) = look;
        let may_open = |scenario: &&ScenarioEntry| {
            start.courses.is_empty() || start.courses.contains(&scenario.id)
        };
        let courses = library.index().scenarios.iter().filter(may_open).cloned();
        let courses: Vec<ScenarioEntry> = courses.collect();
        let scenario = courses.first()?.clone();
        let screens = Stack::new(Screen::Home(Home::default()));
        let progress = Progress::default();
        let (notice, offered, is_unsaved) = (None, None, false);
        let mut app = Self {
            library,
            rollover: Rollover::default(),
            scenario,
            progress,
            screens,
            size,
            theme,
            motion,
            notice,
            offered,
            is_unsaved,
            now,
        };
        let effects = if courses.len() > 1 {
            app.pick(Courses::new(courses, start.open.clone()))
        } else {
            app.open(&start.open)
        };
        Some((app, effects))
    }

    /// Asks the history for what the screen shows of it.
    fn recall_progress(&self) -> Effect {
        Effect::Recall(match self.screen() {
            Screen::Courses(courses) => Query::Courses(courses.ids()),
            _ => Query::Progress,
        })
    }

    /// Columns and rows, as last told.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The scenario that records belong to.
    #[must_use]
    pub fn scenario(&self) -> &str {
        &self.scenario.id
    }

    fn ctx(&self) -> Ctx<'_> {
        Ctx {
            library: &self.library,
            scenario: &self.scenario,
            now: self.now,
            rollover: self.rollover,
            size: self.size,
            theme: self.theme,
            motion: self.motion,
        }
    }

    fn screen(&self) -> &Screen {
        self.screens.top()
    }

    /// Where keys are pressed just now.
    #[must_use]
    pub fn context(&self) -> Context {
        self.screen().context()
    }

    /// Whether something is being typed: it stands where the keys would.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.screen().prompt().is_some()
    }

    /// Takes a message; everything outside that it asks for is in the answer.
    pub fn update(&mut self, now: Now, msg: Msg) -> Vec<Effect> {
        self.now = now;
        let had_set =
            self.screens.has_set() || matches!(msg, Msg::Recalled(Recollection::Items { .. }));
        let mut effects = self.take(msg);
        if had_set && !self.screens.has_set() {
            effects.push(Effect::Release);
        }
        effects
    }

    fn take(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Input(Input::Resize(columns, rows)) => {
                self.size = (columns, rows);
                self.on_screen(Screen::relaid)
            }
            Msg::Input(Input::Key(key)) => {
                if !matches!(key, Key::Pasted(_)) {
                    self.notice = None;
                }
                self.key(key)
            }
            Msg::Tick => self.on_screen(Screen::tick),
            Msg::Ended => self.on_screen(Screen::left),
            Msg::Work => self.on_screen(Screen::work),
            Msg::Recalled(found) => self.recalled(found),
            Msg::Failed(sentence) => {
                self.notice = Some(sentence);
                Vec::new()
            }
            Msg::Unsaved(sentence) => {
                if !self.is_unsaved {
                    self.notice = Some(sentence);
                }
                self.is_unsaved = true;
                Vec::new()
            }
            Msg::AllSaved => {
                self.is_unsaved = false;
                self.notice = Some("Everything is saved now.".to_owned());
                vec![self.recall_progress()]
            }
            Msg::Saved(path) => {
                self.screens.top_mut().saved();
                self.notice = Some(format!("Saved as {path} in the data directory."));
                Vec::new()
            }
        }
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        let context = self.context();
        let intent = keymap::intent(context, key);
        match intent {
            Some(Intent::Quit) => {
                let mut effects = self.on_screen(Screen::left);
                effects.push(Effect::Quit);
                effects
            }
            Some(Intent::Suspend) => {
                let mut effects = self.on_screen(Screen::left);
                effects.push(Effect::Suspend);
                effects
            }
            _ if self.is_too_small() => Vec::new(),
            Some(Intent::Help) => {
                let effects = self.on_screen(Screen::left);
                self.screens.push(Screen::Help(Help::new(context)));
                effects
            }
            Some(Intent::Motion) => {
                self.motion = self.motion.next();
                self.notice = Some(format!("Motion: {}.", self.motion.word()));
                Vec::new()
            }
            Some(intent) => match self.home_intent(context, intent) {
                Some(go) => self.go(go),
                None => self.on_screen(|screen, ctx| screen.intent(ctx, intent)),
            },
            None => match key {
                Key::Char(character) | Key::Pasted(character) => {
                    self.on_screen(|screen, ctx| screen.typed(ctx, character))
                }
                _ => Vec::new(),
            },
        }
    }

    /// Lets the screen that is shown do something, and follows where it wants to go.
    fn on_screen(&mut self, act: impl FnOnce(&mut Screen, Ctx<'_>) -> Outcome) -> Vec<Effect> {
        let ctx = Ctx {
            library: &self.library,
            scenario: &self.scenario,
            now: self.now,
            rollover: self.rollover,
            size: self.size,
            theme: self.theme,
            motion: self.motion,
        };
        let outcome = act(self.screens.top_mut(), ctx);
        if outcome.notice.is_some() {
            self.notice = outcome.notice;
        }
        let mut effects = outcome.effects;
        self.heed(&effects);
        if let Some(go) = outcome.go {
            effects.extend(self.go(go));
        }
        effects
    }

    fn is_too_small(&self) -> bool {
        self.size.0 < COLUMNS_MIN || self.size.1 < ROWS_MIN
    }

    /// How long the screen stays as it is if nothing happens; `None`: until something happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        if self.is_too_small() { None } else { self.screen().deadline(self.ctx()) }
    }

    /// Whether the screen has more to do than one update did.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !self.is_too_small() && self.screen().has_work()
    }

    /// The lesson on the screen and the place in it.
    #[must_use]
    pub fn reading(&self) -> Option<(&Lesson, Spot)> {
        match self.screen() {
            Screen::Reader(reader) => Some(reader.reading()),
            _ => None,
        }
    }

    /// How many screens lie one over the other.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.screens.depth()
    }

    /// The keys that do something as the screen stands, those that matter most in so many columns.
    fn keys(&self, ctx: Ctx<'_>, columns: usize) -> Vec<(String, &'static str)> {
        let screen = self.screen();
        keymap::footer(screen.context(), columns, &|intent| match intent {
            Intent::Quit | Intent::Suspend | Intent::Help | Intent::Motion => true,
            other => screen.does(ctx, other),
        })
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut page = self.screen().page(self.ctx());
        page.keys = self.keys(self.ctx(), usize::MAX);
        if self.is_unsaved {
            page.title = format!("{}   {UNSAVED}", page.title);
        }
        page
    }
}
