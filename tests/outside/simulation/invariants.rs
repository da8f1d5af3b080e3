//! What holds whatever the seed, the faults and the settings: after every step quick sums, every
//! thousand steps a recount of everything, and over the occurrences what a queue promises.
//!
//! A failing case prints its number; `REDRIVE_CASE=n cargo test --test outside invariants` runs it
//! alone; with `REDRIVE_TRIALS=n` there are n times as many.

use std::collections::BTreeMap;

use redrive::sim::design::{Design, Duration, Experiment, FaultSpec, Replay};
use redrive::sim::fault::FaultKind;
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::{Advance, Run};
use redrive::sim::world::{Occurrence, OccurrenceKind, PartId, PartKind};
use serde_json::{Value, json};

use super::retuning::settings;
use super::{made, town};
use crate::repairs::values;
use crate::support::{Dice, trials};

const CASES: u32 = 1_700;

/// Designs, their workflows, and settings that a case may change to any of some values.
fn designs() -> Vec<Base> {
    let everything = vec![
        setting("queues.work.visibility_timeout", &[json!("5s"), json!("12s"), json!("40s")]),
        setting("queues.work.max_receive_count", &[json!(1), json!(2), json!(5)]),
        setting("queues.work.delay_seconds", &[json!("1s"), json!("7s")]),
        setting("queues.line.visibility_timeout", &[json!("4s"), json!("20s")]),
        setting("queues.line.deduplication_scope", &[json!("messageGroup")]),
        setting("queues.side.message_retention_period", &[json!("60s")]),
        setting("functions.worker.batch_size", &[json!(1), json!(10)]),
        setting("functions.worker.report_batch_item_failures", &[json!(true)]),
        setting("functions.worker.idempotency_record", &[json!(true)]),
        setting("functions.worker.idempotency_expiry", &[json!("2s")]),
        setting("functions.worker.reserved_concurrent_executions", &[json!(1), json!(3)]),
        setting("functions.worker.filters", &[json!(["{\"body\": {\"detail\": {\"n\": [2]}}}"])]),
        setting("functions.liner.report_batch_item_failures", &[json!(false)]),
        setting("functions.liner.batch_size", &[json!(1), json!(10)]),
        setting("functions.helper.maximum_batching_window", &[json!("0s"), json!("9s")]),
        setting("functions.shout.reserved_concurrent_executions", &[json!(0), json!(1)]),
        setting("queues.bench.visibility_timeout", &[json!("2s"), json!("30s")]),
        setting("workers.bench.heartbeat", &[json!("2s"), json!("10s")]),
        setting("workers.bench.max_number_of_messages", &[json!(1), json!(10)]),
        setting("workers.bench.wait_time_seconds", &[json!("0s")]),
        setting("workers.line.wait_time_seconds", &[json!("5s")]),
        setting("workers.line.max_number_of_messages", &[json!(10)]),
        setting("rules.work.maximum_retry_attempts", &[json!(0), json!(2)]),
        setting("rules.line.message_group_id", &[json!("all"), json!("$.detail.id")]),
        setting("stores.book.outbox", &[json!(false)]),
        setting("subscriptions.side.raw_message_delivery", &[json!(false)]),
        setting("workflows.flow.type", &[json!("EXPRESS")]),
        setting("services.slow.capacity", &[json!(2), json!(0)]),
        setting("services.till.latency", &[json!("2s"), json!("5s")]),
    ];
    let branches = vec![
        setting("queues.shelf.visibility_timeout", &[json!("20s"), json!("60s")]),
        setting("queues.shelf.max_receive_count", &[json!(1), json!(5)]),
        setting("functions.shelf-keeper.idempotency_record", &[json!(false)]),
        setting("functions.shelf-keeper.report_batch_item_failures", &[json!(false)]),
        setting("functions.shelf-keeper.maximum_concurrency", &[json!("none"), json!(2)]),
        setting("stores.ledger.outbox", &[json!(false)]),
        setting("rules.to-shelf.dlq", &[json!("count-dlq")]),
    ];
    let shared = vec![
        setting("queues.tray.visibility_timeout", &[json!("20s")]),
        setting("functions.writer.batch_size", &[json!(10)]),
        setting("functions.shelf-keeper.report_batch_item_failures", &[json!(true)]),
    ];
    let chain = vec![
        setting("intakes.desk.client_retries", &[json!(0), json!(3)]),
        setting("intakes.desk.timeout", &[json!("2s"), json!("4s")]),
    ];
    let mut designs = Vec::new();
    for (id, design, documents) in made() {
        let knobs = if id == "everything" { everything.clone() } else { all_settings(&design) };
        designs.push(Base::new((design, documents), knobs));
    }
    let ids = [("all-branches", branches), ("one-tray", shared), ("clerk-does-all", chain)];
    for (id, knobs) in ids {
        designs.push(Base::new(town(id), knobs));
    }
    designs
}

/// A design, its workflows, and what may be changed and broken in it.
struct Base {
    design: Design,
    documents: Vec<(String, String)>,
    knobs: Vec<Setting>,
    breakable: Vec<(FaultKind, String)>,
}

impl Base {
    fn new((design, documents): (Design, Vec<(String, String)>), knobs: Vec<Setting>) -> Self {
        let breakable = breakable(&design, &Run::new(&design, &documents, 0).unwrap());
        Self { design, documents, knobs, breakable }
    }
}

/// Every setting of a design, with values of its kind.
fn all_settings(design: &Design) -> Vec<Setting> {
    let tree = serde_json::to_value(design.written_out()).unwrap();
    let now = |path: &str| path.split('.').fold(&tree, |tree, step| &tree[step]).clone();
    let paths = settings(design).into_iter();
    paths
        .map(|path| {
            let values = values(&path, &now(&path), design);
            (path, values)
        })
        .collect()
}

/// A setting's path and its values.
type Setting = (String, Vec<Value>);

fn setting(path: &str, values: &[Value]) -> Setting {
    (path.to_owned(), values.to_vec())
}

/// Everything that can break in a design.
fn breakable(design: &Design, run: &Run) -> Vec<(FaultKind, String)> {
    let parts = run.topology().parts.iter().filter(|part| part.kind() != PartKind::Client);
    parts
        .flat_map(|part| {
            let can = |kind: &FaultKind| design.fault_refusal(*kind, &part.path).is_none();
            let kinds = FaultKind::ALL.into_iter().filter(can).collect::<Vec<_>>().into_iter();
            kinds.map(|kind| (kind, part.path.to_string()))
        })
        .collect()
}

#[test]
fn nothing_is_lost_or_invented_whatever_happens() {
    let designs = designs();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let cases = match number("REDRIVE_CASE") {
        Some(case) => case..case + 1,
        None => 0..trials(CASES),
    };
    let mut occurred = BTreeMap::new();
    for case in cases {
        let base = &designs[case as usize % designs.len()];
        let (experiment, mut run) = make(case, base);
        let told = |why: &str, now: Time| -> String {
            format!(
                "case {case} at {now}: {why}\n{experiment:#?}\n\
                 REDRIVE_CASE={case} cargo test --test outside invariants"
            )
        };
        let changed = experiment.changed(&base.design).unwrap();
        let mut promises = Promises::of(&changed, &run);
        run.record();
        let until = Time::ZERO + experiment.run.0;
        let mut steps = 0_u32;
        while run.advance(until, 1) == Advance::Busy {
            steps += 1;
            let wrong =
                if steps.is_multiple_of(1_000) { run.recount() } else { run.check_invariants() };
            if let Some(wrong) = wrong {
                panic!("{}", told(&wrong, run.now()));
            }
            for occurrence in run.take_occurrences() {
                *occurred.entry(occurrence.kind()).or_insert(0_u32) += 1;
                if let Err(wrong) = promises.see(&run, occurrence) {
                    panic!("{}", told(&wrong, run.now()));
                }
            }
            if steps.is_multiple_of(2_000) {
                redrive_all(&mut run);
            }
            if steps.is_multiple_of(500) {
                replay_all(&mut run);
            }
        }
        if let Some(wrong) = run.recount() {
            panic!("{}", told(&wrong, run.now()));
        }
        // Whoever passes a key to a payment service that keeps keys charges once.
        let keyed = changed.functions.values().all(|f| f.idempotency_keys || f.calls != "till");
        if changed.services.contains_key("till") && keyed {
            let twice = run.value("ledger.duplicate_charges");
            assert_eq!(twice, Some(0.0), "{}", told("charged twice in spite of a key", run.now()));
        }
    }
    if number("REDRIVE_CASE").is_none() {
        reaches_what_it_is_about(&occurred);
    }
}

fn reaches_what_it_is_about(occurred: &BTreeMap<OccurrenceKind, u32>) {
    use OccurrenceKind as Kind;
    for kind in [
        Kind::Rejected,
        Kind::Filtered,
        Kind::Deduplicated,
        Kind::HandedBack,
        Kind::DeadLettered,
        Kind::Expired,
        Kind::Redriven,
        Kind::Copied,
        Kind::Throttled,
        Kind::Crashed,
        Kind::InvocationFailed,
        Kind::InvocationPartlyFailed,
        Kind::Retrying,
        Kind::Caught,
        Kind::ExecutionFailed,
        Kind::DeliveryFailed,
        Kind::Dropped,
        Kind::AlarmOn,
        Kind::AlarmOff,
        Kind::WorkFailed,
        Kind::DeletedTooLate,
        Kind::Extended,
        Kind::Replayed,
        Kind::ReplayCompleted,
        Kind::ItemWritten,
        Kind::ConditionFailed,
        Kind::EntryFailed,
        Kind::ExecutionAborted,
        Kind::LeftOut,
    ] {
        assert!(occurred.contains_key(&kind), "{kind:?} never happened: {occurred:?}");
    }
}

/// A case: a design with a few settings changed and a few things broken.
fn make(case: u32, base: &Base) -> (Experiment, Run) {
    let mut dice = Dice::new(u64::from(case));
    // An event takes ten minutes into an archive.
    let more = if base.design.archives.is_empty() { 0 } else { 900 };
    let mut experiment = Experiment {
        seed: u64::from(case),
        run: Duration::from_secs(120 + dice.roll(180) + more),
        ..Experiment::default()
    };
    experiment.load.orders = Some(20 + dice.roll(60) as u32);
    for (path, values) in &base.knobs {
        if dice.roll(4) == 0 {
            let value = &values[dice.roll(values.len() as u64) as usize];
            experiment.changes.insert(path.clone(), value.clone());
        }
    }
    let faults = &base.breakable;
    for _ in 0..dice.roll(5) {
        let (kind, part) = faults[dice.roll(faults.len() as u64) as usize].clone();
        experiment.faults.push(FaultSpec {
            at: Duration::from_secs(dice.roll(90)),
            kind,
            part,
            span: Duration::from_secs(1 + dice.roll(60)),
            factor: None,
            rate: (dice.roll(2) == 0).then_some(0.5),
            orders: None,
        });
    }
    // What a combination of settings cannot be is refused; then the case runs without changes.
    let run = Run::experiment(&experiment, &base.design, &base.documents).unwrap_or_else(|_| {
        experiment.changes.clear();
        Run::experiment(&experiment, &base.design, &base.documents).unwrap()
    });
    (experiment, run)
}

fn redrive_all(run: &mut Run) {
    let queues: Vec<PartId> = (0..run.topology().parts.len() as u32).map(PartId).collect();
    for part in queues {
        run.redrive(part, Some(50));
    }
}

/// Replays everything up to now; an account has ten replays at a time.
fn replay_all(run: &mut Run) {
    let parts = run.topology().parts.iter();
    let archives: Vec<String> = parts
        .filter(|part| part.kind() == PartKind::Archive)
        .map(|part| part.path.to_string())
        .collect();
    let now = Duration(run.now().since(Time::ZERO));
    for archive in archives {
        let replay = Replay { archive, from: Duration::default(), to: now, rules: Vec::new() };
        let _ = run.replay(&replay);
    }
}

/// What the queues of a design promise, held against what occurs.
#[derive(Default)]
struct Promises {
    queues: BTreeMap<PartId, Watched>,
}

#[derive(Default)]
struct Watched {
    delay: Span,
    most: Option<u32>,
    fifo: Option<Grouped>,
    /// Sends of each order that were not received yet.
    sent: BTreeMap<u32, Vec<Time>>,
    /// Of a FIFO queue: what each group holds, in the order of the sends, and since when it is lent.
    lines: BTreeMap<u32, Vec<(u32, Option<Time>)>>,
}

enum Grouped {
    ByOrder,
    ByCustomer,
    All,
}

impl Promises {
    fn of(design: &Design, run: &Run) -> Self {
        let mut queues = BTreeMap::new();
        for (id, queue) in &design.queues {
            let Some(part) = run.topology().find(&format!("queues.{id}")) else { continue };
            let group =
                design.rules.values().find(|r| r.targets.contains(&PartKind::Queue.path(id)));
            let group = group.and_then(|rule| rule.message_group_id.as_deref());
            let grouped = match group {
                Some("all") => Grouped::All,
                Some("$.detail.by") => Grouped::ByCustomer,
                _ => Grouped::ByOrder,
            };
            let fifo = Some(grouped).filter(|_| queue.fifo_queue);
            let most = queue.dlq.as_ref().and(queue.max_receive_count);
            let watched =
                Watched { delay: queue.delay_seconds.0, most, fifo, ..Watched::default() };
            queues.insert(part, watched);
        }
        Self { queues }
    }

    fn see(&mut self, run: &Run, occurrence: Occurrence) -> Result<(), String> {
        let Occurrence { at, part, order, happened } = occurrence;
        let (kind, number) = (happened.kind(), happened.number());
        let (Some(queue), Some(order)) = (self.queues.get_mut(&part), order) else { return Ok(()) };
        match kind {
            OccurrenceKind::Sent | OccurrenceKind::Copied => {
                queue.sent.entry(order).or_default().push(at);
            }
            OccurrenceKind::Received => {
                if queue.most.is_some_and(|most| number > most) {
                    return Err(format!("order {order} was delivered {number} times"));
                }
                let sends = queue.sent.get_mut(&order).filter(|sends| !sends.is_empty());
                // A message that was moved in brings its count along, and no send.
                if let Some(sends) = sends.filter(|_| number == 1) {
                    let sent = sends.remove(0);
                    if at < sent + queue.delay {
                        return Err(format!("order {order} was delivered before its delay"));
                    }
                }
            }
            _ => {}
        }
        queue.in_order(run, occurrence)
    }
}

impl Watched {
    /// A group is lent once at a time, and from its head on (SQS-64).
    fn in_order(&mut self, run: &Run, occurrence: Occurrence) -> Result<(), String> {
        let (Some(grouped), Some(order)) = (&self.fifo, occurrence.order) else { return Ok(()) };
        let group = match grouped {
            Grouped::ByOrder => order,
            Grouped::ByCustomer => run.customer(order),
            Grouped::All => 0,
        };
        let line = self.lines.entry(group).or_default();
        let place = line.iter().position(|(other, _)| *other == order);
        match (occurrence.kind(), place) {
            (OccurrenceKind::Sent, _) => line.push((order, None)),
            (OccurrenceKind::Received, Some(place)) => {
                let now = Some(occurrence.at);
                if let Some((other, _)) = line[..place].iter().find(|(_, lent)| *lent != now) {
                    return Err(format!(
                        "order {order} was delivered before order {other} of its group"
                    ));
                }
                if let Some((other, _)) = line.iter().find(|(_, l)| l.is_some() && *l != now) {
                    return Err(format!(
                        "order {order} was delivered while order {other} of its group was out"
                    ));
                }
                line[place].1 = now;
            }
            (OccurrenceKind::HandedBack, Some(place)) => line[place].1 = None,
            (
                OccurrenceKind::Deleted
                | OccurrenceKind::DeadLettered
                | OccurrenceKind::Expired
                | OccurrenceKind::Filtered
                | OccurrenceKind::Redriven,
                Some(place),
            ) => {
                line.remove(place);
            }
            _ => {}
        }
        Ok(())
    }
}
