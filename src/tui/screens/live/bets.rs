//! The bets on a lab's run: the answers, the results, and what to look at on the way.

use std::time::Duration;

use super::run_view::RunView;
use super::status::labelled;
use crate::content::lab::{self, Bet, Lab};
use crate::sim::claim::Claim;
use crate::sim::kernel::time::Time;
use crate::sim::run::{Run, Trial};
use crate::study::evidence::Evidence;
use crate::study::id::{Seed, Version};
use crate::study::record::Activity;
use crate::study::shuffle;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::keymap::Intent;
use crate::tui::list::List;
use crate::tui::msg::Effect;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// Agenda entries per update while a run is judged.
const ENTRIES: usize = 2_000;

/// Maximum number of lines of a note: the moment passes, so all of it should be read.
const NOTE_LINES: usize = 3;

/// Maximum number of options, which make one page.
const OPTIONS_MAX: usize = 6;

/// A lab on the screen, with the bets on it.
pub struct Bets {
    lab: Lab,
    /// Version of the lab's file: bets on another text are other bets.
    version: u64,
    /// Index of the open bet; past the last one the clock may start.
    asked: usize,
    /// For each bet the author's option numbers in the order shown, shuffled for every attempt.
    shown: Vec<Vec<usize>>,
    /// The options of the open bet.
    options: List<usize>,
    /// The author's number of the option bet on, for each bet made.
    said: Vec<usize>,
    /// The right option of each bet, once the run has been judged.
    right: Vec<Option<usize>>,
    judging: Option<Trial>,
    /// When the last bet started the clock.
    begun: Option<Duration>,
    /// Whether the playhead has reached the run's end.
    is_over: bool,
}

/// Reads a lab of the course.
pub fn read(ctx: Ctx<'_>, id: &str) -> Result<Lab, String> {
    let entry = ctx.scenario.labs.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| format!("This course has no lab {id}."))?;
    lab::open(&ctx.library.lab(entry).map_err(|cause| cause.to_string())?)
}

impl Bets {
    /// Opens a lab's bets, and starts judging its run.
    pub fn new(lab: Lab, show: &RunView, ctx: Ctx<'_>) -> Result<Self, String> {
        let when = ctx.now.wall.timestamp_millis() as u64;
        let deal = |place: usize| {
            let dealt = shuffle::order(when, &lab.item(place), lab.bet[place].option.len());
            dealt.into_iter().map(usize::from).collect::<Vec<_>>()
        };
        let shown: Vec<Vec<usize>> = (0..lab.bet.len()).map(deal).collect();
        let mut bets = Self {
            version: lab.version(),
            right: vec![None; lab.bet.len()],
            options: List::unchosen(shown.first().cloned().unwrap_or_default()),
            shown,
            lab,
            asked: 0,
            said: Vec::new(),
            judging: None,
            begun: None,
            is_over: false,
        };
        bets.judge(show);
        bets.judging.as_ref().ok_or_else(|| format!("The lab {} has no bet.", bets.lab.id))?;
        Ok(bets)
    }

    /// The lab.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// The version of the lab's file.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a bet is open: the clock does not start before.
    pub fn asks(&self) -> bool {
        self.asked < self.lab.bet.len()
    }

    /// Whether the run is still being judged.
    pub fn is_judging(&self) -> bool {
        self.judging.is_some()
    }

    /// Whether the playhead has reached the run's end.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Notes that the playhead has reached the run's end.
    pub fn end(&mut self) {
        self.is_over = true;
    }

    /// Notes that the run restarted.
    pub fn begin_anew(&mut self) {
        self.is_over = false;
    }

    /// Starts the clock: every bet is made.
    pub fn begin(&mut self, now: Duration) {
        self.begun = Some(now);
    }

    /// When the clock started.
    pub fn begun(&self) -> Option<Duration> {
        self.begun
    }

    /// Whether a run with bets has not reached its end.
    pub fn is_waiting(&self) -> bool {
        !self.asks() && !self.said.is_empty() && !self.is_over
    }

    fn claims(&self) -> Vec<String> {
        let bets = self.lab.bet.iter().flat_map(|bet| &bet.option);
        let mut claims: Vec<String> = bets.map(|option| option.claim.clone()).collect();
        claims.extend(self.lab.goal.iter().flat_map(|goal| goal.checks.clone()));
        claims
    }

    /// Starts judging the run with its current settings.
    pub fn judge(&mut self, show: &RunView) {
        let settings = show.experiment();
        let run = Run::experiment(settings, &show.draft.design, &show.draft.documents);
        let Ok(mut run) = run else { return };
        run.watch(false);
        let gauges = run.gauges();
        // The check of the lab has parsed them.
        let claims = self.claims().into_iter();
        let claims: Vec<Claim> = claims.filter_map(|c| Claim::parse(&c, &gauges).ok()).collect();
        self.judging = Some(Trial::new(run, Time::ZERO + settings.run.0, &claims));
    }

    /// Judges on for a while. Once the verdict is in, returns whether each check of a goal holds.
    pub fn judge_on(&mut self) -> Option<Vec<bool>> {
        let held = self.judging.as_mut()?.advance(ENTRIES)?;
        self.judging = None;
        let mut rest = held.as_slice();
        let is_first = self.right.iter().all(Option::is_none);
        for (place, bet) in self.lab.bet.iter().enumerate() {
            let (of_this, after) = rest.split_at(bet.option.len().min(rest.len()));
            rest = after;
            // Bets are judged on the lab's own run, whatever is repaired later.
            if is_first && let Some(right) = self.right.get_mut(place) {
                *right = of_this.iter().position(|held| *held);
            }
        }
        Some(rest.to_vec())
    }

    /// The open bet.
    pub fn open(&self) -> Option<&Bet> {
        self.lab.bet.get(self.asked)
    }

    /// The author's numbers of the open bet's options, in the order shown.
    pub fn options(&self) -> &List<usize> {
        &self.options
    }

    /// Every bet with its options in the order shown, the answer and the right option.
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        self.lab.bet.iter().enumerate().map(|(place, bet)| Told {
            bet,
            shown: self.shown.get(place).map_or(&[], Vec::as_slice),
            said: self.said.get(place).copied(),
            right: self.right.get(place).copied().flatten(),
        })
    }

    /// Selects an option of the open bet, or returns a sentence if there is no such option.
    pub fn choose(&mut self, intent: Intent) -> Result<(), String> {
        let is_chosen = match intent {
            Intent::Choose(place) => self.options.choose(usize::from(place)),
            other => self.options.moved(other, OPTIONS_MAX),
        };
        let count = self.options.items().count();
        is_chosen.then_some(()).ok_or_else(|| format!("This bet has the options 1 to {count}."))
    }

    /// Bets on the selected option and returns the record, or `None` if no option is selected. The run has
    /// been judged before, so the record says whether the bet is right.
    pub fn bet(&mut self, ctx: Ctx<'_>) -> Option<Effect> {
        let choice = *self.options.chosen()?;
        let right = self.right.get(self.asked).copied().flatten();
        let bet = self.lab.bet.get(self.asked);
        let activity = Activity::Bet {
            item: self.lab.item(self.asked).into(),
            version: Version(self.version),
            seed: Seed(self.lab.experiment.seed),
            choice: choice as u8,
            correct: right == Some(choice),
            evidence: bet.map(|bet| Evidence::of_bet(bet, choice as u8)),
        };
        self.said.push(choice);
        self.asked += 1;
        self.options = List::unchosen(self.shown.get(self.asked).cloned().unwrap_or_default());
        Some(ctx.record(activity))
    }

    /// The lines below the map: the bets, in at most this many lines each, and what to look at now.
    pub fn strip(&self, show: &RunView, width: u16, most: usize) -> Vec<Vec<Piece>> {
        let mut lines = Vec::new();
        let bets = self.lab.bet.iter().zip(&self.said);
        for text in bets.filter_map(|(bet, said)| bet.option.get(*said)) {
            let text = format!("◆ {}", text.text);
            lines.extend(labelled("you bet", &text, Meaning::Prediction, most, width));
        }
        let now = show.playback.now().since(Time::ZERO);
        // Always as many lines as the longest note needs, so that nothing above them moves.
        let told = |text: &str, meaning| labelled("see", text, meaning, NOTE_LINES, width);
        let most = self.lab.seen.iter().map(|seen| told(&seen.text, Meaning::Strong).len()).max();
        let mut seen = match self.lab.seen.iter().rfind(|seen| seen.at.0 <= now) {
            Some(seen) => told(&seen.text, Meaning::Strong),
            None => match self.lab.seen.first() {
                Some(seen) => {
                    let at = Time::ZERO + seen.at.0;
                    told(&format!("at {at}; n goes from moment to moment"), Meaning::Faint)
                }
                None => Vec::new(),
            },
        };
        seen.resize(most.unwrap_or(0), Vec::new());
        lines.extend(seen);
        lines
    }

    /// What to look at, and when.
    pub fn notes(&self) -> impl Iterator<Item = (Time, &str)> {
        self.lab.seen.iter().map(|seen| (Time::ZERO + seen.at.0, seen.text.as_str()))
    }

    /// Opens the lab's lesson at its heading.
    pub fn lesson(&self) -> Outcome {
        match self.lab.lesson.split_once('#') {
            Some((lesson, anchor)) => Outcome::look_up(lesson.to_owned(), Some(anchor.to_owned())),
            None => Outcome::look_up(self.lab.lesson.clone(), None),
        }
    }
}

/// A bet and its result.
pub struct Told<'a> {
    pub bet: &'a Bet,
    /// The author's option numbers in the order shown.
    pub shown: &'a [usize],
    pub said: Option<usize>,
    pub right: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::purpose::Purpose;
    use crate::tui::screens::live::tests::{BET, LETTERS, Stage, lab};

    fn bets(stage: &Stage) -> Bets {
        let lab = toml::from_str(BET).unwrap();
        Bets::new(lab, &stage.live().view, stage.ctx()).unwrap()
    }

    #[test]
    fn a_bet_needs_an_option_and_its_record_says_whether_it_is_right() {
        let stage = lab(LETTERS, BET);
        for place in 0..2 {
            let mut bets = bets(&stage);
            while bets.is_judging() {
                bets.judge_on();
            }
            assert_eq!(bets.bet(stage.ctx()), None);
            let refused = bets.choose(Intent::Choose(2)).unwrap_err();
            assert_eq!(refused, "This bet has the options 1 to 2.");
            bets.choose(Intent::Choose(place)).unwrap();
            let is_right = bets.options().chosen() == Some(&0);
            let Some(Effect::Append(record)) = bets.bet(stage.ctx()) else { panic!("no record") };
            let Activity::Bet { correct, .. } = record.activity else { panic!("{record:?}") };
            assert_eq!(correct, is_right, "nothing is lost in a calm minute");
            assert!(!bets.asks());
        }
    }

    #[test]
    fn the_note_says_when_it_comes_and_then_what_it_has_to_say() {
        let stage = lab(LETTERS, BET);
        let before = stage.live().purpose.bets().unwrap().strip(&stage.live().view, 80, 2);
        let stage = stage.at("10s");
        let Purpose::Lab(bets) = &stage.live().purpose else { panic!("a lab") };
        let after = bets.strip(&stage.live().view, 80, 2);
        let text = crate::tui::piece::text;
        assert_eq!(text(&before[0]), "see       at 00:00:10; n goes from moment to moment");
        assert_eq!(text(&after[0]), "see       The tray stays nearly empty.");
        assert_eq!(before.len(), after.len(), "nothing moves");
    }

    #[test]
    fn the_lesson_of_a_lab_opens_at_its_heading() {
        let outcome = bets(&lab(LETTERS, BET)).lesson();
        assert_eq!(outcome, Outcome::look_up("tray".to_owned(), Some("desk".to_owned())));
    }
}
