//! The help page: the key table as it is, the screen one came from first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{self, Context, Intent};
use crate::tui::page::Page;
use crate::tui::scroll::Scroll;
use crate::tui::theme::Meaning;
use crate::tui::wrap::Piece;

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
            lines.push(vec![(context.title().to_owned(), Meaning::Accent)]);
            lines.extend(keymap::bindings(context).map(|binding| {
                vec![
                    (format!("  {:<10}", binding.shown), Meaning::Key),
                    (binding.label.to_owned(), Meaning::Text),
                ]
            }));
            if context == Context::Live {
                lines.push(Vec::new());
                lines.push(vec![("Signs of the pipeline".to_owned(), Meaning::Accent)]);
                lines.extend(SIGNS.map(|(signs, meaning)| {
                    vec![
                        (format!("  {signs:<10}"), Meaning::Strong),
                        (meaning.to_owned(), Meaning::Text),
                    ]
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
        let text =
            |pieces: &Vec<Piece>| pieces.iter().map(|(text, _)| text.as_str()).collect::<String>();
        Page {
            title: "Keys".to_owned(),
            blocks: lines.iter().map(text).collect(),
            choices: Vec::new(),
            keys: Vec::new(),
        }
    }
}
