//! Occurrences, and the trace of them that a run leaves.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::PartId;
use super::service::CallError;
use crate::fault::FaultKind;
use crate::kernel::time::Time;

/// Number of latest occurrences that a trace keeps; its hash covers them all.
const LATEST_MAX: usize = 2_048;
/// Number of latest notable occurrences and failures that a trace keeps apart, because routine ones would
/// soon push them out.
const NOTABLE_MAX: usize = 64;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub at: Time,
    pub part: PartId,
    pub order: Option<u32>,
    pub happened: Happened,
}

/// Standing of an occurrence in the life of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Happens to many orders when all goes well.
    Routine,
    /// Out of the ordinary, but harmless to the order.
    Notable,
    /// Something goes wrong for the order, if there is one.
    Failure,
}

/// Tone in which an occurrence is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Something is repeated or retried.
    Again,
    /// Something ends without its work being done.
    Lost,
    Alarm,
    Good,
    Trouble,
}

/// Defines everything that can happen: its data, its name in a trace, its standing, its tone and its words.
/// The order of the list is part of every trace's hash: add a new entry at the end.
macro_rules! happened {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $field:ident: $type:ty })?, $name:literal, $standing:ident, $tone:ident, $words:expr;
    )+) => {
        /// Kind of an occurrence, with its data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Happened {
            $($(#[$doc])* $kind $({ $field: $type })?,)+
        }

        /// Kind of an occurrence, without its data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum OccurrenceKind {
            $($(#[$doc])* $kind,)+
        }

        impl Happened {
            /// Its kind, without its data.
            #[must_use]
            pub fn kind(self) -> OccurrenceKind {
                match self {
                    $(Self::$kind $({ $field: _ })? => OccurrenceKind::$kind,)+
                }
            }

            /// Its data as a number; 0 without data.
            #[must_use]
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$kind $({ $field })? => 0 $(+ Datum::number($field))?,)+
                }
            }

            /// Description in a few words.
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
            /// Name in a trace.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// Standing in the life of an order.
            #[must_use]
            pub fn standing(self) -> Standing {
                match self {
                    $(Self::$kind => Standing::$standing,)+
                }
            }

            /// Tone in which it is shown.
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
    /// The client's last attempt failed.
    Rejected { attempt: u32 }, "rejected", Failure, Trouble, "rejected";
    /// A bus or a topic accepted the message.
    Published, "published", Routine, Plain, "published";
    /// No rule of the bus matched (EB-01).
    Unmatched, "unmatched", Failure, Trouble, "matched by no rule";
    /// A queue accepted the message.
    Sent, "sent", Routine, Plain, "sent";
    /// A FIFO queue or topic recognised a duplicate and discarded it.
    Deduplicated, "deduplicated", Notable, Again, "a duplicate, not kept";
    /// No filter accepted the message.
    Filtered, "filtered", Routine, Plain, "filtered out";
    /// A consumer received the message; `count` is its receive count.
    Received { count: u32 }, "received", Routine, Plain, format!("received, receive count {count}");
    /// The message's visibility timeout ended, and it is visible again.
    HandedBack { count: u32 }, "handed-back", Failure, Again, format!("visible again after receive {count}");
    /// A consumer deleted the message, with the receipt of this receive.
    Deleted { receipt: u32 }, "deleted", Routine, Plain, "done and deleted";
    /// A message was moved or sent to a dead-letter queue.
    DeadLettered { tries: u32 }, "dead-lettered", Failure, Lost, format!("to the dead-letter queue after {}", tries_in_words(tries));
    /// The message's retention period ended.
    Expired, "expired", Failure, Lost, "expired";
    /// A message left a dead-letter queue for its source.
    Redriven, "redriven", Notable, Good, "redriven";
    /// A standard queue made a copy of it (SQS-01).
    Copied, "copied", Notable, Again, "delivered twice";
    /// A function was invoked.
    Invoked { records: u32 }, "invoked", Routine, Plain, format!("invoked, batch of {records}");
    /// A function had no concurrency left.
    Throttled { attempt: u32 }, "throttled", Notable, Again, format!("throttled, attempt {attempt}");
    /// A process died after its side effects and before it recorded them.
    Crashed, "crashed", Failure, Trouble, "crashed before anything recorded it";
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
    /// Something is retried; `attempt` is the attempt that failed.
    Retrying { attempt: u32 }, "retrying", Notable, Again, format!("retry {attempt}");
    /// A state's `Catch` handled the error.
    Caught { state: u32 }, "caught", Notable, Again, "error caught";
    /// An execution succeeded; `cancels` says whether it cancelled its order.
    ExecutionSucceeded { cancels: bool }, "execution-succeeded", Routine, Plain, "execution succeeded";
    /// An execution failed.
    ExecutionFailed, "execution-failed", Failure, Lost, "execution failed";
    /// An execution exceeded its time limit.
    ExecutionTimedOut, "execution-timed-out", Failure, Lost, "execution timed out";
    /// A subscription or a pipe delivered a message.
    Delivered { attempt: u32 }, "delivered", Routine, Plain, "delivered";
    /// A delivery failed.
    DeliveryFailed { attempt: u32 }, "delivery-failed", Failure, Again, format!("delivery failed, attempt {attempt}");
    /// A message was given up and kept nowhere.
    Dropped { tries: u32 }, "dropped", Failure, Lost, "given up";
    /// An alarm went into ALARM; `value` is the datapoint.
    AlarmOn { value: u32 }, "alarm-on", Notable, Alarm, "ALARM";
    /// An alarm left ALARM; `value` is the datapoint.
    AlarmOff { value: u32 }, "alarm-off", Notable, Good, "OK again";
    /// A fault begins.
    Broken { fault: FaultKind }, "broken", Notable, Trouble, "broken";
    /// A fault ends.
    Repaired { fault: FaultKind }, "repaired", Notable, Good, "repaired";
    /// A call of a service failed.
    CallFailed { error: CallError }, "call-failed", Failure, Trouble, format!("call failed: {}", error.name());
    /// A service had its side effect, for the `times`th time for the order; 0 if that is not counted.
    TookEffect { times: u32 }, "took-effect", Routine, Plain, if times > 1 { Cow::from(format!("done in the world, {times} times now")) } else { Cow::from("done in the world") };
    /// The work was done before, and was not repeated.
    AlreadyDone, "already-done", Routine, Good, "already done, not repeated";
    /// Another invocation is working on it, according to the idempotency record.
    InProgressElsewhere, "in-progress-elsewhere", Notable, Again, "in progress elsewhere, according to its record";
    /// A handler can never process this order.
    Unprocessable, "unprocessable", Failure, Trouble, "the handler cannot process it";
    /// A worker starts work on a message.
    WorkBegan { receipt: u32 }, "work-began", Routine, Plain, format!("work began, receive {receipt}");
    /// A worker's attempt failed.
    WorkFailed { receipt: u32 }, "work-failed", Failure, Trouble, format!("try {receipt} failed: left in the queue");
    /// A worker's delete had no effect: another consumer had received the message since (SQS-23).
    DeletedTooLate { receipt: u32 }, "deleted-too-late", Failure, Again, format!("done, but too late to delete (receive {receipt})");
    /// A worker extended the visibility timeout of its messages, from now.
    Extended { seconds: u32 }, "extended", Routine, Plain, format!("work goes on: hidden for {seconds} s from now");
    /// A bucket stored the payload that a message will refer to.
    PayloadPut { kilobytes: u32 }, "payload-put", Routine, Plain, format!("payload of {kilobytes} KB put into the bucket");
    /// A consumer got the payload that its message refers to.
    PayloadFetched { kilobytes: u32 }, "payload-fetched", Routine, Plain, format!("payload of {kilobytes} KB fetched");
    /// The payload that a message refers to is gone.
    PayloadMissing, "payload-missing", Failure, Trouble, "NoSuchKey: the payload is gone, but the message is not";
    /// A consumer may not get the payload that its message refers to.
    PayloadDenied, "payload-denied", Failure, Trouble, "AccessDenied: the role may not get the payload";
    /// A bucket does not answer.
    BucketUnavailable, "bucket-unavailable", Failure, Trouble, "503 Service Unavailable: the bucket does not answer";
    /// A function's destination took the record of a success (LAM-34).
    SuccessSent, "success-sent", Routine, Plain, "record of the success sent";
    /// A function's destination took the record of an event that was given up.
    FailureSent { tries: u32 }, "failure-sent", Failure, Trouble, format!("given up after {}: its record sent", tries_in_words(tries));
    /// A destination refused a record, which is gone.
    RecordRefused, "record-refused", Failure, Lost, "the destination refused the record, which is gone";
    /// A bus handed it to an archive.
    Archived, "archived", Routine, Plain, "on its way into the archive";
    /// A replay was started, of so many events.
    ReplayStarted { events: u32 }, "replay-started", Notable, Good, format!("replay of {events} events started");
    /// A replay was not started.
    ReplayRefused, "replay-refused", Notable, Trouble, "the replay was refused";
    /// A replay put the event on its bus again. It is told by its start and its end, as a whole.
    Replayed, "replayed", Routine, Again, "replayed: on the bus again";
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
    /// The enrichment of a pipe answered with nothing (EB-61).
    LeftOut, "left-out", Routine, Plain, "left out by the enrichment";
}

/// Data of an occurrence, as a number for the hash of its trace.
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
    /// Number in the hash of a trace, and in the keys of chance.
    pub(super) fn code(self) -> u32 {
        self as u32 + 1
    }

    /// Whether it happens to many orders when all goes well.
    #[must_use]
    pub fn is_routine(self) -> bool {
        self.standing() == Standing::Routine
    }

    /// Whether something goes wrong for the order, if there is one.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.standing() == Standing::Failure
    }
}

impl Occurrence {
    /// Kind of the occurrence, without its data.
    #[must_use]
    pub fn kind(&self) -> OccurrenceKind {
        self.happened.kind()
    }

    /// Description of the occurrence in a few words.
    #[must_use]
    pub fn words(&self) -> Cow<'static, str> {
        self.happened.words()
    }
}

/// Trace of a run: the number of its occurrences, their hash, and the latest of them.
#[derive(Debug, Clone)]
pub struct Trace {
    latest: VecDeque<Occurrence>,
    notable: VecDeque<Occurrence>,
    /// Occurrences that have not been taken yet; `None` if they are not recorded.
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
    /// Adds an occurrence.
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

    /// Starts to keep every occurrence until it is taken.
    pub fn record(&mut self) {
        self.pending.get_or_insert_default();
    }

    /// Takes the occurrences that were recorded since the last call.
    pub fn take(&mut self) -> Vec<Occurrence> {
        self.pending.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Number of occurrences so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Hash of all occurrences so far: runs with the same occurrences have the same hash.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Occurrences after the first `count`, as far as they are kept, oldest first.
    #[must_use]
    pub fn since(&self, count: u64) -> Vec<Occurrence> {
        let new = self.count.saturating_sub(count) as usize;
        let old = self.latest.len().saturating_sub(new);
        self.latest.iter().skip(old).copied().collect()
    }

    /// Latest occurrences that are not routine, newest first.
    pub fn notable(&self) -> impl Iterator<Item = &Occurrence> {
        self.notable.iter().rev()
    }
}

fn tries_in_words(tries: u32) -> String {
    format!("{tries} {}", if tries == 1 { "try" } else { "tries" })
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

    #[test]
    fn one_try_is_not_said_as_many() {
        let said = |tries| Happened::DeadLettered { tries }.words();
        assert_eq!(said(1), "to the dead-letter queue after 1 try");
        assert_eq!(said(2), "to the dead-letter queue after 2 tries");
        let sent = Happened::FailureSent { tries: 1 }.words();
        assert_eq!(sent, "given up after 1 try: its record sent");
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
