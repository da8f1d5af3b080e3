//! What happened: occurrences, and the trace of them that a run leaves.

use std::collections::VecDeque;

use super::PartId;
use super::service::CallError;
use crate::kernel::time::Time;

/// Occurrences that are kept to be looked at; the hash covers all.
const LATEST_MAX: usize = 2_048;
/// The same for those that are more than business as usual, which would soon be pushed out.
const NOTABLE_MAX: usize = 64;

/// What happened, for who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub at: Time,
    pub part: PartId,
    pub order: Option<u32>,
    pub kind: OccurrenceKind,
    /// A receive count, an attempt, a number of messages: as the kind needs it.
    pub number: u32,
}

/// The kinds of occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OccurrenceKind {
    Accepted = 1,
    Rejected,
    Published,
    Unmatched,
    Sent,
    Deduplicated,
    Filtered,
    Received,
    HandedBack,
    Deleted,
    DeadLettered,
    Expired,
    Redriven,
    Copied,
    Invoked,
    Throttled,
    Crashed,
    InvocationFailed,
    InvocationPartlyFailed,
    InvocationSucceeded,
    ExecutionStarted,
    StateEntered,
    Retrying,
    Caught,
    ExecutionSucceeded,
    ExecutionFailed,
    ExecutionTimedOut,
    Delivered,
    DeliveryFailed,
    Dropped,
    AlarmOn,
    AlarmOff,
    Broken,
    Repaired,
    /// A call of a service came to nothing; the number is the error's.
    CallFailed,
    /// A service did something in the world; the number is how often for this order, where it counts.
    TookEffect,
    /// It was done before, and was not done again.
    AlreadyDone,
    /// Another invocation is at it, by the record of the work.
    InProgressElsewhere,
    /// A handler can never process this order.
    Unprocessable,
    /// A worker takes a message in hand.
    WorkBegan,
    WorkFailed,
    /// A worker's delete came to nothing: the message had been lent to another (SQS-23).
    DeletedTooLate,
    /// A worker asked for more time; the number is the seconds from now.
    Extended,
}

impl OccurrenceKind {
    /// Business as usual: what every order does on a good day.
    #[must_use]
    pub fn is_routine(self) -> bool {
        use OccurrenceKind as Kind;
        matches!(
            self,
            Kind::Accepted
                | Kind::Published
                | Kind::Sent
                | Kind::Filtered
                | Kind::Received
                | Kind::Deleted
                | Kind::Invoked
                | Kind::InvocationSucceeded
                | Kind::ExecutionStarted
                | Kind::StateEntered
                | Kind::ExecutionSucceeded
                | Kind::Delivered
                | Kind::TookEffect
                | Kind::AlreadyDone
                | Kind::WorkBegan
                | Kind::Extended
        )
    }

    /// Whether something goes wrong here for an order, if there is one.
    #[must_use]
    pub fn is_failure(self) -> bool {
        use OccurrenceKind as Kind;
        matches!(
            self,
            Kind::Rejected
                | Kind::Unmatched
                | Kind::HandedBack
                | Kind::DeadLettered
                | Kind::Expired
                | Kind::Crashed
                | Kind::ExecutionFailed
                | Kind::ExecutionTimedOut
                | Kind::DeliveryFailed
                | Kind::Dropped
                | Kind::CallFailed
                | Kind::Unprocessable
                | Kind::WorkFailed
                | Kind::DeletedTooLate
        )
    }
}

impl OccurrenceKind {
    /// The name in a trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        use OccurrenceKind as Kind;
        match self {
            Kind::Accepted => "accepted",
            Kind::Rejected => "rejected",
            Kind::Published => "published",
            Kind::Unmatched => "unmatched",
            Kind::Sent => "sent",
            Kind::Deduplicated => "deduplicated",
            Kind::Filtered => "filtered",
            Kind::Received => "received",
            Kind::HandedBack => "handed-back",
            Kind::Deleted => "deleted",
            Kind::DeadLettered => "dead-lettered",
            Kind::Expired => "expired",
            Kind::Redriven => "redriven",
            Kind::Copied => "copied",
            Kind::Invoked => "invoked",
            Kind::Throttled => "throttled",
            Kind::Crashed => "crashed",
            Kind::InvocationFailed => "invocation-failed",
            Kind::InvocationPartlyFailed => "invocation-partly-failed",
            Kind::InvocationSucceeded => "invocation-succeeded",
            Kind::ExecutionStarted => "execution-started",
            Kind::StateEntered => "state-entered",
            Kind::Retrying => "retrying",
            Kind::Caught => "caught",
            Kind::ExecutionSucceeded => "execution-succeeded",
            Kind::ExecutionFailed => "execution-failed",
            Kind::ExecutionTimedOut => "execution-timed-out",
            Kind::Delivered => "delivered",
            Kind::DeliveryFailed => "delivery-failed",
            Kind::Dropped => "dropped",
            Kind::AlarmOn => "alarm-on",
            Kind::AlarmOff => "alarm-off",
            Kind::Broken => "broken",
            Kind::Repaired => "repaired",
            Kind::CallFailed => "call-failed",
            Kind::TookEffect => "took-effect",
            Kind::AlreadyDone => "already-done",
            Kind::InProgressElsewhere => "in-progress-elsewhere",
            Kind::Unprocessable => "unprocessable",
            Kind::WorkBegan => "work-began",
            Kind::WorkFailed => "work-failed",
            Kind::DeletedTooLate => "deleted-too-late",
            Kind::Extended => "extended",
        }
    }
}

impl Occurrence {
    /// What happened, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        use OccurrenceKind as Kind;
        let number = self.number;
        match self.kind {
            Kind::Accepted => "accepted and stored".to_owned(),
            Kind::Rejected => "rejected".to_owned(),
            Kind::Published => "published".to_owned(),
            Kind::Unmatched => "matched by no rule".to_owned(),
            Kind::Sent => "sent".to_owned(),
            Kind::Deduplicated => "a duplicate, not kept".to_owned(),
            Kind::Filtered => "filtered out".to_owned(),
            Kind::Received => format!("received, receive count {number}"),
            Kind::HandedBack => format!("visible again after receive {number}"),
            Kind::Deleted => "done and deleted".to_owned(),
            Kind::DeadLettered => format!("to the dead-letter queue after {number} tries"),
            Kind::Expired => "expired".to_owned(),
            Kind::Redriven => "redriven".to_owned(),
            Kind::Copied => "delivered twice".to_owned(),
            Kind::Invoked => format!("invoked with {number}"),
            Kind::Throttled => format!("throttled, try {number}"),
            Kind::Crashed => "crashed before it was written down".to_owned(),
            Kind::InvocationFailed => "invocation failed".to_owned(),
            Kind::InvocationPartlyFailed => format!("{number} of the batch failed"),
            Kind::InvocationSucceeded => "invocation succeeded".to_owned(),
            Kind::ExecutionStarted => "execution started".to_owned(),
            Kind::StateEntered => "state entered".to_owned(),
            Kind::Retrying => format!("retry {number}"),
            Kind::Caught => "error caught".to_owned(),
            Kind::ExecutionSucceeded => "execution succeeded".to_owned(),
            Kind::ExecutionFailed => "execution failed".to_owned(),
            Kind::ExecutionTimedOut => "execution timed out".to_owned(),
            Kind::Delivered => "delivered".to_owned(),
            Kind::DeliveryFailed => format!("delivery failed, attempt {number}"),
            Kind::Dropped => "given up".to_owned(),
            Kind::AlarmOn => "ALARM".to_owned(),
            Kind::AlarmOff => "OK again".to_owned(),
            Kind::Broken => "broken".to_owned(),
            Kind::Repaired => "repaired".to_owned(),
            Kind::CallFailed => match CallError::numbered(number) {
                Some(error) => format!("call failed: {}", error.name()),
                None => "call failed".to_owned(),
            },
            Kind::TookEffect if number > 1 => format!("done in the world, for the {number}. time"),
            Kind::TookEffect => "done in the world".to_owned(),
            Kind::AlreadyDone => "done before: not done again".to_owned(),
            Kind::InProgressElsewhere => "in progress elsewhere, by its record".to_owned(),
            Kind::Unprocessable => "the handler cannot process it".to_owned(),
            Kind::WorkBegan => format!("in hand, receive {number}"),
            Kind::WorkFailed => format!("try {number} failed: left in the queue"),
            Kind::DeletedTooLate => {
                format!("done, but the delete is of receive {number} and too late")
            }
            Kind::Extended => format!("still in hand: hidden for {number} s from now"),
        }
    }
}

/// All occurrences of a run: how many, a number over them, and the last ones.
#[derive(Debug, Clone)]
pub struct Trace {
    latest: VecDeque<Occurrence>,
    notable: VecDeque<Occurrence>,
    /// All that is not taken yet, where somebody takes it.
    pending: Option<Vec<Occurrence>>,
    count: u64,
    hash: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            latest: VecDeque::new(),
            notable: VecDeque::new(),
            pending: None,
            count: 0,
            hash: 0xcbf2_9ce4_8422_2325,
        }
    }
}

impl Trace {
    pub(super) fn add(&mut self, occurrence: Occurrence) {
        for value in [
            occurrence.at.0,
            u64::from(occurrence.part.0),
            occurrence.order.map_or(u64::MAX, u64::from),
            occurrence.kind as u64,
            u64::from(occurrence.number),
        ] {
            self.hash = (self.hash ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
        self.count += 1;
        keep(&mut self.latest, occurrence, LATEST_MAX);
        if let Some(pending) = &mut self.pending {
            pending.push(occurrence);
        }
        if !occurrence.kind.is_routine() {
            keep(&mut self.notable, occurrence, NOTABLE_MAX);
        }
    }

    /// From now on every occurrence is kept until it is taken.
    pub fn record(&mut self) {
        self.pending.get_or_insert_default();
    }

    /// What was recorded since it was taken last.
    pub fn take(&mut self) -> Vec<Occurrence> {
        self.pending.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many occurrences there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// A number over all occurrences so far: two runs that did the same have the same.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// What happened since there were `count`, as far as it is kept, the oldest first.
    #[must_use]
    pub fn since(&self, count: u64) -> Vec<Occurrence> {
        let new = self.count.saturating_sub(count) as usize;
        let old = self.latest.len().saturating_sub(new);
        self.latest.iter().skip(old).copied().collect()
    }

    /// The last occurrences that were more than business as usual, the newest first.
    pub fn notable(&self) -> impl Iterator<Item = &Occurrence> {
        self.notable.iter().rev()
    }
}

fn keep(kept: &mut VecDeque<Occurrence>, occurrence: Occurrence, most: usize) {
    if kept.len() == most {
        kept.pop_front();
    }
    kept.push_back(occurrence);
}
