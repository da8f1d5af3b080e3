//! What the screen says of a part as it is just now: its figures, its row in a narrow window, its words
//! for reading aloud, and what its sheet holds. Every match is exhaustive, so a new view of a part is
//! answered here and nowhere else in `tui`.

use super::contents;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{
    FunctionView, PartView, PipeView, QueueView, ServiceView, SubscriptionView, WorkerView,
    WorkflowView,
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
        | PartView::Alarm { .. } => LaneForm::Plain,
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
        | PartView::Alarm { .. } => None,
    }
}

/// What a part on a way in holds back: a label and a count.
pub fn held_back(view: &PartView) -> Option<(&'static str, u64)> {
    match view {
        PartView::Store { outbox, .. } => Some(("outbox", *outbox)),
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
        | PartView::Alarm { .. } => None,
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
    /// The larger, the sooner it gives way where there is no room; 0 stays longest.
    pub weight: u8,
    /// Replaces the sign of its kind.
    pub sign: Option<&'static str>,
    pub figures: Line,
}

/// The row of a part; `None` if the list leaves it out.
pub fn row(view: &PartView) -> Option<Row> {
    let text = |words: String| Piece::text(words);
    let row = |weight: u8, figures: Vec<Piece>| Some(Row { weight, sign: None, figures });
    match view {
        PartView::Queue(queue) if queue.is_dlq => {
            let count = text(format!("{:>4}", short(queue.visible)));
            Some(Row { weight: 1, sign: Some("✖"), figures: vec![count] })
        }
        PartView::Queue(queue) => {
            let flying = Piece::in_flight(format!("{:>3} fly", short(queue.in_flight)));
            row(0, vec![text(format!("{:>4} vis ", short(queue.visible))), flying])
        }
        PartView::Workflow(view) => {
            let retrying: u64 = view.states.iter().map(|state| state.retrying).sum();
            let retrying = Piece::retrying(format!("↻ {retrying}"));
            row(0, vec![text(format!("{:>4} run ", short(view.running))), retrying])
        }
        PartView::Topic { published } => {
            row(2, vec![text(format!("{:>4} out", short(*published)))])
        }
        PartView::Function(view) => {
            row(2, vec![text(format!("{:>4}/{}", view.running, view.limit))])
        }
        PartView::Pipe(view) => row(2, vec![text(format!("{:>4} out", short(view.delivered)))]),
        PartView::Worker(view) => row(2, vec![text(format!("{:>4}/{}", view.busy, view.tasks))]),
        PartView::Service(view) => match view.broken {
            Some((word, _)) => {
                let figures = vec![Piece::urgent(word)];
                Some(Row { weight: 3, sign: Some("✗"), figures })
            }
            None => row(3, vec![text(format!("{:>4} busy", view.in_flight))]),
        },
        PartView::Plain
        | PartView::Store { .. }
        | PartView::Bus { .. }
        | PartView::Subscription(_)
        | PartView::Alarm { .. } => None,
    }
}

/// A part in words, for reading aloud; `None` where there is nothing to say.
pub fn spoken(view: &PartView) -> Option<String> {
    let stopped = |is_stopped: bool| if is_stopped { ", stopped" } else { "" };
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
            stopped(function.stopped)
        ),
        PartView::Worker(worker) => format!(
            "{} of {} tasks at work, {} done, {} failed, {} deleted too late{}",
            worker.busy,
            worker.tasks,
            worker.done,
            worker.failed,
            worker.late_deletes,
            stopped(worker.stopped)
        ),
        PartView::Pipe(pipe) => format!(
            "{} under way, {} handed on, {} filtered out, {} executions failed, {} given up",
            pipe.running, pipe.delivered, pipe.filtered, pipe.failures, pipe.gave_up
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

/// What a part holds just now, for its sheet of so many columns.
pub fn contents(view: &PartView, now: Time, width: usize) -> Vec<Line> {
    match view {
        PartView::Queue(queue) => contents::queue(queue, now, width),
        PartView::Workflow(view) => contents::workflow(view),
        PartView::Bus { rules, under_way, .. } => contents::bus(rules, *under_way),
        PartView::Alarm { since, history } => contents::alarm(*since, history),
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
