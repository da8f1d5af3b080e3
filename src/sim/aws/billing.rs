//! The bill: a count of every billable action, and an illustrative price for each.
//!
//! The prices are list prices of us-east-1 as quoted by secondary pages on [`PRICES_OF`]; AWS's own
//! pages are authoritative. Free tiers are left out, because they say nothing about a design.

use crate::assumption::{Assumption, assume};

/// Date of the prices.
pub const PRICES_OF: &str = "2026-11-23";

/// A billable action, with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// COST-01: events published, in chunks of 64 KB.
    EventBridgeEvents,
    /// COST-03: every request, empty receives included; a batch is one request.
    SqsRequests,
    SqsFifoRequests,
    LambdaRequests,
    /// In MB-milliseconds; priced by the GB-second (COST-06).
    LambdaDuration,
    /// COST-07: transitions of Standard workflows, retries included.
    StateTransitions,
    ExpressRequests,
    /// In MB-milliseconds, rounded up to 64 MB and 100 ms (COST-07).
    ExpressDuration,
    /// COST-08.
    SnsPublishes,
    /// By the request only; AWS's charges for payload and subscriptions of a FIFO topic are not
    /// modelled.
    SnsFifoPublishes,
    SnsHttpDeliveries,
    SnsEmailDeliveries,
    SnsPushDeliveries,
    SnsSmsDeliveries,
    /// COST-10.
    DynamoDbWrites,
    /// COST-11.
    KmsRequests,
    /// A customer managed key, by the minute of a 30-day month (COST-11).
    KmsKeyMinutes,
    /// An alarm, by the same minute (COST-09).
    AlarmMinutes,
    /// A worker's container, by the minute it runs. A quarter of a vCPU and half a GB on Fargate is
    /// a *model assumption* (MA-bill-1).
    ContainerMinutes,
    /// COST-02: records that passed a pipe's filter, in chunks of 64 KB.
    PipesRequests,
    /// COST-09: bytes ingested by log groups; 2^30 of them are a GB, a *model assumption* (MA-bill-2).
    LogIngestion,
    /// COST-09: KB of stored logs, compressed, by the minute of a 30-day month.
    LogStorage,
    /// Bytes scanned by data protection policies, $0.12 per GB (COST-09).
    LogScans,
    /// COST-10: requests to a bucket, refused puts and gets of what is gone included.
    S3Puts,
    S3Gets,
    /// What a bucket stores, by the KB and the minute of a 30-day month (COST-10).
    S3KilobyteMinutes,
    /// CT-01: data events that trails deliver, $0.10 per 100,000.
    CloudTrailDataEvents,
    /// Management events that a trail delivers after another: the first copy is free, each further one $2.00
    /// per 100,000.
    CloudTrailCopies,
    /// COST-02: bytes that archives take in, $0.10 per GB.
    ArchivedBytes,
    /// COST-02: what archives store, by the KB and the minute of a 30-day month, $0.023 per GB-month.
    ArchiveKilobyteMinutes,
    /// COST-02: replayed events, in chunks of 64 KB, $1.00 per million.
    ReplayedEvents,
    /// A composite alarm, by the minute of a 30-day month (COST-09).
    CompositeAlarmMinutes,
    /// Requests to an HTTP API in increments of 512 KB, $1.00 per million by a whitepaper of AWS, read on
    /// 2026-11-28. That an intake which stores orders is an HTTP API, and no REST API at $3.50, is a *model
    /// assumption* (MA-bill-3).
    ApiGatewayRequests,
    /// COST-10: reads of items in halves of a unit, which an eventually consistent read of 4 KB is.
    DynamoDbHalfReads,
}

impl Item {
    /// Whether each unit is a call that a trail can log as a data event (CT-02, CT-03).
    fn is_data_event(self) -> bool {
        matches!(
            self,
            Self::SqsRequests
                | Self::SqsFifoRequests
                | Self::LambdaRequests
                | Self::SnsPublishes
                | Self::SnsFifoPublishes
        )
    }
}

/// Model assumptions about items.
pub const ASSUMES: &[(Item, Assumption)] = &[
    (
        Item::ContainerMinutes,
        assume("MA-bill-1", "A container has a quarter of a vCPU and half a GB, on Fargate."),
    ),
    (Item::LogIngestion, assume("MA-bill-2", "A GB of logs is 2^30 bytes.")),
    (
        Item::ApiGatewayRequests,
        assume("MA-bill-3", "An intake with a store is an HTTP API, and not a REST API."),
    ),
];

/// All items with their names in `simulate`'s JSON and their unit price in femtodollars (10⁻¹⁵).
pub const PRICES: &[(Item, &str, u64)] = &[
    (Item::EventBridgeEvents, "eventbridge_events", 1_000_000_000),
    (Item::SqsRequests, "sqs_requests", 400_000_000),
    (Item::SqsFifoRequests, "sqs_fifo_requests", 500_000_000),
    (Item::LambdaRequests, "lambda_requests", 200_000_000),
    // $0.0000166667 per GB-second of 1,024,000 MB-milliseconds.
    (Item::LambdaDuration, "lambda_mb_ms", 16_276),
    (Item::StateTransitions, "state_transitions", 25_000_000_000),
    (Item::ExpressRequests, "express_requests", 1_000_000_000),
    (Item::ExpressDuration, "express_mb_ms", 16_279),
    (Item::SnsPublishes, "sns_publishes", 500_000_000),
    (Item::SnsFifoPublishes, "sns_fifo_publishes", 300_000_000),
    (Item::SnsHttpDeliveries, "sns_http_deliveries", 600_000_000),
    (Item::SnsEmailDeliveries, "sns_email_deliveries", 20_000_000_000),
    (Item::SnsPushDeliveries, "sns_push_deliveries", 500_000_000),
    // Counted but not priced: the price depends on the country.
    (Item::SnsSmsDeliveries, "sns_sms_deliveries", 0),
    (Item::DynamoDbWrites, "dynamodb_writes", 625_000_000),
    (Item::KmsRequests, "kms_requests", 3_000_000_000),
    (Item::KmsKeyMinutes, "kms_key_minutes", 23_148_148_148),
    (Item::AlarmMinutes, "alarm_minutes", 2_314_814_815),
    // $0.04048 per vCPU-hour, $0.004445 per GB-hour.
    (Item::ContainerMinutes, "container_minutes", 205_708_333_333),
    (Item::PipesRequests, "pipes_requests", 400_000_000),
    (Item::LogIngestion, "log_bytes_ingested", 465_661),
    (Item::LogStorage, "log_kb_minutes", 662),
    (Item::LogScans, "log_bytes_scanned", 111_759),
    (Item::S3Puts, "s3_puts", 5_000_000_000),
    (Item::S3Gets, "s3_gets", 400_000_000),
    // $0.023 per GB-month of 1,048,576 KB and 43,200 minutes.
    (Item::S3KilobyteMinutes, "s3_kb_minutes", 508),
    (Item::CloudTrailDataEvents, "cloudtrail_data_events", 1_000_000_000),
    (Item::CloudTrailCopies, "cloudtrail_copies", 20_000_000_000),
    (Item::ArchivedBytes, "archive_bytes", 93_132),
    (Item::ArchiveKilobyteMinutes, "archive_kb_minutes", 508),
    (Item::ReplayedEvents, "replayed_events", 1_000_000_000),
    // $0.50 a month of 43,200 minutes.
    (Item::CompositeAlarmMinutes, "composite_alarm_minutes", 11_574_074_074),
    (Item::ApiGatewayRequests, "api_gateway_requests", 1_000_000_000),
    (Item::DynamoDbHalfReads, "dynamodb_half_reads", 62_500_000),
];

/// Number of units used of each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    counts: [u64; PRICES.len()],
    /// Trails that log data events.
    auditors: u64,
    /// Calls that a trail can log as data events, whether one does or not.
    data_events: u64,
}

impl Default for Bill {
    fn default() -> Self {
        Self { counts: [0; PRICES.len()], auditors: 0, data_events: 0 }
    }
}

impl Bill {
    /// Adds `more` of an item, in the unit its variant documents.
    pub fn count(&mut self, item: Item, more: u64) {
        if let Some(count) = self.counts.get_mut(item as usize) {
            *count += more;
        }
        if item.is_data_event() {
            self.data_events += more;
            if let Some(count) = self.counts.get_mut(Item::CloudTrailDataEvents as usize) {
                *count += more * self.auditors;
            }
        }
    }

    /// From now on so many trails are billed for every data event.
    pub fn audit(&mut self, trails: u64) {
        self.auditors = trails;
    }

    /// Calls that a trail can log as data events, whether one does or not (CT-02, CT-03).
    #[must_use]
    pub fn data_events(&self) -> u64 {
        self.data_events
    }

    /// Every item with its name, its count and its cost in microdollars.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, u64, u64)> + '_ {
        let lines = PRICES.iter().zip(self.counts);
        lines.map(|((_, name, price), count)| (*name, count, microdollars(count, *price)))
    }

    /// Total cost in microdollars.
    #[must_use]
    pub fn total(&self) -> u64 {
        let lines = PRICES.iter().zip(self.counts);
        let femtodollars: u128 =
            lines.map(|((.., price), count)| u128::from(*price) * u128::from(count)).sum();
        (femtodollars / 1_000_000_000) as u64
    }
}

fn microdollars(count: u64, price: u64) -> u64 {
    (u128::from(count) * u128::from(price) / 1_000_000_000) as u64
}

/// Number of 64 KB chunks a payload is billed as (COST-01, COST-03).
#[must_use]
pub fn chunks(bytes: usize) -> u64 {
    (bytes.div_ceil(65_536)).max(1) as u64
}

/// Requests that a call of an HTTP API is billed as: one per 512 KB, rounded up.
#[must_use]
pub fn api_requests(bytes: usize) -> u64 {
    bytes.div_ceil(524_288).max(1) as u64
}

/// Write units of an item: one per KB, rounded up (COST-10).
#[must_use]
pub fn write_units(bytes: usize) -> u64 {
    bytes.div_ceil(1_024).max(1) as u64
}

/// Halves of a read unit of an item: one per 4 KB, rounded up, and two where it is strongly consistent (COST-10).
#[must_use]
pub fn half_reads(bytes: usize, is_consistent: bool) -> u64 {
    bytes.div_ceil(4_096).max(1) as u64 * if is_consistent { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_counted_in_halves_of_four_kilobytes() {
        let reads = [(0, false), (4_096, false), (4_097, false), (4_097, true)];
        assert_eq!(reads.map(|(bytes, consistent)| half_reads(bytes, consistent)), [1, 1, 2, 4]);
    }

    #[test]
    fn every_item_has_its_own_line() {
        for (place, (item, ..)) in PRICES.iter().enumerate() {
            assert_eq!(*item as usize, place);
        }
    }

    #[test]
    fn the_arithmetic_of_the_course_comes_out() {
        let mut standard = Bill::default();
        // COST-13: six states for a million orders cost 150 dollars; Express, at a second and 64 MB
        // each, two.
        standard.count(Item::StateTransitions, 6_000_000);
        assert_eq!(standard.total(), 150_000_000);
        let mut express = Bill::default();
        express.count(Item::ExpressRequests, 1_000_000);
        express.count(Item::ExpressDuration, 64 * 1_000 * 1_000_000);
        assert!((2_000_000..2_100_000).contains(&express.total()), "{}", express.total());
        assert_eq!([0, 1, 524_288, 524_289].map(api_requests), [1, 1, 1, 2]);
        assert_eq!([0, 1, 65_536, 65_537, 256 * 1024].map(chunks), [1, 1, 1, 2, 4]);
    }
}
