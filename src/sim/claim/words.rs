//! A claim in words, for whoever has to make it hold and has not read the file.

use super::Operator;
use super::parse::{Token, tokens};
use crate::design::{Duration, Noun};

/// Measures that are not called what they are: the rest is its name without underscores.
const NAMES: [(&str, &str); 26] = [
    ("age_of_oldest", "age of the oldest message"),
    ("orders_dead_lettered", "orders in a DLQ"),
    ("orders_in_progress", "orders on the way"),
    ("orders_charged_and_rejected", "orders charged and rejected"),
    ("duplicate_charges", "orders charged twice"),
    ("emails", "e-mails sent"),
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

/// The claim in words; `noun` is what flows through the design, and `title` says what the part at a
/// path is called. What is no claim stays as it is.
#[must_use]
pub fn words(claim: &str, noun: &Noun, title: &dyn Fn(&str) -> String) -> String {
    let names = &Names { noun, title };
    let Ok(tokens) = tokens(claim) else { return claim.to_owned() };
    // Several things that all must hold are a list.
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

/// What a claim's paths are called.
struct Names<'n> {
    noun: &'n Noun,
    title: &'n dyn Fn(&str) -> String,
}

/// One comparison. A highest value below a bound, or a lowest above one, is told as what always holds:
/// that is shorter, and what is meant.
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
    let known = NAMES.iter().find(|(known, _)| *known == name);
    let name = known.map_or_else(|| name.replace('_', " "), |(_, words)| (*words).to_owned());
    let name = names.noun.in_words(&name);
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

/// A number with its thousands apart, a span as screens write it.
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
            ("no claim at all", "no claim at all"),
            ("a == == b", "a == == b"),
        ] {
            assert_eq!(words(claim, &Noun::default(), &title), told);
        }
        let noun = Noun { one: "letter".to_owned(), many: "letters".to_owned() };
        for (claim, told) in [
            ("ledger.orders_lost == 0", "letters lost: none"),
            ("ledger.orders_dead_lettered < 3", "letters in a DLQ: under 3"),
            ("queues.tray.overtaken > 0", "tray, letters overtaken by a later one: some"),
        ] {
            assert_eq!(words(claim, &noun, &title), told);
        }
    }
}
