//! A set of questions in progress: the current question, its remaining time, and the marking of
//! answers. The screen draws it and the history records it; neither decides anything.

use std::collections::BTreeSet;
use std::time::Duration;

use super::evidence::Evidence;
use super::id::{ItemId, Seed, SessionId, Version};
use super::mode::{Mode, NamedMode};
use super::progress::OpenSession;
use super::record::{Answer, SessionStart};
use super::{grade, shuffle};
use crate::content::course::{Exam, Question};

/// A set on its way: the draw and the answers so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub mode: Mode,
    pub seed: Seed,
    pub items: Vec<ItemId>,
    pub limit: Duration,
    pub answers: Vec<Answer>,
}

impl Session {
    /// Starts a new set of `items`.
    #[must_use]
    pub fn new(mode: Mode, seed: Seed, items: Vec<ItemId>, exam: &Exam) -> Self {
        Self {
            id: seed.to_string().into(),
            mode,
            seed,
            items,
            limit: mode.limit(exam),
            answers: Vec::new(),
        }
    }

    /// Returns the record of the start.
    #[must_use]
    pub fn start(&self) -> SessionStart {
        SessionStart {
            session: self.id.clone(),
            mode: NamedMode::Known(self.mode),
            seed: self.seed,
            items: self.items.clone(),
            limit_ms: self.limit.as_millis() as u32,
            drawn: None,
        }
    }

    /// Resumes an interrupted set, with its clock as it was.
    #[must_use]
    pub fn resume(open: &OpenSession) -> (Self, Countdown) {
        let session = Self {
            id: open.id.clone(),
            mode: open.mode,
            seed: open.seed,
            items: open.items.clone(),
            limit: Duration::from_millis(u64::from(open.limit_ms)),
            answers: open.answers.clone(),
        };
        (session, Countdown::new(Duration::from_millis(u64::from(open.left_ms))))
    }

    /// Index of the question to answer next; `None` once all are answered.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        let next = self.answers.len();
        (next < self.items.len()).then_some(next)
    }

    /// The author's option numbers in the order shown, which is shuffled anew in every session.
    #[must_use]
    pub fn shown(&self, question: &Question) -> Vec<u8> {
        shuffle::order(self.seed.0, &question.id, question.options.len())
    }

    /// Marks `choice` (the author's option numbers) and records it as the answer to the current
    /// question.
    pub fn answer(
        &mut self,
        question: &Question,
        choice: &BTreeSet<u8>,
        spent: Duration,
        known: &Known,
    ) -> &Answer {
        let elapsed_ms = spent.as_millis() as u32;
        let choice_in_order: Vec<u8> = choice.iter().copied().collect();
        let answer = Answer {
            session: self.id.clone(),
            question: self.answers.len() as u16,
            item: question.id.as_str().into(),
            version: Version(question.version),
            lesson: question.lesson.as_str().into(),
            seed: self.seed,
            shown: self.shown(question),
            correct: grade::is_right(question, choice),
            certainty: None,
            elapsed_ms,
            is_first: Some(!known.answered.contains(question.id.as_str())),
            slow: known.is_slow(elapsed_ms),
            how: None,
            evidence: Some(Evidence::of_question(question, &choice_in_order)),
            choice: choice_in_order,
        };
        self.answers.push(answer);
        &self.answers[self.answers.len() - 1]
    }
}

/// What is known of the learner when a set begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Questions answered before.
    pub answered: BTreeSet<ItemId>,
    /// Median time of the latest answers, in milliseconds.
    pub median_ms: Option<u32>,
}

impl Known {
    /// Whether an answer took more than one and a half times as long as usual.
    fn is_slow(&self, elapsed_ms: u32) -> bool {
        self.median_ms.is_some_and(|median| u64::from(elapsed_ms) * 2 > u64::from(median) * 3)
    }
}

/// Countdown of one question. It can be paused, and it stands still while the program is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countdown {
    left: Duration,
    /// When `left` was last settled; `None` while paused.
    since: Option<Duration>,
}

/// A running countdown is settled every second. A longer silence means that the program was stopped
/// (Ctrl-Z, a closed lid), and costs only `SILENCE_CHARGE`.
const SILENCE_MAX: Duration = Duration::from_secs(3);
const SILENCE_CHARGE: Duration = Duration::from_secs(1);

impl Countdown {
    /// Creates a countdown that has not started.
    #[must_use]
    pub fn new(left: Duration) -> Self {
        Self { left, since: None }
    }

    /// Whether time is being charged to the question.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.since.is_some()
    }

    /// Starts or resumes the countdown.
    pub fn run(&mut self, elapsed: Duration) {
        if self.since.is_none() {
            self.since = Some(elapsed);
        }
    }

    /// Pauses the countdown.
    pub fn pause(&mut self, elapsed: Duration) {
        self.settle(elapsed);
        self.since = None;
    }

    /// Subtracts the time passed from what is left. Called on every message while the countdown
    /// runs.
    pub fn settle(&mut self, elapsed: Duration) {
        if let Some(since) = self.since {
            let mut passed = elapsed.saturating_sub(since);
            if passed > SILENCE_MAX {
                passed = SILENCE_CHARGE;
            }
            self.left = self.left.saturating_sub(passed);
            self.since = Some(elapsed);
        }
    }

    /// Time left when last settled.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.left
    }

    /// Whole seconds left, rounded up; 0 means time is up.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.left.as_millis().div_ceil(1000) as u64
    }

    /// Time until the displayed second changes; `None` while paused.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        self.since?;
        let within = Duration::from_millis(self.left.as_millis() as u64 % 1000);
        Some(if within.is_zero() { Duration::from_secs(1) } else { within }.min(self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_countdown_counts_only_while_it_runs() {
        let mut clock = Countdown::new(seconds(60));
        clock.settle(seconds(5));
        assert_eq!(clock.seconds(), 60, "not started");
        clock.run(seconds(10));
        clock.settle(seconds(11));
        clock.settle(seconds(13));
        assert_eq!(clock.seconds(), 57);
        clock.pause(seconds(14));
        clock.run(seconds(400));
        clock.settle(seconds(401));
        assert_eq!(clock.seconds(), 55);
    }

    #[test]
    fn a_stopped_program_does_not_eat_the_time() {
        let mut clock = Countdown::new(seconds(60));
        clock.run(seconds(0));
        clock.settle(seconds(3600));
        assert_eq!(clock.seconds(), 59);
    }

    #[test]
    fn the_next_change_is_the_next_second_shown() {
        let mut clock = Countdown::new(Duration::from_millis(1_400));
        assert_eq!(clock.next_change(), None);
        clock.run(seconds(0));
        assert_eq!(clock.next_change(), Some(Duration::from_millis(400)));
        clock.settle(Duration::from_millis(400));
        assert_eq!((clock.seconds(), clock.next_change()), (1, Some(seconds(1))));
        clock.settle(Duration::from_millis(1_400));
        assert_eq!((clock.seconds(), clock.next_change()), (0, Some(seconds(0))));
    }
}
