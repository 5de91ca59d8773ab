//! A row for tests.

use autopack_core::{Category, Complexity, Provider, Tokens};
use autopack_store::EstimationRow;

/// A documentation call that came whole: predicted 2600, 4096 sent, 1200 used.
pub(in crate::commands) fn row() -> EstimationRow {
    EstimationRow {
        timestamp: "2026-01-05T08:01:35Z".parse().expect("a time"),
        run_id: "run".to_owned(),
        phase_id: "guide".to_owned(),
        provider: Some(Provider::OpenAi),
        upstream: Some("openai".to_owned()),
        model: "gpt-5.2".to_owned(),
        category: Category::Docs,
        complexity: Complexity::Low,
        policy_version: Some("build-142".to_owned()),
        predicted_output_tokens: Some(Tokens::new(2600)),
        selected_budget: Some(Tokens::new(4096)),
        actual_max_tokens: Some(Tokens::new(4096)),
        actual_output_tokens: Some(Tokens::new(1200)),
        success: Some(true),
        truncated: false,
        truncation: None,
        stop_reason: Some("end_turn".to_owned()),
        attempt: Some(1),
    }
}
