//! Places that keep bodies, and how many sensitive fields they expose.

use super::topology::PartId;

/// Number of bodies in a part that show a sensitive field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    pub part: PartId,
    pub place: Place,
    pub count: u64,
}

/// A kind of place that keeps bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Stores,
    Queues,
    /// Queues that receive messages that other parts have given up.
    Dlqs,
    /// Histories of Standard executions whose input has the field; AWS keeps them for 90 days after they end
    /// (SFN-07).
    Histories,
    Logs,
    /// Archives of buses, which keep whole events (EB-57).
    Archives,
}

impl Place {
    pub const ALL: [Self; 6] =
        [Self::Stores, Self::Queues, Self::Dlqs, Self::Histories, Self::Logs, Self::Archives];

    /// Returns the kind of place of a queue.
    pub(crate) fn of_queue(is_dlq: bool) -> Self {
        if is_dlq { Self::Dlqs } else { Self::Queues }
    }

    /// Name of its measure, as in `sensitive.dlqs`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stores => "stores",
            Self::Queues => "queues",
            Self::Dlqs => "dlqs",
            Self::Histories => "histories",
            Self::Logs => "logs",
            Self::Archives => "archives",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_a_measure_of_its_own_and_a_dead_letter_queue_is_one() {
        let mut words = Place::ALL.map(Place::word).to_vec();
        words.dedup();
        assert_eq!(words.len(), Place::ALL.len());
        assert_eq!([true, false].map(Place::of_queue), [Place::Dlqs, Place::Queues]);
    }
}
