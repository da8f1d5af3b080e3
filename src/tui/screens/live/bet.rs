//! Before a lab's clock starts: what is set up, and what the learner says will happen. After it: what
//! did, and why.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bets::{Bets, Told};
use super::playback::Pace;
use super::purpose::{Action, Purpose, Reason};
use super::repair::Repair;
use super::run_view::RunView;
use super::{Live, View, back, words};
use crate::sim::design::Experiment;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{Piece, wrap};

/// Text is set no wider than this.
const MEASURE: usize = 76;

impl Live {
    pub(super) fn bet_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if self.purpose.asks() {
            return self.asked_intent(ctx, intent);
        }
        match intent {
            Intent::Leave => {
                self.view = View::Map;
                Outcome::default()
            }
            Intent::Down | Intent::Up => {
                let area = ctx.areas(frame::Width::Wide).body;
                let lines = lines(&self.purpose, &self.show, usize::from(area.width)).len();
                if let Some(bets) = self.purpose.bets_mut() {
                    bets.scroll.scroll(intent, lines, usize::from(area.height));
                }
                Outcome::default()
            }
            Intent::GoOn => Outcome::go(Go::Labs),
            Intent::Lesson => self.lesson(),
            _ => Outcome::default(),
        }
    }

    fn asked_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
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

    /// Takes the option that is chosen as the bet; the last bet starts the clock.
    fn bet(&mut self, ctx: Ctx<'_>) -> Outcome {
        let settled = self.purpose.settle(ctx);
        let Some(bets) = self.purpose.bets_mut() else { return settled };
        let Some(effect) = bets.bet(ctx) else {
            let count = bets.open().map_or(0, |bet| bet.option.len());
            let told = format!("Say first what will happen: 1 to {count}.");
            return settled.then(Outcome::notice(told));
        };
        if !bets.asks() {
            bets.begin(ctx.now.elapsed);
            self.view = View::Map;
            self.show.playback.run(ctx.now.elapsed);
        }
        settled.then(Outcome::effect(effect))
    }

    /// To the lesson that a lab belongs to.
    pub(super) fn lesson(&self) -> Outcome {
        match self.purpose.bets() {
            Some(bets) => bets.lesson(),
            None => {
                Outcome::notice("l leads from a part that is looked into (enter) to its lesson.")
            }
        }
    }

    pub(super) fn hint(&self) -> Outcome {
        match (self.purpose.allows(Action::Hint), &self.purpose) {
            (Err(reason), _) => reason.into(),
            (Ok(()), Purpose::Incident(repair)) => Outcome::notice(repair.goal().hint.clone()),
            (Ok(()), _) => Outcome::default(),
        }
    }

    /// The solution is told, and runs.
    pub(super) fn solution(&mut self, ctx: Ctx<'_>) -> Outcome {
        if let Err(reason) = self.purpose.allows(Action::Solution) {
            return reason.into();
        }
        let Purpose::Incident(repair) = &mut self.purpose else { return Outcome::default() };
        let Some(experiment) = repair.solution() else { return Reason::NothingToRepair.into() };
        let words = setup_of_changes(&experiment, &repair.bets.lab().experiment, &self.show);
        let before = self.show.experiment().clone();
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.show.restart(experiment, pace) {
            return Outcome::notice(sentence);
        }
        repair.shown_solution(before, &self.show);
        Outcome::notice(format!("The solution: {}.", words.join("; ")))
    }
}

/// Settings of an experiment that another has not.
fn setup_of_changes(experiment: &Experiment, before: &Experiment, show: &RunView) -> Vec<String> {
    let new =
        experiment.changes.iter().filter(|(path, value)| before.changes.get(*path) != Some(*value));
    new.map(|(path, value)| words::setting(show, path, value)).collect()
}

/// What is set up, in lines: how long and how many orders, what is changed, what breaks.
fn setup(experiment: &Experiment, show: &RunView) -> Vec<(&'static str, String)> {
    let rate = experiment.load.rate.unwrap_or(show.draft.design.load.rate);
    let orders = match experiment.load.orders {
        Some(orders) => format!("{orders} orders, {rate} a second"),
        None => format!("{rate} orders a second"),
    };
    let mut lines = vec![("run", format!("{}, {orders}", experiment.run.0))];
    // Which design is run stands in the title.
    for (path, value) in experiment.changes.iter().filter(|(path, _)| *path != "design") {
        lines.push(("set", words::setting(show, path, value)));
    }
    lines.extend(experiment.faults.iter().map(|fault| ("breaks", words::breaks(show, fault))));
    lines
}

/// A text under and beside what stands before it.
struct Setter {
    width: usize,
    lines: Vec<Vec<Piece>>,
}

impl Setter {
    fn block(&mut self, head: &[Piece], text: &str, meaning: Meaning) {
        let indent = crate::tui::wrap::columns(head);
        let room = self.width.saturating_sub(indent).max(20);
        for (place, line) in wrap(&[(text.to_owned(), meaning)], room).into_iter().enumerate() {
            let mut pieces =
                if place == 0 { head.to_vec() } else { vec![(" ".repeat(indent), Meaning::Text)] };
            pieces.extend(line.pieces);
            self.lines.push(pieces);
        }
    }

    fn labelled(&mut self, label: &str, text: &str, meaning: Meaning) {
        self.block(&[(format!("{label:<9} "), Meaning::Faint)], text, meaning);
    }

    fn space(&mut self) {
        self.lines.push(Vec::new());
    }
}

fn lines(purpose: &Purpose, show: &RunView, width: usize) -> Vec<Vec<Piece>> {
    let mut setter = Setter { width: width.min(MEASURE + 10), lines: Vec::new() };
    match purpose.bets() {
        Some(bets) if bets.asks() => asked(bets, show, &mut setter),
        Some(bets) => told(purpose, bets, show, &mut setter),
        None => {}
    }
    setter.lines
}

/// The set-up, and the bet that is open.
fn asked(bets: &Bets, show: &RunView, setter: &mut Setter) {
    let mut before = "";
    for (name, text) in setup(&bets.lab().experiment, show) {
        setter.labelled(if name == before { "" } else { name }, &text, Meaning::Text);
        before = name;
    }
    setter.space();
    if let Some(bet) = bets.open() {
        let (shown, cursor) = bets.options();
        setter.block(&[("◆ ".to_owned(), Meaning::Prediction)], &bet.ask, Meaning::Strong);
        setter.space();
        for (place, option) in shown.into_iter().enumerate() {
            let Some(option) = bet.option.get(option) else { continue };
            let is_here = Some(place) == cursor;
            let sign = if is_here { "▸" } else { " " };
            let head = [
                (format!("  {sign} "), Meaning::Accent),
                (format!("{}  ", place + 1), Meaning::Key),
            ];
            let meaning = if is_here { Meaning::Selected } else { Meaning::Text };
            setter.block(&head, &option.text, meaning);
        }
    }
    setter.space();
    setter.block(&[], "The clock starts when you have bet.", Meaning::Faint);
}

/// How the bets went, what was repaired, and why it is so.
fn told(purpose: &Purpose, bets: &Bets, show: &RunView, setter: &mut Setter) {
    for Told { bet, shown, said, right } in bets.told() {
        let head = if said.is_some() && said == right {
            ("✓ won   ".to_owned(), Meaning::Right)
        } else {
            ("✗ lost  ".to_owned(), Meaning::Wrong)
        };
        setter.block(&[head], &bet.ask, Meaning::Strong);
        for number in shown {
            let Some(option) = bet.option.get(number) else { continue };
            let is_so = right == Some(number);
            let (sign, meaning) =
                if is_so { ("✓", Meaning::Right) } else { ("✗", Meaning::Faint) };
            let mine = if said == Some(number) { " ← you" } else { "" };
            let text = if is_so { Meaning::Text } else { Meaning::Faint };
            let head = [(format!("    {sign} "), meaning)];
            setter.block(&head, &format!("{}{mine}", option.text), text);
        }
        setter.space();
    }
    if let Purpose::Incident(repair) = purpose {
        repaired(repair, show, setter);
        setter.space();
    }
    setter.labelled("why", &bets.lab().why, Meaning::Text);
    setter.space();
    for seen in &bets.lab().seen {
        setter.labelled("seen", &format!("{}: {}", seen.at.0, seen.text), Meaning::Faint);
    }
    setter.space();
    let text = "esc looks at the run again: ← rewinds it, o follows an order.";
    setter.block(&[], text, Meaning::Faint);
}

/// What was repaired, and with how many changes.
fn repaired(repair: &Repair, show: &RunView, setter: &mut Setter) {
    let text = if repair.was_shown() {
        "by the solution that was shown; nothing is counted".to_owned()
    } else {
        format!("{} changed, par {}", repair.changes(), repair.goal().par)
    };
    setter.block(&[("✓ repaired  ".to_owned(), Meaning::Right)], &text, Meaning::Strong);
    for check in &repair.goal().checks {
        let check = words::check(show, check);
        setter.block(&[("    ✓ ".to_owned(), Meaning::Right)], &check, Meaning::Text);
    }
}

pub fn draw(purpose: &Purpose, show: &RunView, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(bets) = purpose.bets() else { return };
    let lines = lines(purpose, show, usize::from(area.width));
    let room = usize::from(area.height);
    let last = lines.len().saturating_sub(room);
    let top = if bets.asks() {
        // The option under the cursor is on the screen, with what follows it if that fits.
        let is_lead = |line: &Vec<Piece>| line.first().is_some_and(|(text, _)| text.contains('▸'));
        let here = lines.iter().position(is_lead).unwrap_or(0);
        (here + 3).saturating_sub(room).min(last)
    } else {
        bets.scroll.shown(lines.len(), room)
    };
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
        let line = frame::cut(line, usize::from(area.width));
        frame::line(buffer, area, area.x, y, &line, ctx.theme);
    }
    if top < last {
        frame::more(buffer, ctx.areas(frame::Width::Wide), ctx.theme);
    }
}

/// Whether a key does something.
pub fn does(purpose: &Purpose, show: &RunView, ctx: Ctx<'_>, intent: Intent) -> bool {
    let Some(bets) = purpose.bets() else { return false };
    let (options, cursor) = bets.options();
    match intent {
        Intent::Choose(place) if bets.asks() => usize::from(place) < options.len(),
        Intent::GoOn if bets.asks() => cursor.is_some(),
        Intent::Down if bets.asks() => cursor.is_none_or(|place| place + 1 < options.len()),
        Intent::Up if bets.asks() => cursor != Some(0),
        Intent::Down | Intent::Up => {
            let area = ctx.areas(frame::Width::Wide).body;
            let lines = lines(purpose, show, usize::from(area.width)).len();
            bets.scroll.moves(intent, lines, usize::from(area.height))
        }
        _ => true,
    }
}

pub fn spoken(purpose: &Purpose, show: &RunView) -> (Vec<String>, Vec<(String, String)>) {
    let blocks =
        lines(purpose, show, MEASURE).iter().map(|line| super::text(line)).collect::<Vec<_>>();
    let open = purpose.bets().and_then(|bets| Some((bets.open()?, bets.options().0)));
    let choices = open.map_or_else(Vec::new, |(bet, shown)| {
        let options = shown.into_iter().filter_map(|option| bet.option.get(option)).enumerate();
        options.map(|(place, option)| ((place + 1).to_string(), option.text.clone())).collect()
    });
    (blocks.into_iter().filter(|block| !block.trim().is_empty()).collect(), choices)
}
