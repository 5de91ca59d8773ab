//! What is asked of upstreams at the most: `[serve.admission.NAME]`.

use std::collections::BTreeMap;
use std::time::Duration;

use autopack_core::{Tokens, UpstreamName};
use autopack_gateway::{Allowed, Counting};
use serde::Deserialize;

use super::{Upstreams, is_served};
use crate::exit::{Failure, usage};
use crate::settings::limits::within;

/// How long a call waits in line where nobody says otherwise, in seconds: half of what a limit counts in,
/// and less than any SDK waits for a reply.
const DEFAULT_WAIT_S: u64 = 30;

/// The longest that a settings file may have a call wait, in seconds: ten minutes, what SDKs wait for a
/// reply at the most.
const MAX_WAIT_S: u64 = 600;

/// The most that a settings file may allow in a minute: far beyond the limits of any account, and exact in
/// every number that is counted with.
const MAX_PER_MINUTE: u64 = 1_000_000_000_000;

/// What a settings file may say, by upstream.
pub(super) type Sections = BTreeMap<UpstreamName, Section>;

/// What a settings file may say of one upstream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::settings) struct Section {
    tokens_per_minute: Option<u64>,
    requests_per_minute: Option<u64>,
    wait_s: Option<u64>,
    counts: Option<String>,
}

/// What is asked of each upstream at the most.
pub(super) fn allowed(
    sections: &Sections,
    served: &Upstreams,
) -> Result<BTreeMap<UpstreamName, Allowed>, Failure> {
    let mut all = BTreeMap::new();
    for (name, section) in sections {
        is_served(name, served, "[serve.admission]")?;
        let place = format!("serve.admission.{name}");
        for (figure, found, least, most, unit) in [
            (
                "tokens_per_minute",
                section.tokens_per_minute,
                1,
                MAX_PER_MINUTE,
                "tokens",
            ),
            (
                "requests_per_minute",
                section.requests_per_minute,
                1,
                MAX_PER_MINUTE,
                "calls",
            ),
            ("wait_s", section.wait_s, 0, MAX_WAIT_S, "seconds"),
        ] {
            let Some(found) = found else { continue };
            within(&format!("{place}.{figure}"), found, least, most, unit)?;
        }
        let upstream = &served[name];
        let counting = match &section.counts {
            Some(word) => counting(word, &place)?,
            None => Counting::of(upstream.endpoint.provider(), upstream.is_vendor),
        };
        let allowed = Allowed {
            tokens_per_minute: section.tokens_per_minute.map(Tokens::new),
            requests_per_minute: section.requests_per_minute,
            wait: Duration::from_secs(section.wait_s.unwrap_or(DEFAULT_WAIT_S)),
            counting,
        };
        if allowed.tokens_per_minute.is_none() && allowed.requests_per_minute.is_none() {
            return usage(format_args!(
                "[{place}] limits nothing: say `tokens_per_minute`, `requests_per_minute` or both"
            ));
        }
        all.insert(name.clone(), allowed);
    }
    Ok(all)
}

fn counting(word: &str, place: &str) -> Result<Counting, Failure> {
    let mut all = Counting::ALL.into_iter();
    match all.find(|counting| counting.as_str() == word) {
        Some(counting) => Ok(counting),
        None => usage(format_args!(
            "{place}.counts is `{word}`: allowed are `input`, `larger` (input or ceiling) and `sum` (input and ceiling)"
        )),
    }
}
