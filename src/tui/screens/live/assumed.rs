//! Model assumptions as the last lines of a sheet.

use super::kind::{self, Bill};
use crate::sim::assumption::Assumption;
use crate::sim::aws::billing;
use crate::sim::design::PartKind;
use crate::tui::piece::Piece;
use crate::tui::sheet::{Line, Setter};
use crate::tui::theme::Meaning;

/// The assumptions about parts of a kind, and about those that stand on its sheet.
pub fn of_kind(kind: PartKind, width: usize) -> Vec<Line> {
    let included = kind::profile(kind).includes.into_iter();
    let kinds = std::iter::once(kind).chain(included);
    lines(kinds.flat_map(PartKind::assumptions), width)
}

/// The assumptions about the items of a bill.
pub fn of_bill(bill: Bill, width: usize) -> Vec<Line> {
    let shown = billing::ASSUMES.iter().filter(|(item, _)| bill.has(*item));
    lines(shown.map(|(_, assumption)| assumption), width)
}

/// Columns at the end of a line that stay free: the sign that there is more covers them in the last row.
const FREE: usize = 8;

/// Sets assumptions below an empty line and a heading; nothing if there are none.
fn lines<'a>(assumptions: impl Iterator<Item = &'a Assumption>, width: usize) -> Vec<Line> {
    let mut assumptions = assumptions.peekable();
    let mut setter = Setter::new(width.saturating_sub(FREE));
    if assumptions.peek().is_some() {
        setter.space();
        setter.block(&[], "Model assumptions, where AWS documents nothing", Meaning::Faint);
    }
    for assumption in assumptions {
        setter.block(&[Piece::space(2)], assumption.text, Meaning::Faint);
    }
    setter.lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::piece::text;
    use crate::tui::sheet::UNBROKEN;

    fn told(lines: &[Line]) -> String {
        let lines: Vec<String> = lines.iter().map(|line| text(line).trim().to_owned()).collect();
        lines.join(" ")
    }

    #[test]
    fn a_sheet_tells_every_assumption_of_its_kind_whole_and_faint() {
        for kind in PartKind::ALL.iter().copied() {
            for width in [40, 76, 116] {
                let lines = of_kind(kind, width);
                for assumption in kind.assumptions() {
                    assert!(told(&lines).contains(assumption.text), "{}", assumption.id);
                }
                assert!(lines.iter().all(|line| text(line).chars().count() <= width), "{lines:?}");
                let words = lines.iter().flatten().filter(|piece| !piece.text.trim().is_empty());
                assert!(words.into_iter().all(|piece| piece.meaning == Meaning::Faint));
            }
            let aloud = of_kind(kind, UNBROKEN);
            let each = |assumption: &Assumption| {
                aloud.iter().filter(|line| text(line).trim() == assumption.text).count() == 1
            };
            assert!(kind.assumptions().iter().all(each), "a line of its own aloud: {aloud:?}");
        }
        assert!(of_kind(PartKind::Key, 76).is_empty(), "no heading without an assumption");
    }

    #[test]
    fn what_has_no_sheet_of_its_own_is_told_on_the_sheet_of_another() {
        let is_nowhere = |kind: &PartKind| kind::profile(*kind).place == kind::Place::Nowhere;
        for kind in PartKind::ALL.iter().copied().filter(is_nowhere) {
            let includes = |other: &PartKind| kind::profile(*other).includes == Some(kind);
            let is_told = PartKind::ALL.iter().any(includes);
            assert!(is_told || kind.assumptions().is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn a_bill_tells_the_assumptions_about_its_items_alone() {
        let bill = |kind| told(&of_bill(kind::profile(kind).bill, 76));
        assert!(bill(PartKind::Worker).contains("container"));
        assert_eq!(bill(PartKind::Queue), "");
        let whole = bill(PartKind::Client);
        assert!(billing::ASSUMES.iter().all(|(_, assumption)| whole.contains(assumption.text)));
    }
}
