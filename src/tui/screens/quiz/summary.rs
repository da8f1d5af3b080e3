//! The score of a set: by question, by concept and by exam task statement.

use crate::content::course::{Exam, QuestionEntry, ScenarioEntry};
use crate::study::grade::{self, Tally};
use crate::study::next;
use crate::study::progress::Score;
use crate::study::quiz::Session;
use crate::tui::frame;
use crate::tui::piece::Piece;

/// The summary, laid out.
pub fn lines(
    session: &Session,
    entries: &[QuestionEntry],
    scenario: &ScenarioEntry,
    width: usize,
) -> Vec<Vec<Piece>> {
    let tally = grade::tally(&session.answers, entries);
    let mut lines = vec![total(session, &tally, &scenario.exam), Vec::new()];
    lines.extend(session.answers.iter().enumerate().map(|(index, answer)| {
        let entry = entries.iter().find(|entry| entry.id == answer.item);
        let section = entry.and_then(|entry| {
            let lesson = next::lesson(scenario, &entry.lesson)?;
            let heading = lesson.headings.iter().find(|heading| heading.id == entry.anchor)?;
            Some(format!("{:>2} {} · {}", lesson.number, lesson.title, heading.title))
        });
        let sign = if answer.correct {
            Piece::right("✓ ").said("right, ")
        } else {
            Piece::wrong("✗ ").said("wrong, ")
        };
        let pieces = [
            Piece::faint(format!("{:>2} ", index + 1)),
            sign,
            Piece::faint(format!("{:>3} s  ", answer.elapsed_ms.div_ceil(1000))),
            Piece::text(section.unwrap_or_else(|| answer.item.to_string())),
        ];
        frame::cut(&pieces, width)
    }));
    lines.push(Vec::new());
    lines.push(vec![Piece::strong("By concept")]);
    for concept in &scenario.concepts {
        if let Some(marks) = tally.concepts.get(&concept.id) {
            lines.push(frame::cut(&row(*marks, &concept.title), width));
        }
    }
    lines.push(Vec::new());
    let exam = &scenario.exam;
    lines.push(vec![Piece::strong(format!("By task statement of {}", exam.code))]);
    let mut above = None;
    for (id, marks) in &tally.tasks {
        let Some((domain, title)) = exam.task(id) else { continue };
        if above != Some(&domain.title) {
            let share = format!("  {}, {} % of the exam", domain.title, domain.weight);
            lines.push(frame::cut(&[Piece::faint(share)], width));
            above = Some(&domain.title);
        }
        lines.push(frame::cut(&row(*marks, &format!("{id}  {title}")), width));
    }
    lines
}

fn total(session: &Session, tally: &Tally, exam: &Exam) -> Vec<Piece> {
    let spent: u64 = session.answers.iter().map(|answer| u64::from(answer.elapsed_ms)).sum();
    let each = spent.checked_div(u64::from(tally.all.of)).unwrap_or(0).div_ceil(1000);
    vec![
        Piece::accent(format!("{} of {} right", tally.all.right, tally.all.of)),
        Piece::faint(format!("   {each} s a question, the exam gives {}", exam.seconds)),
    ]
}

fn row(marks: Score, title: &str) -> Vec<Piece> {
    let mut pieces = vec![Piece::text(format!("  {:>2}/{:<3}", marks.right, marks.of))];
    pieces.extend(frame::bar(10, (marks.right * 1000).checked_div(marks.of).unwrap_or(0)));
    pieces.push(Piece::text(format!("  {title}")));
    pieces
}
