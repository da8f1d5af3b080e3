//! Workflows: their definitions, and what they call.

use serde_json::Value;

use super::{Checker, no};
use crate::aws::workflow::{self, Callee, Program};
use crate::design::{Workflow, WorkflowType};

impl Checker<'_> {
    pub(super) fn workflows(&mut self, documents: &[(String, String)]) {
        for (id, workflow) in &self.design.workflows {
            let path = |field: &str| format!("workflows.{id}.{field}");
            let text = documents.iter().find(|(name, _)| *name == workflow.definition);
            let Some((_, text)) = text else {
                self.must(false, &path("definition"), || {
                    format!("There is no document workflows/{}.", workflow.definition)
                });
                continue;
            };
            let definition = match serde_json::from_str::<Value>(text) {
                Ok(definition) => definition,
                Err(cause) => {
                    self.must(false, &path("definition"), || {
                        format!("The definition is not JSON: {cause}.")
                    });
                    continue;
                }
            };
            let mistakes = workflow::validate(&definition);
            for mistake in &mistakes {
                self.must(false, &path("definition"), || {
                    format!("InvalidDefinition: {} ({})", mistake.sentence, mistake.place)
                });
            }
            for passed_over in workflow::unmodelled(&definition) {
                self.must(false, &path("definition"), || {
                    format!("{} ({})", passed_over.sentence, passed_over.place)
                });
            }
            // A design has nowhere to read items from or to write results to.
            for field in ["ItemReader", "ResultWriter"] {
                self.must(!text.contains(&format!("\"{field}\"")), &path("definition"), || {
                    format!("{field} is not modelled in a design: give the Map its items with ItemsPath.")
                });
            }
            if text.contains("\"JSONata\"") {
                self.must(false, &path("definition"), || {
                    "JSONata is outside what is modelled: use JSONPath.".into()
                });
            } else if mistakes.is_empty() {
                self.calls(id, workflow, &Program::new(definition));
            }
        }
    }

    fn calls(&mut self, id: &str, workflow: &Workflow, program: &Program) {
        let design = self.design;
        let path = |field: &str| format!("workflows.{id}.{field}");
        for service in workflow.calls.values() {
            let known = design.services.contains_key(service);
            self.must(known, &path("calls"), || no("service", service));
        }
        for (function, result) in &workflow.results {
            let good = serde_json::from_str::<Value>(result).is_ok();
            self.must(good && workflow.calls.contains_key(function), &path("results"), || {
                format!("The result of {function} is JSON, and calls says what {function} is.")
            });
        }
        for called in program.callees() {
            let state = &called.state;
            let (holds, what) = match &called.callee {
                Callee::Function(name) => (workflow.calls.contains_key(name), name),
                Callee::Queue(name) => (design.queues.contains_key(name), name),
                Callee::Topic(name) => (design.topics.contains_key(name), name),
                Callee::Unknown(resource) => (false, resource),
            };
            self.must(holds, &path("calls"), || match &called.callee {
                Callee::Function(_) => {
                    format!("{state} calls {what:?}: say in calls which service that is.")
                }
                Callee::Unknown(_) => format!(
                    "{state} uses the resource {what:?}, which no part of a design stands for: use \
                     lambda:invoke, sqs:sendMessage or sns:publish."
                ),
                _ => format!("{state} sends to {what:?}, which is not in this design."),
            });
            let is_function = matches!(called.callee, Callee::Function(_));
            self.must(is_function || !called.waits_for_token, &path("definition"), || {
                format!("{state} waits for a token: that is modelled for functions alone.")
            });
        }
        let waits = program.callees().iter().any(|called| called.waits_for_token);
        let is_express = workflow.kind == WorkflowType::Express;
        self.must(!(is_express && waits), &path("type"), || {
            "An Express workflow cannot wait for task tokens.".into()
        });
        for name in &workflow.cancelled_in {
            let known = program.states().iter().any(|state| state.name == *name);
            self.must(known, &path("cancelled_in"), || no("state", name));
        }
    }
}
