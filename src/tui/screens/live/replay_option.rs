//! The replays that can be started: what an archive has of a span, for all rules of its bus or for one.

use std::borrow::Cow;

use super::menu::Entry;
use super::setting;
use crate::sim::design::{Design, Duration, PartKind, Replay};
use crate::sim::fault::Fault;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::snapshot::{PartView, Snapshot};
use crate::sim::world::Topology;
use crate::tui::count::short;
use crate::tui::list::{Named, Row};
use crate::tui::piece::Piece;

/// A replay to start.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayOption {
    archive: String,
    rules: Vec<String>,
    label: String,
    /// Spans worth trying, and the chosen one.
    spans: Vec<(Time, Time)>,
    at: usize,
}

impl ReplayOption {
    fn span(&self) -> (Time, Time) {
        self.spans.get(self.at).copied().unwrap_or_default()
    }

    /// What is asked of the run.
    pub fn replay(&self) -> Replay {
        let (from, to) = self.span();
        let since = |at: Time| Duration(at.since(Time::ZERO));
        Replay {
            archive: self.archive.clone(),
            from: since(from),
            to: since(to),
            rules: self.rules.clone(),
        }
    }

    /// Takes the span from typed text, or returns a sentence that says what is wrong.
    pub fn spans(&mut self, text: &str) -> Result<(), String> {
        let ends = text.split_once('-').or_else(|| text.split_once(' '));
        let at = |text: &str| setting::duration(text.trim()).map(|span| Time::ZERO + span.0);
        let span = ends.and_then(|(from, to)| Some((at(from)?, at(to)?)));
        let span = span.ok_or_else(|| {
            format!(
                "{text:?} is not a span of the run: write where it begins and ends, as in 5m-20m."
            )
        })?;
        self.spans.push(span);
        self.at = self.spans.len() - 1;
        Ok(())
    }

    /// Its span in words.
    fn words(&self) -> String {
        let (from, to) = self.span();
        format!("{from} to {to}")
    }

    /// The notice after it was started, with the number of its events.
    pub fn told(&self, events: u64, noun: &str) -> String {
        let of = self.words();
        match events {
            0 => format!(
                "The archive has no {noun} of {of}: an event takes ten minutes to get there."
            ),
            _ => format!("Replay {}: {} {noun} of {of}. u undoes it.", self.label, short(events)),
        }
    }
}

impl Named for ReplayOption {
    fn names(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.label)
    }
}

impl Entry for ReplayOption {
    fn name(&self) -> &str {
        &self.label
    }

    fn value(&self) -> Option<Vec<Piece>> {
        Some(vec![Piece::retrying(format!("  {}", self.words()))])
    }

    fn turn(&mut self, more: bool) {
        let last = self.spans.len().saturating_sub(1);
        self.at = if more { (self.at + 1).min(last) } else { self.at.saturating_sub(1) };
    }

    fn asked(&self) -> Option<(String, String)> {
        Some((format!("{}, from-to", self.label), self.words()))
    }
}

/// Every replay of the design; empty if no archive has anything.
pub fn all<'a>(
    design: &Design,
    topology: &Topology,
    snapshot: &Snapshot,
    faults: impl Iterator<Item = &'a Fault>,
) -> Vec<Row<ReplayOption>> {
    let past: Vec<(Time, Time)> = faults
        .filter(|fault| fault.at < snapshot.now && fault.span > Span::ZERO)
        .map(|fault| (fault.at, (fault.at + fault.span).min(snapshot.now)))
        .collect();
    let mut rows = Vec::new();
    for (part, view) in topology.parts.iter().zip(&snapshot.parts) {
        let PartView::Archive(view) = view else { continue };
        let Some((first, last)) = view.span else { continue };
        let Some(archive) = design.archives.get(part.id()) else { continue };
        let second = 1_000_000;
        let whole = (
            Time(first.0 / second * second),
            Time(last.0.next_multiple_of(second)).min(snapshot.now),
        );
        let spans: Vec<(Time, Time)> = std::iter::once(whole).chain(past.clone()).collect();
        let option = |rules: Vec<String>, label: String| {
            let archive = part.path.to_string();
            Row::Item(ReplayOption { archive, rules, label, spans: spans.clone(), at: 0 })
        };
        let title = if part.title.contains(PartKind::Archive.noun()) {
            part.title.clone()
        } else {
            format!("{} archive", part.title)
        };
        rows.push(Row::Heading(format!("{title} · {}", part.path).into()));
        let rules = design.rules.iter().filter(|(_, rule)| rule.bus == archive.bus);
        let rules: Vec<&String> = rules.map(|(id, _)| id).collect();
        rows.push(option(Vec::new(), "to all rules".to_owned()));
        rows.extend(
            rules.into_iter().map(|id| option(vec![id.clone()], format!("only rule {id}"))),
        );
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option() -> ReplayOption {
        let minutes = |m: u64| Time::ZERO + Span::from_secs(m * 60);
        ReplayOption {
            archive: "archives.past".to_owned(),
            rules: Vec::new(),
            label: "to all rules".to_owned(),
            spans: vec![(minutes(0), minutes(9)), (minutes(2), minutes(4))],
            at: 0,
        }
    }

    #[test]
    fn a_span_is_chosen_or_typed() {
        let mut option = option();
        assert_eq!(option.words(), "00:00:00 to 00:09:00");
        option.turn(true);
        option.turn(true);
        assert_eq!(option.words(), "00:02:00 to 00:04:00");
        assert_eq!(option.spans("5m-20m"), Ok(()));
        let Replay { from, to, .. } = option.replay();
        assert_eq!((from, to), (Duration::from_secs(300), Duration::from_secs(1_200)));
        let told = option.spans("soon").unwrap_err();
        assert!(told.contains("is not a span") && told.contains("5m-20m"), "{told}");
    }

    #[test]
    fn an_empty_replay_says_why_there_is_nothing() {
        let option = option();
        assert!(option.told(0, "letters").contains("ten minutes"));
        let told = "Replay to all rules: 9 letters of 00:00:00 to 00:09:00. u undoes it.";
        assert_eq!(option.told(9, "letters"), told);
    }
}
