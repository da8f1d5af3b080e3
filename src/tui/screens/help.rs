//! The help page: the key table as it is, the screen one came from first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{self, Context, Intent};
use crate::tui::page::Page;
use crate::tui::piece::{Piece, text};
use crate::tui::scroll::Scroll;

/// What the picture of a run is drawn with.
const SIGNS: [(&str, &str); 10] = [
    ("▤ ✖", "a queue, a dead-letter queue"),
    ("λ ▦", "a function, a worker"),
    ("▣ ◇", "a workflow, a topic"),
    ("▁▄█", "messages that can be received"),
    ("● ◕ ◑ ◔", "messages in flight: how much is left of their loan"),
    ("△ ▲", "an alarm: quiet, in ALARM"),
    ("✓ ✗", "what went well, what did not"),
    ("↻", "a retry"),
    ("! ↻ ✖ ▲", "on the line of time: a fault, a retry, a dead letter, an alarm"),
    ("↳", "comes from a part further up"),
];

/// All keys, scrolled.
#[derive(Debug, Clone)]
pub struct Help {
    from: Context,
    scroll: Scroll,
}

impl Help {
    /// Opens the page; the keys of the screen it was opened from come first.
    #[must_use]
    pub fn new(from: Context) -> Self {
        Self { from, scroll: Scroll::default() }
    }

    fn lines(&self) -> Vec<Vec<Piece>> {
        let mut lines = Vec::new();
        let others = Context::ALL.into_iter().filter(|context| *context != self.from);
        for context in std::iter::once(self.from).chain(others) {
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            lines.push(vec![Piece::accent(context.title())]);
            lines.extend(keymap::bindings(context).map(|binding| {
                vec![Piece::key(format!("  {:<10}", binding.shown)), Piece::text(binding.label)]
            }));
            if context == Context::Live {
                lines.push(Vec::new());
                lines.push(vec![Piece::accent("Signs of the pipeline")]);
                lines.extend(SIGNS.map(|(signs, meaning)| {
                    vec![Piece::strong(format!("  {signs:<10}")), Piece::text(meaning)]
                }));
            }
        }
        lines
    }

    /// Scrolls, or goes back.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if intent == Intent::Leave {
            return Outcome::go(Go::Back);
        }
        let height = usize::from(ctx.areas(Width::Page).body.height);
        self.scroll.scroll(intent, self.lines().len(), height);
        Outcome::default()
    }

    /// Whether an intent does something at the current scroll position.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let height = usize::from(ctx.areas(Width::Page).body.height);
        intent == Intent::Leave || self.scroll.moves(intent, self.lines().len(), height)
    }

    /// The title line, which says whether there is more below.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let height = usize::from(ctx.areas(Width::Page).body.height);
        let lines = self.lines().len();
        let more =
            if self.scroll.shown(lines, height) + height < lines { "more below" } else { "" };
        Title::new("Keys", more)
    }

    /// Draws the lines from the scroll position down.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.lines();
        let top = self.scroll.shown(lines.len(), usize::from(area.height));
        for (pieces, y) in lines.iter().skip(top).zip(area.top()..area.bottom()) {
            frame::line(buffer, area, area.x, y, pieces, ctx.theme);
        }
    }

    /// The whole page, unscrolled, for reading aloud.
    #[must_use]
    pub fn page(&self, _ctx: Ctx<'_>) -> Page {
        let lines = self.lines();
        Page {
            title: "Keys".to_owned(),
            blocks: lines.iter().map(|line| text(line)).collect(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}
