//! Which keys do something in the reader at the moment.

use super::Reader;
use crate::content::course::{Block, BlockKind, Prediction, Scene};
use crate::tui::ctx::Ctx;
use crate::tui::keymap::Intent;

impl Reader {
    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let height = usize::from(Self::text_area(ctx).height);
        let moves_to = |line: usize| line.min(self.last_top(height)) != self.scroll.top;
        match intent {
            Intent::Leave
            | Intent::ReadHere
            | Intent::GoOn
            | Intent::Contents
            | Intent::Search
            | Intent::NextHit
            | Intent::PreviousHit
            | Intent::Erase => true,
            Intent::SeeRun => self.scene(ctx).is_some(),
            Intent::Choose(option) => self
                .asked(ctx)
                .is_some_and(|prediction| usize::from(option) < prediction.options.len()),
            Intent::NextLesson => {
                ctx.scenario.lessons.iter().any(|entry| entry.number > self.lesson.number)
            }
            Intent::PreviousLesson => self.lesson.number > 0,
            Intent::NextHeading => moves_to(self.heading_line(true)),
            Intent::PreviousHeading => moves_to(self.heading_line(false)),
            other => self.scroll.moves(other, self.layout.lines.len(), height),
        }
    }

    /// The blocks on the screen.
    fn on_screen(&self, ctx: Ctx<'_>) -> impl Iterator<Item = &Block> {
        let height = usize::from(Self::text_area(ctx).height);
        let shown = self.layout.lines.iter().skip(self.scroll.top).take(height);
        shown.filter_map(|line| self.lesson.blocks.get(line.spot.block))
    }

    /// The scene of the first picture on the screen.
    pub(super) fn scene(&self, ctx: Ctx<'_>) -> Option<&Scene> {
        self.on_screen(ctx).find_map(|block| match &block.kind {
            BlockKind::Diagram(diagram) => diagram.scene.as_ref(),
            _ => None,
        })
    }

    /// The first open prediction on the screen.
    pub(super) fn asked(&self, ctx: Ctx<'_>) -> Option<&Prediction> {
        let height = usize::from(Self::text_area(ctx).height);
        let mut shown = self.layout.lines.iter().skip(self.scroll.top).take(height);
        let block = shown.find_map(|line| line.asks)?;
        match &self.lesson.blocks.get(block)?.kind {
            BlockKind::Predict(prediction) => Some(prediction),
            _ => None,
        }
    }
}
