//! Notices: what an alarm publishes to a topic when its state changes (CW-02).
//!
//! A notice is of no order, so no ledger counts it and nobody waits for it. It reaches people and endpoints
//! outside AWS alone; a design in which it would come to a queue or a function is refused. That an action
//! which failed is not tried again is a *model assumption* (MA-alarm-5); AWS documents the entry in the
//! alarm's history.

use super::delivery::Access;
use super::id::{AlarmId, ServiceId, SubscriptionId, TopicId};
use super::topic::ANSWER_MAX;
use super::{Happened, Scheduled, Target, World};
use crate::aws::alarm::State;
use crate::aws::billing::{Item, chunks};
use crate::aws::retry::notification_wait;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

/// A topic that an alarm publishes to when it goes into a state.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub topic: TopicId,
    /// From the alarm to the topic.
    pub wire: u32,
    pub access: Access,
    /// Bytes of what it publishes.
    pub bytes: usize,
    /// The topic's subscriptions, and whether the filter of each takes it.
    pub subscriptions: Vec<(SubscriptionId, bool)>,
}

/// The actions of an alarm by the state that it goes into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actions {
    pub alarm: Vec<Action>,
    pub ok: Vec<Action>,
    pub insufficient_data: Vec<Action>,
}

impl Actions {
    pub fn of(&self, state: State) -> &[Action] {
        match state {
            State::Alarm => &self.alarm,
            State::Ok => &self.ok,
            State::InsufficientData => &self.insufficient_data,
        }
    }
}

/// A copy of a notice on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notice {
    pub subscription: SubscriptionId,
    /// Counts the notices of a run.
    number: u32,
    /// From 1.
    attempt: u32,
}

/// What becomes of a notice next.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// It comes to the endpoint.
    Try,
    Answered {
        service: ServiceId,
        failed: bool,
    },
}

/// From an alarm to its topic, and from there on, a *model assumption* as every hop is (MA-run-1).
const HOP: Span = Span::from_millis(250);

impl Notice {
    /// What its chance is keyed by: counted down from the last number that an order could have.
    fn key(self) -> u32 {
        u32::MAX - self.number
    }

    /// What keeps the chance of its calls apart from that of other subscriptions.
    fn turn(self) -> u32 {
        self.attempt.saturating_add(100_000 * (u32::from(self.subscription.number()) + 1))
    }
}

impl World {
    /// Does what an alarm is to do in a state that it has just gone into.
    pub(super) fn act(&mut self, alarm: AlarmId, state: State) {
        let actions = self.alarms[alarm].settings.actions.of(state).to_vec();
        for action in &actions {
            let number = self.notices;
            self.notices = self.notices.wrapping_add(1);
            let part = self.alarms[alarm].part;
            let (target, key) = (Target::Topic(action.topic), u32::MAX - number);
            if self.refusal(target, action.access, key, 1).is_some() {
                self.alarms[alarm].state.actions_failed += 1;
                self.occur(part, None, Happened::ActionFailed);
                continue;
            }
            self.alarms[alarm].state.notifications += 1;
            self.occur(part, None, Happened::ActionTaken);
            self.depart(action.wire, None, (key, 1), HOP);
            self.fan_out_notice(action, number);
        }
    }

    fn fan_out_notice(&mut self, action: &Action, number: u32) {
        let topic = &mut self.topics[action.topic];
        topic.state.published += 1;
        let part = topic.part;
        self.bill.count(Item::SnsPublishes, chunks(action.bytes));
        self.occur(part, None, Happened::Published);
        let times = if self.is_broken(FaultKind::Duplicate, part) { 2 } else { 1 };
        for (subscription, is_taken) in &action.subscriptions {
            for _ in 0..times {
                let this = &mut self.subscriptions[*subscription];
                if !is_taken {
                    this.state.filtered += 1;
                    let part = this.part;
                    self.occur(part, None, Happened::Filtered);
                    continue;
                }
                this.state.accepted += 1;
                this.state.under_way += 1;
                let wire = this.settings.from_topic;
                let notice = Notice { subscription: *subscription, number, attempt: 1 };
                let at = self.depart(wire, None, (notice.key(), 1), HOP);
                self.agenda.enter(at, Scheduled::Notice { notice, step: Step::Try });
            }
        }
    }

    pub(super) fn step_notice(&mut self, notice: Notice, step: Step) {
        match step {
            Step::Try => self.try_notice(notice),
            Step::Answered { service, failed } => {
                self.end_call(service);
                if failed {
                    self.notice_failed(notice);
                } else {
                    self.notice_came(notice);
                }
            }
        }
    }

    fn try_notice(&mut self, notice: Notice) {
        let Notice { subscription, attempt, .. } = notice;
        let this = &mut self.subscriptions[subscription];
        if attempt > 1 {
            this.state.retrying = this.state.retrying.saturating_sub(1);
        }
        // The subscription may be another one by now, which a notice does not go to.
        let Some((service, wire)) = this.settings.calls else {
            self.drop_notice(notice);
            return;
        };
        let call = self.begin_call(service, notice.key(), notice.turn());
        let takes = call.takes.unwrap_or(ANSWER_MAX);
        self.depart(wire, None, (notice.key(), attempt), takes);
        let failed = call.error.is_some() || call.takes.is_none();
        let step = Step::Answered { service, failed };
        self.agenda.enter(self.now + takes, Scheduled::Notice { notice, step });
    }

    fn notice_came(&mut self, notice: Notice) {
        let this = &mut self.subscriptions[notice.subscription];
        this.state.delivered += 1;
        this.state.under_way -= 1;
        let (part, protocol) = (this.part, this.settings.protocol);
        self.bill_notification(protocol);
        self.occur(part, None, Happened::Delivered { attempt: notice.attempt });
    }

    fn notice_failed(&mut self, notice: Notice) {
        let attempt = notice.attempt;
        let this = &mut self.subscriptions[notice.subscription];
        let Some(wait) = notification_wait(this.settings.endpoint, attempt) else {
            self.drop_notice(notice);
            return;
        };
        this.state.retrying += 1;
        let part = this.part;
        self.occur(part, None, Happened::DeliveryFailed { attempt });
        let notice = Notice { attempt: attempt + 1, ..notice };
        self.agenda.enter(self.now + wait, Scheduled::Notice { notice, step: Step::Try });
    }

    fn drop_notice(&mut self, notice: Notice) {
        let this = &mut self.subscriptions[notice.subscription];
        this.state.under_way -= 1;
        this.state.dropped += 1;
        let part = this.part;
        self.occur(part, None, Happened::Dropped { tries: notice.attempt });
    }
}

#[cfg(test)]
mod tests;
