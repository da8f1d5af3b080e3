//! Home: where one left off, what is next on Enter, and what was done lately. Nothing on it moves
//! by itself.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::content::course::{LabKind, Misconception};
use crate::study::id::MisconceptionId;
use crate::study::mode::Mode;
use crate::study::next::{self, Next, Why};
use crate::study::progress::{Progress, Score, SessionSummary, minutes_left};
use crate::tui::count::counted;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::frame::{self, Title};
use crate::tui::keymap::Intent;
use crate::tui::page::Page;
use crate::tui::piece::{Piece, text};
use crate::tui::theme::Meaning;
use crate::tui::wrap;

/// The home screen.
#[derive(Debug, Clone, Default)]
pub struct Home {
    progress: Progress,
    misconceptions: Vec<Misconception>,
}

/// What Enter does, in words.
struct Offer {
    verb: &'static str,
    what: String,
    how_far: String,
}

impl Home {
    pub fn intent(&mut self, _ctx: Ctx<'_>, _intent: Intent) -> Outcome {
        Outcome::default()
    }

    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let can_ask = ctx.scenario.question_count > 0;
        match intent {
            Intent::GoOn => can_ask || !matches!(self.next(ctx), Next::Traps),
            Intent::Traps => can_ask,
            Intent::Live => !ctx.scenario.designs.is_empty(),
            Intent::Labs => !ctx.scenario.labs.is_empty(),
            Intent::Courses => others(ctx) > 0,
            _ => true,
        }
    }

    pub fn progress(&mut self, ctx: Ctx<'_>, progress: &Progress) {
        self.progress = progress.clone();
        // Without them Home says less; the lesson or question that shows one says why it cannot.
        self.misconceptions = ctx.library.misconceptions(ctx.scenario).unwrap_or_default();
    }

    /// What Enter does.
    #[must_use]
    pub fn next(&self, ctx: Ctx<'_>) -> Next {
        next::next(ctx.scenario, &self.progress, &next::cures(&self.misconceptions))
    }

    fn misconception(&self, id: &MisconceptionId) -> Option<&Misconception> {
        self.misconceptions.iter().find(|known| *id == known.id)
    }

    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        Title {
            left: vec![
                Piece::accent("REDRIVE"),
                Piece::text("   "),
                Piece::strong(ctx.scenario.title.clone()),
            ],
            right: vec![Piece::faint(ctx.scenario.exam.code.clone())],
        }
    }

    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let mut y = area.y;
        let offer = self.offer(ctx);
        let left = [
            Piece::accent("▸ "),
            Piece::accent(format!("{:<10}", offer.verb)),
            Piece::strong(offer.what),
        ];
        let right = [Piece::faint(offer.how_far)];
        let room = usize::from(area.width).saturating_sub(wrap::columns(&right) + 2);
        frame::line(buffer, area, area.x, y, &frame::cut(&left, room), ctx.theme);
        frame::line_right(buffer, area, y, &right, ctx.theme);
        y += 1;
        let rule = [Piece::faint("─".repeat(usize::from(area.width)))];
        frame::line(buffer, area, area.x, y, &rule, ctx.theme);
        y += if area.height >= 16 { 2 } else { 1 };
        for row in self.rows(ctx, usize::from(area.width)) {
            let mut pieces = vec![Piece::key(format!("  {}  ", row.key))];
            pieces.push(Piece::strong(format!("{:<10}", row.label)));
            let room = usize::from(area.width).saturating_sub(wrap::columns(&pieces));
            pieces.extend(row.fitting(room));
            let pieces = frame::cut(&pieces, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &pieces, ctx.theme);
            y += 1;
        }
        y += 1;
        let width = usize::from(area.width).saturating_sub(2);
        for pieces in self.lately(ctx, width) {
            frame::line(buffer, area, area.x + 2, y, &frame::cut(&pieces, width), ctx.theme);
            y += 1;
        }
    }

    /// What Enter does, in words.
    fn offer(&self, ctx: Ctx<'_>) -> Offer {
        let title = |id: &str| {
            let entry = next::lesson(ctx.scenario, id);
            entry.map(|entry| format!("{} {}", entry.number, entry.title)).unwrap_or_default()
        };
        match self.next(ctx) {
            Next::ResumeQuiz => {
                let open = self.progress.open.as_ref();
                let (mode, at, of, left) = open.map_or((Mode::Traps, 0, 0, 0), |open| {
                    (
                        open.mode,
                        open.answers.len() + 1,
                        open.items.len(),
                        open.left_ms.div_ceil(1000),
                    )
                });
                Offer {
                    verb: "Resume",
                    what: format!("{} · question {at} of {of}", mode.title()),
                    how_far: format!("{left} s left on the clock"),
                }
            }
            Next::Read { lesson } => self.reading(ctx, &lesson, title(&lesson)),
            Next::Check { lesson } => Offer {
                verb: "Check",
                what: format!("two questions on {}", title(&lesson)),
                how_far: format!("{} s each", Mode::Check.limit(&ctx.scenario.exam).as_secs()),
            },
            Next::Bet { lab, why } => {
                let entry = ctx.scenario.labs.iter().find(|entry| entry.id == lab);
                let named = match &why {
                    Why::Weakest(id) => self.misconception(id).map(|known| known.name.clone()),
                    Why::Read(_) => None,
                };
                Offer {
                    verb: "Bet",
                    what: entry.map(|entry| entry.title.clone()).unwrap_or_default(),
                    how_far: match (named, why) {
                        (Some(name), _) => format!("weakest now: {name}"),
                        (None, Why::Read(lesson)) => format!("on {}", title(&lesson)),
                        (None, Why::Weakest(_)) => "weakest now".to_owned(),
                    },
                }
            }
            Next::Traps => Offer {
                verb: "Traps",
                what: "everything is read: ten questions from the whole course".to_owned(),
                how_far: format!("{} s each", Mode::Traps.limit(&ctx.scenario.exam).as_secs()),
            },
        }
    }

    fn reading(&self, ctx: Ctx<'_>, lesson: &str, title: String) -> Offer {
        let entry = next::lesson(ctx.scenario, lesson);
        let minutes = entry.map_or(0, |entry| entry.minutes);
        let Some(progress) = self.progress.lessons.get(lesson) else {
            let verb = if self.progress.lessons.is_empty() { "Start" } else { "Read" };
            return Offer { verb, what: title, how_far: format!("{minutes} min") };
        };
        let heading = entry.and_then(|entry| {
            let here = &progress.place.heading;
            entry.headings.iter().skip(1).find(|heading| heading.id == *here)
        });
        let what = match heading {
            Some(heading) => format!("{title} · {}", heading.title),
            None => title,
        };
        let left = minutes_left(minutes, progress.reached);
        Offer {
            verb: "Continue", what, how_far: format!("{} %  ·  {left}", progress.reached / 10)
        }
    }

    fn rows(&self, ctx: Ctx<'_>, width: usize) -> Vec<Row> {
        let plain = |words: &str| vec![Piece::text(words.to_owned())];
        let noun = ctx.scenario.noun();
        let concepts = counted(ctx.scenario.concepts.len(), "concept");
        let mut rows = vec![
            Row { key: "r", label: "Read", words: self.read(ctx, width) },
            Row { key: "t", label: "Traps", words: self.traps(ctx, width) },
            Row {
                key: "l",
                label: "Live",
                words: vec![
                    plain(&format!("the {} pipeline: watch it retry, break it", noun.one)),
                    plain(&format!("watch {}, break things", noun.many)),
                    plain(&format!("the {} pipeline", noun.one)),
                ],
            },
            Row { key: "b", label: "Labs", words: self.labs(ctx) },
            Row {
                key: "o",
                label: "Overview",
                words: vec![
                    plain(&format!("the short answer, {concepts}, the study path")),
                    plain("the course in short"),
                ],
            },
        ];
        let courses = counted(others(ctx), "other course");
        rows.push(Row { key: "c", label: "Courses", words: vec![plain(&courses)] });
        // A course may have no questions, no design to run and no labs, and be the only one.
        let has = [
            ("t", Intent::Traps),
            ("l", Intent::Live),
            ("b", Intent::Labs),
            ("c", Intent::Courses),
        ];
        rows.retain(|row| !has.iter().any(|(key, it)| *key == row.key && !self.does(ctx, *it)));
        rows
    }

    fn read(&self, ctx: Ctx<'_>, width: usize) -> Vec<Vec<Piece>> {
        let lessons = &ctx.scenario.lessons;
        let read = self.progress.sections_read(ctx.scenario);
        let part = (read * 1000).checked_div(lessons.len()).unwrap_or(0) as u32;
        let count = format!("{read} of {}", counted(lessons.len(), "section"));
        let mut bar = frame::bar(if width >= 100 { 30 } else { 14 }, part);
        bar.push(Piece::text(format!("  {count}")));
        vec![bar, vec![Piece::text(count)]]
    }

    fn traps(&self, ctx: Ctx<'_>, width: usize) -> Vec<Vec<Piece>> {
        let answered: u32 = self.progress.questions.values().map(|q| q.answered).sum();
        let right: u32 = self.progress.questions.values().map(|q| q.right).sum();
        let traps = match (&self.progress.open, &self.progress.elsewhere) {
            (Some(open), _) => {
                format!("at {} of {}, the clock waits", open.answers.len() + 1, open.items.len())
            }
            (None, Some(_)) => "open in another window; t begins another".to_owned(),
            (None, None) => format!(
                "{} questions, {} s each",
                Mode::Traps.size().min(ctx.scenario.question_count as usize),
                Mode::Traps.limit(&ctx.scenario.exam).as_secs()
            ),
        };
        let known = self.progress.known();
        let count = ctx.scenario.question_count;
        // What "known" means is said where the figure is.
        let twice = if width >= 100 { "known: right twice running" } else { "right twice" };
        let known = match (answered, answered - right) {
            (0, _) => format!("  ○ {count} to meet"),
            (_, 0) => format!("  ✓ {known} of {count} {twice}"),
            (_, missed) => format!("  ✓ {known} of {count} {twice}  ✗ {missed} to win back"),
        };
        let traps = Piece::text(traps);
        vec![vec![traps.clone(), Piece::faint(known)], vec![traps]]
    }

    /// Bets won and incidents repaired.
    fn labs(&self, ctx: Ctx<'_>) -> Vec<Vec<Piece>> {
        let of_kind = |kind: LabKind| ctx.scenario.labs.iter().filter(|l| l.kind == kind).count();
        let won = self.progress.bets.values().filter(|bet| bet.correct).count();
        let (made, repaired) = (self.progress.bets.len(), self.progress.repairs.len());
        let (labs, incidents) = (counted(of_kind(LabKind::Lab), "lab"), of_kind(LabKind::Incident));
        let of_incidents = counted(incidents, "incident");
        if (made, repaired) == (0, 0) {
            return vec![
                vec![Piece::text(format!("{labs} to bet on, {of_incidents} to repair"))],
                vec![Piece::text(format!("{labs}, {of_incidents}"))],
            ];
        }
        let bets = match made {
            0 => format!("{labs} to bet on"),
            made => format!("✓ {won} of {made} bets won"),
        };
        vec![
            vec![
                Piece::text(bets.clone()),
                Piece::faint(format!("   {repaired} of {incidents} incidents repaired")),
            ],
            vec![Piece::text(bets)],
        ]
    }

    /// The week in one line, then the last sessions; for a newcomer, the way in.
    fn lately(&self, ctx: Ctx<'_>, width: usize) -> Vec<Vec<Piece>> {
        if self.progress.sessions.is_empty() && self.progress.lessons.is_empty() {
            let welcome = [
                Piece::text("New here? Press enter: the first page asks you something."),
                Piece::faint("Everything you do is kept on this machine, and only here."),
            ];
            let short = [
                Piece::text("New here? Press enter."),
                Piece::faint("All you do is kept here only."),
            ];
            let fits = welcome.iter().all(|piece| piece.text.len() <= width);
            let words = if fits { welcome } else { short };
            return words.map(|piece| vec![piece]).to_vec();
        }
        let mut lines = Vec::new();
        let mut week = Score::default();
        for marks in self.progress.days.values() {
            week.right += marks.right;
            week.of += marks.of;
        }
        if week.of > 0 {
            let days = sparkline(&self.progress, ctx.today().0);
            let answers = if week.of == 1 { "answer" } else { "answers" };
            let text = format!("  {} {answers}, {} % right", week.of, week.percent());
            lines.push(vec![Piece::faint("This week  "), Piece::accent(days), Piece::text(text)]);
            lines.push(Vec::new());
        }
        lines.extend(self.weakest());
        if !self.progress.sessions.is_empty() {
            lines.push(vec![Piece::faint("Last sessions")]);
            lines.extend(self.progress.sessions.iter().map(session));
        }
        lines
    }

    /// The misconception that is held most strongly, and what it says.
    fn weakest(&self) -> Vec<Vec<Piece>> {
        let weakest = self.progress.profile.weakest();
        let Some((id, belief)) = weakest.first() else { return Vec::new() };
        let Some(known) = self.misconception(id) else { return Vec::new() };
        let times =
            if belief.chosen == 1 { "once".to_owned() } else { format!("{} times", belief.chosen) };
        vec![
            vec![
                Piece::faint("Weakest now  "),
                Piece::strong(known.name.clone()),
                Piece::faint(format!("  chosen {times}")),
            ],
            Vec::new(),
        ]
    }

    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let offer = self.offer(ctx);
        let mut blocks = vec![format!("Next: {} {} ({})", offer.verb, offer.what, offer.how_far)];
        blocks.extend(self.lately(ctx, 80).iter().map(|line| text(line)));
        let spoken =
            |piece: &Piece| piece.meaning != Meaning::Accent && !piece.text.starts_with('░');
        let choices = self.rows(ctx, 80).into_iter().map(|row| {
            let words: String =
                row.words[0].iter().filter(|p| spoken(p)).map(|p| &*p.text).collect();
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            (row.key.to_owned(), format!("{} {words}", row.label))
        });
        Page { title: self.title(ctx).text(), blocks, choices: choices.collect(), keys: Vec::new() }
    }
}

/// Number of courses in the library beside this one.
fn others(ctx: Ctx<'_>) -> usize {
    ctx.library.index().scenarios.len().saturating_sub(1)
}

struct Row {
    key: &'static str,
    label: &'static str,
    /// What is said of it, the longest first: what does not fit gives way to less, and is not cut.
    words: Vec<Vec<Piece>>,
}

impl Row {
    fn fitting(mut self, room: usize) -> Vec<Piece> {
        let fits = self.words.iter().position(|words| wrap::columns(words) <= room);
        match fits {
            Some(place) => self.words.swap_remove(place),
            None => self.words.pop().unwrap_or_default(),
        }
    }
}

/// A column for each of the last seven days, as high as its answers.
fn sparkline(progress: &Progress, date: chrono::NaiveDate) -> String {
    let counts: Vec<u32> = (0..7)
        .rev()
        .map(|ago| {
            let day = date.checked_sub_days(chrono::Days::new(ago)).unwrap_or(date);
            progress.days.get(&day).map_or(0, |marks| marks.of)
        })
        .collect();
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let signs = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    counts
        .iter()
        .map(|count| signs[((count * 7).div_ceil(most) as usize).min(signs.len() - 1)])
        .collect()
}

/// `23 Nov 18:40   Timed traps     8/10   6 min`
fn session(summary: &SessionSummary) -> Vec<Piece> {
    let when = summary.started.format("%e %b %H:%M").to_string();
    let state = match summary.ended {
        None if summary.marks.of < summary.planned => {
            format!("  {} of {} asked", summary.marks.of, summary.planned)
        }
        _ => String::new(),
    };
    let spent = format!("{:>6}", duration(summary.spent_ms));
    vec![
        Piece::faint(format!("{when}   ")),
        Piece::text(format!("{:<15}", summary.mode.title())),
        Piece::strong(format!("{:>2}/{:<2}", summary.marks.right, summary.marks.of)),
        Piece::faint(format!("  {spent}")),
        Piece::faint(state),
    ]
}

/// Time spent, short: `42 s`, `6 min`.
fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", (seconds + 30) / 60) }
}
