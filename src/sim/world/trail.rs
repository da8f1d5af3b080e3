//! Trails: CloudTrail's log of the account's control plane, and its count of the data plane's events (CT-01
//! to CT-03).
//!
//! A record is delivered five minutes after its call. AWS says about five minutes and guarantees nothing: the
//! constant delay is a *model assumption* (MA-trail-1). Data events are counted and billed, but not listed. A
//! request that is billed in several chunks counts once per chunk, which is a *model assumption*
//! (MA-trail-2).

use std::collections::BTreeSet;

use super::id::{IdOf, Numbered};
use super::part::{Measure, Part};
use super::{PartId, PartKind, World};
use crate::aws::billing::Item;
use crate::design;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{EventView, PartView, TrailView};

/// Time from a call to the delivery of its record.
const DELIVERY: Span = Span::from_secs(300);

/// A trail in a run.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a trail in the design.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub management_events: bool,
    pub data_events: bool,
}

/// State of a trail during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Instants of the logged calls, and their indices in the account's event history.
    logged: Vec<(Time, usize)>,
    /// Data events that it had logged when it last stopped logging them.
    data_before: u64,
    /// Data events of the account when the trail last began to log them.
    data_from: u64,
}

impl Trail {
    fn data_events(&self, world: &World) -> u64 {
        let State { data_before, data_from, .. } = self.state;
        if self.settings.data_events {
            data_before + world.bill.data_events().saturating_sub(data_from)
        } else {
            data_before
        }
    }

    fn delivered(&self, now: Time) -> u64 {
        let logged = self.state.logged.iter();
        logged.filter(|(at, _)| *at + DELIVERY <= now).count() as u64
    }
}

impl Numbered for Trail {
    type Design = design::Trail;
}

impl Part for Trail {
    const KIND: PartKind = PartKind::Trail;

    const COLUMNS: &[&str] = &["events", "delivered", "data_events"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("events", |_, trail| trail.state.logged.len() as f64),
        ("delivered", |world, trail| trail.delivered(world.now) as f64),
        ("data_events", |world, trail| trail.data_events(world) as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let logged: BTreeSet<usize> = self.state.logged.iter().map(|(_, index)| *index).collect();
        let history = world.control_plane.history.iter().enumerate();
        let event = |(index, called): (usize, &super::Called)| EventView {
            called: called.clone(),
            delivered_at: logged.contains(&index).then(|| called.at + DELIVERY),
        };
        Some(PartView::Trail(TrailView {
            events: self.state.logged.len() as u64,
            delivered: self.delivered(world.now),
            data_events: self.settings.data_events.then(|| self.data_events(world)),
            history: history.map(event).collect(),
        }))
    }

    /// Checks that every record belongs to a call in the account's event history.
    fn broken_invariant(&self, world: &World) -> Option<String> {
        let history = &world.control_plane.history;
        let strange = self.state.logged.iter().find(|(at, index)| {
            history.get(*index).is_none_or(|called| called.at != *at || *at > world.now)
        })?;
        Some(format!("{} has a record at {} without a call", self.path(world), strange.0))
    }

    fn retune(&mut self, new: Self, world: &mut World) {
        let was = self.data_events(world);
        let begins = new.settings.data_events && !self.settings.data_events;
        if begins {
            self.state.data_from = world.bill.data_events();
        } else if !new.settings.data_events {
            self.state.data_before = was;
        }
        self.settings = new.settings;
    }

    fn resume(world: &mut World, _: IdOf<Self>) {
        world.audit();
    }
}

impl World {
    /// Tells the bill how many trails log data events: every one of them is billed for each event.
    pub(super) fn audit(&mut self) {
        let trails = self.trails.iter().filter(|trail| trail.settings.data_events).count();
        self.bill.audit(trails as u64);
    }

    /// Logs the latest call of the control plane in every trail that logs management events. The first copy
    /// is free.
    pub(super) fn log_call(&mut self, at: Time, index: usize) {
        let mut copies = 0_u64;
        for trail in &mut self.trails {
            if trail.settings.management_events {
                trail.state.logged.push((at, index));
                copies += 1;
            }
        }
        self.bill.count(Item::CloudTrailCopies, copies.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests;
