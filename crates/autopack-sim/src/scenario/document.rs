//! From the TOML document to the scenario.

use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autopack_core::Tokens;
use toml::{Table, Value};

use crate::delivery::Latency;
use crate::fault::{Fault, FaultTimes};
use crate::lengths::Lengths;
use crate::quota::Limits;
use crate::tools::ScriptedCall;

use super::error::ScenarioError;
use super::fields::Fields;
use super::{Length, MAX_SCRIPTED_TOKENS, PerAttempt, Scenario, Script, Settings};

/// What a count of tokens may be.
pub(super) const ALLOWED_TOKENS: &str =
    "a number of tokens from 0 to 10485760, or a list of such, one for each attempt";

/// What a text may be.
pub(super) const ALLOWED_TEXTS: &str = "a string, or a list of such, one for each attempt";

/// What a fault may be.
pub(crate) const ALLOWED_FAULTS: &str = "`none`, `slow_first_byte`, `stalled_stream`, \
     `cut_stream`, `truncated_json`, `garbage`, `split_events`, `server_error`, `overloaded`, \
     `rate_limited`, `missing_usage`, `unknown_stop_reason`, `null_content`, `unsaid_truncation`, \
     `window_full` or `runaway`, or a list of such, one for each attempt";

/// The keys of the document.
const TOP_KEYS: &str = "`output_tokens`, `reasoning_tokens`, `lengths`, `text`, `text_file`, \
     `tool_call`, `fault`, `phases`, `quota`, `latency`, `fault_times` and \
     `refuse_exhausted_reasoning`";

/// The keys of a phase.
const PHASE_KEYS: &str = "`output_tokens`, `reasoning_tokens`, `lengths`, `text`, `text_file`, \
     `tool_call` and `fault`";

/// What a limit may be: up to a thousand times the largest that is sold.
const LIMITS: (RangeInclusive<u64>, &str) = (1..=10_000_000_000, "a number from 1 to 10000000000");

/// What a wait may be, in milliseconds: up to 10 minutes, which is the patience of the official
/// clients.
const WAITS_MS: (RangeInclusive<u64>, &str) = (0..=600_000, "a number from 0 to 600000");

/// What a token may take, in microseconds: up to a second.
const TOKEN_US: (RangeInclusive<u64>, &str) = (0..=1_000_000, "a number from 0 to 1000000");

/// What a client may be told to wait, in seconds: up to an hour.
const RETRY_S: (RangeInclusive<u64>, &str) = (0..=3600, "a number from 0 to 3600");

/// Reads the document `text`.
pub(super) fn scenario(
    text: &str,
    mut read: impl FnMut(&Path) -> io::Result<String>,
) -> Result<Scenario, ScenarioError> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| ScenarioError::Syntax {
            message: error.to_string().trim_end().to_owned(),
        })?;
    let mut fields = Fields::document(table);
    let mut scenario = Scenario::default();
    scenario.everywhere = script(&mut fields, &scenario.everywhere, &mut read)?;
    scenario.settings = settings(&mut fields)?;
    if let Some(mut phases) = fields.table("phases")? {
        for name in phases.names() {
            let Some(mut phase) = phases.table(&name)? else {
                continue;
            };
            let script = script(&mut phase, &scenario.everywhere, &mut read)?;
            phase.finish(PHASE_KEYS)?;
            scenario.phases.insert(name, script);
        }
    }
    fields.finish(TOP_KEYS)?;
    Ok(scenario)
}

/// A script, with what it leaves out from `inherited`.
fn script(
    fields: &mut Fields,
    inherited: &Script,
    read: &mut impl FnMut(&Path) -> io::Result<String>,
) -> Result<Script, ScenarioError> {
    for (key, other) in [("output_tokens", "lengths"), ("text", "text_file")] {
        if fields.has(key) && fields.has(other) {
            let (key, other) = (fields.key(key), fields.key(other));
            return Err(ScenarioError::Both { key, other });
        }
    }
    let counts = fields.take("output_tokens", ALLOWED_TOKENS, |value| {
        per_attempt(value, tokens)
    })?;
    let drawn = drawn(fields, read)?;
    let reasoning = fields.take("reasoning_tokens", ALLOWED_TOKENS, |value| {
        per_attempt(value, tokens)
    })?;
    let faults = fields.take("fault", ALLOWED_FAULTS, |value| per_attempt(value, fault))?;
    let text = match files(fields, "text_file", read)? {
        Some(texts) => Some(texts),
        None => fields.take("text", ALLOWED_TEXTS, |value| per_attempt(value, text))?,
    };
    let tool_call = tool_call(fields)?;
    let says_something = text.is_some() || tool_call.is_some();
    let output = match (counts, drawn) {
        (Some(counts), _) => Length::Counts(counts),
        (None, Some(lengths)) => Length::Drawn(Arc::new(lengths)),
        (None, None) if says_something => Length::Natural,
        (None, None) => inherited.output.clone(),
    };
    Ok(Script {
        output,
        reasoning: reasoning.unwrap_or_else(|| inherited.reasoning.clone()),
        text: text.or_else(|| inherited.text.clone()),
        tool_call: tool_call
            .map(Arc::new)
            .or_else(|| inherited.tool_call.clone()),
        faults: faults.unwrap_or_else(|| inherited.faults.clone()),
    })
}

/// The table that `lengths` names.
fn drawn(
    fields: &mut Fields,
    read: &mut impl FnMut(&Path) -> io::Result<String>,
) -> Result<Option<Lengths>, ScenarioError> {
    let Some(mut lengths) = fields.table("lengths")? else {
        return Ok(None);
    };
    let category = lengths.string("category")?;
    let key = lengths.key("data");
    let Some((path, table)) = file(&mut lengths, "data", read)? else {
        let allowed = "the path of a CSV table";
        return Err(ScenarioError::Missing { key, allowed });
    };
    lengths.finish("`data` and `category`")?;
    match Lengths::parse(&table, category.as_deref()) {
        Ok(lengths) => Ok(Some(lengths)),
        Err(error) => Err(ScenarioError::File {
            key,
            path,
            message: error.to_string(),
        }),
    }
}

/// The path and the text of the file that `name` names.
fn file(
    fields: &mut Fields,
    name: &str,
    read: &mut impl FnMut(&Path) -> io::Result<String>,
) -> Result<Option<(String, String)>, ScenarioError> {
    let Some(path) = fields.string(name)? else {
        return Ok(None);
    };
    match read(Path::new(&path)) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) => Err(ScenarioError::File {
            key: fields.key(name),
            path,
            message: error.to_string(),
        }),
    }
}

/// The texts of the files that `name` names, one for each attempt.
fn files(
    fields: &mut Fields,
    name: &str,
    read: &mut impl FnMut(&Path) -> io::Result<String>,
) -> Result<Option<PerAttempt<Arc<str>>>, ScenarioError> {
    let paths = fields.take(name, ALLOWED_TEXTS, |value| per_attempt(value, text))?;
    let Some(PerAttempt(paths)) = paths else {
        return Ok(None);
    };
    let mut read = |path: Arc<str>| {
        let text = read(Path::new(&*path));
        text.map(Arc::from).map_err(|error| ScenarioError::File {
            key: fields.key(name),
            path: path.to_string(),
            message: error.to_string(),
        })
    };
    let texts: Result<Vec<_>, _> = paths.into_iter().map(&mut read).collect();
    Ok(Some(PerAttempt(texts?)))
}

fn tool_call(fields: &mut Fields) -> Result<Option<ScriptedCall>, ScenarioError> {
    let Some(mut call) = fields.table("tool_call")? else {
        return Ok(None);
    };
    let allowed = "the name of a tool";
    let key = call.key("name");
    let name = call.take("name", allowed, |value| {
        let name = value.as_str()?;
        (!name.is_empty()).then(|| name.to_owned())
    })?;
    let arguments = call.take("arguments", "a table of keys", |value| {
        value.is_table().then(|| json(value).to_string())
    })?;
    call.finish("`name` and `arguments`")?;
    match name {
        Some(name) => Ok(Some(ScriptedCall { name, arguments })),
        None => Err(ScenarioError::Missing { key, allowed }),
    }
}

fn settings(fields: &mut Fields) -> Result<Settings, ScenarioError> {
    let mut settings = Settings::default();
    if let Some(mut quota) = fields.table("quota")? {
        settings.limits = Limits {
            requests_per_minute: number(&mut quota, "requests_per_minute", &LIMITS)?,
            tokens_per_minute: number(&mut quota, "tokens_per_minute", &LIMITS)?,
        };
        quota.finish("`requests_per_minute` and `tokens_per_minute`")?;
    }
    if let Some(mut latency) = fields.table("latency")? {
        let first_byte_ms = number(&mut latency, "first_byte_ms", &WAITS_MS)?;
        let per_token_us = number(&mut latency, "per_token_us", &TOKEN_US)?;
        settings.latency = Latency {
            first_byte: Duration::from_millis(first_byte_ms.unwrap_or(0)),
            per_token: Duration::from_micros(per_token_us.unwrap_or(0)),
        };
        latency.finish("`first_byte_ms` and `per_token_us`")?;
    }
    if let Some(mut times) = fields.table("fault_times")? {
        let slow_ms = number(&mut times, "slow_first_byte_ms", &WAITS_MS)?;
        let stall_ms = number(&mut times, "stall_ms", &WAITS_MS)?;
        let retry_after_s = number(&mut times, "retry_after_s", &RETRY_S)?;
        let default = FaultTimes::default();
        settings.fault_times = FaultTimes {
            slow_first_byte: slow_ms.map_or(default.slow_first_byte, Duration::from_millis),
            stall: stall_ms.map_or(default.stall, Duration::from_millis),
            retry_after: retry_after_s.map_or(default.retry_after, Duration::from_secs),
        };
        times.finish("`slow_first_byte_ms`, `stall_ms` and `retry_after_s`")?;
    }
    let refuses = fields.take(
        "refuse_exhausted_reasoning",
        "true or false",
        Value::as_bool,
    )?;
    settings.refuses_exhausted_reasoning = refuses.unwrap_or(false);
    Ok(settings)
}

fn number(
    fields: &mut Fields,
    name: &str,
    (range, allowed): &(RangeInclusive<u64>, &'static str),
) -> Result<Option<u64>, ScenarioError> {
    fields.take(name, allowed, |value| {
        let number = u64::try_from(value.as_integer()?).ok()?;
        range.contains(&number).then_some(number)
    })
}

/// One value, or a list of values that is not empty.
fn per_attempt<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<PerAttempt<T>> {
    let values: Vec<T> = match value {
        Value::Array(values) => values.iter().map(read).collect::<Option<_>>()?,
        value => vec![read(value)?],
    };
    (!values.is_empty()).then_some(PerAttempt(values))
}

fn text(value: &Value) -> Option<Arc<str>> {
    value.as_str().map(Arc::from)
}

fn tokens(value: &Value) -> Option<Tokens> {
    let count = u64::try_from(value.as_integer()?).ok()?;
    (count <= MAX_SCRIPTED_TOKENS.get()).then_some(Tokens::new(count))
}

#[expect(
    clippy::option_option,
    reason = "no fault is a value that can be read, too"
)]
fn fault(value: &Value) -> Option<Option<Fault>> {
    match value.as_str()? {
        "none" => Some(None),
        name => Fault::named(name).map(Some),
    }
}

/// TOML as JSON; dates become strings.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(truth) => (*truth).into(),
        Value::Datetime(date) => date.to_string().into(),
        Value::Array(values) => values.iter().map(json).collect(),
        Value::Table(table) => table
            .iter()
            .map(|(name, value)| (name.clone(), json(value)))
            .collect(),
    }
}
