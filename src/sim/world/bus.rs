//! The event bus: rules decide where an event goes. Nothing is kept here (EB-01): unless an archive has
//! it, an event that no rule matches is gone, and a delivery that fails is tried again, dead-lettered or dropped (EB-40 to
//! EB-43).

use std::num::NonZeroU32;
use std::rc::Rc;

use super::delivery::Access;
use super::id::{BusId, Id, IdOf, Numbered, QueueId, RuleId};
use super::part::{Measure, Part};
use super::queue::FailureAttributes;
use super::quota::{Quota, Rate};
use super::refusal::Refusal;
use super::template::DETAIL;
use super::{Happened, PartId, Scheduled, Target, World};
use crate::aws::billing::Item;
use crate::aws::iam::Side;
use crate::aws::retry;
use crate::design::{self, PartKind};
use crate::fault::FaultKind;
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{PartView, RuleView};

/// An event bus in a run.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    pub part: PartId,
    pub settings: BusSettings,
    pub state: BusState,
}

/// Settings of a bus in the design.
#[derive(Debug, Clone)]
pub(crate) struct BusSettings {
    pub rules: Vec<RuleId>,
    pub archives: Vec<Id<design::Archive>>,
    /// Billable chunks of an event, by its form and kind of order.
    pub chunks: Vec<Vec<u64>>,
    /// Whether an order waits for anything that the bus delivers.
    pub matters: bool,
    pub quota: Quota,
}

/// State of a bus during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct BusState {
    pub published: u64,
    /// Events that replays put on it again.
    pub replayed: u64,
    pub unmatched: u64,
    /// Deliveries on their way to a target.
    pub under_way: u64,
    /// Its requests just now.
    pub rate: Rate,
}

/// A rule in a run.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub id: String,
    pub key: u32,
    pub settings: RuleSettings,
    pub state: RuleState,
}

/// Settings of a rule in the design.
#[derive(Debug, Clone)]
pub(crate) struct RuleSettings {
    pub arn: String,
    pub bus: BusId,
    /// What it makes of each form of an event.
    pub forms: Vec<RuleForm>,
    pub targets: Vec<RuleTarget>,
    pub age_max: Span,
    pub retries_max: u32,
    pub dlq: Option<(QueueId, Access)>,
    /// Whether its role may do more than deliver to its targets.
    pub role_exceeds_targets: bool,
}

/// What a rule makes of a form of event.
#[derive(Debug, Clone)]
pub(crate) struct RuleForm {
    /// Whether its event pattern matches, by kind of order.
    pub matches: Vec<bool>,
    /// The same for replayed events, which carry `replay-name` (EB-57).
    pub matches_replayed: Vec<bool>,
    /// Message template of the messages that its targets receive.
    pub shape: u16,
    /// What they get of a replayed event.
    pub shape_replayed: u16,
}

/// State of a rule during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleState {
    /// `MatchedEvents`.
    pub matched: u64,
    /// `Invocations`: deliveries that succeeded.
    pub invocations: u64,
    /// `FailedInvocations`: deliveries that failed permanently (EB-46).
    pub failed: u64,
    pub retried: u64,
    pub sent_to_dlq: u64,
    /// `InvocationsFailedToBeSentToDlq`, and failed deliveries of rules without a DLQ.
    pub dropped: u64,
}

/// A target of a rule.
#[derive(Debug, Clone)]
pub(crate) struct RuleTarget {
    pub target: Target,
    pub arn: String,
    pub wire: u32,
    pub access: Access,
    /// Why the rule may not deliver to it, in AWS's words; empty if it may.
    pub denial: Rc<str>,
    /// Whether the target is in a different account from the rule.
    pub crosses: bool,
}

/// An event on a bus.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub order: u32,
    /// Which event of the bus it is: 0 for what its publisher sends, and then those of workflows.
    pub form: u16,
    /// Whether it came to the bus from another account.
    pub from_abroad: bool,
    pub is_replay: bool,
    pub since: Since,
}

/// When an event came to its first bus, to a tenth of a second: agenda entries hold it, and stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since(Option<NonZeroU32>);

/// Microseconds.
const TENTH: u64 = 100_000;

impl Since {
    /// When its order was published.
    pub const PUBLISHED: Self = Self(None);

    /// A run of more than thirteen years would saturate it.
    pub fn at(now: Time) -> Self {
        let tenths = u32::try_from(now.0 / TENTH + 1).unwrap_or(u32::MAX);
        Self(NonZeroU32::new(tenths))
    }

    fn time(self) -> Option<Time> {
        self.0.map(|tenths| Time((u64::from(tenths.get()) - 1) * TENTH))
    }
}

/// A delivery of a rule to one of its targets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub rule: RuleId,
    /// Bus that it comes from and part that it goes to, even if the rule changes while it is on its way.
    pub bus: BusId,
    pub to: Target,
    pub event: Event,
    /// Starts at 1.
    pub attempt: u32,
}

/// Typical time from ingestion to invocation: about half a second (EB-12).
const DELIVERY: Span = Span::from_millis(500);

impl Numbered for Bus {
    type Design = design::Bus;
}

impl Part for Bus {
    const KIND: PartKind = PartKind::Bus;

    const COLUMNS: &[&str] = &["published", "unmatched"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("published", |_, b| b.state.published as f64),
        ("replayed", |_, b| b.state.replayed as f64),
        ("unmatched", |_, b| b.state.unmatched as f64),
        ("under_way", |_, b| b.state.under_way as f64),
        ("throttled", |_, b| b.state.rate.throttled as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, id: IdOf<Self>) -> Option<PartView> {
        let rules = world.rules.iter().filter(|rule| rule.settings.bus == id);
        let view = PartView::Bus {
            published: self.state.published,
            replayed: self.state.replayed,
            unmatched: self.state.unmatched,
            under_way: self.state.under_way,
            throttled: self.state.rate.throttled,
            rules: rules.map(Rule::view_in_bus).collect(),
        };
        Some(view)
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl Numbered for Rule {
    type Design = design::Rule;
}

impl Part for Rule {
    const KIND: PartKind = PartKind::Rule;

    const COLUMNS: &[&str] =
        &["invocations", "retried", "failed_invocations", "sent_to_dlq", "dropped"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("matched", |_, r| r.state.matched as f64),
        ("invocations", |_, r| r.state.invocations as f64),
        ("retried", |_, r| r.state.retried as f64),
        ("failed_invocations", |_, r| r.state.failed as f64),
        ("sent_to_dlq", |_, r| r.state.sent_to_dlq as f64),
        ("dropped", |_, r| r.state.dropped as f64),
        ("role_exceeds_targets", |_, r| u64::from(r.settings.role_exceeds_targets) as f64),
        ("role_refuses", |_, r| u64::from(r.is_refused_by(Side::Identity)) as f64),
        ("target_refuses", |_, r| u64::from(r.is_refused_by(Side::Resource)) as f64),
    ];

    /// A rule is drawn as its bus.
    fn part(&self) -> Option<PartId> {
        None
    }

    fn path(&self, _: &World) -> String {
        PartKind::Rule.path(&self.id).to_string()
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        (self.state.failed != self.state.sent_to_dlq + self.state.dropped)
            .then(|| format!("{} has failures unaccounted for", self.path(world)))
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl Rule {
    /// Its entry for a target; `None` if it no longer has that target.
    fn towards(&self, target: Target) -> Option<&RuleTarget> {
        self.settings.targets.iter().find(|entry| entry.target == target)
    }

    /// Whether that side's policy refuses the delivery to one of its targets.
    fn is_refused_by(&self, side: Side) -> bool {
        let mut targets = self.settings.targets.iter();
        targets.any(|target| target.access.is_refused_by(side))
    }

    /// Whether it takes an event of an order of that kind.
    fn matches(&self, event: Event, class: usize) -> bool {
        let Some(form) = self.settings.forms.get(usize::from(event.form)) else { return false };
        let matches = if event.is_replay { &form.matches_replayed } else { &form.matches };
        matches.get(class).copied().unwrap_or(false)
    }

    /// The template of what its targets get of an event.
    fn shape_of(&self, event: Event) -> u16 {
        let form = self.settings.forms.get(usize::from(event.form));
        form.map_or(DETAIL, |form| if event.is_replay { form.shape_replayed } else { form.shape })
    }

    /// View of it, as shown in its bus.
    fn view_in_bus(&self) -> RuleView {
        RuleView {
            id: self.id.clone(),
            matched: self.state.matched,
            delivered: self.state.invocations,
            retried: self.state.retried,
            failed: self.state.failed,
        }
    }
}

impl World {
    /// Matches an event against the rules of a bus, and sends it to their targets. An event from a rule of
    /// another account does not go on to a third account (EB-55).
    pub(super) fn route(&mut self, index: BusId, order: u32, from_abroad: bool) {
        let since = Since::PUBLISHED;
        self.take_event(index, Event { order, form: 0, from_abroad, is_replay: false, since });
    }

    /// An event that a workflow puts on a bus.
    pub(super) fn route_form(&mut self, index: BusId, order: u32, form: u16) {
        let since = Since::at(self.now);
        self.take_event(index, Event { order, form, from_abroad: false, is_replay: false, since });
    }

    fn take_event(&mut self, index: BusId, event: Event) {
        self.buses[index].state.published += 1;
        self.count_event(index, event, Item::EventBridgeEvents);
        self.occur(self.bus_part(index), Some(event.order), Happened::Published);
        self.archive(index, event);
        self.match_rules(index, event, None);
    }

    /// A replay puts an event on its bus again, for these rules alone if there are any (EB-57).
    pub(super) fn put_again(&mut self, index: BusId, event: Event, rules: Option<&[RuleId]>) {
        self.buses[index].state.replayed += 1;
        self.count_event(index, event, Item::ReplayedEvents);
        self.match_rules(index, event, rules);
    }

    fn count_event(&mut self, index: BusId, event: Event, item: Item) {
        let class = self.class(event.order);
        let chunks = self.buses[index].settings.chunks.get(usize::from(event.form));
        let chunks = chunks.and_then(|chunks| chunks.get(class)).copied().unwrap_or(1);
        self.bill.count(item, chunks);
    }

    fn match_rules(&mut self, index: BusId, event: Event, only: Option<&[RuleId]>) {
        let class = self.class(event.order);
        let bus = &self.buses[index];
        let (part, count) = (bus.part, bus.settings.rules.len());
        // In rare cases a rule runs twice for one event (EB-10).
        let times = if self.is_broken(FaultKind::Duplicate, part) { 2 } else { 1 };
        let mut matched = false;
        for place in 0..count {
            let number = self.buses[index].settings.rules[place];
            if only.is_some_and(|rules| !rules.contains(&number)) {
                continue;
            }
            let rule = &mut self.rules[number];
            if !rule.matches(event, class) {
                continue;
            }
            rule.state.matched += 1;
            matched = true;
            let targets = rule.settings.targets.len();
            for target in (0..targets).flat_map(|target| std::iter::repeat_n(target, times)) {
                self.send_out((index, number, target), event);
            }
        }
        // Whoever names rules wants no others to match.
        if !matched && only.is_none() {
            self.buses[index].state.unmatched += 1;
            self.occur(part, Some(event.order), Happened::Unmatched);
        }
    }

    fn send_out(&mut self, (bus, rule, target): (BusId, RuleId, usize), event: Event) {
        let RuleTarget { target: to, wire, .. } = self.rules[rule].settings.targets[target];
        let order = event.order;
        if self.matters(to) {
            self.live(order);
        }
        self.buses[bus].state.under_way += 1;
        let arrives = self.hop(wire, order, 1, DELIVERY);
        let delivery = Delivery { rule, bus, to, event, attempt: 1 };
        self.agenda.enter(arrives, Scheduled::Deliver(delivery));
    }

    /// Delivers an event to its target, retries it later, or gives it up.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        let Delivery { rule: index, bus, to, event, attempt } = delivery;
        let Event { order, from_abroad, .. } = event;
        let rule = &self.rules[index];
        let found = rule.towards(to).map(|target| (target.access, target.crosses));
        let Some((access, crosses)) = found else {
            self.drop_delivery(delivery);
            return;
        };
        let shape = rule.shape_of(event);
        let refusal = self.refusal(to, access, order, attempt);
        let wanting = self.lacks_deduplication(to).then_some(Refusal::NoDeduplication);
        let next_bus = if let Target::Bus(next) = to { Some(next) } else { None };
        let third = next_bus.filter(|_| crosses && from_abroad).map(|_| Refusal::ThirdAccount);
        let refusal = refusal.or(wanting).or(third);
        let refusal =
            refusal.or_else(|| (!self.admits(to, order, shape)).then_some(Refusal::Throttled));
        let rule = &self.rules[index];
        let Some(refusal) = refusal else {
            self.rules[index].state.invocations += 1;
            self.leave_bus(bus);
            match next_bus {
                Some(next) => {
                    self.take_event(next, Event { from_abroad: crosses || from_abroad, ..event });
                }
                None => self.hand_over(to, order, shape),
            }
            if self.matters(to) {
                self.over(order, 0);
            }
            return;
        };
        let published = self.orders.get(order as usize).map_or(self.now, |order| order.published);
        let since = event.since.time().unwrap_or(published);
        let wait = retry::event_wait(attempt);
        // Half of the delay is fixed, the other half random: AWS documents jitter, but not its
        // size: a *model assumption* (MA-rule-1).
        let jitter = self.chance.below(wait.0 / 2 + 1, (rule.key, order, attempt), Purpose::Jitter);
        let at = self.now + Span(wait.0 / 2 + jitter);
        let in_time = at.since(since) <= rule.settings.age_max;
        let (part, retries_max) = (self.bus_part(bus), rule.settings.retries_max);
        if refusal.is_retried() && in_time && attempt <= retries_max {
            self.rules[index].state.retried += 1;
            self.occur(part, Some(order), Happened::DeliveryFailed { attempt });
            let next = Delivery { attempt: attempt + 1, ..delivery };
            self.agenda.enter(at, Scheduled::Deliver(next));
        } else {
            let condition = match (refusal.is_retried(), attempt > retries_max) {
                (false, _) => "",
                (_, true) => "MaximumRetryAttempts",
                (_, false) => "MaximumEventAgeInSeconds",
            };
            self.give_up_delivery(delivery, refusal, condition);
        }
    }

    fn give_up_delivery(&mut self, delivery: Delivery, refusal: Refusal, condition: &'static str) {
        let Delivery { rule: index, bus, to, event, attempt } = delivery;
        let order = event.order;
        let rule = &mut self.rules[index];
        rule.state.failed += 1;
        let (dlq, shape) = (rule.settings.dlq, rule.shape_of(event));
        self.leave_bus(bus);
        let matters = self.matters(to);
        let part = self.bus_part(bus);
        let sent = self.give_up(part, (order, attempt), dlq, shape, matters);
        if let Some((queue, _)) = dlq.filter(|_| sent) {
            let rule = &self.rules[index];
            let target = rule.towards(to);
            let target_arn = target.map(|target| target.arn.clone()).unwrap_or_default();
            let words = match (refusal, target.map(|target| target.denial.clone())) {
                (Refusal::NoPermission | Refusal::WrongKey, Some(denial)) if !denial.is_empty() => {
                    denial
                }
                _ => refusal.words().into(),
            };
            let kept = FailureAttributes {
                order,
                rule_arn: rule.settings.arn.clone(),
                target_arn,
                error_code: refusal.code(),
                error_message: words,
                exhausted_retry_condition: condition,
                retry_attempts: attempt.saturating_sub(1),
            };
            self.keep_failure_attributes(queue, kept);
        }
        let rule = &mut self.rules[index];
        *(if sent { &mut rule.state.sent_to_dlq } else { &mut rule.state.dropped }) += 1;
    }

    /// Drops a delivery whose rule lost the target while it was on its way.
    fn drop_delivery(&mut self, Delivery { rule, bus, to, event, attempt }: Delivery) {
        let state = &mut self.rules[rule].state;
        state.failed += 1;
        state.dropped += 1;
        self.leave_bus(bus);
        let (part, matters) = (self.bus_part(bus), self.matters(to));
        self.give_up(part, (event.order, attempt), None, DETAIL, matters);
    }

    fn leave_bus(&mut self, bus: BusId) {
        self.buses[bus].state.under_way -= 1;
    }

    fn bus_part(&self, bus: BusId) -> PartId {
        self.buses[bus].part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{accept, break_part, bus_line, measure, names, pass, world_of};

    const DLQ: &str = "dlq = 'dead'\n[queues.dead]\n";

    fn routed(text: &str, fault: Option<(FaultKind, &str)>) -> World {
        let mut world = world_of(text);
        if let Some((kind, path)) = fault {
            break_part(&mut world, kind, path, 3_600);
        }
        let order = accept(&mut world);
        world.route(Id::new(0), order, false);
        pass(&mut world, 600_000);
        world
    }

    /// EB-01.
    #[test]
    fn an_event_that_no_rule_matches_is_gone() {
        let world = routed(&bus_line().replace("[\"desk\"]", "[\"other\"]"), None);
        assert_eq!(names(&world), ["published", "unmatched"]);
        assert_eq!(
            (measure(&world, "buses.main.unmatched"), measure(&world, "rules.all.matched")),
            (1, 0)
        );
    }

    /// EB-10.
    #[test]
    fn a_bus_that_duplicates_runs_a_rule_twice() {
        let world = routed(&bus_line(), Some((FaultKind::Duplicate, "buses.main")));
        assert_eq!(
            (measure(&world, "rules.all.matched"), measure(&world, "rules.all.invocations")),
            (1, 2)
        );
        assert_eq!(measure(&world, "buses.main.under_way"), 0);
    }

    /// EB-41, EB-43.
    #[test]
    fn a_delivery_is_given_up_for_the_reason_that_its_message_names() {
        let tries = "maximum_retry_attempts = 2\n";
        let age = "maximum_event_age = '60s'\n";
        for (settings, kind, code, condition, retries) in [
            ("", FaultKind::Deny, "NO_PERMISSIONS", "", 0),
            (tries, FaultKind::Outage, "TIMEOUT", "MaximumRetryAttempts", 2),
            (tries, FaultKind::Throttle, "THROTTLING", "MaximumRetryAttempts", 2),
            (age, FaultKind::Outage, "TIMEOUT", "MaximumEventAgeInSeconds", 6),
        ] {
            let text = format!("{}{settings}{DLQ}", bus_line());
            let world = routed(&text, Some((kind, "queues.work")));
            let kept = &world.queues[Id::new(0)].state.failure_attributes[0];
            assert_eq!((kept.error_code, kept.exhausted_retry_condition), (code, condition));
            let retried = measure(&world, "rules.all.retried");
            assert_eq!(u64::from(kept.retry_attempts), retried, "{kind:?}");
            assert!(u64::abs_diff(retried, retries) <= u64::from(settings == age), "{retried}");
            assert_eq!(measure(&world, "rules.all.sent_to_dlq"), 1);
        }
    }

    #[test]
    fn an_event_knows_its_time_to_a_tenth_of_a_second() {
        assert_eq!(Since::PUBLISHED.time(), None);
        for (at, told) in
            [(0, 0), (99_999, 0), (100_000, 100_000), (31_622_400_000_000, 31_622_400_000_000)]
        {
            assert_eq!(Since::at(Time(at)).time(), Some(Time(told)));
        }
    }

    #[test]
    fn a_rule_that_loses_its_target_drops_what_is_on_the_way() {
        let mut world = world_of(&bus_line());
        let order = accept(&mut world);
        world.route(Id::new(0), order, false);
        world.rules[Id::new(0)].settings.targets.clear();
        pass(&mut world, 5_000);
        assert_eq!(
            (measure(&world, "rules.all.dropped"), measure(&world, "buses.main.under_way")),
            (1, 0)
        );
        assert_eq!(world.broken_part(), None);
        world.rules[Id::new(0)].state.failed += 1;
        assert_eq!(world.broken_part().as_deref(), Some("rules.all has failures unaccounted for"));
    }
}
