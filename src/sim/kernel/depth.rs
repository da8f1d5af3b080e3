//! Nesting limit for anything a person writes, shared by all recursive parsers.

/// Maximum nesting of brackets, filters or objects. JSON has the same limit, so every readable
/// document stays within it, and a stack of two megabytes is never exhausted.
pub const DEPTH_MAX: usize = 128;

/// Depth of a parser: it enters a level before it recurses and leaves it afterwards.
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
    /// Creates a counter with a limit of its own, where AWS allows less nesting.
    #[must_use]
    pub const fn up_to(most: usize) -> Self {
        Self { level: 0, most }
    }

    /// Enters a level, or returns the limit if it has been reached.
    pub fn enter(&mut self) -> Result<(), usize> {
        if self.level >= self.most {
            return Err(self.most);
        }
        self.level += 1;
        Ok(())
    }

    /// Leaves a level.
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
