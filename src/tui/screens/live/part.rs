//! A part looked into: its configuration as AWS gives it, its measures over time, what it holds, what
//! the bill says, and the way to the lesson about it.

use super::run_view::RunView;
use crate::sim::aws::billing::{self, PRICES_OF};
use crate::sim::snapshot::{PartView, QueueView};
use crate::sim::world::PartId;
use crate::tui::count::short;
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{self, Size};
use crate::tui::theme::Meaning;
use crate::tui::wrap::{Piece, columns, wrap};

/// Measures that are a state, not a count of what happened.
const STATES: [&str; 18] = [
    "visible",
    "in_flight",
    "delayed",
    "age_of_oldest",
    "running",
    "batches",
    "concurrency_limit",
    "under_way",
    "outbox",
    "retrying",
    "on",
    "value",
    "events_waiting",
    "stored",
    "orders_in_progress",
    "orders_dead_lettered",
    "tasks",
    "busy",
];
/// Columns of a sparkline, at the most.
const SPARK_MAX: usize = 48;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Measures,
    Contents,
    Configuration,
    Bill,
}

impl Leaf {
    const ALL: [Self; 4] = [Self::Measures, Self::Contents, Self::Configuration, Self::Bill];

    fn title(self) -> &'static str {
        match self {
            Self::Measures => "measures",
            Self::Contents => "contents",
            Self::Configuration => "configuration",
            Self::Bill => "bill",
        }
    }
}

/// A part that is looked into.
pub struct Inspect {
    part: PartId,
    leaf: usize,
    scroll: Scroll,
}

impl Inspect {
    pub fn new(part: PartId) -> Self {
        Self { part, leaf: 0, scroll: Scroll::default() }
    }

    fn leaf(&self) -> Leaf {
        Leaf::ALL.get(self.leaf).copied().unwrap_or(Leaf::Measures)
    }

    fn path<'a>(&self, show: &'a RunView) -> &'a str {
        show.topology().part(self.part).map_or("", |part| part.path.as_str())
    }

    /// Turns the page, or scrolls; whether the key was for that.
    pub fn moved(&mut self, show: &RunView, size: Size, intent: Intent) -> bool {
        let count = Leaf::ALL.len();
        let next = match intent {
            Intent::NextHeading => self.leaf + 1,
            Intent::PreviousHeading => self.leaf + count - 1,
            Intent::Down | Intent::Up | Intent::PageDown | Intent::PageUp => {
                let lines = self.lines(show, size.0).len();
                return self.scroll.scroll(intent, lines, room(size));
            }
            _ => return false,
        };
        (self.leaf, self.scroll) = (next % count, Scroll::default());
        true
    }

    /// Whether a key of its own does something; `None` if it is none.
    pub fn does(&self, show: &RunView, size: Size, intent: Intent) -> Option<bool> {
        Some(match intent {
            Intent::NextHeading | Intent::PreviousHeading => true,
            Intent::Down | Intent::Up | Intent::PageDown | Intent::PageUp => {
                self.scroll.moves(intent, self.lines(show, size.0).len(), room(size))
            }
            Intent::Lesson => self.lesson(show).is_some(),
            _ => return None,
        })
    }

    /// The lesson about it, and the heading in it.
    pub fn lesson(&self, show: &RunView) -> Option<(String, Option<String>)> {
        let named = show.draft.design.lesson_of(self.path(show))?;
        Some(match named.split_once('#') {
            Some((lesson, anchor)) => (lesson.to_owned(), Some(anchor.to_owned())),
            None => (named.to_owned(), None),
        })
    }

    fn heading(&self, show: &RunView, width: usize) -> Vec<Piece> {
        let mut line = vec![
            (show.title_of(self.part).to_owned(), Meaning::Strong),
            (format!("  {}   ", self.path(show)), Meaning::Faint),
        ];
        let all: usize = Leaf::ALL.iter().map(|leaf| leaf.title().len() + 3).sum();
        if columns(&line) + all > width {
            // The page that is shown, and which of them it is.
            let count = format!(" {} of {}, tab ▸", self.leaf + 1, Leaf::ALL.len());
            line.truncate(1);
            line.push((format!("  {} ", self.leaf().title()), Meaning::Selected));
            line.push((count, Meaning::Faint));
            return line;
        }
        for leaf in Leaf::ALL {
            let meaning = if leaf == self.leaf() { Meaning::Selected } else { Meaning::Faint };
            line.push((format!(" {} ", leaf.title()), meaning));
            line.push((" ".to_owned(), Meaning::Text));
        }
        line
    }

    pub fn sheet(&self, show: &RunView, (width, _): Size) -> sheet::Sheet {
        let head = vec![frame::cut(&self.heading(show, width), width), Vec::new()];
        sheet::Sheet::scrolled(head, self.lines(show, width), self.scroll)
    }

    fn lines(&self, show: &RunView, width: usize) -> Vec<Vec<Piece>> {
        match self.leaf() {
            Leaf::Measures => measures(show, self.path(show), width),
            Leaf::Contents => contents(show, self.part),
            Leaf::Configuration => configuration(show, self.path(show), width),
            Leaf::Bill => bill(show, self.path(show)),
        }
    }
}

/// Rows below the heading and what is free under it.
fn room((_, height): Size) -> usize {
    height.saturating_sub(2)
}

/// The measures of a part, by path and by what they are called beside it; a bus has those of its rules
/// too.
fn paths_of(show: &RunView, path: &str) -> Vec<(String, String)> {
    let series = show.playback.timeline().series();
    let mut prefixes = vec![match path.split_once('.') {
        Some(("clients", _)) => "ledger.".to_owned(),
        // What the API counts is how it answered.
        Some(("intakes", _)) => "ledger.orders_".to_owned(),
        _ => format!("{path}."),
    }];
    if let Some(bus) = path.strip_prefix("buses.") {
        let rules = show.draft.design.rules.iter().filter(|(_, rule)| rule.bus == bus);
        prefixes.extend(rules.map(|(id, _)| format!("rules.{id}.")));
    }
    let mut paths = Vec::new();
    for prefix in &prefixes {
        for path in series.paths(prefix) {
            let name = path.strip_prefix("rules.").or(path.strip_prefix(prefix.as_str()));
            paths.push((path.to_owned(), name.unwrap_or(path).to_owned()));
        }
    }
    paths
}

/// Each measure: its name, its value, and how it came there.
fn measures(show: &RunView, path: &str, width: usize) -> Vec<Vec<Piece>> {
    let series = show.playback.timeline().series();
    let now = show.playback.now();
    let paths = paths_of(show, path);
    let wide = paths.iter().map(|(_, name)| name.chars().count()).max().unwrap_or(0).max(26);
    let spark = width.saturating_sub(wide + 22).clamp(8, SPARK_MAX);
    let gauges = show.run().gauges();
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for (path, name) in &paths {
        let values = series.values(path, now);
        let gauge = gauges.iter().find(|gauge| gauge.path == *path);
        let current = gauge.map_or(0.0, |gauge| show.run().measure(gauge));
        let is_state = STATES.contains(&name.rsplit('.').next().unwrap_or(name));
        let curve = if is_state { values } else { differences(&values) };
        let most = curve.iter().copied().fold(0.0_f32, f32::max);
        let (meaning, most) = if most > 0.0 {
            (Meaning::Accent, format!("  ≤ {}", number(f64::from(most))))
        } else {
            (Meaning::Faint, String::new())
        };
        lines.push(vec![
            (format!("{name:<wide$} "), Meaning::Text),
            (format!("{:>9}  ", number(current)), Meaning::Strong),
            (sparkline(&curve, spark), meaning),
            (most, Meaning::Faint),
        ]);
    }
    if lines.is_empty() {
        return vec![vec![("Nothing is measured of it.".to_owned(), Meaning::Faint)]];
    }
    lines.push(Vec::new());
    let every = series.every();
    let text = format!(
        "Curves from the beginning to now: states as they are, counts as so many in each {every}."
    );
    lines.extend(wrap(&[(text, Meaning::Faint)], width).into_iter().map(|line| line.pieces));
    lines
}

fn differences(values: &[f32]) -> Vec<f32> {
    values.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect()
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { short(value as u64) } else { format!("{value:.1}") }
}

/// A curve in so many columns; each the most of what falls into it.
fn sparkline(values: &[f32], width: usize) -> String {
    const SIGNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().fold(0.0_f32, f32::max);
    let width = width.min(values.len());
    (0..width)
        .map(|column| {
            let from = column * values.len() / width;
            let to = ((column + 1) * values.len() / width).max(from + 1);
            let here = values.get(from..to).unwrap_or_default();
            let here = here.iter().copied().fold(0.0_f32, f32::max);
            let level = if most > 0.0 { (here / most * 7.0).ceil() as usize } else { 0 };
            SIGNS[level.min(7)]
        })
        .collect()
}

fn fact(name: &str, value: &impl std::fmt::Display, meaning: Meaning) -> Vec<Piece> {
    vec![(format!("{name:<26} "), Meaning::Text), (format!("{value}"), meaning)]
}

/// What a part holds just now.
fn contents(show: &RunView, part: PartId) -> Vec<Vec<Piece>> {
    match show.snapshot.part(part) {
        PartView::Queue(queue) => queue_contents(show, queue),
        PartView::Workflow(view) => {
            let mut lines = vec![fact("executions running", &view.running, Meaning::Strong)];
            lines.extend(view.states.iter().map(|state| {
                let mut line = fact(&format!("  {}", state.name), &state.inside, Meaning::Text);
                if state.retrying > 0 {
                    line.push((format!("  ↻ {} retrying", state.retrying), Meaning::Retrying));
                }
                line
            }));
            lines
        }
        PartView::Bus { rules, under_way, .. } => {
            let mut lines = vec![fact("deliveries on the way", &under_way, Meaning::Strong)];
            lines.extend(rules.iter().map(|rule| {
                let text = format!(
                    "matched {}, delivered {}, retried {}, given up {}",
                    rule.matched, rule.delivered, rule.retried, rule.failed
                );
                fact(&format!("  {}", rule.id), &text, Meaning::Text)
            }));
            lines
        }
        PartView::Alarm { since, history } => {
            let state = match since {
                Some(since) => format!("▲ ALARM since {since}"),
                None => "△ OK".to_owned(),
            };
            let mut lines = vec![fact("state", &state, Meaning::Strong)];
            lines.extend(history.iter().rev().map(|(at, state)| {
                vec![(format!("  {at}  "), Meaning::Faint), (format!("{state:?}"), Meaning::Text)]
            }));
            lines
        }
        view => match super::status::spoken(view) {
            Some(words) => vec![vec![(words, Meaning::Text)]],
            None => vec![vec![("It holds nothing.".to_owned(), Meaning::Faint)]],
        },
    }
}

fn queue_contents(show: &RunView, queue: &QueueView) -> Vec<Vec<Piece>> {
    let mut lines = vec![
        fact("visible", &queue.visible, Meaning::Strong),
        fact("in flight", &queue.in_flight, Meaning::InFlight),
        fact("delayed", &queue.delayed, Meaning::Delayed),
        fact("oldest", &queue.age_of_oldest, Meaning::Text),
        Vec::new(),
    ];
    let one = &show.noun().one;
    if !queue.lent.is_empty() {
        lines.push(vec![("In flight, the first to come back in front".to_owned(), Meaning::Faint)]);
    }
    for lent in &queue.lent {
        let left = lent.back_at.since(show.snapshot.now);
        let meaning = if lent.receive_count > 1 { Meaning::Retrying } else { Meaning::Text };
        lines.push(vec![
            (format!("  {one} {:<8}", lent.order), Meaning::Text),
            (format!(" receive {:<4}", lent.receive_count), meaning),
            (format!(" visible again in {left}"), Meaning::Faint),
        ]);
    }
    if !queue.waiting.is_empty() {
        lines.push(vec![("Waiting, the first to come in front".to_owned(), Meaning::Faint)]);
    }
    for waiting in &queue.waiting {
        let here = show.snapshot.now.since(waiting.arrived);
        let state = if waiting.is_delayed { "◌ delayed" } else { "visible" };
        lines.push(vec![
            (format!("  {one} {:<8}", waiting.order), Meaning::Text),
            (format!(" {state:<10} received {:<4}", waiting.receive_count), Meaning::Text),
            (format!(" here for {here}"), Meaning::Faint),
        ]);
    }
    if !queue.failure_attributes.is_empty() {
        lines.push(vec![("What stands on messages that rules gave up".to_owned(), Meaning::Faint)]);
    }
    for letter in &queue.failure_attributes {
        lines.push(vec![
            (format!("  {one} {:<8}", letter.order), Meaning::Text),
            (format!(" ERROR_CODE {}", letter.error_code), Meaning::Wrong),
        ]);
        lines.push(vec![(format!("    RULE_ARN {}", letter.rule_arn), Meaning::Faint)]);
    }
    lines
}

/// AWS's JSON, a command's answer after the other.
fn configuration(show: &RunView, path: &str, width: usize) -> Vec<Vec<Piece>> {
    let design = show.playback.timeline().settings();
    let mut lines = Vec::new();
    for configuration in design.configuration(path, &show.draft.documents) {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(configuration.command, Meaning::Faint)]);
        let json = serde_json::to_string_pretty(&configuration.answer).unwrap_or_default();
        for line in json.lines() {
            lines.extend(json_line(line, width));
        }
    }
    if lines.is_empty() {
        lines.push(vec![("It has no configuration.".to_owned(), Meaning::Faint)]);
    }
    lines
}

/// A line of JSON, its name apart from its value; what is too long goes on below, indented.
fn json_line(line: &str, width: usize) -> Vec<Vec<Piece>> {
    let indent = line.len() - line.trim_start().len();
    let pieces = match line.split_once("\": ") {
        Some((name, value)) => vec![
            (format!("{}\": ", name.trim_start()), Meaning::Text),
            (value.to_owned(), Meaning::Code),
        ],
        None => vec![(line.trim_start().to_owned(), Meaning::Text)],
    };
    let room = width.saturating_sub(indent + 4).max(20);
    if columns(&pieces) <= room {
        let mut whole = vec![(" ".repeat(indent), Meaning::Text)];
        whole.extend(pieces);
        return vec![whole];
    }
    wrap(&pieces, room)
        .into_iter()
        .enumerate()
        .map(|(place, wrapped)| {
            let deeper = if place == 0 { indent } else { indent + 4 };
            let mut whole = vec![(" ".repeat(deeper), Meaning::Text)];
            whole.extend(wrapped.pieces);
            whole
        })
        .collect()
}

/// The lines of the bill that parts of this kind cause, for the whole run.
fn bill(show: &RunView, path: &str) -> Vec<Vec<Piece>> {
    let kinds: &[&str] = match path.split('.').next() {
        Some("queues") => &["sqs"],
        Some("functions") => &["lambda", "dynamodb", "sqs_requests"],
        Some("workers") => &["container", "sqs"],
        Some("buses") => &["eventbridge"],
        Some("topics" | "subscriptions") => &["sns"],
        Some("workflows") => &["state", "express", "lambda"],
        Some("stores") => &["dynamodb"],
        Some("alarms") => &["alarm", "cloudwatch"],
        Some("keys") => &["kms"],
        _ => &[""],
    };
    let mut lines = vec![vec![(
        "What parts of this kind have cost so far in this run, all together".to_owned(),
        Meaning::Faint,
    )]];
    for (_, name, price) in billing::PRICES {
        if !kinds.iter().any(|kind| name.contains(kind)) {
            continue;
        }
        let count = show.run().value(&format!("bill.{name}")).unwrap_or(0.0);
        // Prices are in femtodollars for one.
        let dollars = count * price as f64 / 1e15;
        // Text messages alone have no price.
        let cost = match price {
            0 => "not priced: differs by country".to_owned(),
            _ => format!("${dollars:.4}"),
        };
        lines.push(vec![
            (format!("{name:<28} "), Meaning::Text),
            (format!("{:>10}", short(count as u64)), Meaning::Strong),
            (format!("   {cost}"), Meaning::Text),
        ]);
    }
    lines.push(Vec::new());
    let each = show.run().value("bill.dollars_per_million_orders").unwrap_or(0.0);
    let whole = if each > 0.0 {
        format!("${each:.2} for a million {}", show.noun().many)
    } else {
        "not priced: what it calls has bills of its own".to_owned()
    };
    lines.push(fact("the whole design", &whole, Meaning::Strong));
    lines.push(vec![(
        format!("Illustrative list prices of us-east-1 as of {PRICES_OF}; without free tiers."),
        Meaning::Faint,
    )]);
    lines
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, Stage, panel};

    /// The tray, looked into.
    fn tray() -> Stage {
        let parts = [Intent::Down; 20];
        let looked_into = |count: usize| {
            let stage = panel(LETTERS).at("20s").press(&parts[..count]);
            stage.press(&[Intent::GoOn])
        };
        let found =
            (1..20).map(looked_into).find(|stage| stage.lines()[0].contains("queues.tray "));
        found.expect("the tray is a part of the map")
    }

    #[test]
    fn a_part_has_its_measures_contents_configuration_and_bill() {
        let words = [
            "Curves from the beginning",
            "in flight",
            "VisibilityTimeout",
            "What parts of this kind",
        ];
        let mut stage = tray().size(100, 50);
        for (count, words) in words.into_iter().enumerate() {
            assert!(stage.line(words).contains(words), "leaf {count}");
            assert!(
                stage.spoken().iter().any(|block| block.contains(words)),
                "leaf {count}, aloud"
            );
            stage = stage.press(&[Intent::NextHeading]);
        }
        stage.line("Curves from the beginning");
    }

    #[test]
    fn a_part_is_scrolled_to_its_end_and_one_up_moves_at_once() {
        let stage = tray().size(80, 14).press(&[Intent::PreviousHeading, Intent::PreviousHeading]);
        let stage = stage.press(&[Intent::Down; 200]);
        let end = stage.lines();
        assert!(!stage.does(Intent::Down) && stage.does(Intent::Up));
        let stage = stage.press(&[Intent::Up]);
        assert_ne!(stage.lines(), end);
        assert!(stage.does(Intent::Down));
    }
}
