//! Traps: every wrong option names the misconception that makes it tempting, and no right option
//! does, in questions, predictions and bets alike.

use super::loader::{Loader, Located, SourceSpan};

/// Checks the trap of an option whose table starts at `place`.
pub fn check(
    right: bool,
    trap: Option<&Located<String>>,
    place: SourceSpan,
    loader: &mut Loader<'_>,
) {
    match trap {
        Some(trap) if right => {
            loader
                .error(trap.place, "the right option cannot have a `trap`")
                .help("take it out, or make another option the right one");
        }
        None if !right => {
            loader
                .error(place, "this wrong option has no `trap`")
                .help("name the misconception that makes it tempting (misconceptions.toml)");
        }
        Some(_) | None => {}
    }
}
