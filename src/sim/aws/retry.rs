//! How long AWS's services wait before they deliver again. What lies between the documented figures
//! is a *model assumption*, named where it stands.

use crate::kernel::time::Span;

/// What a rule's target is retried (EB-40): until so many retries or so much time, whichever is first.
pub const EVENT_AGE_MAX: Span = Span::from_secs(86_400);
pub const EVENT_RETRIES_MAX: u32 = 185;

/// The wait before retry `retry`, from 1, of a rule's target: doubling from one second to eight and a
/// half minutes, before jitter. The curve is not documented (SIM-06); this one fits 185 tries into a
/// day.
#[must_use]
pub fn event_wait(retry: u32) -> Span {
    Span::from_secs(1 << retry.saturating_sub(1).min(9))
}

/// Who is at the end of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// SQS, Lambda, Firehose (SNS-10).
    AwsManaged,
    /// SMTP, SMS, mobile push (SNS-11).
    CustomerManaged,
    /// The one kind with a policy of its own (SNS-12).
    Http { retries: u32, delay: Span },
}

/// The wait before retry `retry`, from 1, of a delivery; `None` when there is none.
///
/// Between the documented ends of a back-off the steps are those of an exponential curve, rounded to
/// seconds (SIM-07).
#[must_use]
pub fn notification_wait(endpoint: Endpoint, retry: u32) -> Option<Span> {
    /// Ten steps from 1 to 20 s and from 10 to 600 s, each so many times the one before.
    const AWS_MANAGED: [u64; 10] =
        [1_000, 1_395, 1_946, 2_714, 3_786, 5_282, 7_368, 10_278, 14_338, 20_000];
    const CUSTOMER_MANAGED: [u64; 10] =
        [10_000, 15_760, 24_840, 39_150, 61_700, 97_240, 153_260, 241_550, 380_700, 600_000];
    let step =
        |table: &[u64; 10], index: u32| table.get(index as usize).copied().map(Span::from_millis);
    match endpoint {
        // 100,015 attempts: the first, then 3 at once, 2 after a second, 10, and the rest.
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

/// The wait before another try of an asynchronous invocation that failed: one minute, then two
/// (LAM-31).
#[must_use]
pub fn function_error_wait(retry: u32) -> Span {
    Span::from_secs(60 * u64::from(retry.max(1)))
}

/// The same after a throttle: from one second to five minutes, doubling (LAM-32, SIM-08). An event
/// source mapping waits as long between its tries (SIM-05).
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
