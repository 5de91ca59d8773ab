//! What is expected of the phases of a plan, as a file says it.
//!
//! `[phases."*"]` speaks of every phase, `[phases.ID]` of one. In each, `on.PROVIDER` says what is different
//! there, and `staged` what is different where a staged policy decides. What is said more closely goes
//! before what is said more widely, key by key.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use autopack_core::policy::Side;
use autopack_core::{Plan, UpstreamName};
use serde::Deserialize;

use crate::exit::{Failure, Fault};
use crate::text_file;

/// The largest file of expectations that is read, in bytes: a kilobyte for each of a thousand phases.
const MAX_EXPECTATIONS_BYTES: u64 = 1024 * 1024;

/// Stands for every phase.
const ALL: &str = "*";

/// Everything that is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectations {
    #[serde(default)]
    phases: BTreeMap<String, Section>,
}

/// What is expected of a phase, or of all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    selected_budget: Option<u64>,
    ceiling: Option<u64>,
    truncated: Option<bool>,
    waste_at_most: Option<f64>,
    #[serde(default)]
    on: BTreeMap<UpstreamName, Wanted>,
    #[serde(default)]
    staged: Wanted,
}

/// What must hold of a phase on an upstream; what is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The intent, in tokens.
    pub(super) selected_budget: Option<u64>,
    /// The first ceiling that was sent, in tokens.
    pub(super) ceiling: Option<u64>,
    /// Whether a reply of the phase was cut off.
    pub(super) truncated: Option<bool>,
    /// Ceiling over output of the last reply.
    pub(super) waste_at_most: Option<f64>,
}

impl Wanted {
    /// What `closer` says, and where it says nothing, what this one does.
    fn or(self, closer: &Self) -> Self {
        Self {
            selected_budget: closer.selected_budget.or(self.selected_budget),
            ceiling: closer.ceiling.or(self.ceiling),
            truncated: closer.truncated.or(self.truncated),
            waste_at_most: closer.waste_at_most.or(self.waste_at_most),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Section {
    /// What holds everywhere.
    const fn everywhere(&self) -> Wanted {
        Wanted {
            selected_budget: self.selected_budget,
            ceiling: self.ceiling,
            truncated: self.truncated,
            waste_at_most: self.waste_at_most,
        }
    }

    /// Its three parts.
    fn parts(&self) -> impl Iterator<Item = Wanted> {
        let on = self.on.values().cloned();
        let parts = [self.everywhere(), self.staged.clone()];
        parts.into_iter().chain(on)
    }

    fn on(&self, wanted: Wanted, upstream: &UpstreamName, side: Side) -> Wanted {
        let mut wanted = wanted.or(&self.everywhere());
        if let Some(on) = self.on.get(upstream) {
            wanted = wanted.or(on);
        }
        match side {
            Side::Current => wanted,
            Side::Staged => wanted.or(&self.staged),
        }
    }
}

impl Expectations {
    /// What must hold of a phase on an upstream, decided by this side of a stage.
    pub(super) fn of(&self, phase_id: &str, upstream: &UpstreamName, side: Side) -> Wanted {
        let sections = [ALL, phase_id].into_iter();
        let sections = sections.filter_map(|name| self.phases.get(name));
        sections.fold(Wanted::default(), |wanted, section| {
            section.on(wanted, upstream, side)
        })
    }

    /// The upstreams of which something is expected.
    pub(super) fn upstreams(&self) -> impl Iterator<Item = &UpstreamName> {
        self.phases.values().flat_map(|section| section.on.keys())
    }

    fn checked(self, plan: &Plan) -> anyhow::Result<Self> {
        if self.phases.is_empty() {
            bail!("nothing is expected: add `[phases.\"*\"]` with `ceiling = …` or another key");
        }
        for (name, section) in &self.phases {
            if name != ALL && !plan.phases.iter().any(|phase| phase.phase_id == *name) {
                let ids: Vec<&str> = plan
                    .phases
                    .iter()
                    .map(|phase| phase.phase_id.as_str())
                    .collect();
                bail!("the plan has no phase `{name}`: it has {}", ids.join(", "));
            }
            if section.parts().all(|wanted| wanted.is_empty()) {
                bail!(
                    "nothing is expected of `{name}`: add selected_budget, ceiling, truncated or waste_at_most"
                );
            }
            let wastes = section.parts().filter_map(|wanted| wanted.waste_at_most);
            for waste in wastes {
                // A ceiling is never below what was written under it.
                if !(waste.is_finite() && waste >= 1.0) {
                    bail!("waste_at_most of `{name}` is `{waste}`: allowed is a number from 1");
                }
            }
        }
        Ok(self)
    }
}

/// The expectations in a file, fit for this plan.
pub(super) fn read(path: &Path, plan: &Plan) -> Result<Expectations, Failure> {
    let read = || -> anyhow::Result<Expectations> {
        let text = text_file::read(path, MAX_EXPECTATIONS_BYTES)?;
        toml::from_str::<Expectations>(&text)?.checked(plan)
    };
    read()
        .with_context(|| format!("expectations `{}`", path.display()))
        .usage()
}

#[cfg(test)]
mod tests {
    use autopack_core::{PlanFormat, Provider};

    use super::*;
    use Side::{Current, Staged};

    fn read(text: &str) -> Result<Expectations, String> {
        let plan = "[[phases]]\nphase_id = \"a\"\n[[phases]]\nphase_id = \"b\"\n";
        let plan = Plan::parse(plan, PlanFormat::Toml).expect("a plan");
        let expectations: Expectations = toml::from_str(text).map_err(|error| error.to_string())?;
        expectations
            .checked(&plan)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_said_more_closely_goes_first() {
        let expectations = read(
            "[phases.\"*\"]\nceiling = 1\ntruncated = false\nstaged.ceiling = 2\n\
             on.gemini.ceiling = 3\n[phases.b]\nwaste_at_most = 4\non.gemini.ceiling = 5\n",
        )
        .expect("expectations");
        let ceiling = |phase_id: &str, provider: Provider, side| {
            expectations.of(phase_id, &provider.into(), side).ceiling
        };
        assert_eq!(ceiling("a", Provider::OpenAi, Current), Some(1));
        assert_eq!(ceiling("a", Provider::OpenAi, Staged), Some(2));
        assert_eq!(ceiling("a", Provider::Gemini, Current), Some(3));
        assert_eq!(ceiling("a", Provider::Gemini, Staged), Some(2));
        assert_eq!(ceiling("b", Provider::Gemini, Current), Some(5));
        let b = expectations.of("b", &Provider::OpenAi.into(), Current);
        assert_eq!((b.truncated, b.waste_at_most), (Some(false), Some(4.0)));
        assert_eq!(b.selected_budget, None, "it may be anything");
    }

    #[test]
    fn a_file_that_expects_nothing_or_of_nobody_is_refused() {
        for (text, expected) in [
            ("", "nothing is expected: add"),
            ("[phases.a]\n", "nothing is expected of `a`: add"),
            (
                "[phases.c]\nceiling = 1\n",
                "the plan has no phase `c`: it has a, b",
            ),
            (
                "[phases.a]\nwaste_at_most = 0.5\n",
                "is `0.5`: allowed is a number from 1",
            ),
            (
                "[phases.a]\nwaste_at_most = nan\n",
                "is `NaN`: allowed is a number from 1",
            ),
            ("[phases.a]\nwaste = 2\n", "unknown field `waste`"),
            ("[phases.a]\nceiling = -1\n", "invalid value: integer `-1`"),
            (
                "[phases.a]\non.\"Open AI\".ceiling = 1\n",
                "upstream name `Open AI` cannot be used",
            ),
            (
                "ceiling = 4096\n",
                "unknown field `ceiling`, expected `phases`",
            ),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
