//! What is known of one group: about two kilobytes.

use autopack_core::Tokens;
use autopack_stats::survival::bin;
use autopack_stats::{Survival, SurvivalSketch};
use serde::{Deserialize, Serialize};

use super::location::{Location, scale};
use super::pool::Prior;
use super::recent::{Recent, Row};
use super::shape::Shape;
use super::target::TargetTruncation;
use super::tracker::Tracker;
use super::{Call, LearnedSettings, Outcome, Part};
use crate::residuals::{MEDIAN_VARIANCE, Median};
use autopack_core::policy::Exponent;

/// From this many calls on, a ceiling may fall below half the base.
const ENOUGH_CALLS: u64 = 8;
/// A quantile learned anew is at least this share of the one before.
const LARGEST_FALL: f64 = 0.5;
/// A quantile is at most this many times whatever was tried or seen in the group.
const LARGEST_LEAP: f64 = 2.0;
/// Below this many calls, the center of a group is put at the upper end of where it may be.
const FEW_CALLS: f64 = 30.0;
/// That end, in deviations: four in five centers lie below.
const UPPER_END: f64 = 0.84;
/// The quantile is learned anew after this many calls, and sooner where there were few: after an
/// eighth of them.
const LEARNED_EVERY: u64 = 25;
const SOONER: u64 = 8;
/// A call that was cut off at so many times its group's median is a runaway: no ceiling helps.
const RUNAWAY_RATIO: f64 = 20.0;
/// Before so many calls, nothing is called a runaway.
const RUNAWAY_FROM: u64 = 30;

/// One group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    /// Follows from its name.
    #[serde(skip)]
    parent: usize,
    kept_per_call: f32,
    sketch: SurvivalSketch,
    recent: Recent,
    location: Location,
    tracker: Tracker,
    /// Where its lengths lie, in bins, shrunk toward the groups around it.
    center: Option<f64>,
    /// The ceiling for the reference estimate, before the tracker's offset.
    quantile: Option<f64>,
    /// The largest scaled length or ceiling of the group.
    highest: f64,
    log_estimate: f64,
    n_estimates: u64,
    n_calls: u64,
    n_runaways: u64,
    n_since_learned: u64,
    is_cut_short: bool,
}

/// What taking a call in has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    /// Whether the call would have been cut off at the group's own ceiling; `None` where nobody can
    /// know, where no ceiling was learned yet, or where it was a runaway.
    pub(super) was_cut: Option<bool>,
    /// Whether it is time to learn the quantile anew.
    pub(super) is_due: bool,
}

impl Group {
    pub(super) fn new(parent: usize, target: TargetTruncation) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a share near 1")]
        let kept_per_call = (1.0 - 1.0 / target.memory_calls()) as f32;
        Self {
            parent,
            kept_per_call,
            sketch: SurvivalSketch::default(),
            recent: Recent::default(),
            location: Location::default(),
            tracker: Tracker::new(target),
            center: None,
            quantile: None,
            highest: 0.0,
            log_estimate: 0.0,
            n_estimates: 0,
            n_calls: 0,
            n_runaways: 0,
            n_since_learned: 0,
            is_cut_short: false,
        }
    }

    /// The group that was read back, under its parent; `None` where it cannot go on.
    pub(super) fn checked(self, parent: usize) -> Option<Self> {
        let numbers = [self.highest, self.log_estimate, self.tracker.factor()];
        let more = self.center.into_iter().chain(self.quantile);
        let is_sound = numbers.into_iter().chain(more).all(f64::is_finite)
            && self.recent.is_sound()
            && (0.0..=1.0).contains(&self.kept_per_call);
        is_sound.then_some(Self { parent, ..self })
    }

    /// It has another parent now.
    pub(super) const fn move_under(&mut self, parent: usize) {
        self.parent = parent;
    }

    pub(super) const fn parent(&self) -> usize {
        self.parent
    }

    pub(super) const fn sketch(&self) -> &SurvivalSketch {
        &self.sketch
    }

    pub(super) const fn exponent(&self) -> Exponent {
        self.location.exponent()
    }

    pub(super) const fn center(&self) -> Option<f64> {
        self.center
    }

    pub(super) const fn n_calls(&self) -> u64 {
        self.n_calls
    }

    pub(super) const fn n_runaways(&self) -> u64 {
        self.n_runaways
    }

    /// Whether the longest lengths were all cut off, so that nobody knows how long they are.
    pub(super) const fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    pub(super) fn median(&self) -> Option<Median> {
        self.median_of(&self.sketch.survival())
    }

    fn median_of(&self, curve: &Survival) -> Option<Median> {
        let weight = self.sketch.weight();
        let position = curve.position_above(0.5)?;
        (weight >= 1.0).then_some(Median { position, weight })
    }

    /// The ceiling of a call with this estimate; `None` where nothing was learned.
    pub(super) fn ceiling(&self, estimate: Option<Tokens>) -> Option<Tokens> {
        let scaled = self.quantile? * self.tracker.factor();
        let ceiling = scaled * self.scale(estimate);
        Some(Tokens::floor(ceiling.ceil().max(1.0)))
    }

    /// What lengths of calls with this estimate are divided by. A call without one counts as an
    /// ordinary one of the group.
    fn scale(&self, estimate: Option<Tokens>) -> f64 {
        let typical = (self.n_estimates > 0).then(|| self.log_estimate.exp());
        let estimate = estimate.map(Tokens::as_f64).or(typical);
        scale(self.location.exponent(), estimate)
    }

    /// Takes in what came of a call.
    pub(super) fn observe(
        &mut self,
        call: &Call,
        sent: Tokens,
        outcome: Outcome,
        settings: &LearnedSettings,
    ) -> Report {
        let own = self.ceiling(call.estimate);
        let (length, has_ended) = known_length(sent, outcome);
        let was_cut = match outcome {
            _ if own.is_none() => None,
            Outcome::Ended(_) => own.map(|own| length > own.as_f64()),
            _ => own.filter(|own| *own <= sent).map(|_| true),
        };
        self.n_calls += 1;
        self.n_since_learned += 1;
        let scale = self.scale(call.estimate);
        self.highest = self.highest.max(length.max(sent.as_f64()) / scale);
        if !has_ended && self.is_runaway(length / scale) {
            self.n_runaways += 1;
            return self.report(None);
        }
        let row = Row {
            length: single(length),
            estimate: call.estimate.map(|estimate| single(estimate.as_f64())),
            has_ended,
        };
        if has_ended || !settings.left_out.has(Part::Censoring) {
            self.remember(row, settings.target);
        }
        if let Some(was_cut) = was_cut {
            self.track(was_cut, settings);
        }
        self.report(was_cut)
    }

    fn report(&self, was_cut: Option<bool>) -> Report {
        let every = (self.n_calls / SOONER).clamp(1, LEARNED_EVERY);
        Report {
            was_cut,
            is_due: self.n_since_learned >= every,
        }
    }

    fn is_runaway(&self, scaled_length: f64) -> bool {
        let center = self.center.filter(|_| self.n_calls >= RUNAWAY_FROM);
        center.is_some_and(|center| scaled_length >= RUNAWAY_RATIO * bin::length_at(center))
    }

    fn remember(&mut self, row: Row, target: TargetTruncation) {
        self.recent.push(row);
        self.sketch.decay(self.kept_per_call);
        self.count(row);
        let Some(estimate) = row.estimate.map(f64::from) else {
            return;
        };
        self.n_estimates += 1;
        #[expect(clippy::cast_precision_loss, reason = "calls are far below 2^53")]
        let weight = (1.0 / self.n_estimates as f64).max(1.0 - f64::from(self.kept_per_call));
        self.log_estimate += weight * (estimate.max(1.0).ln() - self.log_estimate);
        if self.location.add(f64::from(row.length), estimate, target) {
            self.start_again();
            // Scaled otherwise, what was learned means nothing.
            self.quantile = None;
            self.center = None;
        }
    }

    fn count(&mut self, row: Row) {
        let scaled = row.scaled_length(self.location.exponent());
        if row.has_ended {
            self.sketch.add_event(scaled);
        } else {
            self.sketch.add_censored(scaled);
        }
    }

    fn track(&mut self, was_cut: bool, settings: &LearnedSettings) {
        if !settings.left_out.has(Part::Tracker) {
            self.tracker.add(was_cut);
        }
        let alarms = !settings.left_out.has(Part::DriftReset);
        if alarms && self.tracker.has_alarmed(was_cut) {
            self.tracker.double();
            self.start_again();
        }
    }

    /// Forgets all but the last rows.
    fn start_again(&mut self) {
        self.sketch = SurvivalSketch::default();
        let recent = self.recent;
        for row in recent.rows() {
            self.count(*row);
        }
        self.n_since_learned = 0;
    }

    /// Learns the quantile that a share `rate` is expected to exceed.
    pub(super) fn learn(&mut self, prior: Option<Prior<'_>>, rate: f64, base: Tokens) {
        self.n_since_learned = 0;
        if self.n_calls < ENOUGH_CALLS && prior.is_none() {
            return;
        }
        let curve = self.sketch.survival();
        let Some(place) = place(self.median_of(&curve), prior) else {
            return;
        };
        self.is_cut_short = curve.beyond(bin::N_BINS - 1) > rate;
        let prior = prior.map(|prior| (prior, place.upper_end));
        let shape = Shape::new(&self.sketch, curve, prior);
        self.center = Some(place.center);
        let Some(learned) = shape.quantile(rate) else {
            return;
        };
        let base = base.as_f64() / self.scale(None);
        let highest = self.highest.max(base);
        let least = match self.quantile {
            _ if self.n_calls < ENOUGH_CALLS => base * LARGEST_FALL,
            Some(before) => before * LARGEST_FALL,
            None => base * LARGEST_FALL,
        };
        self.quantile = Some(learned.min(highest * LARGEST_LEAP).max(least));
        self.tracker.settle();
    }
}

/// Where the lengths of a group lie, in bins.
struct Place {
    center: f64,
    upper_end: f64,
}

/// Where a group lies that has this median, among those around it.
fn place(own: Option<Median>, prior: Option<Prior<'_>>) -> Option<Place> {
    let Some(prior) = prior else {
        let center = own?.position;
        return Some(Place {
            center,
            upper_end: center,
        });
    };
    let between = prior.center();
    let (center, variance) = own.map_or((between.mean, between.variance), |own| {
        let by_chance = MEDIAN_VARIANCE * prior.spread_variance() / own.weight;
        let trust = between.variance / (between.variance + by_chance);
        let center = trust * own.position + (1.0 - trust) * between.mean;
        (center, trust * by_chance)
    });
    let is_small = own.is_none_or(|own| own.weight < FEW_CALLS);
    let above = if is_small { UPPER_END } else { 0.0 };
    Some(Place {
        center,
        upper_end: center + above * variance.sqrt(),
    })
}

/// What is known of a length, and whether it is all of it.
fn known_length(sent: Tokens, outcome: Outcome) -> (f64, bool) {
    match outcome {
        Outcome::Ended(length) => (length.as_f64(), true),
        Outcome::CutOff => (sent.as_f64(), false),
        // Drawn anew, a length may come out shorter; the first attempt was longer than its ceiling.
        Outcome::EndedWhenRetried(length) => {
            (length.at_least(sent.plus(Tokens::new(1))).as_f64(), true)
        }
        Outcome::CutOffWhenRetried(at) => (at.at_least(sent).as_f64(), false),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are plenty for a length that goes into a bin"
)]
const fn single(number: f64) -> f32 {
    number as f32
}
