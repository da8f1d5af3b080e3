//! Valid values of a Task's `Resource`: Step Functions' own integrations (SFN-41).

use serde_json::Value;

/// Suffixes of a resource that select how Step Functions waits.
const WAYS: [&str; 3] = ["sync", "sync:2", "waitForTaskToken"];

/// Optimised integrations, by service. Everything else goes through `aws-sdk`, whose services and
/// calls are not checked.
#[rustfmt::skip]
const OPTIMISED: [(&str, &[&str]); 21] = [
    ("apigateway", &["invoke"]),
    ("athena", &["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"]),
    ("batch", &["submitJob"]),
    ("bedrock", &["invokeModel", "createModelCustomizationJob", "createProvisionedModelThroughput"]),
    ("codebuild", &["startBuild", "stopBuild", "batchDeleteBuilds", "batchGetReports", "startBuildBatch",
        "stopBuildBatch", "retryBuildBatch", "deleteBuildBatch"]),
    ("databrew", &["startJobRun"]),
    ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"]),
    ("ecs", &["runTask"]),
    ("eks", &["createCluster", "deleteCluster", "createNodegroup", "deleteNodegroup", "createFargateProfile",
        "deleteFargateProfile", "call", "runJob"]),
    ("elasticmapreduce", &["createCluster", "setClusterTerminationProtection", "terminateCluster", "addStep",
        "cancelStep", "modifyInstanceFleetByName", "modifyInstanceGroupByName", "createStudio", "deleteStudio",
        "startNotebookExecution", "stopNotebookExecution"]),
    ("emr-containers", &["createVirtualCluster", "deleteVirtualCluster", "startJobRun"]),
    ("emr-serverless", &["createApplication", "startApplication", "stopApplication", "deleteApplication",
        "startJobRun", "cancelJobRun"]),
    ("events", &["putEvents"]),
    ("glue", &["startJobRun"]),
    ("http", &["invoke"]),
    ("lambda", &["invoke"]),
    ("mediaconvert", &["createJob"]),
    ("sagemaker", &["createEndpoint", "createEndpointConfig", "createHyperParameterTuningJob", "createLabelingJob",
        "createModel", "createProcessingJob", "createTrainingJob", "createTransformJob", "updateEndpoint"]),
    ("sns", &["publish"]),
    ("sqs", &["sendMessage"]),
    ("states", &["startExecution"]),
];

/// Parameters without which Step Functions takes no definition, of the integrations that a design can run.
const NEEDED: [(&str, &[&str]); 6] = [
    ("dynamodb:getItem", &["TableName", "Key"]),
    ("dynamodb:putItem", &["TableName", "Item"]),
    ("dynamodb:updateItem", &["TableName", "Key"]),
    ("dynamodb:deleteItem", &["TableName", "Key"]),
    ("events:putEvents", &["Entries"]),
    ("states:startExecution", &["StateMachineArn"]),
];

/// The needed parameters that a task's `Parameters` or `Arguments` lack, by themselves or as a path.
pub(super) fn missing(resource: &str, parameters: Option<&Value>) -> Vec<&'static str> {
    // An expression of JSONata gives what nobody knows before a run.
    if parameters.is_some_and(Value::is_string) {
        return Vec::new();
    }
    let call = resource.strip_prefix("arn:aws:states:::").unwrap_or_default();
    let call = call.split('.').next().unwrap_or_default();
    let needed = NEEDED.iter().find(|(name, _)| *name == call).map_or(&[][..], |(_, all)| all);
    let is_there = |name: &str| {
        parameters.is_some_and(|given| {
            given.get(name).is_some() || given.get(format!("{name}.$")).is_some()
        })
    };
    needed.iter().copied().filter(|name| !is_there(name)).collect()
}

/// Why an integration does not exist; `None` if it does, or if the resource is no integration.
pub(super) fn unknown(resource: &str) -> Option<String> {
    let call = resource.strip_prefix("arn:aws:states:::")?;
    let (call, way) = match call.split_once('.') {
        Some((call, way)) => (call, Some(way)),
        None => (call, None),
    };
    if let Some(way) = way.filter(|way| !WAYS.contains(way)) {
        return Some(format!(
            "{resource}: a task can wait as .{}, not as .{way}.",
            WAYS.join(", .")
        ));
    }
    let (service, action) = call.split_once(':').unwrap_or((call, ""));
    if service == "aws-sdk" {
        let good =
            action.split_once(':').is_some_and(|(who, what)| !who.is_empty() && !what.is_empty());
        return (!good).then(|| format!("{resource}: an SDK call is aws-sdk:service:action."));
    }
    let known = OPTIMISED.iter().find(|(name, _)| *name == service).map(|(_, calls)| *calls);
    if known.is_some_and(|calls| calls.contains(&action)) {
        return None;
    }
    Some(match known {
        Some(calls) => format!(
            "{resource} is no integration of Step Functions: of {service} it has {}; for any other \
             call write arn:aws:states:::aws-sdk:{service}:{action}.",
            calls.join(", ")
        ),
        None => format!(
            "{resource} is no integration of Step Functions: write \
             arn:aws:states:::aws-sdk:{service}:{action}."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_names_what_it_is_about() {
        let put = "arn:aws:states:::dynamodb:putItem";
        let started = "arn:aws:states:::states:startExecution.sync:2";
        for (resource, parameters, lacks) in [
            (put, json!({ "TableName": "t", "Item.$": "$.item" }), vec![]),
            (put, json!({ "Key": {} }), vec!["TableName", "Item"]),
            (put, json!("{% $states.input %}"), vec![]),
            (started, json!({ "Input": {} }), vec!["StateMachineArn"]),
            ("arn:aws:states:::lambda:invoke", json!({}), vec![]),
        ] {
            assert_eq!(missing(resource, Some(&parameters)), lacks, "{resource} {parameters}");
        }
        assert_eq!(missing("arn:aws:states:::events:putEvents", None), ["Entries"]);
    }

    #[test]
    fn there_are_so_many_integrations_and_no_more() {
        for good in [
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "arn:aws:states:::dynamodb:putItem",
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws:states:::aws-sdk:dynamodb:query",
            "arn:aws:lambda:us-east-1:111122223333:function:any",
            "arn:aws:states:us-east-1:111122223333:activity:any",
        ] {
            assert_eq!(unknown(good), None, "{good}");
        }
        for (wrong, word) in [
            ("arn:aws:states:::dynamodb:query", "aws-sdk:dynamodb:query"),
            ("arn:aws:states:::sqs:receiveMessage", "of sqs it has sendMessage"),
            ("arn:aws:states:::s3:getObject", "aws-sdk:s3:getObject"),
            ("arn:aws:states:::nowhere:call", "aws-sdk:nowhere:call"),
            ("arn:aws:states:::sqs:sendMessage.later", "not as .later"),
            ("arn:aws:states:::aws-sdk:s3", "aws-sdk:service:action"),
            ("arn:aws:states:::", "no integration"),
        ] {
            assert!(
                unknown(wrong).is_some_and(|why| why.contains(word)),
                "{wrong}: {:?}",
                unknown(wrong)
            );
        }
    }
}
