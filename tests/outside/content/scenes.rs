//! The runs that the shipped pictures and questions lead to.

use crate::live::scenes::every_scene_opens_at_its_state;

#[test]
fn every_shipped_question_and_picture_leads_to_the_state_it_speaks_of() {
    every_scene_opens_at_its_state(&redrive::shipped::course().unwrap());
}
