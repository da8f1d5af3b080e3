//! A run: a design, a seed, and how far it has come. The same design, seed and faults at the same
//! instants give the same trace.

use serde_json::{Map, Value, json};

use super::claim::Claim;
use super::fault::Fault;
use super::kernel::time::{Span, Time};
use super::pipeline::{Gauge, Occurrence, PartId, Topology, Trace, World};
use super::snapshot::Snapshot;
use super::spec::{Arrivals, Design, Experiment, Mistake};

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
        Ok(Self { world: World::new(design, workflows, seed, arrivals)? })
    }

    /// The run of an experiment with a design: its changes made, its faults entered. Mistakes of the
    /// experiment stand at paths in it, those of the design at paths in the design.
    pub fn experiment(
        experiment: &Experiment,
        design: &Design,
        workflows: &[(String, String)],
    ) -> Result<Self, Vec<Mistake>> {
        let design = experiment.changed(design).map_err(|mistake| vec![mistake])?;
        let faults = experiment.resolved_faults(&design)?;
        let arrivals = experiment.arrivals(&design);
        let mut run = Self { world: World::new(&design, workflows, experiment.seed, arrivals)? };
        for (index, fault) in faults.into_iter().enumerate() {
            let path = format!("faults.{index}");
            run.inject(fault).map_err(|sentence| vec![Mistake { path, sentence }])?;
        }
        Ok(run)
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
            if let Some((at, entry)) = self.world.agenda.take(to) {
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

    /// Goes on to the next thing that is worth a look: what happened at that instant, in order.
    pub fn step(&mut self) -> Vec<Occurrence> {
        let before = self.world.trace.count();
        // The agenda always holds the next minute; the limit is for a design in which nothing happens.
        for _ in 0..1_000_000 {
            let Some((at, entry)) = self.world.agenda.take(Time(u64::MAX)) else { break };
            self.world.happen(at, entry);
            if self.world.trace.count() > before {
                break;
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
        self.world.retune(fresh)
    }

    /// About how many bytes a clone takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.world.bytes()
    }

    /// Begins to move what is in a DLQ back to its source, as quickly as AWS does or at a rate a
    /// second (SQS-40, SQS-41); how many there are, or `None` if it is no queue's DLQ.
    pub fn redrive(&mut self, dlq: PartId, rate: Option<u64>) -> Option<u64> {
        self.world.redrive(dlq, rate)
    }

    /// All faults of the run, those to come included.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.world.all_faults()
    }

    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.world.snapshot()
    }

    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.world.topology
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
        let mut instants: Vec<Time> = claims.iter().flat_map(Claim::instants).collect();
        instants.push(until);
        instants.sort_unstable();
        instants.dedup();
        let mut claims = claims.to_vec();
        let over_the_run = claims.iter().any(Claim::looks_at_extremes);
        for instant in instants.into_iter().filter(|instant| *instant <= until) {
            if over_the_run {
                while let Some((at, entry)) = self.world.agenda.take(instant) {
                    // Just before, too: what grows with time alone is largest there.
                    self.world.now = at;
                    see(&mut claims, &self.world);
                    self.world.happen(at, entry);
                    see(&mut claims, &self.world);
                }
            }
            self.advance_to(instant);
            for claim in &mut claims {
                claim.see_at(instant, &self.world);
            }
        }
        claims.iter().map(|claim| claim.holds(&self.world)).collect()
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
        for table in ["queues", "functions", "workflows", "topics", "alarms"] {
            if report[table].is_null() {
                report[table] = json!({});
            }
        }
        report
    }

    /// What was lost or invented, in a sentence: `None`, or the model is wrong.
    #[must_use]
    pub fn leak(&self) -> Option<String> {
        self.world.leak()
    }

    /// The same, with every message and order counted.
    #[must_use]
    pub fn recount(&self) -> Option<String> {
        self.world.leak().or_else(|| self.world.recount())
    }

    /// Bytes that messages take, and how many there are: those of all queues together.
    #[must_use]
    pub fn message_bytes(&self) -> (usize, u64) {
        self.world.message_bytes()
    }
}

fn see(claims: &mut [Claim], world: &World) {
    for claim in claims {
        claim.see(world);
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
