//! Builds buckets, and the connections of the parts that use them.

use super::access::Caller;
use super::{Builder, number};
use crate::design::{CLAIM_KEY, PartKind, PartPath, bucket_arn, spelled_out};
use crate::world::bucket::{self, Bucket, Claim, Fetch};
use crate::world::delivery::Access;
use crate::world::topology::{PartId, WireKind};

impl Builder<'_> {
    /// Builds all buckets.
    pub fn objects(&self) -> Vec<Bucket> {
        let sizes = self.details.iter().map(|detail| spelled_out(&detail.to_string()).len());
        let bytes: Vec<usize> = sizes.collect();
        let buckets = self.design.objects.iter();
        let bucket = |(id, spec): (&String, &crate::design::Bucket)| {
            let part = self.id(PartKind::Bucket, id);
            Bucket {
                part,
                key: self.key(part),
                settings: bucket::Settings {
                    latency: spec.latency.0,
                    days: spec.days(),
                    bytes: bytes.clone(),
                },
                state: bucket::State::default(),
            }
        };
        buckets.map(bucket).collect()
    }

    /// Connects a store to the bucket of its claim check; `None` if it has none.
    pub fn claim(&mut self, from: PartId, store: &crate::design::Store) -> Option<Claim> {
        let bucket = store.claim_check.as_ref()?;
        let wire = self.topology.connect(from, self.path(bucket), WireKind::Call);
        Some(Claim { bucket: number(&self.design.objects, &bucket.id), wire })
    }

    /// Connects a consumer to the bucket of the payloads that its messages refer to; `None` if they carry
    /// them.
    pub fn fetch(&mut self, consumer: &PartPath, role: &Caller) -> Option<Fetch> {
        let design = self.design;
        let id = design.fetches(consumer)?;
        let from = self.path(consumer);
        let to = self.id(PartKind::Bucket, id);
        let object = format!("{}/{CLAIM_KEY}", bucket_arn(id));
        let access = self.may_act_on(&PartKind::Bucket.path(id), object, role, &["s3:GetObject"]);
        Some(Fetch {
            bucket: number(&design.objects, id),
            wire: self.topology.connect(from, to, WireKind::Call),
            is_permitted: access == Access::FULL,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::world::id::Id;
    use crate::world::tests::{HAND, LINE, world_of};

    #[test]
    fn a_consumer_fetches_where_its_messages_refer_to_something() {
        let claim = "[stores.book]\nclaim_check = 'objects.parcels'\n";
        let refers = LINE.replace("[stores.book]\n", claim);
        for (line, fetches) in [(LINE, false), (refers.as_str(), true)] {
            let world = world_of(&format!("{line}{HAND}[objects.parcels]\n"));
            let fetch = world.functions[Id::new(0)].settings.fetch;
            assert_eq!(fetch.map(|fetch| fetch.is_permitted), fetches.then_some(true));
        }
    }
}
