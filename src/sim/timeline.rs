//! A run you can rewind: it keeps checkpoints and the interventions.
//!
//! The playhead can be anywhere up to the instant that has been simulated. An intervention at the
//! playhead – a fault, a changed setting, a redrive – drops everything after it. Running the same
//! experiment with the same interventions at the same instants reproduces the run, so it can be
//! saved as one file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::design::{Design, Duration, Experiment, FaultSpec, Later, Mistake, Replay};
use super::fault::Fault;
use super::kernel::time::Time;
use super::run::{Advance, Run};
use super::world::Occurrence;

mod checkpoints;
mod log;
mod series;

use checkpoints::Checkpoints;
use log::Log;
pub use series::{Series, Tick};

/// Entries of the agenda between two checks of whether a checkpoint is due.
const ENTRIES_AT_ONCE: usize = 5_000;
/// Cost of taking all measures, in entries of the agenda.
const LOOK: u64 = 50;
/// Limits on the log, in occurrences, and on the run itself, in bytes; with the checkpoints, about a
/// gigabyte. A run ends when it reaches one of them.
const OCCURRENCES_MAX: usize = 8_000_000;
const BYTES_MAX: usize = 512 << 20;

/// An action on a run in progress.
#[derive(Debug, Clone, PartialEq)]
pub enum Intervention {
    Break(Fault),
    /// Path of a setting, and its new value.
    Change(String, Value),
    /// Path of a DLQ.
    Redrive(String),
    Replay(Replay),
}

/// A run with its past.
#[derive(Debug, Clone)]
pub struct Timeline {
    experiment: Experiment,
    design: Design,
    documents: Vec<(String, String)>,
    interventions: Vec<(Time, Intervention)>,
    /// Earlier states of the run.
    marks: Checkpoints,
    /// The run at the playhead.
    present: Run,
    /// The run at the end of the simulated part, while the playhead is before it.
    end: Option<Run>,
    /// All occurrences up to that end.
    log: Log,
    series: Series,
    /// Maximum number of occurrences in the log.
    room: usize,
}

impl Timeline {
    /// Creates a timeline before the first occurrence, or returns the mistakes of the experiment or
    /// its design.
    pub fn new(
        experiment: Experiment,
        design: Design,
        documents: Vec<(String, String)>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut start = Run::experiment(&experiment, &design, &documents)?;
        start.record();
        // Faults of the first instant occurred before anyone could record them.
        let mut log = Log::default();
        log.extend(start.trace().since(0));
        Ok(Self {
            series: Series::new(&start, experiment.run.0, log.all()),
            marks: Checkpoints::new(&start),
            present: start,
            experiment,
            design,
            documents,
            interventions: Vec::new(),
            end: None,
            log,
            room: OCCURRENCES_MAX,
        })
    }

    /// The run at the playhead.
    #[must_use]
    pub fn present(&self) -> &Run {
        &self.present
    }

    /// Instant up to which the run has been simulated.
    #[must_use]
    pub fn reached(&self) -> Time {
        self.end.as_ref().map_or(self.present.now(), Run::now)
    }

    /// All occurrences up to that instant.
    #[must_use]
    pub fn log(&self) -> &[Occurrence] {
        self.log.all()
    }

    /// All interventions, oldest first.
    #[must_use]
    pub fn interventions(&self) -> &[(Time, Intervention)] {
        &self.interventions
    }

    /// Life of an order: all its known occurrences, including those after the playhead.
    #[must_use]
    pub fn life(&self, order: u32) -> Vec<Occurrence> {
        let mut life: Vec<_> = self.log.back_from_end(order).map(|(_, known)| *known).collect();
        life.reverse();
        life
    }

    /// The last occurrence of an order before the playhead.
    #[must_use]
    pub fn last_of(&self, order: u32) -> Option<&Occurrence> {
        let known = self.past().len();
        self.log.back_from_end(order).find(|(place, _)| *place < known).map(|(_, found)| found)
    }

    /// Notable occurrences before the playhead, latest first.
    pub fn notable(&self) -> impl Iterator<Item = &Occurrence> {
        self.log.notable(self.past().len())
    }

    /// The next known moment after an instant: a notable occurrence that is the first of its kind
    /// at its part for a while.
    #[must_use]
    pub fn next_moment(&self, after: Time) -> Option<&Occurrence> {
        self.log.next_moment(after)
    }

    /// The last moment before an instant.
    #[must_use]
    pub fn last_moment(&self, before: Time) -> Option<&Occurrence> {
        self.log.last_moment(before)
    }

    /// The next known failure of an order after an instant.
    #[must_use]
    pub fn next_failure(&self, after: Time) -> Option<&Occurrence> {
        self.log.next_failure(after)
    }

    /// Measures over time, and the ticks of the scrub bar.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The experiment as it was started, without the interventions.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// End of the run: as planned, or earlier if a limit has been reached.
    #[must_use]
    pub fn over(&self) -> Time {
        if self.is_full() { self.reached() } else { Time::ZERO + self.experiment.run.0 }
    }

    /// Whether a limit on the log or on the run has been reached.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.log.all().len() >= self.room
    }

    /// The design with the settings that apply at the playhead.
    #[must_use]
    pub fn settings(&self) -> Design {
        // Each change was accepted when it was made.
        let mut design = self.experiment.changed(&self.design).unwrap_or_default();
        let now = self.present.now();
        let written = self.experiment.done_later().into_iter();
        let written = written.filter(|(_, later)| Time::ZERO + later.at.0 <= now);
        for (path, value) in written.flat_map(|(_, later)| &later.set) {
            design = design.with(path, value).unwrap_or(design);
        }
        for (_, intervention) in self.interventions.iter().filter(|(at, _)| *at <= now) {
            if let Intervention::Change(path, value) = intervention {
                design = design.with(path, value).unwrap_or(design);
            }
        }
        design
    }

    /// All occurrences up to the playhead.
    #[must_use]
    pub fn past(&self) -> &[Occurrence] {
        let known = (self.present.trace().count() as usize).min(self.log().len());
        self.log().get(..known).unwrap_or_default()
    }

    /// Moves the playhead towards `to`, performing at most `entries_max` entries of the agenda.
    pub fn seek(&mut self, to: Time, entries_max: usize) -> Advance {
        if to < self.present.now() {
            self.go_back(to);
        } else if let Some(end) = self.end.take_if(|end| end.now() <= to) {
            self.present = end;
        } else if self.end.is_some() {
            // Within the known part: start from the last checkpoint, if that is nearer.
            let mark = self.marks.before(to);
            if let Some(mark) = mark.filter(|mark| mark.now() > self.present.now()) {
                self.present = mark.clone();
            }
        }
        let mut left = entries_max as u64;
        loop {
            if self.end.is_none() && self.is_full() {
                return Advance::Reached;
            }
            // New ground is measured on the way; known ground has been measured already.
            let stop = if self.end.is_none() { to.min(self.series.next_at()) } else { to };
            let entries = (left as usize).min(ENTRIES_AT_ONCE);
            let before = self.present.trace().count();
            let advance = self.present.advance(stop, entries);
            let cost = match advance {
                Advance::Busy => entries as u64,
                Advance::Reached => self.present.trace().count() - before + LOOK,
            };
            self.note();
            left = left.saturating_sub(cost);
            if advance == Advance::Reached {
                self.measure();
                if stop == to {
                    return Advance::Reached;
                }
            }
            if left == 0 {
                return Advance::Busy;
            }
        }
    }

    /// Records the latest occurrences, unless they are already known.
    fn note(&mut self) {
        let happened = self.present.take_occurrences();
        if self.end.is_none() {
            self.series.mark(&happened);
            self.log.extend(happened);
            if self.marks.is_due(&self.present) {
                self.keep();
                // Waiting orders use memory even if nothing notable happens to them.
                if self.present.bytes_beside(None) > BYTES_MAX {
                    self.room = self.log.all().len();
                }
            }
        }
    }

    /// Takes all measures if they are due.
    fn measure(&mut self) {
        if self.end.is_none() && self.present.now() == self.series.next_at() {
            self.series.measure(&self.present);
        }
    }

    /// Advances to the next occurrence worth showing, and returns the occurrences of that step.
    pub fn step(&mut self) -> Vec<Occurrence> {
        if let Some(end) = self.end.take_if(|end| end.now() <= self.present.now()) {
            self.present = end;
        }
        // The agenda always holds the next minute; the limit is for a design in which nothing
        // happens.
        for _ in 0..1_000_000 {
            if self.end.is_none() && self.is_full() {
                break;
            }
            let Some(next) = self.present.next_at().filter(|next| *next <= self.over()) else {
                self.seek(self.over(), usize::MAX);
                break;
            };
            while self.end.is_none() && self.series.next_at() < next {
                self.present.advance_to(self.series.next_at());
                self.measure();
            }
            let happened = self.present.step();
            self.note();
            if !happened.is_empty() {
                return happened;
            }
        }
        Vec::new()
    }

    fn go_back(&mut self, to: Time) {
        let Some(mark) = self.marks.before(to).cloned() else { return };
        let present = std::mem::replace(&mut self.present, mark);
        self.end.get_or_insert(present);
    }

    #[cfg(test)]
    fn limit(&mut self, stride: u64, bytes_max: usize) {
        self.marks = Checkpoints::new(&self.present).limited(stride, bytes_max);
    }

    /// Keeps a checkpoint of the run as it is.
    fn keep(&mut self) {
        self.present.sweep();
        self.marks.keep(&self.present, self.interventions.len());
    }

    /// Approximate bytes of the checkpoints, the log and the measures.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.marks.bytes()
    }

    /// Intervenes at the playhead and drops everything after it. If the intervention is impossible,
    /// returns a sentence and changes nothing.
    ///
    /// It takes effect at a whole millisecond, after everything else that happens then, so it can
    /// be saved and repeated.
    pub fn intervene(&mut self, mut intervention: Intervention) -> Result<(), String> {
        let now = Time(self.present.now().0.next_multiple_of(1_000));
        self.seek(now, usize::MAX);
        if let Intervention::Break(fault) = &mut intervention {
            fault.at = now;
        }
        let mut changed = self.present.clone();
        self.perform(&mut changed, &intervention)?;
        self.cut(now);
        self.present = changed;
        self.interventions.push((now, intervention));
        let happened = self.present.take_occurrences();
        self.series.mark(&happened);
        self.log.extend(happened);
        // A checkpoint here includes the intervention, so no later seek has to repeat it.
        self.keep();
        Ok(())
    }

    fn perform(&self, run: &mut Run, intervention: &Intervention) -> Result<(), String> {
        match intervention {
            Intervention::Break(fault) => run.inject(fault.clone()),
            Intervention::Redrive(path) => {
                let part = run.topology().find(path);
                let moved = part.and_then(|part| run.redrive(part, None));
                moved
                    .map(|_| ())
                    .ok_or_else(|| format!("{path} is not the dead-letter queue of any queue."))
            }
            Intervention::Replay(replay) => {
                let at = run.now().since(Time::ZERO);
                match replay.mistake(&self.settings(), at) {
                    Some(sentence) => Err(sentence),
                    None => run.replay(replay).map(|_| ()),
                }
            }
            Intervention::Change(path, value) => {
                let design = self.settings().with(path, value)?;
                run.retune(&design, &self.documents)
            }
        }
    }

    /// Drops everything after an instant.
    fn cut(&mut self, now: Time) {
        self.end = None;
        let known = self.present.trace().count();
        self.log.cut(known as usize);
        self.series.cut(now, self.log.all());
        self.marks.cut(|at, count, _| at <= now && count <= known);
        self.interventions.retain(|(at, _)| *at <= now);
    }

    /// Undoes the last intervention and its consequences; returns whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some((at, _)) = self.interventions.pop() else { return false };
        let interventions = std::mem::take(&mut self.interventions);
        // Checkpoints that include it are dropped; the beginning never does.
        self.marks.cut(|when, _, done| when <= at && done <= interventions.len());
        let Some((mut run, done)) = self.marks.last().map(|(run, done)| (run.clone(), done)) else {
            return false;
        };
        for (place, (when, intervention)) in interventions.into_iter().enumerate() {
            if place >= done {
                run.advance_to(when);
                self.present = run.clone();
                // It was possible before, so it is again.
                let done = self.perform(&mut run, &intervention).is_ok();
                debug_assert!(done, "{intervention:?}");
            }
            self.interventions.push((when, intervention));
        }
        run.advance_to(at);
        run.take_occurrences();
        self.present = run;
        self.end = None;
        let known = self.present.trace().count();
        self.log.cut(known as usize);
        self.series.cut(at, self.log.all());
        true
    }

    /// The run as an experiment, with the interventions at their instants; running it reproduces
    /// the run.
    #[must_use]
    pub fn saved(&self) -> Experiment {
        let mut experiment = self.experiment.clone();
        for (at, intervention) in &self.interventions {
            let at = Duration(at.since(Time::ZERO));
            match intervention {
                Intervention::Break(fault) => experiment.faults.push(FaultSpec {
                    at,
                    kind: fault.kind,
                    part: fault.part.to_string(),
                    span: Duration(fault.span),
                    factor: fault.factor,
                    rate: fault.per_million.map(|share| f64::from(share) / 1e6),
                    orders: fault.orders,
                }),
                Intervention::Change(path, value) => experiment.then.push(Later {
                    at,
                    set: [(path.clone(), value.clone())].into(),
                    redrive: None,
                    replay: None,
                }),
                Intervention::Redrive(path) => experiment.then.push(Later {
                    at,
                    set: BTreeMap::default(),
                    redrive: Some(path.clone()),
                    replay: None,
                }),
                Intervention::Replay(replay) => experiment.then.push(Later {
                    at,
                    set: BTreeMap::default(),
                    redrive: None,
                    replay: Some(replay.clone()),
                }),
            }
        }
        experiment
    }
}

#[cfg(test)]
mod tests;
