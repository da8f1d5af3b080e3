//! What happened: occurrences, and the trace of them that a run leaves.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::PartId;
use super::service::CallError;
use crate::fault::FaultKind;
use crate::kernel::time::Time;

/// Occurrences that are kept to be looked at; the hash covers all.
const LATEST_MAX: usize = 2_048;
/// The same for those that are more than business as usual, which would soon be pushed out.
const NOTABLE_MAX: usize = 64;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub at: Time,
    pub part: PartId,
    pub order: Option<u32>,
    pub happened: Happened,
}

/// How an occurrence stands in the life of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What every order does on a good day.
    Routine,
    /// More than that, and nobody's loss.
    Notable,
    /// Something goes wrong for the order, if there is one.
    Failure,
}

/// What an occurrence looks like to an observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Something comes, or is tried, again.
    Again,
    /// It is over with it.
    Lost,
    Alarm,
    Good,
    Trouble,
}

/// The one list of what can happen: its data, its name in a trace, how it stands, its tone, and its words. The
/// order is part of every trace's hash: a new one comes last.
macro_rules! happened {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $field:ident: $type:ty })?, $name:literal, $standing:ident, $tone:ident, $words:expr;
    )+) => {
        /// What happened, with its data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Happened {
            $($(#[$doc])* $kind $({ $field: $type })?,)+
        }

        /// What happened, without its data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum OccurrenceKind {
            $($(#[$doc])* $kind,)+
        }

        impl Happened {
            /// What happened, without its data.
            #[must_use]
            pub fn kind(self) -> OccurrenceKind {
                match self {
                    $(Self::$kind $({ $field: _ })? => OccurrenceKind::$kind,)+
                }
            }

            /// Its data as a number, 0 without any.
            #[must_use]
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$kind $({ $field })? => 0 $(+ Datum::number($field))?,)+
                }
            }

            /// A few words.
            #[must_use]
            pub fn words(self) -> Cow<'static, str> {
                match self {
                    $(
                        #[allow(unused_variables)]
                        Self::$kind $({ $field })? => Cow::from($words),
                    )+
                }
            }
        }

        impl OccurrenceKind {
            /// The name in a trace.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// How it stands in the life of an order.
            #[must_use]
            pub fn standing(self) -> Standing {
                match self {
                    $(Self::$kind => Standing::$standing,)+
                }
            }

            /// What it looks like to an observer.
            #[must_use]
            pub fn tone(self) -> Tone {
                match self {
                    $(Self::$kind => Tone::$tone,)+
                }
            }
        }
    };
}

happened! {
    /// An intake accepted and stored the order.
    Accepted { attempt: u32 }, "accepted", Routine, Plain, "accepted and stored";
    /// The client was told no, for good.
    Rejected { attempt: u32 }, "rejected", Failure, Trouble, "rejected";
    /// A bus or a topic took the message.
    Published, "published", Routine, Plain, "published";
    /// No rule of the bus matched (EB-01).
    Unmatched, "unmatched", Failure, Trouble, "matched by no rule";
    /// A queue took the message.
    Sent, "sent", Routine, Plain, "sent";
    /// A FIFO queue or topic knew it already, and kept nothing.
    Deduplicated, "deduplicated", Notable, Again, "a duplicate, not kept";
    /// A filter did not take it.
    Filtered, "filtered", Routine, Plain, "filtered out";
    /// A consumer received it; `count` is its receive count.
    Received { count: u32 }, "received", Routine, Plain, format!("received, receive count {count}");
    /// Its visibility timeout ended, and it is visible again.
    HandedBack { count: u32 }, "handed-back", Failure, Again, format!("visible again after receive {count}");
    /// A consumer deleted it by the receipt of that receive.
    Deleted { receipt: u32 }, "deleted", Routine, Plain, "done and deleted";
    /// It went to a dead-letter queue.
    DeadLettered { tries: u32 }, "dead-lettered", Failure, Lost, format!("to the dead-letter queue after {tries} tries");
    /// Its retention ended.
    Expired, "expired", Failure, Lost, "expired";
    /// It left a dead-letter queue for its source.
    Redriven, "redriven", Notable, Good, "redriven";
    /// A standard queue made a copy of it (SQS-01).
    Copied, "copied", Notable, Again, "delivered twice";
    /// A function was invoked.
    Invoked { records: u32 }, "invoked", Routine, Plain, format!("invoked with {records}");
    /// A function had no concurrency left.
    Throttled { attempt: u32 }, "throttled", Notable, Again, format!("throttled, try {attempt}");
    /// A process died after its side effects and before it wrote that down.
    Crashed, "crashed", Failure, Trouble, "crashed before it was written down";
    /// An invocation failed as a whole.
    InvocationFailed { records: u32 }, "invocation-failed", Notable, Trouble, "invocation failed";
    /// An invocation reported failed records.
    InvocationPartlyFailed { failures: u32 }, "invocation-partly-failed", Notable, Trouble, format!("{failures} of the batch failed");
    /// An invocation succeeded.
    InvocationSucceeded { records: u32 }, "invocation-succeeded", Routine, Plain, "invocation succeeded";
    /// A workflow was started.
    ExecutionStarted, "execution-started", Routine, Plain, "execution started";
    /// An execution entered a state, by its index in the definition.
    StateEntered { state: u32 }, "state-entered", Routine, Plain, "state entered";
    /// Something is tried again; `attempt` failed.
    Retrying { attempt: u32 }, "retrying", Notable, Again, format!("retry {attempt}");
    /// A state's `Catch` took the error.
    Caught { state: u32 }, "caught", Notable, Again, "error caught";
    /// An execution succeeded; whether it cancelled its order.
    ExecutionSucceeded { cancels: bool }, "execution-succeeded", Routine, Plain, "execution succeeded";
    /// An execution failed.
    ExecutionFailed, "execution-failed", Failure, Lost, "execution failed";
    /// An execution ran into its time limit.
    ExecutionTimedOut, "execution-timed-out", Failure, Lost, "execution timed out";
    /// A subscription or a pipe delivered it.
    Delivered { attempt: u32 }, "delivered", Routine, Plain, "delivered";
    /// A delivery failed.
    DeliveryFailed { attempt: u32 }, "delivery-failed", Failure, Again, format!("delivery failed, attempt {attempt}");
    /// It was given up and kept nowhere.
    Dropped { tries: u32 }, "dropped", Failure, Lost, "given up";
    /// An alarm went into ALARM, at a value.
    AlarmOn { value: u32 }, "alarm-on", Notable, Alarm, "ALARM";
    /// An alarm is OK again.
    AlarmOff { value: u32 }, "alarm-off", Notable, Good, "OK again";
    /// A fault begins.
    Broken { fault: FaultKind }, "broken", Notable, Trouble, "broken";
    /// A fault is over.
    Repaired { fault: FaultKind }, "repaired", Notable, Good, "repaired";
    /// A call of a service came to nothing.
    CallFailed { error: CallError }, "call-failed", Failure, Trouble, format!("call failed: {}", error.name());
    /// A service did something in the world, for the order's `times`th time; 0 where that is not counted.
    TookEffect { times: u32 }, "took-effect", Routine, Plain, if times > 1 { Cow::from(format!("done in the world, for the {times}. time")) } else { Cow::from("done in the world") };
    /// It was done before, and was not done again.
    AlreadyDone, "already-done", Routine, Good, "done before: not done again";
    /// Another invocation is at it, by the record of the work.
    InProgressElsewhere, "in-progress-elsewhere", Notable, Again, "in progress elsewhere, by its record";
    /// A handler can never process this order.
    Unprocessable, "unprocessable", Failure, Trouble, "the handler cannot process it";
    /// A worker takes a message in hand.
    WorkBegan { receipt: u32 }, "work-began", Routine, Plain, format!("in hand, receive {receipt}");
    /// A worker's try failed.
    WorkFailed { receipt: u32 }, "work-failed", Failure, Trouble, format!("try {receipt} failed: left in the queue");
    /// A worker's delete came to nothing: the message had been lent to another (SQS-23).
    DeletedTooLate { receipt: u32 }, "deleted-too-late", Failure, Again, format!("done, but the delete is of receive {receipt} and too late");
    /// A worker asked for more time, from now.
    Extended { seconds: u32 }, "extended", Routine, Plain, format!("still in hand: hidden for {seconds} s from now");
    /// A bucket took the payload that a message will refer to.
    PayloadPut { kilobytes: u32 }, "payload-put", Routine, Plain, format!("payload of {kilobytes} KB put into the bucket");
    /// A consumer got the payload that its message refers to.
    PayloadFetched { kilobytes: u32 }, "payload-fetched", Routine, Plain, format!("payload of {kilobytes} KB fetched");
    /// The payload that a message refers to is gone.
    PayloadMissing, "payload-missing", Failure, Trouble, "NoSuchKey: the payload is gone, the message is not";
    /// A consumer may not get it.
    PayloadDenied, "payload-denied", Failure, Trouble, "AccessDenied: the role may not get the payload";
    /// A bucket does not answer.
    BucketUnavailable, "bucket-unavailable", Failure, Trouble, "503 Service Unavailable: the bucket does not answer";
    /// A function's destination took the record of a success (LAM-34).
    SuccessSent, "success-sent", Routine, Plain, "record of the success sent";
    /// A function's destination took the record of an event that was given up.
    FailureSent { tries: u32 }, "failure-sent", Failure, Trouble, format!("given up after {tries} tries: its record sent");
    /// A destination refused a record, which is gone.
    RecordRefused, "record-refused", Failure, Lost, "the destination refused the record, which is gone";
    /// A bus handed it to an archive.
    Archived, "archived", Routine, Plain, "on its way into the archive";
    /// A replay was started, of so many events.
    ReplayStarted { events: u32 }, "replay-started", Notable, Good, format!("replay of {events} events started");
    /// A replay was not started.
    ReplayRefused, "replay-refused", Notable, Trouble, "the replay was refused";
    /// A replay put the event on its bus again.
    Replayed, "replayed", Notable, Again, "replayed: on the bus again";
    /// A FIFO queue took as many requests in this second as it may (SQS-66, SQS-67).
    RequestThrottled, "request-throttled", Notable, Again, "RequestThrottled: over the quota of the queue";
    /// A bus took as many requests in this second as it may (EB-04).
    PutEventsThrottled, "put-events-throttled", Notable, Again, "ThrottlingException: Rate exceeded";
    /// A replay has put its last event on the bus.
    ReplayCompleted { events: u32 }, "replay-completed", Notable, Good, format!("replay of {events} events completed");
    /// An alarm published to a topic (CW-02).
    ActionTaken, "action-taken", Notable, Plain, "published to its topic";
    /// A topic did not take what an alarm published.
    ActionFailed, "action-failed", Notable, Trouble, "failed to execute its action: the topic refused";
    /// A workflow wrote, changed or deleted an item of a table.
    ItemWritten, "item-written", Routine, Plain, "item written";
    /// A table refused a write whose condition does not hold (IDM-01).
    ConditionFailed, "condition-failed", Notable, Again, "ConditionalCheckFailedException: not written again";
    /// A bus did not take an entry of a workflow's `PutEvents` (EB-06).
    EntryFailed, "entry-failed", Failure, Trouble, "an entry of PutEvents failed";
    /// A nested execution was stopped with the one that waited for it (SFN-35).
    ExecutionAborted, "execution-aborted", Failure, Lost, "execution aborted with the one that waited for it";
    /// A worker follows its backlog: it shall have so many tasks (T-36).
    Scaled { tasks: u32 }, "scaled", Notable, Plain, if tasks == 1 { Cow::from("scaled to 1 task") } else { Cow::from(format!("scaled to {tasks} tasks")) };
}

/// What an occurrence can carry, as the number that its trace is hashed with.
trait Datum {
    fn number(self) -> u32;
}

impl Datum for u32 {
    fn number(self) -> u32 {
        self
    }
}

impl Datum for bool {
    fn number(self) -> u32 {
        u32::from(self)
    }
}

impl Datum for FaultKind {
    fn number(self) -> u32 {
        self as u32
    }
}

impl Datum for CallError {
    fn number(self) -> u32 {
        self as u32
    }
}

impl OccurrenceKind {
    /// Its number in a trace's hash, and in the keys of chance.
    pub(super) fn code(self) -> u32 {
        self as u32 + 1
    }

    /// Whether it is what every order does on a good day.
    #[must_use]
    pub fn is_routine(self) -> bool {
        self.standing() == Standing::Routine
    }

    /// Whether something goes wrong here for an order, if there is one.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.standing() == Standing::Failure
    }
}

impl Occurrence {
    /// What happened, without its data.
    #[must_use]
    pub fn kind(&self) -> OccurrenceKind {
        self.happened.kind()
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn words(&self) -> Cow<'static, str> {
        self.happened.words()
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
            u64::from(occurrence.kind().code()),
            u64::from(occurrence.happened.number()),
        ] {
            self.hash = (self.hash ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
        self.count += 1;
        keep(&mut self.latest, occurrence, LATEST_MAX);
        if let Some(pending) = &mut self.pending {
            pending.push(occurrence);
        }
        if !occurrence.kind().is_routine() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(second: u64, part: u32, order: Option<u32>, happened: Happened) -> Occurrence {
        Occurrence { at: Time(second * 1_000_000), part: PartId(part), order, happened }
    }

    /// Every trace that was ever written down hangs on these numbers.
    #[test]
    fn codes_numbers_and_the_hash_of_a_trace_stay_as_they_are() {
        let mut trace = Trace::default();
        let repaired = Happened::Repaired { fault: FaultKind::Throttle };
        for (occurrence, code, number, hash) in [
            (
                occurrence(1, 3, Some(7), Happened::Accepted { attempt: 1 }),
                1,
                1,
                0xe564_23c5_2ab0_e8ee,
            ),
            (occurrence(2, 4, Some(7), Happened::Sent), 5, 0, 0xe053_1eca_c6a9_b768),
            (occurrence(3, 4, None, repaired), 34, 6, 0xe3bf_0d12_531c_d551),
        ] {
            trace.add(occurrence);
            assert_eq!((occurrence.kind().code(), occurrence.happened.number()), (code, number));
            assert_eq!(trace.hash(), hash, "after {}", occurrence.kind().name());
        }
    }

    #[test]
    fn a_trace_keeps_the_last_occurrences_and_counts_all() {
        let mut trace = Trace::default();
        for second in 0..3_000 {
            trace.add(occurrence(second, 0, None, Happened::Sent));
        }
        assert_eq!((trace.count(), trace.latest.len()), (3_000, 2_048));
        let last: Vec<u64> = trace.since(2_998).iter().map(|o| o.at.0 / 1_000_000).collect();
        assert_eq!(last, [2_998, 2_999]);
        assert_eq!(trace.notable().count(), 0, "business as usual");
        trace.add(occurrence(3_000, 0, None, Happened::Expired));
        trace.add(occurrence(3_001, 0, None, Happened::Redriven));
        let notable: Vec<&str> = trace.notable().map(|o| o.kind().name()).collect();
        assert_eq!(notable, ["redriven", "expired"], "the newest first");
    }

    #[test]
    fn what_is_recorded_is_taken_once() {
        let mut trace = Trace::default();
        trace.add(occurrence(1, 0, None, Happened::Sent));
        assert_eq!(trace.take(), []);
        trace.record();
        let sent = occurrence(2, 0, None, Happened::Sent);
        trace.add(sent);
        assert_eq!((trace.take(), trace.take()), (vec![sent], vec![]));
    }
}
