//! Rules of AWS, each in a design that shows nothing else, with the figures worked out by hand. Every
//! test names the fact that it holds and fails when the rule is broken.

mod access;
mod accounts;
mod alarms;
mod batches;
mod bill;
mod concurrency;
mod deliveries;
mod functions;
mod queues;
mod quotas;
mod topics;
mod workers;
mod workflows;

use redrive::sim::design::{Design, Experiment};
use redrive::sim::kernel::time::Time;
use redrive::sim::run::Run;
use redrive::sim::world::{Occurrence, OccurrenceKind};

/// Orders go straight into the queue `q`.
const QUEUE_FIRST: &str = r#"
    [intakes.desk]
    store = "book"
    [stores.book]
    publishes_to = "queues.q"
    source = "desk"
    detail_type = "Written"
"#;

/// Orders are published on the bus `b`, whose rule `r` has what follows.
const RULE: &str = r#"
    [intakes.desk]
    store = "book"
    [stores.book]
    publishes_to = "buses.b"
    source = "desk"
    detail_type = "Written"
    [buses.b]
    [rules.r]
    bus = "b"
    event_pattern = '{"source": ["desk"]}'
"#;

/// A run that is over, and all that happened in it.
struct Played {
    run: Run,
    log: Vec<Occurrence>,
}

impl Played {
    #[track_caller]
    fn value(&self, path: &str) -> u64 {
        self.run.value(path).unwrap_or_else(|| panic!("no measure {path}")) as u64
    }

    fn seen(&self, part: &str, kind: OccurrenceKind) -> impl Iterator<Item = &Occurrence> {
        let part = self.run.topology().find(part).unwrap();
        self.log.iter().filter(move |o| o.part == part && o.kind() == kind)
    }

    /// When it happened there, in milliseconds.
    fn times(&self, part: &str, kind: OccurrenceKind) -> Vec<u64> {
        self.seen(part, kind).map(|o| o.at.since(Time::ZERO).as_millis()).collect()
    }

    fn numbers(&self, part: &str, kind: OccurrenceKind) -> Vec<u32> {
        self.seen(part, kind).map(|o| o.happened.number()).collect()
    }
}

/// Whole seconds between one instant and the next, rounded.
fn waits(times: &[u64]) -> Vec<u64> {
    times.windows(2).map(|pair| (pair[1] - pair[0] + 500) / 1_000).collect()
}

/// A design whose orders wait in the queue `q` for the function `f`, each with more settings.
fn worker(queue: &str, function: &str, latency: &str) -> String {
    format!(
        "{QUEUE_FIRST}[queues.q]\nrequired = true\n{queue}\n[services.press]\nlatency = \"{latency}\"\n\
         [functions.f]\nqueue = \"q\"\ncalls = \"press\"\n{function}\n"
    )
}

/// One order, an experiment of so long with such faults.
fn one_order(run: &str, faults: &str) -> String {
    format!("run = \"{run}\"\nload = {{ orders = 1, rate = 1.0 }}\nfaults = [{faults}]\n")
}

/// Something that breaks from the beginning on, wholly.
fn fault(kind: &str, part: &str, span: &str) -> String {
    let rate = if matches!(kind, "errors" | "throttle") { ", rate = 1.0" } else { "" };
    format!("{{ at = \"0s\", kind = \"{kind}\", part = \"{part}\", for = \"{span}\"{rate} }},")
}

const SMALL: &str = r#"{"letter": "{order}", "to": "{customer}"}"#;

/// Plays an experiment over the parts.
fn play(parts: &str, experiment: &str) -> Played {
    play_with(parts, SMALL, "{}", experiment)
}

/// The same with a workflow, `flow.asl.json`.
fn play_flow(parts: &str, workflow: &str, experiment: &str) -> Played {
    play_with(parts, SMALL, workflow, experiment)
}

/// The same with a detail of so many bytes and a few more.
fn play_large(parts: &str, bytes: usize, experiment: &str) -> Played {
    let detail = format!(r#"{{"letter": "{{order}}", "pad": "{}"}}"#, "x".repeat(bytes));
    play_with(parts, &detail, "{}", experiment)
}

fn play_with(parts: &str, detail: &str, workflow: &str, experiment: &str) -> Played {
    let design =
        format!("[load]\nrate = 1.0\norders = [{{ weight = 1, detail = '{detail}' }}]\n{parts}");
    let design: Design = toml::from_str(&design).unwrap_or_else(|e| panic!("{parts}\n{e}"));
    let experiment: Experiment =
        toml::from_str(experiment).unwrap_or_else(|e| panic!("{experiment}\n{e}"));
    let documents = [("flow.asl.json".to_owned(), workflow.to_owned())];
    let run = Run::experiment(&experiment, &design, &documents);
    let mut run = run.unwrap_or_else(|mistakes| panic!("{parts}\n{mistakes:#?}"));
    run.record();
    run.advance_to(Time::ZERO + experiment.run.0);
    let log = run.take_occurrences();
    Played { run, log }
}
