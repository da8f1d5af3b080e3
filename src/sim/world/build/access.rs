//! Access control: evaluates the policies and keys of the design once for every caller and part (SEC-01,
//! SEC-09).

use super::Builder;
use crate::aws::iam::{Decision, Policy, Request, Verdict, judge, judge_key};
use crate::design::part::{Part, Reception};
use crate::design::{self, Design, NONE, PartKind, PartPath, REGION, Rule, iam_arn};
use crate::world::delivery::{Access, Denial};

const EVENTS: &str = "events.amazonaws.com";
const SNS: &str = "sns.amazonaws.com";
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";
/// Actions on a key that a producer needs, and those that a consumer needs (SEC-11).
const ENCRYPTS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];
const DECRYPTS: [&str; 1] = ["kms:Decrypt"];
/// Actions on a target other than a delivery.
const NOT_DELIVERIES: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sns:Subscribe",
    "states:StopExecution",
    "lambda:UpdateFunctionCode",
];
/// Actions on a queue that an event source mapping needs, with the role of its function (LAM-15).
pub const MAPPING: [&str; 3] =
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// Caller of an action: a service or an account that acts for a part, or a role with its own policy.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Part of the picture that makes the call.
    part: PartPath,
    principal: String,
    account: String,
    source_arn: String,
    /// Organisation of the account; empty if it is in none, or acts without a role (EB-55).
    organization: &'static str,
    /// Identity policy of the role; a service and an account have none.
    role_policy: Option<String>,
}

impl Caller {
    fn service(design: &Design, part: PartPath, principal: &str, source: &PartPath) -> Self {
        let account = design.account_of(source).to_owned();
        Self {
            part,
            principal: principal.to_owned(),
            organization: design.organization_of(&account),
            account,
            source_arn: design.target_arn(source),
            role_policy: None,
        }
    }

    /// Creates the role of a part, which has the part's name, with its own policy or an empty one.
    pub fn role(design: &Design, path: &PartPath, policy: Option<&str>) -> Self {
        let account = design.account_of(path).to_owned();
        Self {
            part: path.clone(),
            principal: iam_arn(&account, &format!("role/{}", path.id)),
            organization: design.organization_of(&account),
            account,
            source_arn: String::new(),
            role_policy: Some(policy.unwrap_or(NONE).to_owned()),
        }
    }

    /// Whoever looks after a run, with what the policy at that part lets the role do.
    pub fn operator(design: &Design, path: &PartPath, policy: Option<&str>) -> Self {
        let role = Self::role(design, path, policy);
        let name = format!("role/{}", design::Caller::Operator.role());
        Self { principal: iam_arn(&role.account, &name), ..role }
    }

    /// Creates the caller for a rule's delivery to a target: its role, if it has one, or else the service,
    /// which the target's own policy must let in (EB-50). Without a role, a rule calls another bus as its
    /// account, which the bus's policy must name (EB-55).
    fn rule(design: &Design, id: &str, rule: &Rule, target: &PartPath) -> Self {
        let bus = PartKind::Bus.path(&rule.bus);
        let itself = Self::rule_itself(design, id);
        match rule.role_towards(target, design) {
            Some(policy) => {
                let own = PartKind::Rule.path(id);
                Self { part: bus, ..Self::role(design, &own, Some(&policy)) }
            }
            None if target.kind == PartKind::Bus => {
                let principal = iam_arn(&itself.account, "root");
                Self { principal, organization: "", ..itself }
            }
            None => itself,
        }
    }

    /// Creates the caller for a rule's dead-lettering: always the service (EB-42).
    pub fn rule_itself(design: &Design, id: &str) -> Self {
        let rule = PartKind::Rule.path(id);
        let bus = design.rules.get(id).map_or("", |rule| rule.bus.as_str());
        Self::service(design, PartKind::Bus.path(bus), EVENTS, &rule)
    }

    /// Creates the caller for a subscription of a topic, which delivers and dead-letters as the service
    /// (SNS-14, SNS-18).
    pub fn topic(design: &Design, subscription: &str, topic: &str) -> Self {
        let part = PartKind::Subscription.path(subscription);
        Self::service(design, part, SNS, &PartKind::Topic.path(topic))
    }

    /// An alarm, which publishes as the service.
    pub fn alarm(design: &Design, id: &str) -> Self {
        let alarm = PartKind::Alarm.path(id);
        Self::service(design, alarm.clone(), CLOUDWATCH, &alarm)
    }

    fn is_service(&self) -> bool {
        self.principal.ends_with(".amazonaws.com")
    }

    /// Whether the owner of a resource is another account, so that the policies of both sides must allow the
    /// call (SEC-01). A service is in no account.
    fn crosses_to(&self, owner: &str) -> bool {
        !self.is_service() && self.account != owner
    }

    /// Evaluates a policy for a call; a missing policy is silent.
    fn decide(&self, policy: Option<&str>, action: &str, resource: &str, via: &str) -> Decision {
        let request = Request {
            principal: &self.principal,
            action,
            resource,
            source_arn: &self.source_arn,
            account: &self.account,
            organization: self.organization,
            via,
        };
        let policy = policy.and_then(|text| Policy::parse(text).ok());
        policy.map_or(Decision::Silent, |policy| policy.decide(&request))
    }

    /// Evaluates the caller's own policy; `None` if it is not a role.
    fn decide_itself(&self, action: &str, resource: &str, via: &str) -> Option<Decision> {
        let policy = self.role_policy.as_deref()?;
        Some(self.decide(Some(policy), action, resource, via))
    }

    /// Returns the first verdict that refuses one of the actions, with that action, or a verdict that allows
    /// them all.
    fn ask<'a>(&self, actions: &[&'a str], verdict: impl Fn(&Self, &str) -> Verdict) -> Asked<'a> {
        let asked = |action: &&'a str| (verdict(self, action), *action);
        actions
            .iter()
            .map(asked)
            .find(|(verdict, _)| *verdict != Verdict::Allowed)
            .unwrap_or((Verdict::Allowed, ""))
    }

    /// Returns the sentence of a denial in AWS's words; `None` if the call is permitted.
    fn denial(&self, (verdict, action): Asked<'_>, resource: &str) -> Option<String> {
        let reason = verdict.reason(action)?;
        let who = if self.is_service() {
            format!("{} for {}", self.principal, self.source_arn)
        } else {
            format!("User: {}", self.principal)
        };
        Some(format!(
            "{who} is not authorized to perform: {action} on resource: {resource} {reason}"
        ))
    }
}

/// A verdict and the action that it refuses.
type Asked<'a> = (Verdict, &'a str);

/// Actions on a part that require permission.
struct Wish<'a> {
    to: &'a PartPath,
    actions: &'a [&'a str],
    /// ARN of the resource.
    resource: String,
    policy: Option<&'a str>,
    key: Option<&'a str>,
    key_actions: &'a [&'a str],
    /// Service through which the key is used.
    via: &'a str,
}

impl Builder<'_> {
    /// Returns a rule's access to one of its targets, and the reason if it may not deliver.
    pub fn rule_access(&self, id: &str, rule: &Rule, target: &PartPath) -> (Access, String) {
        let caller = Caller::rule(self.design, id, rule, target);
        self.handing(target, &caller)
    }

    /// Whether a caller may hand a message to a part: send it to a queue, publish it to a topic, start a
    /// workflow, invoke a function, or put an event on a bus (EB-55).
    pub fn may_hand_to(&self, path: &PartPath, caller: &Caller) -> Access {
        self.handing(path, caller).0
    }

    fn handing(&self, path: &PartPath, caller: &Caller) -> (Access, String) {
        let Some(reception) = self.design.part(path).and_then(Part::receives) else {
            return (Access::FULL, String::new());
        };
        let Reception { action, policy, key, .. } = reception;
        self.asked(
            caller,
            &Wish {
                to: path,
                actions: &[action],
                resource: self.design.target_arn(path),
                policy,
                key,
                key_actions: &ENCRYPTS,
                via: action.split(':').next().unwrap_or_default(),
            },
        )
    }

    /// Whether a consumer's role may perform the actions on its queue (LAM-15, SEC-04, SEC-11).
    pub fn may_consume(&self, queue: &str, caller: &Caller, actions: &[&str]) -> Access {
        let Some(spec) = self.design.queues.get(queue) else { return Access::FULL };
        let wish = Wish {
            to: &PartKind::Queue.path(queue),
            actions,
            resource: self.design.queue_arn(queue),
            policy: spec.policy.as_deref(),
            key: spec.kms_master_key_id.as_deref(),
            key_actions: &DECRYPTS,
            via: "sqs",
        };
        self.asked(caller, &wish).0
    }

    /// Whether a role may perform the actions on a table, its stream or a bucket. Their own policies are not
    /// modelled.
    pub fn may_act_on(
        &self,
        part: &PartPath,
        resource: String,
        caller: &Caller,
        actions: &[&str],
    ) -> Access {
        let wish = Wish {
            to: part,
            actions,
            resource,
            policy: None,
            key: None,
            key_actions: &[],
            via: "dynamodb",
        };
        self.asked(caller, &wish).0
    }

    /// Whether whoever looks after a run may start replays of an archive; the refusal in AWS's words.
    pub fn may_replay(&self, archive: &PartPath, policy: Option<&str>) -> Result<(), String> {
        let wish = Wish {
            to: archive,
            actions: &["events:StartReplay"],
            resource: self.design.target_arn(archive),
            policy: None,
            key: None,
            key_actions: &[],
            via: "events",
        };
        let caller = Caller::operator(self.design, archive, policy);
        let (_, sentence) = self.asked(&caller, &wish);
        if sentence.is_empty() { Ok(()) } else { Err(sentence) }
    }

    /// Whether a workflow's role may invoke a function, which stands for a service of the design.
    pub fn may_invoke(&self, service: &PartPath, function: String, caller: &Caller) -> Access {
        let wish = Wish {
            to: service,
            actions: &["lambda:InvokeFunction"],
            resource: function,
            policy: None,
            key: None,
            key_actions: &[],
            via: "lambda",
        };
        self.asked(caller, &wish).0
    }

    /// Evaluates the policies of both sides and of the key, and records every denial between the two parts.
    fn asked(&self, caller: &Caller, wish: &Wish<'_>) -> (Access, String) {
        let owner = self.design.account_of(wish.to);
        let permitted = caller.ask(wish.actions, |caller, action| {
            let resource = caller.decide(wish.policy, action, &wish.resource, "");
            let identity = caller.decide_itself(action, &wish.resource, "");
            judge(resource, identity, caller.crosses_to(owner))
        });
        let mut key = (Verdict::Allowed, "");
        let mut key_arn = String::new();
        if let Some(named) = wish.key {
            key_arn = self.design.key_arn(named, owner);
            key = self.ask_key(named, &key_arn, caller, wish);
        }
        let sentences = [caller.denial(permitted, &wish.resource), caller.denial(key, &key_arn)];
        let sentence = sentences.iter().flatten().next().cloned().unwrap_or_default();
        for sentence in sentences.into_iter().flatten() {
            let (from, to) = (self.path(&caller.part), self.path(wish.to));
            let denial = Denial { from, to, sentence };
            let mut denials = self.denials.borrow_mut();
            if !denials.contains(&denial) {
                denials.push(denial);
            }
        }
        (Access { permitted: permitted.0, key: key.0 }, sentence)
    }

    /// Evaluates whether a caller may use the key that encrypts a queue or topic. Even within one account the
    /// key's policy must permit it, directly or by delegating to the account's roles (SEC-01). The policy of
    /// an AWS-managed key delegates, lets no service and no other account in, and cannot be changed (SEC-09,
    /// SEC-10). SSE-SQS needs no permission.
    fn ask_key<'a>(&self, key: &str, arn: &str, caller: &Caller, wish: &Wish<'a>) -> Asked<'a> {
        let via = format!("{}.{REGION}.amazonaws.com", wish.via);
        let own = key.strip_prefix("keys.").and_then(|id| self.design.keys.get(id));
        let owner = match own {
            Some(key) => key.account(self.design),
            None => self.design.account_of(wish.to),
        };
        caller.ask(wish.key_actions, |caller, action| {
            let by_key = match own {
                Some(spec) => caller.decide(spec.policy.as_deref(), action, arn, &via),
                None if caller.role_policy.is_some() && !caller.crosses_to(owner) => {
                    Decision::Delegate
                }
                None => Decision::Silent,
            };
            let by_role = caller.decide_itself(action, arn, &via);
            judge_key(by_key, by_role, caller.crosses_to(owner))
        })
    }

    /// Whether a queue's policy lets strangers in: services that act for an unrelated account, or that
    /// account's roles (SEC-05, SEC-06).
    pub fn admits_strangers(&self, queue: &str) -> bool {
        const STRANGE: &str = "999988887777";
        let policy = self.design.queues.get(queue).and_then(|spec| spec.policy.as_deref());
        let Some(policy) = policy.and_then(|text| Policy::parse(text).ok()) else { return false };
        let resource = self.design.queue_arn(queue);
        let anybody = format!("arn:aws:iam::{STRANGE}:role/anybody");
        let rule = format!("arn:aws:events:{REGION}:{STRANGE}:rule/anything/anything");
        let topic = format!("arn:aws:sns:{REGION}:{STRANGE}:anything");
        // A stranger's rule or topic can have the same name as one of the design's.
        let accounts = self.design.accounts();
        let abroad =
            |arn: String| accounts.iter().fold(arn, |arn, account| arn.replace(account, STRANGE));
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

    /// Whether the role of a rule may do anything but deliver events to the rule's targets (SEC-03).
    pub fn role_exceeds_targets(&self, id: &str, rule: &Rule) -> bool {
        let Some(policy) = rule.role_policy.as_deref() else { return false };
        let caller = Caller::role(self.design, &PartKind::Rule.path(id), Some(policy));
        let design = self.design;
        let deliveries = [
            (PartKind::Queue, "sqs:SendMessage"),
            (PartKind::Topic, "sns:Publish"),
            (PartKind::Workflow, "states:StartExecution"),
            (PartKind::Function, "lambda:InvokeFunction"),
            (PartKind::Bus, "events:PutEvents"),
        ];
        // Parts of the design that are not targets, and parts that it does not contain.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{HAND, bus_line, measure, world_of};

    use crate::design::ACCOUNT;

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
        let role = iam_arn(ACCOUNT, "role/hand");
        let design = Design::default();
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
            let caller =
                Caller::role(&design, &PartKind::Worker.path("hand"), own.map(String::as_str));
            let of_queue = of_queue.map(String::as_str);
            let own_side = caller.decide(own.map(String::as_str), SEND, arn, "");
            let verdict = judge(caller.decide(of_queue, SEND, arn, ""), Some(own_side), false);
            assert_eq!(verdict == Verdict::Allowed, expected, "{own:?} {of_queue:?}");
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
            assert_eq!(
                (rule.permitted == Verdict::Allowed, rule.key == Verdict::Allowed),
                (true, of_rule)
            );
            assert_eq!(world.functions[Id::new(0)].settings.access, Access::FULL);
        }
    }

    /// EB-50: without a role, the target's own policy must let the rule in.
    #[test]
    fn a_rule_is_let_in_by_the_policy_of_its_target() {
        for (policy, permitted) in [("", true), ("policy = 'none'\n", false)] {
            let queue = format!("[queues.work]\n{policy}");
            let world = world_of(&bus_line().replace("[queues.work]\n", &queue));
            let access = world.rules[Id::new(0)].settings.targets[0].access;
            assert_eq!(access.permitted == Verdict::Allowed, permitted);
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
        for (policy, exceeds) in [(exact, 0), (statement("Allow", ""), 1)] {
            let world = world_of(&format!("{}role_policy = '{policy}'\n", bus_line()));
            assert_eq!(measure(&world, "rules.all.role_exceeds_targets"), exceeds, "{policy}");
        }
    }
}
