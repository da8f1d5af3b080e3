//! Amazon Resource Names (ARNs) of a design's resources. Every ARN starts from a function in this file.

use super::{ACCOUNT, Design, PartKind, PartPath, REGION};

/// Builds an ARN in the design's own account: `arn("sqs", "inventory")`.
#[must_use]
pub fn arn(service: &str, rest: &str) -> String {
    arn_in(ACCOUNT, service, rest)
}

/// Builds an ARN in an account.
#[must_use]
pub fn arn_in(account: &str, service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{account}:{rest}")
}

/// Builds the ARN of an account's IAM resource, which has no Region.
#[must_use]
pub fn iam_arn(account: &str, rest: &str) -> String {
    format!("arn:aws:iam::{account}:{rest}")
}

/// Builds the ARN of a bucket. Bucket names are globally unique, so it has neither Region nor account.
#[must_use]
pub fn bucket_arn(id: &str) -> String {
    format!("arn:aws:s3:::{id}")
}

impl Design {
    /// Account of a part; the design's own if the design does not have the part.
    #[must_use]
    pub fn account_of(&self, path: &PartPath) -> &str {
        self.part(path).map_or(ACCOUNT, |part| part.account(self))
    }

    /// Builds an ARN in the account of a part.
    fn arn_beside(&self, kind: PartKind, id: &str, service: &str, rest: &str) -> String {
        arn_in(self.account_of(&kind.path(id)), service, rest)
    }

    /// ARN of a queue; the name of a FIFO queue ends in `.fifo` (SQS-60).
    #[must_use]
    pub fn queue_arn(&self, id: &str) -> String {
        let fifo = self.queues.get(id).is_some_and(|queue| queue.fifo_queue);
        self.arn_beside(
            PartKind::Queue,
            id,
            "sqs",
            &format!("{id}{}", if fifo { ".fifo" } else { "" }),
        )
    }

    /// ARN of a topic; the name of a FIFO topic ends in `.fifo` (SNS-17).
    #[must_use]
    pub fn topic_arn(&self, id: &str) -> String {
        let fifo = self.topics.get(id).is_some_and(|topic| topic.fifo_topic);
        self.arn_beside(
            PartKind::Topic,
            id,
            "sns",
            &format!("{id}{}", if fifo { ".fifo" } else { "" }),
        )
    }

    /// ARN of a rule, which contains the name of the rule's bus (EB-51).
    #[must_use]
    pub fn rule_arn(&self, id: &str) -> String {
        let bus = self.rules.get(id).map_or("default", |rule| rule.bus.as_str());
        self.arn_beside(PartKind::Rule, id, "events", &format!("rule/{bus}/{id}"))
    }

    /// ARN of a key as parts of an account name it: one of the design's, `keys.orders`, or the AWS managed
    /// key of that account, `alias/aws/sqs`.
    #[must_use]
    pub fn key_arn(&self, key: &str, account: &str) -> String {
        match key.strip_prefix("keys.") {
            Some(id) => self.arn_beside(PartKind::Key, id, "kms", &format!("key/{id}")),
            None => arn_in(account, "kms", key),
        }
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
        assert_eq!(design.key_arn("keys.k", ACCOUNT), "arn:aws:kms:eu-west-1:111122223333:key/k");
        let managed = "arn:aws:kms:eu-west-1:111122223333:alias/aws/sqs";
        assert_eq!(design.key_arn("alias/aws/sqs", ACCOUNT), managed);
    }
}
