//! What the screen says of a part as it is just now: its figures, its row in a narrow window, its words
//! for reading aloud, and what its sheet holds. Every match is exhaustive, so a new view of a part is
//! answered here and nowhere else in `tui`.

use std::borrow::Cow;

use super::contents;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{
    AlarmView, ArchiveView, BucketView, FunctionView, LogView, PartView, PipeView, QueueView,
    ServiceView, SubscriptionView, TrailView, WorkerView, WorkflowView,
};
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::sheet::Line;
use crate::tui::theme::Meaning;

/// How a lane draws its part.
pub enum LaneForm<'a> {
    Queue(&'a QueueView),
    Workflow(&'a WorkflowView),
    /// A topic and how often it was published to.
    Topic(u64),
    /// In one line: the part at work, if it is of a kind that works, and its figures.
    Plain,
}

/// The form of a part's lane.
pub fn lane_form(view: &PartView) -> LaneForm<'_> {
    match view {
        PartView::Queue(view) => LaneForm::Queue(view),
        PartView::Workflow(view) => LaneForm::Workflow(view),
        PartView::Topic { published } => LaneForm::Topic(*published),
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bucket(_)
        | PartView::Bus { .. }
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::Subscription(_)
        | PartView::LogGroup(_)
        | PartView::Service(_)
        | PartView::Alarm(_)
        | PartView::Trail(_)
        | PartView::Archive(_) => LaneForm::Plain,
    }
}

/// How many of a part are at work.
#[derive(Debug, Clone, Copy)]
pub struct AtWork {
    pub busy: u32,
    pub most: u32,
    /// What those at work do.
    word: &'static str,
}

/// How many of a part are at work, if it is of a kind that works.
pub fn at_work(view: &PartView) -> Option<AtWork> {
    match view {
        PartView::Function(FunctionView { running, limit, .. }) => {
            Some(AtWork { busy: *running, most: *limit, word: "running" })
        }
        PartView::Worker(WorkerView { busy, tasks, .. }) => {
            Some(AtWork { busy: *busy, most: *tasks, word: "at work" })
        }
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bucket(_)
        | PartView::Bus { .. }
        | PartView::Queue(_)
        | PartView::Pipe(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Workflow(_)
        | PartView::LogGroup(_)
        | PartView::Service(_)
        | PartView::Alarm(_)
        | PartView::Trail(_)
        | PartView::Archive(_) => None,
    }
}

/// What a part on a way in holds back: a label and a count.
pub fn held_back(view: &PartView) -> Option<(&'static str, u64)> {
    match view {
        PartView::Store { outbox, .. } => outbox.map(|rows| ("outbox", rows)),
        PartView::Pipe(pipe) => Some(("waiting", pipe.waiting)).filter(|_| pipe.reads_stream),
        PartView::Plain
        | PartView::Bucket(_)
        | PartView::Bus { .. }
        | PartView::Queue(_)
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Workflow(_)
        | PartView::LogGroup(_)
        | PartView::Service(_)
        | PartView::Alarm(_)
        | PartView::Trail(_)
        | PartView::Archive(_) => None,
    }
}

/// What keeps a part from its work just now.
pub fn trouble(view: &PartView, now: Time, length: Length) -> Option<Piece> {
    let words = match view {
        PartView::Function(FunctionView { stopped: true, .. })
        | PartView::Worker(WorkerView { stopped: true, .. }) => "stopped".into(),
        PartView::Bucket(BucketView { is_down: true, .. }) => "outage".into(),
        PartView::Service(ServiceView { broken: Some((word, until)), .. }) => {
            Cow::from(format!("{word}, {} left", until.since(now)))
        }
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bus { .. }
        | PartView::Queue(_)
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::LogGroup(_)
        | PartView::Bucket(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Workflow(_)
        | PartView::Service(_)
        | PartView::Alarm(_)
        | PartView::Trail(_)
        | PartView::Archive(_) => return None,
    };
    Some(Piece::urgent(match length {
        Length::Short => Cow::from(format!("✗ {words}")),
        Length::Whole => words,
    }))
}

/// How figures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// In signs and short words, where a line has few columns.
    Short,
    /// In whole words, for reading aloud too.
    Whole,
}

impl Length {
    /// A figure with its sign and its word: `✗ 4 failed`, or `4 failed`.
    fn figure(self, sign: &str, count: u64, word: &str, meaning: Meaning) -> Piece {
        let count = short(count);
        Piece::new(
            match self {
                Self::Short if !sign.is_empty() => format!("{sign} {count} {word}"),
                Self::Short | Self::Whole => format!("{count} {word}"),
            },
            meaning,
        )
    }

    /// A figure whose sign says it all where there are few columns: `✓ 8`, or `8 delivered`.
    fn sign(self, sign: &str, count: u64, word: &str, meaning: Meaning) -> Piece {
        match self {
            Self::Short => Piece::new(format!("{sign} {}", short(count)), meaning),
            Self::Whole => self.figure(sign, count, word, meaning),
        }
    }

    /// A figure that is told only where there is something to tell.
    fn some(self, sign: &str, count: u64, word: &str, meaning: Meaning) -> Option<Piece> {
        (count > 0).then(|| self.figure(sign, count, word, meaning))
    }

    fn some_sign(self, sign: &str, count: u64, word: &str, meaning: Meaning) -> Option<Piece> {
        (count > 0).then(|| self.sign(sign, count, word, meaning))
    }

    /// A figure of what went well.
    fn done(self, count: u64, word: &str) -> Piece {
        self.sign("✓", count, word, Meaning::Healthy)
    }
}

/// The figures of a part, one piece each: a lane draws them, a list and a voice tell them.
pub fn figures(view: &PartView, length: Length) -> Line {
    let told = |count: u64, word: &str| length.figure("", count, word, Meaning::Text);
    match view {
        PartView::Plain => Vec::new(),
        PartView::Store { stored, items, .. } => store_figures(*stored, *items, length),
        PartView::Bus { published, replayed, throttled, unmatched, under_way, .. } => {
            let mut line = vec![told(*published, "published")];
            line.extend(length.some("↻", *replayed, "replayed", Meaning::Retrying));
            line.extend(length.some("↻", *throttled, "throttled", Meaning::Retrying));
            line.extend(length.some("", *unmatched, "matched by no rule", Meaning::Urgent));
            line.extend(length.some("", *under_way, "on the way", Meaning::Text));
            line
        }
        PartView::Queue(queue) => queue_figures(queue, length),
        PartView::Function(view) => function_figures(view, length),
        PartView::Worker(view) => worker_figures(view, length),
        PartView::Pipe(view) => pipe_figures(view, length),
        PartView::LogGroup(view) => log_figures(view, length),
        PartView::Bucket(view) => bucket_figures(view, length),
        PartView::Trail(view) => trail_figures(view, length),
        PartView::Archive(view) => archive_figures(view, length),
        PartView::Topic { published } => vec![told(*published, "published")],
        PartView::Subscription(view) => deliveries(view, length),
        PartView::Workflow(view) => workflow_figures(view, length),
        PartView::Service(view) => service_figures(view, length),
        PartView::Alarm(view) => alarm_figures(view),
    }
}

/// Only workflows write into a table that no intake stores in.
fn store_figures(stored: u64, items: Option<(u64, u64)>, length: Length) -> Line {
    let mut line = Vec::new();
    if stored > 0 || items.is_none() {
        line.push(length.figure("", stored, "stored", Meaning::Text));
    }
    if let Some((count, refused)) = items {
        line.extend(length.some("↻", refused, "writes refused", Meaning::Retrying));
        let word = if count == 1 { "item" } else { "items" };
        line.push(length.figure("", count, word, Meaning::Text));
    }
    line
}

fn alarm_figures(view: &AlarmView) -> Line {
    let mut line = match view.since {
        Some(since) => vec![Piece::alarm(format!("in ALARM since {since}"))],
        None => vec![Piece::text("OK")],
    };
    if view.notifications > 0 {
        line.push(Piece::text(format!(" · {} published", view.notifications)));
    }
    if view.actions_failed > 0 {
        line.push(Piece::wrong(format!(" · {} refused", view.actions_failed)));
    }
    line
}

fn function_figures(view: &FunctionView, length: Length) -> Line {
    let mut line = Vec::new();
    line.extend(length.some("✗", view.errors, "failed", Meaning::Wrong));
    line.extend(length.some("↻", view.throttles, "throttled", Meaning::Retrying));
    line.push(length.done(view.invocations.saturating_sub(view.errors), "succeeded"));
    line
}

fn worker_figures(view: &WorkerView, length: Length) -> Line {
    let mut line = Vec::new();
    line.extend(length.some("↻", view.late_deletes, "done too late", Meaning::Retrying));
    line.extend(length.some("✗", view.failed, "failed", Meaning::Wrong));
    line.extend(length.some("✗", view.starting.into(), "starting", Meaning::Urgent));
    line.extend(length.some("+", view.ordered.into(), "being added", Meaning::Text));
    line.push(length.done(view.done.saturating_sub(view.late_deletes), "done"));
    line
}

fn pipe_figures(view: &PipeView, length: Length) -> Line {
    let mut line = Vec::new();
    line.extend(length.some("✗", view.gave_up, "given up", Meaning::Wrong));
    line.extend(length.some("↻", view.failures, "failed", Meaning::Retrying));
    line.extend(length.some("", view.filtered, "filtered", Meaning::Faint));
    line.extend(length.some("", view.left_out, "left out", Meaning::Faint));
    line.push(length.done(view.delivered, "handed on"));
    line
}

fn log_figures(view: &LogView, length: Length) -> Line {
    let mut line = vec![length.figure("", view.events, "log events", Meaning::Text)];
    line.extend(length.some("✗", view.in_clear, "in clear text", Meaning::Wrong));
    line.extend(length.some("✓", view.masked, "masked", Meaning::Healthy));
    line.extend(length.some("", view.expired, "expired", Meaning::Faint));
    line.push(Piece::faint(kept_for(view)));
    line
}

/// Retention of a log group, in words.
fn kept_for(view: &LogView) -> String {
    view.retention.map_or("never expires".to_owned(), |span| format!("kept for {span}"))
}

fn bucket_figures(view: &BucketView, length: Length) -> Line {
    let mut line = Vec::new();
    line.extend(length.some("✗", view.missing, "missing", Meaning::Wrong));
    line.extend(length.some("↻", view.failures, "failed", Meaning::Retrying));
    line.push(length.figure("", view.stored, "stored", Meaning::Text));
    line.push(Piece::text(size(view.bytes)));
    line.push(length.figure("", view.puts, "puts", Meaning::Faint));
    line.push(length.figure("", view.gets, "gets", Meaning::Faint));
    line
}

/// Bytes in the largest unit that leaves a whole number.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        1_048_576..1_073_741_824 => format!("{} MB", bytes / 1_048_576),
        _ => format!("{} GB", bytes / 1_073_741_824),
    }
}

fn trail_figures(view: &TrailView, length: Length) -> Line {
    let waiting = view.events - view.delivered;
    let mut line = vec![length.figure("", view.events, "logged", Meaning::Text)];
    line.extend(length.some("◌", waiting, "on their way", Meaning::Delayed));
    line.extend(length.some("✓", view.delivered, "delivered", Meaning::Healthy));
    let data = view.data_events;
    line.extend(data.map(|count| length.figure("", count, "data events", Meaning::Faint)));
    line
}

fn archive_figures(view: &ArchiveView, length: Length) -> Line {
    let mut line = vec![length.figure("", view.stored, "archived", Meaning::Text)];
    line.extend(length.some("◌", view.under_way, "on their way", Meaning::Delayed));
    let replayed: u64 = view.replays.iter().map(|replay| replay.sent).sum();
    line.extend(length.some("↻", replayed, "replayed", Meaning::Retrying));
    line.extend(length.some("", view.filtered, "left out", Meaning::Faint));
    line.extend(length.some("", view.expired, "expired", Meaning::Faint));
    let kept = view.retention.map_or("kept for ever".to_owned(), |span| format!("kept for {span}"));
    line.push(Piece::faint(kept));
    line
}

fn service_figures(view: &ServiceView, length: Length) -> Line {
    // Of constant width: the figures after it do not move.
    let busy = Piece::in_flight(format!("{:>3} busy", view.in_flight));
    let mut line = vec![busy, length.done(view.calls.saturating_sub(view.failures), "done")];
    line.extend(length.some("✗", view.failures, "failed", Meaning::Wrong));
    line
}

/// What became of a subscription's deliveries.
pub fn deliveries(view: &SubscriptionView, length: Length) -> Line {
    let mut line = vec![length.done(view.delivered, "delivered")];
    line.extend(length.some_sign("↻", view.retrying, "retrying", Meaning::Retrying));
    line.extend(length.some("", view.filtered, "filtered", Meaning::Faint));
    line.extend(length.some_sign("✗", view.dropped, "given up", Meaning::Wrong));
    line
}

fn queue_figures(queue: &QueueView, length: Length) -> Line {
    let (visible, in_flight) = (short(queue.visible), short(queue.in_flight));
    let (visible, in_flight) = match length {
        Length::Short => (format!("{visible} vis"), format!("◔ {in_flight:>2}")),
        Length::Whole => (format!("{visible} visible"), format!("{in_flight:>2} in flight")),
    };
    let is_dead = queue.is_dlq && queue.visible > 0;
    let mut line = vec![
        if is_dead { Piece::dead(visible) } else { Piece::text(visible) },
        Piece::in_flight(in_flight),
        Piece::delayed(format!("{} delayed", short(queue.delayed))),
        Piece::faint(format!("oldest {}", queue.age_of_oldest)),
    ];
    line.extend(length.some("↻", queue.throttled, "sends throttled", Meaning::Retrying));
    line
}

fn workflow_figures(view: &WorkflowView, length: Length) -> Line {
    let running = short(view.running);
    let retrying: u64 = view.states.iter().map(|state| state.retrying).sum();
    let (running, retrying) = match length {
        Length::Short => (format!("{running} run"), format!("↻ {retrying:>2}")),
        Length::Whole => (format!("{running} running"), format!("{retrying:>2} retrying")),
    };
    vec![
        Piece::text(running),
        Piece::retrying(retrying),
        Piece::text(format!("{} succeeded", short(view.succeeded))),
        Piece::text(format!("{} failed", short(view.failed))),
        Piece::text(format!("{} errors caught", short(view.caught))),
    ]
}

/// All that is told of a part in a list or aloud: what keeps it from its work, how many are at work, its
/// figures, and what it holds back.
pub fn words(view: &PartView, now: Time, length: Length) -> Line {
    let mut words: Line = trouble(view, now, Length::Whole).into_iter().collect();
    words.extend(
        at_work(view)
            .map(|AtWork { busy, most, word }| Piece::text(format!("{busy}/{most} {word}"))),
    );
    words.extend(figures(view, length));
    words.extend(held_back(view).map(|(label, count)| Piece::faint(format!("{label} {count}"))));
    words
}

/// The same as a sentence for reading aloud; `None` where there is nothing to say.
pub fn spoken(view: &PartView, now: Time) -> Option<String> {
    let words: Vec<String> =
        words(view, now, Length::Whole).iter().map(|piece| piece.text.trim().to_owned()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A part in the list that replaces the map in a narrow window.
pub struct Row {
    /// How soon it gives way where not all fit: 0 stays longest.
    pub weight: u8,
    /// Replaces the sign of its kind.
    pub sign: Option<&'static str>,
}

/// The row of a part; `None` if the list leaves it out.
pub fn row(view: &PartView) -> Option<Row> {
    let row = |weight: u8, sign: Option<&'static str>| Some(Row { weight, sign });
    match view {
        PartView::Queue(queue) if queue.is_dlq => row(1, Some("✖")),
        PartView::Queue(_) | PartView::Workflow(_) => row(0, None),
        PartView::Topic { .. }
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::Bucket(_)
        | PartView::Trail(_)
        | PartView::Archive(_) => row(2, None),
        PartView::LogGroup(_) => row(4, None),
        PartView::Service(service) => row(3, service.broken.map(|_| "✗")),
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bus { .. }
        | PartView::Subscription(_)
        | PartView::Alarm(_) => None,
    }
}

/// What a part holds just now, for its sheet.
pub fn contents(view: &PartView, now: Time, width: usize) -> Vec<Line> {
    match view {
        PartView::Queue(queue) => contents::queue(queue, now, width),
        PartView::Workflow(view) => contents::workflow(view),
        PartView::Bus { rules, under_way, .. } => contents::bus(rules, *under_way),
        PartView::Alarm(alarm) => contents::alarm(alarm),
        PartView::LogGroup(view) => contents::log(view, &kept_for(view)),
        PartView::Trail(trail) => contents::trail(trail, now),
        PartView::Archive(archive) => contents::archive(archive),
        PartView::Function(function) if function.events.received > 0 => {
            contents::events(&function.events)
        }
        PartView::Store { stored, items: Some((items, refused)), .. } => {
            contents::items(*stored, *items, *refused)
        }
        PartView::Plain => vec![vec![Piece::faint("It holds nothing.")]],
        PartView::Store { items: None, .. }
        | PartView::Bucket(_)
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Service(_) => {
            spoken(view, now).into_iter().map(|words| vec![Piece::text(words)]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::snapshot::EventsView;

    const SORTER: FunctionView = FunctionView {
        running: 2,
        limit: 10,
        invocations: 12,
        errors: 0,
        throttles: 0,
        stopped: false,
        events: EventsView {
            received: 0,
            copied: 0,
            waiting: 0,
            succeeded: 0,
            failed: 0,
            successes_sent: 0,
            failures_sent: 0,
            refused: 0,
        },
    };

    const PRINTER: ServiceView = ServiceView { in_flight: 3, calls: 8, failures: 0, broken: None };

    /// The figures as a lane draws them, and all that is read aloud.
    fn told(view: &PartView) -> (String, String) {
        let now = Time(10_000_000);
        let drawn: Vec<String> =
            figures(view, Length::Short).iter().map(|piece| piece.text.to_string()).collect();
        (drawn.join("  "), spoken(view, now).unwrap_or_default())
    }

    #[test]
    fn what_is_drawn_with_signs_is_read_aloud_in_words() {
        let (drawn, aloud) = told(&PartView::Function(SORTER));
        assert_eq!((&*drawn, &*aloud), ("✓ 12", "2/10 running, 12 succeeded"));
        let failing = FunctionView { errors: 4, throttles: 1, ..SORTER };
        let (drawn, aloud) = told(&PartView::Function(failing));
        assert_eq!(drawn, "✗ 4 failed  ↻ 1 throttled  ✓ 8");
        assert_eq!(aloud, "2/10 running, 4 failed, 1 throttled, 8 succeeded");
        let (drawn, aloud) = told(&PartView::Subscription(SubscriptionView {
            protocol: "email",
            accepted: 9,
            filtered: 2,
            delivered: 5,
            retrying: 3,
            sent_to_dlq: 0,
            dropped: 1,
        }));
        assert_eq!(drawn, "✓ 5  ↻ 3  2 filtered  ✗ 1");
        assert_eq!(aloud, "5 delivered, 3 retrying, 2 filtered, 1 given up");
        assert_eq!(spoken(&PartView::Plain, Time::ZERO), None);
    }

    #[test]
    fn what_keeps_a_part_from_its_work_is_said_first() {
        let broken = ServiceView { broken: Some(("outage", Time(40_000_000))), ..PRINTER };
        let (_, aloud) = told(&PartView::Service(broken));
        assert_eq!(aloud, "outage, 30 s left, 3 busy, 8 done");
        let stopped = PartView::Function(FunctionView { stopped: true, ..SORTER });
        assert_eq!(told(&stopped).1, "stopped, 2/10 running, 12 succeeded");
        let sign = trouble(&stopped, Time::ZERO, Length::Short);
        assert_eq!(sign, Some(Piece::urgent("✗ stopped")));
        assert_eq!(trouble(&PartView::Function(SORTER), Time::ZERO, Length::Short), None);
    }

    #[test]
    fn a_list_keeps_queues_longest_and_leaves_out_what_never_waits() {
        let store = |stored, items| {
            let line = figures(&PartView::Store { stored, outbox: None, items }, Length::Short);
            line.iter().map(|piece| piece.text.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(store(0, None), ["0 stored"]);
        assert_eq!(store(0, Some((4, 0))), ["4 items"]);
        assert_eq!(store(0, Some((1, 0))), ["1 item"]);
        assert_eq!(store(9, Some((4, 2))), ["9 stored", "↻ 2 writes refused", "4 items"]);
        let weight = |view: &PartView| row(view).map(|row| row.weight);
        assert_eq!(weight(&PartView::Function(SORTER)), Some(2));
        assert_eq!(weight(&PartView::Service(PRINTER)), Some(3));
        assert_eq!(weight(&PartView::Store { stored: 9, outbox: None, items: None }), None);
        let broken = ServiceView { broken: Some(("outage", Time::ZERO)), ..PRINTER };
        assert_eq!(row(&PartView::Service(broken)).and_then(|row| row.sign), Some("✗"));
    }
}
