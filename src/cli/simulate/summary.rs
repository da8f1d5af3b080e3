//! The summary of a run, in words and columns.

use std::fmt::Write;

use crate::sim::aws::billing::{self, Item, PRICES, PRICES_OF};
use crate::sim::design::{Design, EffectKind, Experiment, PartKind};
use crate::sim::kernel::time::Span;
use crate::sim::run::Run;
use crate::sim::world::columns;

/// Writes the summary of a finished run as a person reads it: faults, orders, tables by kind of
/// part.
pub fn write(run: &Run, experiment: &Experiment, design: &Design) -> String {
    let mut text = String::new();
    let title = if design.title.is_empty() { &experiment.design } else { &design.title };
    let _ = writeln!(text, "{title}, seed {}, {} simulated", experiment.seed, experiment.run.0);
    for fault in run.faults() {
        let (kind, part) = (fault.kind.word(), &fault.part);
        let from = Span(fault.at.0);
        let span = match fault.span {
            Span::ZERO => String::new(),
            span => format!(", for {span}"),
        };
        let _ = writeln!(text, "{kind} of {part} from {from}{span}");
    }
    write_ledger(&mut text, run, design);
    write_tables(&mut text, run);
    let dollars = run.value("bill.dollars_per_million_orders").unwrap_or(0.0);
    // A design of direct calls alone has no bill of its own; the services it calls do.
    let bill = if dollars > 0.0 {
        format!(
            "about ${dollars:.2} per million {}, including idle polling (illustrative prices of \
             {PRICES_OF})",
            design.load.noun.many
        )
    } else {
        "nothing in this design is priced: the services it calls have bills of their own".to_owned()
    };
    let _ = writeln!(
        text,
        "\n{bill}\n\
         {} occurrences, trace {:016x}\n",
        run.trace().count(),
        run.trace().hash(),
    );
    write_assumptions(&mut text, run);
    text
}

/// Writes the model assumptions about every run, and about the items of this run's bill.
fn write_assumptions(text: &mut String, run: &Run) {
    let _ = writeln!(text, "Model assumptions, where AWS documents nothing:");
    let is_billed = |item: Item| {
        let name = PRICES.iter().find(|(other, ..)| *other == item).map(|(_, name, _)| name);
        name.and_then(|name| run.value(&format!("bill.{name}"))).unwrap_or(0.0) > 0.0
    };
    let of_bill = billing::ASSUMES.iter().filter(|(item, _)| is_billed(*item));
    for assumption in Experiment::ASSUMES.iter().chain(of_bill.map(|(_, assumption)| assumption)) {
        let _ = writeln!(text, "  {}", assumption.text);
    }
    let _ =
        writeln!(text, "More about each part: the last lines of its contents on the live screen.");
}

/// Writes a table for each kind of part that did anything.
fn write_tables(text: &mut String, run: &Run) {
    let gauges = run.gauges();
    for kind in PartKind::ALL.iter().copied() {
        let (table, columns) = (kind.table(), columns(kind));
        let prefix = format!("{table}.");
        let mut ids: Vec<&str> = Vec::new();
        for gauge in gauges.iter().filter(|gauge| gauge.path.starts_with(&prefix)) {
            let id = gauge.path.split('.').nth(1).unwrap_or_default();
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        let value =
            |id: &str, column: &str| run.value(&format!("{table}.{id}.{column}")).unwrap_or(0.0);
        let shown: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| ids.iter().any(|id| value(id, column) > 0.0))
            .collect();
        if shown.is_empty() {
            continue;
        }
        let wide = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0).max(table.len());
        let _ = write!(text, "\n{table:<wide$}");
        for column in &shown {
            let _ =
                write!(text, "  {:>width$}", column.replace('_', " "), width = column.len().max(7));
        }
        text.push('\n');
        for id in ids {
            let _ = write!(text, "{id:<wide$}");
            for column in &shown {
                let _ =
                    write!(text, "  {:>width$}", value(id, column), width = column.len().max(7));
            }
            text.push('\n');
        }
    }
}

/// Writes what happened to the orders, in lines that add up.
fn write_ledger(text: &mut String, run: &Run, design: &Design) {
    let many = &design.load.noun.many;
    let count = |name: &str| run.value(&format!("ledger.{name}")).unwrap_or(0.0);
    let _ = writeln!(
        text,
        "\n{many} offered {} = rejected {} + accepted {}{}",
        count("orders_offered"),
        count("orders_rejected"),
        count("orders_accepted"),
        match count("orders_offered") - count("orders_rejected") - count("orders_accepted") {
            0.0 => String::new(),
            waiting => format!(" + at the door {waiting}"),
        }
    );
    let _ = writeln!(
        text,
        "accepted {} = completed {} + in progress {} + dead-lettered {} + lost {}",
        count("orders_accepted"),
        count("orders_completed"),
        count("orders_in_progress"),
        count("orders_dead_lettered"),
        count("orders_lost"),
    );
    let all = design.all_effects();
    let mut kinds: Vec<&EffectKind> = all.done().map(|(_, kind)| kind).collect();
    // What was done to each first, and what was said of it last.
    kinds.sort_by_key(|kind| kind.effect.forgotten);
    let mut effects: Vec<String> = kinds
        .iter()
        .map(|kind| {
            let (many, title) = (&kind.effect.many, kind.effect.title().replace('_', " "));
            let times = count(many);
            if !kind.effect.once {
                return format!("{title} {times}");
            }
            let again = count(&format!("duplicate_{many}"));
            format!("{title} {times}, {again} of them duplicates")
        })
        .collect();
    // Reversals, where there were any.
    let undone = kinds.iter().filter_map(|kind| kind.undo.as_ref());
    for (_, undo) in undone.filter(|(_, undo)| count(&undo.many) > 0.0) {
        effects.push(format!("{} {}", undo.title().replace('_', " "), count(&undo.many)));
    }
    if count("orders_cancelled") > 0.0 {
        effects.insert(0, format!("cancelled {}", count("orders_cancelled")));
    }
    for kind in kinds.iter().filter(|kind| kind.effect.once) {
        let done = &kind.effect.done;
        let rejected = count(&format!("orders_{done}_and_rejected"));
        if rejected > 0.0 {
            effects.push(format!("{done} and then rejected {rejected}"));
        }
    }
    if !effects.is_empty() {
        let _ = writeln!(text, "{}", effects.join(" · "));
    }
}
