//! Archives of buses, and replays (EB-57).
//!
//! Every event that a bus takes goes to its archives, unless their patterns leave it out or a replay put it
//! on the bus. AWS advises to wait ten minutes before recent events are replayed; that each event takes these
//! ten minutes is a *model assumption* (MA-archive-1). A replay takes the minutes of its span one after
//! another, and the events of a minute in any order.

use std::rc::Rc;

use super::bus::{Event, Since};
use super::exposure::Place;
use super::id::{BusId, Id, IdOf, Numbered, RuleId};
use super::part::{Measure, Part};
use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::aws::billing::Item;
use crate::design;
use crate::kernel::pages::Pages;
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{ArchiveView, PartView, ReplayView};

pub(crate) type ArchiveId = Id<design::Archive>;

/// An archive.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    pub part: PartId,
    pub key: u32,
    pub settings: Settings,
    pub state: State,
}

/// What a design says of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub bus: BusId,
    pub wire: u32,
    /// What it makes of each form of an event.
    pub forms: Vec<Form>,
    /// `None`: events never expire.
    pub retention: Option<Span>,
    /// Whether a replay may be started; the refusal in AWS's words.
    pub may_replay: Result<(), Rc<str>>,
}

/// What an archive makes of a form of event.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Whether its pattern takes such events, and their bytes, by kind of order.
    pub matches: Vec<bool>,
    pub bytes: Vec<u64>,
    /// What an event in it looks like.
    pub shape: u16,
}

/// What became of an archive on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Every event that it took, in the order in which the bus received them.
    log: Pages<Kept>,
    /// How many of them have expired.
    gone: usize,
    /// Events that its pattern left out, and events that had been replayed.
    filtered: u64,
    skipped: u64,
    replays: Vec<Replay>,
}

/// An event in an archive.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// When the bus received it.
    at: Time,
    order: u32,
    form: u16,
    from_abroad: bool,
    /// Bytes of all events up to here, and how many of them have a sensitive field.
    bytes: u64,
    sensitive: u64,
}

/// A replay, from its start on.
#[derive(Debug, Clone)]
struct Replay {
    name: String,
    request: Rc<design::Replay>,
    only: Option<Rc<[RuleId]>>,
    /// The events that are left, as indexes into the log, minute by minute.
    next: usize,
    end: usize,
    /// Those of the current minute, the next one last.
    minute: Vec<usize>,
    sent: u64,
    planned: u64,
    last: Option<Time>,
    completed: Option<Time>,
}

/// The next event of a replay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    archive: ArchiveId,
    replay: u32,
}

/// From a bus into an archive.
const DELIVERY: Span = Span::from_secs(600);
/// How long such an event is seen on its way.
const SEEN: Span = Span::from_millis(500);
/// From one replayed event to the next: a *model assumption* (MA-archive-2).
const BETWEEN: Span = Span::from_millis(10);
/// A replay takes its span in such pieces.
const MINUTE: u64 = 60_000_000;
/// Replays of an account that run at a time.
const REPLAYS_MAX: usize = 10;

impl Archive {
    /// The first index whose event fails a test that holds for all events up to some instant.
    fn first(&self, holds: impl Fn(Time) -> bool) -> usize {
        let log = &self.state.log;
        let (mut start, mut end) = (0, log.len());
        while start < end {
            let middle = usize::midpoint(start, end);
            if log.get(middle).is_some_and(|kept| holds(kept.at)) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }

    /// The events in it as indexes into its log: the first, and the one behind the last.
    fn stored(&self, now: Time) -> (usize, usize) {
        let gone = self.state.gone;
        (gone, self.first(|at| at + DELIVERY <= now).max(gone))
    }

    /// A sum over the events in it.
    fn sum(&self, now: Time, of: impl Fn(&Kept) -> u64) -> u64 {
        let up_to = |count: usize| {
            let last = count.checked_sub(1).and_then(|place| self.state.log.get(place));
            last.map_or(0, &of)
        };
        let (start, end) = self.stored(now);
        up_to(end) - up_to(start)
    }

    fn stored_count(&self, now: Time) -> u64 {
        let (start, end) = self.stored(now);
        (end - start) as u64
    }

    /// Events on their way into it.
    fn under_way(&self, now: Time) -> u64 {
        (self.state.log.len() - self.stored(now).1) as u64
    }

    fn bytes(&self, now: Time) -> u64 {
        self.sum(now, |kept| kept.bytes)
    }

    fn running(&self) -> usize {
        self.state.replays.iter().filter(|replay| replay.completed.is_none()).count()
    }

    fn replayed(&self) -> u64 {
        self.state.replays.iter().map(|replay| replay.sent).sum()
    }

    /// Approximate bytes of its events in addition to an earlier clone.
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.state.log.bytes_beside(before.map(|before| &before.state.log))
    }

    /// Deletes what has expired, which it does every minute: a *model assumption* (MA-archive-3).
    fn expire(&mut self, now: Time) {
        let Some(retention) = self.settings.retention else { return };
        let gone = self.first(|at| at + retention <= now);
        self.state.gone = self.state.gone.max(gone);
    }

    /// The next minute of a replay, in an order of its own.
    fn shuffled(&self, number: usize, chance: crate::kernel::random::Chance) -> Vec<usize> {
        let Some(replay) = self.state.replays.get(number) else { return Vec::new() };
        let from = Time::ZERO + replay.request.from.0;
        let minute_of =
            |place: usize| self.state.log.get(place).map(|kept| kept.at.since(from).0 / MINUTE);
        let minute = minute_of(replay.next);
        let places = (replay.next..replay.end).take_while(|place| minute_of(*place) == minute);
        let turn = |place: usize| {
            let order = self.state.log.get(place).map_or(0, |kept| kept.order);
            chance.value(self.key, order, number as u32, Purpose::Replay)
        };
        let mut places: Vec<(u64, usize)> = places.map(|place| (turn(place), place)).collect();
        places.sort_unstable();
        places.into_iter().map(|(_, place)| place).collect()
    }
}

impl Replay {
    fn view(&self) -> ReplayView {
        ReplayView {
            name: self.name.clone(),
            from: Time::ZERO + self.request.from.0,
            to: Time::ZERO + self.request.to.0,
            rules: self.request.rules.clone(),
            sent: self.sent,
            planned: self.planned,
            last: self.last,
            completed: self.completed,
        }
    }
}

impl Numbered for Archive {
    type Design = design::Archive;
}

impl Part for Archive {
    const KIND: PartKind = PartKind::Archive;

    const COLUMNS: &[&str] = &["archived", "filtered", "stored", "expired", "replays", "replayed"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("archived", |_, a| a.state.log.len() as f64),
        ("filtered", |_, a| a.state.filtered as f64),
        ("under_way", |w, a| a.under_way(w.now) as f64),
        ("stored", |w, a| a.stored_count(w.now) as f64),
        ("stored_bytes", |w, a| a.bytes(w.now) as f64),
        ("expired", |_, a| a.state.gone as f64),
        ("replays", |_, a| a.state.replays.len() as f64),
        ("running", |_, a| a.running() as f64),
        ("replayed", |_, a| a.replayed() as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let now = world.now;
        let (start, end) = self.stored(now);
        let at = |place: usize| self.state.log.get(place).map(|kept| kept.at);
        let last = end.checked_sub(1).filter(|last| *last >= start);
        Some(PartView::Archive(ArchiveView {
            stored: self.stored_count(now),
            bytes: self.bytes(now),
            under_way: self.under_way(now),
            expired: self.state.gone as u64,
            filtered: self.state.filtered,
            skipped: self.state.skipped,
            span: last.and_then(at).and_then(|last| Some((at(start)?, last))),
            retention: self.settings.retention,
            replays: self.state.replays.iter().map(Replay::view).collect(),
        }))
    }

    fn exposes(&self, world: &World) -> Option<(Place, u64)> {
        Some((Place::Archives, self.sum(world.now, |kept| kept.sensitive)))
    }

    /// It saw every event that its bus took, and its bus got every event that it replayed.
    fn broken_invariant(&self, world: &World) -> Option<String> {
        let State { log, filtered, skipped, replays, .. } = &self.state;
        let bus = &world.buses[self.settings.bus];
        let seen = log.len() as u64 + filtered + skipped;
        let all = bus.settings.archives.iter().map(|archive| world.archives[*archive].replayed());
        let replayed: u64 = all.sum();
        let adds_up = |replay: &Replay| {
            let left = replay.end - replay.next + replay.minute.len();
            replay.sent + left as u64 == replay.planned
        };
        let wrong = if seen != bus.state.published {
            format!("saw {seen} events of {}", bus.state.published)
        } else if replayed != bus.state.replayed {
            format!("and others replayed {replayed} events, and the bus got {}", bus.state.replayed)
        } else if !replays.iter().all(adds_up) {
            "lost events of a replay, or made some".to_owned()
        } else {
            return None;
        };
        Some(format!("{} {wrong}", self.path(world)))
    }

    fn objection_to(&self, new: &Self) -> Option<&'static str> {
        (self.settings.bus != new.settings.bus).then_some(
            "The source of an archive cannot be changed: create another one, and start anew.",
        )
    }

    fn retune(&mut self, new: Self, world: &mut World) {
        self.expire(world.now);
        self.settings = new.settings;
    }
}

impl World {
    /// An event that a bus took goes to its archives.
    pub(super) fn archive(&mut self, bus: BusId, event: Event) {
        for place in 0..self.buses[bus].settings.archives.len() {
            let archive = self.buses[bus].settings.archives[place];
            self.archive_in(archive, event);
        }
    }

    fn archive_in(&mut self, index: ArchiveId, event: Event) {
        let class = self.class(event.order);
        let archive = &self.archives[index];
        let (part, wire) = (archive.part, archive.settings.wire);
        let form = archive.settings.forms.get(usize::from(event.form));
        let taken = form.filter(|form| form.matches.get(class).copied().unwrap_or(false));
        let taken = taken.map(|form| (form.shape, form.bytes.get(class).copied().unwrap_or(0)));
        if event.is_replay {
            self.archives[index].state.skipped += 1;
            return;
        }
        let Some((shape, bytes)) = taken else {
            self.archives[index].state.filtered += 1;
            return;
        };
        let is_sensitive = self.is_sensitive(event.order, shape);
        let archive = &mut self.archives[index];
        let log = &mut archive.state.log;
        let last = log.len().checked_sub(1).and_then(|last| log.get(last));
        let (sum, sensitive) = last.map_or((0, 0), |kept| (kept.bytes, kept.sensitive));
        log.push(Kept {
            at: self.now,
            order: event.order,
            form: event.form,
            from_abroad: event.from_abroad,
            bytes: sum + bytes,
            sensitive: sensitive + u64::from(is_sensitive),
        });
        self.bill.count(Item::ArchivedBytes, bytes);
        self.hop(wire, event.order, 1, SEEN);
        self.occur(part, Some(event.order), Happened::Archived);
    }

    /// Every minute: what has expired is gone, and the rest is paid for.
    pub(super) fn keep_archives(&mut self) {
        for index in self.archives.ids() {
            let now = self.now;
            let archive = &mut self.archives[index];
            archive.expire(now);
            let bytes = archive.bytes(now);
            self.bill.count(Item::ArchiveKilobyteMinutes, bytes / 1_024);
        }
    }

    /// Why a replay of an archive cannot be started now, in AWS's words.
    fn refusal_of_replay(&self, index: ArchiveId) -> Option<String> {
        if let Err(sentence) = &self.archives[index].settings.may_replay {
            return Some(format!("AccessDeniedException: {sentence}"));
        }
        let running: usize = self.archives.iter().map(Archive::running).sum();
        (running >= REPLAYS_MAX).then(|| {
            format!(
                "LimitExceededException: an account has at most {REPLAYS_MAX} replays at a time."
            )
        })
    }

    /// Starts to replay what an archive has of a span; how many events those are, or why it does not.
    pub(crate) fn start_replay(&mut self, request: &design::Replay) -> Result<u64, String> {
        let found = self.topology.find(&request.archive);
        let index = self.archives.position(|archive| Some(archive.part) == found);
        let index = index.ok_or_else(|| format!("There is no {}.", request.archive))?;
        let part = self.archives[index].part;
        if let Some(sentence) = self.refusal_of_replay(index) {
            self.occur(part, None, Happened::ReplayRefused);
            return Err(sentence);
        }
        let started: usize = self.archives.iter().map(|archive| archive.state.replays.len()).sum();
        let name = format!("replay-{}", started + 1);
        self.call_for_replay(request, &name);
        let only: Vec<RuleId> = self
            .rules
            .numbered()
            .filter(|(_, rule)| request.rules.contains(&rule.id))
            .map(|(id, _)| id)
            .collect();
        let archive = &self.archives[index];
        let (from, to) = (Time::ZERO + request.from.0, Time::ZERO + request.to.0);
        let (first, behind) = archive.stored(self.now);
        let next = archive.first(|at| at < from).clamp(first, behind);
        let end = archive.first(|at| at <= to).clamp(next, behind);
        let planned = (end - next) as u64;
        let archive = &mut self.archives[index];
        let replay = archive.state.replays.len() as u32;
        archive.state.replays.push(Replay {
            name,
            request: Rc::new(request.clone()),
            only: (!request.rules.is_empty()).then(|| only.into()),
            next,
            end,
            minute: Vec::new(),
            sent: 0,
            planned,
            last: None,
            completed: None,
        });
        self.occur(part, None, Happened::ReplayStarted { events: planned as u32 });
        self.agenda.enter(self.now, Scheduled::Replay(Step { archive: index, replay }));
        Ok(planned)
    }

    /// Puts the next event of a replay on its bus.
    pub(super) fn replay_next(&mut self, step: Step) {
        let (number, now) = (step.replay as usize, self.now);
        let archive = &self.archives[step.archive];
        let (part, bus) = (archive.part, archive.settings.bus);
        let is_minute_over =
            archive.state.replays.get(number).is_some_and(|replay| replay.minute.is_empty());
        let following =
            if is_minute_over { archive.shuffled(number, self.chance) } else { Vec::new() };
        let State { log, replays, .. } = &mut self.archives[step.archive].state;
        let Some(replay) = replays.get_mut(number) else { return };
        replay.next += following.len();
        replay.minute.extend(following);
        let Some(kept) = replay.minute.pop().and_then(|place| log.get(place)).copied() else {
            replay.completed = Some(now);
            let events = replay.sent as u32;
            self.occur(part, None, Happened::ReplayCompleted { events });
            return;
        };
        replay.sent += 1;
        replay.last = Some(kept.at);
        let only = replay.only.clone();
        let Kept { order, form, from_abroad, .. } = kept;
        self.occur(part, Some(order), Happened::Replayed);
        let event = Event { order, form, from_abroad, is_replay: true, since: Since::at(now) };
        self.put_again(bus, event, only.as_deref());
        self.agenda.enter(now + BETWEEN, Scheduled::Replay(step));
    }
}

#[cfg(test)]
mod tests;
