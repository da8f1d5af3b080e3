//! Side effects of service calls, which the ledger counts.

use serde::{Deserialize, Serialize};

use super::{Design, NONE};

/// Maximum number of effects in a design, not counting those that undo another: each order has a counter per
/// effect.
pub const EFFECTS_MAX: usize = 4;

/// A side effect. `ledger.MANY` counts it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Effect {
    /// Plural noun that names the measure: `postings`.
    pub many: String,
    /// Participle that describes an affected order: `posted`.
    pub done: String,
    /// Label of the count on screens; the name of the measure by default.
    pub title: Option<String>,
    /// Id of the effect that this one undoes.
    pub undoes: Option<String>,
    /// Whether the effect does harm if it happens twice for an order, or for a rejected one:
    /// `ledger.duplicate_MANY` and `ledger.orders_DONE_and_rejected` count these cases.
    pub once: bool,
    /// Whether services keep no record of the orders that had the effect, so that no idempotency key prevents
    /// a duplicate.
    pub forgotten: bool,
}

impl Effect {
    /// Label of the count on screens.
    #[must_use]
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.many)
    }
}

/// An effect, with the one that undoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectKind {
    pub id: String,
    pub effect: Effect,
    /// Effect that undoes this one, with its id.
    pub undo: Option<(String, Effect)>,
    /// Whether a service of the design has the effect; other effects are not shown.
    pub is_done: bool,
}

/// Side effect of a service call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SideEffect {
    #[default]
    None,
    /// Has the effect with this index.
    Does(usize),
    /// Undoes the effect with this index, as often as the order had it.
    Undoes(usize),
}

/// All effects of a design: its own, or the usual ones of a shop if it defines none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    pub kinds: Vec<EffectKind>,
}

impl Effects {
    /// Resolves the `side_effect` of a service.
    #[must_use]
    pub fn of(&self, side_effect: Option<&str>) -> SideEffect {
        let Some(id) = side_effect.filter(|id| *id != NONE) else { return SideEffect::None };
        let undoes = |kind: &EffectKind| kind.undo.as_ref().is_some_and(|(undo, _)| undo == id);
        let does = self.kinds.iter().position(|kind| kind.id == id).map(SideEffect::Does);
        let undone = || self.kinds.iter().position(undoes).map(SideEffect::Undoes);
        does.or_else(undone).unwrap_or_default()
    }

    /// Whether both have the same effects, regardless of which services have them.
    #[must_use]
    pub fn are(&self, other: &Self) -> bool {
        let same = |(one, other): (&EffectKind, &EffectKind)| {
            (&one.id, &one.effect, &one.undo) == (&other.id, &other.effect, &other.undo)
        };
        self.kinds.len() == other.kinds.len() && self.kinds.iter().zip(&other.kinds).all(same)
    }

    /// Ids of all effects, including those that undo another.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().flat_map(|kind| {
            let undo = kind.undo.as_ref().map(|(id, _)| id.as_str());
            std::iter::once(kind.id.as_str()).chain(undo)
        })
    }

    /// Effects that services of the design have, with their indices.
    pub fn done(&self) -> impl Iterator<Item = (usize, &EffectKind)> {
        self.kinds.iter().enumerate().filter(|(_, kind)| kind.is_done)
    }

    /// Effect that does harm if it happens twice; the first if there are several.
    #[must_use]
    pub fn harmful(&self) -> Option<(usize, &EffectKind)> {
        self.done().find(|(_, kind)| kind.effect.once)
    }
}

/// Usual effects of a shop.
fn usual() -> Vec<EffectKind> {
    let effect = |many: &str, done: &str| Effect {
        many: many.to_owned(),
        done: done.to_owned(),
        ..Effect::default()
    };
    let kind = |id: &str, effect: Effect, undo: Option<(&str, Effect)>| EffectKind {
        id: id.to_owned(),
        effect,
        undo: undo.map(|(id, effect)| (id.to_owned(), effect)),
        is_done: false,
    };
    let charge = Effect { once: true, ..effect("charges", "charged") };
    let title = Some("messages".to_owned());
    let email = Effect { forgotten: true, title, ..effect("emails", "e-mailed") };
    vec![
        kind("charge", charge, Some(("refund", effect("refunds", "refunded")))),
        kind("email", email, None),
        kind(
            "shipment",
            effect("shipments", "shipped"),
            Some(("recall", effect("recalls", "recalled"))),
        ),
        kind(
            "reservation",
            effect("reservations", "reserved"),
            Some(("release", effect("releases", "released"))),
        ),
    ]
}

impl Design {
    /// Effects that the design's services may have, each with the one that undoes it.
    #[must_use]
    pub fn all_effects(&self) -> Effects {
        let mut kinds = if self.effects.is_empty() { usual() } else { self.own_effects() };
        for kind in &mut kinds {
            let mut services = self.services.values();
            kind.is_done = services.any(|service| service.side_effect.as_ref() == Some(&kind.id));
        }
        Effects { kinds }
    }

    fn own_effects(&self) -> Vec<EffectKind> {
        let does = self.effects.iter().filter(|(_, effect)| effect.undoes.is_none());
        let kinds = does.take(EFFECTS_MAX).map(|(id, effect)| {
            let undo = self.effects.iter().find(|(_, undo)| undo.undoes.as_ref() == Some(id));
            let undo = undo.map(|(undo, effect)| (undo.clone(), effect.clone()));
            EffectKind { id: id.clone(), effect: effect.clone(), undo, is_done: false }
        });
        kinds.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_design_has_its_own_effects_or_the_usual_ones() {
        let usual = Design::default().all_effects();
        assert_eq!(usual.of(Some("charge")), SideEffect::Does(0));
        assert_eq!(usual.of(Some("recall")), SideEffect::Undoes(2));
        assert_eq!(
            [None, Some("none"), Some("posting")].map(|id| usual.of(id)),
            [SideEffect::None; 3]
        );
        let own: Design = toml::from_str(
            "[effects.call-back]\nmany = \"call_backs\"\ndone = \"fetched\"\nundoes = \"posting\"\n\
             [effects.posting]\nmany = \"postings\"\ndone = \"posted\"\nonce = true\n\
             [services.post]\nside_effect = \"posting\"\n",
        )
        .unwrap();
        assert!(usual.harmful().is_none(), "no service charges");
        let own = own.all_effects();
        assert_eq!(own.ids().collect::<Vec<_>>(), ["posting", "call-back"]);
        assert_eq!(own.of(Some("call-back")), SideEffect::Undoes(0));
        assert_eq!(own.of(Some("charge")), SideEffect::None);
        assert_eq!(
            own.harmful().map(|(index, kind)| (index, kind.id.as_str())),
            Some((0, "posting"))
        );
    }
}
