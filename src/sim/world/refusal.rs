//! Refusals: why a target refuses a message. A policy or a fault refuses it before its request counts; after
//! that a quota may.

use super::delivery::Access;
use super::queue::By;
use super::{Target, World};
use crate::aws::iam::Verdict;
use crate::aws::sqs::NO_DEDUPLICATION;
use crate::fault::FaultKind;

/// Reason why a target refuses a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unavailable,
    Throttled,
    NoPermission,
    WrongKey,
    /// A FIFO queue without content-based deduplication receives no deduplication id (EB-52).
    NoDeduplication,
    /// A rule would send an event on to a third account (EB-55).
    ThirdAccount,
}

impl Refusal {
    /// Whether the delivery is retried (EB-41, SNS-13). That a request which the queue rejects as invalid is
    /// not sent again is a *model assumption* (MA-delivery-1).
    pub fn is_retried(self) -> bool {
        matches!(self, Self::Unavailable | Self::Throttled)
    }

    /// `ERROR_MESSAGE` in a DLQ's message (EB-43).
    pub fn words(self) -> &'static str {
        match self {
            Self::Unavailable => "The target did not answer in time.",
            Self::Throttled => "Rate exceeded.",
            Self::NoPermission => "EventBridge may not send to the target.",
            Self::WrongKey => "EventBridge may not use the key of the target.",
            Self::NoDeduplication => NO_DEDUPLICATION,
            Self::ThirdAccount => "An event from another account cannot go on to a third one.",
        }
    }

    /// `ERROR_CODE` in a DLQ's message (EB-43).
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "TIMEOUT",
            Self::Throttled => "THROTTLING",
            Self::NoPermission => "NO_PERMISSIONS",
            Self::WrongKey | Self::NoDeduplication => "SDK_CLIENT_ERROR",
            Self::ThirdAccount => "THIRD_ACCOUNT_HOP_DETECTED",
        }
    }
}

impl World {
    /// Returns the reason why a policy or a fault of the target refuses a message now, if any.
    pub(super) fn refusal(
        &self,
        target: Target,
        access: Access,
        order: u32,
        attempt: u32,
    ) -> Option<Refusal> {
        if access.permitted != Verdict::Allowed {
            return Some(Refusal::NoPermission);
        }
        if access.key != Verdict::Allowed {
            return Some(Refusal::WrongKey);
        }
        let part = self.target_part(target);
        if self.is_healthy(part) {
            return None;
        }
        if self.is_broken(FaultKind::Deny, part) {
            Some(Refusal::NoPermission)
        } else if self.is_broken(FaultKind::WrongKey, part) {
            Some(Refusal::WrongKey)
        } else if self.is_broken(FaultKind::Outage, part) {
            Some(Refusal::Unavailable)
        } else if !matches!(target, Target::Function(_))
            && self.fails_by_chance(FaultKind::Throttle, part, order, attempt)
        {
            // A throttled function still takes events into its own queue (LAM-36).
            Some(Refusal::Throttled)
        } else {
            None
        }
    }

    /// Returns the reason why a target refuses a request, and counts the request against its quota if neither a
    /// policy nor a fault refuses it.
    pub(super) fn refusal_of_request(
        &mut self,
        target: Target,
        access: Access,
        (order, attempt): (u32, u32),
        shape: u16,
    ) -> Option<Refusal> {
        let refusal = self.refusal(target, access, order, attempt);
        refusal.or_else(|| (!self.admits(target, order, shape)).then_some(Refusal::Throttled))
    }

    /// Whether a target is a FIFO queue that requires a deduplication id. Rules have none to give (EB-52), so
    /// it refuses their messages.
    pub(super) fn lacks_deduplication(&self, target: Target) -> bool {
        let Target::Queue(index) = target else { return false };
        let queue = &self.queues[index];
        queue.rules.is_fifo() && queue.settings.deduplicates == By::Id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::iam::{Side, Verdict};
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{HAND, LINE, break_part, bus_line, measure, names, world_of};

    /// EB-41, SNS-13: of several reasons the one counts that no retry can change.
    #[test]
    fn policy_comes_before_key_and_both_before_what_may_pass() {
        let mut world = world_of(LINE);
        let target = Target::Queue(Id::new(0));
        let verdict =
            |may: bool| if may { Verdict::Allowed } else { Verdict::NotAllowed(Side::Identity) };
        let refusal = |world: &World, permitted, key| {
            let access = Access { permitted: verdict(permitted), key: verdict(key) };
            world.refusal(target, access, 0, 1)
        };
        assert_eq!(refusal(&world, true, true), None);
        for (kind, expected) in [
            (FaultKind::Throttle, Refusal::Throttled),
            (FaultKind::Outage, Refusal::Unavailable),
            (FaultKind::WrongKey, Refusal::WrongKey),
            (FaultKind::Deny, Refusal::NoPermission),
        ] {
            break_part(&mut world, kind, "queues.work", 60);
            assert_eq!(refusal(&world, true, true), Some(expected), "with {kind:?} as well");
        }
        assert_eq!(refusal(&world, true, false), Some(Refusal::WrongKey));
        assert_eq!(refusal(&world, false, false), Some(Refusal::NoPermission));
    }

    /// EB-41, EB-43.
    #[test]
    fn a_refusal_has_its_code_and_some_are_tried_again() {
        for (refusal, code, is_retried) in [
            (Refusal::Unavailable, "TIMEOUT", true),
            (Refusal::Throttled, "THROTTLING", true),
            (Refusal::NoPermission, "NO_PERMISSIONS", false),
            (Refusal::WrongKey, "SDK_CLIENT_ERROR", false),
            (Refusal::NoDeduplication, "SDK_CLIENT_ERROR", false),
        ] {
            assert_eq!((refusal.code(), refusal.is_retried()), (code, is_retried));
        }
    }

    /// LAM-36: events wait in the function's own queue.
    #[test]
    fn a_throttled_function_still_takes_events() {
        let mut world = world_of(&format!("{LINE}{HAND}"));
        break_part(&mut world, FaultKind::Throttle, "functions.hand", 60);
        let target = Target::Function(Id::new(0));
        assert_eq!(world.refusal(target, Access::FULL, 0, 1), None);
    }

    /// EB-52.
    #[test]
    fn only_a_fifo_queue_that_does_not_look_at_the_content_wants_an_id() {
        for (settings, lacks) in [
            ("", false),
            ("fifo_queue = true\n", true),
            ("fifo_queue = true\ncontent_based_deduplication = true\n", false),
        ] {
            let world = world_of(&format!("{LINE}{settings}"));
            assert_eq!(world.lacks_deduplication(Target::Queue(Id::new(0))), lacks, "{settings}");
        }
    }

    /// SQS-66, SQS-67: whoever sends is refused; in high-throughput mode only the group that sends too much.
    #[test]
    fn a_fifo_queue_takes_its_quota_in_a_second() {
        let high =
            "deduplication_scope = 'messageGroup'\nfifo_throughput_limit = 'perMessageGroupId'\n";
        for (settings, expected) in [("", [false; 4]), (high, [false, true, true, true])] {
            let text = format!("{LINE}fifo_queue = true\nsend_message_quota = 2\n{settings}");
            let mut world = world_of(&text);
            let mut send = |order: u32| {
                let target = Target::Queue(Id::new(0));
                world.refusal_of_request(target, Access::FULL, (order, 1), DETAIL).is_none()
            };
            for _ in 0..4 {
                send(0);
            }
            let orders = [0, 1, 2, 3].map(&mut send);
            assert_eq!(orders, expected, "{settings}");
        }
    }

    /// EB-04: `PutEvents` over the quota is refused, and a standard queue has none.
    #[test]
    fn a_bus_takes_its_quota_in_a_second_and_a_standard_queue_anything() {
        let bus = bus_line().replace("[buses.main]\n", "[buses.main]\nput_events_quota = 1\n");
        let mut world = world_of(&bus);
        let mut refused = |target| world.refusal_of_request(target, Access::FULL, (0, 1), DETAIL);
        let (bus, queue) = (Target::Bus(Id::new(0)), Target::Queue(Id::new(0)));
        assert_eq!([bus, bus].map(&mut refused), [None, Some(Refusal::Throttled)]);
        assert_eq!([queue; 3].map(&mut refused), [None; 3]);
        assert_eq!(measure(&world, "buses.main.throttled"), 1);
        assert_eq!(names(&world), ["put-events-throttled"]);
    }
}
