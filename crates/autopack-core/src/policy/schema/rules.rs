//! Every key of a policy, in one table.

use super::Allowed;
use crate::policy::numbers::MultiplierNumbers;

/// One row of the schema. A `*` stands for any one name.
pub(super) struct Rule {
    pub(super) key: &'static str,
    pub(super) allowed: Allowed,
    pub(super) is_optional: bool,
}

const fn rule(key: &'static str, allowed: Allowed) -> Rule {
    Rule {
        key,
        allowed,
        is_optional: false,
    }
}

const fn optional(key: &'static str, allowed: Allowed) -> Rule {
    Rule {
        key,
        allowed,
        is_optional: true,
    }
}

/// A factor on tokens: from a tenth to ten times.
const FACTOR: Allowed = Allowed::Number(0.1, 10.0);
/// A share of a whole.
const SHARE: Allowed = Allowed::Number(0.0, 1.0);
/// Tokens as a step function of a count.
const TOKEN_STEPS: Allowed = Allowed::Steps(0.0, 1_048_576.0);
/// A factor as a step function of a count.
const FACTOR_STEPS: Allowed = Allowed::Steps(0.1, 10.0);
/// A learned factor on estimates.
const MULTIPLIER: Allowed = Allowed::Number(MultiplierNumbers::RANGE.0, MultiplierNumbers::RANGE.1);

/// Every key of a policy. All have to be there, but for the optional ones and for rows under a `*`,
/// which have to be whole.
pub(super) const RULES: &[Rule] = &[
    rule("schema", Allowed::Exactly(1)),
    rule("name", Allowed::Text),
    rule("source", Allowed::Text),
    optional("evidence", Allowed::Facts),
    rule("estimate.safety_factor", FACTOR),
    rule("estimate.default_overhead_tokens", Allowed::Tokens),
    rule("estimate.overhead.*.low", Allowed::Tokens),
    rule("estimate.overhead.*.medium", Allowed::Tokens),
    rule("estimate.overhead.*.high", Allowed::Tokens),
    rule("estimate.new_tokens.backend", Allowed::Tokens),
    rule("estimate.new_tokens.frontend", Allowed::Tokens),
    rule("estimate.new_tokens.test", Allowed::Tokens),
    rule("estimate.new_tokens.doc", Allowed::Tokens),
    rule("estimate.new_tokens.config", Allowed::Tokens),
    rule("estimate.modified_tokens.backend", Allowed::Tokens),
    rule("estimate.modified_tokens.frontend", Allowed::Tokens),
    rule("estimate.modified_tokens.test", Allowed::Tokens),
    rule("estimate.modified_tokens.doc", Allowed::Tokens),
    rule("estimate.modified_tokens.config", Allowed::Tokens),
    rule("estimate.file_complexity.lines", FACTOR_STEPS),
    rule("estimate.file_complexity.imports", FACTOR_STEPS),
    rule("estimate.file_complexity.indent", FACTOR_STEPS),
    rule("estimate.file_complexity.smallest", FACTOR),
    rule("estimate.file_complexity.largest", FACTOR),
    rule("estimate.confidence.base", SHARE),
    rule("estimate.confidence.named_file", SHARE),
    rule("estimate.confidence.stated_action", SHARE),
    rule("estimate.sot_update.context", TOKEN_STEPS),
    rule("estimate.sot_update.entry_tokens", Allowed::Tokens),
    rule("estimate.sot_update.consistency_share", SHARE),
    rule("estimate.sot_update.confidence", SHARE),
    rule("estimate.doc_synthesis.investigate", TOKEN_STEPS),
    rule(
        "estimate.doc_synthesis.api_reference_tokens",
        Allowed::Tokens,
    ),
    rule("estimate.doc_synthesis.examples_tokens", Allowed::Tokens),
    rule("estimate.doc_synthesis.writing_tokens", Allowed::Tokens),
    rule("estimate.doc_synthesis.coordination_share", SHARE),
    rule(
        "estimate.doc_synthesis.coordination_from_deliverables",
        Allowed::Count(1, 10_000),
    ),
    rule("estimate.doc_synthesis.confidence", SHARE),
    optional("estimate.multiplier.*.low", MULTIPLIER),
    optional("estimate.multiplier.*.medium", MULTIPLIER),
    optional("estimate.multiplier.*.high", MULTIPLIER),
    optional("estimate.multiplier.*.maintenance", MULTIPLIER),
    rule("base.other_complexity", Allowed::Tokens),
    rule("base.universal.low", Allowed::Tokens),
    rule("base.universal.medium", Allowed::Tokens),
    rule("base.universal.high", Allowed::Tokens),
    rule("base.*.low", Allowed::Tokens),
    rule("base.*.medium", Allowed::Tokens),
    rule("base.*.high", Allowed::Tokens),
    rule("buffer.default", FACTOR),
    rule("buffer.low_confidence", FACTOR),
    rule("buffer.low_confidence_below", SHARE),
    rule("buffer.many_deliverables", FACTOR),
    rule("buffer.many_deliverables_from", Allowed::Count(1, 10_000)),
    rule("buffer.high_complexity", FACTOR),
    rule("buffer.high_complexity_categories", Allowed::Texts),
    rule("buffer.exact.*", FACTOR),
    rule("budget.limit_tokens", Allowed::Tokens),
    optional("ceiling.*.*.*.exactly", Allowed::Tokens),
    optional("ceiling.*.*.*.at_least", Allowed::Tokens),
    optional("ceiling.*.*.*.at_estimate", Allowed::Tokens),
    optional("ceiling.*.*.*.exponent", Allowed::Exponent),
    optional("ceiling.*.*.*.down_to", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.exactly", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.at_least", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.at_estimate", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.exponent", Allowed::Exponent),
    optional("ceiling.*.*.*.model.*.down_to", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.effort.*.exactly", Allowed::Tokens),
    optional("ceiling.*.*.*.model.*.effort.*.at_least", Allowed::Tokens),
    optional(
        "ceiling.*.*.*.model.*.effort.*.at_estimate",
        Allowed::Tokens,
    ),
    optional("ceiling.*.*.*.model.*.effort.*.exponent", Allowed::Exponent),
    optional("ceiling.*.*.*.model.*.effort.*.down_to", Allowed::Tokens),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.exactly",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.at_least",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.at_estimate",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.exponent",
        Allowed::Exponent,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.down_to",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.input.*.exactly",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.input.*.at_least",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.input.*.at_estimate",
        Allowed::Tokens,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.input.*.exponent",
        Allowed::Exponent,
    ),
    optional(
        "ceiling.*.*.*.model.*.effort.*.template.*.input.*.down_to",
        Allowed::Tokens,
    ),
    rule("fallback.low", Allowed::Tokens),
    rule("fallback.medium", Allowed::Tokens),
    rule("fallback.high", Allowed::Tokens),
    rule("fallback.other", Allowed::Tokens),
    rule("floor.anthropic", Allowed::Tokens),
    rule("floor.openai", Allowed::Tokens),
    rule("floor.gemini", Allowed::Tokens),
    rule("floor.keep_intended_docs_budget", Allowed::Flag),
    rule("sizing.manifest_tokens", Allowed::Tokens),
    rule("sizing.category_tokens", Allowed::Tokens),
    rule("sizing.backend_tokens", Allowed::Tokens),
    rule("sizing.backend_from_paths", Allowed::Count(0, 10_000)),
    rule("sizing.small_scope_paths", Allowed::Count(0, 10_000)),
    rule("sizing.small_file_lines", Allowed::Count(0, 1_000_000)),
    rule("escalation.factor", Allowed::Number(1.0, 10.0)),
    rule("escalation.utilization", SHARE),
];
