//! Faults in a run: when they begin and end, and how they affect calls.

use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::fault::{Fault, FaultKind};
use crate::kernel::random::Purpose;
use crate::kernel::time::Time;

/// Share of calls that fail under the fault `errors` without a rate, in millionths.
const ERRORS_PER_MILLION: u32 = 400_000;
/// Factor of the fault `slow` without one of its own.
const SLOWNESS: u32 = 10;

impl World {
    /// Whether a part currently has a fault of this kind.
    pub(super) fn is_broken(&self, kind: FaultKind, part: PartId) -> bool {
        self.broken.get(part.0 as usize).is_some_and(|broken| broken & (1 << kind as u16) != 0)
    }

    pub(super) fn is_healthy(&self, part: PartId) -> bool {
        self.broken.get(part.0 as usize).is_none_or(|broken| *broken == 0)
    }

    /// The part's active fault of this kind; the latest if there are several.
    fn active(&self, kind: FaultKind, part: PartId) -> Option<&Fault> {
        let part = self.topology.part(part)?;
        let mut faults = self.faults.iter().rev();
        faults.find(|fault| fault.kind == kind && part.is(&fault.part) && fault.is_active(self.now))
    }

    /// Whether the fault fails or throttles this call.
    pub(super) fn fails_by_chance(
        &self,
        kind: FaultKind,
        part: PartId,
        order: u32,
        attempt: u32,
    ) -> bool {
        if !self.is_broken(kind, part) {
            return false;
        }
        let given = self.active(kind, part).and_then(|fault| fault.per_million);
        let (purpose, usual) = match kind {
            FaultKind::Errors => (Purpose::Failure, ERRORS_PER_MILLION),
            _ => (Purpose::Throttle, 1_000_000),
        };
        let key = self.topology.part(part).map_or(0, |part| part.key);
        self.chance.happens(given.unwrap_or(usual), (key, order, attempt), purpose)
    }

    pub(super) fn slowness(&self, part: PartId) -> u64 {
        let given = self.active(FaultKind::Slow, part).and_then(|fault| fault.factor);
        u64::from(given.unwrap_or(SLOWNESS).max(1))
    }

    /// Counts an order accepted now against a fault `poison`, and returns the part of the fault, if any.
    pub(super) fn poison(&mut self) -> Option<u16> {
        let now = self.now;
        let fault = self.faults.iter_mut().find(|fault| {
            let endless = fault.span.0 == 0;
            fault.kind == FaultKind::Poison
                && fault.at <= now
                && (endless || now < fault.until())
                && fault.orders != Some(0)
        })?;
        // A fault with a number of orders poisons that many, one with only a duration poisons every order
        // accepted during it, and one with neither poisons a single order.
        if fault.orders.is_some() || fault.span.0 == 0 {
            fault.orders = Some(fault.orders.unwrap_or(1).saturating_sub(1));
        }
        let part = fault.part.clone();
        self.topology.number(&part).map(|part| part.0 as u16)
    }

    /// Schedules a fault. It begins at its own time, or now if that has passed.
    pub(crate) fn schedule(&mut self, fault: Fault) -> Result<(), String> {
        let Some(part) = self.topology.number(&fault.part) else {
            return Err(format!("There is no part {} in this design.", fault.part));
        };
        if let Some(refusal) = self.control_plane.fault_refusal(fault.kind, &fault.part) {
            return Err(refusal);
        }
        let index = self.faults.len() as u16;
        let (at, until) = (fault.at.max(self.now), fault.until());
        self.faults.push(fault);
        if at > self.now {
            self.agenda.enter(at, Scheduled::FaultBegins { fault: index });
        } else {
            self.begin(usize::from(index), part);
        }
        if until > at {
            self.agenda.enter(until, Scheduled::FaultOver { fault: index });
        }
        Ok(())
    }

    pub(super) fn fault_begins(&mut self, index: usize) {
        let broken = self.faults.get(index).map(|fault| &fault.part);
        if let Some(part) = broken.and_then(|path| self.topology.number(path)) {
            self.begin(index, part);
        }
    }

    fn begin(&mut self, index: usize, part: PartId) {
        let Some(fault) = self.faults.get(index) else { return };
        let (kind, path) = (fault.kind, fault.part.clone());
        self.call_for_fault(kind, &path, true);
        self.occur(part, None, Happened::Broken { fault: kind });
        self.look_at(part);
    }

    pub(super) fn fault_over(&mut self, index: usize) {
        let Some(fault) = self.faults.get(index) else { return };
        let (kind, path) = (fault.kind, fault.part.clone());
        let Some(part) = self.topology.number(&path) else { return };
        self.call_for_fault(kind, &path, false);
        self.look_at(part);
        self.occur(part, None, Happened::Repaired { fault: kind });
        for function in self.functions.ids() {
            self.pull(function);
        }
        for worker in self.workers.ids() {
            self.poll(worker);
        }
    }

    /// Recomputes the active faults of a part, which may overlap.
    fn look_at(&mut self, part: PartId) {
        let Some(broken) = self.topology.part(part) else { return };
        let active =
            self.faults.iter().filter(|fault| broken.is(&fault.part) && fault.is_active(self.now));
        let bits = active.fold(0, |bits, fault| bits | 1 << fault.kind as u16);
        if let Some(broken) = self.broken.get_mut(part.0 as usize) {
            *broken = bits;
        }
    }

    pub(crate) fn all_faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }

    pub(crate) fn active_faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.is_active(self.now))
    }

    /// Active fault of a service: its word and its end.
    pub(super) fn fault_of(&self, part: PartId) -> Option<(&'static str, Time)> {
        let service = self.topology.part(part).filter(|part| part.kind() == PartKind::Service)?;
        let fault = self.active_faults().find(|fault| service.is(&fault.part))?;
        Some((fault.kind.word(), fault.until()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{HAND, LINE, break_part, fault, names, number, pass, world_of};

    fn hand() -> World {
        world_of(&format!("{LINE}{HAND}"))
    }

    #[test]
    fn of_two_faults_each_ends_at_its_own_time() {
        let mut world = hand();
        let part = number(&world, "queues.work");
        break_part(&mut world, FaultKind::Outage, "queues.work", 10);
        break_part(&mut world, FaultKind::Deny, "queues.work", 20);
        let seen = |world: &World| {
            let broken =
                [FaultKind::Outage, FaultKind::Deny].map(|kind| world.is_broken(kind, part));
            (broken, world.is_healthy(part))
        };
        assert_eq!(seen(&world), ([true, true], false));
        pass(&mut world, 10_000);
        assert_eq!(seen(&world), ([false, true], false));
        pass(&mut world, 10_000);
        assert_eq!(seen(&world), ([false, false], true));
        assert_eq!(names(&world), ["broken", "broken", "repaired", "repaired"]);
    }

    #[test]
    fn a_fault_of_a_later_time_waits_for_it() {
        let mut world = hand();
        let part = number(&world, "services.till");
        let mut later = fault(&world, FaultKind::Outage, "services.till", 5);
        later.at = Time(3_000_000);
        world.schedule(later).unwrap();
        assert!(world.is_healthy(part));
        pass(&mut world, 3_000);
        assert!(world.is_broken(FaultKind::Outage, part));
        pass(&mut world, 5_000);
        assert!(world.is_healthy(part));
    }

    #[test]
    fn a_fault_that_cannot_be_is_refused_with_a_sentence() {
        let mut world = hand();
        for (kind, path, sentence) in [
            (FaultKind::Outage, "queues.none", "There is no part queues.none in this design."),
            (FaultKind::Outage, "functions.hand", "functions.hand cannot have the fault outage."),
        ] {
            let fault = fault(&world, kind, path, 1);
            assert_eq!(world.schedule(fault), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn poison_takes_one_order_or_a_number_or_all_of_a_time() {
        for (orders, seconds, poisoned) in
            [(None, 0, 1), (Some(2), 0, 2), (Some(2), 60, 2), (None, 60, 5)]
        {
            let mut world = hand();
            let part = number(&world, "functions.hand").0 as u16;
            let mut poison = fault(&world, FaultKind::Poison, "functions.hand", seconds);
            poison.orders = orders;
            world.schedule(poison).unwrap();
            let found: Vec<u16> = (0..5).filter_map(|_| world.poison()).collect();
            assert_eq!(found, vec![part; poisoned], "{orders:?} in {seconds} s");
        }
    }

    #[test]
    fn four_calls_of_ten_fail_and_all_are_throttled_unless_a_rate_is_given() {
        let mut world = hand();
        let part = number(&world, "services.till");
        let failing = |world: &World, kind| {
            (0..10_000).filter(|order| world.fails_by_chance(kind, part, *order, 1)).count()
        };
        assert_eq!(failing(&world, FaultKind::Errors), 0);
        break_part(&mut world, FaultKind::Errors, "services.till", 60);
        break_part(&mut world, FaultKind::Throttle, "services.till", 60);
        assert!((3_800..4_200).contains(&failing(&world, FaultKind::Errors)));
        assert_eq!(failing(&world, FaultKind::Throttle), 10_000);
        let mut rare = fault(&world, FaultKind::Throttle, "services.till", 60);
        rare.per_million = Some(0);
        world.schedule(rare).unwrap();
        assert_eq!(failing(&world, FaultKind::Throttle), 0, "the last one counts");
    }

    #[test]
    fn slow_is_ten_times_unless_a_factor_is_given() {
        let mut world = hand();
        let part = number(&world, "services.till");
        break_part(&mut world, FaultKind::Slow, "services.till", 60);
        assert_eq!(world.slowness(part), 10);
        let mut slow = fault(&world, FaultKind::Slow, "services.till", 60);
        slow.factor = Some(3);
        world.schedule(slow).unwrap();
        assert_eq!(world.slowness(part), 3);
    }
}
