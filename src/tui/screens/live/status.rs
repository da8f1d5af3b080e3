//! The run in words and numbers: ledger, services, faults and recent occurrences.

use super::fault_option::FaultOption;
use super::run_view::RunView;
use unicode_width::UnicodeWidthStr;

use crate::sim::snapshot::PartView;
use crate::sim::world::{Occurrence, OccurrenceKind, Tone};
use crate::tui::frame;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{columns, wrap};

/// The ledger in two lines that add up.
pub fn ledger(show: &RunView, width: u16) -> Vec<Vec<Piece>> {
    let ledger = show.snapshot.ledger;
    let door = ledger.offered - ledger.accepted - ledger.rejected;
    let alarming = |count: u64| if count > 0 { Meaning::Urgent } else { Meaning::Healthy };
    let offered = (ledger.offered, Meaning::Strong);
    let accepted = (ledger.accepted, Meaning::Strong);
    let rejected = (ledger.rejected, alarming(ledger.rejected));
    let completed = (ledger.completed, Meaning::Right);
    let going = (ledger.in_progress, Meaning::Travelling);
    let dead = (ledger.dead_lettered, alarming(ledger.dead_lettered));
    let lost = (ledger.lost, alarming(ledger.lost));
    if width < 78 {
        return vec![
            // Not a sum: there is no room for orders at the door.
            sum(4, &[("offered", offered), ("  in", accepted), ("  refused", rejected)]),
            sum(4, &[("done", completed), (" going", going), (" dead", dead), (" lost", lost)]),
        ];
    }
    // Labels of equal width in each column align the numbers of both lines.
    let digits = if width >= 84 { 5 } else { 4 };
    let sum = |terms: &[(&'static str, (u64, Meaning))]| sum(digits, terms);
    let mut first = sum(&[
        ("offered ", offered),
        (" = accepted", accepted),
        (" + rejected  ", rejected),
        (" + at the door", (door, Meaning::Text)),
    ]);
    let mut second = sum(&[
        ("accepted", accepted),
        (" = done    ", completed),
        (" + on the way", going),
        (" + in a DLQ   ", dead),
        (" + lost", lost),
    ]);
    if width >= 110 {
        let [one, other] = effects(show, digits);
        first.extend(one);
        second.extend(other);
        if ledger.cancelled > 0 {
            second.extend(sum(&[("  cancelled", (ledger.cancelled, Meaning::Retrying))]));
        }
    }
    vec![first, second]
}

/// What services did: above what does harm done twice, below what else there is.
fn effects(show: &RunView, digits: usize) -> [Vec<Piece>; 2] {
    let effects = show.effects();
    let count = |index: usize| show.snapshot.ledger.effects.get(index).copied().unwrap_or_default();
    let harmful = effects.harmful();
    let others = || effects.done().filter(|(_, kind)| !kind.effect.once);
    let other = others().find(|(_, kind)| kind.effect.forgotten).or(others().next());
    let labels = [
        harmful.map_or("", |(_, kind)| kind.effect.done.as_str()),
        other.map_or("", |(_, kind)| kind.effect.title()),
    ];
    // The numbers of both lines stand below each other.
    let wide = labels.map(|label| label.chars().count()).into_iter().max().unwrap_or(0);
    let text = |count: u64| (count, Meaning::Text);
    let mut lines = [Vec::new(), Vec::new()];
    if let Some((index, kind)) = harmful {
        let done = count(index);
        let twice = if done.again > 0 { Meaning::Urgent } else { Meaning::Healthy };
        let label = format!("{:15}{:<wide$}", "", labels[0]);
        lines[0] = sum(digits, &[(&label, text(done.times)), ("  twice", (done.again, twice))]);
        if let Some((_, undo)) = kind.undo.as_ref().filter(|_| done.undone > 0) {
            let label = format!("  {}", undo.done);
            lines[0].extend(sum(digits, &[(&label, (done.undone, Meaning::Retrying))]));
        }
    }
    if let Some((index, _)) = other {
        lines[1] = sum(digits, &[(&format!("   {:<wide$}", labels[1]), text(count(index).times))]);
    }
    lines
}

/// Sets labels with right-aligned counts of constant width.
fn sum(digits: usize, terms: &[(&str, (u64, Meaning))]) -> Vec<Piece> {
    let term = |(label, (count, meaning)): &(&str, (u64, Meaning))| {
        [Piece::faint((*label).to_owned()), Piece::new(format!(" {count:>digits$}"), *meaning)]
    };
    terms.iter().flat_map(term).collect()
}

/// What the run assumes of services.
const LATENCIES: &str = "(latencies: model assumption)";

/// Columns beside a service's name for its fault and the time left, or for the fault alone.
const TROUBLE: usize = 16;
const TROUBLE_SHORT: usize = 9;

/// The services with their faults. Each has room for a fault, so that nothing moves when one begins.
pub fn services(show: &RunView, width: u16) -> Vec<Vec<Piece>> {
    let mut services: Vec<(usize, Vec<Piece>)> = Vec::new();
    let is_wide = width >= 100;
    for id in &show.plan.services {
        let PartView::Service(view) = show.snapshot.part(*id) else { continue };
        let title = show.title_of(*id);
        let words = match view.broken {
            Some((word, until)) => {
                let left = until.since(show.snapshot.now);
                vec![
                    Piece::wrong(format!("✗ {title} ")),
                    Piece::urgent(if is_wide { format!("{word} {left}") } else { word.to_owned() }),
                ]
            }
            None => vec![
                Piece::text(format!("{title} ")),
                Piece::faint(format!("{:>2} busy", view.in_flight)),
            ],
        };
        let beside = if is_wide { TROUBLE } else { TROUBLE_SHORT };
        services.push((title.chars().count() + beside, words));
    }
    if services.is_empty() && !has_lanes_of_services(show) {
        return Vec::new();
    }
    let note = vec![Piece::faint(LATENCIES)];
    services.push((columns(&note), note));
    flow("services  ", services, width)
}

/// Whether the map itself shows services, whose latencies are assumed all the same.
fn has_lanes_of_services(show: &RunView) -> bool {
    let is_service = |part| matches!(show.snapshot.part(part), PartView::Service(_));
    show.plan.lanes.iter().any(|lane| is_service(lane.part))
}

/// The services in one line, where there is no room for each of them: how many calls they work on, and which
/// of them are broken. Only what is assumed of them if all have lanes; empty if there is none.
pub fn services_summed(show: &RunView, width: u16) -> Vec<Piece> {
    let (mut busy, mut broken, mut count) = (0, Vec::new(), 0);
    for id in &show.plan.services {
        let PartView::Service(view) = show.snapshot.part(*id) else { continue };
        (count, busy) = (count + 1, busy + view.in_flight);
        broken.extend(view.broken.map(|(word, _)| format!("✗ {} {word}", show.title_of(*id))));
    }
    if count == 0 {
        return services(show, width).pop().unwrap_or_default();
    }
    let mut line = vec![
        Piece::faint(format!("services  {busy:>2} busy")),
        Piece::space(3),
        Piece::faint(LATENCIES),
        Piece::space(3),
    ];
    // At the end, so that a fault that comes moves nothing.
    let names = broken.join("  ");
    let fits = columns(&line) + names.width() <= usize::from(width);
    let told =
        if fits || broken.len() < 2 { names } else { format!("✗ {} broken", broken.len()) };
    line.push(Piece::urgent(told));
    line
}

/// The first active fault of a service in one line, where there is no room for all services.
pub fn trouble(show: &RunView) -> Option<Vec<Piece>> {
    let broken = show.plan.services.iter().find_map(|id| {
        let PartView::Service(view) = show.snapshot.part(*id) else { return None };
        view.broken.map(|(word, until)| (*id, word, until))
    });
    let (id, word, until) = broken?;
    let left = until.since(show.snapshot.now);
    let title = show.title_of(id);
    Some(vec![Piece::wrong(format!("✗ {title} ")), Piece::urgent(format!("{word}, {left} left"))])
}

/// The faults that number keys inject.
pub fn keys(fault_options: &[FaultOption], width: u16) -> Vec<Vec<Piece>> {
    let keys = fault_options.iter().enumerate().map(|(index, fault_option)| {
        let words = vec![
            Piece::key((index + 1).to_string()),
            Piece::faint(format!(" {}", fault_option.label)),
        ];
        (columns(&words), words)
    });
    // One line is enough: f lists all faults.
    let mut lines = flow("break     ", keys.collect(), width);
    if lines.len() > 1 {
        lines.truncate(1);
        lines = lines.iter().map(|line| frame::with_more(line, usize::from(width))).collect();
    }
    lines
}

/// Sets a sentence behind a label, in at most `most` lines.
pub fn labelled(
    label: &str,
    text: &str,
    meaning: Meaning,
    most: usize,
    width: u16,
) -> Vec<Vec<Piece>> {
    let room = usize::from(width).saturating_sub(10).clamp(20, 110);
    let wrapped = wrap(&[Piece::new(text.to_owned(), meaning)], room);
    let is_cut = wrapped.len() > most;
    let lines = wrapped.into_iter().take(most).enumerate().map(|(place, line)| {
        let label = if place == 0 { label } else { "" };
        let mut pieces = vec![Piece::faint(format!("{label:<10}"))];
        pieces.extend(line.pieces);
        if is_cut && place + 1 == most {
            pieces = frame::with_more(&pieces, room + 10);
        }
        pieces
    });
    lines.collect()
}

/// Sets items behind a label, over as many lines as they need. Each takes the width given beside it, whatever
/// it says at the moment.
pub fn flow(label: &str, items: Vec<(usize, Vec<Piece>)>, width: u16) -> Vec<Vec<Piece>> {
    let indent = label.len();
    let mut lines: Vec<Vec<Piece>> = vec![vec![Piece::faint(label.to_owned())]];
    let mut used = indent;
    for (index, (wide, item)) in items.into_iter().enumerate() {
        let gap = if used == indent { 0 } else { 3 };
        if index > 0 && used + gap + wide > usize::from(width) {
            lines.push(vec![Piece::space(indent)]);
            used = indent;
        }
        let Some(line) = lines.last_mut() else { continue };
        let gap = if used == indent { 0 } else { 3 };
        line.push(Piece::space((used + gap).saturating_sub(columns(line))));
        line.extend(item);
        used += gap + wide;
    }
    lines
}

/// The meaning to draw an occurrence with.
pub fn meaning(kind: OccurrenceKind) -> Meaning {
    match kind.tone() {
        Tone::Plain => Meaning::Text,
        Tone::Again => Meaning::Retrying,
        Tone::Lost => Meaning::Wrong,
        Tone::Alarm => Meaning::Alarm,
        Tone::Good => Meaning::Right,
        Tone::Trouble => Meaning::Urgent,
    }
}

/// The sign of a meaning.
pub fn sign(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Retrying => "↻",
        Meaning::Wrong => "✖",
        Meaning::Alarm => "▲",
        Meaning::Right => "✓",
        Meaning::Urgent => "!",
        _ => "·",
    }
}

/// `00:01:32 ↻ #57 inventory: visible again after receive 1`
pub fn line(show: &RunView, occurrence: &Occurrence) -> Vec<Piece> {
    let meaning = meaning(occurrence.kind());
    vec![
        Piece::faint(format!("{}  ", occurrence.at)),
        Piece::new(format!("{} ", sign(meaning)), meaning),
        Piece::text(words(show, occurrence)),
    ]
}

/// An occurrence as a sentence.
pub fn sentence(show: &RunView, occurrence: &Occurrence) -> String {
    format!("{}  {}", occurrence.at, words(show, occurrence))
}

fn words(show: &RunView, occurrence: &Occurrence) -> String {
    let part = show.topology().part(occurrence.part).map_or("", |part| part.title.as_str());
    match occurrence.order {
        Some(order) => {
            format!("{part}: {} {order} {}", show.noun().one, occurrence.words())
        }
        None => format!("{part}: {}", occurrence.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::piece::text;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn both_lines_of_the_ledger_add_up_and_their_numbers_stand_below_each_other() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Break(0)]).at("3m");
        let lines = ledger(&stage.live().view, 100);
        let lines: Vec<String> = lines.iter().map(|line| text(line)).collect();
        for line in &lines {
            let words = line.split_whitespace();
            let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
            assert!(numbers[0] > 0, "{line}");
            assert_eq!(numbers[0], numbers[1..].iter().sum::<u64>(), "{line}");
        }
        let place = |line: &str, sign: char| line.chars().position(|other| other == sign);
        assert_eq!(place(&lines[0], '='), place(&lines[1], '='));
    }

    #[test]
    fn a_long_sentence_ends_with_a_sign_that_there_is_more() {
        let short = labelled("see", "The tray is empty.", Meaning::Text, 1, 60);
        assert_eq!(text(&short[0]), "see       The tray is empty.");
        let long = labelled("see", &"The tray is empty. ".repeat(9), Meaning::Text, 2, 60);
        assert_eq!(long.len(), 2);
        assert!(text(&long[0]).starts_with("see  ") && text(&long[1]).starts_with("     "));
        assert!(!text(&long[0]).ends_with('…') && text(&long[1]).ends_with('…'));
    }

    #[test]
    fn an_item_takes_the_width_it_was_given_whatever_it_says() {
        let items = |first: &'static str| {
            let item = |wide: usize, text: &'static str| (wide, vec![Piece::text(text)]);
            flow("label ", vec![item(8, first), item(8, "two"), item(8, "three")], 26)
        };
        let lines: Vec<String> = items("one").iter().map(|line| text(line)).collect();
        assert_eq!(lines, ["label one        two", "      three"]);
        assert_eq!(text(&items("one more")[0]).find("two"), lines[0].find("two"));
    }

    #[test]
    fn in_one_line_the_services_say_what_is_assumed_and_which_of_them_are_broken() {
        let stage = panel(LETTERS).at("20s");
        let told = text(&services_summed(&stage.live().view, 80));
        assert_eq!(told.trim_end(), "services   1 busy   (latencies: model assumption)");
        let stage = stage.press(&[Intent::Break(0)]).at("30s");
        let broken = text(&services_summed(&stage.live().view, 80));
        assert_eq!(broken.find('('), told.find('('), "nothing moves");
        assert!(broken.ends_with("   ✗ printer outage"), "{broken}");
    }

    #[test]
    fn the_first_broken_service_is_named_with_the_time_left() {
        let stage = panel(LETTERS).at("20s");
        assert_eq!(trouble(&stage.live().view), None);
        let stage = stage.press(&[Intent::Break(0)]).at("30s");
        let told = trouble(&stage.live().view).unwrap();
        assert_eq!(text(&told), "✗ printer outage, 50 s left");
    }
}
