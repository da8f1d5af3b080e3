//! The frame around every screen: its title, its keys, what is said, and the sentence for a window that is too small.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::{App, UNSAVED};
use crate::tui::ctx::Ctx;
use crate::tui::frame::{self, COLUMNS_MIN, ROWS_MIN};
use crate::tui::piece::Piece;
use crate::tui::theme::Theme;
use crate::tui::wrap;

impl App {
    /// Draws everything, and says where the cursor stands: on what is chosen, or where the next
    /// character comes.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let mut cursor = None;
        let ctx = Ctx { size: (area.width, area.height), ..self.ctx() };
        if area.width < COLUMNS_MIN || area.height < ROWS_MIN {
            too_small(buffer, area, self.theme);
        } else {
            let screen = self.screen();
            let areas = ctx.areas(screen.width());
            let mut title = screen.title(ctx);
            if self.is_unsaved {
                title.right.insert(0, Piece::strong(format!("{UNSAVED}   ")));
            }
            frame::title(buffer, areas.title, &title, self.theme);
            let chosen = screen.body(ctx, areas.body, buffer);
            let prompt = screen.prompt();
            cursor = match (&prompt, &self.notice) {
                (None, _) => chosen,
                (Some(prompt), None) => frame::entry(areas.footer, prompt),
                // The sentence stands where the prompt would.
                (Some(_), Some(_)) => None,
            };
            let said = self.notice.clone().or(prompt);
            let keys = self.keys(ctx, usize::from(areas.footer.width));
            frame::footer(buffer, areas.footer, &keys, said.as_deref(), self.theme);
        }
        self.theme.finish(buffer);
        cursor
    }
}

impl Widget for &App {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        self.draw(area, buffer);
    }
}

fn too_small(buffer: &mut Buffer, area: Rect, theme: Theme) {
    let text = format!(
        "Redrive needs {COLUMNS_MIN}×{ROWS_MIN}, this is {}×{}. Make the window larger; nothing is lost.",
        area.width, area.height
    );
    let lines = wrap::wrap(&[Piece::text(text)], usize::from(area.width));
    for (index, wrapped) in lines.iter().enumerate() {
        frame::line(buffer, area, area.x, area.y + index as u16, &wrapped.pieces, theme);
    }
}
