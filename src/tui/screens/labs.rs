//! Labs and incidents: what there is to bet on and to repair, and how each went.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::live::Subject;
use crate::content::course::LabEntry;
use crate::content::lab::LabKind;
use crate::study::next;
use crate::study::progress::Progress;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::Intent;
use crate::tui::page::Page;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{self, Piece};

/// Lines that a page of the list is.
const PAGE: usize = 12;

/// The list of labs, then of incidents.
#[derive(Debug, Clone)]
pub struct Labs {
    entries: Vec<LabEntry>,
    progress: Progress,
    cursor: usize,
}

impl Labs {
    /// In the order of the lessons they belong to.
    #[must_use]
    pub fn new(ctx: Ctx<'_>, progress: &Progress) -> Self {
        let mut labs = ctx.scenario.labs.clone();
        let number = |lab: &LabEntry| {
            let lesson = lab.lesson.split('#').next().unwrap_or_default();
            next::lesson(ctx.scenario, lesson).map_or(u8::MAX, |entry| entry.number)
        };
        labs.sort_by_key(|lab| (lab.kind == LabKind::Incident, number(lab), lab.title.clone()));
        let open = labs.iter().position(|lab| how(lab, progress).is_none());
        Self { cursor: open.unwrap_or(0), entries: labs, progress: progress.clone() }
    }

    pub fn progress(&mut self, progress: &Progress) {
        self.progress = progress.clone();
    }

    pub fn intent(&mut self, _ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let last = self.entries.len().saturating_sub(1);
        match intent {
            Intent::Leave => return Outcome::go(Go::Back),
            Intent::GoOn => {
                return match self.entries.get(self.cursor) {
                    Some(lab) => Outcome::go(Go::Live(Subject::Lab(lab.id.clone()))),
                    None => Outcome::notice("This course has no labs."),
                };
            }
            Intent::Down => self.cursor = (self.cursor + 1).min(last),
            Intent::Up => self.cursor = self.cursor.saturating_sub(1),
            Intent::PageDown => self.cursor = (self.cursor + PAGE).min(last),
            Intent::PageUp => self.cursor = self.cursor.saturating_sub(PAGE),
            Intent::Top => self.cursor = 0,
            Intent::Bottom => self.cursor = last,
            _ => {}
        }
        Outcome::default()
    }

    #[must_use]
    pub fn does(&self, _ctx: Ctx<'_>, intent: Intent) -> bool {
        match intent {
            Intent::GoOn => !self.entries.is_empty(),
            Intent::Down | Intent::PageDown | Intent::Bottom => {
                self.cursor + 1 < self.entries.len()
            }
            Intent::Up | Intent::PageUp | Intent::Top => self.cursor > 0,
            _ => true,
        }
    }

    #[must_use]
    pub fn title(&self, _ctx: Ctx<'_>) -> Title {
        let done = self.entries.iter().filter(|lab| how(lab, &self.progress) == Some(true)).count();
        Title::new("Labs and incidents", &format!("{done} of {} won", self.entries.len()))
    }

    /// Lines with the place of the lab each is about.
    fn lines(&self, ctx: Ctx<'_>) -> Vec<(Option<usize>, Vec<Piece>)> {
        let mut lines = Vec::new();
        let mut kind = None;
        let width = usize::from(ctx.areas(Width::Page).body.width);
        let wide = width.saturating_sub(8).min(40);
        for (place, lab) in self.entries.iter().enumerate() {
            if kind != Some(lab.kind) {
                if kind.is_some() {
                    lines.push((None, Vec::new()));
                }
                let heading = match lab.kind {
                    LabKind::Lab if width < 60 => "Labs: bet, then watch",
                    LabKind::Incident if width < 60 => "Incidents: repair them",
                    LabKind::Lab => "Labs: bet on what will happen, then watch",
                    LabKind::Incident => {
                        "Incidents: repair the configuration until the goal is reached"
                    }
                };
                lines.push((None, vec![(heading.to_owned(), Meaning::Faint)]));
                kind = Some(lab.kind);
            }
            let is_here = place == self.cursor;
            let (sign, meaning) = match how(lab, &self.progress) {
                None => ("○", Meaning::Faint),
                Some(true) => ("✓", Meaning::Right),
                Some(false) => ("✗", Meaning::Wrong),
            };
            let id = lab.lesson.split('#').next().unwrap_or_default();
            // Where there is no room for the lesson's name, its number says which.
            let lesson = next::lesson(ctx.scenario, id).map_or(String::new(), |entry| {
                let title = if width >= 60 { entry.title.as_str() } else { "" };
                format!(" {:>2} {title}", entry.number)
            });
            lines.push((
                Some(place),
                vec![
                    (if is_here { "▸ " } else { "  " }.to_owned(), Meaning::Accent),
                    (format!("{sign} "), meaning),
                    (
                        format!("{:<wide$}", wrap::cut(&lab.title, wide)),
                        if is_here { Meaning::Accent } else { Meaning::Text },
                    ),
                    (lesson, Meaning::Faint),
                ],
            ));
        }
        lines
    }

    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.lines(ctx);
        let here = lines.iter().position(|(place, _)| *place == Some(self.cursor)).unwrap_or(0);
        let room = usize::from(area.height);
        let top = (here + 3).saturating_sub(room).min(lines.len().saturating_sub(room));
        for (y, (_, line)) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
            let line = frame::cut(line, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &line, ctx.theme);
        }
        if top + room < lines.len() {
            frame::more(buffer, ctx.areas(Width::Page), ctx.theme);
        }
        if lines.is_empty() {
            let line = [("This course has no labs.".to_owned(), Meaning::Faint)];
            frame::line(buffer, area, area.x, area.y, &line, ctx.theme);
        }
    }

    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let blocks = self.entries.iter().enumerate().map(|(place, lab)| {
            let state = match (lab.kind, how(lab, &self.progress)) {
                (_, None) => "not begun",
                (LabKind::Lab, Some(true)) => "won",
                (LabKind::Lab, Some(false)) => "lost",
                (LabKind::Incident, _) => "repaired",
            };
            let here = if place == self.cursor { ", chosen" } else { "" };
            format!("{}, {state}{here}", lab.title)
        });
        Page {
            title: self.title(ctx).text(),
            blocks: blocks.collect(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// How a lab went: all bets right, or an incident repaired; `None` where nothing is known.
fn how(lab: &LabEntry, progress: &Progress) -> Option<bool> {
    if lab.kind == LabKind::Incident {
        return progress.repairs.contains_key(&lab.id).then_some(true);
    }
    // One that was left with a bet open is not decided.
    let mut bets = (1..=lab.bets).map(|number| progress.bets.get(&format!("{}#{number}", lab.id)));
    bets.try_fold(true, |won, bet| bet.map(|bet| won && bet.correct))
}
