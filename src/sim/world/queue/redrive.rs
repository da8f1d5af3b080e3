//! A message move task, which returns messages from a DLQ (SQS-40 to SQS-44).

use super::{REDRIVE_RATE, Redrive};
use crate::aws::billing::chunks;
use crate::aws::queue::Message;
use crate::kernel::time::Span;
use crate::world::id::{Id, QueueId};
use crate::world::{Happened, PartId, Scheduled, World};

impl World {
    /// Whether a part is the DLQ of a queue.
    pub(crate) fn is_dlq(&self, part: PartId) -> bool {
        let queue = self.queues.iter().find(|queue| queue.part == part);
        queue.is_some_and(|queue| !queue.settings.sources.is_empty())
    }

    /// Number of messages that a redrive of a DLQ would return, and number that would stay.
    pub(crate) fn redrivable(&self, part: PartId) -> (u64, u64) {
        let dlq = self.queues.iter().find(|queue| queue.part == part && queue.settings.is_dlq);
        let returns = dlq.map_or(0, |queue| queue.rules.returnable(&self.messages));
        (returns, dlq.map_or(0, |queue| queue.rules.visible()) - returns)
    }

    /// Starts to return the messages of a DLQ, each as a new message to its source (SQS-40 to SQS-42).
    /// Returns their number: 0 while another task runs, and `None` if the part is not the DLQ of a queue.
    /// Messages from EventBridge, a topic or a function have no source and stay (EB-44).
    pub(crate) fn redrive(&mut self, part: PartId, rate: Option<u64>) -> Option<u64> {
        let index = self.queues.position(|queue| queue.part == part)?;
        let queue = &mut self.queues[index];
        queue.settings.sources.first()?;
        let count = queue.rules.returnable(&self.messages);
        if count == 0 || queue.state.redrive.left > 0 {
            return Some(0);
        }
        queue.rules.begin_redrive();
        let rate = rate.unwrap_or(REDRIVE_RATE).clamp(1, REDRIVE_RATE);
        let task = queue.state.redrive.task + 1;
        queue.state.redrive = Redrive { task, left: count, between: Span(1_000_000 / rate) };
        self.agenda.enter(self.now, Scheduled::Move { queue: index, task });
        if let Some(dlq) = self.topology.part(part).map(|part| part.path.clone()) {
            self.call_for_redrive(&dlq);
        }
        Some(count)
    }

    /// Moves the next message of a redrive.
    pub(in crate::world) fn move_next(&mut self, index: QueueId, task: u32) {
        let queue = &mut self.queues[index];
        if queue.state.redrive.task != task || queue.state.redrive.left == 0 {
            return;
        }
        let has_source = &mut |message: &Message| message.from.is_some();
        let Some(id) = queue.rules.redrive(&mut self.messages, has_source) else {
            queue.state.redrive.left = 0;
            return;
        };
        queue.state.redrive.left -= 1;
        let (part, again) = (queue.part, queue.state.redrive);
        let Some(message) = self.messages.get(id).copied() else { return };
        let source = Id::new(message.from.map_or(0, usize::from));
        self.messages.forget(id);
        self.occur(part, Some(message.order), Happened::Redriven);
        // AWS receives, sends and deletes up to ten messages at a time (SQS-43); the model moves them one by
        // one.
        let class = self.class(message.order);
        let carried = chunks(self.bytes_of(message.shape, class));
        self.count_requests(index, carried + 1);
        self.count_requests(source, carried);
        self.use_key(index);
        self.use_key(source);
        if message.required {
            self.change(message.order, |order| order.dead = order.dead.saturating_sub(1));
        }
        let matters = self.queues[source].settings.matters;
        let what = (message.shape, matters);
        self.put(source, message.order, what, message.group, Happened::Sent);
        if again.left > 0 {
            let entry = Scheduled::Move { queue: index, task };
            self.agenda.enter(self.now + again.between, entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, measure, number, pass, world_of};

    const LINES: &str = "dlq = 'dead'\nmax_receive_count = 1\n[queues.dead]\n";
    const DEAD: usize = 0;
    const WORK: usize = 1;

    /// A world whose dead-letter queue holds three messages of the queue, and one that a rule gave up.
    fn three_dead_and_a_stranger() -> World {
        let mut world = world_of(&format!("{LINE}{LINES}"));
        let (dead, work) = (Id::new(DEAD), Id::new(WORK));
        for _ in 0..3 {
            let order = accept(&mut world);
            world.send(work, order, DETAIL);
        }
        for _ in 0..2 {
            let rules = &mut world.queues[work].rules;
            let received = rules.receive(world.now, 10, Span::from_secs(1), &mut world.messages);
            for message in received.diverted {
                world.dead_letter(work, message);
            }
            world.arm(work);
            pass(&mut world, 1_000);
        }
        let order = accept(&mut world);
        world.send_dead(dead, order, DETAIL, true);
        world
    }

    /// SQS-40, EB-44.
    #[test]
    fn what_came_from_no_queue_stays() {
        let mut world = three_dead_and_a_stranger();
        let dead = number(&world, "queues.dead");
        assert_eq!(world.redrivable(dead), (3, 1));
        assert_eq!(world.redrive(dead, None), Some(3));
        pass(&mut world, 1_000);
        assert_eq!(measure(&world, "queues.dead.visible"), 1);
        assert_eq!(measure(&world, "queues.work.visible"), 3);
        assert_eq!((world.ledger.in_progress, world.ledger.dead_lettered), (3, 1));
    }

    /// SQS-41: at a rate, which has a ceiling.
    #[test]
    fn messages_move_one_by_one_at_the_rate() {
        let mut world = three_dead_and_a_stranger();
        let dead = number(&world, "queues.dead");
        world.redrive(dead, Some(10));
        for (millis, left) in [(0, 3), (99, 3), (1, 2), (99, 2), (1, 1)] {
            pass(&mut world, millis);
            assert_eq!(measure(&world, "queues.dead.visible"), left, "at {:?}", world.now);
        }
        for (rate, between) in [(Some(0), 1_000), (Some(1_000_000), 2), (None, 2)] {
            let mut world = three_dead_and_a_stranger();
            world.redrive(dead, rate);
            let redrive = world.queues[Id::new(DEAD)].state.redrive;
            assert_eq!(redrive.between, Span::from_millis(between), "{rate:?}");
        }
    }

    /// SQS-42.
    #[test]
    fn a_dead_letter_queue_has_one_task_at_a_time_and_another_queue_none() {
        let mut world = three_dead_and_a_stranger();
        let [dead, work] = ["queues.dead", "queues.work"].map(|path| number(&world, path));
        assert_eq!([dead, work].map(|part| world.is_dlq(part)), [true, false]);
        assert_eq!(world.redrive(work, None), None);
        assert_eq!(world.redrive(dead, Some(1)), Some(3));
        assert_eq!(world.redrive(dead, Some(1)), Some(0));
    }
}
