//! The one place that writes to standard output and standard error. Everything that goes there is
//! made visible on the way, so that no title, path, argument or excerpt gives the terminal an order.

use std::io::{self, IsTerminal, Write};

use super::Failure;
use crate::visible;

/// Prints text.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    write(&visible::shown(text))
}

/// Prints JSON, which stays JSON and means the same.
pub(super) fn json(text: &str) -> Result<(), Failure> {
    write(&visible::json(text))
}

/// Says a sentence on standard error; where that is closed there is nobody to tell.
pub(super) fn error(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", visible::shown(sentence));
}

/// Whether somebody looks at standard error.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes over the line that the terminal's cursor is in. A line that cannot be written is no reason
/// to stop the work that it speaks of.
pub(super) fn over(line: &str) {
    let mut error = io::stderr().lock();
    let line = visible::line(line);
    let _ = write!(error, "\r{line}").and_then(|()| error.flush());
}

/// A reader that has seen enough is no error, and ends the work.
fn write(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Err(Failure::enough()),
        Err(cause) => Err(Failure {
            sentence: format!("Nothing more can be written to standard output: {cause}."),
            status: 1,
        }),
        Ok(()) => Ok(()),
    }
}
