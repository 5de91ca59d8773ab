//! What one decision costs in process: estimate, budget, ceiling, trace.

use std::collections::HashMap;

use autopack_core::{
    CallFacts, Category, Complexity, Decision, EmptyWorkspace, Phase, Policy, Provider, Question,
    Target, Tokens, Workspace, decide,
};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn phase(category: &str, deliverables: &[&str]) -> Phase {
    Phase {
        phase_id: "bench".to_owned(),
        category: Category::canonical(category),
        category_spelling: category.to_owned(),
        complexity: Complexity::Low,
        deliverables: deliverables.iter().collect(),
        description: "Write a short guide".to_owned(),
        ..Phase::default()
    }
}

fn decided(phase: &Phase, policy: &Policy, workspace: &dyn Workspace) -> Decision {
    decide(Question {
        phase,
        policy,
        workspace,
        context: None,
        target: Target {
            provider: Provider::OpenAi,
            model_limit: Tokens::new(128_000),
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    })
}

/// The number the goal is about (under 2 µs): one deliverable, no file to read.
#[divan::bench]
fn one_code_deliverable(bencher: Bencher) {
    let (policy, phase) = (
        Policy::build_142(),
        phase("backend", &["Create src/main.rs"]),
    );
    bencher.bench(|| decided(black_box(&phase), &policy, &EmptyWorkspace));
}

/// The same for a document, whose features are looked for in its words.
#[divan::bench]
fn one_document(bencher: Bencher) {
    let (policy, phase) = (
        Policy::build_142(),
        phase("docs", &["docs/installation_steps.md"]),
    );
    bencher.bench(|| decided(black_box(&phase), &policy, &EmptyWorkspace));
}

/// Twelve deliverables, of which four exist as files of 300 lines.
#[divan::bench]
fn twelve_deliverables_four_files(bencher: Bencher) {
    let names: Vec<String> = (0..12).map(|n| format!("Modify src/part_{n}.rs")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = "    let x = 1;\n".repeat(300);
    let files: HashMap<String, String> = (0..4)
        .map(|n| (format!("src/part_{n}.rs"), text.clone()))
        .collect();
    let (policy, phase) = (Policy::build_142(), phase("backend", &names));
    bencher.bench(|| decided(black_box(&phase), &policy, &files));
}
