//! The pipeline in words and numbers: the ledger, what is wrong with services, what can be broken,
//! what happened lately.

use super::breakage::Breakage;
use super::show::Show;
use crate::sim::pipeline::{Occurrence, OccurrenceKind};
use crate::sim::run::Run;
use crate::sim::snapshot::{PartView, Snapshot};
use crate::tui::theme::Meaning;
use crate::tui::wrap::{Piece, columns, wrap};

/// What became of the orders, in two lines that add up.
pub fn ledger(snapshot: &Snapshot, width: u16) -> Vec<Vec<Piece>> {
    let ledger = snapshot.ledger;
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
            sum(&[("offered", offered), (" = in", accepted), (" + refused", rejected)]),
            sum(&[("done", completed), (" going", going), (" dead", dead), (" lost", lost)]),
        ];
    }
    // Labels of one width in each column: the numbers of both lines stand below each other.
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
        let twice = (ledger.duplicate_charges, alarming(ledger.duplicate_charges));
        let charges = (ledger.charges, Meaning::Text);
        let emails = (ledger.emails, Meaning::Text);
        first.extend(sum(&[("               charged ", charges), ("  twice", twice)]));
        second.extend(sum(&[("   messages", emails)]));
        if ledger.refunds > 0 {
            first.extend(sum(&[("  refunded", (ledger.refunds, Meaning::Retrying))]));
        }
        if ledger.cancelled > 0 {
            second.extend(sum(&[("  cancelled", (ledger.cancelled, Meaning::Retrying))]));
        }
    }
    vec![first, second]
}

/// Labels with their counts; counts are steady: a space and four columns, to the right.
fn sum(terms: &[(&str, (u64, Meaning))]) -> Vec<Piece> {
    let term = |(label, (count, meaning)): &(&str, (u64, Meaning))| {
        [((*label).to_owned(), Meaning::Faint), (format!(" {count:>4}"), *meaning)]
    };
    terms.iter().flat_map(term).collect()
}

/// Services and their faults, in a line or two.
pub fn services(show: &Show, width: u16) -> Vec<Vec<Piece>> {
    let mut services: Vec<Vec<Piece>> = Vec::new();
    for id in &show.plan.services {
        let PartView::Service(view) = show.snapshot.part(*id) else { continue };
        let title = show.title_of(*id);
        services.push(match view.broken {
            Some((word, until)) => {
                let left = until.since(show.snapshot.now);
                vec![
                    (format!("✗ {title} "), Meaning::Wrong),
                    (format!("{word}, {left} left"), Meaning::Urgent),
                ]
            }
            None => vec![
                (format!("{title} "), Meaning::Text),
                (format!("{:>2} busy", view.in_flight), Meaning::Faint),
            ],
        });
    }
    if services.is_empty() {
        return Vec::new();
    }
    services.push(vec![("(latencies: model assumption)".to_owned(), Meaning::Faint)]);
    flow("services  ", services, width)
}

/// What the keys break at once.
pub fn keys(breakages: &[Breakage], width: u16) -> Vec<Vec<Piece>> {
    let keys = breakages.iter().enumerate().map(|(index, breakage)| {
        vec![
            ((index + 1).to_string(), Meaning::Key),
            (format!(" {}", breakage.label), Meaning::Faint),
        ]
    });
    // In one line: all that can be broken is on f.
    let mut lines = flow("break     ", keys.collect(), width);
    lines.truncate(1);
    lines
}

/// A sentence behind a label, in so many lines at the most.
pub fn labelled(
    label: &str,
    text: &str,
    meaning: Meaning,
    most: usize,
    width: u16,
) -> Vec<Vec<Piece>> {
    let room = usize::from(width).saturating_sub(10).clamp(20, 110);
    let lines = wrap(&[(text.to_owned(), meaning)], room).into_iter().take(most).enumerate();
    let lines = lines.map(|(place, line)| {
        let label = if place == 0 { label } else { "" };
        let mut pieces = vec![(format!("{label:<10}"), Meaning::Faint)];
        pieces.extend(line.pieces);
        pieces
    });
    lines.collect()
}

/// Items one after another behind a label, over as many lines as they need.
pub fn flow(label: &str, items: Vec<Vec<Piece>>, width: u16) -> Vec<Vec<Piece>> {
    let indent = label.len();
    let mut lines: Vec<Vec<Piece>> = vec![vec![(label.to_owned(), Meaning::Faint)]];
    let mut used = indent;
    for (index, item) in items.into_iter().enumerate() {
        let wide = columns(&item);
        let gap = if used == indent { 0 } else { 3 };
        if index > 0 && used + gap + wide > usize::from(width) {
            lines.push(vec![(" ".repeat(indent), Meaning::Text)]);
            used = indent;
        }
        let Some(line) = lines.last_mut() else { continue };
        if used > indent {
            line.push(("   ".to_owned(), Meaning::Text));
            used += 3;
        }
        line.extend(item);
        used += wide;
    }
    lines
}

pub fn meaning(kind: OccurrenceKind) -> Meaning {
    use OccurrenceKind as Kind;
    match kind {
        Kind::HandedBack
        | Kind::Retrying
        | Kind::DeliveryFailed
        | Kind::Copied
        | Kind::Deduplicated
        | Kind::Throttled
        | Kind::Caught
        | Kind::InProgressElsewhere
        | Kind::DeletedTooLate => Meaning::Retrying,
        Kind::DeadLettered
        | Kind::Expired
        | Kind::Dropped
        | Kind::ExecutionFailed
        | Kind::ExecutionTimedOut => Meaning::Wrong,
        Kind::AlarmOn => Meaning::Alarm,
        Kind::AlarmOff | Kind::Repaired | Kind::Redriven | Kind::AlreadyDone => Meaning::Right,
        Kind::Broken
        | Kind::Crashed
        | Kind::InvocationFailed
        | Kind::InvocationPartlyFailed
        | Kind::Unmatched
        | Kind::CallFailed
        | Kind::WorkFailed
        | Kind::Unprocessable
        | Kind::Rejected => Meaning::Urgent,
        _ => Meaning::Text,
    }
}

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
pub fn line(run: &Run, occurrence: &Occurrence) -> Vec<Piece> {
    let meaning = meaning(occurrence.kind);
    vec![
        (format!("{}  ", occurrence.at), Meaning::Faint),
        (format!("{} ", sign(meaning)), meaning),
        (words(run, occurrence), Meaning::Text),
    ]
}

/// The same as a sentence.
pub fn sentence(run: &Run, occurrence: &Occurrence) -> String {
    format!("{}  {}", occurrence.at, words(run, occurrence))
}

fn words(run: &Run, occurrence: &Occurrence) -> String {
    let part = run.topology().part(occurrence.part).map_or("", |part| part.title.as_str());
    match occurrence.order {
        Some(order) => format!("{part}: order {order} {}", occurrence.words()),
        None => format!("{part}: {}", occurrence.words()),
    }
}

/// A part in words, for reading aloud; `None` where there is nothing to say.
pub fn spoken(view: &PartView) -> Option<String> {
    Some(match view {
        PartView::Plain => return None,
        PartView::Store { stored, outbox } => format!("{stored} stored, {outbox} in the outbox"),
        PartView::Bus { published, unmatched, under_way, .. } => {
            format!("{published} published, {unmatched} matched by no rule, {under_way} on the way")
        }
        PartView::Queue(queue) => format!(
            "{} visible, {} in flight, {} delayed, oldest {}",
            queue.visible, queue.in_flight, queue.delayed, queue.age_of_oldest
        ),
        PartView::Function(function) => format!(
            "{} of {} running, {} invocations, {} errors{}",
            function.running,
            function.limit,
            function.invocations,
            function.errors,
            if function.stopped { ", stopped" } else { "" }
        ),
        PartView::Worker(worker) => format!(
            "{} of {} tasks at work, {} done, {} failed, {} deleted too late{}",
            worker.busy,
            worker.tasks,
            worker.done,
            worker.failed,
            worker.late_deletes,
            if worker.stopped { ", stopped" } else { "" }
        ),
        PartView::Topic { published } => format!("{published} published"),
        PartView::Subscription(view) => format!(
            "{} delivered, {} retrying, {} given up",
            view.delivered, view.retrying, view.dropped
        ),
        PartView::Workflow(view) => format!(
            "{} running, {} succeeded, {} failed, {} errors caught",
            view.running, view.succeeded, view.failed, view.caught
        ),
        PartView::Service(view) => match view.broken {
            Some((word, _)) => format!("{word}, {} of {} calls failed", view.failures, view.calls),
            None => format!("{} calls, {} failed", view.calls, view.failures),
        },
        PartView::Alarm { since: Some(since), .. } => format!("in ALARM since {since}"),
        PartView::Alarm { since: None, .. } => "OK".to_owned(),
    })
}
