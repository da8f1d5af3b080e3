//! Buckets: the payloads that claim checks put into them, the requests for them, and their expiry (REF-01,
//! REF-02).

mod claim;

use super::id::{Id, IdOf, Numbered};
use super::part::{Measure, Part};
use super::{PartId, PartKind, World};
use crate::aws::billing::Item;
use crate::design;
use crate::fault::FaultKind;
use crate::kernel::pages::Pages;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{BucketView, PartView};

pub(crate) type BucketId = Id<design::Bucket>;

/// A bucket in a run.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub part: PartId,
    pub key: u32,
    pub settings: Settings,
    pub state: State,
}

/// Bucket that a store puts payloads into, and the wire to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub bucket: BucketId,
    pub wire: u32,
}

/// Bucket that a consumer gets payloads from, and the wire to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetch {
    pub bucket: BucketId,
    pub wire: u32,
    /// Whether its role may `s3:GetObject`.
    pub is_permitted: bool,
}

/// Settings of a bucket in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub latency: Span,
    /// `Days` of its lifecycle rule.
    pub days: Option<u64>,
    /// Size of an object in bytes, by kind of order.
    pub bytes: Vec<usize>,
}

/// State of a bucket during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Requests that were answered: puts, gets, and gets that found no object.
    pub puts: u64,
    pub gets: u64,
    pub missing: u64,
    /// Requests that were not answered or not permitted.
    pub failures: u64,
    /// Objects, in the order of their puts.
    pub log: Pages<Put>,
    /// By order: the instant at which its object was put, plus one microsecond; 0 if it was not.
    pub by_order: Pages<u64>,
}

/// The put of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Put {
    pub at: Time,
    /// Total bytes of all objects put so far, this one included.
    pub bytes: u64,
}

const DAY: u64 = 86_400_000_000;

impl Bucket {
    /// Returns when an object is deleted: `Days` after its put, at the next midnight in UTC. A run begins at
    /// midnight. That S3 deletes expired objects at once is a *model assumption* (MA-bucket-2).
    fn gone_at(&self, put: Time) -> Option<Time> {
        let days = self.settings.days?;
        Some(Time((put.0 + days * DAY).div_ceil(DAY) * DAY))
    }

    fn is_gone(&self, put: Time, now: Time) -> bool {
        self.gone_at(put).is_some_and(|gone| gone <= now)
    }

    /// Whether the bucket still holds the object of an order.
    fn holds(&self, order: u32, now: Time) -> bool {
        let put = self.state.by_order.get(order as usize).and_then(|put| put.checked_sub(1));
        put.is_some_and(|put| !self.is_gone(Time(put), now))
    }

    /// Number of objects in the bucket, and their bytes. Objects are deleted in the order of their puts.
    fn stored(&self, now: Time) -> (u64, u64) {
        let log = &self.state.log;
        let (mut gone, mut end) = (0, log.len());
        while gone < end {
            let middle = usize::midpoint(gone, end);
            if log.get(middle).is_some_and(|put| self.is_gone(put.at, now)) {
                gone = middle + 1;
            } else {
                end = middle;
            }
        }
        let bytes = |count: usize| {
            let last = count.checked_sub(1).and_then(|place| log.get(place));
            last.map_or(0, |put| put.bytes)
        };
        ((log.len() - gone) as u64, bytes(log.len()) - bytes(gone))
    }
}

impl Numbered for Bucket {
    type Design = design::Bucket;
}

impl Part for Bucket {
    const KIND: PartKind = PartKind::Bucket;

    const COLUMNS: &[&str] = &["puts", "gets", "stored", "missing", "failures"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("puts", |_, b| b.state.puts as f64),
        ("gets", |_, b| b.state.gets as f64),
        ("stored", |w, b| b.stored(w.now).0 as f64),
        ("stored_bytes", |w, b| b.stored(w.now).1 as f64),
        ("missing", |_, b| b.state.missing as f64),
        ("failures", |_, b| b.state.failures as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let (stored, bytes) = self.stored(world.now);
        Some(PartView::Bucket(BucketView {
            stored,
            bytes,
            puts: self.state.puts,
            gets: self.state.gets,
            missing: self.state.missing,
            failures: self.state.failures,
            is_down: world.is_broken(FaultKind::Outage, self.part),
        }))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let State { puts, gets, missing, log, .. } = &self.state;
        (log.len() as u64 > *puts || missing > gets).then(|| {
            let path = self.path(world);
            format!("{path} has {} objects of {puts} puts, {missing} of {gets} missing", log.len())
        })
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl World {
    /// Bills a minute of storage for the objects in a bucket (COST-10).
    pub(super) fn minute_of_bucket(&mut self, index: BucketId) {
        let (_, bytes) = self.objects[index].stored(self.now);
        self.bill.count(Item::S3KilobyteMinutes, bytes / 1_024);
    }
}

#[cfg(test)]
mod tests;
