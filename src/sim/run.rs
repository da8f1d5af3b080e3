//! A run: a design, a seed, and how far it has come. The same design, seed and faults at the same
//! instants give the same trace.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::claim::Claim;
use super::design::{Arrivals, Design, Experiment, Mistake, PartKind};
use super::fault::Fault;
use super::kernel::time::{Span, Time};
use super::snapshot::Snapshot;
use super::world::{Denial, Gauge, Occurrence, PartId, Scheduled, Topology, Trace, Travel, World};

/// How an advance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    Reached,
    /// The most entries were done and the time was not reached: call again.
    Busy,
}

/// A simulation on its way. A clone is a way back.
#[derive(Debug, Clone)]
pub struct Run {
    world: World,
    /// What the experiment does on the way, in order, and how much of it was done.
    later: Rc<[(Time, Act)]>,
    done: usize,
}

/// The kinds of part whose table every report has.
const ALWAYS_REPORTED: [PartKind; 6] = [
    PartKind::Queue,
    PartKind::Function,
    PartKind::Worker,
    PartKind::Workflow,
    PartKind::Topic,
    PartKind::Alarm,
];

/// Something an experiment does on the way.
#[derive(Debug)]
enum Act {
    Break(Fault),
    /// The settings of a world that was built of the changed design.
    Retune(Box<World>),
    Redrive(PartId),
}

impl Run {
    /// A run before anything happened, with orders that never end; the design's mistakes, if it has
    /// any. `workflows` are the documents that the design names, by file name.
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

    /// The run of an experiment with a design: its changes made, its faults entered. Mistakes of the
    /// experiment stand at paths in it, those of the design at paths in the design.
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
        // At one instant what breaks comes first, as it stands in a file.
        for fault in faults.into_iter().rev() {
            later.insert(0, (fault.at, Act::Break(fault)));
        }
        later.sort_by_key(|(at, _)| *at);
        let mut run = Self { world, later: later.into(), done: 0 };
        // What is so from the beginning is so before the first order.
        while run.later.get(run.done).is_some_and(|(at, _)| *at == Time::ZERO) {
            run.act();
        }
        Ok(run)
    }

    /// Does what is next of what the experiment does on the way.
    fn act(&mut self) {
        let later = Rc::clone(&self.later);
        let Some((at, act)) = later.get(self.done) else { return };
        self.done += 1;
        self.world.now = self.world.now.max(*at);
        match act {
            Act::Break(fault) => {
                // Its part was found when the experiment was read.
                let broken = self.world.schedule(fault.clone());
                debug_assert!(broken.is_ok(), "{broken:?}");
            }
            Act::Retune(world) => self.world.retune(World::clone(world)),
            Act::Redrive(part) => {
                self.world.redrive(*part, None);
            }
        }
    }

    /// The next entry of the agenda up to `to`. What the experiment does comes after all that happens
    /// at its instant.
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

    #[must_use]
    pub fn now(&self) -> Time {
        self.world.now
    }

    /// Whether what travels along wires is kept; nobody needs it where nobody looks.
    pub fn watch(&mut self, watched: bool) {
        self.world.watched = watched;
    }

    /// Does everything up to `to`, but at most `entries_max` entries of the agenda.
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

    /// Does everything up to `to`.
    pub fn advance_to(&mut self, to: Time) {
        while self.advance(to, usize::MAX) == Advance::Busy {}
    }

    /// When the next thing is to be done.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        let later = self.later.get(self.done).map(|(at, _)| *at);
        let entry = self.world.agenda.next_at();
        later.into_iter().chain(entry).min()
    }

    /// Does the next thing and no more: an entry of the agenda, or what the experiment does on the way.
    /// What happened then is often nothing that is worth a look.
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

    /// Breaks something: at the fault's time, or at once if that has passed.
    pub fn inject(&mut self, fault: Fault) -> Result<(), String> {
        self.world.schedule(fault)
    }

    /// Goes on with the settings of a changed design; a sentence if they cannot be changed in a run.
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

    /// About how many bytes it takes beside an earlier clone of it, with which it shares what neither
    /// has written to since.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.world.bytes_beside(before.map(|before| &before.world))
    }

    /// Forgets what has come to the end of its wire, so that a clone does not keep it.
    pub fn sweep(&mut self) {
        self.world.sweep();
    }

    /// Begins to move what is in a DLQ back to its source, as quickly as AWS does or at a rate a
    /// second (SQS-40, SQS-41); how many there are, or `None` if it is no queue's DLQ.
    pub fn redrive(&mut self, dlq: PartId, rate: Option<u64>) -> Option<u64> {
        self.world.redrive(dlq, rate)
    }

    /// How many messages a redrive of a DLQ would return now, and how many would stay because no
    /// queue gave them up (SQS-40, EB-44).
    #[must_use]
    pub fn redrivable(&self, dlq: PartId) -> (u64, u64) {
        self.world.redrivable(dlq)
    }

    /// All faults of the run, those to come included.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.world.all_faults()
    }

    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.world.snapshot()
    }

    /// Where an order is on its way just now.
    #[must_use]
    pub fn travels_of(&self, order: u32) -> Vec<Travel> {
        self.world.travels_of(order)
    }

    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.world.topology
    }

    /// What the policies of the design refuse, from the first message on.
    #[must_use]
    pub fn denials(&self) -> &[Denial] {
        self.world.denials()
    }

    /// What happened so far.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.world.trace
    }

    /// From now on all occurrences are kept until they are taken.
    pub fn record(&mut self) {
        self.world.trace.record();
    }

    /// The occurrences since they were taken last.
    pub fn take_occurrences(&mut self) -> Vec<Occurrence> {
        self.world.trace.take()
    }

    /// The number of an order's customer.
    #[must_use]
    pub fn customer(&self, order: u32) -> u32 {
        self.world.customer_of(order)
    }

    /// All measures, by path.
    #[must_use]
    pub fn gauges(&self) -> Vec<Gauge> {
        self.world.gauges()
    }

    /// A measure just now.
    #[must_use]
    pub fn measure(&self, gauge: &Gauge) -> f64 {
        self.world.measure(gauge)
    }

    /// A measure just now by its path, if there is one.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<f64> {
        let gauges = self.gauges();
        gauges.iter().find(|gauge| gauge.path == path).map(|gauge| self.measure(gauge))
    }

    /// Runs to the end and says which claims hold.
    pub fn judge(&mut self, until: Time, claims: &[Claim]) -> Vec<bool> {
        let mut trial = Trial::new(self.clone(), until, claims);
        loop {
            if let Some(held) = trial.advance(usize::MAX) {
                *self = trial.run;
                return held;
            }
        }
    }

    /// Everything that can be measured, as one object; nothing in it comes from a wall clock.
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
        // A reader of the report finds these tables even where a design has no such part.
        for kind in ALWAYS_REPORTED {
            if report[kind.table()].is_null() {
                report[kind.table()] = json!({});
            }
        }
        report
    }

    /// What was lost or invented, in a sentence: `None`, or the model is wrong.
    #[must_use]
    pub fn check_invariants(&self) -> Option<String> {
        self.world.check_invariants()
    }

    /// The same, with every message and order counted.
    #[must_use]
    pub fn recount(&self) -> Option<String> {
        self.world.check_invariants().or_else(|| self.world.recount())
    }

    /// Bytes that messages take, and how many there are: those of all queues together.
    #[must_use]
    pub fn message_bytes(&self) -> (usize, u64) {
        self.world.message_bytes()
    }
}

/// What `then` of an experiment does, each with a world of the settings as they are from then on.
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
                return Err(wrong("redrive", format!("{path} is no queue's dead-letter queue.")));
            };
            acts.push((at, Act::Redrive(part)));
        }
    }
    Ok(acts)
}

/// A run on its way to its end, and claims that are judged there.
#[derive(Debug, Clone)]
pub struct Trial {
    run: Run,
    claims: Vec<Claim>,
    /// The instants that claims ask about and the end, the last one first.
    instants: Vec<Time>,
    looks_at_extremes: bool,
}

impl Trial {
    /// What the claims come to when the run is at `until`.
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

    /// Does at most `entries_max` entries of the agenda; at the end, which claims hold.
    pub fn advance(&mut self, entries_max: usize) -> Option<Vec<bool>> {
        let mut left = entries_max;
        while let Some(instant) = self.instants.last().copied() {
            if self.looks_at_extremes {
                while let Some((at, entry)) = self.run.take(instant) {
                    // Just before, too: what grows with time alone is largest there.
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

/// A whole number where it is one.
fn number(value: f64) -> Value {
    if value >= 0.0 && value.fract() == 0.0 && value < 9e15 {
        Value::from(value as u64)
    } else {
        Value::from(value)
    }
}
