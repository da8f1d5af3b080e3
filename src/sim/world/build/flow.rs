//! Builds workflows: their programs, and the parts that their tasks call.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::access::Caller;
use super::{Builder, number};
use crate::aws::workflow::{Called, Callee, DataId, EventEntry, Nesting, Program};
use crate::design::{
    HEARS, PartKind, PartPath, WATCHES, Workflow, arn, executions_arn, managed_rule_arn,
};
use crate::world::callee::{Entry, Resolved};
use crate::world::delivery::Access;
use crate::world::service::CallError;
use crate::world::template::DETAIL;
use crate::world::topology::{PartId, WireKind};
use crate::world::{callee, workflow};

/// What a call can come to.
pub const ERRORS: [CallError; 9] = [
    CallError::Unavailable,
    CallError::TooManyRequests,
    CallError::Internal,
    CallError::Timeout,
    CallError::Heartbeat,
    CallError::AccessDenied,
    CallError::ConditionFailed,
    CallError::FailedEntry,
    CallError::NestedFailed,
];
/// What a catcher is told of it.
pub const CAUSE: &str = "The call failed.";

/// The definitions of a design, by workflow.
pub type Programs = BTreeMap<String, Program>;

impl Builder<'_> {
    /// The definition of every workflow.
    pub fn programs(&self, documents: &[(String, String)]) -> Programs {
        let program = |(id, spec): (&String, &Workflow)| {
            let text = documents.iter().find(|(name, _)| *name == spec.definition);
            let definition = text.and_then(|(_, text)| serde_json::from_str::<Value>(text).ok());
            let program = Program::new(definition.unwrap_or_else(|| json!({ "States": {} })));
            (id.clone(), program)
        };
        self.design.workflows.iter().map(program).collect()
    }

    pub fn workflows(&mut self, programs: Programs) -> Vec<workflow::Workflow> {
        let design = self.design;
        let mut workflows = Vec::new();
        for ((id, spec), mut program) in design.workflows.iter().zip(programs.into_values()) {
            let part = self.id(PartKind::Workflow, id);
            let starts = self
                .shapes
                .iter()
                .map(|shape| {
                    shape.examples().iter().map(|input| Some(program.start(input))).collect()
                })
                .collect();
            let called = program.callees().to_vec();
            let mut wires = BTreeMap::new();
            let callees = (0..)
                .zip(&called)
                .map(|called| self.resolve((id, part), spec, called, &mut wires, &mut program))
                .collect();
            let failures = ERRORS
                .into_iter()
                .map(|error| (error, program.failure(error.name(), CAUSE)))
                .collect();
            let over_tolerance = program.failure(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            );
            let states = program.states().len();
            let cancels =
                program.states().iter().map(|s| spec.cancelled_in.contains(&s.name)).collect();
            workflows.push(workflow::Workflow {
                part,
                key: self.key(part),
                machine: workflow::Machine {
                    timeout: program.timeout(),
                    program: Rc::new(RefCell::new(program)),
                    starts,
                    callees,
                    failures,
                    over_tolerance,
                    nested: BTreeMap::new(),
                    answers: BTreeMap::new(),
                },
                settings: workflow::Settings {
                    kind: spec.kind,
                    cancels,
                    required: self.bit(spec.required),
                    matters: self.matters.contains(&PartKind::Workflow.path(id)),
                    idempotency_keys: spec.idempotency_keys,
                },
                state: workflow::State {
                    inside: vec![0; states],
                    retrying: vec![0; states],
                    ..workflow::State::default()
                },
            });
        }
        workflows
    }

    fn resolve(
        &mut self,
        (id, part): (&str, PartId),
        spec: &Workflow,
        (number_of_callee, called): (usize, &Called),
        wires: &mut Wires,
        program: &mut Program,
    ) -> Option<Resolved> {
        let own = PartKind::Workflow.path(id);
        let role = Caller::role(self.design, &own, spec.role_policy.as_deref());
        let result = program.intern(result_of(spec, called)?);
        Some(match &called.callee {
            Callee::Function(name) => {
                let service = spec.calls.get(name)?;
                let path = PartKind::Service.path(service);
                let function = arn("lambda", &format!("function:{name}"));
                let access = self.may_invoke(&path, function, &role);
                let wire = self.wire(part, &path, WireKind::Call, wires);
                let service = number(&self.design.services, service);
                Resolved::Service { service, wire, access, result }
            }
            Callee::Queue(name) => {
                self.send_to(part, &PartKind::Queue.path(name), &role, result)?
            }
            Callee::Topic(name) => {
                self.send_to(part, &PartKind::Topic.path(name), &role, result)?
            }
            Callee::Table(call) => {
                let path = PartKind::Store.path(&call.table);
                let table = self.design.target_arn(&path);
                let actions = [call.action.permission()];
                let access = self.may_act_on(&path, table, &role, &actions);
                let wire = self.wire(part, &path, WireKind::Send, wires);
                let store = number(&self.design.stores, &call.table);
                Resolved::Table { store, call: Rc::new(call.clone()), wire, access, result }
            }
            Callee::Events(entries) => {
                let entry = |(place, entry): (usize, &EventEntry)| {
                    let path = PartKind::Bus.path(&entry.bus);
                    Entry {
                        bus: number(&self.design.buses, &entry.bus),
                        wire: self.wire(part, &path, WireKind::Send, wires),
                        access: self.may_hand_to(&path, &role),
                        form: self.form_of_entry(&entry.bus, (id, number_of_callee, place)),
                    }
                };
                Resolved::Events {
                    entries: entries.iter().enumerate().map(entry).collect(),
                    result,
                }
            }
            Callee::Machine(name, nesting) => {
                let path = PartKind::Workflow.path(name);
                let access = self.may_start(&path, *nesting, &role);
                let wire = self.wire(part, &path, WireKind::Send, wires);
                let workflow = number(&self.design.workflows, name);
                Resolved::Machine { workflow, nesting: *nesting, wire, access, result }
            }
            Callee::Unknown(_) | Callee::Unmodelled(_) => return None,
        })
    }

    /// The wire from a workflow to a part, which all of its tasks share.
    fn wire(&mut self, from: PartId, to: &PartPath, kind: WireKind, wires: &mut Wires) -> u32 {
        let part = self.path(to);
        let topology = &mut self.topology;
        *wires.entry(to.clone()).or_insert_with(|| topology.connect(from, part, kind))
    }

    fn send_to(
        &mut self,
        part: PartId,
        path: &PartPath,
        role: &Caller,
        result: DataId,
    ) -> Option<Resolved> {
        let (target, wire) = self.sending(part, path)?;
        let access = self.may_hand_to(path, role);
        Some(Resolved::Send { target, wire, access, shape: DETAIL, result })
    }

    /// Whether a workflow's role may start another one, and hear of its end if it waits for that (SEC-14).
    fn may_start(&self, path: &PartPath, nesting: Nesting, role: &Caller) -> Access {
        let starts = self.may_hand_to(path, role);
        if nesting == Nesting::Started || starts != Access::FULL {
            return starts;
        }
        let watches = self.may_act_on(path, executions_arn(&path.id), role, &WATCHES);
        if watches != Access::FULL {
            return watches;
        }
        self.may_act_on(path, managed_rule_arn(), role, &HEARS)
    }
}

/// Wires of a workflow by where they lead.
type Wires = BTreeMap<PartPath, u32>;

/// What a call answers when it succeeds; `None` of a call that designs do not model.
pub fn result_of(spec: &Workflow, called: &Called) -> Option<Value> {
    let done = || json!({ "SdkHttpMetadata": { "HttpStatusCode": 200 } });
    Some(match &called.callee {
        Callee::Function(name) => {
            let given = spec.results.get(name).and_then(|text| serde_json::from_str(text).ok());
            let payload = given.unwrap_or_else(|| json!({}));
            if called.wraps {
                json!({ "ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200 })
            } else {
                payload
            }
        }
        Callee::Queue(_) | Callee::Topic(_) => json!({ "MessageId": "message" }),
        Callee::Table(_) => done(),
        Callee::Events(entries) => {
            let ids: Vec<Value> = entries.iter().map(|_| json!({ "EventId": "event" })).collect();
            let mut result = done();
            (result["Entries"], result["FailedEntryCount"]) = (json!(ids), json!(0));
            result
        }
        Callee::Machine(..) => callee::started(),
        Callee::Unknown(_) | Callee::Unmodelled(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;
    use crate::world::World;
    use crate::world::id::Id;
    use crate::world::tests::{bus_line, world_with};

    fn world() -> World {
        let call = |resource: &str, parameter: &str, next: &str| {
            format!(
                r#"{{ "Type": "Task", "Resource": "arn:aws:states:::{resource}", "Parameters": {{ {parameter} }}, {next} }}"#
            )
        };
        let states = [
            call("lambda:invoke", r#""FunctionName": "one""#, r#""Next": "b""#),
            call("lambda:invoke", r#""FunctionName": "two""#, r#""Next": "c""#),
            call(
                "sqs:sendMessage",
                r#""QueueUrl": "https://sqs/1/work", "MessageBody": "x""#,
                r#""End": true"#,
            ),
        ];
        let [a, b, c] = states;
        let definition = format!(
            r#"{{ "StartAt": "a", "TimeoutSeconds": 90, "States": {{ "a": {a}, "b": {b}, "c": {c} }} }}"#
        );
        let flow = "[workflows.flow]\ndefinition = 'flow.json'\ncalls = { one = 'till', two = 'till' }\n\
                    cancelled_in = ['c']\n";
        let line = bus_line().replace("queues.work']", "workflows.flow']");
        world_with(&format!("{line}{flow}"), &[("flow.json".to_owned(), definition)])
    }

    #[test]
    fn two_functions_of_one_service_share_the_wire_to_it() {
        let world = world();
        let workflow = &world.workflows[Id::new(0)];
        let wires: Vec<u32> = workflow
            .machine
            .callees
            .iter()
            .flatten()
            .map(|callee| match callee {
                Resolved::Service { wire, .. } | Resolved::Send { wire, .. } => *wire,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(wires.len(), 3);
        assert!(wires[0] == wires[1] && wires[1] != wires[2], "{wires:?}");
        let kinds = [wires[0], wires[2]].map(|wire| world.topology.wires[wire as usize].kind);
        assert_eq!(kinds, [WireKind::Call, WireKind::Send]);
    }

    #[test]
    fn a_workflow_knows_its_states_its_limit_and_every_error_of_a_call() {
        let world = world();
        let workflow = &world.workflows[Id::new(0)];
        assert_eq!(workflow.settings.cancels, [false, false, true]);
        assert_eq!((workflow.state.inside.len(), workflow.state.retrying.len()), (3, 3));
        assert_eq!(workflow.machine.timeout, Some(Span::from_secs(90)));
        assert_eq!(workflow.machine.failures.len(), ERRORS.len());
        assert!(workflow.machine.starts.iter().flatten().all(Option::is_some));
    }
}
