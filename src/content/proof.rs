//! Checks that need a run: exactly one option of each bet holds, the one without a trap, and an
//! incident's goal fails at the start and holds with its solution.

use super::design;
use super::lab::{Lab, LabDraft};
use super::loader::{Loader, Located, SceneDraft, SourceSpan};
use super::scenario::Scenario;
use super::trap;
use crate::design::span_of;
use redrive_sim::claim::{Claim, ClaimError};
use redrive_sim::design::{Design, Experiment};
use redrive_sim::kernel::time::Time;
use redrive_sim::run::Run;

/// Runs every lab of a scenario without errors.
pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    for draft in &scenario.labs {
        let wanted = draft.lab.experiment.design_id();
        let Some(found) = scenario.designs.iter().find(|design| design.source.id == wanted) else {
            continue;
        };
        let Ok(base) = design::open(&found.source) else { continue };
        let subject = Subject { base: &base, documents: &found.source.workflows };
        bets(draft, &subject, loader);
        goal(draft, &subject, loader);
    }
    for draft in &scenario.scenes {
        let wanted = draft.experiment.design_id();
        let Some(found) = scenario.designs.iter().find(|design| design.source.id == wanted) else {
            continue;
        };
        let Ok(base) = design::open(&found.source) else { continue };
        scene(draft, &Subject { base: &base, documents: &found.source.workflows }, loader);
    }
}

/// Maximum number of orders in a course's run, a few seconds of work at every check.
const ORDERS_MAX: u32 = 200_000;
/// Maximum length of such a run in days: messages are kept for at most fourteen (SQS-08).
const DAYS_MAX: u64 = 31;

/// The design that experiments run on.
struct Subject<'a> {
    base: &'a Design,
    documents: &'a [(String, String)],
}

/// Why a claim cannot be evaluated.
enum Unproved {
    /// The claim with this index cannot be parsed.
    Claim(usize, ClaimError),
    /// There is no run.
    Run(String),
}

impl Subject<'_> {
    /// Builds a run of the experiment, before anything happens.
    fn run(&self, experiment: &Experiment) -> Result<Run, Unproved> {
        self.is_bounded(experiment).map_err(Unproved::Run)?;
        Run::experiment(experiment, self.base, self.documents).map_err(|mistakes| {
            let first = mistakes.first().map(|mistake| mistake.sentence.clone());
            Unproved::Run(first.unwrap_or_default())
        })
    }

    /// Checks that the experiment is small enough to run at every check.
    fn is_bounded(&self, experiment: &Experiment) -> Result<(), String> {
        let days = experiment.run.0.0 / (86_400 * 1_000_000);
        if days >= DAYS_MAX {
            return Err(format!(
                "this run lasts {days} days, and one that is checked less than {DAYS_MAX}"
            ));
        }
        // An impossible change is reported when the run is built.
        let Ok(design) = experiment.changed(self.base) else { return Ok(()) };
        let count = experiment.arrivals(&design).count;
        if count > ORDERS_MAX {
            let many = &design.load.noun.many;
            return Err(format!(
                "this run has {count} {many}, and one that is checked at most {ORDERS_MAX}"
            ));
        }
        Ok(())
    }

    /// Evaluates claims at the end of an experiment.
    fn judge(&self, experiment: &Experiment, claims: &[&str]) -> Result<Vec<bool>, Unproved> {
        judge(self.run(experiment)?, Time::ZERO + experiment.run.0, claims)
    }
}

/// Advances a run to an instant and evaluates claims there.
fn judge(mut run: Run, until: Time, claims: &[&str]) -> Result<Vec<bool>, Unproved> {
    run.watch(false);
    let gauges = run.gauges();
    let mut read = Vec::new();
    for (index, text) in claims.iter().enumerate() {
        let wrong = |error| Unproved::Claim(index, error);
        let claim = Claim::parse(text, &gauges).map_err(wrong)?;
        if let Some(late) = claim.instants().into_iter().find(|instant| *instant > until) {
            let sentence = format!("this asks about {late}, and the run is over at {until}");
            let text = (*text).to_owned();
            return Err(wrong(ClaimError { at: 0..text.len(), text, sentence }));
        }
        read.push(claim);
    }
    Ok(run.judge(until, &read))
}

fn at(draft: &LabDraft, path: &str) -> SourceSpan {
    SourceSpan::new(draft.file, span_of(path, &draft.source.text).unwrap_or(0..0))
}

/// Reports a claim that cannot be evaluated, with the caret under the mistake.
fn tell(draft: &LabDraft, paths: &[String], unproved: Unproved, loader: &mut Loader<'_>) {
    match unproved {
        Unproved::Run(sentence) => {
            loader.error(at(draft, "experiment"), sentence);
        }
        Unproved::Claim(index, error) => {
            let path = paths.get(index).map_or("", String::as_str);
            unread(at(draft, path), error, loader);
        }
    }
}

/// Places a mistake inside a claim's quotation marks, as far as the text appears in the file
/// unescaped.
fn unread(place: SourceSpan, error: ClaimError, loader: &mut Loader<'_>) {
    let start = place.start + 1 + error.at.start;
    let end = (place.start + 1 + error.at.end).min(place.end);
    loader.error(SourceSpan::new(place.file, start..end.max(start)), error.sentence);
}

/// Checks that a scene shows what it claims, at a part that exists.
fn scene(draft: &SceneDraft, subject: &Subject<'_>, loader: &mut Loader<'_>) {
    let judged = subject.run(&draft.experiment).and_then(|run| {
        if run.topology().find(&draft.part.value).is_none() {
            let message = format!("this design has no part `{}`", draft.part.value);
            loader
                .error(draft.part.place, message)
                .help("a part is named by its path, such as queues.work");
        }
        judge(run, Time::ZERO + draft.at.0, &[&draft.claim.value])
    });
    match judged {
        Ok(held) if held == [true] => {}
        Ok(_) => {
            loader
                .error(draft.claim.place, "this does not hold at the scene's instant")
                .help("see what a run shows with `redrive simulate`");
        }
        Err(Unproved::Claim(_, error)) => unread(draft.claim.place, error, loader),
        Err(Unproved::Run(sentence)) => {
            loader.error(draft.place, sentence);
        }
    }
}

fn bets(draft: &LabDraft, subject: &Subject<'_>, loader: &mut Loader<'_>) {
    let Lab { bet: bets, experiment, .. } = &draft.lab;
    let mut claims = Vec::new();
    let mut paths = Vec::new();
    for (number, bet) in bets.iter().enumerate() {
        for (place, option) in bet.option.iter().enumerate() {
            claims.push(option.claim.as_str());
            paths.push(format!("bet.{number}.option.{place}.claim"));
        }
    }
    let held = match subject.judge(experiment, &claims) {
        Ok(held) => held,
        Err(unproved) => return tell(draft, &paths, unproved, loader),
    };
    let mut first = 0;
    for (number, bet) in bets.iter().enumerate() {
        let of_this = held.get(first..first + bet.option.len()).unwrap_or_default();
        let right: Vec<String> = of_this
            .iter()
            .enumerate()
            .filter(|(_, held)| **held)
            .map(|(place, _)| (place + 1).to_string())
            .collect();
        if right.len() == 1 {
            traps(draft, number, of_this, loader);
        } else {
            let message = match right.len() {
                0 => "no option of this bet holds".to_owned(),
                _ => format!("options {} of this bet all hold", right.join(" and ")),
            };
            loader
                .error(at(draft, &format!("bet.{number}.ask")), message)
                .help("exactly one is right: see what the run shows with `redrive simulate`");
        }
        first += bet.option.len();
    }
}

/// Checks that the option of a bet that holds has no trap, and that every other one has.
fn traps(draft: &LabDraft, number: usize, held: &[bool], loader: &mut Loader<'_>) {
    let options = draft.lab.bet.get(number).into_iter().flat_map(|bet| &bet.option);
    for (place, (option, right)) in options.zip(held).enumerate() {
        let path = format!("bet.{number}.option.{place}");
        let trap = option.trap.clone().map(|value| {
            let place = at(draft, &format!("{path}.trap"));
            Located { value, place }
        });
        trap::check(*right, trap.as_ref(), at(draft, &path), loader);
    }
}

fn goal(draft: &LabDraft, subject: &Subject<'_>, loader: &mut Loader<'_>) {
    let (Some(goal), Some(solved)) = (&draft.lab.goal, draft.lab.solved()) else { return };
    let claims: Vec<&str> = goal.checks.iter().map(String::as_str).collect();
    let paths: Vec<String> = (0..claims.len()).map(|n| format!("goal.checks.{n}")).collect();
    match subject.judge(&draft.lab.experiment, &claims) {
        Err(unproved) => return tell(draft, &paths, unproved, loader),
        Ok(held) if held.iter().all(|held| *held) => {
            loader
                .error(at(draft, "goal.checks"), "nothing is wrong: all checks hold at the start");
        }
        Ok(_) => {}
    }
    match subject.judge(&solved, &claims) {
        Err(unproved) => tell(draft, &paths, unproved, loader),
        Ok(held) => {
            for (path, _) in paths.iter().zip(held).filter(|(_, held)| !held) {
                loader.error(at(draft, path), "the solution does not reach this check");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Folder;

    const DESIGN: &str = "title = \"A desk\"\n[load]\norders = [{ weight = 1, detail = '{}' }]\n\
        [services.till]\nlatency = \"100ms\"\n[intakes.door]\nrequired = true\ncalls = [\"till\"]\n";

    /// Problems of a lab with these lines in it.
    fn told(kind: &str, rest: &str) -> Vec<String> {
        told_of(kind, rest, "run = \"1m\"")
    }

    /// The same with other lines in the experiment.
    fn told_of(kind: &str, rest: &str, experiment: &str) -> Vec<String> {
        let lab = format!(
            "id = \"a\"\ntitle = \"A\"\nkind = \"{kind}\"\nteaches = [\"S1.1\"]\nlesson = \"x#y\"\n\
             why = \"So.\"\n{rest}\n[experiment]\ndesign = \"desk\"\n{experiment}\n\
             faults = [{{ at = \"10s\", kind = \"outage\", part = \"till\", for = \"20s\" }}]\n"
        );
        let folder =
            Folder::new("s", [("designs/desk.toml", DESIGN), ("labs/a.toml", lab.as_str())]);
        let (scenario, read) = crate::read_scenario(&folder);
        let mut loader = Loader::new(&folder);
        check(&scenario, &mut loader);
        let of_lab = read.into_iter().filter(|problem| problem.file.contains("labs/"));
        let all = of_lab.chain(loader.found).filter(|problem| !problem.message.contains("S1.1"));
        let all = all.filter(|problem| !problem.message.contains("lesson"));
        all.map(|problem| format!("{}:{} {}", problem.line, problem.column, problem.message))
            .collect()
    }

    fn bet(first: &str, second: &str) -> String {
        format!(
            "[[bet]]\nask = \"What?\"\n[[bet.option]]\ntext = \"One\"\nclaim = \"{first}\"\n\
             [[bet.option]]\ntext = \"Other\"\nclaim = \"{second}\"\ntrap = \"other\"\n"
        )
    }

    #[test]
    fn of_a_bet_exactly_one_option_holds() {
        let (yes, no) = ("ledger.orders_rejected > 0", "ledger.orders_rejected == 0");
        assert_eq!(told("lab", &bet(yes, no)), [""; 0]);
        assert_eq!(told("lab", &bet(yes, yes)), ["8:7 options 1 and 2 of this bet all hold"]);
        assert_eq!(told("lab", &bet(no, no)), ["8:7 no option of this bet holds"]);
        let wrong = told("lab", &bet(yes, "ledger.orders_lots == 0"));
        assert!(wrong[0].starts_with("14:17 ledger has no measure"), "{wrong:?}");
        assert_eq!(told("lab", ""), ["3:8 a lab has a bet: nothing runs without one"]);
    }

    #[test]
    fn the_option_of_a_bet_that_holds_has_no_trap_and_every_other_has_one() {
        let (yes, no) = ("ledger.orders_rejected > 0", "ledger.orders_rejected == 0");
        assert_eq!(
            told("lab", &bet(no, yes)),
            ["9:1 this wrong option has no `trap`", "15:8 the right option cannot have a `trap`"]
        );
        // Without a run it is known that all but one are wrong, and not which.
        let untold = bet(yes, no).replace("trap = \"other\"\n", "");
        assert_eq!(
            told("lab", &untold),
            [
                "8:7 2 options of this bet have no `trap`, and only one is right",
                "12:1 this wrong option has no `trap`"
            ]
        );
        let all =
            bet(yes, no).replace(&format!("{yes}\"\n"), &format!("{yes}\"\ntrap = \"one\"\n"));
        assert_eq!(
            told("lab", &all),
            [
                "8:7 every option of this bet has a `trap`, and one of them is right",
                "12:8 the right option cannot have a `trap`"
            ]
        );
        let blank = bet(yes, no).replace("\"other\"", "\" \"");
        assert_eq!(told("lab", &blank), ["15:8 `trap` is empty"]);
    }

    #[test]
    fn a_course_asks_for_no_more_than_can_be_run_at_every_check() {
        let bet = bet("ledger.orders_rejected > 0", "ledger.orders_rejected == 0");
        let told = |experiment: &str| told_of("lab", &bet, experiment);
        let orders = told("run = \"1m\"\nload = { orders = 20000000 }");
        let most = "this run has 20000000 orders, and one that is checked at most 200000";
        assert!(orders.iter().any(|said| said.ends_with(most)), "{orders:?}");
        let years = told("run = \"365000d\"");
        let longest = "this run lasts 365000 days, and one that is checked less than 31";
        assert!(years.iter().any(|said| said.ends_with(longest)), "{years:?}");
    }

    #[test]
    fn a_claim_about_an_instant_after_the_end_is_refused() {
        let (late, end) = ("ledger.orders_rejected@2m > 0", "ledger.orders_rejected@1m == 0");
        assert_eq!(
            told("lab", &bet(late, end)),
            ["11:10 this asks about 00:02:00, and the run is over at 00:01:00"]
        );
        assert_eq!(told("lab", &bet("ledger.orders_rejected@1m > 0", end)), [""; 0]);
    }

    #[test]
    fn a_goal_is_not_reached_at_the_start_and_is_by_its_solution() {
        let goal = |check: &str, value: &str| {
            format!(
                "[goal]\nchecks = [\"{check}\"]\npar = 1\nhint = \"Look.\"\n\
                 solution = {{ \"intakes.door.client_retries\" = {value} }}\n"
            )
        };
        assert_eq!(told("incident", &goal("ledger.orders_rejected == 0", "90")), [""; 0]);
        let none = told("incident", &goal("ledger.orders_rejected >= 0", "90"));
        assert_eq!(none, ["8:10 nothing is wrong: all checks hold at the start"]);
        let weak = told("incident", &goal("ledger.orders_rejected == 0", "1"));
        assert_eq!(weak, ["8:11 the solution does not reach this check"]);
        let refused = told(
            "incident",
            &goal("ledger.orders_rejected == 0", "\\\"many\\\"").replace("\\\"", "\""),
        );
        assert!(refused[0].contains("client_retries cannot be"), "{refused:?}");
        assert_eq!(told("incident", ""), ["3:8 an incident has a [goal]"]);
    }
}
