//! What is sent on the way of an order: the event that a bus makes of it, what a rule hands on of that,
//! and what a topic wraps around it. All of it counts where a payload has a limit.

use serde_json::{Value, json};

use super::{ACCOUNT, Design, ORDER, PartKind, REGION};

impl Design {
    /// The event that a bus makes of an order's detail (EB-09).
    #[must_use]
    pub fn event(&self, bus: &str, detail: &Value) -> Value {
        let path = PartKind::Bus.path(bus);
        let store = self.stores.values().find(|s| s.publishes_to.as_ref() == Some(&path));
        let (source, detail_type) =
            store.map_or(("", ""), |store| (store.source.as_str(), store.detail_type.as_str()));
        json!({ "version": "0", "id": uuid("e7e7"), "detail-type": detail_type, "source": source,
                "account": ACCOUNT, "time": "2026-01-01T00:00:00Z", "region": REGION,
                "resources": [], "detail": detail })
    }

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
fn uuid(group: &str) -> String {
    format!("00000000-0000-4000-{group}-00000{ORDER}")
}
