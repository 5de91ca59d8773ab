//! `autopack calibrate`: what telemetry teaches about estimates and ceilings.

mod adopt;
mod files;
mod markdown;
mod pause;
mod quantile;
mod ratio;
mod telling;

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::ratio::Confidence;
use clap::ValueEnum;

use crate::args::CalibrateArgs;
use crate::exit::{Exit, Failure, usage};
use crate::settings::Settings;

pub(crate) use adopt::DampingWord;

/// How to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Ceilings with a stated truncation rate, from the lengths of answers, cut off or not
    Quantile,
    /// By the median of output over prediction, as the Python Autopack did
    Ratio,
}

/// Reads `--min-samples`.
pub(crate) fn at_least_one(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "allowed is a whole number from 1".to_owned())
}

/// Reads `--min-output-tokens`.
pub(crate) fn whole_number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "allowed is a whole number from 0".to_owned())
}

/// Reads `--confidence-threshold`.
pub(crate) fn confidence(text: &str) -> Result<Confidence, String> {
    let share = text.parse().ok().and_then(Confidence::new);
    share.ok_or_else(|| "allowed is a number from 0 to 1".to_owned())
}

/// Reads `--target-truncation`.
pub(crate) fn target_truncation(text: &str) -> Result<TargetTruncation, String> {
    let share = text.parse().ok().and_then(TargetTruncation::new);
    share.ok_or_else(|| {
        let (least, most) = TargetTruncation::RANGE;
        format!("allowed is a number from {least} to {most}")
    })
}

pub(super) async fn run(args: &CalibrateArgs, settings: &Settings) -> Result<Exit, Failure> {
    for (flag, method) in args.of_one_method() {
        if method != args.method {
            let word = method.to_possible_value();
            let word = word.as_ref().map_or("", |value| value.get_name());
            return usage(format_args!(
                "{flag} belongs to --method {word}: leave it out"
            ));
        }
    }
    match args.method {
        Method::Quantile => quantile::run(args, settings).await,
        Method::Ratio => ratio::run(args, settings).await,
    }
}

impl CalibrateArgs {
    /// The flags that were given and that only one method has.
    fn of_one_method(&self) -> impl Iterator<Item = (&'static str, Method)> {
        let given = [
            (
                self.confidence_threshold.is_some(),
                "--confidence-threshold",
                Method::Ratio,
            ),
            (self.damping.is_some(), "--damping", Method::Ratio),
            (
                self.target_truncation.is_some(),
                "--target-truncation",
                Method::Quantile,
            ),
            (self.near_limit, "--near-limit", Method::Quantile),
        ];
        let given = given.into_iter().filter(|(is_given, ..)| *is_given);
        given.map(|(_, flag, method)| (flag, method))
    }
}

/// A share as people read it.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_checked() {
        assert_eq!(at_least_one("1"), Ok(1));
        for text in ["0", "-1", "1.5", "", "many", "99999999999999999999"] {
            assert!(at_least_one(text).is_err(), "{text}");
        }
        assert_eq!(whole_number("0"), Ok(0));
        assert!(whole_number("-1").is_err());
        for text in ["0", "1", "0.7", "1e-3"] {
            assert!(confidence(text).is_ok(), "{text}");
        }
        for text in ["nan", "NaN", "inf", "-0.1", "1.0001", "70%", ""] {
            assert!(confidence(text).is_err(), "{text}");
        }
    }
}
