//! What a pipe calls and waits for: its enrichment, and a function or an Express workflow as its target.

use serde::{Deserialize, Deserializer, Serialize};

use super::Pipe;
use crate::design::check::{Checker, no};
use crate::design::path::read_or;
use crate::design::policy::may;
use crate::design::workflow::WorkflowType;
use crate::design::{Design, PartKind, PartPath};

/// How a pipe invokes a function or a workflow as its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvocationType {
    /// The pipe waits for the outcome.
    RequestResponse,
    /// The pipe waits until the target has accepted the event.
    FireAndForget,
}

/// Action with which a pipe starts an Express workflow and waits for it.
pub(crate) const START_SYNC: &str = "states:StartSyncExecution";

/// Reads an enrichment: the path of a part, or the bare name of a service.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PartPath>, D::Error> {
    read_or(PartKind::Service, from)
}

impl Pipe {
    /// How it invokes its target; `None` for a target that is neither a function nor a workflow.
    #[must_use]
    pub fn invocation(&self) -> Option<InvocationType> {
        let is_invoked = |kind| matches!(kind, PartKind::Function | PartKind::Workflow);
        self.target.as_ref().filter(|target| is_invoked(target.kind))?;
        Some(self.invocation_type.unwrap_or(InvocationType::RequestResponse))
    }

    /// Whether it waits for the outcome of its target.
    #[must_use]
    pub fn waits_for_target(&self) -> bool {
        self.invocation() == Some(InvocationType::RequestResponse)
    }

    /// Function or workflow that enriches its batches.
    pub(super) fn asks(&self) -> Option<&PartPath> {
        self.enrichment.as_ref().filter(|part| part.kind != PartKind::Service)
    }

    pub(super) fn check_calls(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("pipes.{id}.{field}");
        if let Some(part) = &self.enrichment {
            let kinds = [PartKind::Service, PartKind::Function, PartKind::Workflow];
            let known = kinds.contains(&part.kind) && design.contains(part);
            checker.must(known, &path("enrichment"), || match part.kind {
                PartKind::Service => no("service", &part.id),
                _ => "The enrichment is a service, a function or an Express workflow of this design, \
                      such as \"functions.rates\"; other enrichments of Pipes are not modelled."
                    .into(),
            });
            checker.must(!design.is_standard(part), &path("enrichment"), || {
                "ValidationException: a pipe waits for its enrichment, so it must be an EXPRESS workflow \
                 (EB-61)."
                    .into()
            });
        }
        let is_standard = self.target.as_ref().is_some_and(|target| design.is_standard(target));
        checker.must(!(is_standard && self.waits_for_target()), &path("invocation_type"), || {
            "ValidationException: REQUEST_RESPONSE, the default, is not supported for a STANDARD \
             workflow, whose executions last up to a year (SFN-02): set FIRE_AND_FORGET, or make the \
             workflow EXPRESS."
                .into()
        });
        let is_idle = self.invocation_type.is_some() && self.invocation().is_none();
        checker.must(!is_idle, &path("invocation_type"), || {
            "ValidationException: only a function or a workflow has an invocation type.".into()
        });
        let mut parts = self.target.iter().chain(&self.enrichment);
        let starts = parts.any(|part| part.kind == PartKind::Workflow);
        checker.must(!starts || self.batch_size == 1, &path("batch_size"), || {
            "An execution belongs to one order in the model, and a pipe starts one for each batch: set \
             batch_size = 1."
                .into()
        });
    }

    /// Permissions that its calls need: to start an Express workflow synchronously is an action of its own
    /// (SEC-14).
    pub(super) fn call_statements(&self, design: &Design) -> Vec<String> {
        let target = self.target.as_ref().map(|target| (target, self.waits_for_target()));
        let asks = self.asks().map(|part| (part, true));
        let statements = asks.into_iter().chain(target).flat_map(|(part, waits)| {
            if waits && part.kind == PartKind::Workflow {
                vec![may(&format!(r#"["{START_SYNC}"]"#), &design.target_arn(part))]
            } else {
                design.sending_statements(part).unwrap_or_default()
            }
        });
        statements.collect()
    }
}

impl Design {
    fn is_standard(&self, part: &PartPath) -> bool {
        let workflow = self.workflows.get(&part.id).filter(|_| part.kind == PartKind::Workflow);
        workflow.is_some_and(|workflow| workflow.kind == WorkflowType::Standard)
    }

    /// Whether something invokes a part without waiting for the outcome.
    pub(crate) fn is_invoked_asynchronously(&self, path: &PartPath) -> bool {
        let parts = self.parts();
        let mut invokers = parts.iter().filter(|(_, part)| part.hands_to().contains(path));
        invokers.any(|(_, part)| !part.waits_for(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use serde_json::json;

    fn design(pipe: &str) -> Design {
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{\"id\": \"{{order}}\"}}' }}]\n[services.rates]\n\
             [intakes.desk]\nstore = 'book'\n[stores.book]\npublishes_to = 'queues.work'\n\
             [queues.work]\nrequired = true\n[queues.next]\n[functions.hand]\ncalls = 'rates'\n\
             on_success = 'next'\n[workflows.quick]\ntype = 'EXPRESS'\ndefinition = 'w.json'\n\
             [workflows.slow]\ndefinition = 'w.json'\n[pipes.p]\nsource = 'queues.work'\n{pipe}"
        );
        toml::from_str(&text).unwrap()
    }

    /// What is wrong with the pipe.
    fn told(pipe: &str) -> Vec<String> {
        let flow = r#"{"StartAt": "W", "States": {"W": {"Type": "Pass", "End": true}}}"#;
        let mistakes = design(pipe).mistakes(&[("w.json".to_owned(), flow.to_owned())]);
        let of_pipe = mistakes.iter().filter(|mistake| mistake.path.starts_with("pipes.p."));
        of_pipe.map(|mistake| format!("{}: {}", mistake.path, mistake.sentence)).collect()
    }

    const FORGET: &str = "invocation_type = 'FIRE_AND_FORGET'\n";

    /// SFN-02, EB-61: a pipe cannot wait for an execution that may take a year.
    #[test]
    fn a_pipe_waits_for_functions_and_express_workflows_alone() {
        for (pipe, words) in [
            ("target = 'functions.hand'\n", None),
            ("batch_size = 1\ntarget = 'workflows.quick'\n", None),
            (&format!("batch_size = 1\ntarget = 'workflows.slow'\n{FORGET}"), None),
            ("batch_size = 1\ntarget = 'workflows.slow'\n", Some("not supported for a STANDARD")),
            (&format!("target = 'queues.next'\n{FORGET}"), Some("only a function or a workflow")),
            ("target = 'workflows.quick'\n", Some("batch_size = 1")),
            ("target = 'queues.next'\nenrichment = 'rates'\n", None),
            ("target = 'queues.next'\nenrichment = 'functions.hand'\n", None),
            ("target = 'queues.next'\nenrichment = 'none'\n", Some("no service \"none\"")),
            ("target = 'queues.next'\nenrichment = 'queues.next'\n", Some("not modelled")),
            ("target = 'queues.next'\nenrichment = 'workflows.quick'\n", Some("batch_size = 1")),
            (
                "batch_size = 1\ntarget = 'queues.next'\nenrichment = 'workflows.slow'\n",
                Some("must be an EXPRESS"),
            ),
        ] {
            let told = told(pipe);
            assert_eq!(told.len(), usize::from(words.is_some()), "{pipe}: {told:?}");
            assert!(words.is_none_or(|words| told[0].contains(words)), "{pipe}: {told:?}");
        }
    }

    /// A bare name is a service's, as designs have always written it.
    #[test]
    fn an_enrichment_is_a_path_or_the_name_of_a_service() {
        let enriched = |by: &str| {
            let pipe = format!("target = 'queues.next'\nenrichment = '{by}'\n");
            design(&pipe).pipes["p"].enrichment.clone().unwrap().to_string()
        };
        let found = ["rates", "services.rates", "functions.hand"].map(enriched);
        assert_eq!(found, ["services.rates", "services.rates", "functions.hand"]);
    }

    /// SEC-14: the role may start an Express workflow synchronously, and other parts as any sender does.
    #[test]
    fn its_description_and_its_role_say_how_it_calls() {
        for (pipe, of, invocation, action) in [
            (
                "target = 'functions.hand'\n",
                "LambdaFunction",
                "REQUEST_RESPONSE",
                "lambda:InvokeFunction",
            ),
            (
                &format!("target = 'functions.hand'\n{FORGET}"),
                "LambdaFunction",
                "FIRE_AND_FORGET",
                "lambda:InvokeFunction",
            ),
            (
                "target = 'workflows.quick'\n",
                "StepFunctionStateMachine",
                "REQUEST_RESPONSE",
                START_SYNC,
            ),
            (
                &format!("target = 'workflows.quick'\n{FORGET}"),
                "StepFunctionStateMachine",
                "FIRE_AND_FORGET",
                "states:StartExecution",
            ),
        ] {
            let all = design(pipe).configuration("pipes.p", &[]);
            let parameters = &all[0].answer["TargetParameters"][format!("{of}Parameters")];
            assert_eq!(parameters["InvocationType"], invocation, "{pipe}");
            assert!(all[1].answer.to_string().contains(&format!("\"{action}\"")), "{pipe}");
        }
        let asks = design("target = 'queues.next'\nenrichment = 'functions.hand'\n");
        let all = asks.configuration("pipes.p", &[]);
        assert_eq!(
            all[0].answer["Enrichment"],
            "arn:aws:lambda:eu-west-1:111122223333:function:hand"
        );
        assert!(all[1].answer.to_string().contains("lambda:InvokeFunction"));
    }

    /// A batch is a list, and the template is for the target alone.
    #[test]
    fn a_function_or_a_workflow_gets_a_list() {
        let pipe = "enrichment = 'functions.hand'\ninput_template = '{\"id\": <$.body.id>}'\n";
        let sent = |target: &str, to: &str| {
            let design = design(&format!("target = '{target}'\n{pipe}"));
            let to = to.parse().unwrap();
            let record = json!({ "body": { "id": "7" } });
            design.pipes["p"].payload(&to, &record)
        };
        assert_eq!(sent("queues.next", "queues.next"), json!({ "id": "7" }));
        assert_eq!(sent("workflows.quick", "workflows.quick"), json!([{ "id": "7" }]));
        assert_eq!(sent("queues.next", "functions.hand"), json!([{ "body": { "id": "7" } }]));
    }

    /// LAM-14, LAM-33, SFN-03: nothing asynchronous happens to what only a waiting caller invokes.
    #[test]
    fn what_a_pipe_waits_for_has_no_events_of_its_own() {
        let refusal = |pipe: &str, part: &str| {
            design(pipe).fault_refusal(FaultKind::Duplicate, &part.parse().unwrap())
        };
        let idle = |pipe: &str| {
            let remarks = design(pipe).remarks();
            remarks.iter().any(|remark| remark.path == "functions.hand.on_success")
        };
        for (pipe, waits) in [("", true), (FORGET, false)] {
            let function = format!("target = 'functions.hand'\n{pipe}");
            assert_eq!(
                (refusal(&function, "functions.hand").is_some(), idle(&function)),
                (waits, waits)
            );
            let workflow = format!("target = 'workflows.quick'\n{pipe}");
            assert_eq!(refusal(&workflow, "workflows.quick").is_some(), waits);
        }
    }
}
