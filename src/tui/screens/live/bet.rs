//! Before a lab's clock starts: what is set up, and what the learner says will happen. After it: what
//! did, and why.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::lab::LabPlay;
use super::playback::Pace;
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
        let Some(lab) = &mut self.lab else { return back() };
        match intent {
            Intent::Leave if lab.asks() => back(),
            Intent::Leave => {
                self.view = View::Map;
                Outcome::default()
            }
            Intent::Down | Intent::Up | Intent::Choose(_) if lab.asks() => {
                let count = lab.lab().bet.get(lab.asked).map_or(0, |bet| bet.option.len());
                let last = count.saturating_sub(1);
                lab.cursor = Some(match intent {
                    Intent::Down => lab.cursor.map_or(0, |place| (place + 1).min(last)),
                    Intent::Up => lab.cursor.map_or(last, |place| place.saturating_sub(1)),
                    Intent::Choose(place) if usize::from(place) < count => usize::from(place),
                    _ => return Outcome::notice(format!("This bet has the options 1 to {count}.")),
                });
                Outcome::default()
            }
            Intent::GoOn if lab.asks() => {
                let Some(effect) = lab.bet(ctx) else {
                    let count = lab.lab().bet.get(lab.asked).map_or(0, |bet| bet.option.len());
                    return Outcome::notice(format!("Say first what will happen: 1 to {count}."));
                };
                if !lab.asks() {
                    self.view = View::Map;
                    self.show.playback.run(ctx.now.elapsed);
                    self.begun = Some(ctx.now.elapsed);
                }
                Outcome::effect(effect)
            }
            Intent::Down | Intent::Up => {
                let area = ctx.areas(frame::Width::Wide).body;
                let lines = lines(lab, &self.show, usize::from(area.width)).len();
                lab.scroll.scroll(intent, lines, usize::from(area.height));
                Outcome::default()
            }
            Intent::GoOn => Outcome::go(Go::Labs),
            Intent::Lesson => {
                let (lesson, anchor) = lab.lesson();
                Outcome::look_up(lesson, anchor)
            }
            _ => Outcome::default(),
        }
    }

    /// A lab's lesson, hint and solution.
    pub(super) fn lab_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let Some(lab) = &mut self.lab else {
            return Outcome::notice(match intent {
                Intent::Lesson => "l leads from a part that is looked into (enter) to its lesson.",
                _ => "There is nothing to repair here: b has incidents.",
            });
        };
        match intent {
            Intent::Lesson => {
                let (lesson, anchor) = lab.lesson();
                Outcome::look_up(lesson, anchor)
            }
            Intent::Hint => match lab.hint() {
                Some(hint) => Outcome::notice(hint.to_owned()),
                None => Outcome::notice("A lab has no hint: watch, and go back to look again."),
            },
            _ => {
                let Some(experiment) = lab.solution() else {
                    return Outcome::notice("There is nothing to repair here.");
                };
                let words = setup_of_changes(&experiment, &lab.lab().experiment, &self.show);
                let words = words.join("; ");
                let before = self.show.experiment().clone();
                let outcome =
                    self.show.restart(experiment, Pace::Running { played: ctx.now.elapsed });
                if let Err(sentence) = outcome {
                    return Outcome::notice(sentence);
                }
                lab.shown_solution(before, &self.show);
                Outcome::notice(format!("The solution: {words}."))
            }
        }
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

fn lines(lab: &LabPlay, show: &RunView, width: usize) -> Vec<Vec<Piece>> {
    let mut setter = Setter { width: width.min(MEASURE + 10), lines: Vec::new() };
    if lab.asks() {
        asked(lab, show, &mut setter);
    } else {
        told(lab, show, &mut setter);
    }
    setter.lines
}

/// The set-up, and the bet that is open.
fn asked(lab: &LabPlay, show: &RunView, setter: &mut Setter) {
    let mut before = "";
    for (name, text) in setup(&lab.lab().experiment, show) {
        setter.labelled(if name == before { "" } else { name }, &text, Meaning::Text);
        before = name;
    }
    setter.space();
    if let Some(bet) = lab.lab().bet.get(lab.asked) {
        setter.block(&[("◆ ".to_owned(), Meaning::Prediction)], &bet.ask, Meaning::Strong);
        setter.space();
        for (place, option) in shown(lab, lab.asked).enumerate() {
            let Some(option) = bet.option.get(option) else { continue };
            let is_here = Some(place) == lab.cursor;
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

/// The author's numbers of a bet's options, in the order shown.
fn shown(lab: &LabPlay, bet: usize) -> impl Iterator<Item = usize> {
    lab.shown.get(bet).into_iter().flatten().map(|option| usize::from(*option))
}

/// How the bets went, what was repaired, and why it is so.
fn told(lab: &LabPlay, show: &RunView, setter: &mut Setter) {
    for (place, bet) in lab.lab().bet.iter().enumerate() {
        let said = lab.said.get(place).copied();
        let right = lab.right.get(place).copied().flatten();
        let head = if said.is_some() && said == right {
            ("✓ won   ".to_owned(), Meaning::Right)
        } else {
            ("✗ lost  ".to_owned(), Meaning::Wrong)
        };
        setter.block(&[head], &bet.ask, Meaning::Strong);
        for number in shown(lab, place) {
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
    if let Some(goal) = &lab.lab().goal {
        let text = if lab.was_shown() {
            "by the solution that was shown; nothing is counted".to_owned()
        } else {
            format!("{} changed, par {}", lab.turned.len(), goal.par)
        };
        setter.block(&[("✓ repaired  ".to_owned(), Meaning::Right)], &text, Meaning::Strong);
        for check in &goal.checks {
            let check = words::check(show, check);
            setter.block(&[("    ✓ ".to_owned(), Meaning::Right)], &check, Meaning::Text);
        }
        setter.space();
    }
    setter.labelled("why", &lab.lab().why, Meaning::Text);
    setter.space();
    for seen in &lab.lab().seen {
        setter.labelled("seen", &format!("{}: {}", seen.at.0, seen.text), Meaning::Faint);
    }
    setter.space();
    let text = "esc looks at the run again: ← rewinds it, o follows an order.";
    setter.block(&[], text, Meaning::Faint);
}

pub fn draw(lab: &LabPlay, show: &RunView, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
    let lines = lines(lab, show, usize::from(area.width));
    let room = usize::from(area.height);
    let last = lines.len().saturating_sub(room);
    let top = if lab.asks() {
        // The option under the cursor is on the screen, with what follows it if that fits.
        let is_lead = |line: &Vec<Piece>| line.first().is_some_and(|(text, _)| text.contains('▸'));
        let here = lines.iter().position(is_lead).unwrap_or(0);
        (here + 3).saturating_sub(room).min(last)
    } else {
        lab.scroll.shown(lines.len(), room)
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
pub fn does(lab: &LabPlay, show: &RunView, ctx: Ctx<'_>, intent: Intent) -> bool {
    let options = lab.shown.get(lab.asked).map_or(0, Vec::len);
    match intent {
        Intent::Choose(place) if lab.asks() => usize::from(place) < options,
        Intent::GoOn if lab.asks() => lab.cursor.is_some(),
        Intent::Down if lab.asks() => lab.cursor.is_none_or(|place| place + 1 < options),
        Intent::Up if lab.asks() => lab.cursor != Some(0),
        Intent::Down | Intent::Up => {
            let area = ctx.areas(frame::Width::Wide).body;
            let lines = lines(lab, show, usize::from(area.width)).len();
            lab.scroll.moves(intent, lines, usize::from(area.height))
        }
        _ => true,
    }
}

pub fn spoken(lab: &LabPlay, show: &RunView) -> (Vec<String>, Vec<(String, String)>) {
    let blocks = lines(lab, show, MEASURE).iter().map(|line| super::text(line)).collect::<Vec<_>>();
    let choices = lab.lab().bet.get(lab.asked).map_or_else(Vec::new, |bet| {
        let options = shown(lab, lab.asked).filter_map(|option| bet.option.get(option)).enumerate();
        options.map(|(place, option)| ((place + 1).to_string(), option.text.clone())).collect()
    });
    (blocks.into_iter().filter(|block| !block.trim().is_empty()).collect(), choices)
}
