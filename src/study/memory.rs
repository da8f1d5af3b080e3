//! How long the learner remembers: the scheduler FSRS-6 with its published default parameters.
//!
//! A memory is a stability, the days until the chance of recall has fallen to 90 %, and a difficulty from 1 to 10.
//! Reviews are whole study days apart, and only the first evidence of a day counts, so FSRS's formulas for
//! reviews within a day have no place here. The tests hold the rest to the `fsrs` crate, which has the same formulas,
//! but only together with the training of parameters and sixteen more crates.

/// Name of the algorithm, which the history stores beside what it computes.
pub const ALGORITHM: &str = "FSRS-6";

/// What a piece of evidence says about a memory. Nobody is asked how easy it was, so there is no *Easy*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Forgotten, or guessed.
    Again,
    /// Remembered slowly.
    Hard,
    Good,
}

/// State of a memory after its latest review.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// Days until the chance of recall is 90 %.
    pub stability: f64,
    /// From 1 to 10.
    pub difficulty: f64,
}

/// Stability after the first review, by grade: Again, Hard, Good.
const FIRST_STABILITY: [f64; 3] = [0.212, 1.2931, 2.3065];
/// Difficulty after a first Again, and how much better grades take off it.
const FIRST_DIFFICULTY: (f64, f64) = (6.4133, 0.8334);
/// How far a grade moves the difficulty.
const DIFFICULTY_STEP: f64 = 3.0194;
/// How far the difficulty returns, after each review, to that of a first Easy.
const REVERSION: f64 = 0.001;
/// Growth of the stability after a success, in logarithm.
const GROWTH: f64 = 1.8722;
/// How much less a stable memory grows.
const SATURATION: f64 = 0.1666;
/// How much more a memory grows that was nearly forgotten.
const SPACING: f64 = 0.796;
/// Growth that is left after Hard.
const HARD: f64 = 0.6014;
/// Stability after a lapse: factor, and the powers of difficulty, stability and forgetting.
const LAPSE: (f64, f64, f64, f64) = (1.4835, 0.0614, 0.2629, 1.6483);
/// A lapse divides the stability by at least the exponential of the product of these.
const LAPSE_LEAST: (f64, f64) = (0.5425, 0.0912);
/// Exponent of the forgetting curve.
const DECAY: f64 = -0.1542;

const STABILITY: (f64, f64) = (0.001, 36_500.0);
const DIFFICULTY: (f64, f64) = (1.0, 10.0);

impl Grade {
    /// The number that FSRS has for it.
    fn number(self) -> f64 {
        match self {
            Self::Again => 1.0,
            Self::Hard => 2.0,
            Self::Good => 3.0,
        }
    }
}

impl Memory {
    /// The memory after its first review.
    #[must_use]
    pub fn first(grade: Grade) -> Self {
        let [again, hard, good] = FIRST_STABILITY;
        let stability = match grade {
            Grade::Again => again,
            Grade::Hard => hard,
            Grade::Good => good,
        };
        Self { stability, difficulty: first_difficulty(grade.number()) }.clamped()
    }

    /// The memory after a review `days` study days later; at least one.
    #[must_use]
    pub fn reviewed(self, grade: Grade, days: u32) -> Self {
        let recall = self.recall(f64::from(days.max(1)));
        let stability = match grade {
            Grade::Again => self.stability_after_lapse(recall),
            Grade::Hard => self.stability * (1.0 + HARD * self.growth(recall)),
            Grade::Good => self.stability * (1.0 + self.growth(recall)),
        };
        Self { stability, difficulty: self.difficulty_after(grade) }.clamped()
    }

    /// Chance of recall `days` after the latest review.
    #[must_use]
    pub fn recall(self, days: f64) -> f64 {
        (1.0 + factor() * days.max(0.0) / self.stability).powf(DECAY)
    }

    /// Days after which the chance of recall has fallen to `retention`.
    #[must_use]
    pub fn interval(self, retention: f64) -> f64 {
        self.stability / factor() * (retention.powf(1.0 / DECAY) - 1.0)
    }

    /// Share by which a success lengthens the stability.
    fn growth(self, recall: f64) -> f64 {
        GROWTH.exp()
            * (11.0 - self.difficulty)
            * self.stability.powf(-SATURATION)
            * (((1.0 - recall) * SPACING).exp() - 1.0)
    }

    fn stability_after_lapse(self, recall: f64) -> f64 {
        let (factor, difficulty, stability, forgetting) = LAPSE;
        let after = factor
            * self.difficulty.powf(-difficulty)
            * ((self.stability + 1.0).powf(stability) - 1.0)
            * ((1.0 - recall) * forgetting).exp();
        after.min(self.stability / (LAPSE_LEAST.0 * LAPSE_LEAST.1).exp())
    }

    /// The difficulty moves less the nearer it is to its maximum.
    fn difficulty_after(self, grade: Grade) -> f64 {
        let step = -DIFFICULTY_STEP * (grade.number() - 3.0);
        let moved = self.difficulty + step * (DIFFICULTY.1 - self.difficulty) / 9.0;
        let easy = first_difficulty(4.0);
        moved + REVERSION * (easy - moved)
    }

    fn clamped(self) -> Self {
        Self {
            stability: self.stability.clamp(STABILITY.0, STABILITY.1),
            difficulty: self.difficulty.clamp(DIFFICULTY.0, DIFFICULTY.1),
        }
    }
}

/// Difficulty after a first review with that number of a grade.
fn first_difficulty(number: f64) -> f64 {
    let (again, easier) = FIRST_DIFFICULTY;
    again - (easier * (number - 1.0)).exp() + 1.0
}

/// Scales time so that the chance of recall is 90 % when as many days as the stability have passed.
fn factor() -> f64 {
    0.9_f64.powf(1.0 / DECAY) - 1.0
}

#[cfg(test)]
mod tests {
    use fsrs::{FSRS, MemoryState};

    use super::*;
    use crate::study::shuffle::keyed;

    const GRADES: [Grade; 3] = [Grade::Again, Grade::Hard, Grade::Good];

    /// Whether two figures are the same, but for what the crate loses with single precision.
    fn close(ours: f64, theirs: f32) -> bool {
        let theirs = f64::from(theirs);
        (ours - theirs).abs() <= 2e-3 * theirs.abs().max(0.01)
    }

    /// 100,000 histories of up to a dozen reviews, each step against the crate.
    #[test]
    fn it_computes_what_the_crate_computes() {
        let crate_of_it = FSRS::default();
        for history in 0..100_000_u64 {
            let draw =
                |what: &str, step: usize, of: u64| keyed(history, what, &step.to_string()) % of;
            let mut ours: Option<Memory> = None;
            let mut theirs: Option<MemoryState> = None;
            for step in 0..=draw("reviews", 0, 12) as usize {
                let grade = GRADES[draw("grade", step, 3) as usize];
                // Most reviews come within weeks, some within years.
                let most = [3, 30, 30, 700][draw("range", step, 4) as usize];
                let days = 1 + draw("days", step, most) as u32;
                let state = match ours {
                    None => Memory::first(grade),
                    Some(memory) => memory.reviewed(grade, days),
                };
                let next = crate_of_it.next_states(theirs, 0.9, days).unwrap();
                let next = match grade {
                    Grade::Again => next.again,
                    Grade::Hard => next.hard,
                    Grade::Good => next.good,
                };
                let at = format!("history {history}, review {step}: {state:?} and {next:?}");
                assert!(close(state.stability, next.memory.stability), "{at}");
                assert!(close(state.difficulty, next.memory.difficulty), "{at}");
                assert!(close(state.interval(0.9), next.interval), "{at}");
                let then = fsrs::current_retrievability(next.memory, days as f32, 0.1542);
                assert!(close(state.recall(f64::from(days)), then), "{at}");
                (ours, theirs) = (Some(state), Some(next.memory));
            }
        }
    }

    #[test]
    fn recall_falls_to_nine_tenths_after_the_stability() {
        for stability in [0.001, 1.0, 30.0, 36_500.0] {
            let memory = Memory { stability, difficulty: 5.0 };
            assert!((memory.recall(stability) - 0.9).abs() < 1e-12);
            assert!((memory.interval(0.9) - stability).abs() < 1e-6 * stability);
            assert!((memory.recall(0.0) - 1.0).abs() < 1e-12);
            assert!((memory.recall(-3.0) - 1.0).abs() < 1e-12, "a clock that was set back");
        }
    }

    #[test]
    fn no_history_leaves_the_bounds() {
        for grades in [[Grade::Again; 2], [Grade::Good; 2], [Grade::Again, Grade::Good]] {
            let mut memory = Memory::first(grades[0]);
            for step in 0..2_000_u32 {
                let late = [1, 40_000][step as usize % 2];
                memory = memory.reviewed(grades[step as usize % 2], late);
                assert!((0.001..=36_500.0).contains(&memory.stability), "{memory:?}");
                assert!((1.0..=10.0).contains(&memory.difficulty), "{memory:?}");
            }
        }
    }
}
