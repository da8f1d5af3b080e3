//! A list with a cursor: the one way to choose from many. The cursor stands on an item, skips headings, and
//! stops at the ends. A filter keeps the items that have all its words in their names or in the heading
//! above.

use std::borrow::Cow;

use super::entry::TextEntry;
use super::fold::fold;
use super::keymap::Intent;
use super::piece::Piece;
use super::sheet::Line;

/// The cursor before an item, or a space as wide.
#[must_use]
pub fn lead(is_here: bool) -> Piece {
    if is_here { Piece::accent("▸ ").said("selected: ") } else { Piece::text("  ") }
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row<T> {
    /// A title above items; the cursor skips it.
    Heading(Cow<'static, str>),
    Item(T),
}

/// The text that a filter searches.
pub trait Named {
    fn names(&self) -> Cow<'_, str>;
}

/// Items with a cursor and a filter.
#[derive(Debug, Clone)]
pub struct List<T> {
    rows: Vec<Row<T>>,
    cursor: usize,
    filter: TextEntry,
    is_typing: bool,
    /// For each row, whether the filter keeps it.
    is_left: Vec<bool>,
}

impl<T> List<T> {
    /// A list with the cursor on the first item.
    #[must_use]
    pub fn new(rows: Vec<Row<T>>) -> Self {
        let (filter, is_left) = (TextEntry::default(), vec![true; rows.len()]);
        let mut list = Self { rows, cursor: 0, filter, is_typing: false, is_left };
        list.cursor = list.first().unwrap_or(0);
        list
    }

    /// A list without headings, with the cursor on one of the items.
    #[must_use]
    pub fn of(items: Vec<T>, cursor: usize) -> Self {
        let cursor = cursor.min(items.len().saturating_sub(1));
        let list = Self::new(items.into_iter().map(Row::Item).collect());
        Self { cursor, ..list }
    }

    /// A list with no item selected until the cursor moves: down to the first, up to the last.
    #[must_use]
    pub fn unchosen(items: Vec<T>) -> Self {
        let cursor = items.len();
        let list = Self::new(items.into_iter().map(Row::Item).collect());
        Self { cursor, ..list }
    }

    /// The rows that the filter keeps, with their indices.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &Row<T>)> {
        let rows = self.rows.iter().enumerate().zip(&self.is_left);
        rows.filter(|(_, is_left)| **is_left).map(|(row, _)| row)
    }

    /// The items that the filter keeps, with their indices.
    pub fn left(&self) -> impl Iterator<Item = (usize, &T)> {
        self.rows().filter_map(|(place, row)| match row {
            Row::Heading(_) => None,
            Row::Item(item) => Some((place, item)),
        })
    }

    /// All items, regardless of the filter.
    pub fn items(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter_map(|row| match row {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        })
    }

    /// Index of the row with the cursor.
    #[must_use]
    pub fn place(&self) -> usize {
        self.cursor
    }

    /// The item at the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&T> {
        match self.rows.get(self.cursor).filter(|_| self.is_item(self.cursor))? {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        }
    }

    /// The item at the cursor, to change it.
    pub fn chosen_mut(&mut self) -> Option<&mut T> {
        let is_item = self.is_item(self.cursor);
        match self.rows.get_mut(self.cursor).filter(|_| is_item)? {
            Row::Heading(_) => None,
            Row::Item(item) => Some(item),
        }
    }

    /// Moves the cursor to a row and returns whether that is an item the filter keeps.
    pub fn choose(&mut self, place: usize) -> bool {
        let is_item = self.is_item(place);
        if is_item {
            self.cursor = place;
        }
        is_item
    }

    /// Whether a row can have the cursor: an item that the filter keeps.
    fn is_item(&self, place: usize) -> bool {
        let is_left = self.is_left.get(place).is_some_and(|is_left| *is_left);
        is_left && matches!(self.rows.get(place), Some(Row::Item(_)))
    }

    fn first(&self) -> Option<usize> {
        (0..self.rows.len()).find(|place| self.is_item(*place))
    }

    /// Index of the item after the cursor, or before it.
    fn beside(&self, onward: bool) -> Option<usize> {
        if onward {
            let from = if self.cursor < self.rows.len() { self.cursor + 1 } else { 0 };
            (from..self.rows.len()).find(|place| self.is_item(*place))
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

    /// Moves the cursor, by `page` items for a page. Returns whether the intent moves cursors.
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

    /// Whether the intent would move the cursor; `None` if it does not move cursors.
    #[must_use]
    pub fn does(&self, intent: Intent) -> Option<bool> {
        match intent {
            Intent::Down | Intent::PageDown | Intent::Bottom => Some(self.beside(true).is_some()),
            Intent::Up | Intent::PageUp | Intent::Top => Some(self.beside(false).is_some()),
            _ => None,
        }
    }
}

impl<T> List<T> {
    /// Whether the filter is being typed.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// The prompt that replaces the footer while the filter is typed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        let typed = self.filter.text();
        self.is_typing.then(|| format!("/{typed}▏   enter keeps it, esc shows all again"))
    }

    /// Position of the cursor among the rows that the filter keeps.
    #[must_use]
    pub fn here(&self) -> Option<usize> {
        self.chosen()?;
        self.rows().position(|(place, _)| place == self.cursor)
    }

    /// The line above a filtered list, and an empty one.
    #[must_use]
    pub fn head(&self) -> Vec<Line> {
        self.filtered().into_iter().flat_map(|line| [line, Vec::new()]).collect()
    }

    /// The filter and the number of items it keeps; `None` without a filter.
    #[must_use]
    pub fn filtered(&self) -> Option<Line> {
        let words = self.filter.words();
        if words.is_empty() {
            return None;
        }
        let (left, all) = (self.left().count(), self.items().count());
        let told = match left {
            0 => format!("  none of {all}: esc shows all again"),
            _ => format!("  {left} of {all}"),
        };
        Some(vec![Piece::accent(format!("/{words}")), Piece::faint(told)])
    }
}

impl<T: Named> List<T> {
    /// Applies an intent to the filter and returns whether it was meant for it.
    pub fn filters(&mut self, intent: Intent) -> bool {
        match (intent, self.is_typing) {
            (Intent::Search, _) => self.is_typing = true,
            (Intent::Leave, is_typing) if is_typing || !self.filter.words().is_empty() => {
                self.filter = TextEntry::default();
                self.is_typing = false;
                self.leave_what_fits();
            }
            (Intent::GoOn, true) => self.is_typing = false,
            (Intent::Erase, true) => {
                self.filter.erase();
                self.leave_what_fits();
            }
            (_, is_typing) => return is_typing,
        }
        true
    }

    /// Appends a character to the filter being typed.
    pub fn typed(&mut self, character: char) {
        if self.is_typing {
            self.filter.push(character);
            self.leave_what_fits();
        }
    }

    /// Keeps the items that have all words, with the headings above them. The cursor stays, or moves to the
    /// next item kept, or else to the last.
    fn leave_what_fits(&mut self) {
        let wanted = fold(self.filter.text());
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        let mut heading: Option<usize> = None;
        let mut above = String::new();
        for place in 0..self.rows.len() {
            match self.rows.get(place) {
                Some(Row::Heading(text)) => {
                    above = fold(text);
                    heading = Some(place);
                    self.set_left(place, wanted.is_empty());
                }
                Some(Row::Item(item)) => {
                    let names = format!("{above} {}", fold(&item.names()));
                    let fits = wanted.iter().all(|word| names.contains(word));
                    self.set_left(place, fits);
                    if let Some(heading) = heading.filter(|_| fits) {
                        self.set_left(heading, true);
                    }
                }
                None => {}
            }
        }
        if !self.is_item(self.cursor) {
            let place = self.beside(true).or(self.beside(false)).or(self.first());
            self.cursor = place.unwrap_or(self.cursor);
        }
    }

    fn set_left(&mut self, place: usize, is_so: bool) {
        if let Some(is_left) = self.is_left.get_mut(place) {
            *is_left = is_so;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOVES: [Intent; 6] =
        [Intent::Down, Intent::Up, Intent::PageDown, Intent::PageUp, Intent::Top, Intent::Bottom];

    impl Named for usize {
        fn names(&self) -> Cow<'_, str> {
            format!("item {self}").into()
        }
    }

    fn filtered(rows: Vec<Row<usize>>, typed: &str) -> List<usize> {
        let mut list = List::new(rows);
        list.filters(Intent::Search);
        typed.chars().for_each(|character| list.typed(character));
        list
    }

    #[test]
    fn a_filter_leaves_what_has_all_its_words_with_the_heading_above_it() {
        let heading = |text: &str| Row::Heading(text.to_owned().into());
        let rows = || {
            let items = |from: usize| (from..from + 3).map(Row::Item);
            let mut rows = vec![heading("Inventory queue")];
            rows.extend(items(1));
            rows.push(heading("Payment"));
            rows.extend(items(11));
            rows
        };
        let left = |list: &List<usize>| list.left().map(|(_, item)| *item).collect::<Vec<_>>();
        let mut list = filtered(rows(), "invent");
        assert_eq!((left(&list), list.rows().count()), (vec![1, 2, 3], 4), "by its heading");
        assert_eq!(left(&filtered(rows(), "payment 12")), [12], "by both");
        let none = filtered(rows(), "nothing");
        assert_eq!((left(&none), none.chosen()), (vec![], None));
        assert_eq!(none.does(Intent::Down), Some(false));
        // Enter keeps the filter, esc removes it; then esc means something else.
        assert!(list.filters(Intent::GoOn) && !list.is_typing() && !list.filters(Intent::GoOn));
        assert!(list.filters(Intent::Leave) && !list.filters(Intent::Leave));
        assert_eq!(left(&list).len(), 6);
    }

    #[test]
    fn the_cursor_stays_on_what_a_filter_leaves() {
        let mut list = filtered((0..20).map(Row::Item).collect(), "");
        for _ in 0..5 {
            list.moved(Intent::Down, 1);
        }
        "item 1".chars().for_each(|character| list.typed(character));
        assert_eq!(list.chosen(), Some(&10), "the next that is left");
        list.moved(Intent::Up, 1);
        assert_eq!(list.chosen(), Some(&1));
        list.filters(Intent::Leave);
        assert_eq!(list.chosen(), Some(&1), "and stays there");
    }

    /// A list of headings (`true`) and items.
    fn list(headings: &[bool]) -> List<usize> {
        let row = |(place, is_heading): (usize, &bool)| {
            if *is_heading { Row::Heading(place.to_string().into()) } else { Row::Item(place) }
        };
        List::new(headings.iter().enumerate().map(row).collect())
    }

    proptest! {
        #[test]
        fn the_cursor_stands_on_an_item_and_one_up_after_any_way_down_moves(
            headings in proptest::collection::vec(any::<bool>(), 0..30),
            moves in proptest::collection::vec(0..MOVES.len(), 0..60),
            page in 0_usize..15,
            typed in "[0-9]?",
        ) {
            let mut list = list(&headings);
            list.filters(Intent::Search);
            typed.chars().for_each(|character| list.typed(character));
            let count = list.left().count();
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
    fn of_what_is_unchosen_down_chooses_the_first_and_up_the_last() {
        for (intent, chosen) in [(Intent::Down, "a"), (Intent::Up, "c")] {
            let mut list = List::unchosen(vec!["a", "b", "c"]);
            assert_eq!((list.chosen(), list.here()), (None, None));
            assert_eq!((list.does(intent), list.moved(intent, 9)), (Some(true), true));
            assert_eq!(list.chosen(), Some(&chosen));
        }
        assert_eq!(List::<usize>::unchosen(Vec::new()).does(Intent::Down), Some(false));
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
