//! `autopack doctor`: the database and what is in it, the settings and where each came from, the keys
//! (present or not, never their text), the age of the catalogue, and what refusals have taught.

mod learned;

use autopack_calibrate::LimitUse;
use autopack_core::Provider;
use autopack_store::{
    DatabaseUrl, Identity, LearnedLimit, OpenMode, Store, StoreError, StoreErrorKind,
};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use crate::args::DoctorArgs;
use crate::exit::{self, Exit, Failure};
use crate::output::{self, Align, Table};
use crate::settings::{NoPolicy, Settings, Source, Sourced};

/// A catalogue older than this, in days, is worth a look: providers bring out models every month.
const STALE_AFTER_DAYS: i64 = 90;

/// One setting: its name, its value, where it came from.
struct Line {
    name: String,
    value: String,
    source: String,
}

impl Line {
    fn new(name: impl Into<String>, value: &(impl ToString + ?Sized), source: &Source) -> Self {
        Self {
            name: name.into(),
            value: value.to_string(),
            source: source.to_string(),
        }
    }
}

pub(super) async fn run(args: &DoctorArgs, settings: &Settings) -> Result<Exit, Failure> {
    let database = settings.database(&args.database)?;
    let mut lines = vec![Line::new("database", &database.value, &database.source)];
    lines.extend(setting_lines(args, settings).await?);
    let keys = key_lines(settings)?;
    let catalogue = settings.catalogue()?;
    let age_days = age_days(&catalogue.as_of, Timestamp::now());
    if args.forget_limits {
        learned::forget(&database.value).await?;
    }
    let state = DatabaseState::of(&database.value).await;
    if args.json {
        output::json(&json!({
            "database": state.to_json(),
            "settings": lines_json(&lines),
            "settings_file": settings.path(),
            "keys": lines_json(&keys),
            "learned_limits": learned::to_json(state.learned()),
            "catalogue": {
                "as_of": catalogue.as_of,
                "age_days": age_days,
                "n_models": catalogue.models().len(),
            },
        }))?;
    } else {
        state.print()?;
        print_lines("setting", &lines)?;
        print_lines("key", &keys)?;
        learned::print(state.learned())?;
        output::data(format_args!(
            "catalogue of {}, {} days old, {} entries",
            catalogue.as_of,
            output::known(age_days),
            catalogue.models().len(),
        ))?;
    }
    if age_days.is_some_and(|days| days > STALE_AFTER_DAYS) {
        output::warn(
            "the catalogue is old: check the limits of new models, or add yours under [[models]]",
        );
    }
    Ok(state.exit())
}

async fn setting_lines(args: &DoctorArgs, settings: &Settings) -> Result<Vec<Line>, Failure> {
    let telemetry = settings.telemetry()?;
    let deadlines = settings.deadlines()?;
    let retries = settings.retries()?;
    let out = settings.out(None);
    let jobs = settings.jobs(None)?;
    let mut lines = vec![Line::new(
        "telemetry",
        if telemetry.value { "on" } else { "off" },
        &telemetry.source,
    )];
    lines.extend(policy_lines(args, settings).await?);
    lines.extend([
        Line::new("out", &out.value.display(), &out.source),
        Line::new("jobs", &jobs.value, &jobs.source),
        Line::new(
            "deadlines",
            &format!(
                "connect {} s, first byte {} s, idle {} s, total {} s",
                deadlines.value.connect.as_secs(),
                deadlines.value.first_byte.as_secs(),
                deadlines.value.idle.as_secs(),
                deadlines.value.total.as_secs()
            ),
            &deadlines.source,
        ),
        Line::new(
            "retries",
            &format!(
                "{} calls, waits of {} ms to {} s, within {} s",
                retries.value.max_calls,
                retries.value.base.as_millis(),
                retries.value.longest.as_secs(),
                retries.value.total.as_secs()
            ),
            &retries.source,
        ),
    ]);
    for provider in Provider::ALL {
        let base_url = settings.base_url(provider)?;
        lines.push(Line::new(
            format!("{provider} base URL"),
            &base_url.value,
            &base_url.source,
        ));
    }
    let own = settings.own_upstreams()?;
    for upstream in &own {
        lines.push(Line::new(
            format!("{} base URL", upstream.name),
            &format!("{} ({})", upstream.base_url.value, upstream.dialect),
            &upstream.base_url.source,
        ));
    }
    let vendors = Provider::ALL.map(Provider::as_str);
    let own = own.iter().map(|upstream| upstream.name.as_str());
    lines.extend(vendors.into_iter().chain(own).filter_map(|route| {
        let limit = settings.limit_use(route, false);
        (limit.value == LimitUse::Near).then(|| {
            let name = format!("{route} rate limit");
            Line::new(name, "nearly used up", &limit.source)
        })
    }));
    Ok(lines)
}

/// The policy that decides, and the one that is staged.
async fn policy_lines(args: &DoctorArgs, settings: &Settings) -> Result<Vec<Line>, Failure> {
    let Sourced { value, source } = match settings.policy(&args.policy, &args.database).await {
        Ok(chosen) => chosen,
        Err(NoPolicy::Named(failure)) => return Err(failure),
        Err(NoPolicy::Database(_)) => {
            return Ok(vec![Line {
                name: "policy".to_owned(),
                value: "not known".to_owned(),
                source: "the database cannot be used".to_owned(),
            }]);
        }
    };
    let mut lines = vec![Line::new("policy", value.current().name(), &source)];
    lines.extend(value.stage().map(|stage| {
        let staged = format!("{}, a share of {}", stage.policy.name(), stage.share);
        Line::new("staged policy", &staged, &Source::Database)
    }));
    Ok(lines)
}

fn key_lines(settings: &Settings) -> Result<Vec<Line>, Failure> {
    let mut upstreams = Vec::new();
    for provider in Provider::ALL {
        upstreams.push(settings.upstream(&provider.into())?);
    }
    upstreams.extend(settings.own_upstreams()?);
    let mut lines = Vec::new();
    for upstream in upstreams {
        let variables = upstream.key_variables.join(" or ");
        let (value, source) = match settings.key_of(&upstream)? {
            Some(key) => ("present", format!("environment {}", key.variable)),
            None if variables.is_empty() => ("not asked for", String::new()),
            None => ("missing", format!("set {variables}")),
        };
        lines.push(Line {
            name: upstream.name.to_string(),
            value: value.to_owned(),
            source,
        });
    }
    Ok(lines)
}

fn print_lines(heading: &str, lines: &[Line]) -> Result<(), Failure> {
    let columns = [
        (heading, Align::Left),
        ("value", Align::Left),
        ("from", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
        table.row(vec![
            line.name.clone(),
            line.value.clone(),
            line.source.clone(),
        ]);
    }
    output::data(table)
}

fn lines_json(lines: &[Line]) -> Value {
    let line = |line: &Line| json!({"name": line.name, "value": line.value, "from": line.source});
    lines.iter().map(line).collect()
}

/// Whole days since the date, where it is one.
fn age_days(as_of: &str, now: Timestamp) -> Option<i64> {
    let today = Offset::UTC.to_datetime(now).date();
    let since = today.since((Unit::Day, as_of.parse::<Date>().ok()?)).ok()?;
    Some(i64::from(since.get_days()))
}

/// An error with its causes.
fn words(error: StoreError) -> String {
    exit::words(&error.into())
}

/// What there is behind the database's URL.
enum DatabaseState {
    /// A database of ours, and what refusals taught.
    Ours(Box<Identity>, Vec<LearnedLimit>),
    /// Nothing yet: the first run makes it.
    None(String),
    /// Something that cannot be used, and why.
    Unusable(String),
}

impl DatabaseState {
    async fn of(url: &DatabaseUrl) -> Self {
        let opened = Store::open(url, OpenMode::ReadOnly).await;
        let store = match opened {
            Ok(store) => store,
            Err(error) if error.kind() == StoreErrorKind::Missing => {
                return Self::None(words(error));
            }
            Err(error) => return Self::Unusable(words(error)),
        };
        let identity = store.identity().await;
        let learned = store.learned_limits().await;
        // Read only: there is nothing to lose in closing.
        let _ = store.close().await;
        match identity.and_then(|identity| Ok((identity, learned?))) {
            Ok((identity, learned)) => Self::Ours(Box::new(identity), learned),
            Err(error) => Self::Unusable(words(error)),
        }
    }

    /// What refusals taught, as far as it is written down.
    fn learned(&self) -> &[LearnedLimit] {
        match self {
            Self::Ours(_, learned) => learned,
            Self::None(_) | Self::Unusable(_) => &[],
        }
    }

    const fn exit(&self) -> Exit {
        match self {
            Self::Ours(..) | Self::None(_) => Exit::Done,
            Self::Unusable(_) => Exit::Outside,
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let identity = match self {
            Self::Ours(identity, _) => identity,
            Self::None(why) => return output::data(format_args!("database: {why}")),
            Self::Unusable(why) => {
                return output::data(format_args!("database cannot be used: {why}"));
            }
        };
        output::data(format_args!(
            "database {}, {} bytes, schema {}, newest call {}",
            identity.path,
            output::thousands(identity.size_bytes),
            identity.schema_version,
            output::known(identity.newest_event.as_deref()),
        ))?;
        for table in &identity.tables {
            output::data(format_args!(
                "  {}: {} rows",
                table.name,
                output::thousands(table.n_rows)
            ))?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Ours(identity, _) => json!({
                "state": "ours",
                "path": identity.path,
                "size_bytes": identity.size_bytes,
                "schema_version": identity.schema_version,
                "newest_event": identity.newest_event,
                "tables": identity.tables.iter()
                    .map(|table| (table.name.to_owned(), json!(table.n_rows)))
                    .collect::<serde_json::Map<_, _>>(),
            }),
            Self::None(why) => json!({"state": "none", "message": why}),
            Self::Unusable(why) => json!({"state": "unusable", "message": why}),
        }
    }
}
