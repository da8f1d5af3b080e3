//! What can be broken, and for how long.

use crate::sim::kernel::time::{Span, Time};

/// The ways things break. More are to come; a design cannot ask for them yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Every call of a service fails.
    Outage,
    /// A service takes ten times as long.
    Slow,
    /// Four calls of ten fail.
    Errors,
    /// The next order can never be processed by a function.
    Poison,
    /// A queue hands out copies of the messages sent to it (SQS-01).
    Duplicate,
    /// A function's process dies after its side effects and before its messages are deleted.
    Crash,
    /// A function takes no work.
    Stop,
}

impl FaultKind {
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
            Self::Stop => "stop",
        }
    }
}

/// Something broken: the part by its path, from when, for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Such as `services.payment`.
    pub part: String,
    pub at: Time,
    pub span: Span,
}

impl Fault {
    #[must_use]
    pub fn until(&self) -> Time {
        self.at + self.span
    }

    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.at <= now && now < self.until()
    }
}
