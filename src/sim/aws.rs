//! Rules of each AWS service in isolation. None of them owns a clock.

pub mod alarm;
pub mod billing;
pub mod data_protection;
pub mod dynamodb;
pub mod event_source_mapping;
pub mod filter;
pub mod iam;
pub mod input;
pub mod pattern;
pub mod put_events;
pub mod queue;
pub mod retry;
pub mod sqs;
pub mod workflow;

/// Formats bytes as lower-case hexadecimal, as AWS writes digests.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
