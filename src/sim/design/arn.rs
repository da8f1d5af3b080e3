//! Amazon Resource Names of a design's own resources. No other file builds one.

use super::{ACCOUNT, Design, PartKind, PartPath, REGION};

/// An ARN of the design's own account: `arn("sqs", "inventory")`.
#[must_use]
pub fn arn(service: &str, rest: &str) -> String {
    arn_in(ACCOUNT, service, rest)
}

/// An ARN of an account.
#[must_use]
pub fn arn_in(account: &str, service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{account}:{rest}")
}

/// An ARN of an account's IAM, which has no Region.
#[must_use]
pub fn iam_arn(account: &str, rest: &str) -> String {
    format!("arn:aws:iam::{account}:{rest}")
}

/// The ARN of a bucket, which has neither Region nor account: its name is unique by itself.
#[must_use]
pub fn bucket_arn(id: &str) -> String {
    format!("arn:aws:s3:::{id}")
}

impl Design {
    /// The account that a part is in; the design's own for what the design does not have.
    #[must_use]
    pub fn account_of(&self, path: &PartPath) -> &str {
        self.part(path).map_or(ACCOUNT, |part| part.account(self))
    }

    /// An ARN in the account of a part.
    fn arn_beside(&self, kind: PartKind, id: &str, service: &str, rest: &str) -> String {
        arn_in(self.account_of(&kind.path(id)), service, rest)
    }

    /// A FIFO queue's name ends in `.fifo` (SQS-60).
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

    /// A FIFO topic's name ends in `.fifo` (SNS-17).
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

    /// A rule's ARN contains the name of its bus (EB-51).
    #[must_use]
    pub fn rule_arn(&self, id: &str) -> String {
        let bus = self.rules.get(id).map_or("default", |rule| rule.bus.as_str());
        self.arn_beside(PartKind::Rule, id, "events", &format!("rule/{bus}/{id}"))
    }

    /// The ARN of a key as a part of an account names it: the design's, `keys.orders`, or the one that AWS
    /// manages in that account, `alias/aws/sqs`.
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
