//! An offset that holds the rate whatever comes, and an alarm for when everything changed.

use autopack_stats::RateCusum;
use serde::{Deserialize, Serialize};

use super::aim::SHARE_OF_TARGET;
use super::target::TargetTruncation;

/// How far one truncation lifts the logarithm of the ceiling; 49 whole answers undo it at 2 %.
const STEP: f64 = 0.1;
/// What is kept of the offset when the quantile is learned anew: what it made up for is by then
/// partly in the curve.
const KEPT: f64 = 0.8;
/// The offset's range, as a logarithm of the ceiling: from seven tenths to 55 times, which is more
/// than lengths of a group that are no runaways lie apart.
const RANGE: (f64, f64) = (-0.35, 4.0);
/// Truncations that a group may be ahead of its target before further ones lift faster.
const PATIENCE: f64 = 2.0;
/// How many truncations a group may be ahead of or behind its target in what is remembered.
const EXCESS_RANGE: (f64, f64) = (-2.0, 4.0);
/// The alarm looks for a rate so many times the target ...
const RAISED: f64 = 5.0;
/// ... or this one, where that would be no rate.
const MOST_RAISED: f64 = 0.6;
/// The e-value at which the alarm goes off: at the target, the mean time between false alarms is at
/// least as many calls.
const ALARM: f64 = 100.0;

/// Holds the truncation rate of one group.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Tracker {
    rate: f64,
    offset: f64,
    /// Truncations beyond those that were due.
    excess: f64,
    alarm: Option<RateCusum>,
}

impl Tracker {
    pub(super) fn new(target: TargetTruncation) -> Self {
        let raised = (RAISED * target.get()).min(MOST_RAISED);
        Self {
            rate: target.get() * SHARE_OF_TARGET,
            offset: 0.0,
            excess: 0.0,
            alarm: RateCusum::new(target.get(), raised),
        }
    }

    pub(super) fn add(&mut self, was_cut: bool) {
        let missed = f64::from(u8::from(was_cut)) - self.rate;
        let (least, most) = EXCESS_RANGE;
        self.excess = (self.excess + missed).clamp(least, most);
        let lift = if was_cut {
            1.0 + (self.excess - PATIENCE).max(0.0)
        } else {
            1.0
        };
        self.shift(STEP * missed * lift);
    }

    /// Whether so many were cut off that lengths must have changed; then it is quiet again.
    pub(super) fn has_alarmed(&mut self, was_cut: bool) -> bool {
        let Some(alarm) = &mut self.alarm else {
            return false;
        };
        alarm.add(was_cut);
        let is_alarmed = alarm.log_e_value() > ALARM.ln();
        if is_alarmed {
            alarm.reset();
        }
        is_alarmed
    }

    /// Doubles the ceiling.
    pub(super) fn double(&mut self) {
        self.shift(std::f64::consts::LN_2);
    }

    /// The quantile was learned anew.
    pub(super) fn settle(&mut self) {
        self.offset *= KEPT;
    }

    pub(super) fn factor(&self) -> f64 {
        self.offset.exp()
    }

    fn shift(&mut self, by: f64) {
        let (least, most) = RANGE;
        self.offset = (self.offset + by).clamp(least, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracker() -> Tracker {
        Tracker::new(TargetTruncation::new(0.02).expect("a rate"))
    }

    #[test]
    fn one_truncation_lifts_by_a_tenth_and_fifty_whole_answers_undo_it() {
        let mut tracker = tracker();
        tracker.add(true);
        assert!((tracker.factor().ln() - 0.098).abs() < 1e-3);
        for _ in 0..51 {
            tracker.add(false);
        }
        assert!(tracker.factor().ln().abs() < 0.002);
    }

    #[test]
    fn many_truncations_lift_faster_and_sound_the_alarm() {
        let mut tracker = tracker();
        let mut factors = Vec::new();
        let mut alarms = 0;
        for _ in 0..5 {
            tracker.add(true);
            alarms += u32::from(tracker.has_alarmed(true));
            factors.push(tracker.factor().ln());
        }
        assert!(factors[4] - factors[3] > 1.5 * (factors[1] - factors[0]));
        assert_eq!(alarms, 1);
    }
}
