//! Counts work as AWS does: invocations, executions and the events in their histories.

use super::World;
use super::function::BatchId;
use super::id::{FunctionId, WorkflowId};
use super::workflow::ThreadId;
use crate::aws::billing::Item;
use crate::design::WorkflowType;

/// Maximum length of a Standard execution's history (SFN-08).
const HISTORY_MAX: u32 = 25_000;
/// Minimum memory billed for an Express execution, in MB (COST-07).
const EXPRESS_MEMORY: u64 = 64;

impl World {
    /// Counts an invocation that starts to work on a batch.
    pub(super) fn invocation_began(&mut self, index: FunctionId, id: BatchId) {
        let now = self.now;
        if let Some(batch) = self.batch(index, id) {
            batch.began = now;
        }
        let state = &mut self.functions[index].state;
        state.running += 1;
        state.running_most = state.running_most.max(state.running);
        state.invocations += 1;
        self.bill.count(Item::LambdaRequests, 1);
        self.log_invocation(index, id);
    }

    /// Counts an execution that starts; its history begins with its input.
    pub(super) fn execution_began(&mut self, index: WorkflowId, is_sensitive: bool) {
        let workflow = &mut self.workflows[index];
        workflow.state.started += 1;
        workflow.state.running += 1;
        if workflow.settings.kind == WorkflowType::Standard {
            workflow.state.sensitive += u64::from(is_sensitive);
        }
        if workflow.settings.kind == WorkflowType::Express {
            self.bill.count(Item::ExpressRequests, 1);
        }
    }

    /// Adds events to the history of a thread's execution and returns whether they end it: a Standard execution
    /// fails when its history is full, and no state can catch that (SFN-08).
    pub(super) fn history_grows(&mut self, id: ThreadId, events: u32) -> bool {
        let Some((index, number, _)) = self.workflow_of(id) else { return true };
        let Some(execution) = self.executions.get_mut(number as usize) else { return true };
        // The start of the execution is logged with its first state.
        let written = if execution.events == 1 { events + 1 } else { events };
        execution.events = execution.events.saturating_add(events);
        let (is_full, root) = (execution.events > HISTORY_MAX, execution.root);
        self.log_history(id, written);
        if !is_full || self.workflows[index].settings.kind != WorkflowType::Standard {
            return false;
        }
        self.kill(root);
        self.fail(number);
        true
    }

    /// Ends a running execution and returns its workflow and its order.
    pub(super) fn end_execution(&mut self, number: u32) -> Option<(WorkflowId, u32)> {
        let execution = self.executions.get_mut(number as usize).filter(|e| e.running)?;
        execution.running = false;
        let (index, order) = (execution.workflow, execution.order);
        let began = execution.began;
        self.free_executions.push(number);
        let workflow = &mut self.workflows[index];
        workflow.state.running = workflow.state.running.saturating_sub(1);
        if workflow.settings.kind == WorkflowType::Express {
            // Billed in steps of 100 ms.
            let tenths = self.now.since(began).as_millis().div_ceil(100).max(1);
            self.bill.count(Item::ExpressDuration, tenths * 100 * EXPRESS_MEMORY);
        }
        self.log_end(index, order);
        Some((index, order))
    }
}

#[cfg(test)]
mod tests {
    use super::super::id::Id;
    use super::super::tests::{HAND, LINE, world_of};

    #[test]
    fn an_invocation_that_begins_runs_and_is_billed() {
        let mut world = world_of(&format!("{LINE}{HAND}"));
        let hand = Id::new(0);
        let batch = world.open_batch(hand);
        world.invocation_began(hand, batch);
        let state = &world.functions[hand].state;
        assert_eq!((state.running, state.running_most, state.invocations), (1, 1, 1));
        let billed = world.bill.lines().find(|(name, ..)| *name == "lambda_requests");
        assert_eq!(billed.map(|(_, count, _)| count), Some(1));
    }
}
