//! Measures of a run over time: each of them at even intervals, and the strongest tick of each
//! interval for a scrub bar. Append-only, except that an intervention cuts it.

use crate::kernel::time::{Span, Time};
use crate::run::Run;
use crate::world::{Gauge, Occurrence, OccurrenceKind};

/// Approximate number of measurements in a run.
const SAMPLES: u64 = 1_800;
const EVERY_MIN: Span = Span::from_secs(1);

/// What a scrub bar shows, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tick {
    Retry,
    Fault,
    DeadLetter,
    Alarm,
}

impl Tick {
    /// The tick of an occurrence; `None` if it has none.
    #[must_use]
    pub fn of(kind: OccurrenceKind) -> Option<Self> {
        use OccurrenceKind as Kind;
        match kind {
            Kind::Retrying | Kind::HandedBack | Kind::DeliveryFailed | Kind::Throttled => {
                Some(Self::Retry)
            }
            Kind::Broken => Some(Self::Fault),
            Kind::DeadLettered => Some(Self::DeadLetter),
            Kind::AlarmOn => Some(Self::Alarm),
            _ => None,
        }
    }
}

/// The measures of a run over its time.
#[derive(Debug, Clone)]
pub struct Series {
    gauges: Vec<Gauge>,
    every: Span,
    /// Rows of all measures, one row after the other, from the beginning on.
    values: Vec<f32>,
    rows: u64,
    /// The strongest tick of each interval.
    marks: Vec<Option<Tick>>,
}

impl Series {
    pub(super) fn new(start: &Run, run: Span, log: &[Occurrence]) -> Self {
        let seconds = (run.0 / SAMPLES / 1_000_000).max(EVERY_MIN.0 / 1_000_000);
        let mut series = Self {
            gauges: start.gauges(),
            every: Span::from_secs(seconds),
            values: Vec::new(),
            rows: 0,
            marks: Vec::new(),
        };
        series.mark(log);
        series.measure(start);
        series
    }

    /// Interval between two measurements.
    #[must_use]
    pub fn every(&self) -> Span {
        self.every
    }

    /// Time of the next measurement.
    pub(super) fn next_at(&self) -> Time {
        Time(self.every.0 * self.rows)
    }

    pub(super) fn measure(&mut self, run: &Run) {
        self.values.extend(self.gauges.iter().map(|gauge| run.measure(gauge) as f32));
        self.rows += 1;
    }

    fn interval(&self, at: Time) -> usize {
        (at.0 / self.every.0) as usize
    }

    pub(super) fn mark(&mut self, happened: &[Occurrence]) {
        for occurrence in happened {
            let Some(mark) = Tick::of(occurrence.kind()) else { continue };
            let interval = self.interval(occurrence.at);
            if self.marks.len() <= interval {
                self.marks.resize(interval + 1, None);
            }
            if let Some(slot) = self.marks.get_mut(interval) {
                *slot = (*slot).max(Some(mark));
            }
        }
    }

    /// Drops everything after an instant, at which `log` ends.
    pub(super) fn cut(&mut self, now: Time, log: &[Occurrence]) {
        self.rows = self.rows.min(now.0 / self.every.0 + 1);
        self.values.truncate(self.rows as usize * self.gauges.len());
        let interval = self.interval(now);
        self.marks.truncate(interval);
        let start = Time(interval as u64 * self.every.0);
        let from = log.partition_point(|occurrence| occurrence.at < start);
        self.mark(log.get(from..).unwrap_or_default());
    }

    /// The strongest tick of the intervals that begin in this range.
    #[must_use]
    pub fn strongest(&self, from: Time, to: Time) -> Option<Tick> {
        let begins = |at: Time| (at.0.div_ceil(self.every.0) as usize).min(self.marks.len());
        self.marks.get(begins(from)..begins(to))?.iter().copied().max().flatten()
    }

    /// Paths of measures with a prefix.
    pub fn paths<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let paths = self.gauges.iter().map(|gauge| gauge.path.as_str());
        paths.filter(move |path| path.starts_with(prefix))
    }

    /// Values of a measure up to an instant, one for each measurement; empty if there is no such
    /// measure.
    #[must_use]
    pub fn values(&self, path: &str, upto: Time) -> Vec<f32> {
        let Some(place) = self.gauges.iter().position(|gauge| gauge.path == path) else {
            return Vec::new();
        };
        let rows = self.rows.min(upto.0 / self.every.0 + 1) as usize;
        let width = self.gauges.len();
        (0..rows).filter_map(|row| self.values.get(row * width + place).copied()).collect()
    }

    /// Value of a measure at the last measurement before an instant.
    #[must_use]
    pub fn value(&self, path: &str, at: Time) -> Option<f32> {
        let place = self.gauges.iter().position(|gauge| gauge.path == path)?;
        let row = self.rows.checked_sub(1)?.min(at.0 / self.every.0) as usize;
        self.values.get(row * self.gauges.len() + place).copied()
    }

    /// Approximate bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.values.len() * size_of::<f32>() + self.marks.len()
    }
}
