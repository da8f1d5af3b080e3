//! What the screen says of a part as it is just now: its figures, its row in a narrow window, its words
//! for reading aloud, and what its sheet holds. Every match is exhaustive, so a new view of a part is
//! answered here and nowhere else in `tui`.

use super::contents;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{
    FunctionView, PartView, PipeView, QueueView, ServiceView, SubscriptionView, TrailView,
    WorkerView, WorkflowView,
};
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::sheet::Line;

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
        | PartView::Bus { .. }
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::Subscription(_)
        | PartView::Service(_)
        | PartView::Alarm { .. }
        | PartView::Trail(_) => LaneForm::Plain,
    }
}

/// How many of a part are at work.
#[derive(Debug, Clone, Copy)]
pub struct AtWork {
    pub busy: u32,
    pub most: u32,
    pub is_stopped: bool,
}

/// How many of a part are at work, if it is of a kind that works.
pub fn at_work(view: &PartView) -> Option<AtWork> {
    match view {
        PartView::Function(FunctionView { running, limit, stopped, .. }) => {
            Some(AtWork { busy: *running, most: *limit, is_stopped: *stopped })
        }
        PartView::Worker(WorkerView { busy, tasks, stopped, .. }) => {
            Some(AtWork { busy: *busy, most: *tasks, is_stopped: *stopped })
        }
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bus { .. }
        | PartView::Queue(_)
        | PartView::Pipe(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Workflow(_)
        | PartView::Service(_)
        | PartView::Alarm { .. }
        | PartView::Trail(_) => None,
    }
}

/// What a part on a way in holds back: a label and a count.
pub fn held_back(view: &PartView) -> Option<(&'static str, u64)> {
    match view {
        PartView::Store { outbox, .. } => outbox.map(|rows| ("outbox", rows)),
        PartView::Pipe(pipe) => Some(("waiting", pipe.waiting)).filter(|_| pipe.reads_stream),
        PartView::Plain
        | PartView::Bus { .. }
        | PartView::Queue(_)
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Workflow(_)
        | PartView::Service(_)
        | PartView::Alarm { .. }
        | PartView::Trail(_) => None,
    }
}

/// The figures of a part beside its name in a plain lane or behind a queue.
pub fn figures(view: &PartView, now: Time) -> Line {
    let text = |words: String| vec![Piece::text(words)];
    match view {
        PartView::Function(view) => function_figures(view),
        PartView::Worker(view) => worker_figures(view),
        PartView::Pipe(view) => pipe_figures(view),
        PartView::Service(view) => service_figures(view, now),
        PartView::Subscription(view) => deliveries(view),
        PartView::Bus { published, .. } | PartView::Topic { published } => {
            text(format!("{} published", short(*published)))
        }
        PartView::Store { stored, .. } => text(format!("{} stored", short(*stored))),
        PartView::Queue(view) => text(format!("{} visible", short(view.visible))),
        PartView::Workflow(view) => text(format!("{} running", short(view.running))),
        PartView::Trail(view) => trail_figures(view),
        PartView::Plain | PartView::Alarm { .. } => Vec::new(),
    }
}

fn function_figures(view: &FunctionView) -> Line {
    let mut line = Vec::new();
    if view.errors > 0 {
        line.push(Piece::wrong(format!("✗ {} failed  ", short(view.errors))));
    }
    if view.throttles > 0 {
        line.push(Piece::retrying(format!("↻ {} throttled  ", short(view.throttles))));
    }
    let succeeded = view.invocations.saturating_sub(view.errors);
    line.push(Piece::healthy(format!("✓ {}", short(succeeded))));
    line
}

fn worker_figures(view: &WorkerView) -> Line {
    let mut line = Vec::new();
    if view.late_deletes > 0 {
        line.push(Piece::retrying(format!("↻ {} done too late  ", short(view.late_deletes))));
    }
    if view.failed > 0 {
        line.push(Piece::wrong(format!("✗ {} failed  ", short(view.failed))));
    }
    if view.starting > 0 {
        line.push(Piece::urgent(format!("✗ {} starting  ", view.starting)));
    }
    line.push(Piece::healthy(format!("✓ {}", short(view.done - view.late_deletes))));
    line
}

fn pipe_figures(view: &PipeView) -> Line {
    let mut line = Vec::new();
    if view.gave_up > 0 {
        line.push(Piece::wrong(format!("✗ {} given up  ", short(view.gave_up))));
    }
    if view.failures > 0 {
        line.push(Piece::retrying(format!("↻ {} failed  ", short(view.failures))));
    }
    if view.filtered > 0 {
        line.push(Piece::faint(format!("filtered {}  ", short(view.filtered))));
    }
    line.push(Piece::healthy(format!("✓ {}", short(view.delivered))));
    line
}

fn trail_figures(view: &TrailView) -> Line {
    let waiting = view.events - view.delivered;
    let mut line = vec![Piece::text(format!("{} logged  ", short(view.events)))];
    if waiting > 0 {
        line.push(Piece::delayed(format!("◌ {} on their way  ", short(waiting))));
    }
    line.push(Piece::healthy(format!("✓ {} delivered", short(view.delivered))));
    line.extend(view.data_events.map(|n| Piece::faint(format!("  {} data events", short(n)))));
    line
}

fn service_figures(view: &ServiceView, now: Time) -> Line {
    let mut line = vec![
        Piece::in_flight(format!("{:>3} busy", view.in_flight)),
        Piece::healthy(format!("  ✓ {}", short(view.calls - view.failures))),
    ];
    if view.failures > 0 {
        line.push(Piece::wrong(format!("  ✗ {} failed", short(view.failures))));
    }
    if let Some((word, until)) = view.broken {
        let left = until.since(now);
        line.push(Piece::urgent(format!("  ✗ {word}, {left} left")));
    }
    line
}

/// What became of a subscription's deliveries.
pub fn deliveries(view: &SubscriptionView) -> Line {
    let mut line = vec![Piece::healthy(format!("✓ {}", short(view.delivered)))];
    if view.retrying > 0 {
        line.push(Piece::retrying(format!("  ↻ {}", short(view.retrying))));
    }
    if view.filtered > 0 {
        line.push(Piece::faint(format!("  filtered {}", short(view.filtered))));
    }
    if view.dropped > 0 {
        line.push(Piece::wrong(format!("  ✗ {}", short(view.dropped))));
    }
    line
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
        | PartView::Trail(_) => row(2, None),
        PartView::Service(service) => row(3, service.broken.map(|_| "✗")),
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bus { .. }
        | PartView::Subscription(_)
        | PartView::Alarm { .. } => None,
    }
}

/// How figures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// In signs and short words, where a line has few columns.
    Short,
    /// In whole words, for reading aloud too.
    Whole,
}

/// The figures of a part, the most important first: for the list, and for reading aloud.
pub fn words(view: &PartView, length: Length) -> Line {
    let text = |words: String| Piece::text(words);
    // Counts that come first are of one width: the words after them do not move.
    let first = |count: u64, word: &str| Piece::text(format!("{:>4} {word}", short(count)));
    match view {
        PartView::Plain => Vec::new(),
        PartView::Store { stored, outbox } => {
            let mut words = vec![first(*stored, "stored")];
            words.extend(outbox.map(|outbox| text(format!("{outbox} in the outbox"))));
            words
        }
        PartView::Bus { published, unmatched, under_way, .. } => vec![
            first(*published, "published"),
            text(format!("{unmatched} matched by no rule")),
            text(format!("{under_way} on the way")),
        ],
        PartView::Queue(queue) => queue_words(queue, length),
        PartView::Function(function) => {
            let mut words = vec![
                text(format!("{:>4}/{} running", function.running, function.limit)),
                text(format!("{} invocations", short(function.invocations))),
                text(format!("{} errors", short(function.errors))),
            ];
            words.extend(function.stopped.then(|| Piece::urgent("stopped")));
            words
        }
        PartView::Worker(worker) => {
            let mut words = vec![
                text(format!("{:>4}/{} at work", worker.busy, worker.tasks)),
                text(format!("{} done", short(worker.done))),
                text(format!("{} failed", short(worker.failed))),
                text(format!("{} deleted too late", short(worker.late_deletes))),
            ];
            words.extend(worker.stopped.then(|| Piece::urgent("stopped")));
            words
        }
        PartView::Pipe(pipe) => vec![
            first(pipe.delivered, "handed on"),
            text(format!("{} under way", pipe.running)),
            text(format!("{} filtered out", pipe.filtered)),
            text(format!("{} executions failed", pipe.failures)),
            text(format!("{} given up", pipe.gave_up)),
        ],
        PartView::Topic { published } => vec![first(*published, "published")],
        PartView::Subscription(view) => vec![
            first(view.delivered, "delivered"),
            text(format!("{} retrying", view.retrying)),
            text(format!("{} given up", view.dropped)),
        ],
        PartView::Workflow(view) => workflow_words(view, length),
        PartView::Service(view) => {
            let failed = text(format!("{} of {} calls failed", view.failures, view.calls));
            match view.broken {
                Some((word, _)) => vec![Piece::urgent(word), failed],
                None => vec![first(u64::from(view.in_flight), "busy"), failed],
            }
        }
        PartView::Alarm { since: Some(since), .. } => {
            vec![Piece::alarm(format!("in ALARM since {since}"))]
        }
        PartView::Alarm { since: None, .. } => vec![Piece::text("OK")],
        PartView::Trail(view) => {
            let mut words = vec![
                first(view.events, "events logged"),
                text(format!("{} delivered", view.delivered)),
            ];
            words.extend(view.data_events.map(|count| text(format!("{count} data events"))));
            words
        }
    }
}

fn queue_words(queue: &QueueView, length: Length) -> Line {
    let (visible, in_flight) = (short(queue.visible), short(queue.in_flight));
    let (visible, in_flight) = match length {
        Length::Short => (format!("{visible:>4} vis"), format!("◔ {in_flight:>2}")),
        Length::Whole => (format!("{visible:>4} visible"), format!("{in_flight:>2} in flight")),
    };
    let is_dead = queue.is_dlq && queue.visible > 0;
    vec![
        if is_dead { Piece::dead(visible) } else { Piece::text(visible) },
        Piece::in_flight(in_flight),
        Piece::delayed(format!("{} delayed", short(queue.delayed))),
        Piece::faint(format!("oldest {}", queue.age_of_oldest)),
    ]
}

fn workflow_words(view: &WorkflowView, length: Length) -> Line {
    let running = short(view.running);
    let retrying: u64 = view.states.iter().map(|state| state.retrying).sum();
    let (running, retrying) = match length {
        Length::Short => (format!("{running:>4} run"), format!("↻ {retrying:>2}")),
        Length::Whole => (format!("{running:>4} running"), format!("{retrying:>2} retrying")),
    };
    vec![
        Piece::text(running),
        Piece::retrying(retrying),
        Piece::text(format!("{} succeeded", short(view.succeeded))),
        Piece::text(format!("{} failed", short(view.failed))),
        Piece::text(format!("{} errors caught", short(view.caught))),
    ]
}

/// The same as a sentence for reading aloud; `None` where there is nothing to say.
pub fn spoken(view: &PartView) -> Option<String> {
    let words: Vec<String> =
        words(view, Length::Whole).iter().map(|piece| piece.text.trim().to_owned()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What a part holds just now, for its sheet.
pub fn contents(view: &PartView, now: Time) -> Vec<Line> {
    match view {
        PartView::Queue(queue) => contents::queue(queue, now),
        PartView::Workflow(view) => contents::workflow(view),
        PartView::Bus { rules, under_way, .. } => contents::bus(rules, *under_way),
        PartView::Alarm { since, history } => contents::alarm(*since, history),
        PartView::Trail(trail) => contents::trail(trail, now),
        PartView::Plain => vec![vec![Piece::faint("It holds nothing.")]],
        PartView::Store { .. }
        | PartView::Function(_)
        | PartView::Worker(_)
        | PartView::Pipe(_)
        | PartView::Topic { .. }
        | PartView::Subscription(_)
        | PartView::Service(_) => {
            spoken(view).into_iter().map(|words| vec![Piece::text(words)]).collect()
        }
    }
}
