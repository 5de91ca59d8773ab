//! `autopack import`: rows from logs, tables and exports, and what was come across on the way.

mod offset;
mod outcome;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use autopack_core::{Category, Complexity};
use autopack_store::{Assumed, ImportError, ImportReport, OpenMode, SourceFormat, Store};
use clap::ValueEnum;
use serde_json::Value;

use crate::args::ImportArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;

/// How much of a source is read at once, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// The name that stands for standard input, here and as the run of what comes from there.
const STDIN: (&str, &str) = ("-", "stdin");

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Log,
    Csv,
    Ndjson,
}

impl From<Format> for SourceFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Log => Self::Log,
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
        }
    }
}

pub(super) async fn run(args: &ImportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let mut assumed = assumed(args).usage()?;
    let database = settings.database(&args.database)?.value;
    // A name that is wrong is told before anything is written.
    for path in &args.sources {
        check(path).usage()?;
    }
    let store = Store::open(&database, OpenMode::ReadWrite)
        .await
        .outside()?;
    let mut exit = Exit::Done;
    let mut reports = Vec::new();
    for path in &args.sources {
        assumed.run_id = args.run_id.clone().unwrap_or_else(|| name_of(path));
        let report = import(&store, path, args.format, &assumed).await?;
        if report.n_bad() > 0 || outcome::is_empty(&report) {
            exit = Exit::No;
        }
        if args.json {
            reports.push(outcome::to_json(path, &report, &assumed));
        } else {
            output::data(outcome::words(path, &report, &assumed))?;
        }
    }
    store.close().await.outside()?;
    if args.json {
        output::json(&Value::from(reports))?;
    }
    Ok(exit)
}

fn assumed(args: &ImportArgs) -> anyhow::Result<Assumed> {
    let category = args.category.as_deref().map(|word| {
        Category::canonical(word).ok_or_else(|| anyhow!("--category is blank: name one"))
    });
    let complexity = args.complexity.as_deref().map(|word| {
        Complexity::canonical(word).ok_or_else(|| {
            anyhow!("--complexity is `{word}`: allowed are low, medium, high, maintenance")
        })
    });
    Ok(Assumed {
        run_id: String::new(),
        utc_offset: offset::parse(&args.utc_offset).context("--utc-offset")?,
        category: category.transpose()?,
        complexity: complexity.transpose()?,
    })
}

/// Sees that a source is there and may be read.
fn check(path: &Path) -> anyhow::Result<()> {
    if path == Path::new(STDIN.0) {
        return Ok(());
    }
    let seen = || {
        let about = fs::metadata(path).context("it cannot be read: check its path")?;
        if about.is_dir() {
            bail!("it is a folder: name the files in it");
        }
        Ok(())
    };
    seen().with_context(|| format!("source `{}`", path.display()))
}

/// The name of a file without its ending.
fn name_of(path: &Path) -> String {
    if path == Path::new(STDIN.0) {
        return STDIN.1.to_owned();
    }
    let name = path.file_stem().unwrap_or(OsStr::new(STDIN.1));
    name.to_string_lossy().into_owned()
}

async fn import(
    store: &Store,
    path: &Path,
    format: Option<Format>,
    assumed: &Assumed,
) -> Result<ImportReport, Failure> {
    let named = || format!("source `{}`", path.display());
    let source: Box<dyn BufRead> = if path == Path::new(STDIN.0) {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).with_context(named).usage()?;
        Box::new(BufReader::with_capacity(BUFFER_BYTES, file))
    };
    let imported = store.import(source, format.map(Into::into), assumed).await;
    match imported {
        // What is wrong with the source is for whoever named it to mend.
        Err(error @ (ImportError::Read(_) | ImportError::Store(_))) => {
            Err(error).with_context(named).outside()
        }
        imported => imported.with_context(named).usage(),
    }
}
