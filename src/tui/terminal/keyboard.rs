//! Reads the terminal without ever blocking on the rest of a sequence: a question's clock keeps running and a
//! resize is drawn, whatever bytes came before.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGWINCH};

use super::decode::Decoder;
use super::dimensions;
use crate::tui::input::{Input, Key};

/// Pause after a failed read: the watcher reports a terminal that is gone, and until then nothing spins.
const GONE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The terminal's input.
pub struct Keyboard {
    resized: UnixStream,
    /// The watcher's pipe for a signal that ends the program, and the signal received.
    ending: UnixStream,
    ended: Option<i32>,
    decoder: Decoder,
    keys: VecDeque<Key>,
    /// Time since the last byte.
    quiet: Duration,
}

impl Keyboard {
    /// Opens the terminal's input; `ending` is the watcher's socket.
    pub fn new(ending: UnixStream) -> io::Result<Self> {
        let resized = super::watch::listen(SIGWINCH)?;
        resized.set_nonblocking(true)?;
        let (decoder, keys) = (Decoder::default(), VecDeque::new());
        Ok(Self { resized, ending, ended: None, decoder, keys, quiet: Duration::ZERO })
    }

    /// The signal that is to end the program.
    pub fn ended(&self) -> Option<i32> {
        self.ended
    }

    /// The next event before the deadline; without a deadline it waits.
    pub fn next(&mut self, deadline: Option<Duration>) -> io::Result<Option<Input>> {
        let mut left = deadline;
        loop {
            if self.ended.is_some() {
                return Ok(None);
            }
            if let Some(key) = self.keys.pop_front() {
                return Ok(Some(Input::Key(key)));
            }
            let settles = self.decoder.patience().map(|most| most.saturating_sub(self.quiet));
            let wait = left.into_iter().chain(settles).min();
            let terminal = io::stdin();
            let mut fds = [
                PollFd::new(&terminal, PollFlags::IN),
                PollFd::new(&self.resized, PollFlags::IN),
                PollFd::new(&self.ending, PollFlags::IN),
            ];
            match poll(&mut fds, wait.and_then(|wait| Timespec::try_from(wait).ok()).as_ref()) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let [typed, resized, ending] = fds.map(|fd| !fd.revents().is_empty());
            if ending {
                let mut signal = [0];
                let count = self.ending.read(&mut signal)?;
                // Without a watcher, nobody would restore the terminal later.
                self.ended = Some(if count == 0 { SIGHUP } else { i32::from(signal[0]) });
                continue;
            }
            if resized {
                // The pipe does not block: a storm of resizes is one event.
                while matches!(self.resized.read(&mut [0; 64]), Ok(64)) {}
                let (columns, rows) = dimensions()?;
                return Ok(Some(Input::Resize(columns, rows)));
            }
            if typed {
                self.quiet = Duration::ZERO;
                self.read(&terminal)?;
                continue;
            }
            let waited = wait.unwrap_or_default();
            self.quiet += waited;
            if settles == Some(waited) {
                self.keys.extend(self.decoder.settle());
            }
            left = left.map(|left| left.saturating_sub(waited));
            if left == Some(Duration::ZERO) && self.keys.is_empty() {
                return Ok(None);
            }
        }
    }

    fn read(&mut self, terminal: &io::Stdin) -> io::Result<()> {
        let mut bytes = [0; 4096];
        match rustix::io::read(terminal, &mut bytes) {
            Err(Errno::INTR | Errno::AGAIN) => {}
            Ok(0) | Err(Errno::IO) => {
                let _ = poll(&mut [], Some(&GONE));
            }
            Ok(count) => {
                self.decoder.feed(bytes.get(..count).unwrap_or_default(), &mut self.keys);
            }
            Err(errno) => return Err(errno.into()),
        }
        Ok(())
    }
}
