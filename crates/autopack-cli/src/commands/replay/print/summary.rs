//! What a replay comes to, in sentences.

use autopack_calibrate::replay::{
    Difference, Differences, ENOUGH_CALLS, LEVEL, N_RESAMPLES, ReplayFigures,
};
use autopack_core::Tokens;

use super::{between, calls, count};
use crate::output;

/// The sentences, a line each.
pub(super) fn of(total: &ReplayFigures, differences: Option<&Differences>) -> String {
    let ReplayFigures {
        logged, candidate, ..
    } = total;
    let mut lines = vec![knowledge(total)];
    match total
        .truncation_bound()
        .filter(|_| total.n_calls >= ENOUGH_CALLS)
    {
        Some(bound) => lines.push(format!(
            "cut off: at most {} (exact bound at 95 %, were all calls independent)",
            output::percent(Some(bound))
        )),
        None => lines.push(format!(
            "fewer than {ENOUGH_CALLS} calls: numbers instead of rates, and no conclusion"
        )),
    }
    let change = count(candidate.reserved_tokens) / count(logged.reserved_tokens) - 1.0;
    lines.push(format!(
        "reserved {} → {} tokens ({}), written {} → {}",
        output::thousands(logged.reserved_tokens),
        output::thousands(candidate.reserved_tokens),
        output::signed_percent(Some(change)),
        between(logged.written_tokens, output::thousands),
        between(candidate.written_tokens, output::thousands),
    ));
    let percent = |share| output::percent(Some(share));
    lines.push(format!(
        "cost of reserving and failing {} → {} of that of all output (prices as in backtest)",
        between(logged.excess_cost, percent),
        between(candidate.excess_cost, percent),
    ));
    lines.extend(differences.map(by_runs));
    lines.join("\n")
}

/// Of how many calls it is known what would have become of them, and from what.
fn knowledge(total: &ReplayFigures) -> String {
    let of_retries = match total.n_from_retries {
        0 => String::new(),
        n => format!(
            "; how long {} are that were cut off, their retries tell",
            calls(n)
        ),
    };
    if total.n_unknown > 0 {
        return format!(
            "exact but for {} that were cut off and would have had a larger ceiling: \
             nobody knows how long they are; by the lengths of the others {:.1} would be cut off in all{of_retries}",
            calls(total.n_unknown),
            total.n_cut_expected
        );
    }
    if total.n_from_retries > 0 {
        return format!("exact{of_retries}");
    }
    "exact: no call that was cut off would have had a larger ceiling".to_owned()
}

/// How far the policies differ, and how far that may be off.
fn by_runs(differences: &Differences) -> String {
    let points = |share: f64| format!("{:+.1}", 100.0 * share);
    let tokens = |tokens: f64| {
        let whole = Tokens::floor(tokens.abs().round());
        let sign = if tokens < 0.0 { '-' } else { '+' };
        format!("{sign}{}", output::thousands(whole.get()))
    };
    let ratio = |ratio: f64| format!("{ratio:+.2}");
    let waste = differences.median_waste.map(|waste| told(waste, "", ratio));
    let differ = format!(
        "cut off {}, reserved {}, median waste {}",
        told(differences.truncation_rate, " points", points),
        told(differences.reserved_tokens, " tokens a call", tokens),
        output::known(waste),
    );
    match differences.n_runs {
        1 => format!(
            "difference: {differ}; all calls are of one run, which cannot tell how far that may be off"
        ),
        n_runs => format!(
            "difference: {differ}; in brackets {:.0} %, from {} runs drawn {} times (seed {})",
            100.0 * LEVEL,
            output::thousands(n_runs as u64),
            output::thousands(N_RESAMPLES as u64),
            differences.seed
        ),
    }
}

/// A difference in a unit, and in brackets between what it lies.
fn told(difference: Difference, unit: &str, word: impl Fn(f64) -> String) -> String {
    let signed = |number: f64| word(number).replace('-', "−");
    let value = signed(difference.value);
    match difference.interval {
        Some(interval) => {
            let [low, high] = [interval.low, interval.high].map(signed);
            format!("{value}{unit} ({low} to {high})")
        }
        None => format!("{value}{unit}"),
    }
}
