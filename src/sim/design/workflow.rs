//! A workflow: a state machine, and the services that its tasks call.

mod uses;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Breach, Change, HIDDEN, Subject};
use super::check::{Checker, no};
use super::part::{Limit, Metrics, Part, QUARTER, Reception, from_fields};
use super::policy::{document, list};
use super::{Design, PartKind, PartPath, arn, iam_arn};
use crate::assumption::{Assumption, assume};
use crate::aws::workflow::{self, Callee, Program};
use crate::fault::FaultKind;

pub(crate) use self::uses::{HEARS, WATCHES, executions_arn, managed_rule_arn};

/// Type of a workflow (SFN-01).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowType {
    #[default]
    Standard,
    Express,
}

/// A state machine of Step Functions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workflow {
    pub title: Option<String>,
    /// Whether an order is completed only after its execution has succeeded.
    pub required: bool,
    #[serde(rename = "type")]
    pub kind: WorkflowType,
    /// File name of the definition, under `workflows/`.
    pub definition: String,
    /// Service that each function in the definition calls, by the function's name.
    pub calls: BTreeMap<String, String>,
    /// Result of each of those functions in JSON; `{}` when omitted.
    pub results: BTreeMap<String, String>,
    /// The stores, buses and workflows that its tasks get items from, put events on and start: `stores.starts`.
    /// Its role is made for them.
    pub uses: Vec<PartPath>,
    /// Final states that cancel the order on purpose.
    pub cancelled_in: Vec<String>,
    /// Whether its calls carry an idempotency key (IDM-07).
    pub idempotency_keys: bool,
    /// Identity policy of the role (SEC-14); a sufficient one by default.
    pub role_policy: Option<String>,
}

impl Workflow {
    /// Model assumptions about workflows.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-workflow-1", "A transition takes 80 ms."),
        assume(
            "MA-workflow-2",
            "All executions have the same names and times in the context object.",
        ),
        assume("MA-workflow-3", "A queue or topic gets the first input, whatever Parameters say."),
        assume("MA-workflow-4", "The detail of an event is that of the first way to its state."),
        assume("MA-workflow-5", "The second execution of a repeated start begins at once."),
        assume(
            "MA-workflow-6",
            "A task hears 50 ms after its end of an execution that it waits for.",
        ),
        assume("MA-workflow-7", "A nested execution stops at once with the one that waits for it."),
        assume(
            "MA-workflow-8",
            "Its role may send to each queue and topic that a definition may name.",
        ),
        assume("MA-workflow-9", "An item that is too large for a batch forms a batch of its own."),
        assume(
            "MA-workflow-10",
            "With its children, it enters a million states and passes a GB at most.",
        ),
        assume("MA-workflow-11", "A template produces 4 MB at most, and a path visits 8 MB."),
    ];
}

impl Part for Workflow {
    from_fields!(title, required);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("states", &format!("stateMachine:{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("workflows.{id}.{field}");
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
        let Some(text) = checker.document(&self.definition) else {
            checker.must(false, &path("definition"), || {
                format!("There is no document workflows/{}.", self.definition)
            });
            return;
        };
        let definition = match serde_json::from_str::<Value>(text) {
            Ok(definition) => definition,
            Err(cause) => {
                checker.must(false, &path("definition"), || {
                    format!("The definition is not JSON: {cause}.")
                });
                return;
            }
        };
        let mistakes = workflow::validate(&definition);
        for mistake in &mistakes {
            checker.must(false, &path("definition"), || {
                format!("InvalidDefinition: {} ({})", mistake.sentence, mistake.place)
            });
        }
        for passed_over in workflow::unmodelled(&definition) {
            checker.must(false, &path("definition"), || {
                format!("{} ({})", passed_over.sentence, passed_over.place)
            });
        }
        // A design has no place to read items from or write results to.
        for field in ["ItemReader", "ResultWriter"] {
            checker.must(!text.contains(&format!("\"{field}\"")), &path("definition"), || {
                format!(
                    "{field} is not modelled in a design: give the Map its items with ItemsPath."
                )
            });
        }
        if text.contains("\"JSONata\"") {
            checker.must(false, &path("definition"), || {
                "JSONata is outside what is modelled: use JSONPath.".into()
            });
        } else if mistakes.is_empty() {
            self.check_calls(id, &Program::new(definition), checker);
        }
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.uses.clone()
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        answers.add(
            "aws stepfunctions describe-state-machine",
            json!({
                "stateMachineArn": self.arn(id, answers.design),
                "name": id,
                "status": "ACTIVE",
                "type": serde_json::to_value(self.kind).unwrap_or_default(),
                "roleArn": iam_arn(self.account(answers.design), &format!("role/{id}")),
            }),
        );
        let definition = answers.document(&self.definition);
        if let Some(definition) = definition.and_then(|text| serde_json::from_str(text).ok()) {
            answers.add("its definition", definition);
        }
        answers.policy("the policy of its role", self.role_policy.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let subject = change.subject;
        let parameters = json!({ "stateMachineArn": subject.arn(), "definition": HIDDEN });
        vec![subject.call("states.amazonaws.com", "UpdateStateMachine", parameters)]
    }

    /// A workflow has no resource policy (SEC-14): the role that starts it loses its identity policy.
    fn breach_call(&self, breach: Breach, begins: bool, on: Subject<'_>) -> Option<ApiCall> {
        match breach {
            Breach::Denied => Some(on.role_denial(Some(HIDDEN), begins)),
            Breach::WrongKey | Breach::Stopped => None,
        }
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// The functions that it calls, the parts that it uses, and every queue and topic that it might send to
    /// (SEC-14): which of them it does is said in its definition, and that is no setting. A *model
    /// assumption* (MA-workflow-8); the console's role is for those of the definition alone.
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        let function = |name: &String| arn("lambda", &format!("function:{name}"));
        let functions: Vec<String> = self.calls.keys().map(function).collect();
        let mut statements = Vec::new();
        if !functions.is_empty() {
            statements.push(format!(
                r#"{{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {}}}"#,
                list(&functions)
            ));
        }
        for kind in [PartKind::Queue, PartKind::Topic] {
            let ids = design.ids(kind).into_iter();
            let sends = ids.filter_map(|id| design.sending_statements(&kind.path(id)));
            statements.extend(sends.flatten());
        }
        statements.extend(self.use_statements(design));
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// Accepts input of up to 256 KiB (SFN-09). A workflow has no resource policy: a sender needs an identity
    /// policy that allows it (SEC-14).
    fn receives(&self) -> Option<Reception<'_>> {
        Some(Reception {
            action: "states:StartExecution",
            policy: None,
            key: None,
            limit: Some(Limit {
                most: QUARTER,
                refusal: "StartExecution: InvalidExecutionInput: the input exceeds 262144 bytes",
            }),
        })
    }

    /// SFN-03.
    fn fault_refusal(&self, kind: FaultKind, id: &str, design: &Design) -> Option<&'static str> {
        if kind != FaultKind::Duplicate {
            None
        } else if self.kind == WorkflowType::Standard {
            Some(
                "a Standard workflow runs each execution exactly once, and only Express is at-least-once (SFN-03)",
            )
        } else if !design.is_invoked_asynchronously(&PartKind::Workflow.path(id)) {
            Some(
                "whoever starts it waits for the outcome, and a synchronous Express execution runs at most \
                 once (SFN-03)",
            )
        } else {
            None
        }
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(Metrics { namespace: "AWS/States", dimension: "StateMachineArn" })
    }
}

/// Why a task cannot wait for a token.
const TOKENS: &str = "that is modelled for functions alone";

impl Workflow {
    fn check_calls(&self, id: &str, program: &Program, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("workflows.{id}.{field}");
        for service in self.calls.values() {
            let known = design.services.contains_key(service);
            checker.must(known, &path("calls"), || no("service", service));
        }
        for (function, result) in &self.results {
            let good = serde_json::from_str::<Value>(result).is_ok();
            checker.must(good && self.calls.contains_key(function), &path("results"), || {
                format!("The result of {function} must be JSON, and calls must list {function}.")
            });
        }
        for called in program.callees() {
            let state = &called.state;
            let (holds, what) = match &called.callee {
                Callee::Function(name) => (self.calls.contains_key(name), name),
                Callee::Queue(name) => (design.queues.contains_key(name), name),
                Callee::Topic(name) => (design.topics.contains_key(name), name),
                Callee::Unknown(resource) => (false, resource),
                Callee::Unmodelled(why) => {
                    checker.must(false, &path("definition"), || format!("{state}: {why}."));
                    continue;
                }
                Callee::Table(_) | Callee::Events(_) | Callee::Machine(..) => {
                    self.check_use(id, called, checker);
                    continue;
                }
            };
            checker.must(holds, &path("calls"), || match &called.callee {
                Callee::Function(_) => {
                    format!("{state} calls {what:?}: say in calls which service that is.")
                }
                Callee::Unknown(_) => format!(
                    "{state} uses the resource {what:?}, which no part of a design stands for: use \
                     lambda:invoke, sqs:sendMessage, sns:publish, dynamodb:putItem, getItem, updateItem or \
                     deleteItem, events:putEvents or states:startExecution."
                ),
                _ => format!("{state} sends to {what:?}, which is not in this design."),
            });
            let is_function = matches!(called.callee, Callee::Function(_));
            checker.must(is_function || !called.waits_for_token, &path("definition"), || {
                format!("{state} waits for a token: {TOKENS}.")
            });
        }
        self.check_uses(id, program, checker);
        let waits = program.callees().iter().any(|called| called.waits_for_token);
        let is_express = self.kind == WorkflowType::Express;
        checker.must(!(is_express && waits), &path("type"), || {
            "An Express workflow cannot wait for task tokens.".into()
        });
        for name in &self.cancelled_in {
            let known = program.states().iter().any(|state| state.name == *name);
            checker.must(known, &path("cancelled_in"), || no("state", name));
        }
    }
}
