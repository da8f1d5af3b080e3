//! The real terminal: taken, restored whatever happens, and watched.
//!
//! One thread runs the app and blocks on input until the next deadline. A second, the watcher, blocks until a
//! signal arrives or the terminal hangs up; it only restores the terminal, stops the process or ends it.

mod decode;
mod keyboard;
mod watch;

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{execute, queue, style};
use ratatui::layout::Rect;
use ratatui::prelude::CrosstermBackend;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGHUP;

use self::keyboard::Keyboard;
use super::input::Input;
use super::runtime::{Runtime, Then};
use super::script::{COLUMNS_MAX, ROWS_MAX};

/// Buffer size that holds a frame in one write: many small writes flicker over a slow line.
const OUTPUT_BUFFER: usize = 64 * 1024;

/// The size assumed for a serial line or a bare pseudo-terminal, which report none.
const UNKNOWN_SIZE: (u16, u16) = (80, 24);

/// Time after which a terminal busy with a frame counts as one that takes no more output.
const BUSY: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// Whether the program has the terminal. Whoever restores it clears this first, so that it is restored once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Held while a frame is written, and by the watcher from restoring the terminal until it has it again:
/// nothing is drawn, and no cursor hidden, on a terminal that is not ours.
static DRAWING: Mutex<()> = Mutex::new(());

fn drawing() -> MutexGuard<'static, ()> {
    DRAWING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether standard input and output are a terminal.
#[must_use]
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Columns and rows of the terminal: the usual size if it reports none, and at most what can be drawn.
pub fn dimensions() -> io::Result<(u16, u16)> {
    Ok(match size()? {
        (0, _) | (_, 0) => UNKNOWN_SIZE,
        (columns, rows) => (columns.min(COLUMNS_MAX), rows.min(ROWS_MAX)),
    })
}

/// Takes the terminal: raw mode, the alternate screen, no cursor.
fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)
}

/// Restores the terminal. Calling it again does no harm.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

/// Restores its mode without writing to it.
fn give_back_mode() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}

/// Restores the terminal when the program ends in any way that runs destructors.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal still takes output: nobody reads one whose window hangs.
fn takes_output() -> bool {
    let out = io::stdout();
    let mut fds = [PollFd::new(&out, PollFlags::OUT)];
    poll(&mut fds, Some(&BUSY)).is_ok_and(|ready| ready > 0)
}

/// Restores the terminal before a panic is printed, so that it can be read.
fn give_back_on_panic() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        told(info);
    }));
}

/// Runs the app until it is left, and returns the exit status.
pub fn run(runtime: &mut Runtime) -> io::Result<u8> {
    give_back_on_panic();
    // The theme handles NO_COLOR: crossterm would drop reverse and bold as well.
    style::force_color_output(true);
    let _guard = Guard;
    let ending = watch::start()?;
    take()?;
    let mut keyboard = Keyboard::new(ending)?;
    let output = BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout());
    let (columns, rows) = dimensions()?;
    // Fixed, so that only reported resizes count: a viewport that looked for itself would be blank while the
    // terminal does not know its size.
    let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
    let terminal =
        Terminal::with_options(CrosstermBackend::new(output), TerminalOptions { viewport })?;
    // Dropping it would show the cursor, which the guard does, and panic if the terminal is gone.
    let mut terminal = ManuallyDrop::new(terminal);
    runtime.input(Input::Resize(columns, rows));
    let turned = turn(runtime, &mut terminal, &mut keyboard);
    let ended = match turned {
        Ok(None) => return Ok(0),
        Ok(Some(signal)) => Ok(signal),
        // A terminal that is gone fails the first write.
        Err(cause) if cause.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(SIGHUP),
        Err(cause) => Err(cause),
    };
    runtime.leave();
    ended.map(|signal| (watch::ENDED_BY_SIGNAL + signal) as u8)
}

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Draws, waits for an event, takes all that have come, and draws again, until the app is left or a signal
/// ends it.
fn turn(
    runtime: &mut Runtime,
    terminal: &mut Screen,
    keyboard: &mut Keyboard,
) -> io::Result<Option<i32>> {
    loop {
        {
            let _drawing = drawing();
            terminal.draw(|frame| {
                let area = frame.area();
                if let Some(cursor) = runtime.app().draw(area, frame.buffer_mut()) {
                    frame.set_cursor_position(cursor);
                }
            })?;
        }
        let then = match keyboard.next(runtime.deadline())? {
            None if keyboard.ended().is_some() => return Ok(keyboard.ended()),
            None => runtime.tick(),
            Some(first) => take_input(runtime, terminal, keyboard, first)?,
        };
        let then = if then == Then::GoOn { runtime.work() } else { then };
        match then {
            Then::GoOn => {}
            Then::Suspend => watch::suspend(),
            Then::Quit => return Ok(None),
        }
    }
}

/// Maximum number of events taken before a frame: endless input must not hide it for ever.
const TAKEN_MAX: usize = 4096;

/// Takes all events so far, so that a held key is drawn once.
fn take_input(
    runtime: &mut Runtime,
    terminal: &mut Screen,
    keyboard: &mut Keyboard,
    first: Input,
) -> io::Result<Then> {
    let mut next = Some(first);
    for _ in 0..TAKEN_MAX {
        let Some(input) = next else { break };
        if let Input::Resize(columns, rows) = input {
            // Also sent after the shell continued the process: the screen's content is unknown, so everything
            // is redrawn. (`clear` would ask the terminal for its cursor, and fail where nobody answers.)
            terminal.resize(Rect::new(0, 0, columns, rows))?;
        }
        let then = runtime.input(input);
        if then != Then::GoOn {
            return Ok(then);
        }
        next = keyboard.next(Some(Duration::ZERO))?;
    }
    // Already taken from the keyboard: it must not be lost.
    Ok(next.map_or(Then::GoOn, |input| runtime.input(input)))
}
