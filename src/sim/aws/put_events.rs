//! `PutEvents`: what a bus accepts, and the response of a request (EB-05 to EB-08).

use serde_json::{Value, json};

/// Maximum entries of a request; the limit on bytes applies to all of them together (EB-05).
const ENTRIES_MAX: usize = 10;
const REQUEST_MAX: usize = 1_048_576;
/// Maximum length of a detail type in characters (EB-08).
const DETAIL_TYPE_MAX: usize = 128;

/// An event as a producer submits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub source: &'a str,
    pub detail_type: &'a str,
    /// JSON text.
    pub detail: &'a str,
}

/// An error of the API: AWS's code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: &'static str,
    pub message: String,
}

fn refused(code: &'static str, message: impl Into<String>) -> Refused {
    Refused { code, message: message.into() }
}

impl Entry<'_> {
    /// Bytes the entry counts as; its time counts as fourteen (EB-05).
    #[must_use]
    pub fn size(&self) -> usize {
        14 + self.source.len() + self.detail_type.len() + self.detail.len()
    }

    /// Returns the reason the bus rejects the entry, if there is one.
    pub fn check(&self) -> Result<(), Refused> {
        for (name, value) in
            [("Source", self.source), ("DetailType", self.detail_type), ("Detail", self.detail)]
        {
            if value.is_empty() {
                return Err(refused(
                    "InvalidArgument",
                    format!(
                        "Parameter {name} is not valid. Reason: {name} is a required argument."
                    ),
                ));
            }
        }
        if self.source.starts_with("aws.") {
            return Err(refused(
                "NotAuthorizedForSource",
                "Not authorized for the source: only AWS's own events begin with aws.",
            ));
        }
        if self.detail_type.chars().count() > DETAIL_TYPE_MAX {
            return Err(refused(
                "InvalidArgument",
                format!("DetailType is longer than {DETAIL_TYPE_MAX} characters."),
            ));
        }
        match serde_json::from_str::<Value>(self.detail) {
            Ok(Value::Object(_)) => Ok(()),
            _ => Err(refused("MalformedDetail", "Detail is malformed: it is not a JSON object.")),
        }
    }
}

/// Handles a request: it is rejected as a whole or answered entry by entry. It is not atomic:
/// rejected entries must be sent again, and status 200 does not mean that all succeeded (EB-06).
pub fn put_events(entries: &[Entry<'_>]) -> Result<Value, Refused> {
    if !(1..=ENTRIES_MAX).contains(&entries.len()) {
        return Err(refused(
            "ValidationException",
            format!("A request has 1 to {ENTRIES_MAX} entries, not {}.", entries.len()),
        ));
    }
    let size: usize = entries.iter().map(Entry::size).sum();
    if size > REQUEST_MAX {
        return Err(refused(
            "ValidationException",
            format!("Total size of the entries in the request is over the limit: {size} bytes."),
        ));
    }
    let results: Vec<Value> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| match entry.check() {
            Ok(()) => json!({ "EventId": format!("event-{index}") }),
            Err(Refused { code, message }) => {
                json!({ "ErrorCode": code, "ErrorMessage": message })
            }
        })
        .collect();
    let failed = results.iter().filter(|result| result.get("ErrorCode").is_some()).count();
    Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Entry<'_> = Entry { source: "shop", detail_type: "Made", detail: "{}" };

    #[test]
    fn a_request_is_answered_entry_by_entry() {
        let entries = [
            GOOD,
            Entry { source: "aws.s3", ..GOOD },
            Entry { detail: "[1]", ..GOOD },
            Entry { detail_type: "", ..GOOD },
        ];
        let response = put_events(&entries).unwrap();
        assert_eq!(response["FailedEntryCount"], 3);
        let codes: Vec<&str> = response["Entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["ErrorCode"].as_str().unwrap_or("taken"))
            .collect();
        assert_eq!(
            codes,
            ["taken", "NotAuthorizedForSource", "MalformedDetail", "InvalidArgument"]
        );
    }

    #[test]
    fn too_many_and_too_much_are_refused_as_a_whole() {
        assert_eq!(put_events(&[]).unwrap_err().code, "ValidationException");
        assert_eq!(put_events(&[GOOD; 11]).unwrap_err().code, "ValidationException");
        let large = format!("{{\"pad\": \"{}\"}}", "x".repeat(600_000));
        let entry = Entry { detail: &large, ..GOOD };
        assert!(put_events(&[entry]).is_ok());
        assert!(put_events(&[entry; 2]).unwrap_err().message.contains("over the limit"));
        assert_eq!(GOOD.size(), 14 + 4 + 4 + 2);
    }
}
