//! Records of asynchronous invocations on their way to a function's destinations (LAM-34).

use super::delivery::Access;
use super::id::{FunctionId, QueueId};
use super::{Happened, Scheduled, Target, World};
use crate::design::record::Condition;
use crate::kernel::time::Span;

/// How long Lambda takes from the end of an invocation to the destination: a *model assumption*
/// (MA-function-7).
const HAND_OVER: Span = Span::from_millis(100);

/// Where a function sends its records.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub target: Target,
    pub wire: u32,
    /// By the function's own role.
    pub access: Access,
}

impl Destination {
    /// The queue that keeps records of failures, and whether it may be sent there.
    pub fn keeper(&self) -> Option<(QueueId, Access)> {
        if let Target::Queue(queue) = self.target { Some((queue, self.access)) } else { None }
    }
}

/// The shapes of the records that a function makes of an event: for each condition, by the event's shape.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forms(pub [Vec<u16>; 3]);

impl Forms {
    /// The shape of the record; the event's own where none is known, as of a bus, which makes an event of it.
    pub fn of(&self, condition: Condition, event: u16) -> u16 {
        let [success, exhausted, too_old] = &self.0;
        let by_event = match condition {
            Condition::Success => success,
            Condition::RetriesExhausted => exhausted,
            Condition::EventAgeExceeded => too_old,
        };
        by_event.get(usize::from(event)).copied().unwrap_or(event)
    }
}

/// A record on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub function: FunctionId,
    pub to: Target,
    pub access: Access,
    pub order: u32,
    pub shape: u16,
    /// Of the invocations that it tells of.
    pub attempt: u32,
    pub condition: Condition,
}

impl World {
    /// Sends the record of an order's invocation to its destination, if there is one; `event` is the shape of what
    /// the function was invoked with.
    pub(super) fn send_record(
        &mut self,
        index: FunctionId,
        (order, attempt, event): (u32, u32, u16),
        condition: Condition,
    ) {
        let function = &mut self.functions[index];
        let settings = &function.settings;
        let destination = match condition {
            Condition::Success => settings.on_success.as_ref(),
            Condition::RetriesExhausted | Condition::EventAgeExceeded => {
                settings.on_failure.as_ref()
            }
        };
        let Some(Destination { target, wire, access }) = destination.cloned() else { return };
        let shape = settings.forms.of(condition, event);
        function.state.records_under_way += 1;
        if self.matters(target) {
            self.live(order);
        }
        let at = self.hop(wire, order, attempt, HAND_OVER);
        let record =
            Record { function: index, to: target, access, order, shape, attempt, condition };
        self.agenda.enter(at, Scheduled::Record(record));
    }

    /// A record has come to its destination. That a refused one is not sent again is a *model assumption*
    /// (MA-function-7): AWS counts it in `DestinationDeliveryFailures` (LAM-42).
    pub(super) fn record_arrives(&mut self, record: Record) {
        let Record { function, to, access, order, shape, attempt, condition } = record;
        let refusal = self.refusal(to, access, order, attempt);
        let function = &mut self.functions[function];
        let (part, state) = (function.part, &mut function.state);
        state.records_under_way -= 1;
        if refusal.is_some() {
            state.destination_failures += 1;
            self.occur(part, Some(order), Happened::RecordRefused);
        } else {
            let happened = if condition == Condition::Success {
                state.successes_sent += 1;
                Happened::SuccessSent
            } else {
                state.failures_sent += 1;
                Happened::FailureSent { tries: attempt }
            };
            self.occur(part, Some(order), happened);
            self.hand_over(to, order, shape);
        }
        if self.matters(to) {
            self.over(order, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        accept, break_part, bus_line, measure, moments, names, pass, world_of,
    };

    fn world(settings: &str) -> World {
        let text = bus_line().replace("queues.work']", "functions.hand']");
        let mut world = world_of(&format!(
            "{text}[queues.won]\n[queues.lost]\n[topics.news]\n[functions.hand]\ncalls = 'till'\n{settings}"
        ));
        accept(&mut world);
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("functions.hand.{name}"))
    }

    fn played(settings: &str, fault: Option<(FaultKind, &str)>) -> World {
        let mut world = world(settings);
        if let Some((kind, part)) = fault {
            break_part(&mut world, kind, part, 3_600);
        }
        world.accept_event(Id::new(0), 0, DETAIL);
        pass(&mut world, 600_000);
        world
    }

    /// LAM-34: the record of a success is a message of its own, larger than the event.
    #[test]
    fn a_success_sends_a_record_with_request_and_response() {
        let world = played("on_success = 'won'\non_failure = 'lost'", None);
        assert_eq!(
            names(&world),
            ["invoked", "took-effect", "invocation-succeeded", "success-sent", "sent"]
        );
        assert_eq!(
            (measure(&world, "queues.won.visible"), measure(&world, "queues.lost.sent")),
            (1, 0)
        );
        assert_eq!((of(&world, "successes_sent"), of(&world, "records_under_way")), (1, 0));
        let queue = world.queues.iter().find(|queue| queue.rules.visible() == 1).unwrap();
        let shape = queue.rules.all(&world.messages).next().unwrap().shape;
        let body = &world.shapes[usize::from(shape)].bodies[0];
        assert_eq!(body["requestContext"]["condition"], "Success");
        assert_eq!(body["requestPayload"], world.shapes[usize::from(DETAIL)].bodies[0]);
        assert!(world.bytes_of(shape, 0) > world.bytes_of(DETAIL, 0));
    }

    /// LAM-34: a dead-letter queue carries the event, a destination the record; both may be set.
    #[test]
    fn a_failure_leaves_the_event_in_the_dead_letter_queue_and_the_record_at_the_destination() {
        let world = played(
            "dlq = 'won'\non_failure = 'topics.news'",
            Some((FaultKind::Outage, "services.till")),
        );
        assert_eq!(moments(&world, "dead-lettered").len(), 1);
        assert_eq!(of(&world, "events_sent_to_dlq"), 1);
        assert_eq!((of(&world, "failures_sent"), of(&world, "events_dropped")), (1, 0));
        assert_eq!(measure(&world, "topics.news.published"), 1);
        let dead = world.queues.iter().find(|queue| queue.rules.visible() == 1).unwrap();
        assert_eq!(dead.rules.all(&world.messages).next().unwrap().shape, DETAIL);
    }

    /// LAM-34: without a DLQ the destination alone keeps a failure, and it is nobody's loss.
    #[test]
    fn a_failure_that_a_destination_takes_is_not_dropped() {
        let world =
            played("on_failure = 'topics.news'", Some((FaultKind::Outage, "services.till")));
        assert_eq!((of(&world, "failures_sent"), of(&world, "events_dropped")), (1, 0));
        assert_eq!(names(&world).iter().filter(|name| **name == "failure-sent").count(), 1);
        let old = played(
            "on_failure = 'lost'\nmaximum_event_age = '60s'",
            Some((FaultKind::Stop, "functions.hand")),
        );
        let queue = old.queues.iter().find(|queue| queue.rules.visible() == 1).unwrap();
        let shape = queue.rules.all(&old.messages).next().unwrap().shape;
        let body = &old.shapes[usize::from(shape)].bodies[0];
        assert_eq!(body["requestContext"]["condition"], "EventAgeExceeded");
    }

    /// LAM-34, LAM-42: the function's own role sends, and what is refused is counted and gone.
    #[test]
    fn a_role_that_may_not_send_loses_the_record_and_keeps_the_success() {
        let world = played("on_success = 'won'\nrole_policy = 'none'", None);
        assert_eq!(of(&world, "destination_delivery_failures"), 1);
        assert_eq!((of(&world, "successes_sent"), measure(&world, "queues.won.sent")), (0, 0));
        assert_eq!(names(&world).last(), Some(&"record-refused"));
        assert_eq!(measure(&world, "ledger.charges"), 1);
    }

    /// A chain of functions: the second gets the first one's record.
    #[test]
    fn a_function_is_a_destination() {
        let world = played(
            "on_success = 'functions.next'\n[functions.next]\ncalls = 'till'\non_success = 'won'",
            None,
        );
        assert_eq!(measure(&world, "functions.next.invocations"), 1);
        let queue = world.queues.iter().find(|queue| queue.rules.visible() == 1).unwrap();
        let shape = queue.rules.all(&world.messages).next().unwrap().shape;
        let body = &world.shapes[usize::from(shape)].bodies[0];
        assert_eq!(body["requestPayload"]["requestContext"]["condition"], "Success");
    }

    /// An order waits for what a destination leads to.
    #[test]
    fn an_order_is_done_once_the_destination_is() {
        let mut world = world("on_success = 'queues.work'");
        world.route(Id::new(0), 0, false);
        pass(&mut world, 700);
        assert_eq!(world.ledger.lost, 0, "the function is under way");
        pass(&mut world, 60_000);
        assert_eq!(measure(&world, "queues.work.visible"), 1);
        assert_eq!((world.ledger.lost, world.ledger.completed), (0, 0), "nobody consumed it yet");
    }
}
