//! A set of questions as one state machine: the draw, and everything that happened since.
//!
//! An [`Attempt`] is its [`Draw`] and the fold of its [`Event`](event::Event)s, so
//! storing each event as it happens is enough to resume at any key. A [`Sitting`](sitting::Sitting)
//! turns [`Action`](action::Action)s and the passing of time into events; it knows the clocks of
//! the running program, which no other program could use.
//!
//! The screen draws an attempt and the history stores its events; neither decides anything.

pub mod action;
mod decide;
pub mod draw;
pub mod event;
pub mod feedback;
pub mod figures;
mod fold;
mod guard;
pub mod item;
pub mod mode;
pub mod moment;
pub mod phase;
pub mod refusal;
mod reopen;
pub mod sitting;
pub mod slot;
mod step;
#[cfg(test)]
pub(crate) mod tests;
pub mod timer;

use std::time::Duration;

use self::draw::Draw;
use self::mode::{FeedbackAt, Movement, Pace, Rules};
use self::phase::{Phase, View};
use self::refusal::Refusal;
use self::slot::{Slot, SlotNo};
use crate::study::id::Seed;

/// A set of questions, from its draw to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    mode: mode::Mode,
    timer: timer::Timer,
    seed: Seed,
    limit: Option<Duration>,
    slots: Vec<Slot>,
    phase: Phase,
    /// Time that counts for the whole set.
    used: Duration,
    /// Slots that the learner confirmed, in that order.
    confirmed: Vec<SlotNo>,
    interruptions: Interruptions,
}

/// What disturbed the time of a set; it is shown with the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interruptions {
    /// How often the learner paused.
    pub pauses: u16,
    /// Time that the computer slept while a question was open.
    pub slept: Duration,
    /// Whether a clock was set back, so that times may be too short.
    pub set_back: bool,
}

impl Attempt {
    /// The attempt as it was drawn.
    ///
    /// # Errors
    /// [`Refusal::NothingToAsk`] if the draw has no question, or one that nobody can answer.
    pub fn new(draw: Draw) -> Result<Self, Refusal> {
        let count = draw.items.len();
        let is_sound = (1..=usize::from(u16::MAX)).contains(&count)
            && draw.items.iter().all(slot::DrawnItem::is_sound);
        if !is_sound {
            return Err(Refusal::NothingToAsk);
        }
        Ok(Self {
            mode: draw.mode,
            timer: draw.timer,
            seed: draw.seed,
            limit: draw.limit,
            slots: draw.items.into_iter().map(Slot::new).collect(),
            phase: Phase::Drawn,
            used: Duration::ZERO,
            confirmed: Vec::new(),
            interruptions: Interruptions::default(),
        })
    }

    /// The kind of set.
    #[must_use]
    pub fn mode(&self) -> mode::Mode {
        self.mode
    }

    fn rules(&self) -> Rules {
        self.mode.rules()
    }

    /// The setting of the clock, as stamped at the draw.
    #[must_use]
    pub fn timer(&self) -> timer::Timer {
        self.timer
    }

    /// The seed that shuffled the options.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The questions, in the order drawn.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// A question.
    #[must_use]
    pub fn slot(&self, slot: SlotNo) -> Option<&Slot> {
        self.slots.get(slot.index())
    }

    /// What disturbed the time.
    #[must_use]
    pub fn interruptions(&self) -> Interruptions {
        self.interruptions
    }

    /// The view that is on the screen, or behind the pause.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        match self.phase {
            Phase::Running(view) | Phase::Paused(view) => Some(view),
            Phase::Drawn
            | Phase::TimeUp
            | Phase::Submitted(_)
            | Phase::Reviewed(_)
            | Phase::GivenUp => None,
        }
    }

    /// Whether nothing can be answered any more: submitted, reviewed or given up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Submitted(_) | Phase::Reviewed(_) | Phase::GivenUp)
    }

    /// The question whose explanation is on the screen.
    #[must_use]
    pub fn explaining(&self) -> Option<SlotNo> {
        match self.phase {
            Phase::Running(View::Question(slot)) => {
                let is_answered = self.slot(slot).is_some_and(Slot::is_answered);
                (is_answered && self.rules().feedback == FeedbackAt::Once).then_some(slot)
            }
            _ => None,
        }
    }

    /// Whether answers can be changed until the set is submitted.
    fn is_changeable(&self) -> bool {
        self.rules().feedback == FeedbackAt::End
    }

    fn moves_freely(&self) -> bool {
        self.rules().movement == Movement::Free
    }

    /// Whether time counts at the moment: a question is asked, or the overview of a timed set shown.
    fn is_timed(&self) -> bool {
        match self.phase {
            Phase::Running(View::Question(_)) => self.explaining().is_none(),
            Phase::Running(View::Overview { .. }) => self.rules().pace == Pace::PerSet,
            _ => false,
        }
    }

    /// Time left until the clock ends the question or the set; `None` if no clock limits what is on
    /// the screen, or behind the pause.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let of_set = || self.limit.map(|limit| limit.saturating_sub(self.used));
        self.asked().and_then(Slot::left).or_else(of_set)
    }

    /// Limit of the clock whose time is [`Self::left`].
    #[must_use]
    pub fn limit(&self) -> Option<Duration> {
        self.asked().and_then(|slot| slot.drawn.limit).or(self.limit)
    }

    /// The open question that is on the screen, or behind the pause.
    fn asked(&self) -> Option<&Slot> {
        match self.view()? {
            View::Question(slot) => self.slot(slot).filter(|slot| slot.is_open()),
            View::Overview { .. } => None,
        }
    }

    /// Time that counts for the whole set, in whole milliseconds.
    #[must_use]
    pub fn used(&self) -> Duration {
        self.used
    }

    /// The first open question after `slot`, round the end of the set.
    pub(in crate::study) fn next_open(&self, slot: SlotNo) -> Option<SlotNo> {
        let count = self.slots.len();
        let after = (1..=count).map(|step| (slot.index() + step) % count);
        after.map(|index| SlotNo(index as u16)).find(|slot| self.is_open(*slot))
    }

    /// Slots whose answer only the end of the set gave.
    fn kept(&self) -> Vec<SlotNo> {
        let slots = self.slots.iter().enumerate();
        let kept = slots.filter(|(_, slot)| matches!(slot.choice(), Some(slot::Choice::Kept(_))));
        kept.map(|(index, _)| SlotNo(index as u16)).collect()
    }

    fn is_open(&self, slot: SlotNo) -> bool {
        self.slot(slot).is_some_and(Slot::is_open)
    }
}
