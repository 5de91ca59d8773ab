//! `autopack export`: every row on standard output, as it can be imported again.

use std::io::{self, BufWriter};

use anyhow::Context as _;
use autopack_store::{ExportError, ExportFormat, Filter, OpenMode, Store};
use clap::ValueEnum;
use jiff::Timestamp;

use super::report::since;
use crate::args::ExportArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;

/// How much is gathered before it is written, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;

/// What rows are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Ndjson,
    Csv,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Ndjson => Self::Ndjson,
            Format::Csv => Self::Csv,
        }
    }
}

pub(super) async fn run(args: &ExportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let since = args
        .since
        .as_deref()
        .map(|text| since::parse(text, Timestamp::now()));
    let filter = Filter {
        since: since.transpose().context("--since").usage()?,
        run_id: args.run_id.clone(),
    };
    let database = settings.database(&args.database)?.value;
    let store = Store::open(&database, OpenMode::ReadOnly).await.outside()?;
    let mut rows = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    let exported = store.export(&filter, args.format.into(), &mut rows).await;
    let exported = match exported {
        Err(ExportError::Write(error)) => Err(error)
            .context("cannot write to standard output")
            .outside()?,
        exported => exported.outside()?,
    };
    store.close().await.outside()?;
    if exported.n_left_out > 0 {
        output::warn(format_args!(
            "{} rows hold values that are neither text nor number, and are left out",
            exported.n_left_out
        ));
    }
    output::say(format_args!(
        "exported {} calls and {} escalations from {database}",
        output::thousands(exported.n_calls),
        output::thousands(exported.n_escalations),
    ));
    let is_empty = exported.n_calls + exported.n_escalations == 0;
    Ok(if is_empty { Exit::No } else { Exit::Done })
}
