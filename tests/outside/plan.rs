//! The plan to the exam, on the command line.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const TODAY: &str = "2026-11-23T18:00:00+01:00";

fn plan(directory: &Path, now: &str, arguments: &[&str]) -> (i32, String, String) {
    plan_of(&crate::support::course(), directory, now, arguments)
}

fn plan_of(
    course: &Path,
    directory: &Path,
    now: &str,
    arguments: &[&str],
) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("LC_ALL", "C.UTF-8").env_remove("REDRIVE_DATA_DIR");
    command.arg("--data-dir").arg(directory).arg("--content").arg(course);
    let output = command.args(["--now", now, "plan"]).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(directory: &Path, now: &str) -> Value {
    let (status, out, error) = plan(directory, now, &["--format", "json"]);
    assert_eq!((status, error.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_plan_is_kept_and_says_what_each_day_holds() {
    let directory = TempDir::new().unwrap();
    let (status, none, _) = plan(directory.path(), TODAY, &[]);
    assert!(status == 0 && none.starts_with("No exam is planned: "), "{none}");
    let (status, made, error) =
        plan(directory.path(), TODAY, &["--exam", "2026-12-03", "--minutes", "12"]);
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(
        made.starts_with("Exam on 2026-12-03, 10 days from today. 12 minutes a day.\n"),
        "{made}"
    );
    let days: Vec<&str> = made.lines().filter(|line| line.contains(" min  ")).collect();
    assert_eq!(days.len(), 10, "{made}");
    assert!(days[0].starts_with("Mon 23 Nov") && days[0].contains("read 1 "), "{made}");
    assert!(made.ends_with("Everything fits.\n"), "{made}");
    // Said once, it stays.
    assert_eq!(plan(directory.path(), TODAY, &[]).1, made);

    let kept = json(directory.path(), TODAY);
    assert_eq!((&kept["exam"], &kept["minutes"]), (&"2026-12-03".into(), &12.into()));
    let forecast = &kept["forecast"];
    assert_eq!(forecast["days"].as_array().unwrap().len(), 10);
    let expected = forecast["expected"].as_f64().unwrap();
    assert!(expected > 0.5 && expected <= forecast["concepts"].as_f64().unwrap(), "{forecast}");
}

#[test]
fn what_no_day_holds_is_named_and_no_day_is_overfull() {
    let directory = TempDir::new().unwrap();
    let arguments = ["--exam", "2026-11-24", "--minutes", "8"];
    let (_, made, _) = plan_of(&crate::support::town_folder(), directory.path(), TODAY, &arguments);
    assert!(made.contains("There is no time for: read 2 "), "{made}");
    let days: Vec<&str> = made.lines().filter(|line| line.contains(" min  ")).collect();
    assert_eq!(days.len(), 1, "{made}");
}

/// Behaviour 37: the hour of the rollover belongs to the plan.
#[test]
fn the_night_belongs_to_the_day_before_and_an_exam_that_is_over_is_said_so() {
    let directory = TempDir::new().unwrap();
    plan(directory.path(), TODAY, &["--exam", "2026-11-25"]);
    let night = json(directory.path(), "2026-11-25T03:00:00+01:00");
    assert_eq!(night["today"], "2026-11-24");
    plan(directory.path(), TODAY, &["--rollover", "0"]);
    let night = json(directory.path(), "2026-11-25T03:00:00+01:00");
    assert_eq!((&night["today"], &night["forecast"]), (&"2026-11-25".into(), &Value::Null));
    let (status, over, _) = plan(directory.path(), "2026-11-30T10:00:00+01:00", &[]);
    assert!(status == 0 && over.starts_with("The exam was planned for 2026-11-25."), "{over}");
    plan(directory.path(), TODAY, &["--exam", "none"]);
    assert_eq!(json(directory.path(), TODAY)["exam"], Value::Null);
}

#[test]
fn a_plan_that_cannot_be_is_refused_in_a_sentence() {
    let directory = TempDir::new().unwrap();
    for (arguments, told) in [
        (["--exam", "2026-11-23"], "The exam on 2026-11-23 is not ahead: name a later day."),
        (["--exam", "2020-01-01"], "is not ahead"),
        (["--exam", "soon"], "write the date as 2026-12-18, or none"),
        (["--minutes", "0"], "0"),
        (["--rollover", "24"], "24"),
    ] {
        let (status, out, error) = plan(directory.path(), TODAY, &arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
    assert_eq!(json(directory.path(), TODAY)["exam"], Value::Null, "nothing was kept");
}
