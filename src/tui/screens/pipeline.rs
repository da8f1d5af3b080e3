//! placeholder while the simulator is being merged
use crate::tui::desk::{Desk, Go, Outcome};
use crate::tui::frame::Title;
use crate::tui::keymap::{Context, Intent};
use crate::tui::page::Page;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;
pub struct Pipeline;
impl Pipeline {
    pub fn open(_desk: Desk<'_>) -> Result<Self, String> {
        Ok(Self)
    }
    pub fn intent(&mut self, _desk: Desk<'_>, intent: Intent) -> Outcome {
        if intent == Intent::Leave { Outcome::go(Go::Back) } else { Outcome::default() }
    }
    pub fn tick(&mut self, _desk: Desk<'_>) -> Outcome {
        Outcome::default()
    }
    pub fn left(&mut self, _desk: Desk<'_>) -> Outcome {
        Outcome::default()
    }
    pub fn deadline(&self) -> Option<Duration> {
        None
    }
    pub fn title(&self, _desk: Desk<'_>) -> Title {
        Title::new("Live", "")
    }
    pub fn body(&self, _desk: Desk<'_>, _area: Rect, _buffer: &mut Buffer) {}
    pub fn page(&self, _desk: Desk<'_>) -> Page {
        Page { title: "Live".into(), blocks: vec![], choices: vec![], context: Context::Pipeline }
    }
}
