//! Parts by their numbers: an id knows what it is the number of, so that a queue's never leads to a
//! function. A number that leads nowhere is a bug, and is seen as one.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The number of a part among those of its kind.
pub(crate) struct Id<T> {
    number: u16,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id of the part at an index of its table.
    pub fn new(index: usize) -> Self {
        Self { number: index as u16, kind: PhantomData }
    }

    /// Its number, for luck that is keyed by it.
    pub fn number(self) -> u16 {
        self.number
    }

    pub fn index(self) -> usize {
        usize::from(self.number)
    }
}

// Derived, these would ask the same of what it is the id of.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Id<T> {}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.number)
    }
}

/// All parts of a kind, in the order of their names.
#[derive(Debug, Clone)]
pub(crate) struct Table<T>(Vec<T>);

impl<T> Table<T> {
    pub fn ids(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.0.len()).map(Id::new)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// Each part with its id.
    pub fn numbered(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.0.iter().enumerate().map(|(index, part)| (Id::new(index), part))
    }

    /// The part for which something holds.
    pub fn position(&self, holds: impl FnMut(&T) -> bool) -> Option<Id<T>> {
        self.0.iter().position(holds).map(Id::new)
    }
}

impl<T> From<Vec<T>> for Table<T> {
    fn from(parts: Vec<T>) -> Self {
        Self(parts)
    }
}

impl<T> IntoIterator for Table<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Table<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

impl<T> Index<Id<T>> for Table<T> {
    type Output = T;

    fn index(&self, id: Id<T>) -> &T {
        &self.0[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Table<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.0[id.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_part() {
        let mut table = Table::from(vec!["a", "b"]);
        let [a, b] = [0, 1].map(Id::new);
        assert_eq!((table[a], table[b]), ("a", "b"));
        table[b] = "c";
        assert_eq!(table.position(|part| *part == "c"), Some(b));
        assert_eq!(table.ids().collect::<Vec<_>>(), [a, b]);
        assert_ne!(a, b);
        assert_eq!(size_of::<Id<String>>(), 2);
    }
}
