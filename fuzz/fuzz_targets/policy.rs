//! A policy document: read or refused, and a refusal can be told. Whatever numbers are allowed, what
//! holds for every decision holds with them.
#![no_main]

use autopack_core::policy::EscalationNumbers;
use autopack_core::{Category, Complexity, Phase, Policy, Spent, Tokens, escalate};
use autopack_fuzz::check_decisions;
use libfuzzer_sys::fuzz_target;

/// Phases that go through each of the four models and through none.
const PHASES: [(&str, Complexity, &[&str]); 5] = [
    ("docs", Complexity::Low, &["docs/guide.md", "README.md"]),
    (
        "backend",
        Complexity::High,
        &[
            "Create src/a.rs",
            "Modify src/b.rs",
            "tests/a.rs",
            "Makefile",
        ],
    ),
    (
        "doc_synthesis",
        Complexity::Medium,
        &["docs/api_reference.md", "docs/examples.md"],
    ),
    ("doc_sot_update", Complexity::Medium, &["CHANGELOG.md"]),
    ("", Complexity::Maintenance, &[]),
];

fuzz_target!(|text: &str| match Policy::parse(text) {
    Ok(policy) => {
        for (category, complexity, deliverables) in PHASES {
            let phase = Phase {
                phase_id: "p".to_owned(),
                category: Category::canonical(category),
                category_spelling: category.to_owned(),
                complexity,
                deliverables: deliverables.iter().collect(),
                description: "Write a tutorial with examples".to_owned(),
                ..Phase::default()
            };
            check_decisions(&phase, &policy);
        }
        check_escalation(&policy.numbers().escalation);
    }
    Err(error) => assert!(!error.to_string().is_empty()),
});

/// A call that was cut off is only ever sent again with a larger ceiling.
fn check_escalation(numbers: &EscalationNumbers) {
    let (ceiling, limit) = (Tokens::new(4096), Tokens::new(8192));
    let spent = Spent {
        selected_budget: Some(ceiling),
        actual_max_tokens: ceiling,
        output_tokens: Some(ceiling),
        truncated: true,
        parsed: false,
    };
    if let Some(escalation) = escalate(spent, limit, numbers) {
        assert!(ceiling < escalation.ceiling && escalation.ceiling <= limit);
    }
}
