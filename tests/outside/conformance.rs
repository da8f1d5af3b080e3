//! Verdicts that nobody of this project wrote, run against Redrive.
//!
//! `REDRIVE_CONFORMANCE` names the folder of cases; a relative one starts at the package root.
//! Unset: skipped, in words. All files are run before the test fails; one line for each file, then
//! the ids that fail. Rows whose answer is known to be another, with the reason, stand in `EXCUSED`;
//! they are counted as not passed and do not fail the test. A folder that has none of the files, or
//! a file of it without a row that counts, proves nothing and fails.

mod patterns;
mod queues;
mod workflows;

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

/// `file: id`, and why it is not passed.
const EXCUSED: &[(&str, &str, &str)] = &[
    (
        "core.jsonl",
        "15 base/test_base.py::TestSnfBase::test_query_context_object_values#get_execution_history",
        "the recorded times were replaced by words that the README does not name",
    ),
    (
        "invalid_definitions.jsonl",
        "4 test_sfn_api_express.py::TestSfnApiExpress::test_illegal_callbacks[WAIT_FOR_TASK_TOKEN]#creation_error",
        "the row does not say that the machine is Express",
    ),
    (
        "invalid_definitions.jsonl",
        "5 test_sfn_api_express.py::TestSfnApiExpress::test_illegal_callbacks[SYNC]#creation_error",
        "the row does not say that the machine is Express",
    ),
    (
        "invalid_definitions.jsonl",
        "78 test_sfn_api_versioning.py::TestSnfApiVersioning::test_create_with_version_description_no_publish#validation_exception",
        "the mistake is in the call, not in the definition",
    ),
    (
        "asl_definitions.jsonl",
        "43 test/task-with-credentials.json",
        "AWS refuses Credentials without a RoleArn (recorded in invalid_definitions.jsonl)",
    ),
    (
        "asl_definitions.jsonl",
        "117 valid-task-credentials.json",
        "AWS refuses Credentials without a RoleArn (recorded in invalid_definitions.jsonl)",
    ),
    (
        "sqs_traces.jsonl",
        "33 TestSqsProvider::test_fifo_messages_in_order_after_timeout[sqs]",
        "one call is to a queue that the trace does not create",
    ),
    (
        "asl_definitions.jsonl",
        "118 valid-task-intrisic-function.json",
        "a CloudFormation template, which is filled in before AWS reads the definition",
    ),
];

/// What a row came to: nothing, or what was found instead.
type Verdict = Result<(), String>;

struct Suite {
    file: &'static str,
    judge: fn(&Value) -> Verdict,
}

const SUITES: &[Suite] = &[
    Suite { file: "event_patterns.jsonl", judge: patterns::event_pattern },
    Suite { file: "event_patterns_fuzz.jsonl", judge: patterns::event_pattern },
    Suite { file: "sns_filter_policies.jsonl", judge: patterns::filter_policy },
    Suite { file: "workflows/core.jsonl", judge: workflows::workflow },
    Suite { file: "workflows/choice_truth_table.jsonl", judge: workflows::workflow },
    Suite { file: "workflows/intrinsics.jsonl", judge: workflows::workflow },
    Suite { file: "workflows/task_lambda.jsonl", judge: workflows::workflow },
    Suite { file: "workflows/advanced.jsonl", judge: workflows::workflow },
    Suite { file: "workflows/test_state.jsonl", judge: workflows::one_state },
    Suite { file: "workflows/invalid_definitions.jsonl", judge: workflows::definition },
    Suite { file: "workflows/validate.jsonl", judge: workflows::definition },
    Suite { file: "asl_definitions.jsonl", judge: workflows::definition },
    Suite { file: "sqs_traces.jsonl", judge: queues::trace },
    Suite { file: "lambda_esm_cases.jsonl", judge: queues::mapping },
];

fn folder() -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os("REDRIVE_CONFORMANCE")?);
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(named))
}

#[test]
fn other_implementations_agree() {
    let Some(folder) = folder() else {
        println!("skipped: REDRIVE_CONFORMANCE names no folder of cases");
        return;
    };
    let failed = run_all(&folder).unwrap_or_else(|nothing| panic!("{nothing}"));
    assert!(failed == 0, "{failed} rows have another answer; they are listed above");
}

#[test]
fn a_folder_that_proves_nothing_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run_all(folder.path()).unwrap_err().contains("none of the files"));
    assert!(run_all(&folder.path().join("absent")).is_err());
    let file = folder.path().join("event_patterns.jsonl");
    fs::write(&file, "").unwrap();
    assert!(run_all(folder.path()).unwrap_err().contains("no row that counts"));
    let row = |matches: bool| {
        format!(r#"{{"pattern":{{"a":[1]}},"event":{{"a":1}},"expected":{matches}}}"#)
    };
    fs::write(&file, row(true)).unwrap();
    assert_eq!(run_all(folder.path()), Ok(0));
    fs::write(&file, row(false)).unwrap();
    assert_eq!(run_all(folder.path()), Ok(1));
}

/// How many rows have another answer, or in which way the folder proves nothing.
fn run_all(folder: &Path) -> Result<usize, String> {
    let mut failed = 0;
    let mut files = 0;
    for suite in SUITES {
        let path = folder.join(suite.file);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                println!("{} is not there", suite.file);
                continue;
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        files += 1;
        let mut passed = 0;
        let mut total = 0;
        let mut wrong = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            // A number that JSON cannot hold is left as the word that stands for it.
            let line = line
                .replace(": Infinity", ": \"Infinity\"")
                .replace(", Infinity", ", \"Infinity\"");
            let row: Value = serde_json::from_str(&line).unwrap();
            if !counts(&row, suite.file) {
                continue;
            }
            total += 1;
            match (suite.judge)(&row) {
                Ok(()) => passed += 1,
                Err(found) => wrong.push((id(&row, number), found)),
            }
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        println!("{name} {passed}/{total}");
        if total == 0 {
            return Err(format!("{} has no row that counts", path.display()));
        }
        for (id, found) in wrong {
            let excuse = EXCUSED.iter().find(|(file, row, _)| *file == name && *row == id);
            if let Some((_, _, reason)) = excuse {
                println!("  {id}: excused: {reason}");
            } else {
                failed += 1;
                println!("  {id}: {found}");
            }
        }
    }
    if files == 0 {
        return Err(format!(
            "{} has none of the files of cases: name the folder with REDRIVE_CONFORMANCE",
            folder.display()
        ));
    }
    Ok(failed)
}

fn counts(row: &Value, file: &str) -> bool {
    let tagged = |tag: &str| {
        let tags = row["tags"].as_array();
        !matches!(row[tag], Value::Null | Value::Bool(false))
            || tags.is_some_and(|tags| tags.iter().any(|found| found == tag))
    };
    let jsonata = file.starts_with("workflows/") && row.to_string().contains("JSONata");
    !tagged("nondeterministic") && !tagged("disputed") && !jsonata
}

fn id(row: &Value, number: usize) -> String {
    let name = row["id"].as_str().or(row["name"].as_str()).unwrap_or_default();
    format!("{number} {name}").trim_end().to_owned()
}

/// A string's own characters; anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare(found: &str, row: &Value) -> Verdict {
    let expected = text(&row["expected"]);
    if found == expected { Ok(()) } else { Err(format!("{found}, expected {expected}")) }
}

/// By value: 1 = 1.0; a text with <…>, or the words timestamp, date and time, stands for anything;
/// an object in the place of a text is JSON text.
fn alike(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (_, Value::String(text))
            if (text.contains('<') && text.contains('>'))
                || ["timestamp", "date", "time"].contains(&text.as_str()) =>
        {
            true
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| alike(found, expected))
        }
        (Value::Object(found), Value::Object(expected)) => {
            found.len() == expected.len()
                && expected
                    .iter()
                    .all(|(name, value)| found.get(name).is_some_and(|found| alike(found, value)))
        }
        (Value::String(text), Value::Object(_)) => {
            serde_json::from_str(text).is_ok_and(|found: Value| alike(&found, expected))
        }
        _ => match (found.as_f64(), expected.as_f64()) {
            (Some(found), Some(expected)) => (found - expected).abs() < f64::EPSILON,
            _ => found == expected,
        },
    }
}

/// JSON that may be written as text.
fn parsed(value: &Value) -> Value {
    value.as_str().map_or_else(
        || value.clone(),
        |text| serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
    )
}
