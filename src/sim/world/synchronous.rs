//! Synchronous calls: a function or an Express workflow that is invoked by somebody who waits for the outcome.
//! Whoever waits tries again, so a refused call ends at once.

use super::function::Record;
use super::id::{FunctionId, WorkflowId};
use super::{Happened, Waiting, World};
use crate::aws::workflow::DataId;
use crate::fault::FaultKind;
use serde_json::{Value, json};

/// What a synchronous call says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    /// The work is done, and the answer is empty (EB-61).
    Empty,
    /// The work failed, and the answer does not say so (LAM-21).
    Swallowed,
    Failed,
}

impl Record {
    /// What a function's answer says of the record.
    pub fn fate(&self) -> Fate {
        match (self.reported, self.failed) {
            (true, _) => Fate::Failed,
            (false, true) => Fate::Swallowed,
            (false, false) => Fate::Done,
        }
    }
}

impl World {
    /// Invokes a function with a batch and returns whether it runs. Lambda does not retry a throttled
    /// synchronous invocation.
    pub(super) fn invoke_and_wait(
        &mut self,
        index: FunctionId,
        records: Vec<Record>,
        is_ordered: bool,
        waiting: Waiting,
    ) -> bool {
        let Some(Record { order, attempt, .. }) = records.first().copied() else { return false };
        let part = self.function_part(index);
        if self.is_broken(FaultKind::Stop, part) || self.is_throttled(index, order, attempt) {
            self.functions[index].state.throttles += 1;
            self.occur(part, Some(order), Happened::Throttled { attempt });
            return false;
        }
        let id = self.open_batch(index);
        if let Some(batch) = self.batch(index, id) {
            (batch.records, batch.is_ordered, batch.waiting) = (records, is_ordered, Some(waiting));
        }
        self.begin_invocation(index, id);
        true
    }

    /// Tells whoever waits for an invocation what became of its records.
    pub(super) fn hear(&mut self, waiting: Option<Waiting>, records: &[Record]) {
        let Some(waiting) = waiting else { return };
        let fates: Vec<Fate> = records.iter().map(Record::fate).collect();
        self.call_answered(waiting, &fates);
    }

    /// Performs `StartSyncExecution` and returns whether the execution runs. It runs at most once (SFN-03).
    pub(super) fn start_and_wait(
        &mut self,
        index: WorkflowId,
        (order, shape): (u32, u16),
        waiting: Waiting,
    ) -> bool {
        let Some(first) = self.first_node(index, order, shape) else { return false };
        let is_sensitive = self.is_sensitive(order, shape);
        let number = self.begin_execution(index, order, first, is_sensitive);
        if let Some(execution) = self.executions.get_mut(number as usize) {
            execution.caller = Some(waiting);
        }
        true
    }

    /// What an execution's end says of its order; without output, it did not succeed.
    pub(super) fn fate_of_execution(&self, index: WorkflowId, output: Option<DataId>) -> Fate {
        let Some(output) = output else { return Fate::Failed };
        let output = self.workflows[index].machine.program.borrow().data(output);
        if is_empty(&output) { Fate::Empty } else { Fate::Done }
    }
}

/// Whether an answer is empty: `""`, `{}` or `[]` (EB-61).
fn is_empty(answer: &Value) -> bool {
    [json!(""), json!({}), json!([])].contains(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAM-21: a handler that reports nothing has succeeded, whatever failed.
    #[test]
    fn a_record_is_done_failed_or_passed_over() {
        let fate =
            |reported, failed| Record { failed, reported, ..Record::new((0, 1), 0, false) }.fate();
        assert_eq!([fate(false, false), fate(false, true)], [Fate::Done, Fate::Swallowed]);
        assert_eq!([fate(true, false), fate(true, true)], [Fate::Failed; 2]);
    }

    /// EB-61.
    #[test]
    fn an_answer_is_empty_if_there_is_nothing_in_it() {
        for empty in [json!(""), json!({}), json!([])] {
            assert!(is_empty(&empty), "{empty}");
        }
        for full in [json!(null), json!(0), json!("{}"), json!([{}]), json!({ "a": {} })] {
            assert!(!is_empty(&full), "{full}");
        }
    }
}
