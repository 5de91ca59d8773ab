//! The arguments of `autopack calibrate`.

use std::path::PathBuf;

use autopack_calibrate::ratio::Confidence;
use clap::Args as ClapArgs;

use super::DatabaseArgs;
use crate::commands::calibrate;

#[derive(Debug, ClapArgs)]
pub(crate) struct CalibrateArgs {
    /// How to learn
    #[arg(long, value_name = "METHOD", value_enum, default_value_t = calibrate::Method::Ratio)]
    pub(crate) method: calibrate::Method,

    /// Leave groups of category and complexity with fewer samples alone
    #[arg(long, value_name = "N", default_value = "5", allow_negative_numbers = true,
        value_parser = calibrate::at_least_one)]
    pub(crate) min_samples: u64,

    /// Propose nothing for groups that are less sure, 0 to 1
    #[arg(long, value_name = "C", default_value = "0.7", allow_negative_numbers = true,
        value_parser = calibrate::confidence)]
    pub(crate) confidence_threshold: Confidence,

    /// Leave out calls with fewer output tokens; the Python Autopack took 50
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true,
        value_parser = calibrate::whole_number)]
    pub(crate) min_output_tokens: u64,

    /// Only calls of this run; repeat it for more
    #[arg(long, value_name = "RUN-ID")]
    pub(crate) include_run_id: Vec<String>,

    /// Only calls since then: a date, a time, or an age such as `7d` or `12h`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Write a report in Markdown and JSON into this folder [default: write nothing]
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}
