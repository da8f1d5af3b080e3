//! Faults: what can fail, where, and for how long.

use serde::{Deserialize, Serialize};

use crate::design::{PartKind, PartPath};
use crate::kernel::time::{Span, Time};

/// Kinds of fault. A wrong event pattern is not one of them: it is a changed setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Every request to the part fails.
    Outage,
    /// A service, or a worker's own work, takes `factor` times as long, or ten times without one.
    Slow,
    /// Some calls of a service, or some attempts of a worker, fail: the share given by `rate`, or four in
    /// ten.
    Errors,
    /// A function or worker can never process orders that are accepted during the fault: as many as `orders`
    /// says, or else all of them. A fault with neither `orders` nor a duration affects one order.
    Poison,
    /// The part delivers a message, or runs an execution, twice (SQS-01, EB-10, LAM-33, SFN-03).
    Duplicate,
    /// A process dies after its side effects and before reporting them: a function or worker before
    /// it deletes its messages, an intake between writing and publishing.
    Crash,
    /// The part throttles the share of calls given by `rate`, or all of them.
    Throttle,
    /// The part's policy allows no principal.
    Deny,
    /// The part is encrypted with a key that no other part may use.
    WrongKey,
    /// A function or worker takes no work; a service accepts calls and never answers.
    Stop,
}

impl FaultKind {
    /// Every kind, in the order in which menus and messages list them.
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

    /// The word used in designs and on the command line.
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

    /// Parses the word used in files and options; `None` if no kind has it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Kinds of part that can have this fault.
    #[must_use]
    pub fn breaks(self) -> &'static [PartKind] {
        use PartKind as Part;
        match self {
            Self::Outage => &[
                Part::Service,
                Part::Store,
                Part::Bucket,
                Part::Bus,
                Part::Queue,
                Part::Topic,
                Part::Workflow,
            ],
            Self::Slow | Self::Errors => &[Part::Service, Part::Worker],
            Self::Poison => &[Part::Function, Part::Worker],
            Self::Duplicate => {
                &[Part::Queue, Part::Bus, Part::Topic, Part::Function, Part::Workflow]
            }
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

    /// Whether parts of this kind can have the fault.
    #[must_use]
    pub fn fits(self, kind: PartKind) -> bool {
        self.breaks().contains(&kind)
    }
}

/// A fault of one part, with its start and duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub part: PartPath,
    pub at: Time,
    pub span: Span,
    /// Only for `slow`.
    pub factor: Option<u32>,
    /// Only for `errors` and `throttle`.
    pub per_million: Option<u32>,
    /// Only for `poison`.
    pub orders: Option<u32>,
}

impl Fault {
    /// Creates a fault without the optional numbers.
    #[must_use]
    pub fn new(kind: FaultKind, part: PartPath, at: Time, span: Span) -> Self {
        Self { kind, part, at, span, factor: None, per_million: None, orders: None }
    }

    /// The first instant after the fault. Equals `at` for a fault without a duration.
    #[must_use]
    pub fn until(&self) -> Time {
        self.at + self.span
    }

    /// Whether the fault affects its part at `now`.
    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.at <= now && now < self.until()
    }
}
