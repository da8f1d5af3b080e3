//! Footers name keys that do something: every key on every footer is pressed, from the same state each
//! time, and something must be otherwise after it.

use std::collections::BTreeMap;

use crate::support::{open_with, play, text, town, trials};
use ratatui::buffer::Buffer;
use redrive::content::Library;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::{Runtime, Then};
use tempfile::TempDir;

/// A screen in a state: what is opened, and what is pressed then.
struct State(Open, String);

fn home(keys: &str) -> State {
    State(Open::Home, keys.to_owned())
}

fn lab(id: &str, keys: &str) -> State {
    State(Open::Live(Subject::Lab(id.to_owned())), keys.to_owned())
}

fn read(lesson: &str, keys: &str) -> State {
    State(Open::Read(Some(lesson.to_owned())), keys.to_owned())
}

/// States of every screen, with something to do and with nothing.
fn states() -> Vec<State> {
    let mut states = Vec::new();
    let at_home = [
        "", "?", "?G", "r", "rG", "rg", "<enter>", "<enter>G", "o", "oG", "/", "t", "ta", "td",
        "tp", "b",
    ];
    states.extend(at_home.map(home));
    states.push(home(&format!("b{}", "j".repeat(40))));
    // A question with a picture that runs, its explanation, and the summary of a whole set.
    states.extend(["ta<enter>", "ta<enter>G", "ta<enter>l", "ta<enter>s"].map(home));
    states.push(home(&format!("t{}", "a<enter><enter>b<enter><enter>".repeat(10))));
    // Pages with and without a prediction, with and without a picture.
    for pages in [0, 1, 2, 4, 7] {
        states.push(read("2", &"<space>".repeat(pages)));
    }
    states.extend(["/", "/stamp", "/stamp<enter>", "1"].map(|keys| read("2", keys)));
    states.push(read("3", "G"));
    // A run: at work, standing, at its beginning, broken, turned.
    let views = [
        "",
        " ",
        "f",
        "fjj",
        "t",
        "t<right>",
        "tjj<right>",
        "c",
        "o",
        "s",
        "o3<enter>",
        "o3<enter>kk",
        "te",
        "<tab>",
        "<tab><enter>",
        "<enter><tab><tab>",
        "<enter><tab><tab>jjj",
    ];
    for view in views {
        states.push(State(Open::Live(Subject::First), format!("<wait 3s>{view}")));
    }
    for keys in
        [" ", "1<wait 9s> ", "[[[[[[ ", "]]]]]]]]]]]]]]]] ", "c<enter>", "<wait 2s>c<enter> "]
    {
        states.push(State(Open::Live(Subject::First), keys.to_owned()));
    }
    let design =
        |id: &str, keys: &str| State(Open::Live(Subject::Design(id.to_owned())), keys.to_owned());
    states.push(design("clerk-does-all", "2<wait 1s>"));
    states.push(design("clerk-does-all", "<wait 2s>f"));
    // A lab before, while and after its run; an incident as it was found, and changed.
    let bets = ["", "1", "3", "1<enter>", "1<enter>1<enter>", "1<enter>1<enter><wait 1s> "];
    states.extend(bets.map(|keys| lab("one-tray-for-two", keys)));
    let over = "1<enter>1<enter>]]]]]]]]]<wait 3s>";
    states.extend(
        ["", "jjj", "<esc>", "<esc>g"]
            .map(|keys| lab("one-tray-for-two", &format!("{over}{keys}"))),
    );
    let repairs =
        ["", "<wait 2s> ", "t", "<wait 1s>t<right>", "t<right><enter>", "t<right><enter>u", "S"];
    states.extend(repairs.map(|keys| lab("branch-hears-nothing", keys)));
    states
}

/// Keys of a footer and what each is said to do.
fn footer(runtime: &Runtime) -> Vec<(String, String)> {
    let frame = text(runtime);
    let line = frame.lines().rfind(|line| !line.trim().is_empty()).unwrap().to_owned();
    let items = line.split("   ").map(str::trim).filter(|item| !item.is_empty());
    let item = |item: &str| {
        let arrows = ["j ↓", "k ↑"].into_iter().find(|keys| item.starts_with(keys));
        let key = arrows.unwrap_or_else(|| item.split(' ').next().unwrap());
        (key.to_owned(), item[key.len()..].trim().to_owned())
    };
    items.map(item).collect()
}

/// What to press for a key as it is shown.
fn pressed(shown: &str) -> Vec<String> {
    let named = |key: &str| match key {
        "enter" | "esc" | "space" | "tab" | "pgdn" | "pgup" => format!("<{key}>"),
        "→" => "<right>".to_owned(),
        "←" => "<left>".to_owned(),
        "↓" => "<down>".to_owned(),
        "↑" => "<up>".to_owned(),
        "shift-tab" => "<s-tab>".to_owned(),
        key => key.to_owned(),
    };
    match shown.split_once('-') {
        Some((first, last)) if first.len() == 1 && last.len() == 1 => {
            let (first, last) = (first.chars().next().unwrap(), last.chars().next().unwrap());
            (first..=last).map(|key| key.to_string()).collect()
        }
        _ => shown.split(' ').map(named).collect(),
    }
}

/// The stage in a state, with nothing said in the footer.
fn at(library: &Library, case: &State, size: (u16, u16)) -> (TempDir, Runtime) {
    let directory = TempDir::new().unwrap();
    let mut runtime = open_with(library.clone(), directory.path(), &case.0, size);
    play(&mut runtime, &format!("{}<c-x>", case.1));
    (directory, runtime)
}

/// Whether the footer asks before it lets one leave, or says what a step has come to: that may be some
/// milliseconds on, with nothing else to be seen.
fn says(runtime: &Runtime) -> bool {
    let frame = text(runtime);
    let line = frame.lines().rfind(|line| !line.trim().is_empty()).unwrap().trim();
    let at = |place: usize| line.as_bytes().get(place).copied();
    line.contains("again leaves") || (at(2), at(5), at(8)) == (Some(b':'), Some(b':'), Some(b' '))
}

/// Whether the key makes a difference that is to be seen, apart from a sentence in the footer; or leads
/// out, or asks before it does.
fn changes(mut runtime: Runtime, before: &Buffer, key: &str) -> bool {
    let size = runtime.app().size();
    // Where time stands, what is looked for ahead may take some.
    let waits = if text(&runtime).contains("paused") { "<wait 400ms>" } else { "" };
    if play(&mut runtime, key) == Then::Quit {
        return true;
    }
    if says(&runtime) {
        return true;
    }
    play(&mut runtime, &format!("{waits}<c-x>"));
    runtime.frame(size) != *before
}

/// The footer of a stage in reading order; each of it is whole, and where keys are left out it says
/// which shows all.
#[track_caller]
fn whole_footer(runtime: &Runtime) -> Vec<(String, String)> {
    let footer = footer(runtime);
    let all = &runtime.app().page().keys;
    for (key, does) in &footer {
        let known = all.iter().any(|(other, label)| other == key && label == does);
        assert!(known, "{key:?} {does:?} is cut, or no key:\n{}", text(runtime));
    }
    let has_more = footer.iter().any(|(key, _)| key == "?");
    let is_help = text(runtime).trim_start().starts_with("Keys");
    assert!(footer.len() == all.len() || has_more || is_help, "{}", text(runtime));
    footer
}

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 36), (40, 12), (200, 60)];

#[test]
fn every_key_that_a_footer_names_does_something() {
    let library = town();
    let states = states();
    // Few of them, spread; or all, and at every size.
    let tried = trials(6) as usize;
    let step = (states.len() * SIZES.len() / tried).max(1);
    for place in (0..states.len() * SIZES.len()).step_by(step).take(tried) {
        let case = &states[place % states.len()];
        let size = SIZES[(place + place / states.len()) % SIZES.len()];
        let here = format!("{:?} {:?} at {size:?}", case.0, case.1);
        let (_directory, runtime) = at(&library, case, size);
        if runtime.app().is_typing() {
            continue;
        }
        let before = runtime.frame(size);
        for (key, does) in whole_footer(&runtime) {
            let keys = pressed(&key);
            let working = keys.iter().filter(|key| {
                let (_directory, runtime) = at(&library, case, size);
                changes(runtime, &before, key)
            });
            // Of options to choose from one may be chosen already.
            let enough = if keys.len() > 2 { keys.len() - 1 } else { keys.len() };
            let working = working.count();
            assert!(working >= enough, "{here}: {key} {does} does nothing:\n{}", text(&runtime));
        }
    }
}

/// A way takes those keys first that were taken least.
#[test]
fn on_any_way_through_the_program_the_keys_of_the_footer_do_something() {
    let library = town();
    let ways = [
        Open::Home,
        Open::Live(Subject::Lab("one-tray-for-two".to_owned())),
        Open::Live(Subject::First),
        Open::Live(Subject::Lab("branch-hears-nothing".to_owned())),
    ];
    let mut pressed_before: BTreeMap<String, u32> = BTreeMap::new();
    let mut chance = 7_u64;
    let mut any = |count: usize| {
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) as usize % count
    };
    for way in 0..trials(4) as usize {
        let directory = TempDir::new().unwrap();
        let size = SIZES[way % SIZES.len()];
        let open = &ways[(way + way / ways.len()) % ways.len()];
        let mut runtime = open_with(library.clone(), directory.path(), open, size);
        let mut taken = String::new();
        for _ in 0..40 {
            play(&mut runtime, "<wait 150ms><c-x>");
            if runtime.app().is_typing() {
                let typed = ["3<enter>", "<esc>", "no<enter>"][any(3)];
                play(&mut runtime, typed);
                taken.push_str(typed);
                continue;
            }
            let mut keys = Vec::new();
            for (shown, does) in whole_footer(&runtime) {
                let all = pressed(&shown);
                // One of those to choose from, or either name of a key.
                let key = all[any(all.len())].clone();
                let times = pressed_before.entry(format!("{:?} {does}", runtime.app().context()));
                keys.push((*times.or_insert(0), any(1_000), key, does, all.len()));
            }
            keys.retain(|(_, _, key, does, _)| !(key == "q" && does == "leave"));
            keys.sort();
            let (_, _, key, does, of) = keys.swap_remove(0);
            *pressed_before.get_mut(&format!("{:?} {does}", runtime.app().context())).unwrap() += 1;
            let (before, frame) = (runtime.frame(size), text(&runtime));
            taken.push_str(&key);
            play(&mut runtime, &key);
            let said = says(&runtime);
            play(
                &mut runtime,
                if frame.contains("paused") { "<wait 400ms><c-x>" } else { "<c-x>" },
            );
            // An option may be chosen already.
            let is_choice = of > 2 || does == "choose";
            assert!(
                said || is_choice || runtime.frame(size) != before,
                "{open:?} {taken:?}: {key} {does} does nothing:\n{frame}"
            );
        }
    }
    assert!(pressed_before.len() > 40, "{}", pressed_before.len());
}
