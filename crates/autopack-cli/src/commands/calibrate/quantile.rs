//! `autopack calibrate --method quantile`: ceilings with a stated truncation rate.

mod aim;
mod console;
mod document;
mod markdown;
mod reading;
mod reasons;

use anyhow::Context as _;
use autopack_calibrate::quantile::{QuantileCalibration, QuantileSettings, calibrate};
use autopack_core::Policy;
use autopack_store::{ReadCount, SampleFilter, Samples, StoreError};
use jiff::Timestamp;

use super::adopt;
use super::telling::Telling;
use crate::args::CalibrateArgs;
use crate::commands::policy;
use crate::commands::report::since;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;
use adopt::Adopted;
use aim::aim;
use document::Document;

/// A group with fewer calls is left alone, where nobody says otherwise: fewer have no shape.
const DEFAULT_MIN_SAMPLES: u64 = 8;

/// What was learned, and from what.
struct Learned<'a> {
    args: &'a CalibrateArgs,
    database: String,
    generated_at: Timestamp,
    count: ReadCount,
    /// The policy in use.
    parent: Policy,
    calibration: QuantileCalibration,
    /// Why the target is what it is.
    why_target: String,
    /// What has become of the proposal.
    adopted: Option<Adopted>,
}

pub(super) async fn run(args: &CalibrateArgs, settings: &Settings) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    let database = settings.database(&args.database)?.value;
    let since = args.since.as_deref().map(|text| since::parse(text, now));
    let filter = SampleFilter {
        since: since.transpose().context("--since").usage()?,
        run_ids: args.include_run_id.clone(),
    };
    let samples = match Samples::open(&database).await {
        Err(error @ StoreError::Empty { .. }) => {
            output::say(error);
            return Ok(Exit::No);
        }
        opened => opened.outside()?,
    };
    let read = reading::read(samples, args.min_output_tokens, &filter).await?;
    let parent = adopt::parent(args, &database).await?;
    let aim = aim(args.target_truncation, &read.destination);
    let quantile_settings = QuantileSettings {
        target: aim.target,
        min_calls: args.min_samples.unwrap_or(DEFAULT_MIN_SAMPLES),
    };
    let calibration = calibrate(&read.observations, quantile_settings, &parent);
    let mut learned = Learned {
        args,
        database: database.to_string(),
        generated_at: now,
        count: read.count,
        parent,
        calibration,
        why_target: aim.why,
        adopted: None,
    };
    if args.is_adopted() {
        policy::warn_where_named(settings)?;
        if reasons::why_nothing(&learned).is_none() {
            let proposal = learned.calibration.proposal();
            learned.adopted = adopt::adopt(args, &proposal, &database, now).await?;
        }
    }
    learned.tell()
}

impl Learned<'_> {
    fn tell(&self) -> Result<Exit, Failure> {
        output::warn_unreadable(self.count.n_unreadable);
        let telling = Telling {
            args: self.args,
            generated_at: self.generated_at,
            is_figured: !self.calibration.groups.is_empty(),
            document: Document::of(self),
            adopted: self.adopted.as_ref(),
            why_nothing: reasons::why_nothing(self),
        };
        telling.tell(|| console::print(self), || markdown::of(self))
    }
}
