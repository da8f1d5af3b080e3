//! `StartMessageMoveTask` and its two siblings: a DLQ's messages on their way back (SQS-40 to SQS-42).

use serde_json::{Value, json};

use super::{ApiError, Micros, SECOND, Sqs};

/// Messages a second at the most (SQS-41), and what "system-optimised" is taken to mean: a *model
/// assumption*.
const RATE_MAX: u64 = 500;
/// A task runs at most 36 hours (SQS-41).
const TASK_MAX: Micros = 36 * 3_600 * SECOND;

/// One task.
#[derive(Debug, Clone)]
pub struct MoveTask {
    source: String,
    /// A queue, or every message's own source.
    destination: Option<String>,
    rate: u64,
    wanted: Option<u64>,
    began: Micros,
    moved: u64,
    to_move: u64,
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Running,
    Completed,
    Cancelled,
}

fn name(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or(arn).to_owned()
}

fn not_found(sentence: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", sentence)
}

impl Sqs {
    pub(super) fn start_move(&mut self, now: Micros, request: &Value) -> Result<Value, ApiError> {
        let source = name(request["SourceArn"].as_str().unwrap_or_default());
        let destination = request["DestinationArn"].as_str().map(name);
        if !self.queues.contains_key(&source) {
            return Err(not_found(
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ));
        }
        if let Some(to) = destination.as_ref().filter(|to| !self.queues.contains_key(*to)) {
            return Err(not_found(&format!(
                "The resource that you specified for the DestinationArn parameter doesn't exist: {to}."
            )));
        }
        let is_dlq = self.queues.values().any(|q| q.dead_letter_queue().as_ref() == Some(&source));
        if !is_dlq {
            return Err(ApiError::new(
                "InvalidParameterValue",
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        let is_running = |task: &MoveTask| task.source == source && task.status == Status::Running;
        if self.moves.iter().any(is_running) {
            return Err(ApiError::new(
                "UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        let wanted = request["MaxNumberOfMessagesPerSecond"].as_u64();
        if wanted.is_some_and(|rate| !(1..=RATE_MAX).contains(&rate)) {
            return Err(ApiError::value(
                &request["MaxNumberOfMessagesPerSecond"],
                "MaxNumberOfMessagesPerSecond",
                &format!("Must be between 1 and {RATE_MAX}."),
            ));
        }
        let to_move =
            self.queues.get_mut(&source).map_or(0, |queue| queue.visible(now, &mut self.kept));
        self.moves.push(MoveTask {
            source,
            destination,
            rate: wanted.unwrap_or(RATE_MAX),
            wanted,
            began: now,
            moved: 0,
            to_move,
            status: Status::Running,
        });
        self.advance_moves(now);
        Ok(json!({ "TaskHandle": handle(self.moves.len() - 1) }))
    }

    /// Moves what running tasks have moved by now.
    pub(super) fn advance_moves(&mut self, now: Micros) {
        for index in 0..self.moves.len() {
            while let Some(task) = self.moves.get(index).cloned() {
                let passed = (now - task.began).min(TASK_MAX);
                let due = 1 + passed.max(0) as u64 * task.rate / SECOND as u64;
                if task.status != Status::Running || task.moved >= due {
                    break;
                }
                let moved = self.move_one(now, &task);
                let is_over = !moved || now - task.began >= TASK_MAX;
                let Some(task) = self.moves.get_mut(index) else { break };
                task.moved += u64::from(moved);
                if is_over || task.moved >= task.to_move {
                    task.status = Status::Completed;
                }
            }
        }
    }

    fn move_one(&mut self, now: Micros, task: &MoveTask) -> bool {
        let Some(queue) = self.queues.get_mut(&task.source) else { return false };
        let Some(request) = queue.redrive(now, &mut self.kept) else { return false };
        // Without a destination back to where it came from; the first source, where there are more.
        let source = || {
            let sources = self.queues.iter();
            let mut sources =
                sources.filter(|(_, q)| q.dead_letter_queue().as_ref() == Some(&task.source));
            sources.next().map(|(name, _)| name.clone())
        };
        let Some(to) = task.destination.clone().or_else(source) else { return false };
        let Some(queue) = self.queues.get_mut(&to) else { return false };
        queue.send(now, &request, &mut self.kept);
        true
    }

    pub(super) fn list_moves(&mut self, request: &Value) -> Result<Value, ApiError> {
        let source = name(request["SourceArn"].as_str().unwrap_or_default());
        if !self.queues.contains_key(&source) {
            return Err(not_found(
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ));
        }
        let most = request["MaxResults"].as_u64().unwrap_or(1) as usize;
        let tasks = self.moves.iter().enumerate().rev().filter(|(_, task)| task.source == source);
        let results: Vec<Value> = tasks
            .take(most)
            .map(|(index, task)| {
                let mut result = json!({
                    "Status": match task.status {
                        Status::Running => "RUNNING",
                        Status::Completed => "COMPLETED",
                        Status::Cancelled => "CANCELLED",
                    },
                    "SourceArn": request["SourceArn"],
                    "ApproximateNumberOfMessagesMoved": task.moved,
                    "ApproximateNumberOfMessagesToMove": task.to_move,
                    "StartedTimestamp": task.began / 1_000,
                });
                if task.status == Status::Running {
                    result["TaskHandle"] = Value::from(handle(index));
                }
                if let Some(rate) = task.wanted {
                    result["MaxNumberOfMessagesPerSecond"] = Value::from(rate);
                }
                result
            })
            .collect();
        Ok(json!({ "Results": results }))
    }

    /// What was moved stays moved.
    pub(super) fn cancel_move(&mut self, request: &Value) -> Result<Value, ApiError> {
        let wanted = request["TaskHandle"].as_str().unwrap_or_default();
        let place = (0..self.moves.len()).find(|index| handle(*index) == wanted);
        let task = place.and_then(|place| self.moves.get_mut(place));
        match task {
            Some(task) if task.status == Status::Running => {
                task.status = Status::Cancelled;
                Ok(json!({ "ApproximateNumberOfMessagesMoved": task.moved }))
            }
            Some(_) => {
                Err(ApiError::new("UnsupportedOperation", "Only active tasks can be cancelled."))
            }
            None => Err(not_found("Task does not exist.")),
        }
    }
}

fn handle(index: usize) -> String {
    format!("move{index}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead_letters(count: usize) -> Sqs {
        let mut sqs = Sqs::default();
        sqs.call(0, "CreateQueue", &json!({"QueueName": "dlq"})).unwrap();
        let policy = r#"{"deadLetterTargetArn":"arn:queue:dlq","maxReceiveCount":1}"#;
        let request = json!({"QueueName": "work", "Attributes": {"RedrivePolicy": policy}});
        sqs.call(0, "CreateQueue", &request).unwrap();
        for number in 0..count {
            let request = json!({"QueueUrl": "queue:dlq", "MessageBody": number.to_string()});
            sqs.call(0, "SendMessage", &request).unwrap();
        }
        sqs
    }

    fn visible(sqs: &mut Sqs, now: Micros, queue: &str) -> String {
        let request = json!({"QueueUrl": format!("queue:{queue}"), "AttributeNames": ["All"]});
        let response = sqs.call(now, "GetQueueAttributes", &request).unwrap();
        response["Attributes"]["ApproximateNumberOfMessages"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_rate_is_kept_and_a_cancelled_task_leaves_the_rest() {
        let mut sqs = dead_letters(10);
        let request = json!({"SourceArn": "arn:queue:dlq", "MaxNumberOfMessagesPerSecond": 2});
        let task = sqs.call(0, "StartMessageMoveTask", &request).unwrap();
        assert_eq!(visible(&mut sqs, 2 * SECOND, "work"), "5");
        let refused = sqs.call(2 * SECOND, "StartMessageMoveTask", &request).unwrap_err();
        assert_eq!(refused.code, "UnsupportedOperation");
        let answer = sqs.call(2 * SECOND, "CancelMessageMoveTask", &task).unwrap();
        assert_eq!(answer["ApproximateNumberOfMessagesMoved"], 5);
        assert_eq!(visible(&mut sqs, 60 * SECOND, "dlq"), "5");
        let listed = sqs.call(60 * SECOND, "ListMessageMoveTasks", &request).unwrap();
        assert_eq!(listed["Results"][0]["Status"], "CANCELLED");
    }

    #[test]
    fn only_a_dead_letter_queue_is_redriven_and_its_messages_are_new() {
        let mut sqs = dead_letters(1);
        let request = json!({"SourceArn": "arn:queue:work"});
        let refused = sqs.call(0, "StartMessageMoveTask", &request).unwrap_err();
        assert_eq!(refused.code, "InvalidParameterValue");
        let request = json!({"SourceArn": "arn:queue:dlq"});
        sqs.call(9 * SECOND, "StartMessageMoveTask", &request).unwrap();
        let request = json!({"QueueUrl": "queue:work", "AttributeNames": ["All"]});
        let received = sqs.call(9 * SECOND, "ReceiveMessage", &request).unwrap();
        let message = &received["Messages"][0];
        assert_eq!(message["MessageId"], "m1");
        assert_eq!(message["Attributes"]["SentTimestamp"], "9000");
    }
}
