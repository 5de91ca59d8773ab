//! A phase: one unit of LLM work, as given ([`PhaseDraft`]) and as understood ([`Phase`]).
//!
//! Spellings are made canonical here, once; everything behind this edge trusts the types.

mod category;
mod complexity;
mod deliverables;

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

pub use category::Category;
pub use complexity::Complexity;
pub use deliverables::{Deliverables, MAX_DELIVERABLES};

use crate::thinking::{Effort, ThinkingBudget, ThinkingWish};
use crate::tokens::{MAX_CALLER_CEILING, Tokens};

/// A phase as a document gives it. Unknown fields are the reader's business: plans refuse them,
/// `autopack decide` lets them pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PhaseDraft {
    /// The run it belongs to, where a phase is asked about by itself; a plan names its run once.
    pub run_id: Option<String>,
    /// Identity of the phase within its run.
    pub phase_id: Option<String>,
    /// Category in any spelling.
    pub task_category: Option<String>,
    /// Complexity in any spelling.
    pub complexity: Option<String>,
    /// What the phase should yield.
    pub deliverables: Option<Deliverables>,
    /// What the phase may touch.
    pub scope: Option<ScopeDraft>,
    /// What the phase is to do, in words.
    pub description: Option<String>,
    /// How the builder works: `full_file`, `structured_edit`, `diff`.
    pub builder_mode: Option<String>,
    /// How large the change is: `large_refactor`, `small_fix`.
    pub change_size: Option<String>,
    /// The caller's own ceiling.
    pub max_tokens: Option<CallerCeiling>,
    /// A thinking budget, in tokens, for models that take one.
    pub thinking_budget_tokens: Option<ThinkingBudget>,
    /// How hard to think, for models that take a level.
    pub effort: Option<Effort>,
    /// The phases of the same plan that have to be done first.
    pub after: Option<Vec<String>>,
}

/// The scope of a phase as a document gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ScopeDraft {
    /// Paths of context.
    pub paths: Option<Vec<String>>,
    /// Deliverables, where the phase itself names none.
    pub deliverables: Option<Deliverables>,
}

/// A phase with every spelling resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// Identity within the run; empty where the caller gave none.
    pub phase_id: String,
    /// The category the caller gave, canonical; `None` where there was none.
    pub category: Option<Category>,
    /// The caller's own spelling of the category, trimmed and lower-cased.
    pub category_spelling: String,
    /// The complexity; medium where it was missing or unknown.
    pub complexity: Complexity,
    /// The word that was given for a complexity and is none.
    pub unknown_complexity: Option<String>,
    /// What the phase should yield.
    pub deliverables: Deliverables,
    /// Paths of context the phase may touch.
    pub scope_paths: Vec<String>,
    /// What the phase is to do, in words.
    pub description: String,
    /// How the builder works.
    pub builder_mode: Option<String>,
    /// How large the change is, as given.
    pub change_size: Option<String>,
    /// The caller's own ceiling.
    pub caller_ceiling: Option<Tokens>,
    /// What the caller says of thinking.
    pub thinking: ThinkingWish,
}

/// `builder_mode` of a builder that writes whole files.
pub const FULL_FILE: &str = "full_file";

/// `change_size` of a change that rewrites much; the sizing rules may set it.
pub const LARGE_REFACTOR: &str = "large_refactor";

impl PhaseDraft {
    /// What is said of thinking.
    #[must_use]
    pub fn thinking(&self) -> ThinkingWish {
        ThinkingWish {
            budget: self.thinking_budget_tokens.map(ThinkingBudget::tokens),
            effort: self.effort,
        }
    }
}

impl From<PhaseDraft> for Phase {
    fn from(draft: PhaseDraft) -> Self {
        let thinking = draft.thinking();
        let scope = draft.scope.unwrap_or_default();
        let given = draft.task_category.unwrap_or_default();
        let (complexity, unknown_complexity) = match draft.complexity {
            Some(word) if !word.trim().is_empty() => match Complexity::canonical(&word) {
                Some(complexity) => (complexity, None),
                None => (Complexity::default(), Some(word)),
            },
            _ => (Complexity::default(), None),
        };
        Self {
            phase_id: draft.phase_id.unwrap_or_default(),
            category: Category::canonical(&given),
            category_spelling: given.trim().to_lowercase(),
            complexity,
            unknown_complexity,
            deliverables: draft
                .deliverables
                .or(scope.deliverables)
                .unwrap_or_default(),
            scope_paths: scope.paths.unwrap_or_default(),
            description: draft.description.unwrap_or_default(),
            builder_mode: draft.builder_mode,
            change_size: draft.change_size,
            caller_ceiling: draft.max_tokens.map(CallerCeiling::tokens),
            thinking,
        }
    }
}

impl Phase {
    /// Whether there are deliverables and each is documentation: lower-cased, with `\` as `/`, it
    /// starts with `docs/` or ends with `.md`.
    #[must_use]
    pub fn is_pure_doc(&self) -> bool {
        let deliverables = self.deliverables.as_slice();
        !deliverables.is_empty() && deliverables.iter().all(|text| is_doc_path(text))
    }

    /// The category the phase counts as where it has to have one: its own, or docs for a pure-doc
    /// phase and implementation for any other.
    #[must_use]
    pub fn category_or_inferred(&self) -> Category {
        match &self.category {
            Some(category) => category.clone(),
            None if self.is_pure_doc() => Category::Docs,
            None => Category::Implementation,
        }
    }
}

/// Whether `text` names a document by its folder or its ending, in any case and with either slash.
pub(crate) fn is_doc_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let in_docs = bytes.len() >= 5
        && bytes[..4].eq_ignore_ascii_case(b"docs")
        && matches!(bytes[4], b'/' | b'\\');
    in_docs || bytes.len() >= 3 && bytes[bytes.len() - 3..].eq_ignore_ascii_case(b".md")
}

/// A ceiling that a caller asked for: 1 to [`MAX_CALLER_CEILING`] tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CallerCeiling(Tokens);

impl CallerCeiling {
    /// The ceiling, or `None` where `tokens` is outside 1 to [`MAX_CALLER_CEILING`].
    #[must_use]
    pub fn new(tokens: u64) -> Option<Self> {
        (1..=MAX_CALLER_CEILING.get())
            .contains(&tokens)
            .then_some(Self(Tokens::new(tokens)))
    }

    /// The number of tokens.
    #[must_use]
    pub const fn tokens(self) -> Tokens {
        self.0
    }
}

impl<'de> Deserialize<'de> for CallerCeiling {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CeilingVisitor)
    }
}

struct CeilingVisitor;

impl Visitor<'_> for CeilingVisitor {
    type Value = CallerCeiling;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a ceiling of 1 to {MAX_CALLER_CEILING} tokens (leave it out to let Autopack choose)"
        )
    }

    fn visit_u64<E: de::Error>(self, tokens: u64) -> Result<CallerCeiling, E> {
        CallerCeiling::new(tokens)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(tokens), &self))
    }

    fn visit_i64<E: de::Error>(self, tokens: i64) -> Result<CallerCeiling, E> {
        u64::try_from(tokens)
            .ok()
            .and_then(CallerCeiling::new)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(tokens), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(json: &str) -> Phase {
        serde_json::from_str::<PhaseDraft>(json)
            .expect("a phase")
            .into()
    }

    #[test]
    fn deliverables_fall_back_to_the_scope() {
        let own = phase(r#"{"deliverables": ["a.md"], "scope": {"deliverables": ["b.md"]}}"#);
        assert_eq!(own.deliverables.as_slice(), ["a.md"]);
        let scoped = phase(r#"{"deliverables": null, "scope": {"deliverables": "b.md"}}"#);
        assert_eq!(scoped.deliverables.as_slice(), ["b.md"]);
    }

    #[test]
    fn an_unknown_complexity_is_medium_and_remembered() {
        let phase = phase(r#"{"complexity": "epic"}"#);
        assert_eq!(phase.complexity, Complexity::Medium);
        assert_eq!(phase.unknown_complexity.as_deref(), Some("epic"));
    }

    #[test]
    fn a_missing_category_is_inferred_from_the_deliverables() {
        let docs = phase(r#"{"deliverables": ["DOCS\\a.rst", "b.MD"]}"#);
        assert_eq!(docs.category_or_inferred(), Category::Docs);
        assert_eq!(docs.category, None);
        assert_eq!(
            phase(r#"{"deliverables": []}"#).category_or_inferred(),
            Category::Implementation
        );
    }

    #[test]
    fn absurd_ceilings_are_refused_with_the_allowed_range() {
        for bad in [
            "-5",
            "0",
            "10485761",
            "1.5",
            "\"4096\"",
            "18446744073709551616",
        ] {
            let json = format!("{{\"max_tokens\": {bad}}}");
            let error = serde_json::from_str::<PhaseDraft>(&json)
                .expect_err(bad)
                .to_string();
            assert!(
                error.contains("a ceiling of 1 to 10485760 tokens"),
                "{bad}: {error}"
            );
        }
        assert_eq!(
            phase(r#"{"max_tokens": 4096}"#).caller_ceiling,
            Some(Tokens::new(4096))
        );
    }
}
