//! The bet before a lab's clock starts: the setup, and what the learner expects.

use super::bets::Bets;
use super::playback::Pace;
use super::purpose::{Action, Purpose, Reason};
use super::run_view::RunView;
use super::{Live, Panel, back, words};
use crate::sim::design::Experiment;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::Width;
use crate::tui::keymap::Intent;
use crate::tui::list;
use crate::tui::piece::Piece;
use crate::tui::sheet::{Setter, Sheet, Size, measure};
use crate::tui::theme::Meaning;

/// Maximum width of text.
const MEASURE: usize = 86;

impl Live {
    /// Handles keys before the clock starts.
    pub(super) fn bet_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => back(),
            Intent::GoOn => self.bet(ctx),
            Intent::Down | Intent::Up | Intent::Choose(_) => match self.purpose.bets_mut() {
                Some(bets) => {
                    bets.choose(intent).map_or_else(Outcome::notice, |()| Outcome::default())
                }
                None => Outcome::default(),
            },
            Intent::Lesson => self.lesson(),
            _ => Outcome::default(),
        }
    }

    /// Handles keys of the verdict.
    pub(super) fn verdict_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let body = ctx.areas(Width::Wide).body;
        let (width, height) = (usize::from(body.width), usize::from(body.height));
        match (intent, &mut self.panel) {
            (Intent::Leave, _) => self.panel = Panel::Map,
            (Intent::GoOn, _) => return Outcome::go(Go::Labs),
            (Intent::Lesson, _) => return self.lesson(),
            (_, Panel::Verdict(verdict)) => {
                let sheet = verdict.sheet(&self.purpose, &self.view, (width, height));
                verdict.moved(intent, &sheet, height);
            }
            _ => {}
        }
        Outcome::default()
    }

    /// Records the selected option as the bet; the last bet starts the clock.
    fn bet(&mut self, ctx: Ctx<'_>) -> Outcome {
        let settled = self.purpose.settle(ctx);
        let Some(bets) = self.purpose.bets_mut() else { return settled };
        let Some(effect) = bets.bet(ctx) else {
            let count = bets.open().map_or(0, |bet| bet.option.len());
            let told = format!("First choose what will happen: 1 to {count}.");
            return settled.then(Outcome::notice(told));
        };
        if !bets.asks() {
            bets.begin(ctx.now.elapsed);
            self.panel = Panel::Map;
            self.view.playback.run(ctx.now.elapsed);
        }
        settled.then(Outcome::effect(effect))
    }

    /// Opens the lesson of a lab.
    pub(super) fn lesson(&self) -> Outcome {
        match self.purpose.bets() {
            Some(bets) => bets.lesson(),
            None => Outcome::notice("Open a part with enter, and l opens its lesson."),
        }
    }

    pub(super) fn hint(&self) -> Outcome {
        match (self.purpose.allows(Action::Hint), &self.purpose) {
            (Err(reason), _) => reason.into(),
            (Ok(()), Purpose::Incident(repair)) => Outcome::notice(repair.goal().hint.clone()),
            (Ok(()), _) => Outcome::default(),
        }
    }

    /// Announces the solution and runs it.
    pub(super) fn solution(&mut self, ctx: Ctx<'_>) -> Outcome {
        if let Err(reason) = self.purpose.allows(Action::Solution) {
            return reason.into();
        }
        let Purpose::Incident(repair) = &mut self.purpose else { return Outcome::default() };
        let Some(experiment) = repair.solution() else { return Reason::NothingToRepair.into() };
        let words = setup_of_changes(&experiment, &repair.bets.lab().experiment, &self.view);
        let before = self.view.experiment().clone();
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.view.restart(experiment, pace) {
            return Outcome::notice(sentence);
        }
        repair.shown_solution(before, &self.view);
        Outcome::notice(format!("The solution: {}.", words.join("; ")))
    }
}

/// The settings of an experiment that another one lacks, in words.
fn setup_of_changes(experiment: &Experiment, before: &Experiment, show: &RunView) -> Vec<String> {
    let new =
        experiment.changes.iter().filter(|(path, value)| before.changes.get(*path) != Some(*value));
    new.map(|(path, value)| words::setting(show, path, value)).collect()
}

/// The setup in labelled lines: duration and load, changes, faults.
fn setup(experiment: &Experiment, show: &RunView) -> Vec<(&'static str, String)> {
    let rate = experiment.load.rate.unwrap_or(show.draft.design.load.rate);
    let noun = show.noun();
    let orders = match experiment.load.orders {
        Some(orders) => format!("{orders} {}, {rate} a second", noun.of(orders.into())),
        None if (rate - 1.0).abs() < f64::EPSILON => format!("1 {} a second", noun.one),
        None => format!("{rate} {} a second", noun.many),
    };
    let mut lines = vec![("run", format!("{}, {orders}", experiment.run.0))];
    // The title names the design.
    for (path, value) in experiment.changes.iter().filter(|(path, _)| *path != "design") {
        lines.push(("set", words::setting(show, path, value)));
    }
    lines.extend(experiment.faults.iter().map(|fault| ("breaks", words::breaks(show, fault))));
    lines
}

/// The setup and the open bet.
pub fn sheet(bets: &Bets, show: &RunView, (width, height): Size) -> Sheet {
    let mut setter = Setter::new(measure(width, MEASURE));
    for (name, text) in setup(&bets.lab().experiment, show) {
        setter.labelled(name, &text, Meaning::Text);
    }
    setter.space();
    let mut here = None;
    if let Some(bet) = bets.open() {
        setter.block(&[Piece::prediction("◆ ")], &bet.ask, Meaning::Strong);
        setter.space();
        let options = bets.options();
        for (place, option) in options.left() {
            let Some(option) = bet.option.get(*option) else { continue };
            let is_here = place == options.place();
            if is_here {
                here = Some(setter.lines.len());
            }
            let head =
                [Piece::space(2), list::lead(is_here), Piece::key(format!("{}  ", place + 1))];
            let meaning = if is_here { Meaning::Selected } else { Meaning::Text };
            setter.block(&head, &option.text, meaning);
        }
    }
    setter.space();
    setter.block(&[], "The clock starts when you have bet.", Meaning::Faint);
    let mut sheet = Sheet::following(Vec::new(), setter.lines, here.unwrap_or(0), (height, 2));
    sheet.here = here;
    sheet
}

/// Whether an intent does something.
pub fn does(bets: &Bets, intent: Intent) -> bool {
    let options = bets.options();
    match intent {
        Intent::Choose(place) => usize::from(place) < options.items().count(),
        Intent::GoOn => options.chosen().is_some(),
        other => options.does(other).unwrap_or(true),
    }
}

/// The options of the open bet, by number.
pub fn choices(bets: &Bets) -> Vec<(String, String)> {
    let Some(bet) = bets.open() else { return Vec::new() };
    let options = bets.options().items().filter_map(|option| bet.option.get(*option));
    let options = options.enumerate();
    options.map(|(place, option)| ((place + 1).to_string(), option.text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::{Context, Intent};
    use crate::tui::screens::live::tests::{BET, LETTERS, lab};

    #[test]
    fn what_is_set_up_is_told_and_no_option_is_chosen_beforehand() {
        let stage = lab(LETTERS, BET);
        assert!(
            stage.lines()[0].starts_with("run       60 s, 1 order a second"),
            "{:?}",
            stage.lines()
        );
        assert!(!stage.lines().iter().any(|line| line.contains('▸')));
        assert!(!stage.does(Intent::GoOn) && stage.does(Intent::Choose(1)));
        assert!(!stage.does(Intent::Choose(2)), "there are two");
        assert!(stage.line("  1  ").len() > 8 && stage.line("  2  ").len() > 8);
        assert!(stage.spoken().iter().any(|block| block.contains("Is a letter lost?")));
    }

    #[test]
    fn the_last_bet_starts_the_clock_and_numbers_break_nothing_then() {
        let stage = lab(LETTERS, BET).press(&[Intent::Choose(0)]);
        assert!(stage.line("▸ 1").contains("▸ 1"));
        let mut stage = stage.press(&[Intent::GoOn]);
        assert_eq!(stage.live().context(), Context::Live);
        assert!(stage.line("you bet").contains('◆'));
        let said = stage.pressed(Intent::Break(0)).notice.unwrap_or_default();
        assert!(said.starts_with("In a lab numbers break nothing"), "{said}");
    }
}
