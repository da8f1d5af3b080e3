//! `StartMessageMoveTask` and its two siblings, which return a DLQ's messages (SQS-40 to SQS-42).

use serde_json::{Value, json};

use super::store::{Shelf, name_of};
use super::{ApiError, Micros, SECOND, Sqs};
use crate::aws::queue::Message;

/// Maximum messages per second (SQS-41). Also used for "system-optimised", which is a *model
/// assumption* (MA-queue-2).
const RATE_MAX: u64 = 500;
/// A task runs at most 36 hours (SQS-41).
const TASK_MAX: Micros = 36 * 3_600 * SECOND;

/// A message move task.
#[derive(Debug, Clone)]
pub struct MoveTask {
    source: String,
    /// A queue, or each message's own source.
    destination: Option<String>,
    rate: u64,
    wanted: Option<u64>,
    began: Micros,
    moved: u64,
    to_move: u64,
    status: Status,
    failure: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Running,
    Completed,
    Cancelled,
    Failed,
}

fn not_found(sentence: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", sentence)
}

impl Sqs {
    pub(super) fn start_move(&mut self, now: Micros, request: &Value) -> Result<Value, ApiError> {
        let source = name_of(request["SourceArn"].as_str().unwrap_or_default());
        let destination = request["DestinationArn"].as_str().map(name_of);
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
        let to_move = self.queues.get_mut(&source).map_or(0, |queue| {
            queue.begin_redrive();
            queue.visible(now, &mut self.kept)
        });
        self.moves.push(MoveTask {
            source,
            destination,
            rate: wanted.unwrap_or(RATE_MAX),
            wanted,
            began: now,
            moved: 0,
            to_move,
            status: Status::Running,
            failure: None,
        });

        self.advance_moves(now);
        Ok(json!({ "TaskHandle": handle(self.moves.len() - 1) }))
    }

    /// Moves the messages that running tasks have moved by now.
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
                let failure = if moved { None } else { self.failure(&task) };
                let Some(task) = self.moves.get_mut(index) else { break };
                task.moved += u64::from(moved);
                if failure.is_some() {
                    (task.status, task.failure) = (Status::Failed, failure);
                } else if is_over || task.moved >= task.to_move {
                    task.status = Status::Completed;
                }
            }
        }
    }

    /// Moves one message to the destination or to its source queue. A message without either stays.
    fn move_one(&mut self, now: Micros, task: &MoveTask) -> bool {
        let Some(mut queue) = self.queues.remove(&task.source) else { return false };
        let to = |kept: &Shelf, message: &Message| {
            let to = task.destination.as_ref().or_else(|| kept.source(message))?;
            let is_there = *to == task.source || self.queues.contains_key(to);
            is_there.then(|| to.clone())
        };
        let moved = queue.redrive(now, &mut self.kept, &to);
        self.queues.insert(task.source.clone(), queue);
        let Some((to, request)) = moved else { return false };
        let Some(queue) = self.queues.get_mut(&to) else { return false };
        queue.send(now, &request, &mut self.kept);
        true
    }

    /// Why a task with nothing left to move has failed. That it first moves everything it can is a
    /// *model assumption* (MA-queue-3).
    fn failure(&self, task: &MoveTask) -> Option<&'static str> {
        let left = task.to_move > task.moved && task.destination.is_none();
        let queue = self.queues.get(&task.source).filter(|_| left)?;
        if queue.holds_strays(&self.kept) {
            return Some("CouldNotDetermineMessageSource");
        }
        queue.has_visible().then_some("AWS.SimpleQueueService.NonExistentQueue")
    }

    pub(super) fn list_moves(&mut self, request: &Value) -> Result<Value, ApiError> {
        let source = name_of(request["SourceArn"].as_str().unwrap_or_default());
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
                        Status::Failed => "FAILED",
                    },
                    "SourceArn": request["SourceArn"],
                    "ApproximateNumberOfMessagesMoved": task.moved,
                    "ApproximateNumberOfMessagesToMove": task.to_move,
                    "StartedTimestamp": task.began / 1_000,
                });
                if task.status == Status::Running {
                    result["TaskHandle"] = Value::from(handle(index));
                }
                if let Some(reason) = task.failure {
                    result["FailureReason"] = Value::from(reason);
                }
                if let Some(rate) = task.wanted {
                    result["MaxNumberOfMessagesPerSecond"] = Value::from(rate);
                }
                result
            })
            .collect();
        Ok(json!({ "Results": results }))
    }

    /// Messages already moved stay moved.
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

    /// Sends one message for each name, dead-lettered by the queue of that name to `dlq`.
    fn dead_letters(sources: &[&str]) -> Sqs {
        let mut sqs = Sqs::default();
        let mut call = |action: &str, request: Value| sqs.call(0, action, &request).unwrap();
        call("CreateQueue", json!({"QueueName": "dlq"}));
        for (number, name) in sources.iter().enumerate() {
            let policy = r#"{"deadLetterTargetArn":"arn:queue:dlq","maxReceiveCount":1}"#;
            let attributes = json!({"RedrivePolicy": policy, "VisibilityTimeout": "0"});
            call("CreateQueue", json!({"QueueName": name, "Attributes": attributes}));
            let queue = format!("queue:{name}");
            call("SendMessage", json!({"QueueUrl": queue, "MessageBody": number.to_string()}));
            for _ in 0..2 {
                call("ReceiveMessage", json!({"QueueUrl": queue}));
            }
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
        let mut sqs = dead_letters(&["work"; 10]);
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
        let mut sqs = dead_letters(&["work"]);
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

    /// SQS-40: without a destination, each message returns to its source queue; a message sent to
    /// the DLQ directly cannot.
    #[test]
    fn a_shared_dead_letter_queue_gives_each_message_back_to_its_own_source() {
        let mut sqs = dead_letters(&["north", "south", "north"]);
        let stray = json!({"QueueUrl": "queue:dlq", "MessageBody": "stray"});
        sqs.call(0, "SendMessage", &stray).unwrap();
        let request = json!({"SourceArn": "arn:queue:dlq"});
        sqs.call(0, "StartMessageMoveTask", &request).unwrap();
        let counts = |sqs: &mut Sqs| ["north", "south", "dlq"].map(|q| visible(sqs, SECOND, q));
        assert_eq!(counts(&mut sqs), ["2", "1", "1"]);
        let listed = sqs.call(SECOND, "ListMessageMoveTasks", &request).unwrap();
        assert_eq!(listed["Results"][0]["Status"], "FAILED");
        assert_eq!(listed["Results"][0]["FailureReason"], "CouldNotDetermineMessageSource");
        assert_eq!(listed["Results"][0]["ApproximateNumberOfMessagesMoved"], 3);
        // A named queue receives all of them.
        let named = json!({"SourceArn": "arn:queue:dlq", "DestinationArn": "arn:queue:south"});
        sqs.call(SECOND, "StartMessageMoveTask", &named).unwrap();
        assert_eq!(counts(&mut sqs), ["2", "2", "0"]);
    }

    #[test]
    fn what_cannot_go_back_because_its_queue_is_deleted_stays() {
        let mut sqs = dead_letters(&["north", "south"]);
        sqs.call(0, "DeleteQueue", &json!({"QueueUrl": "queue:north"})).unwrap();
        let request = json!({"SourceArn": "arn:queue:dlq"});
        sqs.call(0, "StartMessageMoveTask", &request).unwrap();
        let counts = ["south", "dlq"].map(|q| visible(&mut sqs, SECOND, q));
        assert_eq!(counts, ["1", "1"]);
        let listed = sqs.call(SECOND, "ListMessageMoveTasks", &request).unwrap();
        let reason = &listed["Results"][0]["FailureReason"];
        assert_eq!(reason, "AWS.SimpleQueueService.NonExistentQueue");
    }
}
