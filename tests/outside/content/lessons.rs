//! The shipped lessons: every line of them is a reading position.

use crate::reading::every_line_leads_back;

#[test]
fn every_line_of_every_shipped_lesson_is_a_place_that_leads_back_to_it() {
    every_line_leads_back(&redrive::shipped::course().unwrap());
}
