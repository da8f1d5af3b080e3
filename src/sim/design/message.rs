//! Envelopes of topics, and identifiers in messages: both count towards the size limit of a payload.

use serde_json::{Value, json};

use super::{Design, ORDER, REGION};

impl Design {
    /// Wraps a message in a topic's envelope, as a string: what subscribers get without raw message delivery
    /// (SNS-16).
    #[must_use]
    pub fn notification(&self, topic: &str, message: &Value) -> Value {
        let topic = self.topic_arn(topic);
        let host = format!("https://sns.{REGION}.amazonaws.com");
        json!({
            "Type": "Notification",
            "MessageId": uuid("5e5e"),
            "TopicArn": topic,
            "Message": message.to_string(),
            "Timestamp": "2026-01-01T00:00:00.000Z",
            "SignatureVersion": "1",
            // The signature of a 2,048-bit RSA key, in Base64.
            "Signature": format!("{}==", "A".repeat(342)),
            "SigningCertURL": format!("{host}/SimpleNotificationService-{}.pem", "0".repeat(32)),
            "UnsubscribeURL": format!(
                "{host}/?Action=Unsubscribe&SubscriptionArn={topic}:{}", uuid("5b5b")
            ),
        })
    }
}

/// Builds an identifier as long as AWS's that ends in the order's number.
pub(super) fn uuid(group: &str) -> String {
    format!("00000000-0000-4000-{group}-00000{ORDER}")
}
