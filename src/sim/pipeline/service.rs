//! What handlers call: slow, full, broken or well. What a call does in the world is counted when
//! the service has done it, whether or not anybody still waits.

use super::{PartId, World};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::random::Purpose;
use crate::sim::kernel::time::Span;
use crate::sim::spec::SideEffect;

#[derive(Debug, Clone)]
pub(super) struct Service {
    pub part: PartId,
    pub key: u32,
    pub latency: Span,
    pub capacity: u32,
    pub side_effect: SideEffect,
    pub idempotency_keys: bool,
    pub in_flight: u32,
    pub calls: u64,
    pub failures: u64,
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallError {
    Unavailable,
    TooManyRequests,
    Internal,
    /// Longer than the caller waits.
    Timeout,
}

impl CallError {
    /// The error's name as a workflow sees it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "ServiceUnavailable",
            Self::TooManyRequests => "Lambda.TooManyRequestsException",
            Self::Internal => "InternalError",
            Self::Timeout => "States.Timeout",
        }
    }
}

/// How a call goes: how long it takes, and the error if it fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub takes: Span,
    pub error: Option<CallError>,
}

/// Four calls of ten fail under the fault `errors`.
const ERRORS_PER_MILLION: u32 = 400_000;
/// How much longer a call takes under the fault `slow`.
const SLOWNESS: u64 = 10;

impl World {
    /// Begins a call. The attempt keys its luck.
    pub(super) fn begin_call(&mut self, index: usize, order: u32, attempt: u32) -> Call {
        let Some(service) = self.services.get(index) else {
            return Call { takes: Span::ZERO, error: Some(CallError::Unavailable) };
        };
        let (part, key) = (service.part, (service.key, order, attempt));
        let usual = self.chance.around(service.latency, key, Purpose::Latency);
        let full = service.capacity > 0 && service.in_flight >= service.capacity;
        let broken = |kind| self.is_broken(kind, part);
        let call = if full {
            Call { takes: Span::from_millis(40), error: Some(CallError::TooManyRequests) }
        } else if broken(FaultKind::Outage) {
            Call { takes: usual, error: Some(CallError::Unavailable) }
        } else if broken(FaultKind::Errors)
            && self.chance.happens(ERRORS_PER_MILLION, key, Purpose::Failure)
        {
            Call { takes: usual, error: Some(CallError::Internal) }
        } else if broken(FaultKind::Slow) {
            Call { takes: usual.times(SLOWNESS), error: None }
        } else {
            Call { takes: usual, error: None }
        };
        if let Some(service) = self.services.get_mut(index) {
            service.calls += 1;
            service.in_flight += 1;
            service.failures += u64::from(call.error.is_some());
        }
        call
    }

    pub(super) fn end_call(&mut self, index: usize) {
        if let Some(service) = self.services.get_mut(index) {
            service.in_flight = service.in_flight.saturating_sub(1);
        }
    }

    /// Counts what a successful call did. A service that keeps idempotency keys does nothing a
    /// second time for a caller that sends one (IDM-07).
    pub(super) fn take_effect(&mut self, index: usize, order: u32, with_key: bool) {
        let Some(service) = self.services.get(index) else { return };
        let (effect, keeps) = (service.side_effect, service.idempotency_keys && with_key);
        match effect {
            SideEffect::None => {}
            SideEffect::Charge => {
                let Some(order) = self.orders.get_mut(order as usize) else { return };
                if order.charges > 0 && keeps {
                    return;
                }
                self.ledger.charges += 1;
                self.ledger.duplicate_charges += u64::from(order.charges > 0);
                order.charges = order.charges.saturating_add(1);
            }
            SideEffect::Email => self.ledger.emails += 1,
            SideEffect::Shipment => self.ledger.shipments += 1,
            SideEffect::Reservation => self.ledger.reservations += 1,
        }
    }
}
