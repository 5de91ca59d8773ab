//! A policy document, and `KEY=VALUE`: read or refused, and a refusal can be told. What is read is written
//! again alike, and whatever numbers are allowed, what holds for every decision holds with them.
#![no_main]

use autopack_core::policy::{Assignment, EscalationNumbers};
use autopack_core::{Category, Complexity, Phase, Policy, Spent, Tokens, escalate};
use autopack_fuzz::check_decisions;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static POLICY: Policy = Policy::build_142();
}

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

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Ok(policy) => {
            check_document(&policy);
            check_escalation(&policy.numbers().escalation);
            for (category, complexity, deliverables) in PHASES {
                check_decisions(&phase(category, complexity, deliverables), &policy);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(assignment) = text.parse::<Assignment>() {
        match POLICY.with(|policy| policy.amended(&[assignment])) {
            Ok(amended) => check_document(&amended),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

fn phase(category: &str, complexity: Complexity, deliverables: &[&str]) -> Phase {
    Phase {
        phase_id: "p".to_owned(),
        category: Category::canonical(category),
        category_spelling: category.to_owned(),
        complexity,
        deliverables: deliverables.iter().collect(),
        description: "Write a tutorial with examples".to_owned(),
        ..Phase::default()
    }
}

/// A policy is read back as it was written, and has one name as a version. Compared as text, where
/// NaN equals itself.
fn check_document(policy: &Policy) {
    let text = policy.to_toml();
    let again = Policy::parse(&text).expect("a policy that was written");
    assert_eq!(again.to_toml(), text);
    let version = policy.versioned();
    assert_eq!(again.versioned().name(), version.name());
    assert_eq!(version.versioned().name(), version.name());
}

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
