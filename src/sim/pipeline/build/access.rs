//! Who may do what: policies and keys of the design, asked once for every pair (SEC-01, SEC-09).

use super::Builder;
use crate::sim::aws::iam::{Decision, Policy, Request, is_allowed};
use crate::sim::pipeline::delivery::Access;
use crate::sim::spec::{ACCOUNT, ORGANIZATION, arn};

/// A service that acts, and for what.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub principal: &'a str,
    pub source_arn: &'a str,
    /// The identity policy of the role it uses, if it uses one.
    pub role_policy: Option<&'a str>,
}

impl Builder<'_> {
    /// Whether a caller may send to a queue.
    pub fn may_send(&self, queue: &str, caller: Caller<'_>) -> Access {
        let Some(spec) = self.design.queues.get(queue) else { return Access::FULL };
        let resource = arn("sqs", &queue_name(queue, spec.fifo_queue));
        Access {
            permitted: permits(caller, "sqs:SendMessage", &resource, spec.policy.as_deref()),
            key: self.may_use_key(spec.kms_master_key_id.as_deref(), caller),
        }
    }

    /// Whether a caller may publish to a topic.
    pub fn may_publish(&self, topic: &str, caller: Caller<'_>) -> Access {
        let Some(spec) = self.design.topics.get(topic) else { return Access::FULL };
        let policy = spec.policy.as_deref();
        Access {
            permitted: permits(caller, "sns:Publish", &arn("sns", topic), policy),
            key: self.may_use_key(spec.kms_master_key_id.as_deref(), caller),
        }
    }

    /// Whether a caller may start a workflow, or invoke a function: by its role alone.
    pub fn may_by_role(caller: Caller<'_>, action: &str, resource: &str) -> Access {
        Access { permitted: permits(caller, action, resource, None), key: true }
    }

    /// Whether a function's role may consume its queue (LAM-15, SEC-11).
    pub fn may_consume(&self, function: &str, queue: &str, role_policy: Option<&str>) -> Access {
        let Some(spec) = self.design.queues.get(queue) else { return Access::FULL };
        let resource = arn("sqs", &queue_name(queue, spec.fifo_queue));
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{function}");
        let caller = Caller { principal: &role, source_arn: "", role_policy };
        let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        let denied = spec.policy.as_deref().is_some_and(|policy| {
            actions.iter().any(|action| decide(policy, caller, action, &resource) == Decision::Deny)
        });
        let may = |action: &&str| permits(caller, action, &resource, None);
        let key = match (&spec.kms_master_key_id, role_policy) {
            // The account's own roles may use its keys, as far as their policies say so.
            (Some(key), Some(_)) => permits(caller, "kms:Decrypt", &key_arn(key), None),
            _ => true,
        };
        Access { permitted: !denied && actions.iter().all(may), key }
    }

    /// Whether a service may use the key that a queue or topic is encrypted with. The policy of an
    /// AWS-managed key lets no other service in, and cannot be changed (SEC-09); SSE-SQS asks nobody.
    fn may_use_key(&self, key: Option<&str>, caller: Caller<'_>) -> bool {
        let Some(key) = key else { return true };
        let Some(spec) = key.strip_prefix("keys.").and_then(|id| self.design.keys.get(id)) else {
            return false;
        };
        let Some(policy) = spec.policy.as_deref() else { return false };
        let resource = key_arn(key);
        ["kms:Decrypt", "kms:GenerateDataKey"]
            .iter()
            .all(|action| decide(policy, caller, action, &resource) == Decision::Allow)
    }
}

/// The queue's name, which of a FIFO queue ends with `.fifo` (SQS-60).
pub fn queue_name(id: &str, fifo: bool) -> String {
    if fifo { format!("{id}.fifo") } else { id.to_owned() }
}

fn key_arn(key: &str) -> String {
    arn("kms", &format!("key/{}", key.trim_start_matches("keys.")))
}

fn decide(policy: &str, caller: Caller<'_>, action: &str, resource: &str) -> Decision {
    let request = Request {
        principal: caller.principal,
        action,
        resource,
        source_arn: caller.source_arn,
        account: ACCOUNT,
        organization: ORGANIZATION,
    };
    Policy::parse(policy).map_or(Decision::Silent, |policy| policy.decide(&request))
}

/// One side's policy suffices within an account. With neither written down, both are as a console
/// makes them.
fn permits(caller: Caller<'_>, action: &str, resource: &str, policy: Option<&str>) -> bool {
    let decisions: Vec<Decision> = [policy, caller.role_policy]
        .into_iter()
        .flatten()
        .map(|policy| decide(policy, caller, action, resource))
        .collect();
    decisions.is_empty() || is_allowed(&decisions)
}
