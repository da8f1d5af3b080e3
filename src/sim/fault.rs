//! What can be broken, where, and for how long.

use serde::{Deserialize, Serialize};

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

    /// The kinds of part that can break so, as the tables of a design are called.
    #[must_use]
    pub fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Outage => &["services", "stores", "buses", "queues", "topics", "workflows"],
            Self::Slow | Self::Errors => &["services", "workers"],
            Self::Poison => &["functions", "workers"],
            Self::Duplicate => &["queues", "buses", "topics"],
            Self::Crash => &["functions", "workers", "intakes"],
            Self::Throttle => &["services", "buses", "queues", "topics", "workflows", "functions"],
            Self::Deny => &["queues", "topics", "workflows", "functions", "workers"],
            Self::WrongKey => &["queues", "topics"],
            Self::Stop => &["functions", "workers", "services"],
        }
    }

    #[must_use]
    pub fn fits(self, table: &str) -> bool {
        self.tables().contains(&table)
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
    pub fn new(kind: FaultKind, part: &str, at: Time, span: Span) -> Self {
        Self {
            kind,
            part: part.to_owned(),
            at,
            span,
            factor: None,
            per_million: None,
            orders: None,
        }
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
