//! A bucket of an object store, which keeps the payloads of a claim check (REF-01, REF-02).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::policy::may;
use super::{Design, Duration, PartKind, PartPath, REGION, bucket_arn};
use crate::assumption::{Assumption, assume};
use crate::kernel::time::Span;

/// Object key of an order's payload. Only messages that reference the payload contain it.
pub(crate) const CLAIM_KEY: &str = "claims/{order}";

/// A bucket. A store puts the payload of each order into it and sends a reference; consumers of the reference
/// fetch the payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bucket {
    pub title: Option<String>,
    /// Typical time until the first byte of a response; it and the transfer rate are *model assumptions*
    /// (MA-bucket-1).
    pub latency: Duration,
    /// `Expiration` of the lifecycle rule, in whole days; objects never expire when omitted.
    pub expires_after: Option<Duration>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { title: None, latency: Duration(Span::from_millis(50)), expires_after: None }
    }
}

impl Bucket {
    /// Model assumptions about buckets.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-bucket-1",
            "80 MB a second follow the first byte, whose latency the design sets.",
        ),
        assume("MA-bucket-2", "Expired objects are deleted at once."),
    ];
}

impl Part for Bucket {
    from_fields!(title);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(bucket_arn(id))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("objects.{id}.{field}");
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let good = (3..=63).contains(&id.len())
            && id.chars().all(is_name)
            && !id.starts_with('-')
            && !id.ends_with('-');
        checker.must(good, &format!("objects.{id}"), || {
            format!(
                "InvalidBucketName: The specified bucket is not valid: {id:?}. A name has 3 to 63 \
                 lower-case letters, digits and hyphens."
            )
        });
        let day = Span::from_secs(86_400);
        let whole = |after: Span| after >= day && after.0.is_multiple_of(day.0);
        let good = self.expires_after.is_none_or(|after| whole(after.0));
        checker.must(good, &path("expires_after"), || {
            "InvalidArgument: 'Days' for Expiration action must be a positive integer.".into()
        });
        checker.must(self.latency.0 <= Span::from_secs(60), &path("latency"), || {
            "A latency of more than a minute is not modelled: give the bucket an outage.".into()
        });
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        answers.add(
            "aws s3api head-bucket",
            json!({ "BucketArn": bucket_arn(id), "BucketRegion": REGION,
                    "AccessPointAlias": false }),
        );
        let lifecycle = match self.days() {
            Some(days) => json!({ "Rules": [{
                "ID": "claims",
                "Filter": { "Prefix": CLAIM_KEY.trim_end_matches("{order}") },
                "Status": "Enabled",
                "Expiration": { "Days": days },
            }] }),
            None => {
                json!("NoSuchLifecycleConfiguration: The lifecycle configuration does not exist")
            }
        };
        answers.add("aws s3api get-bucket-lifecycle-configuration", lifecycle);
        let ours = json!({ "latency": self.latency });
        answers.add("how long a request takes (not AWS's: a model assumption)", ours);
    }

    /// None: AWS does not have the latency, and the calls of S3 are not modelled.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }
}

impl Bucket {
    /// `Days` of the lifecycle rule; `None` without a rule.
    #[must_use]
    pub fn days(&self) -> Option<u64> {
        self.expires_after.map(|after| after.0.as_secs() / 86_400)
    }
}

impl Design {
    /// Bucket that holds the payloads of orders; `None` if messages carry them.
    #[must_use]
    pub fn claims(&self) -> Option<&str> {
        let store = self.intakes.values().next()?.store.as_ref()?;
        let bucket = self.stores.get(store)?.claim_check.as_ref()?;
        self.objects.contains_key(&bucket.id).then_some(bucket.id.as_str())
    }

    /// Bucket that a consumer fetches from; `None` if no message that reaches the consumer, or the queue it
    /// polls, references a payload. Messages in a dead-letter queue are assumed to reference one.
    #[must_use]
    pub(crate) fn fetches(&self, consumer: &PartPath) -> Option<&str> {
        let bucket = self.claims()?;
        let from = self.part(consumer)?.takes_from().unwrap_or_else(|| consumer.clone());
        let details: Vec<Value> = self
            .load
            .orders
            .iter()
            .filter_map(|class| serde_json::from_str(&class.detail).ok())
            .collect();
        let refers = |sent: Option<Value>| sent.is_none_or(|b| b.to_string().contains(CLAIM_KEY));
        let mut parts = self.parts().into_iter();
        let is_told = parts.any(|(path, part)| {
            let hands = part.hands_to().contains(&from);
            let gives_up = from.kind == PartKind::Queue && part.gives_up_to().contains(&&from.id);
            gives_up
                || hands
                    && details
                        .iter()
                        .any(|detail| refers(part.sends_to(&path.id, &from, detail, self)))
        });
        is_told.then_some(bucket)
    }

    /// Statement that lets a consumer's role fetch the payloads that its messages reference (REF-02); `None`
    /// if they reference none.
    pub(super) fn may_fetch(&self, consumer: &PartPath) -> Option<String> {
        let bucket = self.fetches(consumer)?;
        Some(may(r#"["s3:GetObject"]"#, &format!("{}/*", bucket_arn(bucket))))
    }
}
