//! How a run was now and then: clones to go on from. Two that follow one another share what neither
//! has written to (`kernel::pages`), so that each takes what was alive then and little more.

use crate::kernel::time::Time;
use crate::run::Run;

/// Occurrences between two marks, to begin with: so far is simulated again at the most.
const STRIDE: u64 = 10_000;
/// Bytes of all marks together.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// How a run was at some instant.
#[derive(Debug, Clone)]
struct Checkpoint {
    run: Run,
    /// How many of the interventions it has in it.
    interventions: usize,
    /// About how many bytes it takes beside the one before it.
    bytes: usize,
}

/// The marks of a run, the oldest first; the first is the beginning and always stays.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    kept: Vec<Checkpoint>,
    stride: u64,
    bytes: usize,
    bytes_max: usize,
    /// Up to here every second one has gone since the stride was doubled last.
    thinned: usize,
}

impl Checkpoints {
    pub fn new(start: &Run) -> Self {
        let mut marks =
            Self { kept: Vec::new(), stride: STRIDE, bytes: 0, bytes_max: BYTES_MAX, thinned: 0 };
        marks.keep(start, 0);
        marks
    }

    /// The same with other limits.
    #[cfg(test)]
    pub fn limited(self, stride: u64, bytes_max: usize) -> Self {
        Self { stride, bytes_max, ..self }
    }

    /// The last one at an instant or before.
    pub fn before(&self, to: Time) -> Option<&Run> {
        let count = self.kept.partition_point(|mark| mark.run.now() <= to);
        self.kept.get(count.checked_sub(1)?).map(|mark| &mark.run)
    }

    /// The last one, and how many interventions it has in it.
    pub fn last(&self) -> Option<(&Run, usize)> {
        self.kept.last().map(|mark| (&mark.run, mark.interventions))
    }

    /// Whether so much has happened since the last one that there should be another.
    pub fn is_due(&self, run: &Run) -> bool {
        let last = self.kept.last().map_or(0, |mark| mark.run.trace().count());
        run.trace().count() >= last.saturating_add(self.stride)
    }

    /// Keeps a run as it is. Where all of them take too much room, one after the other goes, every
    /// second one, and there are fewer from then on.
    pub fn keep(&mut self, run: &Run, interventions: usize) {
        let bytes = run.bytes_beside(self.kept.last().map(|mark| &mark.run));
        self.bytes += bytes;
        self.kept.push(Checkpoint { run: run.clone(), interventions, bytes });
        while self.bytes > self.bytes_max && self.thin() {}
    }

    /// Lets the next one go that can go; whether there was any.
    fn thin(&mut self) -> bool {
        if self.thinned + 2 >= self.kept.len() {
            self.thinned = 0;
            self.stride = self.stride.saturating_mul(2);
        }
        while self.thinned + 2 < self.kept.len() {
            self.thinned += 1;
            // One just after an intervention stays: no way from before it leads through it.
            if self.kept[self.thinned].interventions == self.kept[self.thinned - 1].interventions {
                self.bytes -= self.kept.remove(self.thinned).bytes;
                self.weigh(self.thinned);
                return true;
            }
        }
        false
    }

    /// Weighs one anew, because another one is before it now.
    fn weigh(&mut self, place: usize) {
        let before = place.checked_sub(1).map(|before| &self.kept[before].run);
        let bytes = self.kept[place].run.bytes_beside(before);
        self.bytes = self.bytes - self.kept[place].bytes + bytes;
        self.kept[place].bytes = bytes;
    }

    /// Drops those that fail a test, the last ones, with an instant, occurrences so far and interventions.
    pub fn cut(&mut self, stays: impl Fn(Time, u64, usize) -> bool) {
        let stays =
            |mark: &Checkpoint| stays(mark.run.now(), mark.run.trace().count(), mark.interventions);
        while self.kept.len() > 1 && self.kept.last().is_some_and(|mark| !stays(mark)) {
            self.bytes -= self.kept.pop().map_or(0, |mark| mark.bytes);
        }
        self.thinned = self.thinned.min(self.kept.len() - 1);
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.kept.len()
    }
}
