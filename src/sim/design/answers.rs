//! Configuration of a part, as AWS's commands would return it. Parts that AWS does not have (services,
//! clients) show the design's own settings, marked as the model's.

use serde::Serialize;
use serde_json::{Value, json};

use super::policy::{NONE, is_policy};
use super::{Design, Duration};

/// Heading of settings that no AWS command returns.
const OURS: &str = "as the design has it (not AWS's: a model assumption)";

/// Output of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Command, such as `aws sqs get-queue-attributes`; for settings that AWS does not have, a note that says
    /// so.
    pub command: String,
    /// JSON that the command returns.
    pub answer: Value,
}

/// Collector of the answers about one part.
pub(crate) struct Answers<'a> {
    /// Design with the console's policies written out.
    pub design: &'a Design,
    documents: &'a [(String, String)],
    all: Vec<Configuration>,
}

impl<'a> Answers<'a> {
    /// Creates an empty collection; `documents` holds the workflow definitions by file name.
    pub fn new(design: &'a Design, documents: &'a [(String, String)]) -> Self {
        Self { design, documents, all: Vec::new() }
    }

    /// Returns all answers in the order they were added.
    pub fn into_all(self) -> Vec<Configuration> {
        self.all
    }

    /// Adds the output of a command.
    pub fn add(&mut self, command: &str, answer: Value) {
        self.all.push(Configuration { command: command.to_owned(), answer });
    }

    /// Adds the settings as the design states them, except unset ones, `at` and policies.
    pub fn ours(&mut self, settings: &impl Serialize) {
        let mut part = serde_json::to_value(settings).unwrap_or_default();
        if let Some(fields) = part.as_object_mut() {
            // Policies have answers of their own.
            fields.retain(|name, value| !value.is_null() && name != "at" && !is_policy(name));
        }
        self.add(OURS, part);
    }

    /// Adds a policy as parsed JSON; AWS returns it as an escaped string, which is hard to read.
    pub fn policy(&mut self, what: &str, text: Option<&str>) {
        let said = text.filter(|text| *text != NONE);
        match said.map(serde_json::from_str) {
            Some(Ok(document)) => self.add(what, document),
            _ => self.add(what, json!(NONE)),
        }
    }

    /// Adds the policy of a part's key if the design owns the key: nobody can edit the policies of AWS
    /// managed keys (SEC-09).
    pub fn key_policy(&mut self, key: Option<&str>) {
        let own = key.and_then(|key| key.strip_prefix("keys."));
        if let Some(key) = own.and_then(|id| self.design.keys.get(id)) {
            self.policy("aws kms get-key-policy", key.policy.as_deref());
        }
    }

    /// Finds a workflow definition by its file name.
    pub fn document(&self, name: &str) -> Option<&'a str> {
        let found = self.documents.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }
}

/// Converts a duration to whole seconds, the unit of AWS's attributes.
pub(crate) fn secs(duration: Duration) -> u64 {
    duration.0.as_secs()
}

/// Adds a text attribute if it is set.
pub(crate) fn text(attributes: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        attributes[name] = json!(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(design: &str, path: &str, command: &str) -> Value {
        let design: Design = toml::from_str(design).unwrap();
        let all = design.configuration(path, &[]);
        let found = all.into_iter().find(|configuration| configuration.command.ends_with(command));
        found.unwrap().answer
    }

    #[test]
    fn a_queues_attributes_are_strings_and_its_redrive_policy_is_text() {
        let answer = answer(
            "[queues.work]\ndlq = 'dead'\nmax_receive_count = 3\nvisibility_timeout = '2m'\n[queues.dead]",
            "queues.work",
            "get-queue-attributes",
        );
        let attributes = &answer["Attributes"];
        assert_eq!(attributes["VisibilityTimeout"], "120");
        assert_eq!(attributes["MessageRetentionPeriod"], "345600");
        let redrive: Value =
            serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
        assert_eq!(redrive["maxReceiveCount"], 3);
        assert_eq!(redrive["deadLetterTargetArn"], "arn:aws:sqs:eu-west-1:111122223333:dead");
    }

    #[test]
    fn a_function_on_a_queue_has_a_mapping_and_another_has_retries() {
        let design = "[queues.work]\n[functions.a]\nqueue = 'work'\nmaximum_concurrency = 5\n\
                      report_batch_item_failures = true\n[functions.b]\n";
        let mapping = answer(design, "functions.a", "get-event-source-mapping");
        assert_eq!(mapping["ScalingConfig"]["MaximumConcurrency"], 5);
        assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures");
        let config = answer(design, "functions.b", "get-function-event-invoke-config");
        assert_eq!(config["MaximumRetryAttempts"], 2);
        assert_eq!(config["MaximumEventAgeInSeconds"], 21_600);
    }

    #[test]
    fn a_worker_shows_its_service_and_the_requests_of_its_loop() {
        let design = "[queues.work]\nvisibility_timeout = '30s'\n[workers.w]\nqueue = 'work'\ntasks = 3\n\
                      max_number_of_messages = 10\nwait_time_seconds = '20s'\nheartbeat = '10s'\n";
        let service = &answer(design, "workers.w", "describe-services")["services"][0];
        assert_eq!(
            (&service["desiredCount"], &service["launchType"]),
            (&json!(3), &json!("FARGATE"))
        );
        let receive = answer(design, "workers.w", "in its loop");
        assert_eq!(receive["QueueUrl"], "https://sqs.eu-west-1.amazonaws.com/111122223333/work");
        assert_eq!(
            (&receive["MaxNumberOfMessages"], &receive["WaitTimeSeconds"]),
            (&json!(10), &json!(20))
        );
        let extend = answer(design, "workers.w", "while it works");
        assert_eq!(extend["VisibilityTimeout"], 30);
    }

    #[test]
    fn a_bus_shows_its_rules_and_an_alarm_its_metric() {
        let design = "[buses.b]\n[queues.q]\n[rules.r]\nbus = 'b'\nevent_pattern = '{}'\n\
                      targets = ['queues.q']\n[alarms.a]\npart = 'queues.q'\n";
        let targets = answer(design, "buses.b", "list-targets-by-rule");
        assert_eq!(targets["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"], 185);
        let alarm = &answer(design, "alarms.a", "describe-alarms")["MetricAlarms"][0];
        assert_eq!((&alarm["Namespace"], &alarm["Period"]), (&json!("AWS/SQS"), &json!(60)));
        assert_eq!(alarm["Dimensions"][0]["Value"], "q");
    }
}
