//! Amazon Resource Names of a design's own resources. No other file builds one.

use super::{ACCOUNT, Design, REGION};

/// An ARN of the account: `arn("sqs", "inventory")`.
#[must_use]
pub fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

/// An ARN of IAM, which has no Region.
#[must_use]
pub fn iam_arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

/// The ARN of a bucket, which has neither Region nor account: its name is unique by itself.
#[must_use]
pub fn bucket_arn(id: &str) -> String {
    format!("arn:aws:s3:::{id}")
}

impl Design {
    /// A FIFO queue's name ends in `.fifo` (SQS-60).
    #[must_use]
    pub fn queue_arn(&self, id: &str) -> String {
        let fifo = self.queues.get(id).is_some_and(|queue| queue.fifo_queue);
        arn("sqs", &format!("{id}{}", if fifo { ".fifo" } else { "" }))
    }

    /// A FIFO topic's name ends in `.fifo` (SNS-17).
    #[must_use]
    pub fn topic_arn(&self, id: &str) -> String {
        let fifo = self.topics.get(id).is_some_and(|topic| topic.fifo_topic);
        arn("sns", &format!("{id}{}", if fifo { ".fifo" } else { "" }))
    }

    /// A rule's ARN contains the name of its bus (EB-51).
    #[must_use]
    pub fn rule_arn(&self, id: &str) -> String {
        let bus = self.rules.get(id).map_or("default", |rule| rule.bus.as_str());
        arn("events", &format!("rule/{bus}/{id}"))
    }

    /// The ARN of a key as a part names it: its own, `keys.orders`, or AWS's, `alias/aws/sqs`.
    #[must_use]
    pub fn key_arn(&self, key: &str) -> String {
        arn("kms", &key.strip_prefix("keys.").map_or(key.to_owned(), |id| format!("key/{id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifo_name_ends_in_fifo_and_a_subscription_hangs_on_its_topic() {
        let design: Design = toml::from_str(
            "[queues.a]\nfifo_queue = true\n[queues.b]\n[topics.t]\nfifo_topic = true\n\
             [subscriptions.s]\ntopic = 't'\n[rules.r]\nbus = 'post'\n",
        )
        .unwrap();
        let of = |path: &str| design.part_arn(&path.parse().unwrap());
        let own = |rest: &str| Some(format!("arn:aws:{rest}"));
        assert_eq!(of("queues.a"), own("sqs:eu-west-1:111122223333:a.fifo"));
        assert_eq!(of("queues.b"), own("sqs:eu-west-1:111122223333:b"));
        assert_eq!(of("subscriptions.s"), own("sns:eu-west-1:111122223333:t.fifo:s"));
        assert_eq!(of("rules.r"), own("events:eu-west-1:111122223333:rule/post/r"));
        assert_eq!(of("services.bank"), None);
        assert_eq!(design.key_arn("keys.k"), "arn:aws:kms:eu-west-1:111122223333:key/k");
        let managed = "arn:aws:kms:eu-west-1:111122223333:alias/aws/sqs";
        assert_eq!(design.key_arn("alias/aws/sqs"), managed);
    }
}
