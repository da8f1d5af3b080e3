//! Typed ids of parts. An id indexes the table of its own kind and no other, so a queue's id never
//! reaches a function. An id out of range is a bug, and indexing panics on it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use crate::design;

/// A part's index in the table of its kind.
pub(crate) struct Id<T> {
    number: u16,
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Creates the id of the part at `index`.
    pub fn new(index: usize) -> Self {
        Self { number: index as u16, kind: PhantomData }
    }

    /// Number that keys its chance.
    pub fn number(self) -> u16 {
        self.number
    }

    pub fn index(self) -> usize {
        usize::from(self.number)
    }
}

// Derives would add bounds on `T`.
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

/// Links a running part to its entry in the design. Ids carry the design's type, so a part's file can name
/// the ids of another kind without depending on that kind's file.
pub(crate) trait Numbered {
    type Design;
}

/// Id of a running part.
pub(crate) type IdOf<T> = Id<<T as Numbered>::Design>;

pub(crate) type ServiceId = Id<design::Service>;
pub(crate) type StoreId = Id<design::Store>;
pub(crate) type BusId = Id<design::Bus>;
pub(crate) type RuleId = Id<design::Rule>;
pub(crate) type QueueId = Id<design::Queue>;
pub(crate) type FunctionId = Id<design::Function>;
pub(crate) type WorkerId = Id<design::Worker>;
pub(crate) type TopicId = Id<design::Topic>;
pub(crate) type SubscriptionId = Id<design::Subscription>;
pub(crate) type WorkflowId = Id<design::Workflow>;
pub(crate) type AlarmId = Id<design::Alarm>;

/// All parts of a kind, sorted by name.
#[derive(Debug, Clone)]
pub(crate) struct Table<T>(Vec<T>);

impl<T> Table<T> {
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T: Numbered> Table<T> {
    /// Iterates over the ids of the parts.
    pub fn ids(&self) -> impl Iterator<Item = IdOf<T>> + use<T> {
        (0..self.0.len()).map(Id::new)
    }

    /// Iterates over the parts with their ids.
    pub fn numbered(&self) -> impl Iterator<Item = (IdOf<T>, &T)> {
        self.0.iter().enumerate().map(|(index, part)| (Id::new(index), part))
    }

    /// Returns the id of the first part that satisfies `holds`.
    pub fn position(&self, holds: impl FnMut(&T) -> bool) -> Option<IdOf<T>> {
        self.0.iter().position(holds).map(Id::new)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
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

impl<T: Numbered> Index<IdOf<T>> for Table<T> {
    type Output = T;

    fn index(&self, id: IdOf<T>) -> &T {
        &self.0[id.index()]
    }
}

impl<T: Numbered> IndexMut<IdOf<T>> for Table<T> {
    fn index_mut(&mut self, id: IdOf<T>) -> &mut T {
        &mut self.0[id.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Numbered for &str {
        type Design = design::Queue;
    }

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
