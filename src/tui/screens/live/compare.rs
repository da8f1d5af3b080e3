//! Two runs side by side, with the same orders, seed and faults but another design or other settings, and the
//! difference in words.

use std::borrow::Cow;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::map;
use super::menu::Entry;
use super::playback::{Found, Moved, Pace, Played, Wanted};
use super::run_view::{Draft, RunView};
use super::status;
use super::view;
use crate::sim::design::{Effects, Experiment, PartPath};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::ledger::{Done, Ledger};
use crate::sim::timeline::Intervention;
use crate::tui::count::short;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::list::{Named, Row};
use crate::tui::motion::Motion;
use crate::tui::piece::Piece;
use crate::tui::piece::text;
use crate::tui::sheet::{Line, Size, UNBROKEN, measure, paragraph};
use crate::tui::theme::Meaning;

/// The run to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    Design(String),
    /// The same design without the changed settings.
    AsItWas,
}

/// An entry of the list of runs to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    title: Cow<'static, str>,
    pub other: Other,
}

impl Named for Rival {
    fn names(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.title)
    }
}

impl Entry for Rival {
    fn name(&self) -> &str {
        &self.title
    }
}

/// The runs to compare with.
pub fn choices(ctx: Ctx<'_>, show: &RunView) -> Vec<Row<Rival>> {
    let timeline = show.playback.timeline();
    let turned = timeline
        .interventions()
        .iter()
        .any(|(_, intervention)| matches!(intervention, Intervention::Change(..)));
    let experiment = timeline.experiment();
    let mut items = Vec::new();
    if turned || !experiment.changes.is_empty() || !experiment.then.is_empty() {
        let title = "the same design without the changed settings".into();
        items.push(Row::Item(Rival { title, other: Other::AsItWas }));
    } else {
        items.push(Row::Heading(
            "(change a setting with t first, to compare with the design as it was)".into(),
        ));
    }
    for entry in &ctx.scenario.designs {
        if entry.id != experiment.design_id() {
            let title = entry.title.clone().into();
            items.push(Row::Item(Rival { title, other: Other::Design(entry.id.clone()) }));
        }
    }
    items
}

/// Whether there is a run to compare with.
pub fn has_choice(ctx: Ctx<'_>, show: &RunView) -> bool {
    choices(ctx, show).iter().any(|item| matches!(item, Row::Item(_)))
}

/// Maximum width of text, and of the table.
const MEASURE: usize = 96;
const TABLE: usize = 100;

/// Two runs.
pub struct Compare {
    sides: [RunView; 2],
    names: [String; 2],
    /// Faults whose part the other design lacks.
    left_out: Vec<String>,
}

impl Compare {
    /// Runs another design, or the same one without its changes, up to the playhead. Returns a sentence if it cannot run.
    pub fn new(ctx: Ctx<'_>, show: &RunView, other: &Other) -> Result<Self, String> {
        let now = show.playback.now();
        let ours = show.playback.timeline().saved();
        let mut theirs = Experiment { changes: [].into(), then: Vec::new(), ..ours.clone() };
        let (draft, names) = match other {
            Other::AsItWas => {
                let title = &show.draft.title;
                (show.draft.clone(), [format!("{title}, changed"), format!("{title}, as it was")])
            }
            Other::Design(id) => {
                let entry = ctx.scenario.designs.iter().find(|entry| entry.id == *id);
                let entry = entry.ok_or_else(|| format!("This course has no design {id}."))?;
                theirs.design.clone_from(id);
                let draft = Draft::read(entry, ctx)?;
                let names = [show.draft.title.clone(), draft.title.clone()];
                (draft, names)
            }
        };
        let mut left_out = Vec::new();
        theirs.faults.retain(|fault| {
            let fits = fault.resolve(&draft.design).is_ok();
            if !fits {
                left_out.push(format!("{} of {}", fault.kind.word(), fault.part));
            }
            fits
        });
        let mut sides = [
            RunView::new(show.draft.clone(), ours, Pace::Paused)?,
            RunView::new(draft, theirs, Pace::Paused)?,
        ];
        for side in &mut sides {
            side.playback.go(now);
            side.refresh();
        }
        Ok(Self { sides, names, left_out })
    }

    /// The run that is being compared.
    pub fn first(&self) -> &RunView {
        &self.sides[0]
    }

    /// Pauses both runs.
    pub fn pause(&mut self) {
        for side in &mut self.sides {
            side.playback.pause();
        }
    }

    /// Time until the next frame; `None`: until a key is pressed.
    pub fn deadline(&self, motion: Motion) -> Option<Duration> {
        let both = self.sides.iter().filter_map(|side| side.playback.deadline(motion));
        both.min()
    }

    /// Whether there is work that one update could not finish.
    pub fn has_work(&self) -> bool {
        self.sides.iter().any(|side| side.playback.has_work())
    }

    /// Plays the first run at its pace; the second follows.
    pub fn go_on(&mut self, played: Played) {
        let [first, second] = &mut self.sides;
        first.play(played);
        let to = first.playback.now();
        if second.playback.now() != to {
            second.playback.go(to);
        }
        second.play(Played::Work);
    }

    /// Whether an intent does something.
    pub fn does(&self, intent: Intent) -> bool {
        let playback = &self.sides[0].playback;
        match intent {
            Intent::ToReached => !playback.is_over(),
            Intent::Restart => playback.now() > Time::ZERO,
            other => playback.does(other).unwrap_or(true),
        }
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let playback = &mut self.sides[0].playback;
        let outcome = match intent {
            // Runs are compared at the end, so the key leads there.
            Intent::ToReached => {
                playback.pause();
                playback.go(playback.timeline().over());
                Outcome::default()
            }
            Intent::Restart => {
                playback.go(Time::ZERO);
                Outcome::default()
            }
            Intent::NextMoment | Intent::PreviousMoment => {
                let found = match intent {
                    Intent::NextMoment => playback.go_to_next(Wanted::Moment, &[]),
                    _ => playback.go_to_previous(&[]),
                };
                match found {
                    Some(Found::Occurrence(occurrence)) => {
                        Outcome::notice(status::sentence(&self.sides[0], &occurrence))
                    }
                    // The search continues.
                    None if intent == Intent::NextMoment => Outcome::default(),
                    Some(_) | None => Outcome::notice("There is nothing unusual."),
                }
            }
            _ => match playback.transport(intent, ctx.now.elapsed) {
                Some(Moved::Over) => Outcome::notice(playback.end()),
                Some(Moved::Happened(Some(occurrence))) => {
                    Outcome::notice(status::sentence(&self.sides[0], &occurrence))
                }
                Some(Moved::Happened(None) | Moved::Clock) | None => Outcome::default(),
            },
        };
        self.go_on(Played::Tick(ctx.now.elapsed, ctx.motion));
        outcome
    }

    /// The difference in words, the faults left out, and both ledgers.
    fn lines(&self, (width, height): Size) -> Vec<Line> {
        let mut lines = paragraph(
            &difference(&self.sides, &self.names),
            Meaning::Strong,
            measure(width, MEASURE),
        );
        if !self.left_out.is_empty() {
            let text = format!("Not in {}: {}.", self.names[1], self.left_out.join(", "));
            lines.extend(paragraph(&text, Meaning::Strong, measure(width, MEASURE)));
        }
        if height >= 18 {
            lines.push(Vec::new());
        }
        let room = height.saturating_sub(lines.len());
        lines.extend(table(&self.sides, &self.names, width.min(TABLE), room));
        lines
    }

    /// Draws the panel.
    pub fn draw(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let mut y = area.y;
        for line in self.lines((usize::from(area.width), usize::from(area.height))) {
            let line = frame::cut(&line, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &line, ctx.theme);
            y += 1;
        }
        y += 1;
        let room = area.bottom().saturating_sub(y);
        if room < 4 {
            return;
        }
        let half = (area.width - 3) / 2;
        for (place, side) in self.sides.iter().enumerate() {
            let x = area.x + (half + 3) * place as u16;
            let title = [Piece::accent(self.names[place].clone())];
            let column = Rect { x, y, width: half, height: room };
            frame::line(buffer, column, x, y, &frame::cut(&title, usize::from(half)), ctx.theme);
            let scene = side.scene(ctx.motion, &[]);
            let below = Rect { y: y + 1, height: room - 1, ..column };
            map::draw(&scene, below, buffer, ctx.theme);
        }
    }

    /// The panel in reading order.
    pub fn spoken(&self) -> Vec<String> {
        let lines = self.lines((UNBROKEN, usize::MAX));
        let mut blocks: Vec<String> =
            lines.iter().filter(|line| !line.is_empty()).map(|line| text(line)).collect();
        // The pictures below are read part by part.
        for (side, name) in self.sides.iter().zip(&self.names) {
            for id in side.plan.order() {
                if let Some(words) = view::spoken(side.snapshot.part(id), side.snapshot.now) {
                    blocks.push(format!("{name}, {}: {words}", side.title_of(id)));
                }
            }
        }
        blocks
    }
}

/// A row of the ledgers: its label, the counts of both, and whether more of it is worse.
type Count = (String, [u64; 2], bool);

/// A row before there are ledgers: its label, how it is counted, and whether more of it is worse.
type Counted = (&'static str, fn(&Ledger) -> u64, bool);

/// What is told of each ledger.
const ROWS: [Counted; 7] = [
    ("offered", |l| l.offered, false),
    ("rejected", |l| l.rejected, true),
    ("at the door", |l| l.offered.saturating_sub(l.accepted + l.rejected), false),
    ("done", |l| l.completed, false),
    ("on the way", |l| l.in_progress, false),
    ("in a DLQ", |l| l.dead_lettered, true),
    ("lost", |l| l.lost, true),
];

/// The rows for two runs: what became of the orders, and what was done that does harm done twice.
fn rows(sides: &[RunView; 2]) -> Vec<Count> {
    let ledgers = || [&sides[0], &sides[1]].map(|side| &side.snapshot.ledger);
    let of = |&(label, count, is_bad): &Counted| (label.to_owned(), ledgers().map(count), is_bad);
    let mut rows: Vec<Count> = ROWS.iter().map(of).collect();
    let effects = [&sides[0], &sides[1]].map(RunView::effects);
    let harmful = effects.iter().find_map(Effects::harmful);
    if let Some((_, kind)) = harmful {
        // Another design may have other effects, or the same in another place.
        let place = |effects: &Effects| effects.kinds.iter().position(|other| other.id == kind.id);
        let places = [place(&effects[0]), place(&effects[1])];
        let counts = |read: fn(&Done) -> u64| {
            let count = |(ledger, place): (&Ledger, Option<usize>)| {
                place.and_then(|place| ledger.effects.get(place)).map_or(0, read)
            };
            let [one, other] = ledgers();
            [(one, places[0]), (other, places[1])].map(count)
        };
        let done = &kind.effect.done;
        rows.push((done.clone(), counts(|done| done.times), false));
        rows.push((format!("{done} twice"), counts(|done| done.again), true));
        if let Some((_, undo)) = &kind.undo {
            rows.push((undo.done.clone(), counts(|done| done.undone), false));
        }
        rows.push((format!("{done}, rejected"), counts(|done| done.rejected), true));
    }
    rows
}

/// Sets both ledgers side by side. Where there is little room, rows that are zero on both sides go first, and
/// the column of differences; where there is hardly any, only what went wrong stays.
fn table(sides: &[RunView; 2], names: &[String; 2], width: usize, room: usize) -> Vec<Line> {
    let has_difference = width >= 60;
    let columns = if has_difference { 3 } else { 2 };
    let wide = (width.saturating_sub(20) / columns).clamp(8, 26);
    let head = |name: &str| {
        let name = crate::tui::wrap::cut(name, wide - 1);
        format!("{}{name}", " ".repeat(wide.saturating_sub(name.chars().count())))
    };
    let mut lines = vec![vec![
        Piece::faint(format!("{:<18}", sides[0].noun().many)),
        Piece::accent(head(&names[0])),
        Piece::accent(head(&names[1])),
        Piece::faint(format!("{:>wide$}", "difference")),
    ]];
    let rows = rows(sides);
    let is_roomy = room >= rows.len() + 2;
    for (label, [a, b], is_bad) in rows {
        let is_told = is_roomy || (a, b) != (0, 0) && (is_bad || room >= 8);
        if !is_told {
            continue;
        }
        let meaning = |n: u64| if is_bad && n > 0 { Meaning::Urgent } else { Meaning::Text };
        let difference = match a.cmp(&b) {
            std::cmp::Ordering::Equal => Cow::from("–"),
            std::cmp::Ordering::Greater => format!("+{}", a - b).into(),
            std::cmp::Ordering::Less => format!("−{}", b - a).into(),
        };
        lines.push(vec![
            Piece::text(format!("{label:<18}")),
            Piece::new(format!("{a:>wide$}"), meaning(a)),
            Piece::new(format!("{b:>wide$}"), meaning(b)),
            Piece::faint(format!("{difference:>wide$}")),
        ]);
    }
    let cost = |side: &RunView| side.run().value("bill.dollars_per_million_orders").unwrap_or(0.0);
    let [a, b] = [cost(&sides[0]), cost(&sides[1])];
    // A synchronous chain has no bill of its own: the services it calls have theirs.
    let priced =
        |cost: f64| if cost > 0.0 { Cow::from(format!("{cost:.2}")) } else { "not priced".into() };
    let difference = if a > 0.0 && b > 0.0 { format!("{:+.2}", a - b) } else { String::new() };
    lines.push(vec![
        Piece::text(format!("{:<18}", "$ for a million")),
        Piece::text(format!("{:>wide$}", priced(a))),
        Piece::text(format!("{:>wide$}", priced(b))),
        Piece::faint(format!("{difference:>wide$}")),
    ]);
    if !has_difference {
        for line in &mut lines {
            line.truncate(3);
        }
    }
    lines
}

/// The difference between the ledgers in a sentence.
fn difference(sides: &[RunView; 2], names: &[String; 2]) -> String {
    // Name the fault only if both runs had it.
    let [one, other] = [&sides[0], &sides[1]].map(during);
    let during = if one == other { one } else { String::new() };
    let [a, b] = [&sides[0], &sides[1]].map(harm);
    let told = |harm: &[String]| match harm {
        [] => Cow::from("rejected none and lost none"),
        all => all.join(", ").into(),
    };
    let caught_up =
        |side: &RunView| catching_up(side).map_or(String::new(), |words| format!(" and {words}"));
    if a == b && a.is_empty() {
        let caught: Vec<String> = sides
            .iter()
            .zip(names)
            .filter_map(|(side, name)| catching_up(side).map(|words| format!("{name} {words}")))
            .collect();
        let end =
            if caught.is_empty() { String::new() } else { format!("; {}", caught.join(", ")) };
        let both = if during.is_empty() { "Both" } else { "both" };
        return format!("{during}{both} lost none and rejected none{end}.");
    }
    // Having caught up is no merit for a run that rejected orders.
    let end = |side: &RunView, harm: &[String]| {
        if harm.is_empty() { caught_up(side) } else { String::new() }
    };
    format!(
        "{during}{} {}{}; {} {}{}.",
        names[0],
        told(&a),
        end(&sides[0], &a),
        names[1],
        told(&b),
        end(&sides[1], &b)
    )
}

/// What went wrong for orders, each in a few words.
fn harm(side: &RunView) -> Vec<String> {
    let ledger = &side.snapshot.ledger;
    let orders = |count: u64| format!("{} {}", short(count), side.noun().of(count));
    let effects = side.effects();
    let harmful = effects
        .harmful()
        .and_then(|(index, kind)| Some((&kind.effect.done, ledger.effects.get(index)?)));
    let mut harm = Vec::new();
    if ledger.rejected > 0 {
        let mut words = format!("rejected {}", orders(ledger.rejected));
        if let Some((done, count)) = &harmful
            && count.rejected > 0
        {
            words = format!("{words}, {} of them {done}", short(count.rejected));
        }
        harm.push(words);
    }
    if ledger.lost > 0 {
        harm.push(format!("lost {}", orders(ledger.lost)));
    }
    if ledger.dead_lettered > 0 {
        harm.push(format!("left {} in dead-letter queues", orders(ledger.dead_lettered)));
    }
    if let Some((done, count)) = harmful
        && count.again > 0
    {
        harm.push(format!("{done} {} times too often", short(count.again)));
    }
    harm
}

/// The beginning of the sentence: the fault that the runs had.
fn during(show: &RunView) -> String {
    let title = |path: &PartPath| {
        let part = show.topology().number(path);
        part.map_or_else(|| path.to_string(), |part| show.title_of(part).to_owned())
    };
    let faults: Vec<_> = show.run().faults().collect();
    match faults.as_slice() {
        [] => String::new(),
        [one] if one.kind == FaultKind::Outage => {
            format!("In the {} outage of {}, ", one.span, title(&one.part))
        }
        [one] => format!("With {} at {}, ", one.kind.word(), title(&one.part)),
        more => format!("With {} faults,  ", more.len()),
    }
}

/// How long after the last fault the run had as few orders on the way as before the first one.
fn catching_up(show: &RunView) -> Option<String> {
    let timeline = show.playback.timeline();
    let began = show.run().faults().map(|fault| fault.at).min()?;
    let ended = show.run().faults().map(crate::sim::fault::Fault::until).max()?;
    let now = show.playback.now();
    if now < ended {
        return None;
    }
    let path = "ledger.orders_in_progress";
    let series = timeline.series();
    let before = series.values(path, began).into_iter().rev().take(30).fold(0.0_f32, f32::max);
    let values = series.values(path, now);
    let from = (ended.0 / series.every().0) as usize;
    let back = values.iter().enumerate().skip(from).find(|(_, value)| **value <= before.max(1.0));
    Some(match back {
        Some((row, _)) => {
            let took = Span((row as u64 * series.every().0).saturating_sub(ended.0));
            if took.as_secs() < 5 {
                "had nothing to catch up on".to_owned()
            } else {
                format!("caught up {took} after it")
            }
        }
        None => format!("has {} still on the way", short(show.snapshot.ledger.in_progress)),
    })
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn nothing_is_compared_with_itself_before_a_setting_is_turned() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Compare]);
        assert!(stage.line("change a setting with t first").starts_with('('));
        assert!(!stage.lines().iter().any(|line| line.contains("without the changed settings")));
    }

    #[test]
    fn a_turned_setting_is_compared_with_how_it_was() {
        let stage = panel(LETTERS).at("5s").press(&[Intent::Tune, Intent::Search]);
        let stage =
            stage.typed("tray visibility").press(&[Intent::GoOn, Intent::More, Intent::GoOn]);
        let stage = stage.size(120, 40).press(&[Intent::Compare, Intent::GoOn]);
        let seen = stage.line("difference");
        assert!(seen.contains("Letters, changed") && seen.contains("Letters, as it was"), "{seen}");
        assert!(stage.spoken()[0].contains("lost none"), "{}", stage.spoken()[0]);
        assert!(stage.line("lost none").contains("rejected none"));
    }
}
