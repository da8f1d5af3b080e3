//! The only file that writes to standard output and standard error. It escapes everything on the
//! way, so no title, path, argument or excerpt can control the terminal.

use std::io::{self, IsTerminal, Write};

use super::Failure;
use crate::visible;

/// Prints text.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    write(&visible::shown(text))
}

/// Prints JSON, escaped so that it stays JSON with the same meaning.
pub(super) fn json(text: &str) -> Result<(), Failure> {
    write(&visible::json(text))
}

/// Prints a sentence on standard error. If that is closed, there is nobody to tell.
pub(super) fn error(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", visible::shown(sentence));
}

/// Whether standard error is a terminal.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Overwrites the cursor's line on the terminal. A failed write must not stop the work the line
/// reports on.
pub(super) fn over(line: &str) {
    let mut error = io::stderr().lock();
    let line = visible::line(line);
    let _ = write!(error, "\r{line}").and_then(|()| error.flush());
}

/// Writes to standard output. A reader that closes the pipe is no error, and ends the work.
fn write(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Err(Failure::enough()),
        Err(cause) => Err(Failure {
            sentence: format!("Standard output cannot be written: {cause}."),
            status: 1,
        }),
        Ok(()) => Ok(()),
    }
}
