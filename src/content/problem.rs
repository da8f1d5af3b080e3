//! A mistake in the content and how it is displayed: file, line, column, the line itself and a
//! caret.
//!
//! Parsers and `rules` decide what counts as a mistake; this module does not.

use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// Maximum width of an excerpt; longer lines are cut around the caret.
const EXCERPT_COLUMNS: usize = 100;

/// A message to the author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// 1-based; 0 if the problem concerns the whole file.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// The line, or the part of a long line around the caret.
    pub excerpt: String,
    /// Columns of the excerpt to underline, 0-based.
    pub caret: Range<usize>,
    pub message: String,
    pub help: Option<String>,
    pub severity: Severity,
}

/// Whether a problem stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The course cannot be built.
    Error,
    /// The course works, but something deserves a look.
    Note,
}

impl Problem {
    /// Creates an error about a whole file or folder.
    #[must_use]
    pub fn of_file(file: &str, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            excerpt: String::new(),
            caret: 0..0,
            message: message.to_owned(),
            help: None,
            severity: Severity::Error,
        }
    }

    /// Creates an error about the bytes `span` of `text`; shows the first line of a longer span.
    #[must_use]
    pub fn of_span(file: &str, text: &str, span: Range<usize>, message: &str) -> Self {
        let spot = Spot::of(text, span);
        Self {
            line: spot.line,
            column: spot.column,
            excerpt: spot.excerpt,
            caret: spot.caret,
            ..Self::of_file(file, message)
        }
    }

    /// Adds advice to a problem under construction.
    #[must_use]
    pub fn with_help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    /// Adds advice on how to fix it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the problem keeps the course from being built.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts by file, then by line.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.severity, &a.message)
            .cmp(&(&b.file, b.line, b.column, b.severity, &b.message))
    });
}

/// Renders all problems, each followed by an empty line.
#[must_use]
pub fn render(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut all, problem| {
        all.push_str(&problem.to_string());
        all.push('\n');
        all
    })
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Note => "note",
        };
        writeln!(f, "{severity}: {}", self.message)?;
        let mut margin = 1;
        if self.line == 0 {
            writeln!(f, " --> {}", self.file)?;
        } else {
            margin = self.line.to_string().len();
            writeln!(f, "{:margin$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
            writeln!(f, "{:margin$} |", "")?;
            writeln!(f, "{} | {}", self.line, self.excerpt)?;
            let (before, carets) = (self.caret.start, self.caret.len().max(1));
            writeln!(f, "{:margin$} | {:before$}{:^<carets$}", "", "", "")?;
        }
        if let Some(help) = &self.help {
            writeln!(f, "{:margin$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// A position in a text, as a person would look for it.
struct Spot {
    line: usize,
    column: usize,
    excerpt: String,
    caret: Range<usize>,
}

impl Spot {
    fn of(text: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let stop = floor_boundary(text, span.end).clamp(start, end);
        let column = text[begin..start].chars().count();
        let marked = text[start..stop].trim_end().chars().count();
        let (excerpt, caret) = excerpt(text[begin..end].trim_end(), column, marked.max(1));
        Self { line: text[..begin].matches('\n').count() + 1, column: column + 1, excerpt, caret }
    }
}

/// Cuts the line to what fits around `marked` characters from `column` on; returns the excerpt and
/// their columns in it.
fn excerpt(line: &str, column: usize, marked: usize) -> (String, Range<usize>) {
    let widths: Vec<(char, usize)> = line
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .map(|c| (c, c.width().unwrap_or(0)))
        .collect();
    let long = widths.len() > EXCERPT_COLUMNS;
    let first = if long { column.saturating_sub(EXCERPT_COLUMNS / 3) } else { 0 };
    let mut shown = String::new();
    if first > 0 {
        shown.push('…');
    }
    let mut at = shown.chars().count();
    let mut caret = at..at;
    for (index, &(c, width)) in widths.iter().enumerate().skip(first) {
        if at + width > EXCERPT_COLUMNS {
            shown.push('…');
            break;
        }
        if index == column {
            caret = at..at;
        }
        at += width;
        if index >= column && index < column + marked {
            caret.end = at;
        }
        shown.push(c);
    }
    if column >= widths.len() {
        caret = at..at + 1;
    }
    (shown, caret)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_like_a_compilers() {
        let text = "one\nlesson = \"trap\"\n";
        let problem = Problem::of_span("lessons/a.md", text, 13..19, "there is no lesson `trap`")
            .with_help("did you mean `traps`?");
        assert_eq!(
            problem.to_string(),
            "error: there is no lesson `trap`\n --> lessons/a.md:2:10\n  |\n2 | lesson = \"trap\"\n  |          ^^^^^^\n  = help: did you mean `traps`?\n"
        );
    }

    #[test]
    fn the_margin_grows_with_the_line_number() {
        let text = "\n".repeat(11) + "x";
        let shown = Problem::of_span("a", &text, 11..12, "m").to_string();
        assert_eq!(shown, "error: m\n  --> a:12:1\n   |\n12 | x\n   | ^\n");
    }

    #[test]
    fn a_problem_with_a_file_has_no_excerpt() {
        let shown = Problem::of_file("facts.toml", "this file is missing").to_string();
        assert_eq!(shown, "error: this file is missing\n --> facts.toml\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}here{}", "a ".repeat(100), " b".repeat(100));
        let problem = Problem::of_span("f", &text, 200..204, "m");
        assert_eq!(problem.column, 201);
        let marked: String =
            problem.excerpt.chars().skip(problem.caret.start).take(problem.caret.len()).collect();
        assert_eq!(marked, "here");
        assert!(problem.excerpt.chars().count() <= EXCERPT_COLUMNS + 2);
    }

    #[test]
    fn carets_stand_under_wide_letters() {
        let problem = Problem::of_span("f", "表x", 3..4, "m");
        assert_eq!((problem.column, problem.caret), (2, 2..3));
    }

    #[test]
    fn a_span_outside_the_text_is_no_panic() {
        for span in [0..0, Range { start: 3, end: 1 }, 7..9, 1..2] {
            let problem = Problem::of_span("f", "é\n", span, "m");
            assert!(problem.line >= 1);
        }
    }

    #[test]
    fn problems_are_sorted_by_file_and_line() {
        let mut all = vec![
            Problem::of_span("b", "x", 0..1, "third"),
            Problem::of_span("a", "x\ny", 2..3, "second"),
            Problem::of_span("a", "x\ny", 0..1, "first"),
        ];
        sort(&mut all);
        let said: Vec<_> = all.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(said, ["first", "second", "third"]);
    }
}
