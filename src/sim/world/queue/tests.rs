//! One queue, two users: the same things done at the same times through the API (`aws::sqs`) and in the
//! pipeline come to the same. Whatever the cases hold of the API then holds for the pipeline.

use crate::world::OccurrenceKind;
use crate::world::id::Id;
use serde_json::{Value, json};

use super::*;
use crate::aws::queue::Location;
use crate::aws::sqs::Sqs;
use crate::design::{Arrivals, Design};
use crate::kernel::random::Chance;

/// Orders of a trial, none of which is copied or overtaken by chance, as the API never does.
const ORDERS: usize = 24;
const STEPS: u32 = 60;
const TRIALS: u32 = 60;

/// A receipt of either side, for the same receive.
struct Receipt {
    queue: usize,
    ticket: Ticket,
    receive: u32,
    handle: Value,
}

/// Both sides, at the same time.
struct Both {
    world: World,
    sqs: Sqs,
    fifo: bool,
    receipts: Vec<Receipt>,
    dice: Chance,
    thrown: u32,
}

/// By their numbers in the pipeline: the dead-letter queue `dead`, and its source `line`.
const QUEUES: [&str; 2] = ["dead", "line"];
const LINE: usize = 1;

impl Both {
    fn new(trial: u32) -> Self {
        let dice = Chance::new(u64::from(trial));
        let fifo = trial.is_multiple_of(2);
        let pick = |what: u32, from: &[&str]| {
            let place = dice.below(from.len() as u64, (9, what, 0), Purpose::OrderKind);
            from[place as usize].to_owned()
        };
        let (visibility, delay) = (pick(0, &["0", "7", "20"]), pick(1, &["0", "0", "5"]));
        let (most, retention) = (pick(2, &["1", "2", "5"]), pick(3, &["100", "600"]));
        let scope = pick(4, &["queue", "messageGroup"]);
        let (kind, name, mut attributes) = if fifo {
            let kind = format!("fifo_queue = true\ndeduplication_scope = \"{scope}\"\n");
            (kind, ".fifo", json!({ "FifoQueue": "true", "DeduplicationScope": scope }))
        } else {
            (String::new(), "", json!({}))
        };
        let design = format!(
            "[load]\nrate = 1.0\ncustomers = 3\n\
             orders = [{{ weight = 1, detail = '{{\"n\": \"{{order}}\", \"by\": \"{{customer}}\"}}' }}]\n\
             [intakes.door]\nstore = \"book\"\n[stores.book]\npublishes_to = \"queues.line\"\n\
             message_group_id = \"$.by\"\n\
             [queues.line]\nrequired = true\n{kind}visibility_timeout = \"{visibility}s\"\n\
             delay_seconds = \"{delay}s\"\nmessage_retention_period = \"{retention}s\"\n\
             dlq = \"dead\"\nmax_receive_count = {most}\n[queues.dead]\n{kind}"
        );
        let design: Design = toml::from_str(&design).unwrap();
        let arrivals = Arrivals { interval: Span::from_secs(1), count: 0 };
        let mut world = World::new(&design, &[], u64::from(trial), arrivals).unwrap();
        for order in 0..2_000 {
            world.new_order(order);
        }
        let mut sqs = Sqs::default();
        let mut create = |queue: &str, attributes: &Value| {
            let request =
                json!({ "QueueName": format!("{queue}{name}"), "Attributes": attributes });
            sqs.call(0, "CreateQueue", &request).unwrap();
        };
        create("dead", &attributes);
        let policy = json!({
            "deadLetterTargetArn": format!("arn:queue:dead{name}"), "maxReceiveCount": most,
        });
        for (field, value) in [
            ("VisibilityTimeout", visibility),
            ("DelaySeconds", delay),
            ("MessageRetentionPeriod", retention),
            ("RedrivePolicy", policy.to_string()),
        ] {
            attributes[field] = json!(value);
        }
        create("line", &attributes);
        Self { world, sqs, fifo, receipts: Vec::new(), dice, thrown: 0 }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.thrown += 1;
        self.dice.below(limit, (1, 0, self.thrown), Purpose::OrderKind)
    }

    fn call(&mut self, queue: usize, action: &str, mut request: Value) -> Result<Value, String> {
        let name = format!("{}{}", QUEUES[queue], if self.fifo { ".fifo" } else { "" });
        request["QueueUrl"] = json!(format!("queue:{name}"));
        request["SourceArn"] = json!(format!("arn:queue:{name}"));
        let now = self.world.now.0 as i64;
        self.sqs.call(now, action, &request).map_err(|error| error.code)
    }

    fn pass(&mut self, span: Span) {
        let to = self.world.now + span;
        while let Some((at, entry)) = self.world.agenda.take(to) {
            self.world.happen(at, entry);
        }
        self.world.now = to;
    }

    /// An order that chance leaves alone.
    fn order(&mut self) -> u32 {
        let place = self.below(ORDERS as u64) as usize;
        let key = self.world.queues[Id::new(LINE)].key;
        let chance = self.world.chance;
        let shape = u32::from(self.world.stores[Id::new(0)].settings.shape);
        let is_plain = |order: &u32| {
            let sent = (key, *order, OccurrenceKind::Sent.code());
            !chance.happens(OVERTAKEN_PER_MILLION, sent, Purpose::Overtaken)
                && !chance.happens(COPIES_PER_MILLION, (key, *order, shape), Purpose::Copy)
        };
        (0..2_000).filter(is_plain).nth(place).unwrap()
    }

    fn send(&mut self) {
        let order = self.order();
        let shape = self.world.stores[Id::new(0)].settings.shape;
        self.world.send(Id::new(LINE), order, shape);
        let mut request = json!({ "MessageBody": order.to_string() });
        if self.fifo {
            let group = self.world.group_of(order, shape, 0);
            request["MessageGroupId"] = json!(group.to_string());
            request["MessageDeduplicationId"] = json!(order.to_string());
        }
        self.call(LINE, "SendMessage", request).unwrap();
    }

    fn receive(&mut self) {
        let queue = usize::from(self.below(3) > 0);
        let most = 1 + self.below(10) as usize;
        let rules = &mut self.world.queues[Id::new(queue)].rules;
        let visibility = rules.settings.visibility_timeout;
        let received = rules.receive(self.world.now, most, visibility, &mut self.world.messages);
        for id in received.diverted {
            self.world.dead_letter(Id::new(queue), id);
        }
        let request = json!({ "MaxNumberOfMessages": most, "AttributeNames": ["All"] });
        let answer = self.call(queue, "ReceiveMessage", request).unwrap();
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let theirs: Vec<(String, String)> = messages
            .iter()
            .map(|message| {
                let count = &message["Attributes"]["ApproximateReceiveCount"];
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                (text(&message["Body"]), text(count))
            })
            .collect();
        let mut ours = Vec::new();
        for (id, message) in received.messages.iter().zip(&messages) {
            let known = *self.world.messages.get(*id).unwrap();
            ours.push((known.order.to_string(), known.receive_count.to_string()));
            let ticket = self.world.messages.ticket(*id);
            let (receive, handle) = (known.receive_count, message["ReceiptHandle"].clone());
            self.receipts.push(Receipt { queue, ticket, receive, handle });
        }
        assert_eq!((ours, received.messages.len()), (theirs, messages.len()));
        self.world.arm(Id::new(queue));
    }

    /// With any receipt there ever was, mostly one of the latest.
    fn use_receipt(&mut self, deletes: bool) {
        let (all, back) = (self.receipts.len() as u64, self.below(4));
        if all == 0 {
            return;
        }
        let place = if back == 0 { self.below(all) } else { all.saturating_sub(back) };
        let Receipt { queue, ticket, receive, ref handle } = self.receipts[place as usize];
        let mut request = json!({ "ReceiptHandle": handle });
        if deletes {
            let before = self.world.queues[Id::new(queue)].rules.counters.deleted;
            self.world.delete(Id::new(queue), ticket, receive, None);
            let is_gone = self.world.queues[Id::new(queue)].rules.counters.deleted > before;
            let answer = self.call(queue, "DeleteMessage", request);
            assert!(answer.is_ok() || (self.fifo && !is_gone), "{answer:?}");
            return;
        }
        let span = self.below(3) * self.below(30);
        request["VisibilityTimeout"] = json!(span);
        let now = self.world.now;
        let is_here = self.world.messages.of(ticket).is_some_and(|m| m.place != Location::Gone);
        if is_here {
            let rules = &mut self.world.queues[Id::new(queue)].rules;
            let span = Span::from_secs(span);
            rules.change_visibility(now, ticket.id, span, &mut self.world.messages);
            self.world.arm(Id::new(queue));
        }
        let answer = self.call(queue, "ChangeMessageVisibility", request);
        assert_eq!(answer.is_ok(), is_here, "{answer:?}");
    }

    fn redrive(&mut self) {
        let dead = self.world.queues[Id::new(0)].part;
        let count = self.world.redrive(dead, None).unwrap();
        self.call(0, "StartMessageMoveTask", json!({})).unwrap();
        for _ in 0..count {
            self.pass(Span(2_000));
            self.agree("a redrive");
        }
    }

    /// What can be seen of both queues.
    fn agree(&mut self, what: &str) {
        for queue in 0..2 {
            let request = json!({ "AttributeNames": ["All"] });
            let answer = self.call(queue, "GetQueueAttributes", request).unwrap();
            let theirs = ["", "NotVisible", "Delayed"].map(|kind| {
                answer["Attributes"][format!("ApproximateNumberOfMessages{kind}")].clone()
            });
            let rules = &self.world.queues[Id::new(queue)].rules;
            let ours = [rules.visible(), rules.in_flight(), rules.delayed()];
            assert_eq!(ours.map(|count| json!(count.to_string())), theirs, "after {what}");
            assert_eq!(rules.unaccounted(), 0);
            assert_eq!(rules.recount(&self.world.messages), None);
        }
    }
}

#[test]
fn the_api_and_the_pipeline_have_the_same_queue() {
    let (mut stale, mut moved, mut expired) = (0, 0, 0);
    for trial in 0..TRIALS {
        let mut both = Both::new(trial);
        for _ in 0..STEPS {
            let what = both.below(20);
            match what {
                0..=5 => both.send(),
                6..=10 => both.receive(),
                11..=14 => both.use_receipt(true),
                15 => both.use_receipt(false),
                16 => both.redrive(),
                _ => {
                    let span = Span::from_millis(both.below(30_000));
                    both.pass(span);
                }
            }
            both.agree(&format!("step of kind {what} in trial {trial}"));
        }
        let counters = both.world.queues[Id::new(LINE)].rules.counters;
        stale += both.receipts.len() as u64 - counters.deleted.min(both.receipts.len() as u64);
        moved += both.world.queues[Id::new(0)].rules.counters.redriven;
        expired += counters.expired;
    }
    assert!(stale > 0 && moved > 0 && expired > 0, "{stale} {moved} {expired}");
}
