//! The built binary without a terminal: verbs, refusals, exit statuses.

use std::fs;
use std::path::Path;
use std::process::Command;

use redrive::sim::aws::billing::{ASSUMES, Item};
use redrive::sim::design::{Experiment, FaultSpec};
use tempfile::TempDir;

/// The wall clock of scripted runs: it also decides which questions are drawn.
const NOW: &str = "2026-11-23T18:00:00+01:00";

/// What a command left behind.
struct Done {
    status: i32,
    out: String,
    err: String,
}

/// Runs the program on the made-up course with a history in `directory`.
fn redrive(directory: &Path, arguments: &[&str]) -> Done {
    let course = crate::support::course();
    let mut all = vec!["--data-dir", directory.to_str().unwrap()];
    all.extend(["--content", course.to_str().unwrap()]);
    all.extend(arguments);
    run(&all)
}

fn run(arguments: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
    let command = command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8").args(arguments);
    let output = command.output().unwrap();
    Done {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// One sentence, or a few lines, that are no debug output.
fn is_for_people(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('.') && !text.contains("Error {") && !text.contains("Os {")
}

#[test]
fn an_experiment_that_cannot_run_is_refused_before_the_screen() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("mine.toml");
    let text = "[experiment]\ndesign = \"under-glass\"\nrun = \"1m\"\n\
        faults = [{ at = \"5s\", kind = \"outage\", part = \"services.nobody\", for = \"5s\" }]\n";
    std::fs::write(&file, text).unwrap();
    let done =
        redrive(directory.path(), &["--keys", "q", "--print", "live", file.to_str().unwrap()]);
    let told = done.err;
    assert_eq!(done.status, 2, "{told}");
    assert!(told.contains("mine.toml:4:") && told.contains("services.nobody"), "{told}");
}

#[test]
fn without_a_terminal_it_says_one_sentence() {
    let directory = TempDir::new().unwrap();
    for arguments in [&[][..], &["read"][..], &["quiz"][..], &["live"][..]] {
        let done = redrive(directory.path(), arguments);
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{arguments:?}");
        assert!(done.err.starts_with("Redrive needs a terminal"), "{}", done.err);
        assert_eq!(done.err.lines().count(), 1);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn scripted_keys_print_the_last_frame_at_the_size_asked_for() {
    let directory = TempDir::new().unwrap();
    let done = redrive(directory.path(), &["--keys", "<enter>", "--print", "--size", "60x14"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(done.out.lines().count(), 14);
    assert!(done.out.lines().all(|line| line.chars().count() <= 60));
    assert!(done.out.contains("The tray"), "{}", done.out);
}

#[test]
fn a_scripted_run_is_the_same_every_time() {
    let frames: Vec<String> = (0..2)
        .map(|_| {
            let directory = TempDir::new().unwrap();
            let keys = "tb<wait 3s><enter><esc>";
            redrive(directory.path(), &["--keys", keys, "--print", "--now", NOW]).out
        })
        .collect();
    assert_eq!(frames[0], frames[1]);
    assert!(frames[0].contains("23 Nov 18:00"), "{}", frames[0]);
}

#[test]
fn the_screen_can_be_had_in_reading_order() {
    let directory = TempDir::new().unwrap();
    let done = redrive(directory.path(), &["--keys", "t", "--plain", "--now", NOW]);
    assert_eq!(done.status, 0);
    let question = done.out.find("What should the library do?").unwrap();
    assert!(done.out[question..].contains("Collect slips in a tray"), "{}", done.out);
}

#[test]
fn wrong_words_on_the_command_line_are_answered_with_what_to_do() {
    let directory = TempDir::new().unwrap();
    for (arguments, words) in [
        (&["--keys", "<entr>"][..], "unknown key <entr> at character 1"),
        (&["--keys", "jj<enter"][..], "no > closes"),
        (&["--print", "--size", "wide"][..], "write columns and rows as 120x36"),
        (&["--print", "--size", "0x0"][..], "write columns and rows as 120x36"),
        (&["--print", "--now", "yesterday"][..], "write it as 2026-11-23T18:00:00+01:00"),
        (&["read", "99", "--print"][..], "There is no lesson 99"),
    ] {
        let done = redrive(directory.path(), arguments);
        assert_eq!(done.status, 2, "{arguments:?}: {}", done.err);
        assert!(done.err.contains(words), "{arguments:?}: {}", done.err);
        assert!(is_for_people(&done.err), "{}", done.err);
        assert_eq!(done.out, "");
    }
}

#[test]
fn a_history_is_a_table_or_json() {
    let directory = TempDir::new().unwrap();
    let empty = redrive(directory.path(), &["history", "--format", "json"]);
    assert_eq!((empty.status, empty.out.trim()), (0, "[]"));
    let nothing = redrive(directory.path(), &["history"]);
    assert!(nothing.out.starts_with("No sessions yet"), "{}", nothing.out);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "asking makes no history");

    let keys = "td<wait 9s><enter><enter>";
    assert_eq!(redrive(directory.path(), &["--keys", keys, "--now", NOW]).status, 0);
    let table = redrive(directory.path(), &["history"]).out;
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..2], ["2026-11-23", "18:00"]);
    assert!(table.contains("reminder-letters"), "{table}");
    let json = redrive(directory.path(), &["history", "--format", "json"]).out;
    let sessions: serde_json::Value = serde_json::from_str(&json).unwrap();
    let answer = &sessions[0]["answers"][0];
    assert_eq!(sessions[0]["planned"], 3);
    assert_eq!(answer["item"], "closed-post-office");
    assert_eq!(answer["correct"], true);
    assert_eq!(answer["elapsed_ms"], 9_000);
}

#[test]
fn check_tells_every_mistake_with_its_place_and_fails() {
    let directory = TempDir::new().unwrap();
    let course = directory.path().join("reminder-letters");
    crate::support::copy(&crate::support::course().join("reminder-letters"), &course);
    let good = run(&["check", directory.path().to_str().unwrap()]);
    assert_eq!(good.status, 0, "{}", good.out);
    assert!(good.out.ends_with("0 errors, 0 notes\n"), "{}", good.out);

    let replace = |file: &str, old: &str, new: &str| {
        let text = fs::read_to_string(course.join(file)).unwrap();
        assert!(text.contains(old));
        fs::write(course.join(file), text.replacen(old, new, 1)).unwrap();
    };
    replace("questions/01-tray.toml", "trap = \"faster-clerk\"", "trap = \"slower-clerk\"");
    replace("lessons/01-tray.md", "(#the-desk)", "(#the-desks)");
    let bad = run(&["check", directory.path().to_str().unwrap()]);
    assert_eq!(bad.status, 1);
    assert!(bad.out.contains("questions/01-tray.toml:17:8"), "{}", bad.out);
    assert!(bad.out.contains("slower-clerk"), "{}", bad.out);
    assert!(bad.out.contains("lessons/01-tray.md:"), "{}", bad.out);
    assert!(bad.out.contains("^^^"), "{}", bad.out);
    assert!(bad.out.contains("2 errors"), "{}", bad.out);

    // The app refuses the same course with the same words.
    let data = TempDir::new().unwrap();
    let folder = directory.path().to_str().unwrap();
    let data_dir = data.path().to_str().unwrap();
    let app = run(&["--content", folder, "--data-dir", data_dir, "--print"]);
    assert_eq!(app.status, 1);
    assert!(app.err.contains("slower-clerk"), "{}", app.err);
}

#[test]
fn check_of_no_folder_is_a_mistake() {
    let done = run(&["check", "no/such/folder"]);
    assert_eq!(done.status, 1);
    assert!(done.out.contains("no/such/folder"), "{}", done.out);
}

/// The one file of a history that has been closed.
fn database(directory: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "db")).unwrap()
}

#[test]
fn a_damaged_or_newer_history_is_refused_and_left_as_it_is() {
    let directory = TempDir::new().unwrap();
    redrive(directory.path(), &["--keys", "t"]);
    let file = database(directory.path());
    let good = fs::read(&file).unwrap();

    let mut newer = good.clone();
    // Where SQLite keeps user_version: the 60th byte of the header, four bytes, big end first.
    newer[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    let mut damaged = good.clone();
    damaged[..16].copy_from_slice(b"this is no base!");
    for (bytes, word) in [(newer, "newer"), (damaged, "damaged")] {
        fs::write(&file, &bytes).unwrap();
        for verb in [&["--print"][..], &["history"][..]] {
            let done = redrive(directory.path(), verb);
            assert_eq!(done.status, 1, "{verb:?}: {}", done.out);
            assert!(done.err.contains(word), "{verb:?}: {}", done.err);
            assert!(done.err.contains(file.to_str().unwrap()), "{}", done.err);
            assert!(is_for_people(&done.err), "{}", done.err);
            assert!(fs::read(&file).unwrap() == bytes, "{word}: the file was changed");
        }
    }
    fs::write(&file, good).unwrap();
    assert_eq!(redrive(directory.path(), &["--print"]).status, 0);
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("a-file");
    fs::write(&file, "not a directory").unwrap();
    let done = redrive(&file.join("below"), &["--print"]);
    assert_eq!(done.status, 1);
    assert!(done.err.contains("a-file"), "{}", done.err);
    assert!(is_for_people(&done.err), "{}", done.err);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let directory = TempDir::new().unwrap();
    let script = format!(
        "{} --content {} --data-dir {} --print | true; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_redrive"),
        crate::support::course().display(),
        directory.path().display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn an_event_pattern_is_tested_as_by_the_aws_cli() {
    let pattern = r#"{"detail": {"total": [{"numeric": [">", 100]}]}}"#;
    let test = |pattern: &str, event: &str| {
        run(&["test-event-pattern", "--event-pattern", pattern, "--event", event])
    };
    let big = test(pattern, r#"{"detail": {"total": 101}}"#);
    assert_eq!((big.status, big.out.as_str()), (0, "{\"Result\": true}\n"));
    assert_eq!(test(pattern, "{}").out, "{\"Result\": false}\n");
    for (pattern, event, words) in [
        (r#"{"a": "b"}"#, "{}", "The event pattern is not valid. The field a"),
        (pattern, "{", "The event is not JSON"),
        ("file://no/such/file", "{}", "no/such/file cannot be read"),
    ] {
        let done = test(pattern, event);
        assert_eq!((done.status, done.out.as_str()), (2, ""));
        assert!(done.err.contains(words) && is_for_people(&done.err), "{}", done.err);
    }
}

#[test]
fn a_batch_of_patterns_has_an_answer_for_each_line() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("cases.jsonl");
    let path = file.to_str().unwrap();
    let lines = [
        r#"{"pattern": {"a": [1]}, "event": {"a": 1.0}}"#,
        r#"{"pattern": {"a": [1]}, "event": {"a": "1"}}"#,
        r#"{"pattern": {"a": 1}, "event": {}}"#,
        r#"{"pattern": {"a": [{"exists": false}]}}"#,
        r#"{"pattern": {"a": [1e999]}, "event": {}}"#,
    ];
    fs::write(&file, lines.join("\n")).unwrap();
    let done = run(&["test-event-pattern", "--cases", path]);
    assert_eq!((done.status, done.out.as_str()), (0, "true\nfalse\ninvalid\ntrue\ninvalid\n"));

    fs::write(&file, "{\"pattern\": {\"a\": [1]}}\n{\"event\": {}}\n").unwrap();
    let done = run(&["test-event-pattern", "--cases", path]);
    assert_eq!((done.status, done.out.as_str()), (2, "false\n"));
    assert!(done.err.contains("cases.jsonl:2: ") && is_for_people(&done.err), "{}", done.err);
}

const LETTER: &str = r#"{"StartAt": "Post", "States": {
    "Post": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Retry": [{"ErrorEquals": ["Rain"], "IntervalSeconds": 86400}],
        "Next": "Tell"
    },
    "Tell": {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime", "got.$": "$"}, "End": true}
}}"#;

const ANSWERS: &str = r#"{
    "StateMachines": {"letters": {"TestCases": {"wet": {"Post": "RainFirst"}}}},
    "MockedResponses": {"RainFirst": {
        "0-1": {"Throw": {"Error": "Rain", "Cause": "It rains."}},
        "2": {"Return": {"posted": true}}
    }}
}"#;

#[test]
fn a_workflow_runs_on_a_virtual_clock_with_mocked_answers() {
    let directory = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let definition = file("letter.asl.json", LETTER);
    let mocks = file("mocks.json", ANSWERS);
    let mut arguments = vec!["run-workflow", "--definition", definition.as_str(), "--input", "{}"];
    arguments.extend(["--now", "2026-11-23T18:00:00Z"]);
    let without = run(&arguments);
    assert_eq!((without.status, without.out.as_str()), (2, ""));
    assert!(without.err.contains("the task of Post"), "{}", without.err);

    arguments.extend(["--mock-config", mocks.as_str(), "--state-machine", "letters"]);
    arguments.extend(["--test-case", "wet", "--history"]);
    let done = run(&arguments);
    assert_eq!(done.status, 0, "{}", done.err);
    let result: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(result["status"], "SUCCEEDED");
    assert_eq!(result["output"]["got"]["posted"], true);
    // One day, then two.
    assert_eq!(result["output"]["at"], "2026-11-26T18:00:00.000Z");
    let kinds: Vec<&str> = result["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds[..2], ["ExecutionStarted", "TaskStateEntered"]);
    assert_eq!(kinds.iter().filter(|kind| **kind == "TaskFailed").count(), 2);
}

#[test]
fn a_wrong_definition_names_the_state_and_jsonata_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("wrong.asl.json");
    let path = file.to_str().unwrap();
    for (text, words) in [
        (
            r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}"#,
            "/States/A: Next names the state B",
        ),
        (
            r#"{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Succeed"}}}"#,
            "JSONata",
        ),
        ("{", "is not JSON"),
    ] {
        fs::write(&file, text).unwrap();
        let done = run(&["run-workflow", "--definition", path]);
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{text}");
        assert!(done.err.contains(words) && is_for_people(&done.err), "{}", done.err);
    }
}

#[test]
fn help_names_every_verb() {
    let done = run(&["--help"]);
    assert_eq!(done.status, 0);
    for verb in ["read", "quiz", "live", "check", "history", "test-event-pattern", "run-workflow"] {
        assert!(done.out.contains(&format!("  {verb} ")), "{verb}: {}", done.out);
    }
}

#[test]
fn the_help_of_simulate_names_every_option_of_a_fault() {
    let help = run(&["simulate", "--help"]).out;
    let fault = help.split("--fault").nth(1).unwrap().split("--format").next().unwrap();
    // What the parser knows stands in its refusal of anything else.
    let refusal = FaultSpec::parse("slow:till@1s,speed=2").unwrap_err();
    let known = refusal.split("is not known: ").nth(1).unwrap().trim_end_matches('.');
    let words = known.split([',', ' ']).filter(|word| !["", "or"].contains(word));
    let options: Vec<&str> = words.collect();
    assert_eq!(options.len(), 3, "{refusal}");
    assert!(options.iter().all(|name| fault.contains(&format!(",{name}="))), "{fault}");
}

/// The made-up course, without a history.
fn simulate(arguments: &[&str]) -> Done {
    let course = crate::support::course();
    let mut all = vec!["--content", course.to_str().unwrap(), "simulate"];
    all.extend(arguments);
    run(&all)
}

#[test]
fn a_simulation_is_told_in_words_in_json_and_line_by_line() {
    let words = simulate(&["under-glass", "--orders", "200", "--fault", "outage:post@2m+3m"]);
    assert_eq!((words.status, words.err.as_str()), (0, ""));
    assert!(
        words.out.starts_with("A glass over each slip, seed 7, 10 min simulated\n"),
        "{}",
        words.out
    );
    assert!(words.out.contains("outage of services.post from 2 min, for 3 min"));
    assert!(words.out.contains("letters offered 200 = rejected 0 + accepted 200"));
    assert!(words.out.contains(" per million letters, including idle polling"), "{}", words.out);
    for assumption in Experiment::ASSUMES {
        assert!(words.out.contains(assumption.text), "{}: {}", assumption.id, words.out);
    }
    // Of the items of the bill, only those that the run pays for.
    let is_told = |item: Item| {
        let (_, assumption) = ASSUMES.iter().find(|(other, _)| *other == item).unwrap();
        words.out.contains(assumption.text)
    };
    assert!(is_told(Item::ApiGatewayRequests) && !is_told(Item::LogIngestion), "{}", words.out);
    let arguments = ["under-glass", "--orders", "200", "--seed", "3", "--for", "20m"];
    let json = |more: &[&str]| -> serde_json::Value {
        let done = simulate(&[&arguments[..], &["--format", "json"], more].concat());
        assert_eq!(done.status, 0, "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    };
    let (one, again) = (json(&[]), json(&[]));
    assert_eq!(one, again, "the same seed is the same run");
    assert_eq!((&one["seed"], &one["simulated_seconds"]), (&3.into(), &1_200.into()));
    let ledger = &one["ledger"];
    assert_eq!(
        (&ledger["orders_offered"], &ledger["orders_completed"]),
        (&200.into(), &200.into())
    );
    for table in ["queues", "functions", "stores", "services", "alarms", "bill"] {
        assert!(one[table].is_object(), "{table}");
    }
    assert_ne!(one["trace_hash"], json(&["--fault", "errors:post@1m+5m"])["trace_hash"]);
    let trace = simulate(&[&arguments[..], &["--format", "trace"]].concat());
    let lines: Vec<serde_json::Value> =
        trace.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::Value::from(lines.len()), one["occurrences"]);
    let accepted = lines.iter().filter(|line| line["kind"] == "accepted").count();
    assert_eq!(accepted, 200);
    assert!(lines.iter().all(|line| line["at"].is_number() && line["part"].is_string()));
}

#[test]
fn a_simulation_that_cannot_be_says_where_and_why() {
    for (arguments, words) in [
        (&["nothing"][..], "This course has no design or lab \"nothing\""),
        (&["under-glass", "--fault", "outage"], "KIND:PART@START+DURATION"),
        (&["under-glass", "--fault", "outage:nobody@1m"], "services.post"),
        (&["under-glass", "--set", "queues.tray"], "PATH=VALUE"),
        (&["under-glass", "--set", "queues.none.delay_seconds=1s"], "there is tray"),
        (&["under-glass", "--set", "queues.tray.visibility_timeout=1s"], "under-glass.toml:"),
        (&["under-glass", "--set", "functions.back-room.timeout=1h"], "at most 900 seconds"),
        (&["under-glass", "--orders", "600", "--rate", "1", "--for", "1m"], "give it more time"),
        (&["under-glass", "--rate", "0"], "above 0"),
        (&["under-glass", "--orders", "4000000000"], "at most 20000000"),
        (&["missing.toml"], "cannot be read"),
    ] {
        let done = simulate(arguments);
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{arguments:?}");
        assert!(done.err.contains(words), "{arguments:?}: {}", done.err);
        assert!(!done.err.contains("Mistake {"), "{}", done.err);
    }
}

#[test]
fn a_design_in_a_file_that_cannot_run_is_refused_before_the_screen() {
    let directory = TempDir::new().unwrap();
    for (what, said) in [
        ("[load]\nrate = 1.0\n[queues.a]\ndlq = \"b\"\n", "mine.toml:4:7"),
        ("[load]\nrate = 100000.0\n[queues.a]\n", "at most 20000000"),
    ] {
        let file = directory.path().join("mine.toml");
        fs::write(&file, what).unwrap();
        let data = directory.path().join("data");
        let data = data.to_str().unwrap();
        let done = run(&["--data-dir", data, "--print", "live", file.to_str().unwrap()]);
        assert_eq!(done.status, 2, "{}", done.out);
        assert!(done.err.contains("mine.toml:") && done.err.contains(said), "{}", done.err);
    }
}

#[test]
fn what_an_option_asks_beyond_all_bounds_is_told_of_the_option_and_not_of_a_file() {
    let simulate = |more: &[&str]| simulate(&[&["under-glass"], more].concat());
    let done = simulate(&["--orders", "20000001", "--rate", "90000"]);
    assert!(done.err.contains("--orders") && !done.err.contains("--rate:"), "{}", done.err);
    for (option, value, said) in [
        ("--for", "36500d", "at most 366"),
        ("--for", "366d", "at most 20000000"),
        ("--orders", "20000001", "at most 20000000"),
        ("--rate", "90000", "at most 20000000"),
    ] {
        let done = simulate(&[option, value]);
        assert_eq!(done.status, 2, "{}", done.err);
        assert!(done.err.contains(said) && done.err.contains(option), "{}", done.err);
        assert!(!done.err.contains(".toml") && is_for_people(&done.err), "{}", done.err);
    }
}

/// The first thing that somebody sees of Redrive is what it draws, by the command beside it.
#[test]
fn the_picture_of_the_readme_is_what_its_command_prints() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let picture = readme.split("```").nth(1).unwrap();
    let command = readme
        .lines()
        .find(|line| line.ends_with("# the picture at the top of this file"))
        .unwrap();
    let keys = command.split('\'').nth(1).unwrap();
    let size = command.split("--size ").nth(1).unwrap().split(' ').next().unwrap();
    let directory = TempDir::new().unwrap();
    let data = directory.path().to_str().unwrap();
    let done = run(&["--data-dir", data, "--keys", keys, "--print", "--size", size]);
    let lines = |text: &str| {
        text.trim_matches('\n').lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(lines(&done.out), lines(picture));
}

#[test]
fn a_lab_or_design_that_is_not_there_is_told_with_those_that_are() {
    let directory = TempDir::new().unwrap();
    for (verb, known) in [("lab", "slips-thrown-away"), ("live", "under-glass")] {
        let done = redrive(directory.path(), &["--print", verb, "nope"]);
        assert_eq!(done.status, 2, "{}", done.err);
        assert!(done.err.contains("\"nope\"") && done.err.contains(known), "{}", done.err);
        assert!(is_for_people(&done.err), "{}", done.err);
    }
}

#[test]
fn designs_and_experiments_are_run_from_files() {
    let directory = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let experiment = write(
        "saved.toml",
        "title = \"a saved run\"\n[experiment]\ndesign = \"under-glass\"\nseed = 5\nrun = \"10m\"\n\
         faults = [{ at = \"2m\", kind = \"outage\", part = \"post\", for = \"3m\" }]\n\
         [experiment.load]\norders = 300\n[experiment.changes]\n\"intakes.desk.latency\" = \"30ms\"\n",
    );
    let done = simulate(&[&experiment]);
    assert_eq!((done.status, done.err.as_str()), (0, ""));
    assert!(done.out.starts_with("A glass over each slip, seed 5"), "{}", done.out);
    let other = simulate(&[&experiment, "--set", "design=tray", "--format", "json"]);
    // The change is of a setting that the other design has as well.
    assert_eq!(other.status, 0, "{}", other.err);
    let design = write(
        "own.toml",
        "title = \"My own\"\n[load]\norders = [{ weight = 1, detail = '{}' }]\n[services.till]\n\
         [intakes.door]\nrequired = true\ncalls = [\"till\"]\n",
    );
    let done = simulate(&[&design, "--orders", "5"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(done.out.starts_with("My own, seed 7"));
    let wrong = write("wrong.toml", "[queues.a]\nvisibility_timeout = \"13h\"\n");
    let done = simulate(&[&wrong]);
    assert_eq!(done.status, 2);
    assert!(done.err.contains("wrong.toml:2:22"), "{}", done.err);
    let unknown = write("unknown.toml", "[queues.a]\ncolour = \"red\"\n");
    assert!(simulate(&[&unknown]).err.contains("unknown.toml:2:1"));
}

#[test]
fn a_directory_is_a_directory_whatever_its_name() {
    let directory = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
    let course = crate::support::course();
    let arguments =
        ["--data-dir", "file:abc", "--content", course.to_str().unwrap(), "--keys", "q"];
    let output = command.current_dir(directory.path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let made: Vec<String> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(made, ["file:abc"], "SQLite took the name for an address");
    assert!(directory.path().join("file:abc/redrive.db").is_file());
}

#[test]
fn a_history_that_cannot_be_looked_for_is_not_an_empty_one() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("notes");
    fs::write(&file, "a file, not a directory").unwrap();
    let done = run(&["--data-dir", file.to_str().unwrap(), "history"]);
    assert_eq!((done.status, done.out.as_str()), (1, ""), "{}", done.err);
    assert!(is_for_people(&done.err) && done.err.contains("cannot be opened"), "{}", done.err);
}

#[test]
fn a_lab_of_another_course_is_opened_in_that_course() {
    let directory = TempDir::new().unwrap();
    let courses = crate::support::two_courses(directory.path());
    let data = directory.path().join("data");
    let shared = ["--data-dir", data.to_str().unwrap(), "--content", courses.to_str().unwrap()];
    let done = run(&[&shared[..], &["lab", "a-quiet-hour", "--keys", "", "--print"]].concat());
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(done.out.contains("How many letters are lost?"), "{}", done.out);
    let done = run(&[&shared[..], &["lab", "a-loud-hour", "--keys", "", "--print"]].concat());
    assert_eq!(done.status, 2, "{}", done.out);
}

#[test]
fn every_verb_opens_the_course_that_is_named() {
    let directory = TempDir::new().unwrap();
    let courses = crate::support::two_courses(directory.path());
    let data = directory.path().join("data");
    let on = |more: &[&str]| {
        let shared = ["--data-dir", data.to_str().unwrap(), "--content", courses.to_str().unwrap()];
        run(&[&shared[..], more].concat())
    };
    for (verb, words) in [
        (&["--print"][..], "The second"),
        (&["read", "1", "--print"], "The tray"),
        (&["quiz", "--print"], "of 3"),
        (&["lab", "--print"], "A quiet hour"),
        (&["lab", "a-quiet-hour", "--print"], "How many letters are lost?"),
        (&["live", "--print"], "A tray between desk and post"),
        (&["live", "tray", "--print"], "A tray between desk and post"),
        (&["simulate", "tray"], "A tray between desk and post"),
        (&["simulate", "a-quiet-hour"], "A tray between desk and post"),
    ] {
        let done = on(&[verb, &["--course", "b-second"]].concat());
        assert_eq!(done.status, 0, "{verb:?}: {}", done.err);
        assert!(done.out.contains(words), "{verb:?}: {}", done.out);
    }
    let sessions = |id: &str| on(&["history", "--course", id]);
    assert!(sessions("b-second").out.contains("b-second"), "the quiz above began a set there");
    assert!(sessions("a-first").out.starts_with("No sessions yet"), "{}", sessions("a-first").out);
    let folder = courses.to_str().unwrap();
    let checked = run(&["check", folder, "--course", "b-second"]).out;
    assert!(checked.contains("b-second: 1 lesson") && !checked.contains("a-first"), "{checked}");
}

#[test]
fn a_course_that_is_not_there_is_told_with_those_that_are() {
    let directory = TempDir::new().unwrap();
    let courses = crate::support::two_courses(directory.path());
    let data = directory.path().join("data");
    let folder = courses.to_str().unwrap();
    let verbs: [&[&str]; 9] = [
        &["--print"],
        &["read", "1", "--print"],
        &["quiz", "--print"],
        &["lab", "a-quiet-hour", "--print"],
        &["live", "tray", "--print"],
        &["simulate", "tray"],
        &["simulate", "a-quiet-hour"],
        &["history"],
        &["check"],
    ];
    for verb in verbs {
        let shared = ["--data-dir", data.to_str().unwrap(), "--content", folder];
        let done = run(&[verb, &shared, &["--course", "c-third"]].concat());
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{verb:?}: {}", done.err);
        let told = "There is no course \"c-third\". There are a-first, b-second.\n";
        assert_eq!(done.err, told, "{verb:?}");
        assert!(!data.join("redrive.db").exists(), "{verb:?} made a history");
    }
    for verb in [
        &["test-event-pattern", "--event-pattern", "{}", "--event", "{}"][..],
        &["history", "--rebuild"],
    ] {
        let shared = ["--data-dir", data.to_str().unwrap(), "--course", "a-first"];
        let done = run(&[verb, &shared].concat());
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{verb:?}: {}", done.err);
        assert!(done.err.ends_with("leave --course out.\n"), "{}", done.err);
    }
}

#[test]
fn an_id_that_another_course_has_is_not_in_the_course_that_is_named() {
    let directory = TempDir::new().unwrap();
    let courses = crate::support::two_courses(directory.path());
    let data = directory.path().join("data");
    let on = |more: &[&str]| {
        let shared = ["--data-dir", data.to_str().unwrap(), "--content", courses.to_str().unwrap()];
        run(&[&shared[..], more].concat())
    };
    let done = on(&["lab", "a-quiet-hour", "--print", "--course", "a-first"]);
    assert_eq!(done.status, 2, "{}", done.out);
    assert_eq!(
        done.err,
        "This course has no lab \"a-quiet-hour\". It has a-slip-nobody-can-read, slips-thrown-away.\n"
    );
    let done = on(&["simulate", "a-quiet-hour", "--course", "a-first"]);
    assert!(done.err.contains("This course has no design or lab \"a-quiet-hour\""), "{}", done.err);
    // A design that both have: only a name decides without a screen.
    let done = on(&["simulate", "tray"]);
    assert_eq!((done.status, done.out.as_str()), (2, ""), "{}", done.err);
    let told = "More than one course has the design \"tray\": choose one with --course a-first or \
                --course b-second.\n";
    assert_eq!(done.err, told);
}

#[test]
fn a_simulation_speaks_of_what_flows_through_the_design() {
    let directory = TempDir::new().unwrap();
    let done = redrive(directory.path(), &["simulate", "tray"]);
    assert!(
        done.out.contains("\nletters offered 270 = rejected 0 + accepted 270\n"),
        "{}",
        done.out
    );
    assert!(done.out.contains(" per million letters, "), "{}", done.out);
    assert!(!done.out.contains("order"), "{}", done.out);
    let told = redrive(directory.path(), &["simulate", "tray", "--rate", "0"]).err;
    assert!(told.contains("100000 letters a second"), "{told}");
    // What a machine reads has the same names for every course.
    let json = redrive(directory.path(), &["simulate", "tray", "--format", "json"]).out;
    assert!(json.contains("\"orders_offered\""), "{json}");
    // What its services do is its own.
    let glass = redrive(directory.path(), &["simulate", "under-glass"]).out;
    assert!(glass.contains("\npostings 405, 0 of them duplicates\n"), "{glass}");
    let json = redrive(directory.path(), &["simulate", "under-glass", "--format", "json"]).out;
    assert!(json.contains("\"duplicate_postings\"") && !json.contains("charge"), "{json}");
}
