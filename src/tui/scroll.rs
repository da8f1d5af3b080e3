//! The scroll position of a text longer than its area.

use super::keymap::Intent;

/// A scroll position: the line at the top.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    pub top: usize,
}

impl Scroll {
    /// Scrolls through `lines` lines of which `height` are shown. Returns whether the intent scrolls.
    pub fn scroll(&mut self, intent: Intent, lines: usize, height: usize) -> bool {
        let page = height.saturating_sub(2).max(1);
        let half = (height / 2).max(1);
        let last = lines.saturating_sub(height);
        // Start from what is shown: the text may have become shorter, or the window taller.
        let top = self.shown(lines, height);
        self.top = match intent {
            Intent::Down => top + 1,
            Intent::Up => top.saturating_sub(1),
            Intent::PageDown => top + page,
            Intent::PageUp => top.saturating_sub(page),
            Intent::HalfDown => top + half,
            Intent::HalfUp => top.saturating_sub(half),
            Intent::Top => 0,
            Intent::Bottom => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// The line at the top of `height` of `lines` lines: the last page is full.
    #[must_use]
    pub fn shown(self, lines: usize, height: usize) -> usize {
        self.top.min(lines.saturating_sub(height))
    }

    /// Whether the intent would scroll.
    #[must_use]
    pub fn moves(self, intent: Intent, lines: usize, height: usize) -> bool {
        let before = Self { top: self.shown(lines, height) };
        let mut moved = before;
        moved.scroll(intent, lines, height) && moved != before
    }

    /// Moves no further than needed to show the lines from `first` to `last`.
    pub fn show(&mut self, first: usize, last: usize, height: usize) {
        if last >= self.top.saturating_add(height) {
            self.top = (last + 1).saturating_sub(height);
        }
        if first < self.top {
            self.top = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_is_full_and_the_top_is_zero() {
        let mut scroll = Scroll::default();
        for _ in 0..20 {
            scroll.scroll(Intent::PageDown, 30, 10);
        }
        assert_eq!(scroll.top, 20);
        scroll.scroll(Intent::Top, 30, 10);
        assert_eq!(scroll.top, 0);
        scroll.scroll(Intent::Bottom, 5, 10);
        assert_eq!(scroll.top, 0, "all of it is shown");
    }

    #[test]
    fn one_up_after_any_number_down_moves_also_in_a_shorter_text() {
        for (lines, height) in [(12, 10), (30, 25), (30, 10), (4, 10)] {
            let mut scroll = Scroll::default();
            for _ in 0..100 {
                scroll.scroll(Intent::Down, 60, 10);
            }
            let seen = scroll.shown(lines, height);
            scroll.scroll(Intent::Up, lines, height);
            assert_eq!(scroll.shown(lines, height), seen.saturating_sub(1), "{lines}");
        }
    }

    #[test]
    fn showing_moves_no_further_than_needed() {
        let mut scroll = Scroll { top: 5 };
        scroll.show(6, 8, 10);
        assert_eq!(scroll.top, 5);
        scroll.show(14, 16, 10);
        assert_eq!(scroll.top, 7);
        scroll.show(2, 3, 10);
        assert_eq!(scroll.top, 2);
    }
}
