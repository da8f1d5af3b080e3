//! The paths that patterns examine, as one tree of names: each name of an event is looked up once.

/// The root node: the event itself.
pub(super) const EVENT: u32 = 0;

/// A tree of names; the first node is the event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paths {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    children: Vec<(String, u32)>,
    is_path: bool,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Paths {
    /// The node of a path; adds it if necessary.
    pub(super) fn add(&mut self, path: &str) -> u32 {
        let mut node = EVENT;
        for name in path.split('.') {
            node = self.child(node, name).unwrap_or_else(|| {
                self.nodes.push(Node::default());
                let new = self.nodes.len() as u32 - 1;
                if let Some(parent) = self.nodes.get_mut(node as usize) {
                    parent.children.push((name.to_owned(), new));
                }
                new
            });
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.is_path = true;
        }
        node
    }

    fn child(&self, node: u32, name: &str) -> Option<u32> {
        let node = self.nodes.get(node as usize)?;
        node.children.iter().find(|(known, _)| known == name).map(|(_, child)| *child)
    }

    /// The node of a field; dots in its name join as in a pattern (EB-32).
    pub(super) fn descend(&self, node: u32, name: &str) -> Option<u32> {
        if !name.contains('.') {
            return self.child(node, name);
        }
        name.split('.').try_fold(node, |node, part| self.child(node, part))
    }

    /// Whether some pattern examines values at this node.
    pub(super) fn is_path(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.is_path)
    }
}
