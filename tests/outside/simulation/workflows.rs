//! Executions of a pipeline.

use super::prove_of;
use super::services::{ALL, desk};

// SFN-08: three events for each try, so a retry every second is over in little more than two hours;
// and no Catch takes it.
#[test]
fn a_history_that_retries_have_filled_ends_the_execution() {
    let flow = r#"{"StartAt": "Post", "States": {
        "Post": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": "post" },
            "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.0,
                        "MaxAttempts": 99999 }],
            "Catch": [{ "ErrorEquals": ["States.TaskFailed"], "Next": "Home" },
                      { "ErrorEquals": ["States.Runtime"], "Next": "Home" }], "Next": "Home" },
        "Home": { "Type": "Pass", "End": true } } }"#;
    let design = desk(&format!(
        "[rules.ask]\n{ALL}\ntargets = [\"workflows.post\"]\n\
         [workflows.post]\nrequired = true\ndefinition = \"flow.asl.json\"\ncalls = {{ post = \"clerk\" }}\n"
    ));
    let broken = "run = \"12h\"\nload = { orders = 1, rate = 1.0 }\n\
                  faults = [{ at = \"0s\", kind = \"errors\", part = \"services.clerk\", rate = 1.0, for = \"12h\" }]\n";
    prove_of(
        &design,
        flow,
        broken,
        &[
            "workflows.post.failed == 1 and workflows.post.running == 0 and workflows.post.caught == 0",
            "workflows.post.retries >= 8331 and workflows.post.retries <= 8333",
        ],
    );
    // An Express execution has no such end, but five minutes.
    prove_of(
        &design,
        flow,
        &format!("{broken}[changes]\n\"workflows.post.type\" = \"EXPRESS\""),
        &["workflows.post.timed_out == 1 and workflows.post.failed == 0"],
    );
}
