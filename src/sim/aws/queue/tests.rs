//! The rules of a queue, one at a time.

use super::*;

const SECOND: Span = Span::from_secs(1);

struct Bench {
    queue: Queue,
    messages: Messages,
    now: Time,
}

impl Bench {
    fn new(kind: Kind, max_receive_count: Option<u32>) -> Self {
        let queue = Queue::new(Settings {
            kind,
            visibility_timeout: Span::from_secs(30),
            retention: Span::from_secs(3_600),
            delay: Span::ZERO,
            max_receive_count,
        });
        Self { queue, messages: Messages::default(), now: Time::ZERO }
    }

    fn send(&mut self, order: u32, group: u32) -> MessageId {
        let id = self.messages.add(order, (0, false), group, self.now);
        self.queue.counters.sent += 1;
        self.queue.send(self.now, id, Span::ZERO, 0, &mut self.messages);
        id
    }

    fn receive(&mut self, most: usize) -> Vec<u32> {
        let span = self.queue.settings.visibility_timeout;
        let received = self.queue.receive(self.now, most, span, &mut self.messages);
        self.orders(&received.messages)
    }

    fn orders(&self, ids: &[MessageId]) -> Vec<u32> {
        ids.iter().map(|id| self.messages.get(*id).unwrap().order).collect()
    }

    fn pass(&mut self, seconds: u64) -> Vec<Change> {
        self.now = self.now + Span::from_secs(seconds);
        let changes =
            std::iter::from_fn(|| self.queue.settle(self.now, &mut self.messages)).collect();
        assert_eq!(self.queue.unaccounted(), 0);
        assert_eq!(self.queue.recount(&self.messages), None);
        changes
    }
}

#[test]
fn with_max_n_a_message_is_handed_out_n_times_and_then_diverted() {
    for max in 1..6 {
        let mut bench = Bench::new(Kind::Standard, Some(max));
        bench.send(1, 0);
        for receive in 1..=max {
            assert_eq!(bench.receive(10), [1], "receive {receive} of {max}");
            assert_eq!(bench.pass(30).len(), 1);
        }
        let span = Span::from_secs(30);
        let last = bench.queue.receive(bench.now, 10, span, &mut bench.messages);
        assert_eq!((last.messages.len(), last.diverted.len()), (0, 1));
        bench.pass(0);
        assert_eq!(bench.messages.get(last.diverted[0]).unwrap().receive_count, max);
    }
}

#[test]
fn what_comes_back_stands_where_it_stood_until_its_third_receive() {
    let mut bench = Bench::new(Kind::Standard, None);
    for order in 0..4 {
        bench.send(order, 0);
    }
    for _ in 0..2 {
        assert_eq!(bench.receive(1), [0], "in its place");
        bench.pass(30);
    }
    assert_eq!(bench.receive(1), [0]);
    bench.pass(30);
    assert_eq!(bench.receive(10), [1, 2, 3, 0], "and then at the back (SQS-38)");
}

#[test]
fn a_redrive_policy_of_three_keeps_a_message_in_its_place() {
    let mut bench = Bench::new(Kind::Standard, Some(3));
    for order in 0..2 {
        bench.send(order, 0);
    }
    for _ in 0..3 {
        assert_eq!(bench.receive(1), [0]);
        bench.pass(30);
    }
    assert_eq!(bench.receive(1), [1], "the fourth receive moves it");
}

/// SQS-38: if the redrive policy allows more than three receives, or there is none, the third
/// receive sends it to the back.
#[test]
fn a_message_received_three_times_goes_to_the_back() {
    for max in [None, Some(4), Some(10)] {
        let mut bench = Bench::new(Kind::Standard, max);
        for order in 0..2 {
            bench.send(order, 0);
        }
        for _ in 0..3 {
            assert_eq!(bench.receive(1), [0], "{max:?}");
            bench.pass(30);
        }
        assert_eq!(bench.receive(2), [1, 0], "{max:?}");
    }
}

#[test]
fn a_group_is_lent_once_at_a_time_and_in_order() {
    let mut bench = Bench::new(Kind::Fifo { per_group: false }, Some(2));
    for (order, group) in [(0, 1), (1, 1), (2, 2), (3, 1), (4, 2)] {
        bench.send(order, group);
    }
    assert_eq!(bench.receive(2), [0, 1], "of one group, in order");
    assert_eq!(bench.receive(10), [2, 4], "the first group is locked");
    assert_eq!(bench.receive(10), [0; 0]);
    let first = bench.queue.lent(&bench.messages).map(|(_, id)| id).next().unwrap();
    assert_eq!(bench.queue.delete(first, 1, &mut bench.messages), Deletion::Deleted);
    assert_eq!(bench.receive(10), [0; 0], "its neighbour is still out");
    bench.pass(30);
    assert_eq!(bench.receive(10), [1, 3, 2, 4]);
    bench.pass(30);
    let span = Span::from_secs(30);
    let last = bench.queue.receive(bench.now, 10, span, &mut bench.messages);
    assert_eq!(bench.orders(&last.diverted), [1, 2, 4]);
    assert_eq!(bench.orders(&last.messages), [3], "what was received once goes on");
}

#[test]
fn a_delay_hides_before_the_first_receive_and_locks_the_group_behind_it() {
    let mut bench = Bench::new(Kind::Fifo { per_group: false }, None);
    let id = bench.messages.add(0, (0, false), 1, bench.now);
    bench.queue.counters.sent += 1;
    bench.queue.send(bench.now, id, Span::from_secs(5), 0, &mut bench.messages);
    bench.send(1, 1);
    assert_eq!(bench.receive(10), [0; 0]);
    assert_eq!(bench.queue.next_change(&bench.messages), Some(Time::ZERO + Span::from_secs(5)));
    assert_eq!(bench.pass(5), [Change::Shown(id)]);
    assert_eq!(bench.receive(10), [0, 1]);
}

#[test]
fn what_is_never_deleted_expires_wherever_it_is() {
    let mut bench = Bench::new(Kind::Standard, None);
    for order in 0..3 {
        bench.send(order, 0);
    }
    bench.pass(3_599);
    bench.receive(1);
    let gone = bench.pass(1);
    assert_eq!(gone.iter().filter(|c| matches!(c, Change::Expired(_))).count(), 3);
    assert_eq!(bench.queue.visible() + bench.queue.in_flight(), 0);
    assert_eq!(bench.receive(10), [0; 0]);
}

#[test]
fn visibility_counts_from_the_call_and_nought_gives_back_at_once() {
    let mut bench = Bench::new(Kind::Standard, None);
    let id = bench.send(7, 0);
    bench.receive(1);
    bench.pass(20);
    bench.queue.change_visibility(bench.now, id, Span::from_secs(20), &mut bench.messages);
    assert!(bench.pass(19).is_empty(), "the first loan's end means nothing");
    assert_eq!(bench.pass(1), [Change::HandedBack(id)]);
    bench.receive(1);
    bench.queue.change_visibility(bench.now, id, Span::ZERO, &mut bench.messages);
    assert_eq!((bench.queue.visible(), bench.receive(1)), (1, vec![7]));
}

#[test]
fn a_move_keeps_the_clock_of_a_standard_queue_and_resets_that_of_a_fifo_queue() {
    for (kind, left) in [(Kind::Standard, 1_800), (Kind::Fifo { per_group: false }, 3_600)] {
        let mut source = Bench::new(kind, Some(1));
        let id = source.send(1, 1);
        source.receive(1);
        source.pass(1_800);
        let span = Span::from_secs(30);
        let diverted = source.queue.receive(source.now, 1, span, &mut source.messages).diverted;
        assert_eq!(diverted, [id]);
        let mut dlq = Bench::new(kind, None);
        dlq.messages = source.messages;
        dlq.now = source.now;
        dlq.queue.move_in(dlq.now, id, 0, &mut dlq.messages);
        let expires = dlq.queue.next_change(&dlq.messages).unwrap();
        assert_eq!(expires.since(dlq.now), Span::from_secs(left), "{kind:?}");
        assert_eq!(dlq.queue.age_of_oldest(dlq.now + SECOND, &dlq.messages), SECOND);
    }
}

#[test]
fn the_age_leaves_out_what_was_received_three_times() {
    let mut bench = Bench::new(Kind::Standard, Some(5));
    bench.send(0, 0);
    for _ in 0..3 {
        bench.receive(1);
        bench.pass(30);
    }
    bench.send(1, 0);
    bench.pass(10);
    let age = bench.queue.age_of_oldest(bench.now, &bench.messages);
    assert_eq!(age, Span::from_secs(10), "the poison message hides (SQS-82)");
}

#[test]
fn a_place_that_is_used_again_is_not_mistaken_for_the_old_message() {
    let mut bench = Bench::new(Kind::Standard, None);
    let old = bench.send(1, 0);
    bench.receive(1);
    bench.queue.delete(old, 1, &mut bench.messages);
    bench.messages.forget(old);
    let new = bench.send(2, 0);
    assert_eq!(new, old, "the place is used again");
    assert!(bench.pass(30).is_empty(), "the old loan is nobody's");
    assert_eq!(bench.receive(1), [2]);
}

#[test]
fn a_purge_takes_what_is_in_flight_too() {
    let mut bench = Bench::new(Kind::Fifo { per_group: false }, None);
    bench.send(0, 1);
    bench.send(1, 2);
    bench.receive(1);
    assert_eq!(bench.queue.purge(&mut bench.messages).len(), 2);
    bench.pass(60);
    assert_eq!(bench.receive(10), [0; 0]);
}

/// SQS-23: an old receipt deletes nothing. The latest one does: in a standard queue even after the
/// visibility timeout, in a FIFO queue only within it.
#[test]
fn a_receipt_deletes_only_what_nobody_has_received_since() {
    let fifo = Kind::Fifo { per_group: false };
    for (kind, late) in [(Kind::Standard, Deletion::Deleted), (fifo, Deletion::Expired)] {
        let mut bench = Bench::new(kind, None);
        let id = bench.send(1, 1);
        bench.receive(1);
        bench.pass(30);
        bench.receive(1);
        let stale = bench.queue.delete(id, 1, &mut bench.messages);
        let wanted = if kind == Kind::Standard { Deletion::Ignored } else { Deletion::Expired };
        assert_eq!((stale, bench.queue.in_flight()), (wanted, 1), "{kind:?}");
        bench.pass(30);
        assert_eq!(bench.queue.delete(id, 2, &mut bench.messages), late, "{kind:?}");
        bench.pass(0);
        assert_eq!(bench.queue.visible(), u64::from(kind != Kind::Standard));
        let again = bench.receive(1);
        assert_eq!(again.len(), usize::from(kind != Kind::Standard));
        if kind != Kind::Standard {
            assert_eq!(bench.queue.delete(id, 3, &mut bench.messages), Deletion::Deleted);
        }
        assert_eq!(bench.queue.delete(id, 3, &mut bench.messages), Deletion::Ignored, "gone");
    }
}

/// SQS-40: a message without a source queue is passed over and keeps its place.
#[test]
fn a_redrive_passes_over_what_it_cannot_return() {
    for kind in [Kind::Standard, Kind::Fifo { per_group: false }] {
        let mut bench = Bench::new(kind, None);
        let mut ids = Vec::new();
        for order in 0..6 {
            let id = bench.messages.add(order, (0, false), 1, bench.now);
            if order % 2 == 0 {
                bench.queue.move_in(bench.now, id, 7, &mut bench.messages);
            } else {
                bench.queue.counters.sent += 1;
                bench.queue.send(bench.now, id, Span::ZERO, 0, &mut bench.messages);
            }
            ids.push(id);
        }
        assert_eq!(bench.queue.returnable(&bench.messages), 3, "{kind:?}");
        let own = &mut |message: &Message| message.from == Some(7);
        for expected in [0, 2] {
            assert_eq!(bench.queue.redrive(&mut bench.messages, own), Some(ids[expected]));
        }
        bench.pass(0);
        assert_eq!(bench.receive(2), [1, 3], "in the order in which they came ({kind:?})");
        bench.pass(30);
        assert_eq!(bench.queue.redrive(&mut bench.messages, own), Some(ids[4]));
        assert_eq!(bench.queue.redrive(&mut bench.messages, own), None);
        bench.pass(0);
        bench.queue.begin_redrive();
        let all = &mut |_: &Message| true;
        let rest: Vec<_> =
            std::iter::from_fn(|| bench.queue.redrive(&mut bench.messages, all)).collect();
        assert_eq!(rest, [ids[1], ids[3], ids[5]], "{kind:?}");
        bench.pass(0);
    }
}
