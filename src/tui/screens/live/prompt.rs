//! Text entries of a run: a seed, an order's number, a value.

use super::order::Life;
use super::{Live, Panel, words};
use crate::sim::design::{Experiment, Noun};
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::keymap::Intent;
use crate::tui::wrap;

/// The open text entry.
#[derive(Debug, Clone)]
pub enum Prompt {
    Seed(String),
    /// An order's number; empty means the order being followed.
    Order(String, Option<u32>),
    Value(Asked),
}

/// A value being typed.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    /// The path, and the current value.
    pub name: String,
    pub now: String,
    pub typed: String,
}

/// Columns to show of the current value, and characters to show of the typed one.
const SHOWN: usize = 24;
const TYPED: usize = 40;
/// The keys that end a prompt.
const WAYS_OUT: &str = "enter takes it, esc leaves";

impl Prompt {
    /// The prompt that replaces the footer.
    pub fn text(&self, noun: &Noun) -> String {
        let one = &noun.one;
        match self {
            Self::Seed(text) => format!("seed: {text}▏   {WAYS_OUT}"),
            Self::Order(text, Some(order)) if text.is_empty() => {
                format!(
                    "{one}: ▏ (enter: the life of {one} {order}, or back from it to follow none)"
                )
            }
            Self::Order(text, _) => format!("{one}: {text}▏   {WAYS_OUT}"),
            Self::Value(Asked { name, now, typed, .. }) => {
                // The end of the typed text stays visible, however long it is.
                let (now, typed) = (wrap::cut(now, SHOWN), tail(typed));
                format!("{name} (now {now}): {typed}▏   {WAYS_OUT}")
            }
        }
    }

    /// The text typed so far.
    pub fn typed(&mut self) -> &mut String {
        match self {
            Self::Seed(text) | Self::Order(text, _) => text,
            Self::Value(asked) => &mut asked.typed,
        }
    }
}

impl Live {
    /// Asks for the value of the item at a list's cursor.
    pub(super) fn ask(&mut self, path: String, now: String) -> Outcome {
        let name = words::name(&self.view, &path);
        self.prompt = Some(Prompt::Value(Asked { path, name, now, typed: String::new() }));
        Outcome::default()
    }

    /// Handles keys while text is entered.
    pub(super) fn prompt_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => self.prompt = None,
            Intent::Erase => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.typed().pop();
                }
            }
            Intent::GoOn => return self.entered(ctx),
            _ => {}
        }
        Outcome::default()
    }

    fn entered(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self.prompt.take() {
            Some(Prompt::Seed(text)) => match text.parse() {
                Ok(seed) => {
                    let experiment = Experiment { seed, ..self.view.experiment().clone() };
                    let told = format!("Restarted with seed {seed}.");
                    self.begin_anew(ctx, experiment, &told)
                }
                Err(_) => Outcome::notice("A seed is a number."),
            },
            Some(Prompt::Order(text, _)) if !text.is_empty() && text.parse::<u32>().is_err() => {
                Outcome::notice(format!("There is no {} {text}.", self.view.noun().one))
            }
            Some(Prompt::Order(text, followed)) => {
                let is_life = matches!(self.panel, Panel::Order(_));
                let known = followed.filter(|_| text.is_empty() && !is_life);
                self.view.followed = text.parse().ok().or(known);
                let Some(order) = self.view.followed else {
                    self.panel = Panel::Map;
                    return Outcome::notice(format!("No {} is followed.", self.view.noun().one));
                };
                self.panel = Panel::Order(Life::new(&self.view, order));
                Outcome::default()
            }
            Some(Prompt::Value(asked)) if asked.typed.trim().is_empty() => Outcome::default(),
            Some(Prompt::Value(asked)) => self.value_entered(ctx, &asked),
            None => Outcome::default(),
        }
    }

    /// Applies a typed value: to a setting, or as the duration of a fault.
    fn value_entered(&mut self, ctx: Ctx<'_>, asked: &Asked) -> Outcome {
        match &mut self.panel {
            Panel::Settings(menu) => {
                let value = menu.chosen_mut().map(|setting| setting.typed(&asked.typed));
                value
                    .map_or_else(Outcome::default, |value| self.set(ctx, &asked.path, value, false))
            }
            Panel::Faults(menu) => {
                let taken = menu.chosen_mut().map_or(Ok(()), |fault| fault.last_for(&asked.typed));
                taken.map_or_else(|sentence| self.refused(&sentence), |()| Outcome::default())
            }
            Panel::Replays(menu) => {
                let taken = menu.chosen_mut().map_or(Ok(()), |replay| replay.spans(&asked.typed));
                taken.map_or_else(|sentence| self.refused(&sentence), |()| Outcome::default())
            }
            _ => Outcome::default(),
        }
    }
}

/// The end of the typed text, where the next character goes.
fn tail(typed: &str) -> String {
    let count = typed.chars().count();
    if count <= TYPED {
        return typed.to_owned();
    }
    format!("…{}", typed.chars().skip(count + 1 - TYPED).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_last_is_seen_however_long_it_is() {
        let long = "x".repeat(900);
        let asked = Asked {
            path: String::new(),
            name: "policy".to_owned(),
            now: long.clone(),
            typed: format!("{long}END"),
        };
        let text = Prompt::Value(asked).text(&Noun::default());
        assert!(text.contains("END▏") && text.ends_with(WAYS_OUT), "{text}");
        assert!(text.chars().count() < 120, "{text}");
        assert_eq!(tail("13h"), "13h");
    }
}
