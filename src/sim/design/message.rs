//! What topics wrap around a message, and the identifiers that stand in messages. All of it counts where a
//! payload has a limit.

use serde_json::{Value, json};

use super::{Design, ORDER, REGION};

impl Design {
    /// What a topic delivers of a message where delivery is not raw: the message as a text in an
    /// envelope of its own (SNS-16).
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
            // Of an RSA key of 2,048 bits, in base 64.
            "Signature": format!("{}==", "A".repeat(342)),
            "SigningCertURL": format!("{host}/SimpleNotificationService-{}.pem", "0".repeat(32)),
            "UnsubscribeURL": format!(
                "{host}/?Action=Unsubscribe&SubscriptionArn={topic}:{}", uuid("5b5b")
            ),
        })
    }
}

/// An identifier of AWS's length, that of an order: its number stands at the end.
pub(super) fn uuid(group: &str) -> String {
    format!("00000000-0000-4000-{group}-00000{ORDER}")
}
