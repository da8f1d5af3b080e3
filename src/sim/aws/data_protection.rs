//! Managed data identifiers, which the data protection policies of CloudWatch Logs name (SEC-15).
//!
//! AWS documents the kind of data and its keywords, not the algorithm. The rules here are a *model
//! assumption* (MA-log-group-8) and leave the keywords out.

use serde::{Deserialize, Serialize};

/// A managed data identifier. AWS has more than a hundred; three are modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Identifier {
    /// 13 to 19 digits with a valid check digit, with or without spaces or hyphens.
    CreditCardNumber,
    EmailAddress,
    IpAddress,
}

impl Identifier {
    pub const ALL: [Self; 3] = [Self::CreditCardNumber, Self::EmailAddress, Self::IpAddress];

    /// Name in AWS.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreditCardNumber => "CreditCardNumber",
            Self::EmailAddress => "EmailAddress",
            Self::IpAddress => "IpAddress",
        }
    }

    /// ARN, which has neither Region nor account.
    #[must_use]
    pub fn arn(self) -> String {
        format!("arn:aws:dataprotection::aws:data-identifier/{}", self.name())
    }

    /// Whether a text matches.
    #[must_use]
    pub fn finds(self, text: &str) -> bool {
        match self {
            Self::CreditCardNumber => is_card(text),
            Self::EmailAddress => is_address(text),
            Self::IpAddress => text.parse::<std::net::IpAddr>().is_ok(),
        }
    }
}

fn is_card(text: &str) -> bool {
    let mut digits = Vec::new();
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => digits.push(digit),
            None if c == ' ' || c == '-' => {}
            None => return false,
        }
    }
    // Luhn: from the right, every second digit counts double, and 9 is taken from what is above 9.
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match digit * (1 + place as u32 % 2) {
            counts if counts > 9 => counts - 9,
            counts => counts,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_address(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "._%+-".contains(c))
    };
    let Some((name, domain)) = text.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    is_word(name) && labels.len() > 1 && labels.iter().all(|label| is_word(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finds_its_own_and_nothing_else() {
        let texts = [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "a.b@example.com",
            "192.0.2.7",
            "4111111111111112",
            "tok_4111111111111111",
            "411111111111",
            "a@b",
            "@example.com",
            "192.0.2",
            "",
        ];
        let found = |identifier: Identifier| -> Vec<usize> {
            (0..texts.len()).filter(|place| identifier.finds(texts[*place])).collect()
        };
        assert_eq!(found(Identifier::CreditCardNumber), [0, 1, 2]);
        assert_eq!(found(Identifier::EmailAddress), [3]);
        assert_eq!(found(Identifier::IpAddress), [4]);
    }

    #[test]
    fn its_name_is_what_a_design_says() {
        for identifier in Identifier::ALL {
            assert_eq!(serde_json::to_value(identifier).unwrap(), identifier.name());
        }
    }
}
