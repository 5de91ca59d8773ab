//! The policies that can be named.

use anyhow::bail;
use autopack_calibrate::backtest::{Policy, Trace};
use autopack_calibrate::learned::{LearnedSettings, NAME as LEARNED, TargetTruncation};
use autopack_core::{Category, Complexity, Policy as Table, Tokens};

use crate::args::BacktestArgs;

/// The policies that are run where none is named, in order.
const ALL: [&str; 8] = [
    LEARNED,
    "build-142",
    "fixed-4096",
    "fixed-8192",
    "fixed-16384",
    "ratio",
    "dropped",
    "oracle",
];
/// What begins the name of a fixed ceiling.
const FIXED: &str = "fixed-";

/// A policy under its name.
pub(super) struct Rival {
    name: String,
    kind: Kind,
}

enum Kind {
    /// The same for every trace.
    Policy(Policy),
    /// By the groups of the trace.
    Table(Box<Table>),
}

/// The share of calls that the learned policy explores.
pub(super) fn exploration_share(args: &BacktestArgs) -> anyhow::Result<f64> {
    let Some(share) = args.exploration_share else {
        return Ok(0.0);
    };
    if !(0.0..=1.0).contains(&share) {
        bail!("--exploration-share is `{share}`: give a share of 0 to 1, such as 0.03");
    }
    if !args.policy.is_empty() && !args.policy.iter().any(|name| name == LEARNED) {
        bail!("--exploration-share is for the policy `{LEARNED}`: name it too, or leave it out");
    }
    Ok(share)
}

/// The policies of these names, or all. The learned one explores this share of calls.
pub(super) fn rivals(
    names: &[String],
    target: TargetTruncation,
    explored: f64,
) -> anyhow::Result<Vec<Rival>> {
    let all = ALL.map(str::to_owned);
    let names = if names.is_empty() { &all } else { names };
    let rivals = names.iter().map(|name| rival(name, target, explored));
    rivals.collect()
}

fn rival(name: &str, target: TargetTruncation, explored: f64) -> anyhow::Result<Rival> {
    let kind = match name {
        LEARNED => Kind::Policy(Policy::Learned(LearnedSettings {
            exploration_share: explored,
            ..LearnedSettings::new(target)
        })),
        "ratio" => Kind::Policy(Policy::Ratio),
        "dropped" => Kind::Policy(Policy::DroppedQuantile(target)),
        "oracle" => Kind::Policy(Policy::Oracle(target)),
        _ => match (fixed(name), Table::embedded(name)) {
            (Some(ceiling), _) => Kind::Policy(Policy::Fixed(ceiling)),
            (None, Some(table)) => Kind::Table(Box::new(table)),
            (None, None) => bail!(
                "--policy is `{name}`: name one of `{}`, `fixed-N` with any N from 1, or an embedded policy",
                ALL.join("`, `")
            ),
        },
    };
    Ok(Rival {
        name: name.to_owned(),
        kind,
    })
}

fn fixed(name: &str) -> Option<Tokens> {
    let ceiling: u64 = name.strip_prefix(FIXED)?.parse().ok()?;
    (ceiling > 0).then_some(Tokens::new(ceiling))
}

impl Rival {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn policy(&self, trace: &Trace) -> Policy {
        match &self.kind {
            Kind::Policy(policy) => policy.clone(),
            Kind::Table(table) => Policy::Table(by_group(table, trace)),
        }
    }
}

/// The ceilings that learning starts from: those of `build-142`.
pub(super) fn bases(trace: &Trace) -> Vec<Tokens> {
    by_group(&Table::build_142(), trace)
}

fn by_group(table: &Table, trace: &Trace) -> Vec<Tokens> {
    let groups = trace.groups().iter();
    groups.map(|group| ceiling(table, group)).collect()
}

/// A trace has no phases to estimate, so what is left of a table is the base of a cell, where the
/// name of the group begins with a category and a complexity, or else the fallback.
fn ceiling(table: &Table, group: &str) -> Tokens {
    let numbers = table.numbers();
    let mut parts = group.split('/');
    let category = parts.next().and_then(Category::canonical);
    let cell = category.zip(parts.next().and_then(complexity_of));
    cell.map_or(numbers.fallback.other, |(category, complexity)| {
        numbers.base.of(&category, complexity)
    })
}

fn complexity_of(word: &str) -> Option<Complexity> {
    [Complexity::Low, Complexity::Medium, Complexity::High]
        .into_iter()
        .find(|complexity| complexity.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_their_bases_and_other_groups_the_fallback() {
        let table = Table::build_142();
        for (group, tokens) in [
            ("docs/low", 4096),
            ("documentation/high/claude", 12_288),
            ("anything/medium", 12_288),
            ("client-07", 8192),
            ("chat/gpt", 8192),
        ] {
            assert_eq!(ceiling(&table, group), Tokens::new(tokens), "{group}");
        }
    }

    #[test]
    fn names_that_are_none_are_told_what_there_is() {
        let target = TargetTruncation::new(0.02).expect("a rate");
        for name in ["fixed-0", "fixed-x", "best"] {
            let error = rival(name, target, 0.0)
                .err()
                .expect("no policy")
                .to_string();
            assert!(error.contains(name) && error.contains("oracle"), "{error}");
        }
    }
}
