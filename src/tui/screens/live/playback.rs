//! How a run is played: its pace, its speed, and the instants to reach. The run itself knows none of it.

use std::time::Duration;

use crate::sim::kernel::time::{Span, Time};
use crate::sim::run::Advance;
use crate::sim::timeline::Timeline;
use crate::sim::world::Occurrence;
use crate::tui::keymap::Intent;
use crate::tui::motion::Motion;

/// Simulated thousandths of a second per real one.
const SPEEDS: [u64; 11] =
    [250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 200_000, 500_000, 1_000_000];
/// Default speed: quick enough to show something in two seconds, slow enough to follow.
const FIRST_SPEED: usize = 3;
/// Time between frames while a run plays.
const FRAME: Duration = Duration::from_millis(40);
/// The same with reduced motion: a tenth of the frames.
const FRAME_REDUCED: Duration = Duration::from_millis(400);
/// Maximum time between frames without motion: the clock must not look stopped.
const FRAME_OFF: Duration = Duration::from_secs(10);
/// Maximum gap that the run makes up for: after a longer one, the program itself was stopped.
const SILENCE_MAX: Duration = Duration::from_millis(400);
/// Time left for keys between two frames while catching up.
pub const BREATH: Duration = Duration::from_millis(1);
/// Agenda entries per update: half a millisecond of work. The driver repeats it as long as a frame has time
/// ([`Playback::work`]).
const ENTRIES: usize = 1_000;
/// Agenda entries for a look ahead between two distant frames.
const ENTRIES_AHEAD: usize = 20_000;
/// Maximum lag of a run that cannot keep up; beyond it the run plays slower.
const BEHIND_MAX: Duration = Duration::from_secs(1);
/// Steps of the scrub bar from end to end.
const SCRUBS: u64 = 60;

/// Whether time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Paused,
    /// Playing; the run has been advanced up to this instant of the program's clock.
    Running {
        played: Duration,
    },
}

/// The target of a jump, independent of the pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    At(Time),
    /// The next match after the first instant. The run advances until it is found, but no further than the
    /// second instant, where a note waits.
    Next(Wanted, Time, Option<Time>),
}

/// The target of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The next unusual occurrence, unless it continues an earlier one.
    Moment,
    /// The next order that fails.
    Failure,
}

/// The result of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The playhead is at the occurrence found.
    Occurrence(Occurrence),
    /// Nothing was found before this instant, which has a note.
    Note(Time),
    /// Nothing was found up to the run's end.
    Nothing(Wanted),
}

/// How to advance playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Played {
    /// By the time that has passed on the program's clock.
    Tick(Duration, Motion),
    /// By the work that the last update could not finish.
    Work,
}

/// The result of a key that moves the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The clock plays, pauses or jumps.
    Clock,
    /// The clock moved to this occurrence.
    Happened(Option<Occurrence>),
    /// The run is over.
    Over,
}

/// A timeline with its pace, speed and target.
pub struct Playback {
    timeline: Timeline,
    pace: Pace,
    speed: usize,
    aim: Option<Aim>,
    /// The target that the run has not reached yet.
    due: Option<Time>,
    /// Without motion: how long nothing will happen.
    quiet: Duration,
}

impl Playback {
    /// Plays a timeline at the default speed.
    pub fn new(timeline: Timeline, pace: Pace) -> Self {
        Self { timeline, pace, speed: FIRST_SPEED, aim: None, due: None, quiet: FRAME_OFF }
    }

    /// The timeline.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The timeline, to change it at the playhead. This drops the target.
    pub fn timeline_mut(&mut self) -> &mut Timeline {
        self.aim = None;
        self.due = None;
        &mut self.timeline
    }

    /// Replaces the run by another from its start, at the same speed.
    pub fn replace(&mut self, timeline: Timeline, pace: Pace) {
        *self = Self { speed: self.speed, ..Self::new(timeline, pace) };
    }

    /// The instant of the playhead.
    pub fn now(&self) -> Time {
        self.timeline.present().now()
    }

    /// Whether time passes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether the run lags behind the playhead.
    pub fn is_behind(&self) -> bool {
        self.due.is_some()
    }

    /// Whether the last update left work.
    pub fn has_work(&self) -> bool {
        self.aim.is_some() || self.due.is_some()
    }

    /// Whether the playhead is at the end of the run.
    pub fn is_over(&self) -> bool {
        self.now() >= self.timeline.over()
    }

    /// The notice at the end of a run.
    pub fn end(&self) -> &'static str {
        if self.timeline.is_full() {
            "The run is full: ← rewinds, r restarts it; at a lower rate it lasts longer."
        } else {
            "The run is over: ← rewinds, r restarts it."
        }
    }

    /// Pauses at the instant the run has reached.
    pub fn pause(&mut self) {
        self.pace = Pace::Paused;
        self.due = None;
    }

    /// Plays from this instant of the program's clock.
    pub fn run(&mut self, elapsed: Duration) {
        self.pace = Pace::Running { played: elapsed };
    }

    /// Simulated thousandths of a second per real one.
    pub fn speed(&self) -> u64 {
        SPEEDS.get(self.speed).copied().unwrap_or(1_000)
    }

    /// The speed as the title shows it.
    pub fn speed_name(&self) -> String {
        match self.speed() {
            250 => "×¼".to_owned(),
            500 => "×½".to_owned(),
            speed => format!("×{}", speed / 1_000),
        }
    }

    /// Time until the next frame; `None`: until a key is pressed.
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

    /// Plays the time since the last update. Returns the result of a jump that has arrived.
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

    /// Advances work that the last update left. Returns the result of a jump that has arrived.
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

    /// Applies an intent to the clock; `None` if it does not move clocks.
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

    /// Whether the intent would move the clock; `None` if it does not move clocks.
    pub fn does(&self, intent: Intent) -> Option<bool> {
        let (now, timeline) = (self.now(), &self.timeline);
        // What is not known may still come: the key searches for it.
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

    /// Advances towards the target.
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

    /// Goes to an instant, at once if it is near.
    pub fn go(&mut self, to: Time) {
        self.aim = Some(Aim::At(to.min(self.timeline.over())));
        self.approach();
    }

    /// Searches for the next match and goes there, or to the first of `notes` after the playhead if that is
    /// sooner. Returns the result if it was found at once.
    pub fn go_to_next(&mut self, wanted: Wanted, notes: &[Time]) -> Option<Found> {
        self.pause();
        let now = self.now();
        let note =
            notes.iter().copied().filter(|note| *note > now && *note <= self.timeline.over());
        self.aim = Some(Aim::Next(wanted, now, note.min()));
        self.approach()
    }

    /// Goes back to the last moment before the playhead, or to the last of `notes` before it.
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

    /// Goes to the next occurrence.
    fn step(&mut self) -> Vec<Occurrence> {
        self.pause();
        self.aim = None;
        self.timeline.step()
    }

    /// Goes to just before the last occurrence and returns the one that is last there.
    fn step_back(&mut self) -> Option<Occurrence> {
        self.pause();
        let now = self.now();
        let past = self.timeline.past();
        let upto = past.partition_point(|occurrence| occurrence.at < now);
        let before = upto.checked_sub(1).and_then(|place| past.get(place)).copied();
        self.go(before.map_or(Time::ZERO, |occurrence| occurrence.at));
        before
    }

    /// Moves forward or back by a span.
    fn scrub(&mut self, span: Span, onward: bool) {
        self.pause();
        let now = self.now();
        self.go(if onward { now + span } else { Time(now.0.saturating_sub(span.0)) });
    }

    /// Without motion: time until something visible happens.
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

    /// The end of the scrub bar: a round time, well beyond what was reached.
    pub fn scale(&self) -> Time {
        let over = self.timeline.over();
        let minutes = [1, 2, 5, 10, 20, 30, 60, 120, 300, 720, 1_440];
        let reached = self.timeline.reached().0;
        let round = minutes.into_iter().map(|m| Time(m * 60_000_000));
        round.into_iter().find(|end| end.0 * 9 / 10 >= reached).unwrap_or(over).min(over)
    }
}

/// The next known match after an instant.
fn next(timeline: &Timeline, wanted: Wanted, after: Time) -> Option<Occurrence> {
    match wanted {
        Wanted::Moment => timeline.next_moment(after),
        Wanted::Failure => timeline.next_failure(after),
    }
    .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::LETTERS;

    /// A minute of the letters, paused at its start.
    fn minute() -> Playback {
        let design: crate::sim::design::Design = toml::from_str(LETTERS).unwrap();
        let mut experiment = crate::sim::design::Experiment::hour("letters", &design);
        experiment.run.0 = Span::from_secs(60);
        let timeline = Timeline::new(experiment, design, Vec::new());
        Playback::new(timeline.unwrap_or_else(|_| panic!("it runs")), Pace::Paused)
    }

    #[test]
    fn time_passes_at_the_speed_and_a_long_silence_is_not_made_up_for() {
        let mut playback = minute();
        assert_eq!(playback.tick(Duration::from_secs(1), Motion::Full), None);
        assert_eq!(playback.now(), Time::ZERO, "it is paused");
        playback.run(Duration::ZERO);
        playback.tick(Duration::from_millis(100), Motion::Full);
        assert_eq!(playback.now(), Time(200_000), "twice as fast as the clock");
        playback.tick(Duration::from_secs(30), Motion::Full);
        assert_eq!(playback.now(), Time(1_000_000), "the program itself was stopped");
    }

    #[test]
    fn the_speed_stays_between_its_ends() {
        let mut playback = minute();
        for (intent, end) in [(Intent::Slower, "×¼"), (Intent::Faster, "×1000")] {
            for _ in 0..20 {
                playback.transport(intent, Duration::ZERO);
            }
            assert_eq!((playback.speed_name().as_str(), playback.does(intent)), (end, Some(false)));
        }
    }

    #[test]
    fn a_search_stops_at_a_note_and_at_the_end_returns_to_where_it_began() {
        let mut playback = minute();
        let at = |seconds: u64| Time(seconds * 1_000_000);
        let mut search = |notes: &[Time]| {
            let mut found = playback.go_to_next(Wanted::Failure, notes);
            while playback.has_work() {
                found = found.or(playback.work());
            }
            (found, playback.now())
        };
        assert_eq!(search(&[at(40), at(10)]), (Some(Found::Note(at(10))), at(10)));
        assert_eq!(search(&[at(10)]), (Some(Found::Nothing(Wanted::Failure)), at(10)));
    }

    #[test]
    fn the_run_pauses_at_its_end_and_can_only_go_back() {
        let mut playback = minute();
        playback.go(Time(90_000_000));
        while playback.has_work() {
            playback.work();
        }
        assert!(playback.is_over());
        assert_eq!(playback.transport(Intent::Run, Duration::ZERO), Some(Moved::Over));
        assert_eq!(playback.does(Intent::StepSecond), Some(false));
        assert_eq!(playback.does(Intent::BackSecond), Some(true));
        assert_eq!(playback.does(Intent::Tune), None, "no clock is meant");
    }
}
