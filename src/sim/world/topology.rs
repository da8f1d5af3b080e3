//! Parts and wires of a design: they never change during a run, and are all that a picture of the design
//! needs.

pub use crate::design::PartKind;
use crate::design::PartPath;

/// Number of a part of the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub u32);

/// A part of the design, as the picture shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub path: PartPath,
    pub title: String,
    pub account: String,
    pub required: bool,
    /// Hash of its path. It keys the part's chance, so other parts of the design do not affect it.
    pub key: u32,
}

impl Part {
    /// Whether this is the part that a path names.
    #[must_use]
    pub fn is(&self, path: &PartPath) -> bool {
        self.path == *path
    }

    /// Kind of the part.
    #[must_use]
    pub fn kind(&self) -> PartKind {
        self.path.kind
    }

    /// Name of the part in the table of its kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.path.id
    }
}

/// Kind of connection between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireKind {
    /// A part hands a message on.
    Send,
    /// A consumer polls a queue.
    Poll,
    /// A part sends messages that it gives up to a DLQ.
    DeadLetter,
    /// A part calls another and waits for its answer.
    Call,
    /// An alarm watches a part.
    Watch,
}

/// A connection between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    pub from: PartId,
    pub to: PartId,
    pub kind: WireKind,
    pub key: u32,
}

/// All parts and wires.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    pub parts: Vec<Part>,
    pub wires: Vec<Wire>,
}

impl Topology {
    /// Part with a number; `None` if the number is out of range.
    #[must_use]
    pub fn part(&self, id: PartId) -> Option<&Part> {
        self.parts.get(id.0 as usize)
    }

    /// Number of the part at a written path; `None` if the picture has no such part.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<PartId> {
        path.parse().ok().and_then(|path| self.number(&path))
    }

    /// Number of the part at a path.
    #[must_use]
    pub fn number(&self, path: &PartPath) -> Option<PartId> {
        let found = self.parts.iter().position(|part| part.is(path));
        found.map(|index| PartId(index as u32))
    }

    /// Number of the wire from one part to another.
    #[must_use]
    pub fn wire(&self, from: PartId, to: PartId) -> Option<u32> {
        let found = self.wires.iter().position(|wire| wire.from == from && wire.to == to);
        found.map(|index| index as u32)
    }

    /// Adds a part and returns its number.
    pub(super) fn add(&mut self, part: Part) -> PartId {
        self.parts.push(part);
        PartId(self.parts.len() as u32 - 1)
    }

    /// Adds a wire and returns its number.
    pub(super) fn connect(&mut self, from: PartId, to: PartId, kind: WireKind) -> u32 {
        let path = |id| self.part(id).map_or_else(String::new, |part| part.path.to_string());
        let key = key(&format!("{}>{}", path(from), path(to)));
        self.wires.push(Wire { from, to, kind, key });
        self.wires.len() as u32 - 1
    }
}

/// A stable number for a path (32-bit FNV-1a).
pub(super) fn key(path: &str) -> u32 {
    path.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str) -> Part {
        Part {
            path: path.parse().unwrap(),
            title: String::new(),
            account: String::new(),
            required: false,
            key: key(path),
        }
    }

    #[test]
    fn a_wire_has_a_direction_and_a_key_of_both_its_ends() {
        let mut topology = Topology::default();
        let [one, two] = ["queues.one", "queues.two"].map(|path| topology.add(part(path)));
        let wire = topology.connect(one, two, WireKind::DeadLetter);
        assert_eq!(topology.wires[wire as usize].key, key("queues.one>queues.two"));
        assert_eq!((topology.wire(one, two), topology.wire(two, one)), (Some(0), None));
    }

    #[test]
    fn a_part_is_found_by_its_path_and_nothing_else() {
        let mut topology = Topology::default();
        topology.add(part("queues.one"));
        let two = topology.add(part("topics.one"));
        assert_eq!(topology.find("topics.one"), Some(two));
        assert_eq!(topology.part(two).map(Part::kind), Some(PartKind::Topic));
        assert_eq!(["one", "topics.two", "nothing.one"].map(|path| topology.find(path)), [None; 3]);
        assert_eq!(topology.part(PartId(2)), None);
    }

    /// Published values of FNV-1a: all chance hangs on them.
    #[test]
    fn a_key_is_the_published_hash_of_its_path() {
        assert_eq!(["", "a", "foobar"].map(key), [0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968]);
    }
}
