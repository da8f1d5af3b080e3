//! Delays between deliveries. Values between the documented figures are *model assumptions* (MA-rule-1,
//! MA-subscription-1, MA-function-4).

use crate::kernel::time::Span;

/// Default and maximum age of an event that a rule's target retries (EB-40). Age or retries,
/// whichever limit comes first.
pub const EVENT_AGE_MAX: Span = Span::from_secs(86_400);
/// Default and maximum number of retries of a rule's target (EB-40).
pub const EVENT_RETRIES_MAX: u32 = 185;

/// Delay before retry `retry`, counted from 1, of a rule's target: from one second, doubling to
/// eight and a half minutes, before jitter. The curve is not documented (SIM-06, MA-rule-1); this one
/// fits 185 attempts into a day.
#[must_use]
pub fn event_wait(retry: u32) -> Span {
    Span::from_secs(1 << retry.saturating_sub(1).min(9))
}

/// Kind of endpoint of a subscription, which decides its delivery policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// SQS, Lambda, Firehose (SNS-10).
    AwsManaged,
    /// SMTP, SMS, mobile push (SNS-11).
    CustomerManaged,
    /// HTTP and HTTPS: the one kind with a delivery policy of its own (SNS-12).
    Http { retries: u32, delay: Span },
}

/// Delay before retry `retry`, counted from 1, of a delivery; `None` after the last.
///
/// Between the documented ends of a back-off phase, the delays follow an exponential curve, rounded
/// to seconds (SIM-07, MA-subscription-1).
#[must_use]
pub fn notification_wait(endpoint: Endpoint, retry: u32) -> Option<Span> {
    /// Ten steps from 1 to 20 s, and ten from 10 to 600 s, each growing by a constant factor.
    const AWS_MANAGED: [u64; 10] =
        [1_000, 1_395, 1_946, 2_714, 3_786, 5_282, 7_368, 10_278, 14_338, 20_000];
    const CUSTOMER_MANAGED: [u64; 10] =
        [10_000, 15_760, 24_840, 39_150, 61_700, 97_240, 153_260, 241_550, 380_700, 600_000];
    let step =
        |table: &[u64; 10], index: u32| table.get(index as usize).copied().map(Span::from_millis);
    match endpoint {
        // 100,015 attempts: the first, 3 without delay, 2 after a second each, 10 with back-off,
        // then the rest.
        Endpoint::AwsManaged => match retry {
            1..=3 => Some(Span::ZERO),
            4..=5 => Some(Span::from_secs(1)),
            6..=15 => step(&AWS_MANAGED, retry - 6),
            16..100_015 => Some(Span::from_secs(20)),
            _ => None,
        },
        // 50 attempts over six hours.
        Endpoint::CustomerManaged => match retry {
            1..=2 => Some(Span::from_secs(10)),
            3..=12 => step(&CUSTOMER_MANAGED, retry - 3),
            13..50 => Some(Span::from_secs(600)),
            _ => None,
        },
        Endpoint::Http { retries, delay } => (retry <= retries).then_some(delay),
    }
}

/// Delay before another attempt of an asynchronous invocation that failed: one minute, then two
/// (LAM-31).
#[must_use]
pub fn function_error_wait(retry: u32) -> Span {
    Span::from_secs(60 * u64::from(retry.max(1)))
}

/// Delay after a throttle: from one second, doubling to five minutes (LAM-32, SIM-08). An event
/// source mapping uses the same delays (SIM-05, MA-function-4).
#[must_use]
pub fn throttle_wait(retry: u32) -> Span {
    Span::from_secs((1 << retry.saturating_sub(1).min(9)).min(300))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(endpoint: Endpoint) -> (u32, u64) {
        let mut seconds = 0;
        let mut attempts = 1;
        while let Some(wait) = notification_wait(endpoint, attempts) {
            attempts += 1;
            seconds += wait.as_secs();
        }
        (attempts, seconds)
    }

    #[test]
    fn endpoints_are_tried_as_often_as_documented() {
        let (aws, seconds) = attempts(Endpoint::AwsManaged);
        assert_eq!(aws, 100_015);
        assert_eq!(seconds / 86_400, 23, "days");
        let (customer, seconds) = attempts(Endpoint::CustomerManaged);
        assert_eq!(customer, 50);
        assert!((6 * 3_600..7 * 3_600 + 1_800).contains(&seconds), "{seconds} s");
        let http = Endpoint::Http { retries: 3, delay: Span::from_secs(20) };
        assert_eq!(attempts(http), (4, 60));
    }

    #[test]
    fn a_day_is_enough_for_nearly_all_retries_of_a_target() {
        let day: u64 = (1..=EVENT_RETRIES_MAX).map(|retry| event_wait(retry).as_secs()).sum();
        assert!((20 * 3_600..27 * 3_600).contains(&day), "{day} s");
        assert_eq!(event_wait(1), Span::from_secs(1));
    }

    #[test]
    fn functions_wait_as_documented() {
        assert_eq!([1, 2].map(|n| function_error_wait(n).as_secs()), [60, 120]);
        assert_eq!([1, 2, 9, 10, 50].map(|n| throttle_wait(n).as_secs()), [1, 2, 256, 300, 300]);
    }
}
