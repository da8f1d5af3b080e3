//! Workflows: their programs, and what their tasks call.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::access::Caller;
use super::{Builder, number};
use crate::aws::workflow::{Called, Callee, Program};
use crate::design::{PartKind, PartPath, Workflow, arn};
use crate::world::service::CallError;
use crate::world::template::DETAIL;
use crate::world::topology::{PartId, WireKind};
use crate::world::workflow::{self, Resolved};

const ERRORS: [CallError; 6] = [
    CallError::Unavailable,
    CallError::TooManyRequests,
    CallError::Internal,
    CallError::Timeout,
    CallError::Heartbeat,
    CallError::AccessDenied,
];

impl Builder<'_> {
    pub fn workflows(&mut self, documents: &[(String, String)]) -> Vec<workflow::Workflow> {
        let design = self.design;
        let mut workflows = Vec::new();
        for (id, spec) in &design.workflows {
            let part = self.id(PartKind::Workflow, id);
            let text = documents.iter().find(|(name, _)| *name == spec.definition);
            let definition = text.and_then(|(_, text)| serde_json::from_str::<Value>(text).ok());
            let mut program = Program::new(definition.unwrap_or_else(|| json!({ "States": {} })));
            let starts = self
                .shapes
                .iter()
                .map(|shape| {
                    shape.examples().iter().map(|input| Some(program.start(input))).collect()
                })
                .collect();
            let called = program.callees().to_vec();
            let mut wires = BTreeMap::new();
            let callees = called
                .iter()
                .map(|called| self.resolve((id, part), spec, called, &mut wires, &mut program))
                .collect();
            let failures = ERRORS
                .into_iter()
                .map(|error| (error, program.failure(error.name(), "The call failed.")))
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
                },
                settings: workflow::Settings {
                    kind: spec.kind,
                    cancels,
                    required: self.bit(spec.required),
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
        called: &Called,
        wires: &mut BTreeMap<PartPath, u32>,
        program: &mut Program,
    ) -> Option<Resolved> {
        let own = PartKind::Workflow.path(id);
        let role = Caller::role(self.design, &own, spec.role_policy.as_deref());
        let (path, result) = match &called.callee {
            Callee::Function(name) => {
                let service = spec.calls.get(name)?;
                let given = spec.results.get(name).and_then(|text| serde_json::from_str(text).ok());
                let payload = given.unwrap_or_else(|| json!({}));
                let result = if called.wraps {
                    json!({ "ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200 })
                } else {
                    payload
                };
                (PartKind::Service.path(service), result)
            }
            Callee::Queue(name) => (PartKind::Queue.path(name), json!({ "MessageId": "message" })),
            Callee::Topic(name) => (PartKind::Topic.path(name), json!({ "MessageId": "message" })),
            Callee::Unknown(_) => return None,
        };
        let result = program.intern(result);
        if path.kind == PartKind::Service {
            let function = match &called.callee {
                Callee::Function(name) => arn("lambda", &format!("function:{name}")),
                Callee::Queue(_) | Callee::Topic(_) | Callee::Unknown(_) => String::new(),
            };
            let access = self.may_invoke(&path, function, &role);
            let to = self.path(&path);
            let topology = &mut self.topology;
            let connect = || topology.connect(part, to, WireKind::Call);
            let wire = *wires.entry(path.clone()).or_insert_with(connect);
            let service = number(&self.design.services, &path.id);
            return Some(Resolved::Service { service, wire, access, result });
        }
        let (target, wire) = self.sending(part, &path)?;
        let access = self.may_hand_to(&path, &role);
        Some(Resolved::Send { target, wire, access, shape: DETAIL, result })
    }
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
