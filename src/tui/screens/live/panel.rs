//! The panels of a run: one at a time, each with its own data.

use super::bet;
use super::compare::{Compare, Rival};
use super::fault_option::FaultOption;
use super::menu::Menu;
use super::order::Life;
use super::part::Inspect;
use super::playback::Pace;
use super::purpose::Purpose;
use super::replay_option::ReplayOption;
use super::run_view::RunView;
use super::setting::Setting;
use super::verdict::Verdict;
use crate::tui::keymap::Context;
use crate::tui::sheet::{Sheet, Size};

/// The view of a run.
pub enum Panel {
    Map,
    /// The sheet of a part.
    Part(Inspect),
    /// The life of an order.
    Order(Life),
    Settings(Menu<Setting>),
    Faults(Menu<FaultOption>),
    /// The replays that can be started.
    Replays(Menu<ReplayOption>),
    /// The runs to compare with.
    Rivals(Menu<Rival>),
    Compare(Box<Compare>),
    /// The bet before the clock starts.
    Bet,
    /// The verdict when the run is over.
    Verdict(Verdict),
}

impl Panel {
    /// The context that decides what keys mean.
    pub fn context(&self) -> Context {
        if self.prompt().is_some() {
            return Context::Search;
        }
        match self {
            Self::Map => Context::Live,
            Self::Part(_) => Context::Inspect,
            Self::Order(_) => Context::Life,
            Self::Settings(_) | Self::Faults(_) | Self::Replays(_) => Context::Menu,
            Self::Rivals(_) => Context::Choice,
            Self::Compare(_) => Context::Compare,
            Self::Bet => Context::Bet,
            Self::Verdict(_) => Context::Verdict,
        }
    }

    /// Whether the panel stops time: it has no scrub bar, and nothing plays.
    pub fn is_still(&self) -> bool {
        matches!(self, Self::Bet | Self::Verdict(_))
    }

    /// The panel as lines; `None` if it is a picture.
    pub fn sheet(&self, purpose: &Purpose, show: &RunView, size: Size) -> Option<Sheet> {
        Some(match self {
            Self::Map | Self::Compare(_) => return None,
            Self::Part(inspect) => inspect.sheet(show, size),
            Self::Order(life) => life.sheet(show, size),
            Self::Settings(menu) => menu.sheet(size),
            Self::Faults(menu) => menu.sheet(size),
            Self::Replays(menu) => menu.sheet(size),
            Self::Rivals(menu) => menu.sheet(size),
            Self::Bet => bet::sheet(purpose.bets()?, show, size),
            Self::Verdict(verdict) => verdict.sheet(purpose, show, size),
        })
    }

    /// The prompt while a list's filter is typed.
    pub fn prompt(&self) -> Option<String> {
        match self {
            Self::Settings(menu) => menu.list.prompt(),
            Self::Faults(menu) => menu.list.prompt(),
            Self::Replays(menu) => menu.list.prompt(),
            Self::Rivals(menu) => menu.list.prompt(),
            _ => None,
        }
    }

    /// Appends a character to a list's filter.
    pub fn typed(&mut self, character: char) {
        match self {
            Self::Settings(menu) => menu.list.typed(character),
            Self::Faults(menu) => menu.list.typed(character),
            Self::Replays(menu) => menu.list.typed(character),
            Self::Rivals(menu) => menu.list.typed(character),
            _ => {}
        }
    }

    /// Closes a list: the pace to resume, and the panel behind it.
    pub fn closed(self) -> (Pace, Self) {
        match self {
            Self::Settings(menu) => (menu.pace, *menu.behind),
            Self::Faults(menu) => (menu.pace, *menu.behind),
            Self::Replays(menu) => (menu.pace, *menu.behind),
            Self::Rivals(menu) => (menu.pace, *menu.behind),
            other => (Pace::Paused, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{BET, INCIDENT, LETTERS, lab, panel};

    #[test]
    fn each_panel_has_the_keys_of_its_kind() {
        let context = |intents: &[Intent]| panel(LETTERS).at("20s").press(intents).live().context();
        assert_eq!(context(&[]), Context::Live);
        assert_eq!(context(&[Intent::GoOn]), Context::Inspect);
        assert_eq!(context(&[Intent::Faults]), Context::Menu);
        assert_eq!(context(&[Intent::Tune, Intent::Search]), Context::Search);
        assert_eq!(lab(LETTERS, BET).live().context(), Context::Bet);
        assert_eq!(lab(LETTERS, INCIDENT).live().context(), Context::Live);
    }

    #[test]
    fn a_closed_list_gives_back_its_pace_and_what_was_behind_it() {
        let pace = Pace::Running { played: Duration::from_secs(3) };
        let (resumed, behind) = Panel::Faults(Menu::new("", Vec::new(), pace, Panel::Bet)).closed();
        assert_eq!(resumed, pace);
        assert!(matches!(behind, Panel::Bet));
        assert!(matches!(Panel::Map.closed(), (Pace::Paused, Panel::Map)));
    }

    #[test]
    fn time_stands_still_around_bets_and_nowhere_else() {
        assert!(Panel::Bet.is_still() && Panel::Verdict(Verdict::default()).is_still());
        let list = Panel::Faults(Menu::new("", Vec::new(), Pace::Paused, Panel::Map));
        assert!(!Panel::Map.is_still() && !list.is_still());
    }

    #[test]
    fn characters_go_to_a_list_only_while_its_filter_is_open() {
        let stage = panel(LETTERS).press(&[Intent::Tune]).typed("tray");
        assert_eq!(stage.live().prompt(), None);
        let stage = stage.press(&[Intent::Search]).typed("tray");
        assert!(stage.live().prompt().is_some_and(|prompt| prompt.contains("tray")));
        assert_eq!(panel(LETTERS).press(&[Intent::Search]).live().prompt(), None, "no list");
    }
}
