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

use super::{adopt, files};
use crate::args::CalibrateArgs;
use crate::commands::policy;
use crate::commands::report::since;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;
use adopt::Adopted;
use aim::Aim;
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
    let aim = Aim::of(args.target_truncation, &read.destination);
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
    /// Prints and writes what was learned. Where no ceiling would change the answer is no, and the reasons
    /// are said.
    fn tell(&self) -> Result<Exit, Failure> {
        if self.count.n_unreadable > 0 {
            output::warn(format_args!(
                "{} rows hold values that cannot be (such as negative tokens) and are left out",
                self.count.n_unreadable
            ));
        }
        let document = Document::of(self);
        let is_figured = !self.calibration.groups.is_empty();
        if self.args.json {
            output::json(&document)?;
        } else if is_figured {
            console::print(self)?;
        }
        if let Some(folder) = self.args.output_dir.as_deref().filter(|_| is_figured) {
            let written = files::write(folder, self.generated_at, &markdown::of(self), &document)?;
            for path in written {
                output::say(format_args!("written: {}", path.display()));
            }
        }
        if let Some(adopted) = self.adopted.as_ref().filter(|_| !self.args.json) {
            adopted.tell()?;
        }
        match reasons::why_nothing(self) {
            Some(reason) => output::say(reason),
            None if self.args.is_adopted() && self.adopted.is_none() => {}
            None => return Ok(Exit::Done),
        }
        Ok(Exit::No)
    }
}
