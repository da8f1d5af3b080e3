//! A claim in words, for a person who must satisfy it and has not read the file.

use super::Operator;
use super::parse::{Token, tokens};
use crate::design::{Design, Duration, Effects, Noun};

/// Names of measures in words, where replacing underscores by spaces is not enough.
const NAMES: [(&str, &str); 23] = [
    ("age_of_oldest", "age of the oldest message"),
    ("orders_dead_lettered", "orders in a DLQ"),
    ("orders_in_progress", "orders on the way"),
    ("visible", "messages visible"),
    ("in_flight", "messages in flight"),
    ("delayed", "messages delayed"),
    ("sent", "messages sent to it"),
    ("received", "messages received"),
    ("deleted", "messages deleted"),
    ("expired", "messages expired"),
    ("copied", "messages delivered twice"),
    ("moved_in", "messages moved in"),
    ("moved_out", "messages moved out"),
    ("dropped", "given up and dropped"),
    ("delivered", "messages delivered"),
    ("filtered_out", "messages filtered out"),
    ("times_on", "times in ALARM"),
    ("on", "in ALARM"),
    ("timed_out", "executions timed out"),
    ("admits_strangers", "other accounts let in"),
    ("role_exceeds_targets", "rights beyond its targets"),
    ("overtaken", "orders overtaken by a later one"),
    ("returned_with_others", "good records sent back with bad ones"),
];

/// The claim in words; the design says what flows through it and what its services do, and `title`
/// returns the title of the part at a path. Text that is no claim stays as it is.
#[must_use]
pub fn words(claim: &str, design: &Design, title: &dyn Fn(&str) -> String) -> String {
    let names = &Names { noun: &design.load.noun, effects: design.all_effects(), title };
    let Ok(tokens) = tokens(claim) else { return claim.to_owned() };
    // Claims that must all hold are listed, separated by semicolons.
    let has_other = tokens.iter().any(|(token, _)| matches!(token, Token::Or | Token::Not));
    let and = if has_other { ", and" } else { ";" };
    let mut words: Vec<String> = Vec::new();
    let mut rest = tokens.iter().map(|(token, _)| token).peekable();
    while let Some(token) = rest.next() {
        words.push(match token {
            Token::And => format!("{and} "),
            Token::Or => " or ".to_owned(),
            Token::Not => "not ".to_owned(),
            Token::Open => "(".to_owned(),
            Token::Close => ")".to_owned(),
            Token::Operator(_) => return claim.to_owned(),
            Token::Word(path) => match (rest.next(), rest.next()) {
                (Some(Token::Operator(operator)), Some(Token::Word(value))) => {
                    comparison(path, *operator, value, names)
                }
                _ => return claim.to_owned(),
            },
        });
    }
    words.concat()
}

/// The words for what a claim's paths name.
struct Names<'n> {
    noun: &'n Noun,
    effects: Effects,
    title: &'n dyn Fn(&str) -> String,
}

impl Names<'_> {
    /// The name of a measure in words.
    fn of(&self, measure: &str) -> String {
        let known = NAMES.iter().find(|(known, _)| *known == measure);
        if let Some((_, words)) = known {
            return self.noun.in_words(words);
        }
        let twice = measure.strip_prefix("duplicate_");
        for kind in &self.effects.kinds {
            let effect = &kind.effect;
            if measure == effect.many {
                return effect.title().replace('_', " ");
            } else if twice == Some(effect.many.as_str()) {
                return format!("{} {} twice", self.noun.many, effect.done);
            }
        }
        self.noun.in_words(&measure.replace('_', " "))
    }
}

/// One comparison. A maximum below a bound, or a minimum above one, becomes "always": that is
/// shorter, and it is what the author means.
fn comparison(path: &str, operator: Operator, value: &str, names: &Names<'_>) -> String {
    let always = match operator {
        Operator::Less | Operator::LessOrEqual => path.strip_suffix(".max"),
        Operator::Greater | Operator::GreaterOrEqual => path.strip_suffix(".min"),
        Operator::Equal | Operator::NotEqual => None,
    };
    let (path, always) = always.map_or((path, ""), |path| (path, "always "));
    format!("{}: {always}{}", measure(path, names), compared(operator, value, names))
}

/// `queues.inventory.age_of_oldest` is `inventory, age of the oldest message`.
fn measure(path: &str, names: &Names<'_>) -> String {
    let (path, instant) = match path.split_once('@') {
        Some((path, instant)) => (path, format!(" after {}", value_words(instant))),
        None => (path, String::new()),
    };
    let (path, extreme) = match (path.strip_suffix(".max"), path.strip_suffix(".min")) {
        (Some(path), _) => (path, " at its highest"),
        (None, Some(path)) => (path, " at its lowest"),
        (None, None) => (path, ""),
    };
    let (part, name) = path.rsplit_once('.').unwrap_or(("", path));
    let name = names.of(name);
    match part {
        "" | "ledger" | "bill" => format!("{name}{extreme}{instant}"),
        part => format!("{}, {name}{extreme}{instant}", (names.title)(part)),
    }
}

fn compared(operator: Operator, value: &str, names: &Names<'_>) -> String {
    if value.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let other = measure(value, names);
        return match operator {
            Operator::Equal => format!("as many as {other}"),
            Operator::NotEqual => format!("not as many as {other}"),
            Operator::Less => format!("fewer than {other}"),
            Operator::LessOrEqual => format!("no more than {other}"),
            Operator::Greater => format!("more than {other}"),
            Operator::GreaterOrEqual => format!("no fewer than {other}"),
        };
    }
    let words = value_words(value);
    match (operator, value) {
        (Operator::Equal, "0") => "none".to_owned(),
        (Operator::NotEqual | Operator::Greater, "0") => "some".to_owned(),
        (Operator::Equal, _) => format!("exactly {words}"),
        (Operator::NotEqual, _) => format!("not {words}"),
        (Operator::Less, _) => format!("under {words}"),
        (Operator::LessOrEqual, _) => format!("at most {words}"),
        (Operator::Greater, _) => format!("more than {words}"),
        (Operator::GreaterOrEqual, _) => format!("at least {words}"),
    }
}

/// A number with separated thousands, or a span as screens write it.
fn value_words(value: &str) -> String {
    if let Ok(count) = value.parse::<u64>() {
        let digits = count.to_string();
        let apart = |(place, digit): (usize, char)| {
            let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
            comma.then_some(',').into_iter().chain([digit])
        };
        return digits.chars().enumerate().flat_map(apart).collect();
    }
    Duration::parse(value).map_or_else(|| value.to_owned(), |span| span.0.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_told_without_a_path() {
        let title = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        for (claim, told) in [
            ("ledger.orders_lost == 0", "orders lost: none"),
            ("ledger.orders_completed > 8000", "orders completed: more than 8,000"),
            (
                "ledger.orders_completed == ledger.orders_offered",
                "orders completed: as many as orders offered",
            ),
            (
                "queues.work.age_of_oldest.max < 2m",
                "work, age of the oldest message: always under 2 min",
            ),
            (
                "queues.dead.visible@4m >= 1 and not (alarms.dead.on == 1)",
                "dead, messages visible after 4 min: at least 1, and not (dead, in ALARM: exactly 1)",
            ),
            (
                "services.mail.failures == 0 and queues.dead.moved_in.max == 3",
                "mail, failures: none; dead, messages moved in at its highest: exactly 3",
            ),
            ("ledger.duplicate_charges == 0", "orders charged twice: none"),
            ("no claim at all", "no claim at all"),
            ("a == == b", "a == == b"),
        ] {
            assert_eq!(words(claim, &Design::default(), &title), told);
        }
        let design: Design = toml::from_str(
            "[load]\nnoun = { one = \"letter\", many = \"letters\" }\n[effects.posting]\n\
             many = \"postings\"\ndone = \"posted\"\nonce = true\n",
        )
        .unwrap();
        for (claim, told) in [
            ("ledger.orders_lost == 0", "letters lost: none"),
            ("ledger.orders_dead_lettered < 3", "letters in a DLQ: under 3"),
            ("ledger.duplicate_postings == 0", "letters posted twice: none"),
            ("ledger.orders_posted_and_rejected > 0", "letters posted and rejected: some"),
            ("ledger.postings == 3", "postings: exactly 3"),
            ("ledger.duplicate_charges == 0", "duplicate charges: none"),
            ("queues.tray.overtaken > 0", "tray, letters overtaken by a later one: some"),
        ] {
            assert_eq!(words(claim, &design, &title), told);
        }
    }
}
