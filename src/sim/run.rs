//! A run: a design, a seed, and the state reached so far. The same design, seed and faults at the
//! same instants produce the same trace.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::claim::Claim;
use super::design::{Arrivals, Design, Experiment, Mistake, PartKind, Replay};
use super::fault::Fault;
use super::kernel::time::{Span, Time};
use super::snapshot::Snapshot;
use super::world::{Denial, Gauge, Occurrence, PartId, Scheduled, Topology, Trace, Travel, World};

/// How an advance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    Reached,
    /// The limit on entries was reached before the target time: call again.
    Busy,
}

/// A simulation in progress. A clone is a checkpoint to resume from.
#[derive(Debug, Clone)]
pub struct Run {
    world: World,
    /// The experiment's own actions, in order, and how many have been performed.
    later: Rc<[(Time, Act)]>,
    done: usize,
}

/// Kinds of part that have a table in every report.
const ALWAYS_REPORTED: [PartKind; 6] = [
    PartKind::Queue,
    PartKind::Function,
    PartKind::Worker,
    PartKind::Workflow,
    PartKind::Topic,
    PartKind::Alarm,
];

/// An action of the experiment during the run.
#[derive(Debug)]
enum Act {
    Break(Fault),
    /// Takes the settings of a world built from the changed design.
    Retune(Box<World>),
    Redrive(PartId),
    Replay(Replay),
}

impl Run {
    /// Creates a run before its first occurrence, with an unlimited number of orders, or returns
    /// the design's mistakes. `workflows` pairs the file names used by the design with their
    /// documents.
    pub fn new(
        design: &Design,
        workflows: &[(String, String)],
        seed: u64,
    ) -> Result<Self, Vec<Mistake>> {
        let interval = Span(((1_000_000.0 / design.load.rate.max(1e-9)) as u64).max(1));
        let arrivals = Arrivals { interval, count: u32::MAX };
        Ok(Self {
            world: World::new(design, workflows, seed, arrivals)?,
            later: Rc::new([]),
            done: 0,
        })
    }

    /// Creates the run of an experiment: its changes applied to the design, its faults scheduled.
    /// Mistakes are located by path, in the experiment or in the design.
    pub fn experiment(
        experiment: &Experiment,
        design: &Design,
        workflows: &[(String, String)],
    ) -> Result<Self, Vec<Mistake>> {
        let design = experiment.changed(design).map_err(|mistake| vec![mistake])?;
        if let Some(mistake) = experiment.beyond(&design) {
            return Err(vec![mistake]);
        }
        let faults = experiment.resolved_faults(&design)?;
        let arrivals = experiment.arrivals(&design);
        let world = World::new(&design, workflows, experiment.seed, arrivals)?;
        let mut later = acts(experiment, &design, workflows, &world)?;
        // At one instant, faults come first, in the order of the file.
        for fault in faults.into_iter().rev() {
            later.insert(0, (fault.at, Act::Break(fault)));
        }
        later.sort_by_key(|(at, _)| *at);
        let mut run = Self { world, later: later.into(), done: 0 };
        // Settings and faults of the first instant apply before the first order.
        while run.later.get(run.done).is_some_and(|(at, _)| *at == Time::ZERO) {
            run.act();
        }
        Ok(run)
    }

    /// Performs the experiment's next action.
    fn act(&mut self) {
        let later = Rc::clone(&self.later);
        let Some((at, act)) = later.get(self.done) else { return };
        self.done += 1;
        self.world.now = self.world.now.max(*at);
        match act {
            Act::Break(fault) => {
                // The part was resolved when the experiment was read.
                let broken = self.world.schedule(fault.clone());
                debug_assert!(broken.is_ok(), "{broken:?}");
            }
            Act::Retune(world) => self.world.retune(World::clone(world)),
            Act::Redrive(part) => {
                self.world.redrive(*part, None);
            }
            Act::Replay(replay) => {
                // A role that may not is seen in the trace.
                let _ = self.world.start_replay(replay);
            }
        }
    }

    /// Takes the next entry of the agenda up to `to`. The experiment's actions come after
    /// everything else that happens at their instant.
    fn take(&mut self, to: Time) -> Option<(Time, Scheduled)> {
        loop {
            let due = self.later.get(self.done).map(|(at, _)| *at).filter(|at| *at <= to);
            let Some(due) = due else { return self.world.agenda.take(to) };
            if let Some(found) = self.world.agenda.take(due) {
                return Some(found);
            }
            self.act();
        }
    }

    /// Instant up to which the run has been simulated.
    #[must_use]
    pub fn now(&self) -> Time {
        self.world.now
    }

    /// Chooses whether to record travels along the wires; only a screen needs them.
    pub fn watch(&mut self, watched: bool) {
        self.world.watched = watched;
    }

    /// Runs up to `to`, but performs at most `entries_max` entries of the agenda.
    pub fn advance(&mut self, to: Time, entries_max: usize) -> Advance {
        for _ in 0..entries_max {
            if let Some((at, entry)) = self.take(to) {
                self.world.happen(at, entry);
            } else {
                self.world.now = self.world.now.max(to);
                return Advance::Reached;
            }
        }
        Advance::Busy
    }

    /// Runs up to `to`.
    pub fn advance_to(&mut self, to: Time) {
        while self.advance(to, usize::MAX) == Advance::Busy {}
    }

    /// Time of the next entry or action.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        let later = self.later.get(self.done).map(|(at, _)| *at);
        let entry = self.world.agenda.next_at();
        later.into_iter().chain(entry).min()
    }

    /// Performs the next entry or action and returns its occurrences, which are often not worth
    /// showing.
    pub fn step(&mut self) -> Vec<Occurrence> {
        let before = self.world.trace.count();
        if let Some(next) = self.next_at() {
            match self.world.agenda.take(next) {
                Some((at, entry)) => self.world.happen(at, entry),
                // Nothing else is left at that instant: it is the experiment's turn.
                None => self.act(),
            }
        }
        self.world.trace.since(before)
    }

    /// Injects a fault at its time, or at once if that has passed.
    pub fn inject(&mut self, fault: Fault) -> Result<(), String> {
        self.world.schedule(fault)
    }

    /// Continues with the settings of a changed design, or returns a sentence if they cannot change
    /// during a run.
    pub fn retune(
        &mut self,
        design: &Design,
        workflows: &[(String, String)],
    ) -> Result<(), String> {
        let arrivals = self.world.arrivals();
        let seed = self.world.chance.seed();
        let fresh = World::new(design, workflows, seed, arrivals).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first.map_or_else(String::new, |first| format!("{}: {}", first.path, first.sentence))
        })?;
        self.world.can_become(&fresh)?;
        self.world.retune(fresh);
        Ok(())
    }

    /// Approximate bytes used in addition to an earlier clone, with which it shares unwritten
    /// pages.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.world.bytes_beside(before.map(|before| &before.world))
    }

    /// Drops travels that have ended, so that a clone does not keep them.
    pub fn sweep(&mut self) {
        self.world.sweep();
    }

    /// Starts to return a DLQ's messages to their sources, at AWS's own speed or at a rate per second
    /// (SQS-40, SQS-41). Returns their number, or `None` if the part is not the DLQ of a queue.
    pub fn redrive(&mut self, dlq: PartId, rate: Option<u64>) -> Option<u64> {
        self.world.redrive(dlq, rate)
    }

    /// Starts to replay what an archive has of a span of the run. Returns how many events those are, or in
    /// AWS's words why it does not (EB-57).
    pub fn replay(&mut self, replay: &Replay) -> Result<u64, String> {
        self.world.start_replay(replay)
    }

    /// Number of messages that a redrive of a DLQ would return now, and number that would stay because they
    /// did not come from a queue (SQS-40, EB-44).
    #[must_use]
    pub fn redrivable(&self, dlq: PartId) -> (u64, u64) {
        self.world.redrivable(dlq)
    }

    /// All faults of the run, including future ones.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.world.all_faults()
    }

    /// Copies everything an observer may see at the current instant.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.world.snapshot()
    }

    /// Travels of an order's messages that are in progress.
    #[must_use]
    pub fn travels_of(&self, order: u32) -> Vec<Travel> {
        self.world.travels_of(order)
    }

    /// Parts and wires of the design; they never change during a run.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.world.topology
    }

    /// Refusals by the design's policies; they apply to every message, from the first on.
    #[must_use]
    pub fn denials(&self) -> &[Denial] {
        self.world.denials()
    }

    /// All occurrences so far: their number, their hash, and the latest of them.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.world.trace
    }

    /// Starts to keep all occurrences until they are taken.
    pub fn record(&mut self) {
        self.world.trace.record();
    }

    /// Occurrences since they were last taken.
    pub fn take_occurrences(&mut self) -> Vec<Occurrence> {
        self.world.trace.take()
    }

    /// Number of an order's customer.
    #[must_use]
    pub fn customer(&self, order: u32) -> u32 {
        self.world.customer_of(order)
    }

    /// All measures, by path.
    #[must_use]
    pub fn gauges(&self) -> Vec<Gauge> {
        self.world.gauges()
    }

    /// Current value of a measure.
    #[must_use]
    pub fn measure(&self, gauge: &Gauge) -> f64 {
        self.world.measure(gauge)
    }

    /// Current value of the measure with a path; `None` if there is no such measure.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<f64> {
        let gauges = self.gauges();
        gauges.iter().find(|gauge| gauge.path == path).map(|gauge| self.measure(gauge))
    }

    /// Runs to the end and returns, for each claim, whether it holds.
    pub fn judge(&mut self, until: Time, claims: &[Claim]) -> Vec<bool> {
        let mut trial = Trial::new(self.clone(), until, claims);
        loop {
            if let Some(held) = trial.advance(usize::MAX) {
                *self = trial.run;
                return held;
            }
        }
    }

    /// Every measure, as one object; nothing in it depends on a wall clock.
    #[must_use]
    pub fn report(&self) -> Value {
        let mut report = json!({
            "seed": self.world.chance.seed(),
            "trace_hash": format!("{:016x}", self.world.trace.hash()),
        });
        for gauge in self.gauges() {
            let mut place = &mut report;
            for step in gauge.path.split('.') {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = &mut place[step];
            }
            *place = number(self.measure(&gauge));
        }
        // Readers of the report can rely on these tables even if a design has no such part.
        for kind in ALWAYS_REPORTED {
            if report[kind.table()].is_null() {
                report[kind.table()] = json!({});
            }
        }
        report
    }

    /// A sentence about messages or orders that were lost or invented. Anything but `None` is a bug
    /// in the model.
    #[must_use]
    pub fn check_invariants(&self) -> Option<String> {
        self.world.check_invariants()
    }

    /// Like [`Run::check_invariants`], but also counts every message and order.
    #[must_use]
    pub fn recount(&self) -> Option<String> {
        self.world.check_invariants().or_else(|| self.world.recount())
    }

    /// Bytes used by messages, and number of messages, over all queues.
    #[must_use]
    pub fn message_bytes(&self) -> (usize, u64) {
        self.world.message_bytes()
    }
}

/// The actions in an experiment's `then`, each with a world built from the settings that apply from
/// then on.
fn acts(
    experiment: &Experiment,
    design: &Design,
    workflows: &[(String, String)],
    world: &World,
) -> Result<Vec<(Time, Act)>, Vec<Mistake>> {
    let mut acts = Vec::new();
    let mut design = design.clone();
    for (index, later) in experiment.done_later() {
        let wrong = |what: &str, sentence: String| {
            vec![Mistake { path: format!("then.{index}.{what}"), sentence }]
        };
        let at = Time::ZERO + later.at.0;
        for (path, value) in &later.set {
            design = design.with(path, value).map_err(|cause| wrong("set", cause))?;
        }
        if !later.set.is_empty() {
            let fresh = World::new(&design, workflows, experiment.seed, world.arrivals())?;
            world.can_become(&fresh).map_err(|cause| wrong("set", cause))?;
            acts.push((at, Act::Retune(Box::new(fresh))));
        }
        if let Some(path) = &later.redrive {
            let part = world.topology.find(path).filter(|part| world.is_dlq(*part));
            let Some(part) = part else {
                return Err(wrong(
                    "redrive",
                    format!("{path} is not the dead-letter queue of any queue."),
                ));
            };
            acts.push((at, Act::Redrive(part)));
        }
        if let Some(replay) = &later.replay {
            if let Some(sentence) = replay.mistake(&design, later.at.0) {
                return Err(wrong("replay", sentence));
            }
            acts.push((at, Act::Replay(replay.clone())));
        }
    }
    Ok(acts)
}

/// A run in progress to its end, with the claims to evaluate there.
#[derive(Debug, Clone)]
pub struct Trial {
    run: Run,
    claims: Vec<Claim>,
    /// Instants that claims ask about, and the end; the last one first.
    instants: Vec<Time>,
    looks_at_extremes: bool,
}

impl Trial {
    /// Creates a trial that ends at `until`.
    #[must_use]
    pub fn new(run: Run, until: Time, claims: &[Claim]) -> Self {
        let mut instants: Vec<Time> = claims.iter().flat_map(Claim::instants).collect();
        instants.retain(|instant| *instant <= until);
        instants.push(until);
        instants.sort_unstable_by(|a, b| b.cmp(a));
        instants.dedup();
        let looks_at_extremes = claims.iter().any(Claim::looks_at_extremes);
        Self { run, claims: claims.to_vec(), instants, looks_at_extremes }
    }

    /// Performs at most `entries_max` entries of the agenda. Returns at the end which claims hold,
    /// and `None` before.
    pub fn advance(&mut self, entries_max: usize) -> Option<Vec<bool>> {
        let mut left = entries_max;
        while let Some(instant) = self.instants.last().copied() {
            if self.looks_at_extremes {
                while let Some((at, entry)) = self.run.take(instant) {
                    // Look just before it, too: measures that grow with time alone are at their
                    // largest there.
                    self.run.world.now = at;
                    self.see();
                    self.run.world.happen(at, entry);
                    self.see();
                    left -= 1;
                    if left == 0 {
                        return None;
                    }
                }
            }
            if self.run.advance(instant, left) == Advance::Busy {
                return None;
            }
            for claim in &mut self.claims {
                claim.see_at(instant, &self.run.world);
            }
            self.instants.pop();
        }
        Some(self.claims.iter().map(|claim| claim.holds(&self.run.world)).collect())
    }

    fn see(&mut self) {
        for claim in &mut self.claims {
            claim.see(&self.run.world);
        }
    }
}

/// Converts to a JSON integer where the value is whole.
fn number(value: f64) -> Value {
    if value >= 0.0 && value.fract() == 0.0 && value < 9e15 {
        Value::from(value as u64)
    } else {
        Value::from(value)
    }
}
