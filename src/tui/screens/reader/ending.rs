//! The ending below the text: its links with their addresses, since a terminal may not follow links.

use super::Reader;
use crate::study::reading;
use crate::tui::ctx::Ctx;
use crate::tui::piece::Piece;
use crate::tui::prose::Ending;

impl Reader {
    pub(super) fn ending(&self, ctx: Ctx<'_>) -> Ending {
        let last = ctx.scenario.lessons.last().is_some_and(|entry| entry.id == self.lesson.id);
        let whose = if last { "the course" } else { &self.lesson.title };
        let enter = if self.is_looking_up() { "goes back" } else { "goes on" };
        let ends = format!("─── the end of {whose} · enter {enter}");
        let mut ending = vec![(0, Vec::new()), (0, vec![Piece::faint(ends)])];
        let pages = reading::pages(&self.lesson);
        if !pages.is_empty() {
            ending.push((0, Vec::new()));
            ending.push((0, vec![Piece::faint("The pages behind ↗")]));
        }
        let references = ctx.library.references(ctx.scenario).unwrap_or_default();
        for address in pages {
            if let Some(page) = references.iter().find(|page| page.address == address) {
                ending.push((2, vec![Piece::text(page.title.clone())]));
            }
            ending.push((2, vec![Piece::link(address.to_owned())]));
        }
        ending
    }
}
