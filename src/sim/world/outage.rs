//! Faults in a run: when they begin and end, and what they do to whoever asks.

use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::fault::{Fault, FaultKind};
use crate::kernel::random::Purpose;
use crate::kernel::time::Time;

/// Four calls of ten fail under the fault `errors`, unless it says otherwise.
const ERRORS_PER_MILLION: u32 = 400_000;
/// How much longer a call takes under the fault `slow`, unless it says otherwise.
const SLOWNESS: u32 = 10;

impl World {
    /// Whether a part has a fault of a kind just now.
    pub(super) fn is_broken(&self, kind: FaultKind, part: PartId) -> bool {
        self.broken.get(part.0 as usize).is_some_and(|broken| broken & (1 << kind as u16) != 0)
    }

    pub(super) fn is_healthy(&self, part: PartId) -> bool {
        self.broken.get(part.0 as usize).is_none_or(|broken| *broken == 0)
    }

    /// The fault of a kind that a part has just now.
    fn active(&self, kind: FaultKind, part: PartId) -> Option<&Fault> {
        let part = self.topology.part(part)?;
        let mut faults = self.faults.iter().rev();
        faults.find(|fault| fault.kind == kind && part.is(&fault.part) && fault.is_active(self.now))
    }

    /// Whether this call is one of those that fail, or are throttled.
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

    /// The number of the part that an order accepted now is poison for, if there is one.
    pub(super) fn poison(&mut self) -> Option<u16> {
        let now = self.now;
        let fault = self.faults.iter_mut().find(|fault| {
            let endless = fault.span.0 == 0;
            fault.kind == FaultKind::Poison
                && fault.at <= now
                && (endless || now < fault.until())
                && fault.orders != Some(0)
        })?;
        // One order, where neither a number nor a time is given; else all of the time, or the number.
        if fault.orders.is_some() || fault.span.0 == 0 {
            fault.orders = Some(fault.orders.unwrap_or(1).saturating_sub(1));
        }
        let part = fault.part.clone();
        self.topology.number(&part).map(|part| part.0 as u16)
    }

    /// Enters a fault in the agenda: it begins at its own time, or now if that has passed.
    pub(crate) fn schedule(&mut self, fault: Fault) -> Result<(), String> {
        let Some(part) = self.topology.number(&fault.part) else {
            return Err(format!("There is no part {} in this design.", fault.part));
        };
        if !fault.kind.fits(fault.part.kind) {
            return Err(format!("{} cannot have the fault {}.", fault.part, fault.kind.word()));
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

    /// Works out anew what is wrong with a part: faults may overlap.
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

    /// The fault a service has just now.
    pub(super) fn fault_of(&self, part: PartId) -> Option<(&'static str, Time)> {
        let service = self.topology.part(part).filter(|part| part.kind() == PartKind::Service)?;
        let fault = self.active_faults().find(|fault| service.is(&fault.part))?;
        Some((fault.kind.word(), fault.until()))
    }
}
