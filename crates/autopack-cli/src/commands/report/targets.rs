//! The targets of the telemetry specification, and what follows from them.

use serde_json::{Value, json};

use super::accuracy::{Accuracy, Samples};
use super::rate::Rate;
use crate::output::{self, Align, Table};

/// Tier 1: the largest share of calls beyond 1.1 × their prediction.
const MAX_UNDERESTIMATION: f64 = 0.05;

/// Tier 1: the largest share of truncated calls.
pub(super) const MAX_TRUNCATION: f64 = 0.02;

/// Tier 2: the 90th percentile of predicted / actual stays below this.
const RATIO_LIMIT: f64 = 3.0;

/// What tuning wants at least: successful samples, and categories and complexities among them.
/// "Several" in the specification is read as two.
const MIN_SAMPLES: u64 = 20;
const MIN_KINDS: usize = 2;

/// What is held against the targets.
pub(super) struct Targets {
    accuracy: Accuracy,
    truncated: Rate,
    successful: Rate,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    NotEnoughData,
    Tune,
    Watch,
}

/// A measure against its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    is_met: bool,
    /// The whole interval lies on that side.
    is_certain: bool,
}

impl Held {
    /// A share that should be `target` at most; `None` where there is no share.
    fn at_most(rate: Rate, target: f64) -> Option<Self> {
        let (share, interval) = (rate.share()?, rate.interval()?);
        Some(Self {
            is_met: share <= target,
            is_certain: interval.high <= target || interval.low > target,
        })
    }

    fn words(held: Option<Self>) -> String {
        held.map_or("-", |held| match (held.is_met, held.is_certain) {
            (true, true) => "met",
            (true, false) => "met, not certain",
            (false, true) => "missed",
            (false, false) => "missed, not certain",
        })
        .to_owned()
    }
}

impl Targets {
    pub(super) fn new(accuracy: Accuracy, truncated: Rate, successful: Rate) -> Self {
        Self {
            accuracy,
            truncated,
            successful,
        }
    }

    fn underestimation(&self) -> Option<Held> {
        Held::at_most(self.accuracy.underestimated, MAX_UNDERESTIMATION)
    }

    fn truncation(&self) -> Option<Held> {
        Held::at_most(self.truncated, MAX_TRUNCATION)
    }

    fn p90_ratio(&self) -> Option<f64> {
        self.accuracy.ratio.quantile(0.9)
    }

    fn is_ratio_met(&self) -> Option<bool> {
        self.p90_ratio().map(|p90| p90 < RATIO_LIMIT)
    }

    /// The measures of tier 1 that are missed, by name.
    fn missed(&self) -> Vec<&'static str> {
        [
            ("underestimation", self.underestimation()),
            ("truncation", self.truncation()),
        ]
        .into_iter()
        .filter(|(_, held)| held.is_some_and(|held| !held.is_met))
        .map(|(name, _)| name)
        .collect()
    }

    fn verdict(&self) -> Verdict {
        if !is_enough(&self.accuracy.samples) {
            Verdict::NotEnoughData
        } else if self.missed().is_empty() {
            Verdict::Watch
        } else {
            Verdict::Tune
        }
    }

    /// The verdict in words.
    fn words(&self) -> String {
        let samples = &self.accuracy.samples;
        match self.verdict() {
            Verdict::NotEnoughData => format!(
                "not enough data: {}, {} and {}; tuning wants {MIN_SAMPLES} samples of at least \
                 {MIN_KINDS} categories and {MIN_KINDS} complexities",
                counted(samples.n, "successful sample", "successful samples"),
                counted(samples.n_categories(), "category", "categories"),
                counted(samples.n_complexities(), "complexity", "complexities"),
            ),
            Verdict::Tune => format!("tier 1 is missed ({}): tune", self.missed().join(", ")),
            Verdict::Watch if self.is_ratio_met() == Some(false) => {
                "tier 1 is met: watch for drift; tier 2 is missed: predictions are too long, which \
                 costs tokens and no answers"
                    .to_owned()
            }
            Verdict::Watch => "tier 1 is met: watch for drift".to_owned(),
        }
    }

    pub(super) fn text(&self) -> String {
        let accuracy = &self.accuracy;
        let ratio = |ratio: Option<f64>| (accuracy.ratio.len(), output::ratio(ratio));
        let smape = |percent: Option<f64>| {
            let text = percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %"));
            (accuracy.smape.len(), text)
        };
        let is_met = self.is_ratio_met();
        let met = is_met.map_or("-", |met| if met { "met" } else { "missed" });
        let limit = format!("< {RATIO_LIMIT}");
        let mut table = Table::new(&[
            ("tier", Align::Left),
            ("measure", Align::Left),
            ("calls", Align::Right),
            ("value", Align::Right),
            ("95 % interval", Align::Right),
            ("target", Align::Right),
            ("", Align::Left),
        ]);
        for row in [
            rate_row(
                "underestimated (actual > 1.1 × predicted)",
                accuracy.underestimated,
                Some(MAX_UNDERESTIMATION),
            ),
            rate_row("truncated", self.truncated, Some(MAX_TRUNCATION)),
            rate_row("successful", self.successful, None),
            number_row(
                "p90 of predicted / actual",
                ratio(self.p90_ratio()),
                &limit,
                met,
            ),
            number_row(
                "median of predicted / actual",
                ratio(accuracy.ratio.median()),
                "",
                DIAGNOSIS,
            ),
            number_row("SMAPE, mean", smape(accuracy.smape.mean()), "", DIAGNOSIS),
            number_row(
                "SMAPE, median",
                smape(accuracy.smape.median()),
                "",
                DIAGNOSIS,
            ),
        ] {
            table.row(row);
        }
        format!(
            "predicted against actual\n{table}\ncut-off calls: beyond 1.1 × predicted they are \
             underestimated, within it unknown and left out ({}); ratios and SMAPE are of whole \
             answers\nverdict: {}",
            accuracy.n_unknown,
            self.words()
        )
    }

    pub(super) fn json(&self) -> Value {
        let Accuracy {
            underestimated,
            n_unknown,
            smape,
            ratio,
            samples,
        } = &self.accuracy;
        let held = |rate: Rate, target: f64, held: Option<Held>| {
            let mut object = rate.json();
            object["target"] = json!(target);
            object["met"] = json!(held.map(|held| held.is_met));
            object["certain"] = json!(held.map(|held| held.is_certain));
            object
        };
        let mut underestimation =
            held(*underestimated, MAX_UNDERESTIMATION, self.underestimation());
        underestimation["n_unknown"] = json!(n_unknown);
        json!({
            "tier_1": {
                "underestimation": underestimation,
                "truncation": held(self.truncated, MAX_TRUNCATION, self.truncation()),
                "success": self.successful.json(),
            },
            "tier_2": {
                "predicted_over_actual": {
                    "n": ratio.len(),
                    "median": ratio.median(),
                    "p90": self.p90_ratio(),
                    "target_below": RATIO_LIMIT,
                    "met": self.is_ratio_met(),
                },
                "smape_percent": {
                    "n": smape.len(),
                    "mean": smape.mean(),
                    "median": smape.median(),
                },
            },
            "samples": {
                "n_successful": samples.n,
                "n_categories": samples.n_categories(),
                "n_complexities": samples.n_complexities(),
                "enough": is_enough(samples),
            },
            "verdict": match self.verdict() {
                Verdict::NotEnoughData => "not_enough_data",
                Verdict::Tune => "tune",
                Verdict::Watch => "watch",
            },
            "verdict_text": self.words(),
        })
    }
}

/// The word beside a number that has no target.
const DIAGNOSIS: &str = "for diagnosis";

/// A share of tier 1, with its target or without.
fn rate_row(measure: &str, rate: Rate, target: Option<f64>) -> Vec<String> {
    let held = target.map(|target| Held::words(Held::at_most(rate, target)));
    vec![
        "1".to_owned(),
        measure.to_owned(),
        rate.n.to_string(),
        rate.share_text(),
        rate.interval_text(),
        target.map_or_else(String::new, |target| format!("≤ {:.0} %", 100.0 * target)),
        held.unwrap_or_else(|| "watched".to_owned()),
    ]
}

/// A number of tier 2: of how many calls it is, and its text.
fn number_row(measure: &str, (n, value): (usize, String), target: &str, word: &str) -> Vec<String> {
    let n = n.to_string();
    let words = ["2", measure, &n, &value, "", target, word];
    words.map(str::to_owned).to_vec()
}

fn is_enough(samples: &Samples) -> bool {
    samples.n >= MIN_SAMPLES
        && samples.n_categories() >= MIN_KINDS
        && samples.n_complexities() >= MIN_KINDS
}

/// A number with its noun.
fn counted(n: impl TryInto<u64> + std::fmt::Display + Copy, one: &str, many: &str) -> String {
    let noun = if n.try_into().is_ok_and(|n| n == 1) {
        one
    } else {
        many
    };
    format!("{n} {noun}")
}

#[cfg(test)]
mod tests;
