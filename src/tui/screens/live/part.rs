//! The sheet of a part: its measures over time, its contents, its configuration as AWS prints it, and its
//! bill.

use super::assumed;
use super::contents::fact;
use super::kind;
use super::run_view::RunView;
use super::view;
use crate::sim::aws::billing::{self, PRICES_OF};
use crate::sim::design::{ACCOUNT, PartKind, PartPath};
use crate::sim::world::{PartId, Place};
use crate::tui::count::short;
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::piece::Piece;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{self, Size};
use crate::tui::theme::Meaning;
use crate::tui::wrap::{columns, wrap};

/// Maximum columns of a sparkline.
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

/// The sheet of a part.
pub struct Inspect {
    part: PartId,
    leaf: usize,
    scroll: Scroll,
}

impl Inspect {
    /// Opens the sheet of a part.
    pub fn new(part: PartId) -> Self {
        Self { part, leaf: 0, scroll: Scroll::default() }
    }

    fn leaf(&self) -> Leaf {
        Leaf::ALL.get(self.leaf).copied().unwrap_or(Leaf::Measures)
    }

    fn path<'a>(&self, show: &'a RunView) -> Option<&'a PartPath> {
        show.topology().part(self.part).map(|part| &part.path)
    }

    fn path_words(&self, show: &RunView) -> String {
        self.path(show).map_or_else(String::new, PartPath::to_string)
    }

    /// Turns the page or scrolls, and returns whether the intent was meant for it.
    pub fn moved(&mut self, show: &RunView, size: Size, intent: Intent) -> bool {
        let count = Leaf::ALL.len();
        let next = match intent {
            Intent::NextPage => self.leaf + 1,
            Intent::PreviousPage => self.leaf + count - 1,
            Intent::Down | Intent::Up | Intent::PageDown | Intent::PageUp => {
                let lines = self.lines(show, size.0).len();
                return self.scroll.scroll(intent, lines, room(size));
            }
            _ => return false,
        };
        (self.leaf, self.scroll) = (next % count, Scroll::default());
        true
    }

    /// Whether an intent of its own does something; `None` if it is not one of its own.
    pub fn does(&self, show: &RunView, size: Size, intent: Intent) -> Option<bool> {
        Some(match intent {
            Intent::NextPage | Intent::PreviousPage => true,
            Intent::Down | Intent::Up | Intent::PageDown | Intent::PageUp => {
                self.scroll.moves(intent, self.lines(show, size.0).len(), room(size))
            }
            Intent::Lesson => self.lesson(show).is_some(),
            _ => return None,
        })
    }

    /// The lesson about the part, and the heading in it.
    pub fn lesson(&self, show: &RunView) -> Option<(String, Option<String>)> {
        let named = show.draft.design.lesson_of(&self.path_words(show))?;
        Some(match named.split_once('#') {
            Some((lesson, anchor)) => (lesson.to_owned(), Some(anchor.to_owned())),
            None => (named.to_owned(), None),
        })
    }

    fn heading(&self, show: &RunView, width: usize) -> Vec<Piece> {
        let mut line = vec![
            Piece::strong(show.title_of(self.part).to_owned()),
            Piece::faint(format!("  {}   ", self.path_words(show))),
        ];
        let part = show.topology().part(self.part);
        if let Some(part) = part.filter(|part| part.account != ACCOUNT) {
            line.push(Piece::strong(format!("account {}   ", part.account)));
        }
        let all: usize = Leaf::ALL.iter().map(|leaf| leaf.title().len() + 3).sum();
        if columns(&line) + all > width {
            // The current page, and its number.
            let count = format!(" {} of {}, tab ▸", self.leaf + 1, Leaf::ALL.len());
            line.truncate(1);
            line.push(Piece::selected(format!("  {} ", self.leaf().title())));
            line.push(Piece::faint(count));
            return line;
        }
        for leaf in Leaf::ALL {
            let meaning = if leaf == self.leaf() { Meaning::Selected } else { Meaning::Faint };
            line.push(Piece::new(format!(" {} ", leaf.title()), meaning));
            line.push(Piece::text(" "));
        }
        line
    }

    /// The panel as lines.
    pub fn sheet(&self, show: &RunView, (width, _): Size) -> sheet::Sheet {
        let head = vec![frame::cut(&self.heading(show, width), width), Vec::new()];
        sheet::Sheet::scrolled(head, self.lines(show, width), self.scroll)
    }

    fn lines(&self, show: &RunView, width: usize) -> Vec<Vec<Piece>> {
        let Some(path) = self.path(show) else { return Vec::new() };
        match self.leaf() {
            Leaf::Measures => measures(show, path, width),
            Leaf::Contents => {
                let mut lines = refusals(show, self.part, width);
                let snapshot = &show.snapshot;
                lines.extend(view::contents(snapshot.part(self.part), snapshot.now, width));
                lines.extend(exposures(show, self.part, path.kind));
                lines.extend(assumed::of_kind(path.kind, width));
                lines
            }
            Leaf::Configuration => configuration(show, path, width),
            Leaf::Bill => bill(show, path.kind, width),
        }
    }
}

/// Rows below the heading and its empty line.
fn room((_, height): Size) -> usize {
    height.saturating_sub(2)
}

/// The measures of a part, each with its path and its short name. A bus includes those of its rules.
fn paths_of(show: &RunView, part: &PartPath) -> Vec<(String, String)> {
    let series = show.playback.timeline().series();
    let own = || format!("{part}.");
    let mut prefixes = vec![kind::profile(part.kind).measures.map_or_else(own, str::to_owned)];
    let rules = show.draft.design.rules.iter();
    let rules = rules.filter(|(_, rule)| PartKind::Bus.path(&rule.bus) == *part);
    let rules: Vec<PartPath> = rules.map(|(id, _)| PartKind::Rule.path(id)).collect();
    prefixes.extend(rules.iter().map(|rule| format!("{rule}.")));
    let table = format!("{}.", PartKind::Rule.table());
    let mut paths = Vec::new();
    for prefix in &prefixes {
        for path in series.paths(prefix) {
            let name = path.strip_prefix(&table).or(path.strip_prefix(prefix));
            paths.push((path.to_owned(), name.unwrap_or(path).to_owned()));
        }
    }
    paths
}

/// What policies refuse it, or refuse others of it, in AWS's words.
fn refusals(show: &RunView, part: PartId, width: usize) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for denial in show.run().denials().iter().filter(|d| d.from == part || d.to == part) {
        let between =
            format!("✗ {} may not reach {}", show.title_of(denial.from), show.title_of(denial.to));
        lines.push(vec![Piece::wrong(between)]);
        let sentence = [Piece::text(denial.sentence.clone())];
        lines.extend(wrap(&sentence, width).into_iter().map(|line| line.pieces));
        lines.push(Vec::new());
    }
    lines
}

/// Sets each measure: its name, its value, and its curve.
fn measures(show: &RunView, part: &PartPath, width: usize) -> Vec<Vec<Piece>> {
    let series = show.playback.timeline().series();
    let now = show.playback.now();
    let paths = paths_of(show, part);
    let wide = paths.iter().map(|(_, name)| name.chars().count()).max().unwrap_or(0).max(26);
    let spark = width.saturating_sub(wide + 22).clamp(8, SPARK_MAX);
    let gauges = show.run().gauges();
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for (path, name) in &paths {
        let values = series.values(path, now);
        let gauge = gauges.iter().find(|gauge| gauge.path == *path);
        let current = gauge.map_or(0.0, |gauge| show.run().measure(gauge));
        let is_state = kind::is_state(name.rsplit('.').next().unwrap_or(name));
        let curve = if is_state { values } else { differences(&values) };
        let most = curve.iter().copied().fold(0.0_f32, f32::max);
        let (meaning, most) = if most > 0.0 {
            (Meaning::Accent, format!("  ≤ {}", number(f64::from(most))))
        } else {
            (Meaning::Faint, String::new())
        };
        lines.push(vec![
            Piece::text(format!("{name:<wide$} ")),
            Piece::strong(format!("{:>9}  ", number(current))),
            Piece::new(sparkline(&curve, spark), meaning),
            Piece::faint(most),
        ]);
    }
    if lines.is_empty() {
        return vec![vec![Piece::faint("It has no measures.")]];
    }
    lines.push(Vec::new());
    let every = series.every();
    let text = format!("Curves from the start until now: states as they are, counts per {every}.");
    lines.extend(wrap(&[Piece::faint(text)], width).into_iter().map(|line| line.pieces));
    lines
}

fn differences(values: &[f32]) -> Vec<f32> {
    values.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect()
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { short(value as u64) } else { format!("{value:.1}") }
}

/// Draws a curve in at most `width` columns, each the maximum of its share.
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

/// Lists where sensitive fields stand in clear text, for a part that keeps bodies and for the clients. Empty
/// if the design names no such field.
fn exposures(show: &RunView, part: PartId, kind: PartKind) -> Vec<Vec<Piece>> {
    let all = &show.snapshot.exposures;
    if all.is_empty() || (kind != PartKind::Client && all.iter().all(|e| e.part != part)) {
        return Vec::new();
    }
    let heading = "Where sensitive fields stand in clear text now";
    let mut lines = vec![Vec::new(), vec![Piece::strong(heading)]];
    for place in Place::ALL {
        for exposure in all.iter().filter(|exposure| exposure.place == place) {
            let title = show.title_of(exposure.part);
            let meaning = if exposure.count > 0 { Meaning::Wrong } else { Meaning::Text };
            let mut line = fact(&format!("  {title}"), &short(exposure.count), meaning);
            line.push(Piece::faint(format!("  {}", of_place(place, exposure.count))));
            lines.push(line);
        }
    }
    lines
}

/// Names what is counted at a place.
fn of_place(place: Place, count: u64) -> &'static str {
    let (one, many) = match place {
        Place::Stores => ("item", "items"),
        Place::Queues => ("message", "messages"),
        Place::Dlqs => ("dead letter", "dead letters"),
        Place::Histories => ("execution history", "execution histories"),
        Place::Logs => ("log event", "log events"),
        Place::Archives => ("archived event", "archived events"),
    };
    if count == 1 { one } else { many }
}

/// The JSON that AWS's commands print, one after another.
fn configuration(show: &RunView, path: &PartPath, width: usize) -> Vec<Vec<Piece>> {
    let design = show.playback.timeline().settings();
    let mut lines = Vec::new();
    for configuration in design.configuration(&path.to_string(), &show.draft.documents) {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![Piece::faint(configuration.command)]);
        let json = serde_json::to_string_pretty(&configuration.answer).unwrap_or_default();
        for line in json.lines() {
            lines.extend(json_line(line, width));
        }
    }
    if lines.is_empty() {
        lines.push(vec![Piece::faint("It has no configuration.")]);
    }
    lines
}

/// Sets a line of JSON, its name apart from its value; a long one continues below, indented.
fn json_line(line: &str, width: usize) -> Vec<Vec<Piece>> {
    let indent = line.len() - line.trim_start().len();
    let pieces = match line.split_once("\": ") {
        Some((name, value)) => {
            vec![Piece::text(format!("{}\": ", name.trim_start())), Piece::code(value.to_owned())]
        }
        None => vec![Piece::text(line.trim_start().to_owned())],
    };
    let room = width.saturating_sub(indent + 4).max(20);
    if columns(&pieces) <= room {
        let mut whole = vec![Piece::space(indent)];
        whole.extend(pieces);
        return vec![whole];
    }
    wrap(&pieces, room)
        .into_iter()
        .enumerate()
        .map(|(place, wrapped)| {
            let deeper = if place == 0 { indent } else { indent + 4 };
            let mut whole = vec![Piece::space(deeper)];
            whole.extend(wrapped.pieces);
            whole
        })
        .collect()
}

/// The items of the bill that parts of this kind cause, for the whole run.
fn bill(show: &RunView, kind: PartKind, width: usize) -> Vec<Vec<Piece>> {
    let row = |name: &str, count: &str, cost: Piece| {
        vec![Piece::text(format!("{name:<28} ")), Piece::strong(format!("{count:>10}   ")), cost]
    };
    let bill = kind::profile(kind).bill;
    let mut lines = vec![vec![Piece::faint(bill.heading())]];
    for (_, name, price) in billing::PRICES.iter().filter(|(item, ..)| bill.has(*item)) {
        let count = show.run().value(&format!("bill.{name}")).unwrap_or(0.0);
        // Unit prices are in femtodollars.
        let dollars = count * *price as f64 / 1e15;
        // Only text messages have no price.
        let cost = match price {
            0 => "not priced: differs by country".to_owned(),
            _ => format!("${dollars:.4}"),
        };
        lines.push(row(name, &short(count as u64), Piece::text(cost)));
    }
    lines.push(Vec::new());
    let each = show.run().value("bill.dollars_per_million_orders").unwrap_or(0.0);
    let whole = if each > 0.0 {
        format!("${each:.2} for a million {}", show.noun().many)
    } else {
        "not priced: what it calls has bills of its own".to_owned()
    };
    lines.push(row("the whole design", "", Piece::strong(whole)));
    lines.push(vec![Piece::faint(format!(
        "Illustrative list prices of us-east-1 as of {PRICES_OF}; without free tiers."
    ))]);
    lines.extend(assumed::of_bill(bill, width));
    lines
}

#[cfg(test)]
mod tests {
    use super::{Place, of_place};
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, Stage, panel};

    /// The part of a design at a path, looked into.
    fn part(design: &str, path: &str) -> Stage {
        let parts = [Intent::NextPart; 20];
        let looked_into = |count: usize| {
            let stage = panel(design).at("20s").press(&parts[..count]);
            stage.press(&[Intent::GoOn])
        };
        let is_it = |stage: &Stage| stage.lines()[0].contains(&format!("{path} "));
        (0..20).map(looked_into).find(is_it).expect("the part is on the map")
    }

    /// The tray, looked into.
    fn tray() -> Stage {
        part(LETTERS, "queues.tray")
    }

    #[test]
    fn the_contents_say_where_sensitive_fields_stand() {
        let design = LETTERS.replace("\"letter\": true", "\"name\": \"Ann\"");
        let design = design.replace("rate = 1.0", "rate = 1.0\nsensitive = [\"$.name\"]")
            + "[logs.sorter]\nsource = \"functions.sorter\"\nlogs = \"event\"\n";
        for path in ["queues.tray", "logs.sorter"] {
            let stage = part(&design, path).size(100, 40).press(&[Intent::NextPage]);
            stage.line("Where sensitive fields stand in clear text now");
            for (title, what) in [("ledger", "items"), ("tray-dlq", "dead letters")] {
                assert!(stage.line(what).contains(title), "{title}");
            }
            let log = stage.line("  log events");
            let count: u64 = log.split_whitespace().nth(1).unwrap().parse().unwrap();
            assert!(log.contains("sorter") && (10..=20).contains(&count), "{log}");
        }
        let calm = tray().size(100, 40).press(&[Intent::NextPage]);
        assert!(calm.lines().iter().all(|line| !line.contains("sensitive")));
    }

    #[test]
    fn one_of_what_is_counted_at_a_place_is_told_in_the_singular() {
        let told = |count| of_place(Place::Histories, count);
        assert_eq!([1, 2].map(told), ["execution history", "execution histories"]);
        assert_eq!([0, 1].map(|count| of_place(Place::Queues, count)), ["messages", "message"]);
    }

    #[test]
    fn a_part_has_its_measures_contents_configuration_and_bill() {
        let words =
            ["Curves from the start", "in flight", "VisibilityTimeout", "What parts of this kind"];
        let mut stage = tray().size(100, 50);
        for (count, words) in words.into_iter().enumerate() {
            assert!(stage.line(words).contains(words), "leaf {count}");
            assert!(
                stage.spoken().iter().any(|block| block.contains(words)),
                "leaf {count}, aloud"
            );
            stage = stage.press(&[Intent::NextPage]);
        }
        stage.line("Curves from the start");
    }

    #[test]
    fn all_that_is_paid_stands_in_one_column() {
        let stage = tray().size(100, 50).press(&[Intent::PreviousPage]);
        let of_item = stage.line("sqs_requests").find('$');
        assert_eq!(stage.line("the whole design").find('$'), of_item);
        assert!(of_item.is_some());
    }

    #[test]
    fn a_part_is_scrolled_to_its_end_and_one_up_moves_at_once() {
        let stage = tray().size(80, 14).press(&[Intent::PreviousPage, Intent::PreviousPage]);
        let stage = stage.press(&[Intent::Down; 200]);
        let end = stage.lines();
        assert!(!stage.does(Intent::Down) && stage.does(Intent::Up));
        let stage = stage.press(&[Intent::Up]);
        assert_ne!(stage.lines(), end);
        assert!(stage.does(Intent::Down));
    }
}
