//! What was learned as JSON, on standard output and in the file.

use std::collections::BTreeMap;

use autopack_calibrate::quantile::{CANNOT, Certificate, GroupFigures, LEVEL, NAME};
use autopack_core::{Provider, Tokens};
use serde::Serialize;
use serde_json::Value;

use super::Learned;
use crate::commands::calibrate::adopt::Adopted;

#[derive(Serialize)]
pub(super) struct Document {
    metadata: Metadata,
    calls: Accounts,
    below_min_samples: BTreeMap<String, u64>,
    certificate: Certificate,
    groups: Vec<Group>,
    cannot: [&'static str; CANNOT.len()],
    /// The version that was made of it, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Value>,
}

#[derive(Serialize)]
struct Metadata {
    generated_at: String,
    method: &'static str,
    policy: String,
    target_truncation: f64,
    why_this_target: String,
    confidence_level: f64,
    min_samples: u64,
    min_output_tokens: u64,
    include_run_ids: Vec<String>,
    since: Option<String>,
}

#[derive(Serialize)]
struct Accounts {
    n_rows: u64,
    n_unreadable: u64,
    n_calls: u64,
    n_censored: u64,
    excluded: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Group {
    category: String,
    complexity: &'static str,
    provider: Option<&'static str>,
    /// What else its calls have in common, by level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    within: BTreeMap<&'static str, String>,
    n_calls: u64,
    n_censored: u64,
    n_runaways: u64,
    median_tokens: Option<f64>,
    /// The estimate at which lengths and ceilings are said, and how strongly they go with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_estimate: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exponent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    down_to: Option<u64>,
    current_ceiling: u64,
    fitted_ceiling: Option<u64>,
    proposed_ceiling: u64,
    action: &'static str,
    is_certified: bool,
    /// Of a group with finer rows below it: what the calls say that are left to its row.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_certificate: Option<Certificate>,
    expected_truncation: Option<f64>,
    truncation_at_most: Option<f64>,
    current_waste: Option<f64>,
    expected_waste: Option<f64>,
    /// Lengths, and the share of calls that is longer.
    curve: Vec<[f64; 2]>,
    caveats: Vec<String>,
}

impl Document {
    pub(super) fn of(learned: &Learned<'_>) -> Self {
        let calibration = &learned.calibration;
        let args = learned.args;
        let too_small = calibration.too_small.iter();
        let excluded = calibration.exclusions.iter();
        Self {
            metadata: Metadata {
                generated_at: learned.generated_at.to_string(),
                method: NAME,
                policy: learned.parent.name().to_owned(),
                target_truncation: calibration.settings.target.get(),
                why_this_target: learned.why_target.clone(),
                confidence_level: LEVEL,
                min_samples: calibration.settings.min_calls,
                min_output_tokens: args.min_output_tokens,
                include_run_ids: args.include_run_id.clone(),
                since: args.since.clone(),
            },
            calls: Accounts {
                n_rows: learned.count.n_rows,
                n_unreadable: learned.count.n_unreadable,
                n_calls: calibration.n_calls,
                n_censored: calibration.n_censored(),
                excluded: excluded
                    .map(|(exclusion, n_attempts)| (exclusion.as_str(), n_attempts))
                    .collect(),
            },
            below_min_samples: too_small
                .map(|(group, n_calls)| (group.to_string(), *n_calls))
                .collect(),
            certificate: calibration.certificate,
            groups: calibration.groups.iter().map(Group::of).collect(),
            cannot: CANNOT,
            policy: learned.adopted.as_ref().map(Adopted::to_json),
        }
    }
}

impl Group {
    fn of(figures: &GroupFigures) -> Self {
        let curve = figures.curve.iter();
        let within = figures.group.within.names();
        let relative = figures.relative;
        Self {
            category: figures.group.cell.category.to_string(),
            complexity: figures.group.cell.complexity.as_str(),
            provider: figures.group.provider.map(Provider::as_str),
            within: within
                .map(|(level, name)| (level.as_str(), name.to_owned()))
                .collect(),
            n_calls: figures.n_calls,
            n_censored: figures.n_censored,
            n_runaways: figures.n_runaways,
            median_tokens: figures.median_tokens.map(rounded),
            at_estimate: relative.map(|relative| relative.at_estimate.get()),
            exponent: relative.map(|relative| relative.exponent.as_f64()),
            down_to: relative
                .and_then(|relative| relative.down_to)
                .map(Tokens::get),
            current_ceiling: figures.current.get(),
            fitted_ceiling: figures.fitted.map(Tokens::get),
            proposed_ceiling: figures.proposed().get(),
            action: figures.action.as_str(),
            is_certified: figures.is_certified(),
            own_certificate: figures.own_certificate,
            expected_truncation: figures.expected_truncation.map(rounded),
            truncation_at_most: figures.truncation_at_most.map(rounded),
            current_waste: figures.current_waste().map(rounded),
            expected_waste: figures.expected_waste().map(rounded),
            curve: curve
                .map(|(length, share)| [rounded(*length), rounded(*share)])
                .collect(),
            caveats: figures.caveats.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The number with four digits behind the point.
fn rounded(number: f64) -> f64 {
    format!("{number:.4}").parse().unwrap_or(number)
}
