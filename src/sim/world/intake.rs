//! The intake: a client waits while the API stores the order and answers, or calls every service
//! before it answers (S2.1, S4.1).

mod storing;

use super::delivery::Access;
use super::id::{ServiceId, StoreId};
use super::order::Door;
use super::service::CallError;
use super::{Happened, PartId, Scheduled, World};
use crate::aws::billing::Item;
use crate::kernel::random::Purpose;
use crate::kernel::time::Span;

/// The intake in a run.
#[derive(Debug, Clone)]
pub(crate) struct Intake {
    pub part: PartId,
    pub latency: Span,
    pub timeout: Span,
    pub client_retries: u8,
    pub idempotency_keys: bool,
    /// Requests that a client's call is billed as, by kind of order; none for a server of one's own.
    pub billed: Vec<u64>,
    /// Bit of a required part, or 0.
    pub required: u32,
    pub from_client: u32,
    /// Services called in sequence, each with its wire.
    pub calls: Vec<(ServiceId, u32)>,
    pub store: Option<(StoreId, u32)>,
    /// Whether its role may write to the store.
    pub may_store: Access,
}

/// A client's attempt to place an order. The server continues with it after the client has given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub order: u32,
    pub attempt: u8,
    /// Index of the next call.
    pub call: u8,
}

const CLIENT: Span = Span::from_millis(250);
/// Delay before a client's retry: a *model assumption* (MA-intake-1).
const CLIENT_WAIT: Span = Span::from_secs(1);

impl World {
    /// Adds an order, schedules the arrival of the next, and sends the client's first request.
    pub(super) fn arrive(&mut self, order: u32) {
        self.new_order(order);
        if order + 1 < self.arrivals.count {
            let next = self.arrival(order + 1).max(self.now);
            self.agenda.enter(next, Scheduled::Arrive { order: order + 1 });
        }
        self.try_order(order, 1, Span::ZERO);
    }

    /// Sends the client's request, for the first time or as a retry.
    fn try_order(&mut self, order: u32, attempt: u8, wait: Span) {
        let (wire, latency, part) =
            (self.intake.from_client, self.intake.latency, self.intake.part);
        let arrives = self.hop(wire, order, u32::from(attempt), CLIENT) + wait;
        let key = (self.topology.part(part).map_or(0, |part| part.key), order, u32::from(attempt));
        let work = self.chance.around(latency, key, Purpose::Latency);
        let billed = self.intake.billed.get(self.class(order)).copied().unwrap_or(0);
        self.bill.count(Item::ApiGatewayRequests, billed);
        let request = Request { order, attempt, call: 0 };
        self.agenda.enter(arrives + work, Scheduled::Request(request));
        if !self.intake.calls.is_empty() {
            let until = self.now + wait + self.intake.timeout;
            self.agenda.enter(until, Scheduled::GaveUp { order, attempt });
        }
    }

    /// Calls the next service or, after the last, stores the order.
    pub(super) fn request(&mut self, request: Request) {
        let Some((service, wire)) = self.intake.calls.get(usize::from(request.call)).copied()
        else {
            self.store_order(request);
            return;
        };
        let Request { order, attempt, call } = request;
        let turn = u32::from(attempt) * 1_000 + u32::from(call);
        let call = self.begin_call(service, order, turn);
        // The server, too, gives up a call that is never answered.
        let takes = call.takes.unwrap_or(self.intake.timeout);
        self.hop(wire, order, u32::from(attempt), takes);
        let error = call.error.or(call.takes.is_none().then_some(CallError::Timeout));
        self.agenda.enter(self.now + takes, Scheduled::Answered { request, error });
    }

    /// Ends a request's call of a service, and continues with the request or refuses the order.
    pub(super) fn answered(&mut self, request: Request, error: Option<CallError>) {
        let Some((service, _)) = self.intake.calls.get(usize::from(request.call)).copied() else {
            return;
        };
        self.end_call(service);
        if let Some(error) = error {
            self.call_failed(service, request.order, error);
            self.refuse(request.order, request.attempt);
            return;
        }
        let with_key = self.intake.idempotency_keys;
        self.take_effect(service, request.order, with_key);
        self.request(Request { call: request.call + 1, ..request });
    }

    /// Retries for a client that got an error or a timeout, or rejects the order.
    fn refuse(&mut self, order: u32, attempt: u8) {
        let retries = self.intake.client_retries;
        let part = self.intake.part;
        let Some(this) = self.orders.get_mut(order as usize) else { return };
        if this.door != Door::Waiting || this.attempt != attempt {
            return;
        }
        if attempt <= retries {
            this.attempt = attempt + 1;
            self.occur(part, Some(order), Happened::Retrying { attempt: u32::from(attempt) });
            self.try_order(order, attempt + 1, CLIENT_WAIT);
            return;
        }
        this.door = Door::Rejected;
        self.ledger.rejected += 1;
        for (count, done) in self.ledger.effects.iter_mut().zip(&this.effects) {
            count.rejected += u64::from(done.times > 0);
        }
        self.occur(part, Some(order), Happened::Rejected { attempt: u32::from(attempt) });
    }

    /// Ends the client's wait for an answer to an attempt.
    pub(super) fn gave_up(&mut self, order: u32, attempt: u8) {
        self.refuse(order, attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::tests::{LINE, break_part, moments, names, pass, world_of};

    fn door(settings: &str) -> World {
        world_of(&LINE.replace("store = \"book\"", &format!("store = \"book\"\n{settings}")))
    }

    #[test]
    fn a_client_tries_again_as_often_as_it_is_told_and_is_then_rejected() {
        let mut world = door("client_retries = 1");
        break_part(&mut world, FaultKind::Outage, "stores.book", 60);
        world.arrive(0);
        pass(&mut world, 10_000);
        assert_eq!(names(&world), ["broken", "retrying", "rejected"]);
        assert_eq!((world.ledger.rejected, world.ledger.accepted), (1, 0));
        let waited = moments(&world, "rejected")[0].0 - moments(&world, "retrying")[0].0;
        assert!((1_100..2_000).contains(&waited), "a second, and the way there: {waited} ms");
    }
}
