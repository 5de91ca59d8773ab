//! `autopack calibrate --method ratio`: multipliers for estimates.

mod console;
mod document;
mod markdown;
mod reasons;

use std::ops::ControlFlow;

use anyhow::Context as _;
use autopack_calibrate::Pass;
use autopack_calibrate::ratio::{
    Confidence, ENOUGH_COVERAGE, RatioCalibration, RatioCalibrator, RatioSettings, Sample,
};
use autopack_store::{SampleCount, SampleFilter, SampleRow, SampleVisitor, Samples, StoreError};
use jiff::Timestamp;

use super::telling::Telling;
use super::{adopt, percent};
use crate::args::CalibrateArgs;
use crate::commands::policy;
use crate::commands::report::since;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;
use adopt::Adopted;
use document::Document;

/// What was learned, and from what.
struct Learned<'a> {
    args: &'a CalibrateArgs,
    database: String,
    generated_at: Timestamp,
    /// Since when calls were looked at, as it was said.
    since: Option<String>,
    count: SampleCount,
    calibration: RatioCalibration,
    /// What has become of the proposal.
    adopted: Option<Adopted>,
}

pub(super) async fn run(args: &CalibrateArgs, settings: &Settings) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    let database = settings.database(&args.database)?.value;
    let since = args.since.as_deref().map(|text| since::parse(text, now));
    let since = since.transpose().context("--since").usage()?;
    let active_since = adopt::active_since(args, &database).await?;
    let filter = SampleFilter {
        since: since.or(active_since),
        run_ids: args.include_run_id.clone(),
    };
    let samples = match Samples::open(&database).await {
        Err(error @ StoreError::Empty { .. }) => {
            output::say(error);
            return Ok(Exit::No);
        }
        opened => opened.outside()?,
    };
    let (count, calibration) = calibrated(samples, args, &filter).await?;
    let said_since = args.since.clone();
    let mut learned = Learned {
        args,
        database: database.to_string(),
        generated_at: now,
        since: said_since.or(active_since.map(|time| time.to_string())),
        count,
        calibration,
        adopted: None,
    };
    if args.is_adopted() {
        policy::warn_where_named(settings)?;
    }
    if args.is_adopted() && reasons::why_nothing(&learned).is_none() {
        let proposal = learned.calibration.proposal();
        learned.adopted = adopt::adopt(args, proposal, &database, now).await?;
    }
    learned.tell()
}

async fn calibrated(
    mut samples: Samples,
    args: &CalibrateArgs,
    filter: &SampleFilter,
) -> Result<(SampleCount, RatioCalibration), Failure> {
    let mut reader = Reader(RatioCalibrator::new(RatioSettings {
        min_samples: min_samples(args),
        confidence_threshold: threshold(args),
        min_output_tokens: args.min_output_tokens,
    }));
    let count = samples.read(filter, &mut reader).await.outside()?;
    samples.close().await.outside()?;
    Ok((count, reader.0.finish().outside()?))
}

/// Below so many samples a group is left alone, where nobody says otherwise: the number of the reference.
const DEFAULT_MIN_SAMPLES: u64 = 5;

fn min_samples(args: &CalibrateArgs) -> u64 {
    args.min_samples.unwrap_or(DEFAULT_MIN_SAMPLES)
}

fn threshold(args: &CalibrateArgs) -> Confidence {
    args.confidence_threshold.unwrap_or(Confidence::DEFAULT)
}

/// Hands rows of the store to the calibrator; neither knows the other.
struct Reader(RatioCalibrator);

impl SampleVisitor for Reader {
    fn visit(&mut self, row: &SampleRow<'_>) {
        self.0.read(&Sample {
            category: row.category,
            complexity: row.complexity,
            predicted_output_tokens: row.predicted_output_tokens,
            actual_output_tokens: row.actual_output_tokens,
            selected_budget: row.selected_budget,
            actual_max_tokens: row.actual_max_tokens,
        });
    }

    fn end_pass(&mut self) -> ControlFlow<()> {
        match self.0.end_pass() {
            Pass::Done => ControlFlow::Break(()),
            Pass::Again => ControlFlow::Continue(()),
        }
    }
}

impl Learned<'_> {
    fn tell(&self) -> Result<Exit, Failure> {
        self.warn();
        let telling = Telling {
            args: self.args,
            generated_at: self.generated_at,
            is_figured: !self.calibration.cells.is_empty(),
            document: Document::of(self),
            adopted: self.adopted.as_ref(),
            why_nothing: reasons::why_nothing(self),
        };
        telling.tell(|| console::print(self), || markdown::of(self))
    }

    fn warn(&self) {
        output::warn_unreadable(self.count.n_unreadable);
        let coverage = self.calibration.ceiling_coverage();
        if let Some(coverage) = coverage.filter(|coverage| *coverage < ENOUGH_COVERAGE) {
            output::warn(format_args!(
                "`actual_max_tokens` was recorded for {} of the samples only (below {}), so waste falls back \
                 to `selected_budget` and may be too low; if the database is from before the two were \
                 split, bring it up to date with `autopack migrate`",
                percent(coverage),
                percent(ENOUGH_COVERAGE)
            ));
        }
    }
}
