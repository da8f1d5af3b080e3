//! What the tasks of workflows call, found in the design.

use std::rc::Rc;

use serde_json::{Value, json};

use super::Target;
use super::delivery::Access;
use super::id::{BusId, ServiceId, StoreId, WorkflowId};
use crate::aws::workflow::{DataId, Nesting, TableCall};

/// What a task calls. A queue or topic gets the order's data, whatever the `Parameters` make of them: a *model
/// assumption* (MA-workflow-3).
#[derive(Debug, Clone)]
pub(crate) enum Resolved {
    Service { service: ServiceId, wire: u32, access: Access, result: DataId },
    Send { target: Target, wire: u32, access: Access, shape: u16, result: DataId },
    Table { store: StoreId, call: Rc<TableCall>, wire: u32, access: Access, result: DataId },
    Events { entries: Rc<[Entry]>, result: DataId },
    Machine { workflow: WorkflowId, nesting: Nesting, wire: u32, access: Access, result: DataId },
}

/// An entry of `PutEvents`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub bus: BusId,
    pub wire: u32,
    pub access: Access,
    /// Which of the events of that bus it is.
    pub form: u16,
}

impl Resolved {
    /// The result of a call whose result is the same each time.
    pub fn result(&self) -> DataId {
        match self {
            Self::Service { result, .. }
            | Self::Send { result, .. }
            | Self::Table { result, .. }
            | Self::Events { result, .. }
            | Self::Machine { result, .. } => *result,
        }
    }

    /// Takes what the design says now. The result stays, because executions know it by its number.
    pub fn retune(&mut self, fresh: &Self) {
        let kept = self.result();
        self.clone_from(fresh);
        match self {
            Self::Service { result, .. }
            | Self::Send { result, .. }
            | Self::Table { result, .. }
            | Self::Events { result, .. }
            | Self::Machine { result, .. } => *result = kept,
        }
    }
}

impl Resolved {
    /// The events that a call adds to a history: scheduled, started and how it ended, and with `.sync` that the
    /// request was submitted in between (SFN-08).
    pub fn events(&self) -> u32 {
        match self {
            Self::Machine { nesting: Nesting::Ended | Nesting::EndedAsJson, .. } => 4,
            Self::Machine { nesting: Nesting::Started, .. }
            | Self::Service { .. }
            | Self::Send { .. }
            | Self::Table { .. }
            | Self::Events { .. } => 3,
        }
    }
}

/// The input of a nested execution; without one it is `{}`.
pub fn input_of(request: &Value) -> Value {
    match request.get("Input") {
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
        }
        Some(input) => input.clone(),
        None => json!({}),
    }
}

/// The answer of a task that waited.
pub fn ended(output: &Value, nesting: Nesting) -> Value {
    let output = match nesting {
        Nesting::EndedAsJson => output.clone(),
        Nesting::Started | Nesting::Ended => Value::from(output.to_string()),
    };
    json!({ "ExecutionArn": "execution", "Name": "execution", "Status": "SUCCEEDED", "Output": output,
            "OutputDetails": { "Included": true } })
}

/// The answer of a task that does not wait.
pub fn started() -> Value {
    json!({ "ExecutionArn": "execution", "StartDate": "2026-01-01T00:00:00Z",
            "SdkHttpMetadata": { "HttpStatusCode": 200 } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::workflow::Program;
    use crate::world::id::Id;

    fn machine(program: &mut Program, nesting: Nesting, result: i32) -> Resolved {
        let (workflow, access) = (Id::new(0), Access::FULL);
        let result = program.intern(json!(result));
        Resolved::Machine { workflow, nesting, wire: result_wire(nesting), access, result }
    }

    fn result_wire(nesting: Nesting) -> u32 {
        u32::from(nesting == Nesting::Started)
    }

    /// SFN-08, SFN-41.
    #[test]
    fn a_call_that_waits_for_an_execution_has_one_more_event() {
        let mut program = Program::new(json!({ "States": {} }));
        for (nesting, events) in
            [(Nesting::Started, 3), (Nesting::Ended, 4), (Nesting::EndedAsJson, 4)]
        {
            assert_eq!(machine(&mut program, nesting, 1).events(), events);
        }
    }

    #[test]
    fn a_changed_callee_keeps_the_number_of_its_result() {
        let mut program = Program::new(json!({ "States": {} }));
        let mut callee = machine(&mut program, Nesting::Ended, 1);
        let before = callee.result();
        let fresh = machine(&mut program, Nesting::Started, 2);
        callee.retune(&fresh);
        assert!(callee.result() == before && fresh.result() != before);
        assert!(matches!(callee, Resolved::Machine { wire: 1, .. }));
    }
}
