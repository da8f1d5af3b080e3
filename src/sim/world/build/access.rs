//! Who may do what: policies and keys of the design, asked once for every pair (SEC-01, SEC-09).

use super::Builder;
use crate::aws::iam::{Decision, Policy, Request, is_allowed, may_use_key};
use crate::design::part::Part;
use crate::design::{
    ACCOUNT, Design, NONE, ORGANIZATION, PartKind, PartPath, REGION, Rule, iam_arn,
};
use crate::world::delivery::Access;

const EVENTS: &str = "events.amazonaws.com";
const SNS: &str = "sns.amazonaws.com";
/// What a relay's or a workflow's role may do: a design says nothing of these roles, and they fit. A
/// *model assumption*. What a resource or a key denies, or does not leave to roles, holds for them too.
const FITTING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
/// What a producer does with a key, and what a consumer does (SEC-11).
const ENCRYPTS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];
const DECRYPTS: [&str; 1] = ["kms:Decrypt"];
/// What else can be done to a target than hand it an event.
const NOT_DELIVERIES: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sns:Subscribe",
    "states:StopExecution",
    "lambda:UpdateFunctionCode",
];
/// What an event source mapping does with its queue, by its function's role (LAM-15).
pub const MAPPING: [&str; 3] =
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// Who acts: a service on behalf of something, or a role with what its own policy says.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: String,
    source_arn: String,
    /// The identity policy of the role; a service has none.
    role_policy: Option<String>,
}

impl Caller {
    fn service(principal: &str, source_arn: String) -> Self {
        Self { principal: principal.to_owned(), source_arn, role_policy: None }
    }

    fn role(name: &str, policy: &str) -> Self {
        let principal = iam_arn(&format!("role/{name}"));
        Self { principal, source_arn: String::new(), role_policy: Some(policy.to_owned()) }
    }

    /// The role of a relay or of a workflow.
    pub fn fitting_role(name: &str) -> Self {
        Self::role(name, FITTING)
    }

    /// A rule as it acts towards a target: with the role it was given, which then decides, or else as
    /// the service that the target's own policy must let in (EB-50).
    fn rule(design: &Design, id: &str, rule: &Rule, target: &PartPath) -> Self {
        match rule.role_towards(target, design) {
            Some(policy) => Self::role(id, &policy),
            None => Self::rule_itself(design, id),
        }
    }

    /// A rule as it dead-letters: always as the service (EB-42).
    pub fn rule_itself(design: &Design, id: &str) -> Self {
        Self::service(EVENTS, design.rule_arn(id))
    }

    /// A topic, which delivers and dead-letters as the service (SNS-14, SNS-18).
    pub fn topic(design: &Design, id: &str) -> Self {
        Self::service(SNS, design.topic_arn(id))
    }

    /// A role with its own policy, or with none.
    pub fn with_policy(name: &str, policy: Option<&str>) -> Self {
        Self::role(name, policy.unwrap_or(NONE))
    }

    /// What a policy says of it; one that is not there says nothing.
    fn decide(&self, policy: Option<&str>, action: &str, resource: &str, via: &str) -> Decision {
        let request = Request {
            principal: &self.principal,
            action,
            resource,
            source_arn: &self.source_arn,
            account: ACCOUNT,
            organization: ORGANIZATION,
            via,
        };
        let policy = policy.and_then(|text| Policy::parse(text).ok());
        policy.map_or(Decision::Silent, |policy| policy.decide(&request))
    }

    /// Within one account either side's policy suffices (SEC-01).
    pub fn may(&self, actions: &[&str], resource: &str, policy: Option<&str>) -> bool {
        let role = self.role_policy.as_deref();
        actions.iter().all(|action| {
            is_allowed(&[policy, role].map(|policy| self.decide(policy, action, resource, "")))
        })
    }
}

impl Builder<'_> {
    /// Whether a rule may deliver to one of its targets.
    pub fn rule_access(&self, id: &str, rule: &Rule, target: &PartPath) -> Access {
        let caller = Caller::rule(self.design, id, rule, target);
        self.may_hand_to(target, &caller)
    }

    /// Whether a caller may hand something to a part: send to a queue, publish to a topic, start a
    /// workflow, invoke a function. Who may put events on a bus is not asked (EB-55).
    pub fn may_hand_to(&self, path: &PartPath, caller: &Caller) -> Access {
        let reception = self.design.part(path).and_then(Part::receives);
        let Some(reception) = reception.filter(|_| path.kind != PartKind::Bus) else {
            return Access::FULL;
        };
        let resource = self.design.target_arn(path);
        let service = reception.action.split(':').next().unwrap_or_default();
        Access {
            permitted: caller.may(&[reception.action], &resource, reception.policy),
            key: self.may_use(reception.key, caller, &ENCRYPTS, service),
        }
    }

    /// Whether a queue's policy lets others in than it is there for: services that act for another
    /// account, or that account's roles (SEC-05, SEC-06).
    pub fn admits_strangers(&self, queue: &str) -> bool {
        const STRANGE: &str = "999988887777";
        let policy = self.design.queues.get(queue).and_then(|spec| spec.policy.as_deref());
        let Some(policy) = policy.and_then(|text| Policy::parse(text).ok()) else { return false };
        let resource = self.design.queue_arn(queue);
        let anybody = format!("arn:aws:iam::{STRANGE}:role/anybody");
        let rule = format!("arn:aws:events:{REGION}:{STRANGE}:rule/anything/anything");
        let topic = format!("arn:aws:sns:{REGION}:{STRANGE}:anything");
        // Anybody can give a rule or a topic of theirs the name that ours has.
        let abroad = |arn: String| arn.replace(ACCOUNT, STRANGE);
        let rules = self.design.rules.keys().map(|id| abroad(self.design.rule_arn(id)));
        let topics = self.design.topics.keys();
        let topics = topics.map(|id| abroad(self.design.topic_arn(id)));
        let rules = rules.chain([rule]).map(|arn| (EVENTS, arn));
        let topics = topics.chain([topic]).map(|arn| (SNS, arn));
        let others = [(anybody.as_str(), String::new())];
        rules.chain(topics).chain(others).any(|(principal, source_arn)| {
            let request = Request {
                principal,
                action: "sqs:SendMessage",
                resource: &resource,
                source_arn: &source_arn,
                account: STRANGE,
                organization: "o-strange",
                via: "",
            };
            policy.decide(&request) == Decision::Allow
        })
    }

    /// Whether the role of a rule may do anything but hand events to the rule's targets (SEC-03).
    pub fn role_exceeds_targets(&self, id: &str, rule: &Rule) -> bool {
        let Some(policy) = rule.role_policy.as_deref() else { return false };
        let caller = Caller::role(id, policy);
        let design = self.design;
        let deliveries = [
            (PartKind::Queue, "sqs:SendMessage"),
            (PartKind::Topic, "sns:Publish"),
            (PartKind::Workflow, "states:StartExecution"),
            (PartKind::Function, "lambda:InvokeFunction"),
            (PartKind::Bus, "events:PutEvents"),
        ];
        // Parts of the design that are no targets, and what it knows nothing of.
        let elsewhere = deliveries.iter().flat_map(|(kind, action)| {
            let ids = design.ids(*kind).into_iter().chain(["anything"]);
            let paths = ids.map(move |id| kind.path(id));
            let others = paths.filter(|path| !rule.targets.contains(path));
            others.map(move |path| (*action, design.target_arn(&path)))
        });
        let targets = || rule.targets.iter().map(|target| design.target_arn(target));
        let otherwise =
            NOT_DELIVERIES.iter().flat_map(|action| targets().map(|arn| (*action, arn)));
        let unrelated = [("s3:GetObject", "arn:aws:s3:::anything/else".to_owned())];
        elsewhere.chain(otherwise).chain(unrelated).any(|(action, resource)| {
            caller.decide(Some(policy), action, &resource, "") == Decision::Allow
        })
    }

    /// Whether a consumer's role may do so with its queue (LAM-15, SEC-04, SEC-11).
    pub fn may_consume(&self, queue: &str, caller: &Caller, actions: &[&str]) -> Access {
        let Some(spec) = self.design.queues.get(queue) else { return Access::FULL };
        let resource = self.design.queue_arn(queue);
        Access {
            permitted: caller.may(actions, &resource, spec.policy.as_deref()),
            key: self.may_use(spec.kms_master_key_id.as_deref(), caller, &DECRYPTS, "sqs"),
        }
    }

    /// Whether somebody may use the key that a queue or topic is encrypted with: its policy must permit
    /// it even within one account, itself or by leaving it to the account's roles (SEC-01). The policy
    /// of an AWS-managed key does the latter, lets no service in, and cannot be changed (SEC-09);
    /// SSE-SQS asks nobody.
    fn may_use(&self, key: Option<&str>, caller: &Caller, actions: &[&str], via: &str) -> bool {
        let Some(key) = key else { return true };
        let resource = self.design.key_arn(key);
        let via = format!("{via}.{REGION}.amazonaws.com");
        let own = key.strip_prefix("keys.").and_then(|id| self.design.keys.get(id));
        actions.iter().all(|action| {
            let by_key = match own {
                Some(spec) => caller.decide(spec.policy.as_deref(), action, &resource, &via),
                None if caller.role_policy.is_some() => Decision::Delegate,
                None => Decision::Silent,
            };
            let by_role = caller.decide(caller.role_policy.as_deref(), action, &resource, &via);
            may_use_key(by_key, by_role)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{HAND, bus_line, measure, world_of};

    const SEND: &str = "sqs:SendMessage";

    fn statement(effect: &str, principal: &str) -> String {
        let principal = if principal.is_empty() {
            String::new()
        } else {
            format!(r#""Principal": {{"AWS": "{principal}"}}, "#)
        };
        format!(
            r#"{{"Statement": {{"Effect": "{effect}", {principal}"Action": "{SEND}", "Resource": "*"}}}}"#
        )
    }

    /// SEC-01: within one account either side permits, and either side denies.
    #[test]
    fn a_role_may_what_one_side_permits_and_none_denies() {
        let role = iam_arn("role/hand");
        let arn = "arn:aws:sqs:eu-west-1:111122223333:line";
        let (allow, deny) = (statement("Allow", ""), statement("Deny", ""));
        let (lets_in, keeps_out) = (statement("Allow", &role), statement("Deny", &role));
        for (own, of_queue, expected) in [
            (None, None, false),
            (Some(&allow), None, true),
            (None, Some(&lets_in), true),
            (Some(&allow), Some(&lets_in), true),
            (Some(&allow), Some(&keeps_out), false),
            (Some(&deny), Some(&lets_in), false),
        ] {
            let caller = Caller::with_policy("hand", own.map(String::as_str));
            let of_queue = of_queue.map(String::as_str);
            assert_eq!(caller.may(&[SEND], arn, of_queue), expected, "{own:?} {of_queue:?}");
            assert!(!caller.may(&[SEND, "sqs:DeleteMessage"], arn, of_queue), "all that it does");
        }
    }

    /// SEC-09: an AWS-managed key lets roles of the account use it, and no service.
    #[test]
    fn a_managed_key_lets_a_role_in_and_no_rule() {
        for (key, of_rule) in [("", true), ("kms_master_key_id = 'alias/aws/sqs'\n", false)] {
            let queue = format!("[queues.work]\n{key}");
            let world =
                world_of(&format!("{}{HAND}", bus_line().replace("[queues.work]\n", &queue)));
            let rule = world.rules[Id::new(0)].settings.targets[0].access;
            assert_eq!(rule, Access { permitted: true, key: of_rule });
            assert_eq!(world.functions[Id::new(0)].settings.access, Access::FULL);
        }
    }

    /// EB-50: without a role, the target's own policy must let the rule in.
    #[test]
    fn a_rule_is_let_in_by_the_policy_of_its_target() {
        for (policy, permitted) in [("", true), ("policy = 'none'\n", false)] {
            let queue = format!("[queues.work]\n{policy}");
            let world = world_of(&bus_line().replace("[queues.work]\n", &queue));
            assert_eq!(world.rules[Id::new(0)].settings.targets[0].access.permitted, permitted);
        }
    }

    /// SEC-05, SEC-06.
    #[test]
    fn a_queue_that_lets_everybody_in_admits_strangers() {
        let open = format!("policy = '{}'\n", statement("Allow", "*"));
        for (policy, admits) in [("", 0), (open.as_str(), 1)] {
            let queue = format!("[queues.work]\n{policy}");
            let world = world_of(&bus_line().replace("[queues.work]\n", &queue));
            assert_eq!(measure(&world, "queues.work.admits_strangers"), admits);
        }
    }

    /// SEC-03.
    #[test]
    fn a_role_exceeds_its_targets_if_it_may_anything_else() {
        let world = world_of(&bus_line());
        let arn = &world.rules[Id::new(0)].settings.targets[0].arn;
        let exact = statement("Allow", "").replace("\"*\"", &format!("\"{arn}\""));
        for (policy, exceeds) in [(exact, 0), (statement("Allow", ""), 1), (FITTING.to_owned(), 1)]
        {
            let world = world_of(&format!("{}role_policy = '{policy}'\n", bus_line()));
            assert_eq!(measure(&world, "rules.all.role_exceeds_targets"), exceeds, "{policy}");
        }
    }
}
