//! The verdict on bets or a repair, and why.

use super::bets::{Bets, Told};
use super::purpose::Purpose;
use super::repair::Repair;
use super::run_view::RunView;
use super::words;
use crate::tui::keymap::Intent;
use crate::tui::piece::Piece;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Setter, Sheet, Size, measure};
use crate::tui::theme::Meaning;

/// Maximum width of text.
const MEASURE: usize = 86;

/// The verdict at the end of a run.
#[derive(Debug, Default)]
pub struct Verdict {
    scroll: Scroll,
}

impl Verdict {
    /// Scrolls and returns whether the intent was meant for it.
    pub fn moved(&mut self, intent: Intent, sheet: &Sheet, height: usize) -> bool {
        self.scroll.scroll(intent, sheet.lines.len(), height)
    }

    /// Whether an intent does something.
    pub fn does(&self, intent: Intent, sheet: &Sheet, height: usize) -> bool {
        match intent {
            Intent::Down | Intent::Up => self.scroll.moves(intent, sheet.lines.len(), height),
            _ => true,
        }
    }

    /// The panel as lines.
    pub fn sheet(&self, purpose: &Purpose, show: &RunView, (width, _): Size) -> Sheet {
        let mut setter = Setter::new(measure(width, MEASURE));
        if let Some(bets) = purpose.bets() {
            told(bets, &mut setter);
            if let Purpose::Incident(repair) = purpose {
                repaired(repair, show, &mut setter);
            }
            why(bets, &mut setter);
        }
        Sheet::scrolled(Vec::new(), setter.lines, self.scroll)
    }
}

/// How the bets went.
fn told(bets: &Bets, setter: &mut Setter) {
    for Told { bet, shown, said, right } in bets.told() {
        let head = if said.is_some() && said == right {
            Piece::right("✓ won   ").said("won: ")
        } else {
            Piece::wrong("✗ lost  ").said("lost: ")
        };
        setter.block(&[head], &bet.ask, Meaning::Strong);
        for number in shown.iter().copied() {
            let Some(option) = bet.option.get(number) else { continue };
            let is_so = right == Some(number);
            let sign = if is_so {
                Piece::right("    ✓ ").said("right: ")
            } else {
                Piece::faint("    ✗ ").said("wrong: ")
            };
            let mine = if said == Some(number) { " ← you" } else { "" };
            let text = if is_so { Meaning::Text } else { Meaning::Faint };
            setter.block(&[sign], &format!("{}{mine}", option.text), text);
        }
        setter.space();
    }
}

/// What was repaired, and with how many changes.
fn repaired(repair: &Repair, show: &RunView, setter: &mut Setter) {
    let text = if repair.was_shown() {
        "by the solution shown; it does not count".to_owned()
    } else {
        format!("{} changed, par {}", repair.changes(), repair.goal().par)
    };
    setter.block(&[Piece::right("✓ repaired  ").said("repaired: ")], &text, Meaning::Strong);
    for check in &repair.goal().checks {
        let check = words::check(show, check);
        setter.block(&[Piece::right("    ✓ ").said("holds: ")], &check, Meaning::Text);
    }
    setter.space();
}

/// Why, and what there was to see.
fn why(bets: &Bets, setter: &mut Setter) {
    setter.labelled("why", &bets.lab().why, Meaning::Text);
    setter.space();
    for seen in &bets.lab().seen {
        setter.labelled("seen", &format!("{}: {}", seen.at.0, seen.text), Meaning::Faint);
    }
    setter.space();
    let text = "esc looks at the run again: ← rewinds it, o follows one on its way.";
    setter.block(&[], text, Meaning::Faint);
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::{Context, Intent};
    use crate::tui::screens::live::tests::{BET, INCIDENT, LETTERS, Stage, lab};

    /// A lab at the end of its run.
    fn over(option: &str) -> Stage {
        let stage = lab(LETTERS, BET);
        let line = stage.line(option);
        let number = u8::from(!line.contains("1  "));
        let stage = stage.press(&[Intent::Choose(number), Intent::GoOn]);
        let stage = stage.press(&[Intent::Faster; 10]).work();
        assert_eq!(stage.live().context(), Context::Verdict, "{:?}", stage.lines());
        stage
    }

    #[test]
    fn a_bet_is_won_or_lost_and_the_verdict_says_why() {
        let won = over("None is");
        assert!(won.lines()[0].starts_with("✓ won"), "{:?}", won.lines());
        assert!(won.line("None is").contains("✓ None is ← you"));
        assert_eq!(won.line("why"), "why       Nothing broke.");
        let lost = over("Some are");
        assert!(lost.lines()[0].starts_with("✗ lost"));
        assert!(lost.line("Some are").contains("✗ Some are ← you"));
        let aloud = lost.spoken();
        assert!(aloud[0].starts_with("lost: "), "{aloud:?}");
        assert!(aloud.iter().any(|line| line.starts_with("wrong: Some are")), "{aloud:?}");
        assert!(aloud.iter().any(|line| line.starts_with("right: None is")), "{aloud:?}");
    }

    #[test]
    fn an_incident_has_its_verdict_when_every_check_holds() {
        let stage = lab(LETTERS, INCIDENT).press(&[Intent::Faster; 10]).work();
        assert_eq!(stage.live().context(), Context::Live, "it is not repaired");
        assert!(stage.line("goal").contains('✗'), "{:?}", stage.lines());
        let is_told = |line: &String| line.starts_with("goal      does not hold: ");
        assert!(stage.spoken().iter().any(is_told), "{:?}", stage.spoken());
        let stage = stage.press(&[Intent::Solution]).work().press(&[Intent::Faster]).work();
        let stage = stage.press(&[Intent::Faster]).work();
        assert_eq!(stage.live().context(), Context::Verdict, "{:?}", stage.lines());
        assert!(stage.lines()[0].starts_with("✓ repaired  by the solution shown"));
    }
}
