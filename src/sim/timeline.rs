//! A run that can be gone back in: it remembers how it was now and then, and what was done to it.
//!
//! The playhead is anywhere up to where the run has been simulated. Whatever is done at the playhead
//! – a fault, a changed setting, a redrive – drops what came after it. A run of an experiment and the
//! same interventions at the same instants is the same run, so it can be saved as one file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::design::{Design, Duration, Experiment, FaultSpec, Later, Mistake};
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

/// Entries of the agenda between two looks at whether a mark is due.
const ENTRIES_AT_ONCE: usize = 5_000;
/// What a look at all measures costs, in entries of the agenda.
const LOOK: u64 = 50;
/// So much is kept of what happened, in occurrences and in bytes of the run itself: with the marks
/// about a gigabyte. Where a run comes to that, it is over.
const OCCURRENCES_MAX: usize = 8_000_000;
const BYTES_MAX: usize = 512 << 20;

/// Something done to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Intervention {
    Break(Fault),
    /// A setting's path and its new value.
    Change(String, Value),
    /// A DLQ's path.
    Redrive(String),
}

/// A run with its past.
#[derive(Debug, Clone)]
pub struct Timeline {
    experiment: Experiment,
    design: Design,
    documents: Vec<(String, String)>,
    interventions: Vec<(Time, Intervention)>,
    /// How the run was.
    marks: Checkpoints,
    /// At the playhead.
    present: Run,
    /// At the end of what was simulated, while the playhead is before it.
    end: Option<Run>,
    /// Everything that happened up to the end.
    log: Log,
    series: Series,
    /// How many occurrences there is room for.
    room: usize,
}

impl Timeline {
    /// Before anything happened; the mistakes of the experiment or of its design.
    pub fn new(
        experiment: Experiment,
        design: Design,
        documents: Vec<(String, String)>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut start = Run::experiment(&experiment, &design, &documents)?;
        start.record();
        // What is broken from the beginning was, before anybody looked.
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

    /// How far it has been simulated.
    #[must_use]
    pub fn reached(&self) -> Time {
        self.end.as_ref().map_or(self.present.now(), Run::now)
    }

    /// Everything that happened, up to where it was simulated.
    #[must_use]
    pub fn log(&self) -> &[Occurrence] {
        self.log.all()
    }

    /// What was done to it, the last one last.
    #[must_use]
    pub fn interventions(&self) -> &[(Time, Intervention)] {
        &self.interventions
    }

    /// The life of one order: all that is known to happen to it, after the playhead too.
    #[must_use]
    pub fn life(&self, order: u32) -> Vec<Occurrence> {
        let mut life: Vec<_> = self.log.back_from_end(order).map(|(_, known)| *known).collect();
        life.reverse();
        life
    }

    /// What happened to an order last, before the playhead.
    #[must_use]
    pub fn last_of(&self, order: u32) -> Option<&Occurrence> {
        let known = self.past().len();
        self.log.back_from_end(order).find(|(place, _)| *place < known).map(|(_, found)| found)
    }

    /// What was more than business as usual before the playhead, the latest first.
    pub fn notable(&self) -> impl Iterator<Item = &Occurrence> {
        self.log.notable(self.past().len())
    }

    /// The next thing known after an instant that did not go on already: more than business as usual,
    /// and the first of its kind at its part for a while.
    #[must_use]
    pub fn next_moment(&self, after: Time) -> Option<&Occurrence> {
        self.log.next_moment(after)
    }

    /// The last such thing before an instant.
    #[must_use]
    pub fn last_moment(&self, before: Time) -> Option<&Occurrence> {
        self.log.last_moment(before)
    }

    /// The next failure of an order that is known after an instant.
    #[must_use]
    pub fn next_failure(&self, after: Time) -> Option<&Occurrence> {
        self.log.next_failure(after)
    }

    /// What was measured on the way, and what a scrub bar marks.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// What is run.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// When the run is over: at its end, or where there is no room for more of it.
    #[must_use]
    pub fn over(&self) -> Time {
        if self.is_full() { self.reached() } else { Time::ZERO + self.experiment.run.0 }
    }

    /// Whether so much has happened that no more of it can be kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.log.all().len() >= self.room
    }

    /// The design as its settings are at the playhead.
    #[must_use]
    pub fn settings(&self) -> Design {
        // What was changed could be changed.
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

    /// What happened up to the playhead.
    #[must_use]
    pub fn past(&self) -> &[Occurrence] {
        let known = (self.present.trace().count() as usize).min(self.log().len());
        self.log().get(..known).unwrap_or_default()
    }

    /// Moves the playhead to an instant, doing at most `entries_max` entries of the agenda.
    pub fn seek(&mut self, to: Time, entries_max: usize) -> Advance {
        if to < self.present.now() {
            self.go_back(to);
        } else if let Some(end) = self.end.take_if(|end| end.now() <= to) {
            self.present = end;
        } else if self.end.is_some() {
            // Within what is known: from the last mark, if that is nearer.
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
            // Something new is measured on the way, what is known was.
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

    /// Takes down what has just happened: at the end it is new, before the end it is known.
    fn note(&mut self) {
        let happened = self.present.take_occurrences();
        if self.end.is_none() {
            self.series.mark(&happened);
            self.log.extend(happened);
            if self.marks.is_due(&self.present) {
                self.keep();
                // Orders that wait take room, whatever happened to them.
                if self.present.bytes_beside(None) > BYTES_MAX {
                    self.room = self.log.all().len();
                }
            }
        }
    }

    /// Measures everything, if it is time to.
    fn measure(&mut self) {
        if self.end.is_none() && self.present.now() == self.series.next_at() {
            self.series.measure(&self.present);
        }
    }

    /// Goes on to the next thing that is worth a look: what happened then.
    pub fn step(&mut self) -> Vec<Occurrence> {
        if let Some(end) = self.end.take_if(|end| end.now() <= self.present.now()) {
            self.present = end;
        }
        // The agenda always holds the next minute; the limit is for a design in which nothing happens.
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

    /// Keeps the run as it is, to come back to.
    fn keep(&mut self) {
        self.present.sweep();
        self.marks.keep(&self.present, self.interventions.len());
    }

    /// About how many bytes the way back takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.marks.bytes()
    }

    /// Does something to the run at the playhead; what came after is dropped. A sentence if it cannot
    /// be done, and then nothing has changed.
    ///
    /// It is done at a whole millisecond, when all is done that happens then: so it can be written down
    /// and done again.
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
        // The way back to this instant leads through what was done at it.
        self.keep();
        Ok(())
    }

    fn perform(&self, run: &mut Run, intervention: &Intervention) -> Result<(), String> {
        match intervention {
            Intervention::Break(fault) => run.inject(fault.clone()),
            Intervention::Redrive(path) => {
                let part = run.topology().find(path);
                let moved = part.and_then(|part| run.redrive(part, None));
                moved.map(|_| ()).ok_or_else(|| format!("{path} is no queue's dead-letter queue."))
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

    /// Takes back what was done last, with all that came of it; whether there was anything.
    pub fn undo(&mut self) -> bool {
        let Some((at, _)) = self.interventions.pop() else { return false };
        let interventions = std::mem::take(&mut self.interventions);
        // Checkpoints that know of it go; the beginning never does.
        self.marks.cut(|when, _, done| when <= at && done <= interventions.len());
        let Some((mut run, done)) = self.marks.last().map(|(run, done)| (run.clone(), done)) else {
            return false;
        };
        for (place, (when, intervention)) in interventions.into_iter().enumerate() {
            if place >= done {
                run.advance_to(when);
                self.present = run.clone();
                // It could be done before, and so it can again.
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

    /// The run as an experiment: what was done to it stands there with its instants, and the run of it
    /// is this one.
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
                }),
                Intervention::Redrive(path) => experiment.then.push(Later {
                    at,
                    set: BTreeMap::default(),
                    redrive: Some(path.clone()),
                }),
            }
        }
        experiment
    }
}

#[cfg(test)]
mod tests;
