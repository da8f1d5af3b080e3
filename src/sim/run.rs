//! A run: a design, a seed, and how far it has come. The same design, seed and faults at the same
//! instants give the same trace.

use super::fault::Fault;
use super::kernel::time::Time;
use super::pipeline::{Occurrence, PartId, Topology, Trace, World};
use super::snapshot::Snapshot;
use super::spec::{Design, Mistake};

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
    /// A run before anything happened; the design's mistakes, if it has any. `workflows` are the
    /// documents that the design names, by file name.
    pub fn new(
        design: &Design,
        workflows: &[(String, String)],
        seed: u64,
    ) -> Result<Self, Vec<Mistake>> {
        Ok(Self { world: World::new(design, workflows, seed)? })
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.world.now
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

    /// Goes on to the next thing that is worth a look: what happened at that instant, in order.
    pub fn step(&mut self) -> Vec<Occurrence> {
        let before = self.world.trace.count();
        // An agenda always holds the next arrival; the limit is for a design that never accepts.
        for _ in 0..1_000_000 {
            let Some((at, entry)) = self.world.agenda.take(Time(u64::MAX)) else { break };
            self.world.happen(at, entry);
            if self.world.trace.count() > before {
                break;
            }
        }
        self.world.trace.since(before)
    }

    /// Breaks something from now on.
    pub fn inject(&mut self, fault: Fault) -> Result<(), String> {
        self.world.break_now(fault)
    }

    /// Moves what is in a DLQ back to its source (SQS-40); how many, or `None` if it is no DLQ.
    pub fn redrive(&mut self, dlq: PartId) -> Option<usize> {
        self.world.redrive(dlq)
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
}
