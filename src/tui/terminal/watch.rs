//! The watcher: a thread that sleeps until a signal comes or the terminal is gone.
//!
//! Every catchable signal that ends a process, SIGHUP included, ends the app as leaving does: it stores a
//! question's clock and restores the terminal. If the app does not get there (it waits for a terminal that
//! takes no more output), the watcher ends the process. SIGTSTP restores the terminal and stops the process;
//! when the shell continues it, the watcher takes the terminal again and reports a resize, so that everything
//! is redrawn. A terminal that dies without a signal would keep the terminal library's read spinning for
//! ever: the watcher ends the process instead.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGSTOP, SIGSYS, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::flag;
use signal_hook::low_level::{pipe, raise};

use super::{DRAWING, drawing, give_back, give_back_mode, take, takes_output};

/// Signals that end a process by default and that anybody may send. The program's own faults (a bad address,
/// an abort) are not among them, and a closed pipe is a write error.
const ENDING: [i32; 11] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU,
    SIGSYS,
];

/// Offset of the exit status that a shell reports for a signal.
pub(super) const ENDED_BY_SIGNAL: i32 = 128;
/// Interval between two checks whether a frame is written.
const WHILE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
/// Number of those intervals the app has to end by itself.
const LEAVES: usize = 100;

/// Starts the watcher. The returned socket receives a byte, the signal's number, when the app must end.
pub fn start() -> io::Result<UnixStream> {
    let ending = ENDING.iter().map(|signal| Ok((*signal, listen(*signal)?)));
    let ending: Vec<(i32, UnixStream)> = ending.collect::<io::Result<_>>()?;
    let stop = listen(SIGTSTP)?;
    // A file over its size limit is like a full disk: the write fails, and the record waits.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let (app, told) = UnixStream::pair()?;
    std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || watch(&ending, stop, told))?;
    Ok(app)
}

/// A socket that receives a byte for every such signal.
pub(super) fn listen(signal: i32) -> io::Result<UnixStream> {
    let (read, write) = UnixStream::pair()?;
    pipe::register(signal, write)?;
    Ok(read)
}

/// Stops the process as Ctrl-Z does in the shell.
pub fn suspend() {
    let _ = kill_process(getpid(), Signal::TSTP);
}

fn watch(ending: &[(i32, UnixStream)], mut stop: UnixStream, mut app: UnixStream) {
    let terminal = io::stdin();
    loop {
        let mut fds = vec![
            // No events requested: hang-up and error are always reported.
            PollFd::new(&terminal, PollFlags::empty()),
            PollFd::new(&stop, PollFlags::IN),
        ];
        fds.extend(ending.iter().map(|(_, came)| PollFd::new(came, PollFlags::IN)));
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        let came = |index: usize| fds.get(index).is_some_and(|fd| !fd.revents().is_empty());
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        let ended = ending.iter().zip(2..).find(|(_, index)| came(*index));
        if let Some(((signal, _), _)) = ended {
            end(*signal, &mut app);
        }
        if fds.first().is_some_and(|fd| fd.revents().intersects(gone)) {
            end(SIGHUP, &mut app);
        }
        if came(1) {
            let _ = stop.read(&mut [0; 64]);
            stop_here();
        }
    }
}

/// Lets the app end; if it does not, restores the terminal and ends the process.
fn end(signal: i32, app: &mut UnixStream) -> ! {
    if app.write_all(&[signal as u8]).is_ok() {
        for _ in 0..LEAVES {
            let _ = poll(&mut [], Some(&WHILE));
        }
    }
    // Wait for a frame being written, but not for one that a dead terminal holds up.
    let mut drawing = None;
    for _ in 0..20 {
        drawing = DRAWING.try_lock().ok();
        if drawing.is_some() {
            break;
        }
        let _ = poll(&mut [], Some(&WHILE));
    }
    if takes_output() {
        give_back();
    } else {
        give_back_mode();
    }
    let _still = drawing;
    std::process::exit(ENDED_BY_SIGNAL + signal)
}

/// Stops the process until the shell continues it.
fn stop_here() {
    {
        let _drawing = drawing();
        give_back();
        // Sent to this thread: sent to the process, it might stop another thread first while this one takes
        // the terminal again.
        let _ = raise(SIGSTOP);
        // The shell has continued the process.
        if take().is_err() {
            return;
        }
    }
    let _ = kill_process(getpid(), Signal::WINCH);
}
