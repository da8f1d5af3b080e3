//! Claims about a small run, and carets under mistakes.

use super::*;
use crate::design::Design;
use crate::run::Run;

fn run() -> Run {
    let design: Design = toml::from_str(
        r#"
        [load]
        rate = 1.0
        orders = [{ weight = 1, detail = '{"n": 1}' }]
        [services.till]
        latency = "100ms"
        [intakes.door]
        store = "book"
        [stores.book]
        publishes_to = "queues.work"
        [queues.work]
        required = true
        [functions.worker]
        queue = "work"
        calls = "till"
        "#,
    )
    .unwrap();
    Run::new(&design, &[], 7).unwrap()
}

fn told(text: &str) -> String {
    Claim::parse(text, &run().gauges()).unwrap_err().render()
}

fn holds(text: &str) -> bool {
    let mut run = run();
    let claim = Claim::parse(text, &run.gauges()).unwrap();
    run.judge(Time::ZERO + Span::from_secs(60), &[claim])[0]
}

#[test]
fn comparisons_join_as_one_reads_them() {
    assert!(holds("ledger.orders_lost == 0"));
    assert!(holds("ledger.orders_offered > 50 and ledger.orders_lost == 0"));
    assert!(holds("ledger.orders_lost > 0 or not ledger.orders_lost > 0"));
    assert!(holds("ledger.orders_lost > 0 and ledger.orders_lost > 0 or ledger.orders_lost == 0"));
    assert!(!holds(
        "ledger.orders_lost > 0 and (ledger.orders_lost > 0 or ledger.orders_lost == 0)"
    ));
    assert!(holds("ledger.orders_completed <= ledger.orders_accepted"));
    assert!(holds("simulated_seconds == 1m"));
}

#[test]
fn instants_and_extremes_are_seen_on_the_way() {
    assert!(holds("ledger.orders_offered@10s <= 11 and ledger.orders_offered@10s >= 9"));
    assert!(holds("queues.work.in_flight.max >= 1 and queues.work.in_flight.min == 0"));
    assert!(holds("queues.work.age_of_oldest.max > 0 and queues.work.age_of_oldest.max < 30s"));
    assert!(!holds("ledger.orders_offered@2h >= 0"), "never seen");
}

#[test]
fn a_wrong_claim_has_a_caret() {
    assert_eq!(
        told("queues.work.visble > 3"),
        "queues.work.visble > 3\n            ^^^^^^\nqueues.work has no measure \"visble\"; it has \
         admits_strangers, age_of_oldest, copied, deduplicated, delayed, deleted, empty_receives, \
         expired, in_flight, moved_in, moved_out, overtaken, received, redriven, sent, throttled, visible."
    );
    assert_eq!(told("queues.play.visible > 3").lines().nth(1), Some("       ^^^^"));
    assert!(told("queues.play.visible > 3").contains("it has work."));
    for (text, caret, word) in [
        ("ledger.orders_lost = 0", "                   ^", "Write =="),
        ("ledger.orders_lost ==", "                     ^", "missing"),
        ("(ledger.orders_lost == 0", "                        ^", "missing"),
        ("ledger.orders_lost == soon", "                      ^^^^", "no measure \"soon\""),
        ("ledger.orders_lost == 5x", "                      ^^", "neither a number"),
        ("3 == ledger.orders_lost", "^", "must be a path"),
        ("ledger.orders_lost@soon == 0", "                   ^^^^", "instant"),
        ("ledger.orders_lost == 0 0", "                        ^", "join comparisons"),
        ("ledger.orders_lost # 0", "                   ^", "does not belong"),
        ("", "^", "missing"),
    ] {
        let told = told(text);
        assert_eq!(told.lines().nth(1), Some(caret), "{told}");
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn a_claim_nests_so_deep_and_is_as_long_as_you_like() {
    let deep = |levels: usize| {
        let (open, close) = ("(".repeat(levels), ")".repeat(levels));
        format!("{open}ledger.orders_lost == 0{close}")
    };
    assert!(holds(&deep(128)));
    assert!(told(&deep(129)).contains("at most 128 levels"));
    assert!(told(&"(".repeat(100_000)).contains("at most 128 levels"));
    assert!(told(&"not ".repeat(100_000)).contains("at most 128 levels"));
    for word in [" and ", " or "] {
        assert!(holds(&vec!["ledger.orders_lost == 0"; 20_000].join(word)), "{word}");
    }
    assert!(told(&vec!["a"; 20_000].join(".")).contains("no measure"));
}
