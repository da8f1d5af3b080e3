//! The claim check: a store puts a payload before it sends a reference to it, and a consumer that receives
//! the reference gets the payload before it works (REF-02).

use super::{BucketId, Claim, Fetch, Put};
use crate::aws::billing::Item;
use crate::fault::FaultKind;
use crate::kernel::random::Purpose;
use crate::kernel::time::Span;
use crate::world::{Happened, PartId, World};

/// Result of a get.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetched {
    pub takes: Span,
    /// Whether the bucket returned the payload.
    pub is_found: bool,
}

/// Transfer rate, 80 MB per second: a *model assumption* (MA-bucket-1).
const BYTES_PER_MICROSECOND: u64 = 80;
/// Offset in the keys of chance that separates puts from gets, which are keyed by their receive count.
const PUT: u32 = 1 << 16;

impl World {
    /// Puts the payload of an order into the bucket of a claim check and returns how long that takes; `None`
    /// if the bucket is down. The put is conditional: a second one for the same order changes nothing, and is
    /// billed.
    pub(in crate::world) fn put_payload(
        &mut self,
        claim: Claim,
        order: u32,
        attempt: u32,
    ) -> Option<Span> {
        let now = self.now;
        let part = self.objects[claim.bucket].part;
        if self.is_broken(FaultKind::Outage, part) {
            self.bucket_failed(claim.bucket, order, Happened::BucketUnavailable);
            return None;
        }
        self.bill.count(Item::S3Puts, 1);
        let (takes, bytes) = self.transfer(claim.bucket, order, PUT + attempt);
        let bucket = &mut self.objects[claim.bucket];
        bucket.state.puts += 1;
        if !bucket.holds(order, now) {
            let log = &bucket.state.log;
            let before = log.len().checked_sub(1).and_then(|last| log.get(last));
            let before = before.map_or(0, |put| put.bytes);
            bucket.state.log.push(Put { at: now, bytes: before + bytes });
            let place = order as usize;
            while bucket.state.by_order.len() <= place {
                bucket.state.by_order.push(0);
            }
            if let Some(put) = bucket.state.by_order.get_mut(place) {
                *put = now.0 + 1;
            }
            self.occur(part, Some(order), Happened::PayloadPut { kilobytes: kilobytes(bytes) });
        }
        self.hop(claim.wire, order, attempt, takes);
        Some(takes)
    }

    /// Gets the payload of an order.
    pub(in crate::world) fn fetch_payload(
        &mut self,
        fetch: Fetch,
        order: u32,
        attempt: u32,
    ) -> Fetched {
        let now = self.now;
        let bucket = &self.objects[fetch.bucket];
        let part: PartId = bucket.part;
        let is_there = bucket.holds(order, now);
        let latency = bucket.settings.latency;
        let (takes, bytes) = self.transfer(fetch.bucket, order, attempt);
        self.hop(fetch.wire, order, attempt, takes);
        let refused = Fetched { takes: latency, is_found: false };
        if self.is_broken(FaultKind::Outage, part) {
            self.bucket_failed(fetch.bucket, order, Happened::BucketUnavailable);
            return refused;
        }
        if !fetch.is_permitted {
            self.bucket_failed(fetch.bucket, order, Happened::PayloadDenied);
            return refused;
        }
        // A get that finds no object is answered and billed, too.
        self.bill.count(Item::S3Gets, 1);
        let state = &mut self.objects[fetch.bucket].state;
        state.gets += 1;
        if !is_there {
            state.missing += 1;
            self.occur(part, Some(order), Happened::PayloadMissing);
            return refused;
        }
        self.occur(part, Some(order), Happened::PayloadFetched { kilobytes: kilobytes(bytes) });
        Fetched { takes, is_found: true }
    }

    fn bucket_failed(&mut self, index: BucketId, order: u32, happened: Happened) {
        let bucket = &mut self.objects[index];
        bucket.state.failures += 1;
        let part = bucket.part;
        self.occur(part, Some(order), happened);
    }

    /// Returns how long the transfer of an order's payload takes, and its bytes.
    fn transfer(&self, index: BucketId, order: u32, attempt: u32) -> (Span, u64) {
        let bucket = &self.objects[index];
        let bytes = bucket.settings.bytes.get(self.class(order)).copied().unwrap_or(0) as u64;
        let key = (bucket.key, order, attempt);
        let first = self.chance.around(bucket.settings.latency, key, Purpose::Latency);
        (first + Span(bytes / BYTES_PER_MICROSECOND), bytes)
    }
}

fn kilobytes(bytes: u64) -> u32 {
    bytes.div_ceil(1_024) as u32
}

#[cfg(test)]
mod tests {
    use crate::world::id::Id;
    use crate::world::tests::{HAND, LINE, accept, world_of};

    /// REF-02: what was put once is stored once, and only that is found.
    #[test]
    fn a_payload_is_found_once_it_was_put_and_put_but_once() {
        let claim = "[stores.book]\nclaim_check = 'objects.parcels'\n";
        let text = LINE.replace("[stores.book]\n", claim);
        let mut world = world_of(&format!("{text}{HAND}[objects.parcels]\n"));
        let claim = world.stores[Id::new(0)].settings.claim.unwrap();
        let fetch = world.functions[Id::new(0)].settings.fetch.unwrap();
        let [put, other] = [accept(&mut world), accept(&mut world)];
        for attempt in [1, 2] {
            assert!(world.put_payload(claim, put, attempt).is_some());
        }
        assert_eq!(world.objects[Id::new(0)].state.log.len(), 1);
        assert!(world.fetch_payload(fetch, put, 1).is_found);
        assert!(!world.fetch_payload(fetch, other, 1).is_found);
        let state = &world.objects[Id::new(0)].state;
        assert_eq!((state.puts, state.gets, state.missing), (2, 2, 1));
    }
}
