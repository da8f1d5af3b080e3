//! Everything that happened in a run, in order, with indexes: the life of each order, notable
//! occurrences, and moments. Append-only, except that rewinding and intervening cuts it.

use std::collections::BTreeMap;

use crate::kernel::time::{Span, Time};
use crate::world::{Occurrence, OccurrenceKind, PartId};

/// The same thing at the same part within this span is no new moment.
const BURST: Span = Span::from_secs(20);
/// No index: the beginning of an order's life.
const NONE: u32 = u32::MAX;

/// The log of a run. Indexes are 32 bits wide: four billion occurrences do not fit in memory.
#[derive(Debug, Clone, Default)]
pub struct Log {
    occurrences: Vec<Occurrence>,
    /// For each occurrence, the index of the previous one in the life of the same order.
    earlier: Vec<u32>,
    /// By order: the index of its latest occurrence.
    latest: Vec<u32>,
    /// Indexes of notable occurrences.
    notable: Vec<u32>,
    /// Indexes of occurrences that are the first of their kind at their part for a while.
    moments: Vec<u32>,
    /// Indexes of failures of orders.
    failures: Vec<u32>,
    /// Time of the latest notable occurrence, by part and kind.
    last: BTreeMap<(PartId, OccurrenceKind), Time>,
}

impl Log {
    /// Appends occurrences, which must follow those already logged.
    pub fn extend(&mut self, happened: Vec<Occurrence>) {
        for occurrence in &happened {
            self.enter(occurrence);
        }
        self.occurrences.extend(happened);
    }

    /// Adds the next occurrence to the indexes.
    fn enter(&mut self, occurrence: &Occurrence) {
        let place = self.earlier.len() as u32;
        let mut earlier = NONE;
        if let Some(order) = occurrence.order.map(|order| order as usize) {
            if self.latest.len() <= order {
                self.latest.resize(order + 1, NONE);
            }
            earlier = std::mem::replace(&mut self.latest[order], place);
            if occurrence.kind().is_failure() {
                self.failures.push(place);
            }
        }
        self.earlier.push(earlier);
        if !occurrence.kind().is_routine() {
            self.notable.push(place);
            let before = self.last.insert((occurrence.part, occurrence.kind()), occurrence.at);
            if before.is_none_or(|before| occurrence.at.since(before) > BURST) {
                self.moments.push(place);
            }
        }
    }

    /// Keeps the first `count` occurrences and forgets the others.
    pub fn cut(&mut self, count: usize) {
        while self.occurrences.len() > count {
            let gone = self.occurrences.pop().and_then(|gone| gone.order);
            let earlier = self.earlier.pop().unwrap_or(NONE);
            if let Some(latest) = gone.and_then(|order| self.latest.get_mut(order as usize)) {
                *latest = earlier;
            }
        }
        for way in [&mut self.notable, &mut self.moments, &mut self.failures] {
            way.truncate(way.partition_point(|place| (*place as usize) < count));
        }
        self.last.clear();
        let Some(end) = self.occurrences.last().map(|occurrence| occurrence.at) else { return };
        // Anything older than a burst makes no difference.
        for place in self.notable.iter().rev() {
            let occurrence = &self.occurrences[*place as usize];
            if occurrence.at + BURST < end {
                break;
            }
            self.last.entry((occurrence.part, occurrence.kind())).or_insert(occurrence.at);
        }
    }

    /// All occurrences, oldest first.
    pub fn all(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// The life of an order, from its end to its beginning.
    pub fn back_from_end(&self, order: u32) -> impl Iterator<Item = (usize, &Occurrence)> {
        let latest = self.latest.get(order as usize).copied();
        std::iter::successors(latest, |place| self.earlier.get(*place as usize).copied())
            .map_while(|place| self.occurrences.get(place as usize).map(|o| (place as usize, o)))
    }

    /// Notable occurrences among the first `count`, latest first.
    pub fn notable(&self, count: usize) -> impl Iterator<Item = &Occurrence> {
        let upto = self.notable.partition_point(|place| (*place as usize) < count);
        self.at(&self.notable[..upto]).rev()
    }

    /// The next moment after an instant.
    pub fn next_moment(&self, after: Time) -> Option<&Occurrence> {
        self.next(&self.moments, after)
    }

    /// The next failure of an order after an instant.
    pub fn next_failure(&self, after: Time) -> Option<&Occurrence> {
        self.next(&self.failures, after)
    }

    /// The last moment before an instant.
    pub fn last_moment(&self, before: Time) -> Option<&Occurrence> {
        let upto = self.moments.partition_point(|place| self.instant(*place) < before);
        self.at(&self.moments[..upto]).next_back()
    }

    fn next<'a>(&'a self, way: &'a [u32], after: Time) -> Option<&'a Occurrence> {
        let from = way.partition_point(|place| self.instant(*place) <= after);
        self.at(&way[from..]).next()
    }

    fn instant(&self, place: u32) -> Time {
        self.occurrences.get(place as usize).map_or(Time(u64::MAX), |occurrence| occurrence.at)
    }

    fn at<'a>(&'a self, way: &'a [u32]) -> impl DoubleEndedIterator<Item = &'a Occurrence> {
        way.iter().filter_map(|place| self.occurrences.get(*place as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{Chance, Purpose};
    use crate::world::Happened;

    /// About three occurrences a second, of few orders and parts, rarely notable.
    fn happened(count: u32, seed: u64) -> Vec<Occurrence> {
        let chance = Chance::new(seed);
        let mut at = Time::ZERO;
        (0..count)
            .map(|turn| {
                let dice = |n, of| chance.below(of, (n, turn, 0), Purpose::Hop);
                at = at + Span::from_millis(dice(0, 600));
                let happened = [
                    Happened::Sent,
                    Happened::Received { count: 1 },
                    Happened::Deleted { receipt: 1 },
                    Happened::DeadLettered { tries: 1 },
                    Happened::Retrying { attempt: 1 },
                ];
                Occurrence {
                    at,
                    part: PartId(dice(1, 3) as u32),
                    order: Some(dice(2, 40) as u32).filter(|order| *order > 0),
                    happened: happened[(dice(3, 100) as usize).saturating_sub(93).min(4)],
                }
            })
            .collect()
    }

    /// Compares every index with a scan of the whole log.
    fn agrees(log: &Log, all: &[Occurrence]) {
        assert_eq!(log.all(), all);
        for order in 0..42 {
            let mut life: Vec<_> = log.back_from_end(order).map(|(_, o)| *o).collect();
            life.reverse();
            let looked_up: Vec<_> =
                all.iter().filter(|o| o.order == Some(order)).copied().collect();
            assert_eq!(life, looked_up);
        }
        let notable = all.iter().rev().filter(|o| !o.kind().is_routine());
        assert!(log.notable(all.len()).eq(notable));
        let mut last = BTreeMap::new();
        let moments: Vec<Occurrence> = all
            .iter()
            .filter(|o| !o.kind().is_routine())
            .filter(|o| {
                let before: Option<Time> = last.insert((o.part, o.kind()), o.at);
                before.is_none_or(|before| o.at.since(before) > BURST)
            })
            .copied()
            .collect();
        let end = all.last().map_or(0, |last| last.at.0) + 1;
        for share in 0..=20 {
            let now = Time(end / 20 * share);
            assert_eq!(log.next_moment(now), moments.iter().find(|o| o.at > now));
            assert_eq!(log.last_moment(now), moments.iter().rev().find(|o| o.at < now));
            let mut failures = all.iter().filter(|o| o.order.is_some() && o.kind().is_failure());
            assert_eq!(log.next_failure(now), failures.find(|o| o.at > now));
        }
        assert!(all.len() < 1_000 || moments.len() > 20);
    }

    #[test]
    fn its_ways_are_right_and_stay_so_when_it_is_cut() {
        let mut log = Log::default();
        let mut all = happened(6_000, 3);
        log.extend(all.clone());
        agrees(&log, &all);
        for (turn, count) in [5_999, 4_000, 3_999, 2_500, 7, 0].into_iter().enumerate() {
            log.cut(count);
            all.truncate(count);
            agrees(&log, &all);
            // It continues from there: occurrences just before the cut still count.
            let more = happened(1_500, 100 + turn as u64);
            let shift = all.last().map_or(Time::ZERO, |last| last.at);
            let more = more.into_iter().map(|o| Occurrence { at: shift + Span(o.at.0), ..o });
            let more: Vec<_> = more.collect();
            log.extend(more.clone());
            all.extend(more);
            agrees(&log, &all);
            log.cut(count);
            all.truncate(count);
        }
    }
}
