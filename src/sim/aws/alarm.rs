//! Evaluation of a CloudWatch alarm's datapoints (CW-01 to CW-06), and of a composite alarm's rule.

pub mod rule;

/// How missing datapoints are treated (CW-03).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TreatMissingData {
    #[default]
    Missing,
    NotBreaching,
    Breaching,
    Ignore,
}

/// State of an alarm (CW-02). It starts as `InsufficientData`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    Ok,
    Alarm,
    #[default]
    InsufficientData,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Alarm, Self::Ok, Self::InsufficientData];

    /// AWS's name of the state.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// Length of the evaluation range: five datapoints are retrieved to evaluate three (CW-04). Other
/// numbers are not documented; two more is a *model assumption* (MA-alarm-1).
#[must_use]
pub fn range(periods: usize) -> usize {
    periods + 2
}

/// The state after evaluating the range, oldest datapoint first: whether each breaches the
/// threshold, or `None` where it is missing. ALARM needs `alarming` breaching datapoints out of
/// `periods`; `before` is the state so far, which may stay.
#[must_use]
pub fn evaluate(
    points: &[Option<bool>],
    periods: usize,
    alarming: usize,
    missing: TreatMissingData,
    before: State,
) -> State {
    let real: Vec<bool> = points.iter().copied().flatten().collect();
    if real.is_empty() {
        return match missing {
            TreatMissingData::Missing => State::InsufficientData,
            TreatMissingData::Ignore => before,
            TreatMissingData::Breaching => State::Alarm,
            TreatMissingData::NotBreaching => State::Ok,
        };
    }
    let judge = |breaching: usize| {
        if breaching >= alarming { State::Alarm } else { State::Ok }
    };
    if real.len() >= periods {
        // Enough real datapoints: evaluate the latest of them and ignore missing ones.
        let latest = real.iter().rev().take(periods);
        return judge(latest.filter(|breaches| **breaches).count());
    }
    // Too few: fill the remaining places as the setting says.
    let breaching = real.iter().filter(|breaches| **breaches).count();
    let filled = periods - real.len();
    match missing {
        TreatMissingData::Breaching => judge(breaching + filled),
        TreatMissingData::NotBreaching => judge(breaching),
        TreatMissingData::Missing | TreatMissingData::Ignore => {
            if breaching >= alarming {
                return State::Alarm;
            }
            // The premature alarm: all existing datapoints breach, and the oldest is at least as
            // many periods old as datapoints are needed (CW-01, CW-04). Until then the state stays
            // as it was; that is not documented, so a *model assumption* (MA-alarm-2).
            let oldest = points.iter().position(Option::is_some).unwrap_or_default();
            let is_old_enough = points.len() - oldest >= alarming;
            match (breaching == real.len(), missing) {
                (true, TreatMissingData::Missing) if is_old_enough => State::Alarm,
                (true, _) => before,
                (false, _) => State::Ok,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `0` is fine, `X` breaches, `-` is missing. Results for missing, ignore, breaching and
    /// notBreaching; `R` retains the state.
    fn check(points: &str, (alarming, periods): (usize, usize), expected: [&str; 4]) {
        let points: Vec<Option<bool>> = points
            .chars()
            .map(|sign| match sign {
                '0' => Some(false),
                'X' => Some(true),
                _ => None,
            })
            .collect();
        let kinds = [
            TreatMissingData::Missing,
            TreatMissingData::Ignore,
            TreatMissingData::Breaching,
            TreatMissingData::NotBreaching,
        ];
        for before in [State::Ok, State::Alarm, State::InsufficientData] {
            for (kind, expected) in kinds.into_iter().zip(expected) {
                let state = evaluate(&points, periods, alarming, kind, before);
                let word = if expected == "R" { before.word() } else { expected };
                assert_eq!(state.word(), word, "{points:?} {kind:?} after {before:?}");
            }
        }
    }

    #[test]
    fn three_of_three_as_documented() {
        check("0-X-X", (3, 3), ["OK", "OK", "OK", "OK"]);
        check("0XX-X", (3, 3), ["ALARM", "ALARM", "ALARM", "ALARM"]);
        check("-----", (3, 3), ["INSUFFICIENT_DATA", "R", "ALARM", "OK"]);
        check("--X--", (3, 3), ["ALARM", "R", "ALARM", "OK"]);
    }

    #[test]
    fn two_of_three_as_documented() {
        check("0-X-X", (2, 3), ["ALARM", "ALARM", "ALARM", "ALARM"]);
        check("0-X--", (2, 3), ["OK", "OK", "ALARM", "OK"]);
        check("----0", (2, 3), ["OK", "OK", "ALARM", "OK"]);
        check("---X-", (2, 3), ["ALARM", "R", "ALARM", "OK"]);
    }

    /// CW-01, CW-04: at first, one breaching datapoint triggered any alarm.
    #[test]
    fn an_alarm_of_several_waits_until_its_oldest_breaching_datapoint_is_old_enough() {
        check("----X", (3, 3), ["R", "R", "ALARM", "OK"]);
        check("---X-", (3, 3), ["R", "R", "ALARM", "OK"]);
        check("--X--", (3, 3), ["ALARM", "R", "ALARM", "OK"]);
        check("-----X", (3, 4), ["R", "R", "ALARM", "OK"]);
        check("----XX", (3, 4), ["R", "R", "ALARM", "OK"]);
        check("---XXX", (3, 4), ["ALARM"; 4]);
        check("---X", (2, 2), ["R", "R", "ALARM", "OK"]);
        check("--X-", (2, 2), ["ALARM", "R", "ALARM", "OK"]);
        check("--X", (1, 1), ["ALARM"; 4]);
    }

    #[test]
    fn one_of_one_follows_the_last_datapoint() {
        check("0X0", (1, 1), ["OK"; 4]);
        check("00X", (1, 1), ["ALARM"; 4]);
    }
}
