//! Scenes: a run in the state that a picture or a question describes, and what the reader sees
//! there.
//!
//! Each scene has a claim that must hold at its instant; `proof` reports a picture that does not
//! show what it says.

use super::course::Scene;
use super::design::DesignDraft;
use super::experiment;
use super::form::Form;
use super::loader::{Loader, SceneDraft, Target, Use};
use redrive_sim::design::{Duration, Experiment};

/// Characters that fit in two lines under a picture at 80 columns, wherever they break.
const TEXT_MAX: usize = 130;

/// Reads a table `[scene]`: an experiment's fields, and `at`, `part`, `text`, `claim`.
pub fn read(mut form: Form<'_, '_>, loader: &mut Loader<'_>) -> Option<Scene> {
    let at = form.text("at", loader);
    let part = form.text("part", loader);
    let text = form.text("text", loader);
    let claim = form.text("claim", loader);
    let place = form.place;
    let fields = ["design", "load", "run", "faults", "changes", "then"];
    let places: Vec<_> = fields.into_iter().map(|key| (key, form.place_of(key))).collect();
    let is_endless = !form.has("run");
    let mut experiment: Experiment = form.rest(loader)?;
    if is_endless {
        experiment.run = Experiment::HOUR;
    }
    let instant = Duration::parse(&at.value).unwrap_or_else(|| {
        loader.error(at.place, format!("`{}` is no time such as 5m", at.value));
        Duration::default()
    });
    if instant > experiment.run {
        loader.error(at.place, "the run is over by then");
    }
    let design = experiment.design_id().to_owned();
    if design.is_empty() {
        loader.error(place, "this scene has no `design`").help("add a line `design = …`");
    }
    let named = places.iter().find(|(key, _)| *key == "design").map_or(place, |(_, place)| *place);
    loader.uses.push(Use { target: Target::Design(design), place: named });
    let words = text.value.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > TEXT_MAX {
        let count = words.chars().count();
        let message = format!("this is {count} characters long, and {TEXT_MAX} fit in two lines");
        loader.error(text.place, message);
    }
    let written = match experiment::write(&experiment) {
        Ok(written) => written,
        Err(sentence) => {
            loader.error(place, sentence);
            return None;
        }
    };
    let scene = Scene {
        experiment: written,
        at_ms: instant.0.as_millis(),
        part: part.value.clone(),
        text: words,
    };
    loader.scenes.push(SceneDraft { experiment, at: instant, part, claim, places, place });
    Some(scene)
}

/// Returns the scenes once the designs are known, and reports mistakes that need no run.
pub fn known(designs: &[DesignDraft], loader: &mut Loader<'_>) -> Vec<SceneDraft> {
    let scenes = std::mem::take(&mut loader.scenes);
    for scene in &scenes {
        let id = scene.experiment.design_id();
        let Some(design) = designs.iter().find(|design| design.source.id == id) else { continue };
        for mistake in experiment::mistakes(&scene.experiment, design) {
            loader.error(scene.place_of(&mistake.path), mistake.sentence);
        }
    }
    scenes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Document;
    use crate::proof;
    use crate::scenario::Scenario;
    use crate::source::Folder;

    const DESIGN: &str = "title = \"A desk\"\n[load]\norders = [{ weight = 1, detail = '{}' }]\n\
        [services.till]\nlatency = \"100ms\"\n[intakes.door]\nrequired = true\ncalls = [\"till\"]\n";
    const SCENE: &str = "design = \"desk\"\nat = \"1m\"\npart = \"services.till\"\ntext = \"Shut.\"\n\
        claim = \"ledger.orders_rejected > 0\"\n\
        faults = [{ at = \"10s\", kind = \"outage\", part = \"till\", for = \"5m\" }]\n";

    /// Problems of the scene with one change, with and without a run.
    fn told(from: &str, to: &str) -> Vec<String> {
        assert!(SCENE.contains(from), "{from}");
        let text = SCENE.replace(from, to);
        let folder = Folder::new("s", [("designs/desk.toml", DESIGN), ("a.toml", text.as_str())]);
        let (read_alone, _) = crate::read_scenario(&folder);
        let mut loader = Loader::new(&folder);
        let document = Document::parse(&text, 0, 0, &mut loader).unwrap();
        read(document.form("scene"), &mut loader);
        let scenes = known(&read_alone.designs, &mut loader);
        if loader.found.is_empty() {
            proof::check(&Scenario { scenes, ..read_alone }, &mut loader);
        }
        let place = |p: &crate::Problem| format!("{}:{} {}", p.line, p.column, p.message);
        loader.found.iter().map(place).collect()
    }

    #[test]
    fn a_scene_shows_what_it_claims() {
        assert_eq!(told("Shut.", "Shut."), [""; 0]);
        let early = told("at = \"1m\"", "at = \"5s\"");
        assert_eq!(early, ["5:9 this does not hold at the scene's instant"]);
        assert_eq!(
            told("services.till\"\ntext", "queues.till\"\ntext"),
            ["3:8 this design has no part `queues.till`"]
        );
        let misspelled = told("orders_rejected", "orders_refused");
        assert!(misspelled[0].starts_with("5:17 ledger has no measure"), "{misspelled:?}");
    }

    #[test]
    fn a_wrong_scene_is_told_at_its_place() {
        for (from, to, wanted) in [
            ("at = \"1m\"", "at = \"soon\"", "2:6 `soon` is no time such as 5m"),
            ("at = \"1m\"", "at = \"2h\"", "2:6 the run is over by then"),
            ("text = \"Shut.\"\n", "", "1:1 this scene has no `text`"),
            ("design = \"desk\"\n", "", "1:1 this scene has no `design`"),
            (
                "part = \"till\"",
                "part = \"bell\"",
                "6:10 Nothing called \"bell\" in this design can",
            ),
            ("faults", "breaks", "6:1 unknown field `breaks`"),
            (
                "faults",
                "changes = { \"services.till.speed\" = 1 }\nfaults",
                "6:11 There is no speed",
            ),
        ] {
            let found = told(from, to);
            assert!(found.iter().any(|told| told.starts_with(wanted)), "{wanted}: {found:?}");
        }
    }
}
