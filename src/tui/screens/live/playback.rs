//! How a run is played: a pace, a speed, and places in time one wants to get to. The run itself knows
//! nothing of it.

use std::time::Duration;

use crate::sim::kernel::time::{Span, Time};
use crate::sim::run::Advance;
use crate::sim::timeline::Timeline;
use crate::sim::world::Occurrence;
use crate::tui::keymap::Intent;
use crate::tui::motion::Motion;

/// Simulated thousandths for one real one.
const SPEEDS: [u64; 11] =
    [250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 200_000, 500_000, 1_000_000];
/// Where it starts: quick enough to see something in two seconds, slow enough to follow.
const FIRST_SPEED: usize = 3;
/// Between two frames while it runs.
const FRAME: Duration = Duration::from_millis(40);
/// The same with less motion: a tenth of the repaints.
const FRAME_REDUCED: Duration = Duration::from_millis(400);
/// Without motion something is drawn when something happens, but the clock is not left alone longer.
const FRAME_OFF: Duration = Duration::from_secs(10);
/// A longer silence is not made up for: the program was stopped, and so was the run.
const SILENCE_MAX: Duration = Duration::from_millis(400);
/// What catching up leaves between two frames for the keys.
pub const BREATH: Duration = Duration::from_millis(1);
/// Entries of the agenda in one update: half a millisecond's worth. Whoever drives the app has it go
/// on as long as a frame has time ([`Playback::work`]).
const ENTRIES: usize = 1_000;
/// Entries for a look ahead, which is for an instant between two frames that are far apart.
const ENTRIES_AHEAD: usize = 20_000;
/// A run that cannot keep up is not more than so long behind: it is slower then.
const BEHIND_MAX: Duration = Duration::from_secs(1);
/// Steps of the scrub bar from end to end.
const SCRUBS: u64 = 60;

/// Whether time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Paused,
    /// Since this instant of the program's clock, up to which the run has been played.
    Running {
        played: Duration,
    },
}

/// Where one wants to get to, whatever the pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    At(Time),
    /// The next of these after an instant, for which the run goes on until it is found; no further
    /// than to the second instant, where there is something to be read.
    Next(Wanted, Time, Option<Time>),
}

/// What is looked for ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Something more than business as usual that did not go on already.
    Moment,
    /// An order that something goes wrong for.
    Failure,
}

/// What a jump came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is there, and this is what was found.
    Occurrence(Occurrence),
    /// There is none before this instant, at which there is something to be read.
    Note(Time),
    /// There is none up to the end of the run.
    Nothing(Wanted),
}

/// How a run is played on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Played {
    /// By what has passed up to this instant of the program's clock.
    Tick(Duration, Motion),
    /// By what the last update could not do.
    Work,
}

/// What a key that moves the clock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The clock moves, or stands somewhere else.
    Clock,
    /// It goes on to this, or this is where it stands now.
    Happened(Option<Occurrence>),
    /// The run is over and cannot go on.
    Over,
}

/// A timeline that is played.
pub struct Playback {
    timeline: Timeline,
    pace: Pace,
    speed: usize,
    aim: Option<Aim>,
    /// Where the playhead should be, if the run is not there yet.
    due: Option<Time>,
    /// Without motion: how long nothing is going to happen.
    quiet: Duration,
}

impl Playback {
    pub fn new(timeline: Timeline, pace: Pace) -> Self {
        Self { timeline, pace, speed: FIRST_SPEED, aim: None, due: None, quiet: FRAME_OFF }
    }

    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The timeline, to be changed where it stands. What was aimed at is given up.
    pub fn timeline_mut(&mut self) -> &mut Timeline {
        self.aim = None;
        self.due = None;
        &mut self.timeline
    }

    /// Another run from its beginning, at the same speed.
    pub fn replace(&mut self, timeline: Timeline, pace: Pace) {
        *self = Self { speed: self.speed, ..Self::new(timeline, pace) };
    }

    pub fn now(&self) -> Time {
        self.timeline.present().now()
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether the run is not yet where the playhead should be.
    pub fn is_behind(&self) -> bool {
        self.due.is_some()
    }

    /// Whether there is more to do than was done at once.
    pub fn has_work(&self) -> bool {
        self.aim.is_some() || self.due.is_some()
    }

    /// Whether the run is over and the playhead is there.
    pub fn is_over(&self) -> bool {
        self.now() >= self.timeline.over()
    }

    /// What is said where the run cannot go on.
    pub fn end(&self) -> &'static str {
        if self.timeline.is_full() {
            "So much has happened that no more fits: ← rewinds, r begins again; fewer orders a second go on for longer."
        } else {
            "The run is over: ← rewinds, r begins again."
        }
    }

    /// Stands still, where the run has come to.
    pub fn pause(&mut self) {
        self.pace = Pace::Paused;
        self.due = None;
    }

    pub fn run(&mut self, elapsed: Duration) {
        self.pace = Pace::Running { played: elapsed };
    }

    /// Simulated thousandths for one real one.
    pub fn speed(&self) -> u64 {
        SPEEDS.get(self.speed).copied().unwrap_or(1_000)
    }

    pub fn speed_name(&self) -> String {
        match self.speed() {
            250 => "×¼".to_owned(),
            500 => "×½".to_owned(),
            speed => format!("×{}", speed / 1_000),
        }
    }

    /// How long the picture stays as it is; `None`: until a key is pressed.
    pub fn deadline(&self, motion: Motion) -> Option<Duration> {
        if self.has_work() {
            return Some(BREATH);
        }
        match (self.pace, motion) {
            (Pace::Paused, _) => None,
            (Pace::Running { .. }, Motion::Full) => Some(FRAME),
            (Pace::Running { .. }, Motion::Reduced) => Some(FRAME_REDUCED),
            (Pace::Running { .. }, Motion::Off) => Some(self.quiet),
        }
    }

    /// Plays what has passed since the last update; what a jump found, when it is there.
    pub fn tick(&mut self, elapsed: Duration, motion: Motion) -> Option<Found> {
        if self.aim.is_some() {
            if let Pace::Running { played } = &mut self.pace {
                *played = elapsed;
            }
            return self.approach();
        }
        let Pace::Running { played } = &mut self.pace else { return None };
        let most = match motion {
            Motion::Full => SILENCE_MAX,
            Motion::Reduced => FRAME_REDUCED * 2,
            Motion::Off => FRAME_OFF * 2,
        };
        let passed = elapsed.saturating_sub(*played).min(most);
        *played = elapsed;
        let simulated = |time: Duration| Span(time.as_micros() as u64).thousandths(self.speed());
        let due = self.due.unwrap_or(self.now()) + simulated(passed);
        let most = self.now() + simulated(passed.max(BEHIND_MAX));
        self.play_to(due.min(most));
        if motion == Motion::Off && self.due.is_none() {
            self.look_ahead();
        }
        None
    }

    /// Goes on where the last update could not do all; what a jump found, when it is there.
    pub fn work(&mut self) -> Option<Found> {
        if self.aim.is_some() {
            return self.approach();
        }
        if let Some(due) = self.due {
            self.play_to(due);
        }
        None
    }

    fn play_to(&mut self, to: Time) {
        self.seek(to.min(self.timeline.over()));
        if self.is_over() {
            self.pause();
        }
    }

    /// What a key does to the clock; `None` if it is not for that.
    pub fn transport(&mut self, intent: Intent, elapsed: Duration) -> Option<Moved> {
        let scrub = Span((self.scale().0 / SCRUBS).max(1));
        match intent {
            Intent::Run => match self.pace {
                Pace::Running { .. } => self.pause(),
                Pace::Paused if self.is_over() => return Some(Moved::Over),
                Pace::Paused => self.run(elapsed),
            },
            Intent::Step => return Some(Moved::Happened(self.step().last().copied())),
            Intent::StepBack => return Some(Moved::Happened(self.step_back())),
            Intent::StepSecond => self.scrub(Span::from_secs(1), true),
            Intent::BackSecond => self.scrub(Span::from_secs(1), false),
            Intent::ScrubOn => self.scrub(scrub, true),
            Intent::ScrubBack => self.scrub(scrub, false),
            Intent::ToStart => {
                self.pause();
                self.go(Time::ZERO);
            }
            Intent::ToReached => {
                self.pause();
                self.go(self.timeline.reached());
            }
            Intent::Faster => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            Intent::Slower => self.speed = self.speed.saturating_sub(1),
            _ => return None,
        }
        Some(Moved::Clock)
    }

    /// Whether a key that moves the clock would; `None` if it is not for that.
    pub fn does(&self, intent: Intent) -> Option<bool> {
        let (now, timeline) = (self.now(), &self.timeline);
        // What is not known may come: it is looked for.
        let ahead = |wanted: Wanted| {
            timeline.reached() < timeline.over() || next(timeline, wanted, now).is_some()
        };
        Some(match intent {
            Intent::Run => matches!(self.pace, Pace::Running { .. }) || !self.is_over(),
            Intent::Step | Intent::StepSecond | Intent::ScrubOn => !self.is_over(),
            Intent::StepBack | Intent::BackSecond | Intent::ScrubBack | Intent::ToStart => {
                now > Time::ZERO
            }
            Intent::ToReached => now < timeline.reached(),
            Intent::NextMoment => ahead(Wanted::Moment),
            Intent::NextFailure => ahead(Wanted::Failure),
            Intent::PreviousMoment => timeline.last_moment(now).is_some(),
            Intent::Faster => self.speed + 1 < SPEEDS.len(),
            Intent::Slower => self.speed > 0,
            _ => return None,
        })
    }

    fn seek(&mut self, to: Time) {
        let advance = self.timeline.seek(to, ENTRIES);
        self.due = (advance == Advance::Busy).then_some(to);
    }

    /// Goes on towards what is aimed at.
    fn approach(&mut self) -> Option<Found> {
        match self.aim? {
            Aim::At(to) => {
                self.seek(to);
                if !self.is_behind() {
                    self.aim = None;
                }
                None
            }
            Aim::Next(wanted, after, note) => {
                let found = next(&self.timeline, wanted, after);
                let found = found.filter(|found| note.is_none_or(|note| found.at <= note));
                if let Some(found) = found {
                    self.aim = Some(Aim::At(found.at));
                    self.approach();
                    return Some(Found::Occurrence(found));
                }
                if let Some(note) = note
                    && self.timeline.reached() >= note
                {
                    self.aim = Some(Aim::At(note));
                    self.approach();
                    return Some(Found::Note(note));
                }
                if self.timeline.reached() >= self.timeline.over() {
                    self.aim = Some(Aim::At(after));
                    self.approach();
                    return Some(Found::Nothing(wanted));
                }
                self.seek(note.unwrap_or(self.timeline.over()));
                None
            }
        }
    }

    /// Goes to an instant, at once if that is near.
    pub fn go(&mut self, to: Time) {
        self.aim = Some(Aim::At(to.min(self.timeline.over())));
        self.approach();
    }

    /// Looks for the next of something, and goes there, or to the first of some instants after the
    /// playhead where that is sooner. What was found, if that was quick.
    pub fn go_to_next(&mut self, wanted: Wanted, notes: &[Time]) -> Option<Found> {
        self.pause();
        let now = self.now();
        let note =
            notes.iter().copied().filter(|note| *note > now && *note <= self.timeline.over());
        self.aim = Some(Aim::Next(wanted, now, note.min()));
        self.approach()
    }

    /// Back to the last moment before the playhead, or to the last of some instants.
    pub fn go_to_previous(&mut self, notes: &[Time]) -> Option<Found> {
        self.pause();
        let now = self.now();
        let found = self.timeline.last_moment(now).copied();
        let note = notes.iter().copied().filter(|note| *note < now).max();
        let found = match (found, note) {
            (Some(found), Some(note)) if note > found.at => Found::Note(note),
            (Some(found), _) => Found::Occurrence(found),
            (None, note) => Found::Note(note?),
        };
        self.go(match found {
            Found::Occurrence(occurrence) => occurrence.at,
            Found::Note(note) => note,
            Found::Nothing(_) => now,
        });
        Some(found)
    }

    /// The next thing that happens.
    fn step(&mut self) -> Vec<Occurrence> {
        self.pause();
        self.aim = None;
        self.timeline.step()
    }

    /// To just before the last thing that happened: what stands last there now.
    fn step_back(&mut self) -> Option<Occurrence> {
        self.pause();
        let now = self.now();
        let past = self.timeline.past();
        let upto = past.partition_point(|occurrence| occurrence.at < now);
        let before = upto.checked_sub(1).and_then(|place| past.get(place)).copied();
        self.go(before.map_or(Time::ZERO, |occurrence| occurrence.at));
        before
    }

    /// On, or back, by a span.
    fn scrub(&mut self, span: Span, onward: bool) {
        self.pause();
        let now = self.now();
        self.go(if onward { now + span } else { Time(now.0.saturating_sub(span.0)) });
    }

    /// Without motion: how long until something is to be seen.
    fn look_ahead(&mut self) {
        let now = self.now();
        let span = Span(FRAME_OFF.as_micros() as u64).thousandths(self.speed());
        let ahead = (now + span).min(self.timeline.over());
        if self.timeline.seek(ahead, ENTRIES_AHEAD) == Advance::Reached || now < self.now() {
            self.timeline.seek(now, ENTRIES_AHEAD);
        }
        let found = next(&self.timeline, Wanted::Moment, now);
        let wait = found.map_or(FRAME_OFF, |found| {
            let micros = found.at.since(now).0.saturating_mul(1_000) / self.speed();
            Duration::from_micros(micros)
        });
        self.quiet = wait.clamp(FRAME_REDUCED, FRAME_OFF);
    }

    /// The scrub bar's end: round, and well beyond what was reached.
    pub fn scale(&self) -> Time {
        let over = self.timeline.over();
        let minutes = [1, 2, 5, 10, 20, 30, 60, 120, 300, 720, 1_440];
        let reached = self.timeline.reached().0;
        let round = minutes.into_iter().map(|m| Time(m * 60_000_000));
        round.into_iter().find(|end| end.0 * 9 / 10 >= reached).unwrap_or(over).min(over)
    }
}

/// The next of what is wanted after an instant, as far as is known.
fn next(timeline: &Timeline, wanted: Wanted, after: Time) -> Option<Occurrence> {
    match wanted {
        Wanted::Moment => timeline.next_moment(after),
        Wanted::Failure => timeline.next_failure(after),
    }
    .copied()
}
