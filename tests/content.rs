//! The shipped course holds every rule that needs no run.

use redrive::content::{self, problem};
use std::path::Path;

#[test]
fn the_shipped_course_has_no_mistakes() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let report = content::check(&dir);
    let errors: Vec<_> =
        report.problems.iter().filter(|problem| problem.is_error()).cloned().collect();
    assert!(errors.is_empty(), "\n{}", problem::render(&errors));
    assert!(report.library.is_some());
    for scenario in &report.scenarios {
        assert!(scenario.lessons > 0 && scenario.questions > 0, "{scenario:?}");
    }
}
