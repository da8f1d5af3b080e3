//! Services that handlers call, with their latency, capacity and faults. A side effect is counted when the
//! service has finished the call, whether or not its caller still waits.

use super::id::{IdOf, Numbered, ServiceId};
use super::order::Door;
use super::part::{Measure, Part};
use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::design::{self, SideEffect};
use crate::fault::FaultKind;
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{PartView, ServiceView};

/// A service in a run.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub part: PartId,
    pub key: u32,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a service in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub latency: Span,
    pub capacity: u32,
    pub side_effect: SideEffect,
    pub idempotency_keys: bool,
}

/// State of a service during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub in_flight: u32,
    pub calls: u64,
    pub failures: u64,
}

/// Reason why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError {
    Unavailable,
    TooManyRequests,
    Internal,
    /// The call took longer than the caller waits.
    Timeout,
    /// A heartbeat is missing (SFN-30).
    Heartbeat,
    /// The caller's role does not permit the call, or the target refuses it.
    AccessDenied,
    /// The condition of a write does not hold (IDM-01).
    ConditionFailed,
    /// An entry of `PutEvents` was not taken (EB-06).
    FailedEntry,
    /// A nested execution that was waited for ended otherwise than well (SFN-30).
    NestedFailed,
}

impl CallError {
    /// Name of the error, as a workflow sees it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "ServiceUnavailable",
            Self::TooManyRequests => "Lambda.TooManyRequestsException",
            Self::Internal => "InternalError",
            Self::Timeout => "States.Timeout",
            Self::Heartbeat => "States.HeartbeatTimeout",
            Self::AccessDenied => "States.Permissions",
            Self::ConditionFailed => "DynamoDB.ConditionalCheckFailedException",
            Self::FailedEntry => "EventBridge.FailedEntry",
            Self::NestedFailed => "States.TaskFailed",
        }
    }
}

/// Course of a call: its duration, and the error if it fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// `None`: it is never answered.
    pub takes: Option<Span>,
    pub error: Option<CallError>,
}

impl Numbered for Service {
    type Design = design::Service;
}

impl Part for Service {
    const KIND: PartKind = PartKind::Service;

    const COLUMNS: &[&str] = &["calls", "failures"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("calls", |_, s| s.state.calls as f64),
        ("failures", |_, s| s.state.failures as f64),
        ("in_flight", |_, s| u64::from(s.state.in_flight) as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let view = ServiceView {
            in_flight: self.state.in_flight,
            calls: self.state.calls,
            failures: self.state.failures,
            broken: world.fault_of(self.part),
        };
        Some(PartView::Service(view))
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl World {
    /// Begins a call and returns its course. The attempt keys its chance.
    pub(super) fn begin_call(&mut self, index: ServiceId, order: u32, attempt: u32) -> Call {
        let service = &self.services[index];
        let (part, key) = (service.part, (service.key, order, attempt));
        let usual = self.chance.around(service.settings.latency, key, Purpose::Latency);
        let full =
            service.settings.capacity > 0 && service.state.in_flight >= service.settings.capacity;
        let refused = Span::from_millis(40).min(usual);
        let is = |kind| self.is_broken(kind, part);
        let (takes, error) = if full {
            (Some(refused), Some(CallError::TooManyRequests))
        } else if self.is_healthy(part) {
            (Some(usual), None)
        } else if is(FaultKind::Outage) {
            (Some(usual), Some(CallError::Unavailable))
        } else if self.fails_by_chance(FaultKind::Throttle, part, order, attempt) {
            (Some(refused), Some(CallError::TooManyRequests))
        } else if self.fails_by_chance(FaultKind::Errors, part, order, attempt) {
            (Some(usual), Some(CallError::Internal))
        } else if is(FaultKind::Stop) {
            (None, None)
        } else if is(FaultKind::Slow) {
            (Some(usual.times(self.slowness(part))), None)
        } else {
            (Some(usual), None)
        };
        let service = &mut self.services[index];
        service.state.calls += 1;
        service.state.in_flight += 1;
        service.state.failures += u64::from(error.is_some());
        Call { takes, error }
    }

    /// Ends a call in flight.
    pub(super) fn end_call(&mut self, index: ServiceId) {
        self.services[index].state.in_flight =
            self.services[index].state.in_flight.saturating_sub(1);
    }

    /// Records that a call failed.
    pub(super) fn call_failed(&mut self, index: ServiceId, order: u32, error: CallError) {
        let part = self.services[index].part;
        self.occur(part, Some(order), Happened::CallFailed { error });
    }

    /// Abandons a call whose caller has stopped waiting: it still takes effect if it would have succeeded
    /// (SFN-04).
    pub(super) fn abandon(
        &mut self,
        index: ServiceId,
        order: u32,
        ends: Option<Time>,
        succeeds: bool,
        with_key: bool,
    ) {
        match ends.filter(|_| succeeds) {
            Some(at) => {
                let service = index;
                self.agenda.enter(at, Scheduled::LateEffect { service, order, with_key });
            }
            None => self.end_call(index),
        }
    }

    /// Counts the side effect of a successful call. A service that keeps idempotency keys does not repeat it
    /// for a caller that sends one (IDM-07).
    pub(super) fn take_effect(&mut self, index: ServiceId, order: u32, with_key: bool) {
        let service = &self.services[index];
        let (effect, keeps) =
            (service.settings.side_effect, service.settings.idempotency_keys && with_key);
        let part = service.part;
        let Some(this) = self.orders.get_mut(order as usize) else { return };
        let times = match effect {
            SideEffect::None => return,
            SideEffect::Does(kind) => {
                let is_forgotten = self.effects.kinds[kind].effect.forgotten;
                let (done, count) = (&mut this.effects[kind], &mut self.ledger.effects[kind]);
                let times = if is_forgotten { Some(1) } else { done.take(keeps) };
                count.times += u64::from(times.is_some());
                count.again += u64::from(times.is_some_and(|times| times > 1));
                let is_too_late = times == Some(1) && this.door == Door::Rejected;
                count.rejected += u64::from(is_too_late);
                times
            }
            SideEffect::Undoes(kind) => {
                let owed = this.effects[kind].undo();
                self.ledger.effects[kind].undone += u64::from(owed);
                (owed > 0).then_some(1)
            }
        };
        let happened = times.map_or(Happened::AlreadyDone, |times| Happened::TookEffect {
            times: u32::from(times),
        });
        self.occur(part, Some(order), happened);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{LINE, accept, break_part, measure, moments, names, pass, world_of};

    fn till(settings: &str) -> World {
        let side_effect = format!("side_effect = \"charge\"\n{settings}");
        let mut world = world_of(&LINE.replace("side_effect = \"charge\"", &side_effect));
        accept(&mut world);
        world
    }

    #[test]
    fn a_fault_decides_how_long_a_call_takes_and_how_it_ends() {
        let usual = till("").begin_call(Id::new(0), 0, 1).takes.unwrap();
        assert!((60..=300).contains(&usual.as_millis()), "{usual:?}");
        for (kind, takes, error) in [
            (FaultKind::Outage, Some(usual), Some(CallError::Unavailable)),
            (FaultKind::Slow, Some(usual.times(10)), None),
            (FaultKind::Stop, None, None),
            (FaultKind::Throttle, Some(Span::from_millis(40)), Some(CallError::TooManyRequests)),
        ] {
            let mut world = till("");
            break_part(&mut world, kind, "services.till", 60);
            let call = world.begin_call(Id::new(0), 0, 1);
            assert_eq!((call.takes, call.error), (takes, error), "{kind:?}");
        }
    }

    #[test]
    fn a_full_service_refuses_until_a_call_ends() {
        let mut world = till("capacity = 2");
        let call = |world: &mut World| world.begin_call(Id::new(0), 0, 1).error;
        assert_eq!([call(&mut world), call(&mut world)], [None, None]);
        assert_eq!(call(&mut world), Some(CallError::TooManyRequests));
        world.end_call(Id::new(0));
        world.end_call(Id::new(0));
        assert_eq!(call(&mut world), None);
        assert_eq!(
            (measure(&world, "services.till.calls"), measure(&world, "services.till.failures")),
            (4, 1)
        );
    }

    /// IDM-07: only a key that is sent and kept prevents the second effect.
    #[test]
    fn a_second_call_does_it_again_unless_a_key_is_sent_and_kept() {
        for (keeps, sends, again) in [(true, true, 0), (true, false, 1), (false, true, 1)] {
            let mut world = till(&format!("idempotency_keys = {keeps}"));
            for _ in 0..2 {
                world.take_effect(Id::new(0), 0, sends);
            }
            assert_eq!(measure(&world, "ledger.charges"), 1 + again);
            assert_eq!(measure(&world, "ledger.duplicate_charges"), again);
            let last = names(&world).pop();
            assert_eq!(last, Some(if again == 1 { "took-effect" } else { "already-done" }));
        }
    }

    /// SFN-04.
    #[test]
    fn a_call_that_nobody_waits_for_takes_effect_when_it_ends() {
        let mut world = till("");
        let ends = Time(2_000_000);
        for (ends, succeeds) in [(Some(ends), true), (Some(ends), false), (None, true)] {
            world.begin_call(Id::new(0), 0, 1);
            world.abandon(Id::new(0), 0, ends, succeeds, false);
        }
        assert_eq!(measure(&world, "services.till.in_flight"), 1);
        pass(&mut world, 2_000);
        assert_eq!(moments(&world, "took-effect"), [(2_000, Some(0))]);
        assert_eq!(measure(&world, "services.till.in_flight"), 0);
    }
}
