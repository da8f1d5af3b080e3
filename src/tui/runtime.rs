//! The app with its history and clock. A person at a terminal and a script drive the same loop.

use std::rc::Rc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::app::{App, Start};
use super::effects::{Effects, Performed};
use super::input::Input;
use super::motion::Motion;
use super::msg::{Effect, Msg};
use super::script::Step;
use super::theme::Theme;
use crate::clock::{Clock, Now};
use crate::content::Library;

/// Time spent advancing a run before a frame is drawn. With the update before it and the last piece, which
/// may keep a checkpoint, it stays below eight milliseconds.
const WORK: Duration = Duration::from_millis(3);
/// Maximum number of pieces: where the clock stands still, a script then advances equally far on every
/// machine.
const PIECES_MAX: usize = 120;

/// What the driver must do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    GoOn,
    /// Give the terminal back until the shell continues the process.
    Suspend,
    Quit,
}

/// A running program without a terminal.
pub struct Runtime {
    app: App,
    effects: Effects,
    clock: Clock,
}

impl Runtime {
    /// Starts the app. `None` if the library has no scenario, or lacks the requested lesson.
    #[must_use]
    pub fn new(
        library: Rc<Library>,
        effects: Effects,
        clock: Clock,
        start: &Start,
        look: (Theme, Motion),
        size: (u16, u16),
    ) -> Option<Self> {
        let (app, first) = App::new(library, start, look, size, clock.now())?;
        let mut runtime = Self { app, effects, clock };
        runtime.perform(first);
        let news = runtime.effects.retry();
        if let Some(said) = runtime.effects.warning().or(news) {
            runtime.send(said);
        }
        Some(runtime)
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Handles an event from the terminal.
    pub fn input(&mut self, input: Input) -> Then {
        self.send(Msg::Input(input))
    }

    /// Handles a deadline that has passed.
    pub fn tick(&mut self) -> Then {
        self.send(Msg::Tick)
    }

    /// Stores the current state, as leaving does: a signal is about to end the process.
    pub fn leave(&mut self) {
        self.send(Msg::Ended);
        self.effects.retry();
    }

    fn send(&mut self, msg: Msg) -> Then {
        let effects = self.app.update(self.clock.now(), msg);
        self.perform(effects)
    }

    /// Advances work that one update could not finish, for as long as the next frame can wait. Call it before
    /// each frame.
    pub fn work(&mut self) -> Then {
        if let Some(news) = self.effects.retry() {
            self.send(news);
        }
        let begun = self.clock.now().elapsed;
        for _ in 0..PIECES_MAX {
            if !self.app.has_work() || self.clock.now().elapsed.saturating_sub(begun) >= WORK {
                break;
            }
            let then = self.send(Msg::Work);
            if then != Then::GoOn {
                return then;
            }
        }
        Then::GoOn
    }

    /// Performs effects and those that follow from them before anything else happens.
    fn perform(&mut self, effects: Vec<Effect>) -> Then {
        let mut waiting: std::collections::VecDeque<Effect> = effects.into();
        let mut then = Then::GoOn;
        while let Some(effect) = waiting.pop_front() {
            let now = self.clock.now();
            match self.effects.perform(effect, self.app.scenario(), now) {
                Performed::Nothing => {}
                Performed::Tell(msg) => waiting.extend(self.app.update(now, msg)),
                Performed::Suspend => then = Then::Suspend,
                Performed::Quit => then = Then::Quit,
            }
        }
        then
    }

    /// Time until the screen changes on its own; `None` if it does not.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        [self.app.deadline(), self.effects.deadline()].into_iter().flatten().min()
    }

    /// What would be lost if the program ended now.
    #[must_use]
    pub fn unsaved(&self) -> Option<String> {
        self.effects.unsaved()
    }

    /// The app, for drawing.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Plays a script. Its clocks move only while it waits, and then from deadline to deadline, as a person
    /// would see it.
    pub fn play(&mut self, steps: &[Step]) -> Then {
        for step in steps {
            let then = match step {
                Step::Input(input) => self.input(*input),
                Step::Wait(time) => self.wait(*time),
            };
            if then == Then::Quit || self.work() == Then::Quit {
                return Then::Quit;
            }
        }
        Then::GoOn
    }

    fn wait(&mut self, time: Duration) -> Then {
        let mut left = time;
        while let Some(deadline) = self.deadline().filter(|deadline| *deadline <= left) {
            // A deadline of zero must still advance the clock.
            let passed = deadline.max(Duration::from_micros(1)).min(left);
            self.clock.pass(passed);
            left -= passed;
            if self.tick() == Then::Quit || self.work() == Then::Quit {
                return Then::Quit;
            }
            if left.is_zero() {
                break;
            }
        }
        self.clock.pass(left);
        Then::GoOn
    }

    /// Moves the clock without a tick, as when a key arrives just before a deadline.
    pub fn wait_unseen(&mut self, time: Duration) {
        self.clock.pass(time);
    }

    /// The position of the cursor in a frame.
    #[must_use]
    pub fn cursor(&self, size: (u16, u16)) -> Option<Position> {
        let area = Rect::new(0, 0, size.0, size.1);
        self.app.draw(area, &mut Buffer::empty(area))
    }

    /// Draws a frame into a buffer.
    #[must_use]
    pub fn frame(&self, size: (u16, u16)) -> Buffer {
        let area = Rect::new(0, 0, size.0, size.1);
        let mut buffer = Buffer::empty(area);
        self.app.render(area, &mut buffer);
        buffer
    }
}

/// The text of a frame without trailing blanks.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        for x in buffer.area.left()..buffer.area.right() {
            if let Some(cell) = buffer.cell((x, y)) {
                line.push_str(cell.symbol());
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
