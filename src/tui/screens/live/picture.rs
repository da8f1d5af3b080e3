//! The map of a run with the ledger above it, and below it the lab's notes, services, faults and recent
//! occurrences.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::purpose::Action;
use super::{Live, SILENT_LOSS, map, order, status};
use crate::tui::ctx::Ctx;
use crate::tui::frame;
use crate::tui::piece::Piece;

/// Whether there is room for wires; otherwise parts are listed.
fn has_map(width: u16) -> bool {
    width >= map::LIST_BELOW
}

/// How much stands below the map.
struct Level {
    /// Maximum number of lines of a bet.
    bet: usize,
    services: Services,
    /// Whether the keys that inject faults are shown.
    has_keys: bool,
}

/// How the services are shown.
enum Services {
    Each,
    Summed,
    Left,
}

/// From the most to the least. Which one fits does not depend on the moment, so that nothing moves.
const LEVELS: [Level; 4] = [
    Level { bet: 2, services: Services::Each, has_keys: true },
    Level { bet: 2, services: Services::Summed, has_keys: true },
    Level { bet: 2, services: Services::Summed, has_keys: false },
    Level { bet: 1, services: Services::Summed, has_keys: false },
];
const LEAST: Level = Level { bet: 1, services: Services::Left, has_keys: false };

impl Live {
    pub(super) fn picture(
        &self,
        ctx: Ctx<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let followed = self.view.followed.map(|order| self.view.run().travels_of(order));
        let scene = self.view.scene(ctx.motion, followed.as_deref().unwrap_or_default());
        let mut y = area.y;
        for pieces in status::ledger(&self.view, area.width) {
            frame::line(buffer, area, area.x, y, &pieces, ctx.theme);
            y += 1;
        }
        y += u16::from(area.height >= 24);
        let whole = self.below(area.width, &LEVELS[0]);
        // A list keeps its length, whatever stands below it. Below a map there is room for what an incident says and
        // a line of services: the map's lanes take fewer lines for them.
        let reserved = if has_map(area.width) {
            let said = self.purpose.incident_lines(&self.view, area.width) + 1;
            let said = (said as u16).min(area.height * 2 / 5);
            area.height.div_ceil(4).max(said).min(whole.len() as u16)
        } else {
            area.height / 4
        };
        let room = Rect { y, height: area.bottom().saturating_sub(y + reserved), ..area };
        let drawn = map::draw(&scene, room, buffer, ctx.theme);
        let mut y = room.y + drawn.rows;
        let room = usize::from(area.bottom().saturating_sub(y));
        let mut below = whole;
        for level in LEVELS.iter().skip(1) {
            if below.len() <= room {
                break;
            }
            below = self.below(area.width, level);
        }
        if below.len() > room {
            // Lines kept free for a longer note go before the services, and these before a note.
            below.retain(|pieces| !pieces.is_empty());
        }
        if below.len() > room {
            below = self.below(area.width, &LEAST);
        }
        let spare = area.bottom().saturating_sub(y + below.len() as u16);
        y += spare.min(1);
        let shown = usize::from(area.bottom().saturating_sub(y));
        if below.len() > shown {
            // Lines kept free for a longer note go first.
            below.retain(|pieces| !pieces.is_empty());
        }
        for (place, mut pieces) in below.iter().cloned().enumerate().take(shown) {
            let width = usize::from(area.width);
            if place + 1 == shown && shown < below.len() {
                pieces = frame::with_more(&pieces, width);
            }
            frame::line(buffer, area, area.x, y, &frame::cut(&pieces, width), ctx.theme);
            y += 1;
        }
        let spare = area.bottom().saturating_sub(y);
        if spare > 2 {
            y += 1;
            self.lately(ctx, Rect { y, height: area.bottom() - y, ..area }, buffer);
        }
        drawn.cursor
    }

    /// The lines below the map: the lab's notes, the order being followed, services, faults.
    fn below(&self, width: u16, level: &Level) -> Vec<Vec<Piece>> {
        let mut lines = Vec::new();
        if !has_map(width) {
            lines.extend(status::trouble(&self.view));
        }
        lines.extend(self.purpose.strip(&self.view, width, level.bet));
        if let Some(order) = self.view.followed {
            lines.extend(order::whereabouts_in_two(&self.view, order, usize::from(width)));
        }
        if has_map(width) {
            match level.services {
                Services::Each => lines.extend(status::services(&self.view, width)),
                Services::Summed => {
                    let summed = Some(status::services_summed(&self.view, width));
                    lines.extend(summed.filter(|line| !line.is_empty()));
                }
                Services::Left => {}
            }
            if level.has_keys && self.purpose.allows(Action::BreakAtOnce).is_ok() {
                lines.extend(status::keys(&self.fault_options, width));
            }
        }
        lines
    }

    /// Draws the unusual occurrences, the latest first.
    fn lately(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let notable = self.view.playback.timeline().notable();
        let mut lines: Vec<Vec<Piece>> = notable
            .take(usize::from(area.height.saturating_sub(1)))
            .map(|occurrence| status::line(&self.view, occurrence))
            .collect();
        let lost = format!("no error, and {} {SILENT_LOSS}", self.view.noun().many);
        let heading = match (lines.len(), self.view.snapshot.ledger.lost) {
            (0, 0) if self.purpose.allows(Action::BreakAtOnce).is_ok() => {
                vec![Piece::faint("lately    nothing unusual: break something")]
            }
            (0, 0) => vec![Piece::faint("lately    nothing unusual")],
            (0, _) => vec![Piece::faint("lately    "), Piece::urgent(lost)],
            _ => vec![Piece::faint("lately")],
        };
        lines.insert(0, heading);
        for (y, pieces) in (area.y..).zip(lines) {
            let pieces = frame::cut(&pieces, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &pieces, ctx.theme);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{BET, INCIDENT, LETTERS, lab, panel};

    #[test]
    fn above_the_map_the_ledger_adds_up_and_below_it_stand_services_and_keys() {
        let stage = panel(LETTERS).at("20s").size(120, 36);
        assert!(stage.lines()[0].starts_with("offered"), "{:?}", stage.lines());
        assert!(stage.line("services").contains("printer"));
        assert!(stage.line("break ").contains("1 printer outage"));
        assert!(stage.line("lately").contains("nothing unusual: break something"));
        assert!(
            stage.spoken().iter().any(|block| block.starts_with("tray: ")),
            "{:?}",
            stage.spoken()
        );
    }

    #[test]
    fn where_not_every_service_has_room_one_line_says_what_is_assumed_and_broken() {
        let spare: Vec<String> = (0..45).map(|n| format!("[services.spare-{n}]\n")).collect();
        let stage = panel(&format!("{LETTERS}{}", spare.concat())).at("20s").size(120, 40);
        assert!(stage.line("services").contains("printer"), "{:?}", stage.lines());
        let stage = stage.press(&[Intent::Break(0)]).size(80, 24);
        let line = stage.line("services");
        assert!(line.contains("(latencies: model assumption)   ✗ printer outage"), "{line}");
        assert!(!stage.lines().iter().any(|line| line.contains('…')), "{:?}", stage.lines());
    }

    #[test]
    fn services_that_are_lanes_have_their_latencies_assumed_too() {
        let (load, _) = LETTERS.split_once("[services").unwrap();
        let printer = "[services.printer]\nlatency = \"200ms\"\n";
        let design =
            format!("{load}{printer}[intakes.desk]\nrequired = true\ncalls = [\"printer\"]\n");
        for size in [(80, 24), (120, 36), (200, 60)] {
            let stage = panel(&design).at("20s").size(size.0, size.1);
            let line = stage.line("services");
            assert_eq!(line.trim_end(), "services  (latencies: model assumption)");
        }
    }

    #[test]
    fn beside_four_checks_the_services_have_a_line_on_the_smallest_usual_screen() {
        let checks = "\"ledger.orders_lost == 0\", ".repeat(3);
        let incident = INCIDENT.replace("checks = [", &format!("checks = [{checks}"));
        let more = (1..=7).map(|n| format!("[queues.n{n}]\n")).collect::<Vec<_>>().concat();
        let design = LETTERS.replace("[queues.tray]", &format!("{more}[queues.tray]"));
        let stage = lab(&design, &incident).at("20s").size(80, 24);
        for lane in ["▤ tray", "▤ n1", "▤ n7"] {
            assert!(stage.line(lane).contains("vis"), "{:#?}", stage.lines());
        }
        assert!(stage.line("settings").contains("0 changed"), "{:#?}", stage.lines());
        assert!(stage.line("services").contains("model assumption"), "{:#?}", stage.lines());
    }

    #[test]
    fn lines_kept_free_for_a_longer_note_give_way_to_the_services() {
        let long = "The tray stays nearly empty, and nobody has to wait for a letter. ".repeat(3);
        let bet = BET
            .replace("The tray stays nearly empty.", &long)
            .replace("at = \"10s\"", "at = \"50s\"");
        let tray = "[queues.tray]\nrequired = true\n";
        let more: String = ["a", "b", "c", "d"].map(|n| format!("[queues.{n}]\n")).concat();
        let design = LETTERS.replace(tray, &format!("{more}{tray}"));
        let stage = lab(&design, &bet).press(&[Intent::Choose(0), Intent::GoOn]).at("20s");
        let stage = stage.size(80, 20);
        assert!(stage.line("services").contains("model assumption"), "{:?}", stage.lines());
    }

    #[test]
    fn a_long_bet_is_told_whole_where_there_is_room() {
        let long = format!("None is, {}", "as nobody takes any letter away, ".repeat(3));
        let bet = BET.replace("None is", &long).replace("Some are", &long);
        let stage = lab(LETTERS, &bet).press(&[Intent::Choose(0), Intent::GoOn]).size(80, 24);
        let lines = stage.lines();
        let place = lines.iter().position(|line| line.starts_with("you bet")).unwrap();
        assert!(!lines[place].contains('…') && lines[place + 1].contains("letter"), "{lines:?}");
    }

    #[test]
    fn an_order_that_is_followed_is_told_in_two_lines_where_one_is_too_short() {
        let title = "title = 'the sorter of letters that came in the morning'";
        let design = LETTERS.replace("[functions.sorter]", &format!("[functions.sorter]\n{title}"));
        let design = design.replace("latency = \"200ms\"", "latency = \"5s\"");
        let stage = panel(&design).at("20s").press(&[Intent::Follow]).typed("15");
        let stage = stage.press(&[Intent::GoOn, Intent::Leave]).size(80, 24);
        let lines = stage.lines();
        let place = lines.iter().position(|line| line.starts_with("● order 15")).unwrap();
        assert!(lines[place + 1].contains("◔ tray: receive 1, back in"), "{lines:#?}");
    }

    #[test]
    fn an_incident_has_its_goal_below_the_map_and_no_keys_that_break() {
        let mut stage = lab(LETTERS, INCIDENT).size(120, 36);
        assert!(stage.line("goal").contains('○') || stage.line("goal").contains('✗'));
        assert!(!stage.lines().iter().any(|line| line.starts_with("break ")));
        assert!(!stage.does(Intent::Faults) && !stage.does(Intent::Break(0)));
        let said = stage.pressed(Intent::Faults).notice.unwrap_or_default();
        assert!(said.starts_with("Enough is broken here"), "{said}");
        let hint = stage.pressed(Intent::Hint).notice;
        assert_eq!(hint.as_deref(), Some("How many sorters may run?"));
    }
}
