//! The watcher: a thread that sleeps until a signal comes or the terminal is gone.
//!
//! SIGHUP and every other signal that ends a process and can be caught end the app as leaving it does:
//! the clock of a question is stored, and the terminal given back. An app that does not come to that
//! (it waits for a terminal that takes nothing more) is ended from here. SIGTSTP gives the terminal back and stops the
//! process; when the shell continues it, the terminal is taken again and a resize is reported, so
//! that everything is drawn anew. A terminal that dies without a signal would keep the terminal
//! library's read spinning for ever: here it ends the process.

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

/// What ends a process by default and may be sent by anybody. Faults of the program itself (a bad
/// address, an abort) are not among them, and a closed pipe is an error of the write.
const ENDING: [i32; 11] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU,
    SIGSYS,
];

/// What a shell reports of a process that a signal ended.
pub(super) const ENDED_BY_SIGNAL: i32 = 128;
/// Between two looks whether a frame is written.
const WHILE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
/// So many of them the app has to end by itself.
const LEAVES: usize = 100;

/// Starts the watcher. What it answers has a byte, the signal's number, when the app is to end.
pub fn start() -> io::Result<UnixStream> {
    let ending = ENDING.iter().map(|signal| Ok((*signal, listen(*signal)?)));
    let ending: Vec<(i32, UnixStream)> = ending.collect::<io::Result<_>>()?;
    let stop = listen(SIGTSTP)?;
    // A file that may not grow is a full disk: the write fails, and what it was to keep waits.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let (app, told) = UnixStream::pair()?;
    std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || watch(&ending, stop, told))?;
    Ok(app)
}

/// A socket that has a byte for every such signal.
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
            // Asks for nothing: hang-up and error are always reported.
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

/// Lets the app end; if it does not, gives the terminal back and ends the process.
fn end(signal: i32, app: &mut UnixStream) -> ! {
    if app.write_all(&[signal as u8]).is_ok() {
        for _ in 0..LEAVES {
            let _ = poll(&mut [], Some(&WHILE));
        }
    }
    // A frame that is being written is waited for, but not one that a dead terminal holds up.
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
        // To this thread: sent to the process, it may stop another thread first while this one
        // takes the terminal again.
        let _ = raise(SIGSTOP);
        // Here the shell has continued us.
        if take().is_err() {
            return;
        }
    }
    let _ = kill_process(getpid(), Signal::WINCH);
}
