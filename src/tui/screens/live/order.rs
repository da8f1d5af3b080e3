//! The life of one order: everything that happened to it, with the time between, and where it is.

use std::borrow::Cow;

use super::run_view::RunView;
use super::status;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{PartView, WorkflowView};
use crate::sim::world::{Happened, Occurrence};
use crate::tui::frame;
use crate::tui::keymap::Intent;
use crate::tui::list::{self, List};
use crate::tui::piece::Piece;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Sheet, Size, paragraph};
use crate::tui::theme::Meaning;
use crate::tui::wrap::{columns, cut};

/// The life of an order on the screen.
pub struct Life {
    pub order: u32,
    cursor: usize,
}

impl Life {
    /// Opens with the cursor on the last occurrence before the playhead.
    pub fn new(show: &RunView, order: u32) -> Self {
        let mut life = Self { order, cursor: 0 };
        let known = life.occurrences(show);
        life.cursor = known.partition_point(|o| o.at <= show.playback.now()).saturating_sub(1);
        life
    }

    /// Everything known about it, including what lies after the playhead.
    fn occurrences(&self, show: &RunView) -> Vec<Occurrence> {
        show.playback.timeline().life(self.order)
    }

    /// The same as a list. An undo may remove the occurrence at the cursor.
    fn list(&self, show: &RunView) -> List<Occurrence> {
        List::of(self.occurrences(show), self.cursor)
    }

    /// The instant of the occurrence at the cursor.
    pub fn instant(&self, show: &RunView) -> Option<Time> {
        self.list(show).chosen().map(|occurrence| occurrence.at)
    }

    /// Whether an intent of its own does something; `None` if it is not one of its own.
    pub fn does(&self, show: &RunView, intent: Intent) -> Option<bool> {
        match intent {
            Intent::GoOn => Some(self.instant(show).is_some_and(|at| at != show.playback.now())),
            _ => self.list(show).does(intent),
        }
    }

    /// Moves the cursor and returns whether the intent was meant for it.
    pub fn moved(&mut self, show: &RunView, (_, height): Size, intent: Intent) -> bool {
        let mut list = self.list(show);
        // A page less the heading and a line of overlap.
        let moved = list.moved(intent, height.saturating_sub(3));
        self.cursor = list.place();
        moved
    }

    fn heading(&self, show: &RunView, width: usize) -> Vec<Piece> {
        let customer = format!(" of customer {}", show.run().customer(self.order));
        let mut line = whereabouts(show, self.order, width.saturating_sub(customer.len()));
        line.insert(1, Piece::faint(customer));
        line
    }

    /// The panel as lines.
    pub fn sheet(&self, show: &RunView, (width, height): Size) -> Sheet {
        let head = vec![frame::cut(&self.heading(show, width), width), Vec::new()];
        let list = self.list(show);
        let occurrences: Vec<&Occurrence> = list.items().collect();
        if occurrences.is_empty() {
            let one = &show.noun().one;
            let text = format!(
                "Nothing has happened to this {one} yet. o asks for another, x finds one that \
                 fails."
            );
            let lines = paragraph(&text, Meaning::Faint, width);
            return Sheet::scrolled(head, lines, Scroll::default());
        }
        let here = list.place();
        let now = show.playback.now();
        let line = |(place, occurrence): (usize, &&Occurrence)| {
            let before = place.checked_sub(1).and_then(|place| occurrences.get(place).copied());
            Self::line(show, occurrence, before, (place == here, now, width))
        };
        let lines = occurrences.iter().enumerate().map(line).collect();
        // Leave a third of the room for what comes after.
        let after = height.saturating_sub(head.len()) / 3;
        Sheet::following(head, lines, here, (height, after))
    }

    fn line(
        show: &RunView,
        occurrence: &Occurrence,
        before: Option<&Occurrence>,
        (is_here, now, width): (bool, Time, usize),
    ) -> Vec<Piece> {
        let meaning = status::meaning(occurrence.kind());
        let millis = occurrence.at.0 / 1_000 % 1_000;
        let wait = before.map(|before| occurrence.at.since(before.at)).filter(|w| w.0 >= 1_000);
        let wait = wait.map_or(String::new(), |wait| format!("+{wait}"));
        // What lies after the playhead is known from an earlier pass.
        let text = if occurrence.at > now { Meaning::Faint } else { Meaning::Text };
        let name = if is_here { Meaning::Selected } else { text };
        let title = show.title_of(occurrence.part);
        let (time, title) = if width >= 70 {
            (format!("{}.{millis:03} {wait:>8}  ", occurrence.at), format!("{title:<20} "))
        } else {
            // In a narrow window the event matters more than milliseconds and full names.
            (format!("{} ", occurrence.at), format!("{:<10} ", cut(title, 10)))
        };
        vec![
            list::lead(is_here),
            Piece::faint(time),
            Piece::new(format!("{} ", status::sign(meaning)), meaning),
            Piece::new(title, name),
            Piece::new(
                words(show, occurrence),
                if meaning == Meaning::Text { text } else { meaning },
            ),
        ]
    }
}

/// An occurrence in words, with the names that only the run knows.
fn words(show: &RunView, occurrence: &Occurrence) -> Cow<'static, str> {
    match (occurrence.happened, show.snapshot.part(occurrence.part)) {
        (Happened::StateEntered { state }, PartView::Workflow(view)) => match state_of(view, state)
        {
            Some(name) => format!("state {name}").into(),
            None => occurrence.words(),
        },
        (Happened::Caught { state }, PartView::Workflow(view)) => match state_of(view, state) {
            Some(name) => format!("error caught in {name}").into(),
            None => occurrence.words(),
        },
        (Happened::Received { .. }, PartView::Queue(queue)) => {
            format!("{}, hidden for {}", occurrence.words(), queue.visibility_timeout).into()
        }
        _ => occurrence.words(),
    }
}

fn state_of(view: &WorkflowView, state: u32) -> Option<&str> {
    view.states.get(state as usize).map(|state| state.name.as_str())
}

/// Where an order is now, in one line: the countdown comes first where not everything fits.
pub fn whereabouts(show: &RunView, order: u32, width: usize) -> Vec<Piece> {
    let [mut line, happened, lent] = told(show, order);
    let needed = columns(&line) + columns(&happened) + columns(&lent);
    let [first, second] = if needed > width { [lent, happened] } else { [happened, lent] };
    line.extend(first);
    line.extend(second);
    line
}

/// The same in two lines, so that nothing moves below them: the second one is empty where one is enough.
pub fn whereabouts_in_two(show: &RunView, order: u32, width: usize) -> [Vec<Piece>; 2] {
    let [mut line, happened, lent] = told(show, order);
    line.extend(happened);
    if columns(&line) + columns(&lent) > width {
        let mut second = vec![Piece::space(8)];
        second.extend(lent);
        return [line, second];
    }
    line.extend(lent);
    [line, Vec::new()]
}

/// An order's name, what happened to it last, and the queue that waits for its return.
fn told(show: &RunView, order: u32) -> [Vec<Piece>; 3] {
    let name = vec![Piece::travelling(format!("● {} {order}", show.noun().one))];
    let Some(last) = show.playback.timeline().last_of(order) else {
        return [name, vec![Piece::faint("  has not arrived yet")], Vec::new()];
    };
    let ago = show.playback.now().since(last.at);
    let meaning = status::meaning(last.kind());
    let happened = vec![
        Piece::new(format!("  {} ", status::sign(meaning)), meaning),
        Piece::text(format!("{}: {}", show.title_of(last.part), words(show, last))),
        Piece::faint(if ago.0 < 1_000 { ", just now".to_owned() } else { format!(", {ago} ago") }),
    ];
    let queue = show.snapshot.parts.iter().zip(&show.topology().parts).find_map(|(view, part)| {
        let PartView::Queue(queue) = view else { return None };
        let lent = queue.lent.iter().find(|lent| lent.order == order)?;
        Some((part.title.clone(), *lent))
    });
    let lent = queue.map(|(title, lent)| {
        let left = lent.back_at.since(show.playback.now());
        let text = format!("  ◔ {title}: receive {}, back in {left}", lent.receive_count);
        Piece::in_flight(text)
    });
    [name, happened, lent.into_iter().collect()]
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, Stage, panel};

    /// The life of an order, the clock at an instant.
    fn life(order: &str, at: &str) -> Stage {
        panel(LETTERS).at(at).press(&[Intent::Follow]).typed(order).press(&[Intent::GoOn])
    }

    #[test]
    fn a_life_begins_at_the_door_and_the_same_is_seen_and_read() {
        let stage = life("1", "20s").size(120, 40);
        assert!(stage.lines()[0].starts_with("● order 1 of customer"), "{}", stage.lines()[0]);
        stage.line("desk");
        let seen = stage.lines().join(" ");
        for block in stage.spoken().iter().skip(1) {
            let words = block.trim_start_matches("selected: ").split_whitespace();
            for word in words {
                assert!(seen.contains(word), "{word:?} of {block:?} is not seen");
            }
        }
    }

    #[test]
    fn the_clock_goes_to_what_is_under_the_cursor() {
        let stage = life("1", "20s").press(&[Intent::PageUp, Intent::PageUp]);
        assert!(stage.lines()[2].starts_with('▸'), "{}", stage.lines()[2]);
        assert!(!stage.does(Intent::Up) && stage.does(Intent::Down) && stage.does(Intent::GoOn));
        let stage = stage.press(&[Intent::GoOn]);
        assert!(stage.live().title(stage.ctx()).text().contains("00:00:01"));
        assert!(!stage.does(Intent::GoOn), "it stands there");
    }

    #[test]
    fn an_order_that_has_not_come_in_says_so() {
        assert!(life("999", "5s").line("Nothing has happened").contains("to this order yet"));
    }
}
