//! The contents of a part, as lines of its sheet.

use crate::sim::aws::alarm::State;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{EventView, QueueView, RuleView, TrailView, WorkflowView};
use crate::tui::piece::Piece;
use crate::tui::sheet::Line;
use crate::tui::theme::Meaning;

/// A name and its value in two columns.
pub fn fact(name: &str, value: &impl std::fmt::Display, meaning: Meaning) -> Line {
    vec![Piece::text(format!("{name:<26} ")), Piece::new(format!("{value}"), meaning)]
}

/// The executions of a workflow, by state.
pub fn workflow(view: &WorkflowView) -> Vec<Line> {
    let mut lines = vec![fact("executions running", &view.running, Meaning::Strong)];
    lines.extend(view.states.iter().map(|state| {
        let mut line = fact(&format!("  {}", state.name), &state.inside, Meaning::Text);
        if state.retrying > 0 {
            line.push(Piece::retrying(format!("  ↻ {} retrying", state.retrying)));
        }
        line
    }));
    lines
}

/// The deliveries of a bus, by rule.
pub fn bus(rules: &[RuleView], under_way: u64) -> Vec<Line> {
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

/// The state of an alarm and its changes, the last one first.
pub fn alarm(since: Option<Time>, history: &[(Time, State)]) -> Vec<Line> {
    let state = match since {
        Some(since) => format!("▲ ALARM since {since}"),
        None => "△ OK".to_owned(),
    };
    let mut lines = vec![fact("state", &state, Meaning::Strong)];
    lines.extend(history.iter().rev().map(|(at, state)| {
        vec![Piece::faint(format!("  {at}  ")), Piece::text(format!("{state:?}"))]
    }));
    lines
}

/// The event history of the account and what a trail has of it, the last call first, and that call as
/// CloudTrail writes it.
pub fn trail(view: &TrailView, now: Time) -> Vec<Line> {
    let data = match view.data_events {
        Some(count) => format!("{count}: counted and billed, not in the event history"),
        None => "not logged: messages and invocations do not show here".to_owned(),
    };
    let mut lines = vec![
        fact("management events logged", &view.events, Meaning::Strong),
        fact("  of them delivered", &view.delivered, Meaning::Healthy),
        fact("data events", &data, Meaning::Text),
        Vec::new(),
    ];
    let Some(last) = view.history.last() else {
        lines.push(vec![Piece::faint("Event history: nobody has changed anything in this run.")]);
        return lines;
    };
    lines.push(vec![Piece::faint("Event history, the last call first")]);
    for event in view.history.iter().rev() {
        lines.extend(call(event, now));
    }
    lines.push(Vec::new());
    lines.push(vec![Piece::faint("The last call as CloudTrail records it")]);
    let number = view.history.len();
    let record = last.called.call.record(last.called.at, last.called.caller, number);
    let json = serde_json::to_string_pretty(&record).unwrap_or_default();
    lines.extend(json.lines().map(|line| vec![Piece::text(line.to_owned())]));
    lines.push(Vec::new());
    lines.push(vec![Piece::faint(
        "The roles that call, and a delay of five minutes to the second,",
    )]);
    lines.push(vec![Piece::faint("are model assumptions. AWS says about five minutes.")]);
    lines
}

/// A call, and below it what was called on, by whom, and whether the trail has delivered its record.
fn call(event: &EventView, now: Time) -> [Line; 2] {
    let called = &event.called;
    let delivery = match event.delivered_at {
        None => Piece::faint("not logged by this trail"),
        Some(at) if at <= now => Piece::healthy(format!("✓ delivered {at}")),
        Some(at) => Piece::delayed(format!("◌ delivery {at}")),
    };
    [
        vec![
            Piece::faint(format!("  {}  ", called.at)),
            Piece::strong(format!("{:<26} ", called.call.event_name)),
            Piece::text(called.call.event_source),
        ],
        vec![
            Piece::text(format!(
                "            {}, by role {}  ",
                called.call.part,
                called.caller.role()
            )),
            delivery,
        ],
    ]
}

/// The messages of a queue: in flight, waiting, and dead-lettered by rules.
pub fn queue(queue: &QueueView, now: Time) -> Vec<Line> {
    let mut lines = vec![
        fact("visible", &queue.visible, Meaning::Strong),
        fact("in flight", &queue.in_flight, Meaning::InFlight),
        fact("delayed", &queue.delayed, Meaning::Delayed),
        fact("oldest", &queue.age_of_oldest, Meaning::Text),
        Vec::new(),
    ];
    if !queue.lent.is_empty() {
        lines.push(vec![Piece::faint("In flight, the next to become visible first")]);
    }
    for lent in &queue.lent {
        let left = lent.back_at.since(now);
        let meaning = if lent.receive_count > 1 { Meaning::Retrying } else { Meaning::Text };
        lines.push(vec![
            Piece::text(format!("  order {:<8}", lent.order)),
            Piece::new(format!(" receive {:<4}", lent.receive_count), meaning),
            Piece::faint(format!(" visible again in {left}")),
        ]);
    }
    if !queue.waiting.is_empty() {
        lines.push(vec![Piece::faint("Waiting, the first to arrive first")]);
    }
    for waiting in &queue.waiting {
        let here = now.since(waiting.arrived);
        let state = if waiting.is_delayed { "◌ delayed" } else { "visible" };
        lines.push(vec![
            Piece::text(format!("  order {:<8}", waiting.order)),
            Piece::text(format!(" {state:<10} received {:<4}", waiting.receive_count)),
            Piece::faint(format!(" waiting for {here}")),
        ]);
    }
    if !queue.failure_attributes.is_empty() {
        lines.push(vec![Piece::faint("Attributes of messages that rules dead-lettered")]);
    }
    for letter in &queue.failure_attributes {
        lines.push(vec![
            Piece::text(format!("  order {:<8}", letter.order)),
            Piece::wrong(format!(" ERROR_CODE {}", letter.error_code)),
        ]);
        lines.push(vec![Piece::faint(format!("    RULE_ARN {}", letter.rule_arn))]);
    }
    lines
}
