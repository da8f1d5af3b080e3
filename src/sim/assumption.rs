//! Model assumptions: what the model decides where AWS documents nothing.
//!
//! Each kind of part lists its own beside its settings (`ASSUMES`), as do experiments and the bill. The comment
//! on the code that follows an assumption names it by its id; a test compares comments and lists.

/// A model assumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// Short name in comments, such as `MA-queue-1`: whose it is, and a number.
    pub id: &'static str,
    /// Sentence for the screen.
    pub text: &'static str,
}

/// Creates an assumption from its id and its sentence.
pub(crate) const fn assume(id: &'static str, text: &'static str) -> Assumption {
    Assumption { id, text }
}

/// Of rules, pipes, functions and archives.
pub(crate) const LOOKS: Assumption =
    assume("MA-pattern-1", "A pattern gives up after 2,000,000 comparisons and does not match.");
/// Of rules, pipes, functions and archives.
pub(crate) const WILDCARDS: Assumption =
    assume("MA-pattern-2", "A wildcard with five * before the same character is too complex.");
/// Of rules and subscriptions.
pub(crate) const INVALID: Assumption =
    assume("MA-delivery-1", "A delivery that a queue rejects as invalid is not sent again.");
/// Of buses and queues.
pub(crate) const WHOLE_SECONDS: Assumption =
    assume("MA-quota-1", "A quota counts by whole seconds of the clock and allows no bursts.");
/// Of intakes, stores and workers.
pub(crate) const ROLE: Assumption =
    assume("MA-role-1", "Its role may do what the design needs: no console writes a policy.");
/// Of queues and topics.
pub(crate) const DEDUPLICATION: Assumption =
    assume("MA-fifo-1", "A sender that gives no deduplication id gives the message's number.");
/// Of topics and subscriptions.
pub(crate) const IN_LINE: Assumption =
    assume("MA-fifo-2", "In a group of a FIFO topic, each message waits for the one before it.");
