//! A worker: a container that polls a queue by itself, as no function does.

use serde::{Deserialize, Serialize};

use super::Duration;

/// A service of so many containers, each a loop: receive, work, delete. Nothing of AWS stands between
/// it and the queue, so nothing keeps the visibility timeout above its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// Whether an order is not done before this worker has done its work for it.
    pub required: bool,
    pub queue: String,
    /// The service that it calls for each message, after its own work.
    pub calls: String,
    /// What it does itself with a message before it calls; a typical time.
    pub work: Duration,
    /// So long it waits for the service to answer.
    pub timeout: Duration,
    /// Containers that run, each with one message in hand at a time (`desiredCount` of ECS).
    pub tasks: u32,
    /// Of `ReceiveMessage` (SQS-05): what one container takes, to do one after the other.
    pub max_number_of_messages: u32,
    /// Of `ReceiveMessage` (SQS-50): nothing is a short poll.
    pub wait_time_seconds: Duration,
    /// How often it calls `ChangeMessageVisibility` while it works, each time for the queue's
    /// visibility timeout from then on (SQS-21); nothing: never.
    pub heartbeat: Option<Duration>,
    /// Whether it hands a key of the order to the service it calls (IDM-07).
    pub idempotency_keys: bool,
    /// The identity policy of its task role (SEC-04); a fitting one when left out.
    pub role_policy: Option<String>,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            required: false,
            queue: String::new(),
            calls: String::new(),
            work: Duration::from_secs(0),
            timeout: Duration::from_secs(60),
            tasks: 1,
            max_number_of_messages: 1,
            wait_time_seconds: Duration::from_secs(0),
            heartbeat: None,
            idempotency_keys: false,
            role_policy: None,
        }
    }
}
