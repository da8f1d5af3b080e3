//! What the keyboard replays.

use super::menu::{Answer, Menu};
use super::replay_option::{self, ReplayOption};
use super::{Live, Panel};
use crate::sim::snapshot::PartView;
use crate::sim::timeline::Intervention;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::keymap::Intent;

impl Live {
    /// Whether an archive has something to replay.
    pub(super) fn has_archived(&self) -> bool {
        let parts = self.view.snapshot.parts.iter();
        parts
            .into_iter()
            .any(|view| matches!(view, PartView::Archive(archive) if archive.stored > 0))
    }

    /// Lists the replays that can be started.
    pub(super) fn open_replays(&mut self) -> Outcome {
        let design = self.view.playback.timeline().settings();
        if design.archives.is_empty() {
            return Outcome::notice("No bus here has an archive: its past cannot be replayed.");
        }
        let run = self.view.run();
        let snapshot = &self.view.snapshot;
        let rows = replay_option::all(&design, self.view.topology(), snapshot, run.faults());
        if rows.is_empty() {
            return Outcome::notice("Nothing is in an archive yet: an event takes ten minutes.");
        }
        let title = "What should a replay put on its bus again? ← → change the span, e types one.";
        let (pace, behind) = self.set_aside();
        self.panel = Panel::Replays(Menu::new(title, rows, pace, behind));
        Outcome::default()
    }

    /// Handles keys of that list.
    pub(super) fn replay_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let Panel::Replays(menu) = &mut self.panel else { return Outcome::default() };
        match menu.intent(intent) {
            Answer::Nothing | Answer::FromStart(_) => Outcome::default(),
            Answer::Back => self.put_back(ctx),
            Answer::Ask(name, now) => self.ask(name, now),
            Answer::Chosen(option) => self.replay(ctx, &option),
        }
    }

    fn replay(&mut self, ctx: Ctx<'_>, option: &ReplayOption) -> Outcome {
        let before = self.view.playback.timeline().interventions().len();
        let replay = option.replay();
        if let Err(sentence) = self.view.intervene(Intervention::Replay(replay.clone())) {
            return self.refused(&sentence);
        }
        let archive = self.view.topology().find(&replay.archive);
        let view = archive.map(|part| self.view.snapshot.part(part));
        let planned = match view {
            Some(PartView::Archive(view)) => view.replays.last().map_or(0, |last| last.planned),
            _ => 0,
        };
        let told = option.told(planned, &self.view.noun().many);
        let dropped = self.dropped(before);
        self.panel = self.close_menu(ctx);
        Outcome::notice(format!("{told}{dropped}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::{Context, Intent};
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn a_design_without_an_archive_has_no_past() {
        let mut stage = panel(LETTERS).at("20s");
        assert!(!stage.does(Intent::Replay));
        let told = stage.pressed(Intent::Replay).notice.unwrap_or_default();
        assert!(told.starts_with("No bus here has an archive"), "{told}");
    }

    #[test]
    fn a_replay_is_chosen_its_span_typed_and_started() {
        let kept = format!("{LETTERS}[archives.past]\nbus = 'post'\n");
        let mut stage = panel(&kept).at("5m");
        let told = stage.pressed(Intent::Replay).notice.unwrap_or_default();
        assert!(told.contains("ten minutes"), "{told}");
        let stage = stage.at("20m");
        assert!(stage.does(Intent::Replay));
        let stage = stage.press(&[Intent::Replay]);
        assert_eq!(stage.live().context(), Context::Menu);
        assert!(stage.lines()[3].contains("to all rules"), "{:?}", stage.lines());
        assert!(stage.lines()[4].contains("only rule"), "{:?}", stage.lines());
        let stage = stage.press(&[Intent::TypeValue]).typed("banana").press(&[Intent::GoOn]);
        assert!(stage.lines()[1].contains("is not a span"), "{:?}", stage.lines());
        let stage = stage.press(&[Intent::TypeValue]).typed("8m-90m").press(&[Intent::GoOn]);
        let stage = stage.press(&[Intent::GoOn]);
        assert!(stage.lines()[1].contains("has passed"), "{:?}", stage.lines());
        let stage = stage.press(&[Intent::TypeValue]).typed("1m-2m").press(&[Intent::GoOn]);
        let mut stage = stage;
        let told = stage.pressed(Intent::GoOn).notice.unwrap_or_default();
        let expected = "orders of 00:01:00 to 00:02:00. u undoes it.";
        assert!(told.starts_with("Replay to all rules: ") && told.ends_with(expected), "{told}");
        assert_eq!(stage.live().context(), Context::Live);
        // The list of what was unusual tells a replay once, and not every event of it.
        let stage = stage.at("1200100ms").size(120, 60);
        assert!(stage.line("events started").contains("past: replay of"));
        let lines = stage.lines();
        assert!(lines.iter().all(|line| !line.contains("on the bus again")), "{lines:?}");
    }
}
