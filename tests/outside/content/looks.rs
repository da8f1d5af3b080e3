//! What the shipped course says fits the screens, and none of its labs and incidents speaks in paths.

use crate::looks::{every_goal_is_whole, every_lab_is_told_without_paths, home_is_whole};

#[test]
fn every_shipped_lab_is_told_without_paths() {
    // A pattern is AWS's own text, and what the bet is about.
    every_lab_is_told_without_paths(&redrive::shipped::course().unwrap(), &["the-wrong-pattern"]);
}

#[test]
fn the_home_of_the_shipped_course_is_cut_at_no_size_that_is_drawn() {
    home_is_whole(&redrive::shipped::course().unwrap());
}

#[test]
fn every_shipped_goal_is_told_whole_on_the_smallest_usual_screen() {
    every_goal_is_whole(&redrive::shipped::course().unwrap());
}
