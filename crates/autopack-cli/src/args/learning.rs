//! Flags of the commands that learn.

use std::path::PathBuf;

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::ratio::Confidence;
use autopack_core::policy::StageShare;
use clap::Args as ClapArgs;

use super::DatabaseArgs;
use crate::commands::calibrate::DampingWord;

#[derive(Debug, ClapArgs)]
pub(crate) struct CalibrateArgs {
    /// How to learn
    #[arg(long, value_name = "METHOD", value_enum, default_value_t = crate::commands::calibrate::Method::Quantile)]
    pub(crate) method: crate::commands::calibrate::Method,

    /// The share of calls that may be cut off, 0.001 to 0.3 [default: by what a ceiling costs where the calls
    /// went, 0.02 where that is not known]; for --method quantile
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true,
        value_parser = crate::commands::calibrate::target_truncation)]
    pub(crate) target_truncation: Option<TargetTruncation>,

    /// More than 70 % of the rate limit is in use, so that a token held against it costs four times as much and
    /// more calls may be cut off; for --method quantile
    #[arg(long, conflicts_with = "target_truncation")]
    pub(crate) near_limit: bool,

    /// Leave groups with fewer calls alone [default: 8, with --method ratio 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true,
        value_parser = crate::commands::calibrate::at_least_one)]
    pub(crate) min_samples: Option<u64>,

    /// Propose nothing for groups that are less sure, 0 to 1 [default: 0.7]; for --method ratio
    #[arg(long, value_name = "C", allow_negative_numbers = true,
        value_parser = crate::commands::calibrate::confidence)]
    pub(crate) confidence_threshold: Option<Confidence>,

    /// Leave out calls with fewer output tokens; the Python Autopack took 50
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true,
        value_parser = crate::commands::calibrate::whole_number)]
    pub(crate) min_output_tokens: u64,

    /// Only calls of this run; repeat it for more
    #[arg(long, value_name = "RUN-ID")]
    pub(crate) include_run_id: Vec<String>,

    /// Only calls since then: a date, a time, or an age such as `7d` or `12h`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    #[command(flatten)]
    pub(crate) adoption: AdoptionArgs,

    /// How far one step of a multiplier goes [default: linear]; for --method ratio
    #[arg(long, value_name = "DAMPING", value_enum)]
    pub(crate) damping: Option<DampingWord>,

    /// Write a report in Markdown and JSON into this folder [default: write nothing]
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// What becomes of a proposal.
#[derive(Debug, ClapArgs)]
pub(crate) struct AdoptionArgs {
    /// Make a version of the proposal, with the evidence inside, and let it decide from now on; without
    /// --since, --method ratio then looks at calls since the active version was applied only
    #[arg(long, group = "adoption")]
    pub(crate) apply: bool,

    /// As --apply, but let it decide this share of the phases, 0.01 to 0.5
    #[arg(
        long,
        value_name = "SHARE",
        conflicts_with = "apply",
        group = "adoption",
        allow_negative_numbers = true
    )]
    pub(crate) stage: Option<StageShare>,

    /// Adopt also what is held back until 100 calls have come since the last calibration took effect, or was taken
    /// back
    #[arg(long, requires = "adoption")]
    pub(crate) force: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BacktestArgs {
    /// CSV files with the columns timestamp, group, output_tokens, and maybe input_tokens and estimate
    #[arg(required = true, value_name = "TRACE")]
    pub(crate) traces: Vec<PathBuf>,

    /// The share of calls that may be cut off, 0.001 to 0.3 [default: what --route asks for, else 0.02]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) target_truncation: Option<f64>,

    /// Where the calls would go, such as openai or bedrock: what a ceiling costs there says how many may be cut
    /// off, and prices the tokens that are reserved
    #[arg(long, value_name = "NAME")]
    pub(crate) route: Option<String>,

    /// More than 70 % of the rate limit of the route is in use, so that a token held against it costs four times as
    /// much
    #[arg(long, requires = "route")]
    pub(crate) near_limit: bool,

    /// A policy to run: learned, ratio, dropped, oracle, fixed-N, or an embedded one; repeat it
    /// [default: all of them]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) policy: Vec<String>,

    /// Write the ceilings of every call to this file: CSV with the columns row, policy, ceiling
    #[arg(long, value_name = "FILE")]
    pub(crate) emit: Option<PathBuf>,

    /// Draw ceilings against lengths, truncation over time and ceiling over oracle by group, of the learned
    /// policy or else the first; .svg or .png
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,

    /// Say how many calls a minute fit this quota
    #[arg(long, value_name = "N")]
    pub(crate) quota_tokens_per_minute: Option<u64>,

    /// What a call takes from the quota when it begins
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    pub(crate) reserve: crate::commands::backtest::ReserveRule,

    /// Calls that are cut off are sent again once, with three times the ceiling, and the learned
    /// policy sees how long they come out
    #[arg(long)]
    pub(crate) retry: bool,

    /// The share of calls, 0 to 1, that the learned policy sends with twice its ceiling where the longest of a
    /// group were all cut off, to see how long they are [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) exploration_share: Option<f64>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
