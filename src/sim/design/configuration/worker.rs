//! A worker as AWS has it: the service that keeps its tasks running, and the requests its loop makes.

use serde_json::{Value, json};

use super::{policy, secs};
use crate::design::{ACCOUNT, Design, REGION, Worker, arn};

impl Design {
    pub(super) fn worker_configuration(
        &self,
        id: &str,
        worker: &Worker,
        add: &mut dyn FnMut(&str, Value),
    ) {
        let service = json!({
            "serviceName": id,
            "serviceArn": arn("ecs", &format!("service/shop/{id}")),
            "status": "ACTIVE",
            "desiredCount": worker.tasks,
            "launchType": "FARGATE",
        });
        add("aws ecs describe-services", json!({ "services": [service] }));
        let queue = self.queues.get(&worker.queue);
        let queue_arn = self.queue_arn(&worker.queue);
        let name = queue_arn.rsplit(':').next().unwrap_or_default();
        let url = format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
        add(
            "aws sqs receive-message --cli-input-json, as each task calls it in its loop",
            json!({
                "QueueUrl": url,
                "MaxNumberOfMessages": worker.max_number_of_messages,
                "WaitTimeSeconds": secs(worker.wait_time_seconds),
                "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
            }),
        );
        if let (Some(every), Some(queue)) = (worker.heartbeat, queue) {
            let command = format!(
                "aws sqs change-message-visibility --cli-input-json, every {} while it works",
                every.0
            );
            add(
                &command,
                json!({
                    "QueueUrl": url,
                    "ReceiptHandle": "<of the latest receive>",
                    "VisibilityTimeout": secs(queue.visibility_timeout),
                }),
            );
        }
        add(
            "aws sqs delete-message --cli-input-json, when the work is done",
            json!({ "QueueUrl": url, "ReceiptHandle": "<of the latest receive>" }),
        );
        add(
            "what it does with a message (not AWS's: a model assumption)",
            json!({
                "work": worker.work,
                "calls": worker.calls,
                "timeout": worker.timeout,
                "idempotency_keys": worker.idempotency_keys,
            }),
        );
        policy("the policy of its task role", worker.role_policy.as_deref(), add);
    }
}
