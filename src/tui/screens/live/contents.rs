//! The contents of a part, as lines of its sheet.

use crate::sim::aws::alarm::State;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{
    AlarmView, ArchiveView, EventView, EventsView, LogView, QueueView, ReplayView, RuleView,
    TrailView, WorkflowView,
};
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::sheet::Line;
use crate::tui::theme::Meaning;
use crate::tui::wrap::wrap;

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

/// The items of a table that workflows use.
pub fn items(stored: u64, items: u64, refused: u64) -> Vec<Line> {
    let meaning = if refused > 0 { Meaning::Retrying } else { Meaning::Text };
    vec![
        fact("items", &items, Meaning::Strong),
        fact("  stored by the intake", &stored, Meaning::Text),
        fact("writes refused", &refused, meaning),
        vec![Piece::faint("  by their condition, and paid for")],
    ]
}

/// The events of a function that is invoked asynchronously, and the records that its destinations got.
pub fn events(view: &EventsView) -> Vec<Line> {
    let trouble = |count: u64| if count > 0 { Meaning::Wrong } else { Meaning::Text };
    vec![
        fact("events received", &view.received, Meaning::Strong),
        fact("  came a second time", &view.copied, trouble(view.copied)),
        fact("  waiting in its own queue", &view.waiting, Meaning::Delayed),
        fact("  succeeded", &view.succeeded, Meaning::Healthy),
        fact("  given up", &view.failed, trouble(view.failed)),
        Vec::new(),
        fact("records of successes sent", &view.successes_sent, Meaning::Text),
        fact("records of failures sent", &view.failures_sent, Meaning::Text),
        fact("records refused, and gone", &view.refused, trouble(view.refused)),
    ]
}

/// The events of a log group, and those in which a sensitive field stands.
pub fn log(view: &LogView, kept: &str) -> Vec<Line> {
    let clear = if view.in_clear > 0 { Meaning::Wrong } else { Meaning::Text };
    let mut lines = vec![
        fact("log events", &short(view.events), Meaning::Strong),
        fact("bytes ingested", &short(view.ingested), Meaning::Text),
        fact("bytes stored, compressed", &short(view.stored), Meaning::Text),
        fact("retention", &kept, Meaning::Text),
        fact("events expired", &short(view.expired), Meaning::Text),
        Vec::new(),
        vec![Piece::faint("Stored events with a sensitive field")],
        fact("  in clear text", &short(view.in_clear), clear),
        fact("  masked", &short(view.masked), Meaning::Text),
    ];
    if view.masked > 0 {
        lines.push(vec![Piece::faint("logs:Unmask lets a reader see what is masked.")]);
    }
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

/// The state of an alarm, what it told, and its changes, the last one first.
pub fn alarm(view: &AlarmView) -> Vec<Line> {
    let state = match view.since {
        Some(since) => format!("▲ ALARM since {since}"),
        None => "△ OK".to_owned(),
    };
    let mut lines = vec![fact("state", &state, Meaning::Strong)];
    if view.notifications > 0 {
        lines.push(fact("notifications published", &view.notifications, Meaning::Text));
    }
    if view.actions_failed > 0 {
        lines.push(fact("actions that failed", &view.actions_failed, Meaning::Wrong));
    }
    lines.extend(view.below.iter().map(|(name, state)| {
        let meaning = if *state == State::Alarm { Meaning::Alarm } else { Meaning::Text };
        fact(&format!("  made of {name}"), &state.word(), meaning)
    }));
    lines.extend(view.history.iter().rev().map(|(at, state)| {
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
    lines
}

/// What an archive has of its bus, and its replays, the last one first.
pub fn archive(view: &ArchiveView) -> Vec<Line> {
    let span = view.span.map_or("none yet".to_owned(), |(from, to)| format!("{from} to {to}"));
    let kept = view.retention.map_or("for ever".to_owned(), |span| span.to_string());
    let mut lines = vec![
        fact("events in the archive", &short(view.stored), Meaning::Strong),
        fact("  received by the bus", &span, Meaning::Text),
        fact("  bytes", &short(view.bytes), Meaning::Text),
        fact("on their way into it", &short(view.under_way), Meaning::Delayed),
        fact("kept", &kept, Meaning::Text),
        fact("expired", &short(view.expired), Meaning::Text),
        Vec::new(),
        vec![Piece::faint("Events of the bus that it does not keep")],
        fact("  left out by its pattern", &short(view.filtered), Meaning::Text),
        fact("  replayed before it came", &short(view.skipped), Meaning::Text),
        Vec::new(),
    ];
    if view.replays.is_empty() {
        lines.push(vec![Piece::faint("Nothing was replayed in this run: P replays.")]);
    } else {
        lines.push(vec![Piece::faint("Replays, the last one first")]);
    }
    for replay in view.replays.iter().rev() {
        lines.extend(self::replay(replay));
    }
    lines.push(Vec::new());
    lines.push(vec![Piece::faint(
        "A replay goes minute by minute, and within a minute in any order.",
    )]);
    lines
}

/// A replay: its span and its progress, and below them which rules it is for.
fn replay(replay: &ReplayView) -> [Line; 2] {
    let progress = format!("{} of {} events", short(replay.sent), short(replay.planned));
    let state = match (replay.completed, replay.last) {
        (Some(at), _) => Piece::healthy(format!("✓ COMPLETED {at}")),
        (None, Some(last)) => Piece::retrying(format!("↻ RUNNING, at {last}")),
        (None, None) => Piece::delayed("◌ STARTING"),
    };
    let rules = match replay.rules.as_slice() {
        [] => "all rules of the bus".to_owned(),
        rules => rules.join(", "),
    };
    [
        vec![
            Piece::strong(format!("  {:<11} ", replay.name)),
            Piece::text(format!("{} to {}  {progress}  ", replay.from, replay.to)),
        ],
        vec![Piece::faint(format!("              {rules}  ")), state],
    ]
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
pub fn queue(queue: &QueueView, now: Time, width: usize) -> Vec<Line> {
    let mut lines = vec![
        fact("visible", &queue.visible, Meaning::Strong),
        fact("in flight", &queue.in_flight, Meaning::InFlight),
        fact("delayed", &queue.delayed, Meaning::Delayed),
        fact("oldest", &queue.age_of_oldest, Meaning::Text),
        Vec::new(),
    ];
    if queue.throttled > 0 {
        lines.insert(4, fact("sends over the quota", &queue.throttled, Meaning::Retrying));
    }
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
    let mut told = "";
    for letter in &queue.failure_attributes {
        lines.push(vec![
            Piece::text(format!("  order {:<8}", letter.order)),
            Piece::wrong(format!(" ERROR_CODE {}", letter.error_code)),
        ]);
        lines.push(vec![Piece::faint(format!("    RULE_ARN {}", letter.rule_arn))]);
        // As long as it stays the same, once is enough.
        if told != &*letter.error_message {
            told = &letter.error_message;
            let message = Piece::faint(format!("    ERROR_MESSAGE {told}"));
            lines.extend(wrap(&[message], width).into_iter().map(|line| line.pieces));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::kernel::time::Span;
    use crate::sim::snapshot::{Lent, StateView, Waiting};
    use crate::tui::piece::text;

    const EMPTY: QueueView = QueueView {
        visible: 0,
        in_flight: 0,
        delayed: 0,
        is_dlq: false,
        came: 0,
        deleted: 0,
        moved_out: 0,
        expired: 0,
        redriven: 0,
        age_of_oldest: Span::ZERO,
        visibility_timeout: Span::ZERO,
        max_receive_count: None,
        lent: Vec::new(),
        waiting: Vec::new(),
        throttled: 0,
        failure_attributes: Vec::new(),
    };

    #[test]
    fn a_table_says_what_it_refused() {
        let lines: Vec<String> = items(0, 7, 2).iter().map(|line| text(line)).collect();
        assert!(lines[0].ends_with(" 7") && lines[2].ends_with(" 2"), "{lines:?}");
    }

    #[test]
    fn events_are_told_with_what_became_of_them() {
        let view = EventsView {
            received: 9,
            copied: 2,
            waiting: 1,
            succeeded: 7,
            failed: 3,
            ..EventsView::default()
        };
        let lines: Vec<String> = events(&view).iter().map(|line| text(line)).collect();
        assert!(
            lines[0].ends_with(" 9") && lines[1].ends_with(" 2") && lines[4].ends_with(" 3"),
            "{lines:?}"
        );
        assert_eq!(events(&view)[8].last().unwrap().meaning, Meaning::Text, "none was refused");
    }

    #[test]
    fn a_queue_lists_its_messages_under_headings_and_has_none_when_it_is_empty() {
        let now = Time(20_000_000);
        assert_eq!(queue(&EMPTY, now, 80).len(), 5);
        let lent = Lent { order: 7, receive_count: 2, back_at: Time(25_000_000) };
        let waiting =
            Waiting { order: 8, receive_count: 0, arrived: Time(17_000_000), is_delayed: true };
        let holds = QueueView { lent: vec![lent], waiting: vec![waiting], ..EMPTY };
        let lines = queue(&holds, now, 80);
        let told: Vec<String> = lines.iter().skip(5).map(|line| text(line)).collect();
        assert!(told[0].starts_with("In flight") && told[2].starts_with("Waiting"), "{told:?}");
        assert!(told[1].starts_with("  order 7 ") && told[1].ends_with("visible again in 5 s"));
        assert!(told[3].contains("◌ delayed") && told[3].ends_with("waiting for 3 s"), "{told:?}");
        assert_eq!(lines[6][1].meaning, Meaning::Retrying, "it was received before");
    }

    #[test]
    fn an_alarm_tells_its_last_change_first() {
        let history = [(Time(1_000_000), State::Alarm), (Time(9_000_000), State::Ok)];
        let view = |since, history: &[(Time, State)]| AlarmView {
            since,
            history: history.to_vec(),
            notifications: 2,
            actions_failed: 1,
            below: vec![("age".to_owned(), State::Alarm)],
        };
        let told: Vec<String> =
            alarm(&view(None, &history)).iter().map(|line| text(line)).collect();
        assert!(told[0].ends_with("△ OK"), "{told:?}");
        assert!(told[3].starts_with("  made of age") && told[3].ends_with("ALARM"), "{told:?}");
        assert!(told[4].contains("00:00:09") && told[5].contains("00:00:01"), "{told:?}");
        assert!(told[1].ends_with(" 2") && told[2].ends_with(" 1"), "{told:?}");
        let on = text(&alarm(&view(Some(Time(1_000_000)), &[]))[0]);
        assert!(on.ends_with("▲ ALARM since 00:00:01"), "{on}");
    }

    #[test]
    fn a_workflow_names_the_states_that_retry() {
        let state = |name: &str, retrying: u64| StateView {
            name: name.to_owned(),
            follows: true,
            inside: 3,
            retrying,
        };
        let view = WorkflowView {
            running: 6,
            succeeded: 0,
            failed: 0,
            caught: 0,
            states: vec![state("Print", 0), state("Post", 2)],
            next_retry: None,
        };
        let told: Vec<String> = workflow(&view).iter().map(|line| text(line)).collect();
        assert!(told[0].ends_with(" 6") && told[1].ends_with(" 3"), "{told:?}");
        assert!(told[2].ends_with("3  ↻ 2 retrying"), "{told:?}");
    }
}
