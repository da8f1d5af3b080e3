//! What can be broken, where, and for how long.

use serde::{Deserialize, Serialize};

use crate::design::{PartKind, PartPath};
use crate::kernel::time::{Span, Time};

/// The ways things break. A wrong event pattern is none of them: that is a changed setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Nothing that is asked of the part succeeds.
    Outage,
    /// A service, or the work of a worker itself, takes longer: ten times as long, or as the factor says.
    Slow,
    /// Some calls of a service, or some of a worker's tries, fail: four of ten, or as the rate says.
    Errors,
    /// Orders accepted meanwhile can never be processed by a function or worker: all of them, or as many as
    /// said; one, where no time is given.
    Poison,
    /// The part makes copies of what it delivers (SQS-01, EB-10, LAM-33).
    Duplicate,
    /// A process dies after its side effects and before it has said so: a function or worker before its
    /// messages are deleted, an intake between its write and its publishing.
    Crash,
    /// The part answers that it is asked too much: all calls, or as the rate says.
    Throttle,
    /// The part's policy allows nobody.
    Deny,
    /// The part is encrypted with a key that nobody else may use.
    WrongKey,
    /// A function or worker takes no work; a service takes it and never answers.
    Stop,
}

impl FaultKind {
    pub const ALL: [Self; 10] = [
        Self::Outage,
        Self::Slow,
        Self::Errors,
        Self::Poison,
        Self::Duplicate,
        Self::Crash,
        Self::Throttle,
        Self::Deny,
        Self::WrongKey,
        Self::Stop,
    ];

    /// The word that designs and the command line use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Slow => "slow",
            Self::Errors => "errors",
            Self::Poison => "poison",
            Self::Duplicate => "duplicate",
            Self::Crash => "crash",
            Self::Throttle => "throttle",
            Self::Deny => "deny",
            Self::WrongKey => "wrong-key",
            Self::Stop => "stop",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kinds of part that can break so.
    #[must_use]
    pub fn breaks(self) -> &'static [PartKind] {
        use PartKind as Part;
        match self {
            Self::Outage => {
                &[Part::Service, Part::Store, Part::Bus, Part::Queue, Part::Topic, Part::Workflow]
            }
            Self::Slow | Self::Errors => &[Part::Service, Part::Worker],
            Self::Poison => &[Part::Function, Part::Worker],
            Self::Duplicate => &[Part::Queue, Part::Bus, Part::Topic],
            Self::Crash => &[Part::Function, Part::Worker, Part::Intake],
            Self::Throttle => &[
                Part::Service,
                Part::Bus,
                Part::Queue,
                Part::Topic,
                Part::Workflow,
                Part::Function,
            ],
            Self::Deny => &[Part::Queue, Part::Topic, Part::Workflow, Part::Function, Part::Worker],
            Self::WrongKey => &[Part::Queue, Part::Topic],
            Self::Stop => &[Part::Function, Part::Worker, Part::Service],
        }
    }

    #[must_use]
    pub fn fits(self, kind: PartKind) -> bool {
        self.breaks().contains(&kind)
    }
}

/// Something broken: the part by its path, from when, for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub part: PartPath,
    pub at: Time,
    pub span: Span,
    /// Of `slow`.
    pub factor: Option<u32>,
    /// Of `errors` and `throttle`.
    pub per_million: Option<u32>,
    /// Of `poison`.
    pub orders: Option<u32>,
}

impl Fault {
    /// One without further numbers.
    #[must_use]
    pub fn new(kind: FaultKind, part: PartPath, at: Time, span: Span) -> Self {
        Self { kind, part, at, span, factor: None, per_million: None, orders: None }
    }

    #[must_use]
    pub fn until(&self) -> Time {
        self.at + self.span
    }

    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.at <= now && now < self.until()
    }
}
