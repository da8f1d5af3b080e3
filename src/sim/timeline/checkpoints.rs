//! Checkpoints: clones of a run to replay from. Consecutive ones share the pages that neither has
//! written (`kernel::pages`), so each costs little more than what was alive at the time.

use crate::kernel::time::Time;
use crate::run::Run;

/// Initial number of occurrences between two checkpoints, and so the most that is simulated again.
const STRIDE: u64 = 10_000;
/// Limit on the bytes of all checkpoints together.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// The run at one instant.
#[derive(Debug, Clone)]
struct Checkpoint {
    run: Run,
    /// Number of interventions it includes.
    interventions: usize,
    /// Approximate bytes used in addition to the previous checkpoint.
    bytes: usize,
}

/// The checkpoints of a run, oldest first; the first is the beginning and always stays.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    kept: Vec<Checkpoint>,
    stride: u64,
    bytes: usize,
    bytes_max: usize,
    /// Every second checkpoint before this index has been dropped since the stride last doubled.
    thinned: usize,
}

impl Checkpoints {
    /// Keeps the beginning, which is never thinned out.
    pub fn new(start: &Run) -> Self {
        let mut marks =
            Self { kept: Vec::new(), stride: STRIDE, bytes: 0, bytes_max: BYTES_MAX, thinned: 0 };
        marks.keep(start, 0);
        marks
    }

    /// Sets other limits, for tests.
    #[cfg(test)]
    pub fn limited(self, stride: u64, bytes_max: usize) -> Self {
        Self { stride, bytes_max, ..self }
    }

    /// The last checkpoint at or before an instant.
    pub fn before(&self, to: Time) -> Option<&Run> {
        let count = self.kept.partition_point(|mark| mark.run.now() <= to);
        self.kept.get(count.checked_sub(1)?).map(|mark| &mark.run)
    }

    /// The last checkpoint, and the number of interventions it includes.
    pub fn last(&self) -> Option<(&Run, usize)> {
        self.kept.last().map(|mark| (&mark.run, mark.interventions))
    }

    /// Whether enough has happened since the last checkpoint to keep another.
    pub fn is_due(&self, run: &Run) -> bool {
        let last = self.kept.last().map_or(0, |mark| mark.run.trace().count());
        run.trace().count() >= last.saturating_add(self.stride)
    }

    /// Keeps a checkpoint. If all of them together use too much, drops every second one, one at a
    /// time, and keeps fewer from then on.
    pub fn keep(&mut self, run: &Run, interventions: usize) {
        let bytes = run.bytes_beside(self.kept.last().map(|mark| &mark.run));
        self.bytes += bytes;
        self.kept.push(Checkpoint { run: run.clone(), interventions, bytes });
        while self.bytes > self.bytes_max && self.thin() {}
    }

    /// Drops the next checkpoint that can go; returns whether there was one.
    fn thin(&mut self) -> bool {
        if self.thinned + 2 >= self.kept.len() {
            self.thinned = 0;
            self.stride = self.stride.saturating_mul(2);
        }
        while self.thinned + 2 < self.kept.len() {
            self.thinned += 1;
            // A checkpoint just after an intervention stays: replaying from before it would not
            // perform it.
            if self.kept[self.thinned].interventions == self.kept[self.thinned - 1].interventions {
                self.bytes -= self.kept.remove(self.thinned).bytes;
                self.weigh(self.thinned);
                return true;
            }
        }
        false
    }

    /// Recomputes the bytes of a checkpoint whose predecessor has changed.
    fn weigh(&mut self, place: usize) {
        let before = place.checked_sub(1).map(|before| &self.kept[before].run);
        let bytes = self.kept[place].run.bytes_beside(before);
        self.bytes = self.bytes - self.kept[place].bytes + bytes;
        self.kept[place].bytes = bytes;
    }

    /// Drops checkpoints from the end while they fail a test of instant, occurrences and
    /// interventions.
    pub fn cut(&mut self, stays: impl Fn(Time, u64, usize) -> bool) {
        let stays =
            |mark: &Checkpoint| stays(mark.run.now(), mark.run.trace().count(), mark.interventions);
        while self.kept.len() > 1 && self.kept.last().is_some_and(|mark| !stays(mark)) {
            self.bytes -= self.kept.pop().map_or(0, |mark| mark.bytes);
        }
        self.thinned = self.thinned.min(self.kept.len() - 1);
    }

    /// Approximate bytes of all checkpoints.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.kept.len()
    }
}
