//! The rules of the services, each on its own and without a clock of its own.

pub mod asl;
pub mod filter;
pub mod pattern;
pub mod queue;
// Not in the build script, which needs none of what hashes and times bring along.
#[cfg(redrive_embedded)]
pub mod event_source_mapping;
#[cfg(redrive_embedded)]
pub mod sqs;
#[cfg(redrive_embedded)]
pub mod workflow;

/// Bytes as AWS writes digests.
#[cfg(redrive_embedded)]
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
