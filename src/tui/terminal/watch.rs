//! The watcher: a thread that sleeps until a signal comes or the terminal is gone.
//!
//! SIGHUP and every other signal that ends a process and can be caught give the terminal back first;
//! nothing is lost, because every record was durable before its frame was drawn. SIGTSTP gives the terminal back and stops the
//! process; when the shell continues it, the terminal is taken again and a resize is reported, so
//! that everything is drawn anew. A terminal that dies without a signal would keep the terminal
//! library's read spinning for ever: here it ends the process.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGSTOP, SIGSYS, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::low_level::{pipe, raise};

use super::{DRAWING, drawing, give_back, take};

/// What ends a process by default and may be sent by anybody. Faults of the program itself (a bad
/// address, an abort) are not among them, and a closed pipe is an error of the write.
const ENDING: [i32; 12] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU,
    SIGXFSZ, SIGSYS,
];

/// What a shell reports of a process that a signal ended.
const ENDED_BY_SIGNAL: i32 = 128;
/// Between two looks whether a frame is written.
const WHILE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// Starts the watcher.
pub fn start() -> io::Result<()> {
    let ending = ENDING.iter().map(|signal| Ok((*signal, listen(*signal)?)));
    let ending: Vec<(i32, UnixStream)> = ending.collect::<io::Result<_>>()?;
    let stop = listen(SIGTSTP)?;
    std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || watch(&ending, stop))?;
    Ok(())
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

fn watch(ending: &[(i32, UnixStream)], mut stop: UnixStream) {
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
            end(*signal);
        }
        if fds.first().is_some_and(|fd| fd.revents().intersects(gone)) {
            end(SIGHUP);
        }
        if came(1) {
            let _ = stop.read(&mut [0; 64]);
            stop_here();
        }
    }
}

/// Gives the terminal back and ends the process.
fn end(signal: i32) -> ! {
    // A frame that is being written is waited for, but not one that a dead terminal holds up.
    let mut drawing = None;
    for _ in 0..20 {
        drawing = DRAWING.try_lock().ok();
        if drawing.is_some() {
            break;
        }
        let _ = poll(&mut [], Some(&WHILE));
    }
    give_back();
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
