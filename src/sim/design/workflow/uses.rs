//! The stores, buses and workflows that the tasks of a workflow use: what stands in the definition and what the
//! design says of it are the same, because a design is read without its definitions.

use super::{TOKENS, Workflow};
use crate::aws::put_events::Entry;
use crate::aws::workflow::{Called, Callee, ItemAction, Nesting, Program};
use crate::design::check::Checker;
use crate::design::policy::may;
use crate::design::{Design, PartKind, PartPath, WorkflowType, arn};

/// The rule by which Step Functions hears of the ends of executions that others wait for (SEC-14).
const MANAGED_RULE: &str = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";

/// What waiting for a nested execution takes besides starting it (SEC-14).
pub(crate) const WATCHES: [&str; 2] = ["states:DescribeExecution", "states:StopExecution"];
pub(crate) const HEARS: [&str; 3] = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];

/// The ARN of all executions of a state machine.
pub(crate) fn executions_arn(id: &str) -> String {
    arn("states", &format!("execution:{id}:*"))
}

/// The ARN of the managed rule.
pub(crate) fn managed_rule_arn() -> String {
    arn("events", MANAGED_RULE)
}

/// The parts that a task uses.
fn parts_of(callee: &Callee) -> Vec<PartPath> {
    match callee {
        Callee::Table(call) => vec![PartKind::Store.path(&call.table)],
        Callee::Events(entries) => {
            entries.iter().map(|entry| PartKind::Bus.path(&entry.bus)).collect()
        }
        Callee::Machine(name, _) => vec![PartKind::Workflow.path(name)],
        Callee::Function(_)
        | Callee::Queue(_)
        | Callee::Topic(_)
        | Callee::Unknown(_)
        | Callee::Unmodelled(_) => Vec::new(),
    }
}

impl Workflow {
    /// What its role needs for the parts that it uses (SEC-14).
    pub(super) fn use_statements(&self, design: &Design) -> Vec<String> {
        let list = |actions: &[&str]| format!(r#"["{}"]"#, actions.join(r#"", ""#));
        let mut statements = Vec::new();
        for path in &self.uses {
            if path.kind == PartKind::Store {
                let all =
                    [ItemAction::Get, ItemAction::Put, ItemAction::Update, ItemAction::Delete];
                let actions = list(&all.map(ItemAction::permission));
                statements.push(may(&actions, &design.target_arn(path)));
            } else {
                statements.extend(design.sending_statements(path).unwrap_or_default());
            }
            if path.kind == PartKind::Workflow {
                statements.push(may(&list(&WATCHES), &executions_arn(&path.id)));
                statements.push(may(&list(&HEARS), &managed_rule_arn()));
            }
        }
        statements
    }

    /// Checks that the design has what a task uses, and that the two fit.
    pub(super) fn check_use(&self, id: &str, called: &Called, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("workflows.{id}.{field}");
        let state = &called.state;
        for part in parts_of(&called.callee) {
            checker.must(design.contains(&part), &path("definition"), || {
                format!("{state} uses {part}, which is not in this design.")
            });
            checker.must(self.uses.contains(&part), &path("uses"), || {
                format!("{state} uses {part}: say so in uses, for which its role is made.")
            });
        }
        checker.must(!called.waits_for_token, &path("definition"), || {
            format!("{state} waits for a token: {TOKENS}.")
        });
        match &called.callee {
            Callee::Table(call) => {
                checker.must(!design.has_stream_reader(&call.table), &path("uses"), || {
                    format!(
                        "{state} writes to stores.{}, whose stream is read: what a workflow writes is in no \
                         stream of the model.",
                        call.table
                    )
                });
            }
            Callee::Events(entries) => {
                checker.must(entries.len() <= 10, &path("definition"), || {
                    format!("{state}: ValidationException: PutEvents takes at most 10 entries.")
                });
                for entry in entries {
                    let (source, detail_type) = (&*entry.source, &*entry.detail_type);
                    let refused = Entry { source, detail_type, detail: "{}" }.check().err();
                    checker.must(refused.is_none(), &path("definition"), || {
                        let told = refused.map(|refused| (refused.code, refused.message));
                        let (code, message) = told.unwrap_or_default();
                        format!("{state}: PutEvents: {code}: {message}")
                    });
                }
            }
            Callee::Machine(name, nesting) => {
                self.check_nesting(id, (state, name), *nesting, checker);
            }
            Callee::Function(_)
            | Callee::Queue(_)
            | Callee::Topic(_)
            | Callee::Unknown(_)
            | Callee::Unmodelled(_) => {}
        }
    }

    /// SFN-06: Express waits for nobody, and nobody can wait for it this way, because `DescribeExecution` is not
    /// for Express executions.
    fn check_nesting(
        &self,
        id: &str,
        (state, name): (&str, &str),
        nesting: Nesting,
        checker: &mut Checker<'_>,
    ) {
        if nesting == Nesting::Started {
            return;
        }
        checker.must(self.kind != WorkflowType::Express, &format!("workflows.{id}.type"), || {
            format!("{state}: an Express workflow does not support the .sync service integration.")
        });
        let nested = checker.design.workflows.get(name).map(|nested| nested.kind);
        let path = format!("workflows.{name}.type");
        checker.must(nested != Some(WorkflowType::Express), &path, || {
            format!(
                "workflows.{id} waits for it with .sync, and DescribeExecution is not supported by EXPRESS state \
                 machines: start it with states:startExecution, or make it STANDARD."
            )
        });
    }

    /// Checks that it uses all that the design says of it, and is in no circle.
    pub(super) fn check_uses(&self, id: &str, program: &Program, checker: &mut Checker<'_>) {
        let path = format!("workflows.{id}.uses");
        let used: Vec<PartPath> =
            program.callees().iter().flat_map(|called| parts_of(&called.callee)).collect();
        for part in &self.uses {
            checker.must(used.contains(part), &path, || {
                format!("No task of the definition uses {part}.")
            });
        }
        let circle = checker.design.started_by(id).contains(&id);
        checker.must(!circle, &path, || {
            "Its executions would start each other without end, and each start is paid for: break the circle, or \
             start again by an event."
                .into()
        });
    }
}

impl Design {
    /// The workflows that a workflow starts, directly or through others; itself among them if they go round.
    fn started_by(&self, id: &str) -> Vec<&str> {
        let starts = |id: &str| {
            let uses = self.workflows.get(id).map_or(&[][..], |workflow| &workflow.uses[..]);
            uses.iter().filter(|path| path.kind == PartKind::Workflow).map(|path| path.id.as_str())
        };
        let mut found: Vec<&str> = Vec::new();
        let mut open: Vec<&str> = starts(id).collect();
        while let Some(next) = open.pop() {
            if !found.contains(&next) {
                found.push(next);
                open.extend(starts(next));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Mistake;

    const PUT: &str = r#""Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": { "TableName": "seen", "Item": {}, "ConditionExpression": "attribute_not_exists(id)" }"#;
    const TELL: &str = r#""Resource": "arn:aws:states:::events:putEvents",
        "Parameters": { "Entries": [{ "Source": "flow", "DetailType": "Done", "EventBusName": "news", "Detail": {} }] }"#;

    fn nested(way: &str) -> String {
        format!(
            r#""Resource": "arn:aws:states:::states:startExecution{way}",
               "Parameters": {{ "StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:inner" }}"#
        )
    }

    /// What is wrong with a workflow of one task, beside another that is named `inner`.
    fn mistakes(task: &str, flow: &str, inner: &str) -> Vec<Mistake> {
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{}}' }}]\n[intakes.desk]\nstore = 'book'\n[stores.book]\n\
             publishes_to = 'workflows.flow'\n[stores.seen]\n[buses.news]\n[workflows.flow]\nrequired = true\n\
             definition = 'flow.json'\n{flow}\n[workflows.inner]\ndefinition = 'inner.json'\n{inner}\n"
        )
        .replace("publishes_to = 'workflows.flow'\n", "");
        let design: Design = toml::from_str(&text).unwrap();
        let one = |task: &str| {
            format!(
                r#"{{ "StartAt": "a", "States": {{ "a": {{ "Type": "Task", {task}, "End": true }} }} }}"#
            )
        };
        let inner = if inner.contains("uses") {
            one(&nested("").replace(":inner", ":flow"))
        } else {
            r#"{ "StartAt": "a", "States": { "a": { "Type": "Succeed" } } }"#.to_owned()
        };
        design.mistakes(&[("flow.json".into(), one(task)), ("inner.json".into(), inner)])
    }

    #[track_caller]
    fn refused(task: &str, flow: &str, inner: &str, field: &str, word: &str) {
        let all = mistakes(task, flow, inner);
        let told = all.iter().any(|m| m.path == field && m.sentence.contains(word));
        assert!(told, "{field} … {word}\n{all:#?}");
    }

    #[test]
    fn what_a_task_uses_is_said_and_what_is_said_is_used() {
        for (task, part) in
            [(PUT, "stores.seen"), (TELL, "buses.news"), (&nested(".sync"), "workflows.inner")]
        {
            assert_eq!(mistakes(task, &format!("uses = ['{part}']"), ""), [], "{task}");
            refused(task, "", "", "workflows.flow.uses", &format!("a uses {part}: say so"));
        }
        refused(PUT, "uses = ['stores.seen', 'buses.news']", "", "workflows.flow.uses", "No task");
        let gone = PUT.replace("seen", "gone");
        refused(&gone, "uses = ['stores.gone']", "", "workflows.flow.definition", "not in this");
        let aws = TELL.replace("\"flow\"", "\"aws.s3\"");
        refused(&aws, "uses = ['buses.news']", "", "workflows.flow.definition", "NotAuthorizedFor");
        let token = TELL.replace("putEvents", "putEvents.waitForTaskToken");
        refused(&token, "uses = ['buses.news']", "", "workflows.flow.definition", "token");
        let odd = PUT.replace("attribute_not_exists(id)", "size(id) > 1");
        refused(&odd, "uses = ['stores.seen']", "", "workflows.flow.definition", "not modelled");
    }

    /// SFN-06.
    #[test]
    fn nobody_waits_in_express_or_for_it() {
        let (uses, express) = ("uses = ['workflows.inner']", "type = 'EXPRESS'");
        for way in [".sync", ".sync:2"] {
            let flow = format!("{uses}\n{express}");
            refused(&nested(way), &flow, "", "workflows.flow.type", "does not support");
            refused(&nested(way), uses, express, "workflows.inner.type", "DescribeExecution");
        }
        assert_eq!(mistakes(&nested(""), &format!("{uses}\n{express}"), express), []);
    }

    #[test]
    fn workflows_that_start_each_other_are_refused() {
        let uses = "uses = ['workflows.inner']";
        let back = "uses = ['workflows.flow']";
        refused(&nested(""), uses, back, "workflows.flow.uses", "without end");
        refused(&nested(""), uses, back, "workflows.inner.uses", "without end");
    }

    /// SEC-14.
    #[test]
    fn a_role_is_made_for_what_a_workflow_uses() {
        let text = "[stores.seen]\n[buses.news]\n[workflows.inner]\n[workflows.flow]\n\
                    uses = ['stores.seen', 'buses.news', 'workflows.inner']\n";
        let design: Design = toml::from_str(text).unwrap();
        let policy = design.console_policy("workflows.flow.role_policy").unwrap();
        for word in [
            "dynamodb:PutItem",
            "table/seen",
            "events:PutEvents",
            "event-bus/news",
            "states:StartExecution",
            "states:StopExecution",
            "execution:inner:*",
            MANAGED_RULE,
        ] {
            assert!(policy.contains(word), "{word}: {policy}");
        }
        assert!(
            !design
                .console_policy("workflows.inner.role_policy")
                .is_some_and(|p| p.contains("states:"))
        );
    }
}
