//! What a change does to a policy: which numbers it sets, and the evidence that is kept of it.

use autopack_core::policy::{ANY_PROVIDER, PolicyDraft, Relative};
use autopack_core::{Level, Policy, PolicyError, Provider, Tokens};
use serde::Serialize;

use super::{Change, Damping, Effect, Evidence};
use crate::cell::Cell;
use crate::quantile::in_use;

/// A change as a policy keeps it.
#[derive(Debug, Serialize)]
pub(super) struct ChangeEvidence<'a> {
    category: &'a str,
    complexity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    /// The key of the policy that is set.
    #[serde(skip)]
    path: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Number>,
    pub(super) after: Number,
    #[serde(flatten)]
    relative: Option<RelativeEvidence>,
    /// How the ceiling that the group has goes with the estimate.
    #[serde(skip)]
    relative_before: Option<RelativeEvidence>,
    #[serde(flatten)]
    evidence: &'a Evidence,
}

/// How a ceiling goes with the estimate, under the keys of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct RelativeEvidence {
    at_estimate: Tokens,
    exponent: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    down_to: Option<Tokens>,
}

impl From<Relative> for RelativeEvidence {
    fn from(relative: Relative) -> Self {
        Self {
            at_estimate: relative.at_estimate,
            exponent: relative.exponent.as_f64(),
            down_to: relative.down_to,
        }
    }
}

/// A number of a policy that a proposal sets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    Factor(f64),
    Tokens(Tokens),
}

/// The keys by which a ceiling goes with the estimate.
const RELATIVE: [&str; 3] = ["at_estimate", "exponent", "down_to"];

impl ChangeEvidence<'_> {
    pub(super) fn is_change(&self) -> bool {
        self.before != Some(self.after) || self.relative != self.relative_before
    }

    pub(super) fn set_in(&self, draft: PolicyDraft) -> Result<PolicyDraft, PolicyError> {
        let mut draft = match self.after {
            Number::Factor(factor) => draft.set(&self.path, factor)?,
            Number::Tokens(tokens) => draft.set(&self.path, whole(tokens))?,
        };
        let beside = |name| {
            let (_, group) = self.path.split_last().unwrap_or((&"", &[]));
            [group, &[name]].concat()
        };
        if self.relative_before.is_some() {
            for name in RELATIVE {
                draft = draft.without(&beside(name));
            }
        }
        let Some(relative) = self.relative else {
            return Ok(draft);
        };
        draft = draft.set(&beside(RELATIVE[0]), whole(relative.at_estimate))?;
        draft = draft.set(&beside(RELATIVE[1]), relative.exponent)?;
        match relative.down_to {
            Some(least) => draft.set(&beside(RELATIVE[2]), whole(least)),
            None => Ok(draft),
        }
    }
}

fn whole(tokens: Tokens) -> i64 {
    i64::try_from(tokens.get()).unwrap_or(i64::MAX)
}

/// What becomes of one number of a policy.
struct Applied<'a> {
    path: Vec<&'a str>,
    before: Option<Number>,
    after: Number,
    relative_before: Option<Relative>,
    relative: Option<Relative>,
}

impl Change {
    /// What becomes of the number that it is about.
    pub(super) fn applied_to(&self, parent: &Policy, damping: Damping) -> ChangeEvidence<'_> {
        let applied = match self.effect {
            Effect::Multiplier(multiplier) => self.multiplied(parent, damping, multiplier),
            Effect::Exactly { ceiling, relative } => self.exactly(parent, ceiling, relative),
            Effect::AtLeast {
                ceiling,
                relative,
                before,
            } => self.at_least(parent, ceiling, relative, before),
            Effect::AsItIs(ceiling) => self.as_it_is(parent, ceiling),
        };
        ChangeEvidence {
            category: self.cell.category.as_str(),
            complexity: self.cell.complexity.as_str(),
            provider: self.provider.map(Provider::as_str),
            model: self.within.name(Level::Model),
            effort: self.within.name(Level::Effort),
            template: self.within.name(Level::Template),
            input: self.within.name(Level::Input),
            path: applied.path,
            before: applied.before,
            after: applied.after,
            relative: applied.relative.map(RelativeEvidence::from),
            relative_before: applied.relative_before.map(RelativeEvidence::from),
            evidence: &self.evidence,
        }
    }

    fn multiplied(&self, parent: &Policy, damping: Damping, multiplier: f64) -> Applied<'_> {
        let Cell {
            category,
            complexity,
        } = &self.cell;
        let learned = &parent.numbers().estimate.multiplier;
        let before = learned.of(category, *complexity).unwrap_or(1.0);
        let names = [category.as_str(), complexity.as_str()];
        Applied {
            path: ["estimate", "multiplier"]
                .into_iter()
                .chain(names)
                .collect(),
            before: Some(Number::Factor(before)),
            after: Number::Factor(damping.applied(before, multiplier)),
            relative_before: None,
            relative: None,
        }
    }

    fn exactly(&self, parent: &Policy, ceiling: Tokens, relative: Option<Relative>) -> Applied<'_> {
        let row = in_use::row(parent, &self.group()).unwrap_or_default();
        self.ceiling("exactly", (row.exactly, ceiling), (row.relative, relative))
    }

    /// A budget that is learned already stays so in its own form, raised as much at every estimate.
    fn at_least(
        &self,
        parent: &Policy,
        ceiling: Tokens,
        relative: Option<Relative>,
        before: Tokens,
    ) -> Applied<'_> {
        let group = self.group();
        let row = in_use::row(parent, &group).unwrap_or_default();
        let decides = in_use::rule(parent, &group);
        let raised = |number: Tokens, ratio: f64| Tokens::floor((number.as_f64() * ratio).ceil());
        let relatives = (row.relative, decides.relative);
        let is_flat = decides.relative.is_none() && relative.is_none();
        match (decides.exactly, decides.at_least.zip(decides.relative)) {
            (Some(_), _) if is_flat => self.ceiling("exactly", (row.exactly, ceiling), relatives),
            (Some(exactly), _) => {
                let ratio = ceiling.as_f64() / before.as_f64().max(1.0);
                let after = raised(exactly, ratio.max(1.0));
                self.ceiling("exactly", (row.exactly, after), relatives)
            }
            (None, Some((least, form))) => {
                let at = relative.unwrap_or(form).at_estimate;
                let ratio = ceiling.as_f64() / form.ceiling(least, at).as_f64().max(1.0);
                let after = raised(least, ratio.max(1.0));
                self.ceiling("at_least", (row.at_least, after), relatives)
            }
            (None, None) => {
                // What is the same at every estimate stays so: else low ones would get less.
                let form = relative.filter(|_| decides.at_least.is_none());
                let relatives = (row.relative, form);
                self.ceiling("at_least", (row.at_least, ceiling), relatives)
            }
        }
    }

    fn as_it_is(&self, parent: &Policy, ceiling: Tokens) -> Applied<'_> {
        let group = self.group();
        let row = in_use::row(parent, &group).unwrap_or_default();
        let decides = in_use::rule(parent, &group);
        match decides.exactly {
            Some(exactly) => {
                let relatives = (row.relative, decides.relative);
                self.ceiling("exactly", (row.exactly, exactly), relatives)
            }
            None => self.ceiling("at_least", (row.at_least, ceiling), (row.relative, None)),
        }
    }

    /// A ceiling of the group before and after, and how it goes with the estimate.
    fn ceiling(
        &self,
        key: &'static str,
        (before, after): (Option<Tokens>, Tokens),
        (relative_before, relative): (Option<Relative>, Option<Relative>),
    ) -> Applied<'_> {
        let Cell {
            category,
            complexity,
        } = &self.cell;
        let provider = self.provider.map_or(ANY_PROVIDER, Provider::as_str);
        let names = ["ceiling", category.as_str(), complexity.as_str(), provider];
        let levels = self.within.names();
        let levels = levels.flat_map(|(level, name)| [level.as_str(), name]);
        Applied {
            path: names.into_iter().chain(levels).chain([key]).collect(),
            before: before.map(Number::Tokens),
            after: Number::Tokens(after),
            relative_before,
            relative,
        }
    }
}
