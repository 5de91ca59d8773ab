//! The 300 phases of the reference implementation: what it estimated, selected and sent.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};

use autopack_core::{
    CallFacts, Catalogue, Category, ContextFile, Decision, Phase, PhaseDraft, Policy, Provider,
    Question, Target, decide,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    id: String,
    phase: PhaseDraft,
    caller_max_tokens: Option<autopack_core::CallerCeiling>,
    workspace_files: HashMap<String, String>,
    context_files: Option<HashMap<String, String>>,
    expect: HashMap<String, Expected>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Expected {
    model: String,
    predicted_output_tokens: Option<u64>,
    selected_budget: Option<u64>,
    estimated_category: Option<String>,
    confidence: Option<f64>,
    max_tokens_sent: u64,
    change_size_after: Option<String>,
}

fn vectors() -> Vec<Vector> {
    let packed: &[u8] = include_bytes!("data/reference-vectors.ndjson.gz");
    let file = flate2::read::GzDecoder::new(packed);
    BufReader::new(file)
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a vector"))
        .collect()
}

fn decided(
    (policy, catalogue): (&Policy, &Catalogue),
    phase: &Phase,
    vector: &Vector,
    provider: Provider,
    model: &str,
) -> Decision {
    let context: Option<Vec<ContextFile>> = vector.context_files.as_ref().map(|files| {
        files
            .iter()
            .map(|(path, text)| ContextFile::new(path.clone(), text))
            .collect()
    });
    let found = catalogue.find(provider, model);
    assert!(found.known, "{model} is in the catalogue");
    decide(Question {
        phase,
        policy,
        workspace: &vector.workspace_files,
        context: context.as_deref(),
        target: Target {
            provider,
            model_limit: found.entry.max_output_tokens,
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    })
}

fn as_expected(decision: &Decision, model: &str) -> Expected {
    let estimate = decision.estimate.as_ref();
    Expected {
        model: model.to_owned(),
        predicted_output_tokens: estimate.map(|estimate| estimate.output_tokens.get()),
        selected_budget: decision.selected_budget.map(autopack_core::Tokens::get),
        estimated_category: estimate.map(|estimate| estimate.category.to_string()),
        confidence: estimate.map(|estimate| estimate.confidence),
        max_tokens_sent: decision.actual_max_tokens.get(),
        change_size_after: decision.change_size.clone(),
    }
}

#[test]
fn all_three_hundred_match_on_every_provider() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 300);
    let (policy, catalogue) = (Policy::build_142(), Catalogue::embedded());
    let mut differences = Vec::new();
    for vector in &vectors {
        let mut draft = vector.phase.clone();
        draft.max_tokens = vector.caller_max_tokens;
        let phase = Phase::from(draft);
        for (name, expected) in &vector.expect {
            let provider = name.parse().expect("a provider");
            let decision = decided(
                (&policy, &catalogue),
                &phase,
                vector,
                provider,
                &expected.model,
            );
            let mut ours = as_expected(&decision, &expected.model);
            let canonical =
                |category: &Option<String>| category.as_deref().and_then(Category::canonical);
            assert_eq!(
                canonical(&ours.estimated_category),
                canonical(&expected.estimated_category),
                "{} on {name}",
                vector.id
            );
            ours.estimated_category
                .clone_from(&expected.estimated_category);
            // The sum of the shares is the same to the last digits of a double.
            if let (Some(ours), Some(theirs)) = (&mut ours.confidence, expected.confidence) {
                assert!(
                    (*ours - theirs).abs() < 1e-12,
                    "{}: {ours} {theirs}",
                    vector.id
                );
                *ours = theirs;
            }
            if ours != *expected {
                differences.push(format!("{} {name}:\n  {ours:?}\n  {expected:?}", vector.id));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}
