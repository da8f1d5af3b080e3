//! A list with a cursor: the one way in which something is chosen from many. The cursor stands on an
//! item, passes over headings, and goes no further than to the ends.

use super::keymap::Intent;

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row<T> {
    /// Stands above items, and cannot be chosen.
    Heading(String),
    Item(T),
}

/// Items, and which of them is chosen.
#[derive(Debug, Clone)]
pub struct List<T> {
    rows: Vec<Row<T>>,
    cursor: usize,
}

impl<T> List<T> {
    /// With the cursor on the first item.
    #[must_use]
    pub fn new(rows: Vec<Row<T>>) -> Self {
        let mut list = Self { rows, cursor: 0 };
        list.cursor = list.first().unwrap_or(0);
        list
    }

    /// Items without headings, with the cursor on one of them.
    #[must_use]
    pub fn of(items: Vec<T>, cursor: usize) -> Self {
        let cursor = cursor.min(items.len().saturating_sub(1));
        Self { rows: items.into_iter().map(Row::Item).collect(), cursor }
    }

    #[must_use]
    pub fn rows(&self) -> &[Row<T>] {
        &self.rows
    }

    /// The items alone.
    pub fn items(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter_map(|row| match row {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        })
    }

    /// Which row the cursor stands on.
    #[must_use]
    pub fn place(&self) -> usize {
        self.cursor
    }

    /// The item under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&T> {
        match self.rows.get(self.cursor)? {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        }
    }

    pub fn chosen_mut(&mut self) -> Option<&mut T> {
        match self.rows.get_mut(self.cursor)? {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        }
    }

    /// Puts the cursor on a row, if that is an item.
    pub fn choose(&mut self, place: usize) {
        if matches!(self.rows.get(place), Some(Row::Item(_))) {
            self.cursor = place;
        }
    }

    fn is_item(&self, place: usize) -> bool {
        matches!(self.rows.get(place), Some(Row::Item(_)))
    }

    fn first(&self) -> Option<usize> {
        (0..self.rows.len()).find(|place| self.is_item(*place))
    }

    /// The item after the cursor, or before it.
    fn beside(&self, onward: bool) -> Option<usize> {
        if onward {
            (self.cursor + 1..self.rows.len()).find(|place| self.is_item(*place))
        } else {
            (0..self.cursor).rev().find(|place| self.is_item(*place))
        }
    }

    fn step(&mut self, count: usize, onward: bool) {
        for _ in 0..count {
            let Some(place) = self.beside(onward) else { return };
            self.cursor = place;
        }
    }

    /// Moves the cursor as the intent says, a page being so many items; whether it was for that.
    pub fn moved(&mut self, intent: Intent, page: usize) -> bool {
        match intent {
            Intent::Down => self.step(1, true),
            Intent::Up => self.step(1, false),
            Intent::PageDown => self.step(page.max(1), true),
            Intent::PageUp => self.step(page.max(1), false),
            Intent::Bottom => self.step(self.rows.len(), true),
            Intent::Top => self.step(self.rows.len(), false),
            _ => return false,
        }
        true
    }

    /// Whether a key that moves the cursor would; `None` if it is not for that.
    #[must_use]
    pub fn does(&self, intent: Intent) -> Option<bool> {
        match intent {
            Intent::Down | Intent::PageDown | Intent::Bottom => Some(self.beside(true).is_some()),
            Intent::Up | Intent::PageUp | Intent::Top => Some(self.beside(false).is_some()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOVES: [Intent; 6] =
        [Intent::Down, Intent::Up, Intent::PageDown, Intent::PageUp, Intent::Top, Intent::Bottom];

    /// A list of headings (`true`) and items.
    fn list(headings: &[bool]) -> List<usize> {
        let row = |(place, is_heading): (usize, &bool)| {
            if *is_heading { Row::Heading(place.to_string()) } else { Row::Item(place) }
        };
        List::new(headings.iter().enumerate().map(row).collect())
    }

    proptest! {
        #[test]
        fn the_cursor_stands_on_an_item_and_one_up_after_any_way_down_moves(
            headings in proptest::collection::vec(any::<bool>(), 0..30),
            moves in proptest::collection::vec(0..MOVES.len(), 0..60),
            page in 0_usize..15,
        ) {
            let mut list = list(&headings);
            let count = list.items().count();
            for each in moves {
                let (before, does) = (list.place(), list.does(MOVES[each]));
                prop_assert!(list.moved(MOVES[each], page));
                prop_assert_eq!(does, Some(list.place() != before), "what a footer says is so");
                prop_assert_eq!(list.chosen().is_some(), count > 0);
            }
            for _ in 0..100 {
                list.moved(Intent::Down, page);
            }
            let last = list.place();
            list.moved(Intent::Up, page);
            prop_assert_eq!(list.place() != last, count > 1);
        }
    }

    #[test]
    fn what_is_not_for_moving_moves_nothing() {
        let mut list = list(&[true, false, false]);
        assert_eq!((list.place(), list.chosen()), (1, Some(&1)));
        assert!(!list.moved(Intent::GoOn, 3));
        assert_eq!(list.does(Intent::GoOn), None);
        list.choose(0);
        assert_eq!(list.place(), 1, "a heading is not chosen");
        list.choose(2);
        assert_eq!(list.chosen(), Some(&2));
    }
}
