//! The help page: the key table, beginning with the screen it was opened from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{Title, Width};
use crate::tui::keymap::{self, Context, Intent};
use crate::tui::page::Page;
use crate::tui::piece::Piece;
use crate::tui::screens::live;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Line, Sheet, UNBROKEN};

/// The signs of the map besides those of the kinds of part.
const SIGNS: [(&str, &str); 8] = [
    ("✖", "a dead-letter queue"),
    ("▁▄█", "visible messages: the backlog"),
    ("● ◕ ◑ ◔", "messages in flight: visibility timeout left"),
    ("△ ▲", "an alarm: in OK, in ALARM"),
    ("✓ ✗", "what went well, what did not"),
    ("↻", "a retry"),
    ("! ↻ ✖ ▲", "on the scrub bar: a fault, a retry, a dead letter, an alarm"),
    ("↳", "comes from a part further up"),
];

/// Minimum columns to show a sentence beside each key.
const WITH_SENTENCES: usize = 78;

/// The help page.
#[derive(Debug, Clone)]
pub struct Help {
    from: Context,
    scroll: Scroll,
}

impl Help {
    /// The help page for a context.
    #[must_use]
    pub fn new(from: Context) -> Self {
        Self { from, scroll: Scroll::default() }
    }

    /// Lists the keys of each context with their labels, and a sentence each where there is room.
    fn lines(&self, width: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let others = Context::ALL.into_iter().filter(|context| *context != self.from);
        for context in std::iter::once(self.from).chain(others) {
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            lines.push(vec![Piece::accent(context.title())]);
            lines.extend(keymap::bindings(context).map(|binding| {
                let mut line = vec![
                    Piece::key(format!("  {:<18}", binding.chords())),
                    Piece::text(format!("{:<22}", binding.label)),
                ];
                if width >= WITH_SENTENCES {
                    line.push(Piece::faint(binding.sentence()));
                }
                line
            }));
            if context == Context::Live {
                lines.push(Vec::new());
                lines.push(vec![Piece::accent("Signs of the pipeline")]);
                lines.extend(signs());
            }
        }
        lines
    }

    /// Number of lines in all and on the screen.
    fn extent(&self, ctx: Ctx<'_>) -> (usize, usize) {
        let body = ctx.areas(Width::Page).body;
        (self.lines(usize::from(body.width)).len(), usize::from(body.height))
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if intent == Intent::Leave {
            return Outcome::go(Go::Back);
        }
        let (lines, height) = self.extent(ctx);
        self.scroll.scroll(intent, lines, height);
        Outcome::default()
    }

    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let (lines, height) = self.extent(ctx);
        intent == Intent::Leave || self.scroll.moves(intent, lines, height)
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let (lines, height) = self.extent(ctx);
        let more =
            if self.scroll.shown(lines, height) + height < lines { "more below" } else { "" };
        Title::new("Keys", more)
    }

    /// Draws the body.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.lines(usize::from(area.width));
        Sheet::scrolled(Vec::new(), lines, self.scroll).draw(area, buffer, ctx.theme);
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, _ctx: Ctx<'_>) -> Page {
        let sheet = Sheet::scrolled(Vec::new(), self.lines(UNBROKEN), self.scroll);
        Page {
            title: "Keys".to_owned(),
            blocks: sheet.spoken(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}
/// The signs of the map: those of the kinds of part, three in a line, and the others.
fn signs() -> Vec<Line> {
    let line = |signs: &str, meaning: String| {
        vec![Piece::strong(format!("  {signs:<10}")), Piece::text(meaning)]
    };
    let kinds = live::signs();
    let kinds = kinds.chunks(3).map(|kinds| {
        let signs: Vec<&str> = kinds.iter().map(|(sign, _)| *sign).collect();
        let nouns = kinds.iter().map(|(_, noun)| {
            let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            format!("{article} {noun}")
        });
        line(&signs.join(" "), nouns.collect::<Vec<_>>().join(", "))
    });
    let mut lines: Vec<Line> = kinds.collect();
    lines.extend(SIGNS.map(|(signs, meaning)| line(signs, meaning.to_owned())));
    lines
}
