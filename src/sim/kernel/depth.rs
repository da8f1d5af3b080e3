//! How deep anything nests that somebody writes: one limit for every parser that calls itself.

/// Levels of brackets, of filters in filters, of objects in objects. JSON is read no deeper, so a
/// document that can be read at all keeps to it, and a stack of two megabytes is never used up.
pub const DEPTH_MAX: usize = 128;

/// Where a parser is: it enters a level before it calls itself and leaves it afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    level: usize,
    most: usize,
}

impl Default for Depth {
    fn default() -> Self {
        Self::up_to(DEPTH_MAX)
    }
}

impl Depth {
    /// For what AWS lets nest less deep.
    #[must_use]
    pub const fn up_to(most: usize) -> Self {
        Self { level: 0, most }
    }

    /// One level down; where there is none, how many there are.
    pub fn enter(&mut self) -> Result<(), usize> {
        if self.level >= self.most {
            return Err(self.most);
        }
        self.level += 1;
        Ok(())
    }

    /// One level up.
    pub fn leave(&mut self) {
        self.level = self.level.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_goes_so_deep_and_no_deeper() {
        let mut depth = Depth::up_to(2);
        assert_eq!((depth.enter(), depth.enter(), depth.enter()), (Ok(()), Ok(()), Err(2)));
        depth.leave();
        assert_eq!(depth.enter(), Ok(()));
    }
}
