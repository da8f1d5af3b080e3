//! Lists stored in pages that clones share until one of them writes. Cloning a long list costs one
//! reference per page, and two clones occupy the space of one plus their differences. So a run can
//! keep checkpoints without copying what no longer changes.

use std::collections::VecDeque;
use std::rc::Rc;

/// Items in a page: few enough that a write after a clone copies little.
const PAGE: usize = 128;

/// Creates a page from its first item; the other slots hold copies of it until they are written.
fn page<T: Clone>(first: &T) -> Rc<[T]> {
    std::iter::repeat_n(first, PAGE).cloned().collect()
}

/// Bytes of the pages that differ from those of `before`, compared slot by slot.
fn bytes_beside<'a, T: 'a>(
    pages: impl Iterator<Item = &'a Rc<[T]>>,
    mut before: impl Iterator<Item = &'a Rc<[T]>>,
) -> usize {
    let beside = |page| {
        let is_shared = before.next().is_some_and(|other| Rc::ptr_eq(page, other));
        size_of::<Rc<[T]>>() + if is_shared { 0 } else { PAGE * size_of::<T>() }
    };
    pages.map(beside).sum()
}

/// A list with access by index.
#[derive(Debug, Clone)]
pub struct Pages<T> {
    pages: Vec<Rc<[T]>>,
    len: usize,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T> Pages<T> {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the list has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item at an index; `None` past the end.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        if place >= self.len {
            return None;
        }
        self.pages.get(place / PAGE)?.get(place % PAGE)
    }

    /// All items, by index.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter()).take(self.len)
    }

    /// Bytes used in addition to an earlier clone, with which it shares unwritten pages.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        bytes_beside(self.pages.iter(), before.into_iter().flat_map(|before| &before.pages))
    }
}

impl<T: Clone> Pages<T> {
    /// The item at an index, to change it. Copies the page first if a clone shares it.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        if place >= self.len {
            return None;
        }
        Rc::make_mut(self.pages.get_mut(place / PAGE)?).get_mut(place % PAGE)
    }

    /// Appends an item. Copies the last page if a clone shares it.
    pub fn push(&mut self, item: T) {
        if self.len == self.pages.len() * PAGE {
            self.pages.push(page(&item));
        }
        self.len += 1;
        if let Some(slot) = self.get_mut(self.len - 1) {
            *slot = item;
        }
    }

    /// Removes the last item; `None` if the list is empty.
    pub fn pop(&mut self) -> Option<T> {
        let item = self.get(self.len.checked_sub(1)?)?.clone();
        self.len -= 1;
        // Keep one page more than needed: the list may be about to grow again.
        self.pages.truncate(self.len / PAGE + 2);
        Some(item)
    }
}

/// A first-in, first-out line. Removing an item copies nothing.
#[derive(Debug, Clone)]
pub struct Line<T> {
    pages: VecDeque<Rc<[T]>>,
    /// Offset of the first item in the first page.
    first: usize,
    len: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { pages: VecDeque::new(), first: 0, len: 0 }
    }
}

impl<T: Copy> Line<T> {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the line has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn get(&self, place: usize) -> Option<&T> {
        if place >= self.len {
            return None;
        }
        let place = self.first + place;
        self.pages.get(place / PAGE)?.get(place % PAGE)
    }

    /// The item that leaves next.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The item that arrived last.
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// Appends an item. Copies the last page if a clone shares it.
    pub fn push_back(&mut self, item: T) {
        let place = self.first + self.len;
        if place == self.pages.len() * PAGE {
            self.pages.push_back(page(&item));
        }
        self.len += 1;
        let page = self.pages.get_mut(place / PAGE).map(Rc::make_mut);
        if let Some(slot) = page.and_then(|page| page.get_mut(place % PAGE)) {
            *slot = item;
        }
    }

    /// Removes the first item; `None` if the line is empty. Copies no page.
    pub fn pop_front(&mut self) -> Option<T> {
        let item = *self.front()?;
        self.first += 1;
        self.len -= 1;
        if self.first == PAGE {
            self.pages.pop_front();
            self.first = 0;
        }
        Some(item)
    }

    /// All items, first to last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter()).skip(self.first).take(self.len)
    }

    /// Bytes used in addition to an earlier clone.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        let first = self.pages.front();
        let before = before.into_iter().flat_map(|before| &before.pages);
        let has_left = |page: &&Rc<[T]>| first.is_some_and(|first| !Rc::ptr_eq(first, page));
        bytes_beside(self.pages.iter(), before.skip_while(has_left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{Chance, Purpose};

    #[test]
    fn a_list_is_what_a_vector_is_and_its_clones_keep_what_they_had() {
        let chance = Chance::new(11);
        let (mut list, mut plain): (Pages<u32>, Vec<u32>) = (Pages::default(), Vec::new());
        let mut kept: Vec<(Pages<u32>, Vec<u32>)> = Vec::new();
        for turn in 0..20_000_u32 {
            let dice = |n, of| chance.below(of, (n, turn, 0), Purpose::Hop);
            let place = dice(1, plain.len().max(1) as u64 + 2) as usize;
            match dice(0, 8) {
                0..=3 => {
                    list.push(turn);
                    plain.push(turn);
                }
                4 | 5 => {
                    let slots = (list.get_mut(place), plain.get_mut(place));
                    assert_eq!(slots.0.is_some(), slots.1.is_some());
                    if let (Some(a), Some(b)) = slots {
                        (*a, *b) = (turn, turn);
                    }
                }
                6 => assert_eq!(list.pop(), plain.pop()),
                _ => assert_eq!(list.get(place), plain.get(place)),
            }
            if dice(2, 400) == 0 {
                kept.push((list.clone(), plain.clone()));
            }
            assert_eq!((list.len(), list.is_empty()), (plain.len(), plain.is_empty()));
        }
        for (list, plain) in kept {
            assert!(list.iter().eq(&plain));
        }
    }

    #[test]
    fn a_line_is_what_a_queue_is_and_its_clones_keep_what_they_had() {
        let chance = Chance::new(12);
        let (mut line, mut plain): (Line<u32>, VecDeque<u32>) = (Line::default(), VecDeque::new());
        let mut kept: Vec<(Line<u32>, VecDeque<u32>)> = Vec::new();
        for turn in 0..20_000_u32 {
            let dice = |n, of| chance.below(of, (n, turn, 0), Purpose::Hop);
            // It grows for a while, and then shrinks.
            if dice(0, 10) < if turn / 3_000 % 2 == 0 { 6 } else { 3 } {
                line.push_back(turn);
                plain.push_back(turn);
            } else {
                assert_eq!(line.pop_front(), plain.pop_front());
            }
            if dice(2, 400) == 0 {
                kept.push((line.clone(), plain.clone()));
            }
            assert_eq!((line.front(), line.back()), (plain.front(), plain.back()));
            assert_eq!((line.len(), line.is_empty()), (plain.len(), plain.is_empty()));
        }
        assert!(kept.len() > 20);
        for (line, plain) in kept {
            assert!(line.iter().eq(&plain));
        }
    }

    #[test]
    fn what_a_clone_shares_takes_no_room() {
        let mut list = Pages::default();
        let mut line = Line::default();
        for item in 0..10 * PAGE as u64 {
            list.push(item);
            line.push_back(item);
        }
        let pointer = 2 * size_of::<usize>();
        let page = PAGE * size_of::<u64>();
        assert_eq!(list.bytes_beside(None), 10 * (page + pointer));
        let before = (list.clone(), line.clone());
        assert_eq!(list.bytes_beside(Some(&before.0)), 10 * pointer);
        for place in [3 * PAGE, 3 * PAGE + 1, 7 * PAGE] {
            *list.get_mut(place).unwrap() = 0;
        }
        assert_eq!(list.bytes_beside(Some(&before.0)), 2 * page + 10 * pointer);
        // Removing copies nothing; appending copies one page.
        for _ in 0..2 * PAGE + 5 {
            line.pop_front();
        }
        assert_eq!(line.bytes_beside(Some(&before.1)), 8 * pointer);
        line.push_back(1);
        assert_eq!(line.bytes_beside(Some(&before.1)), page + 9 * pointer);
    }
}
