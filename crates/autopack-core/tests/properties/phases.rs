//! Phases of all kinds, and where they go.

use std::collections::HashMap;

use autopack_core::{Category, Complexity, Phase, Provider, Target, Tokens};
use proptest::prelude::*;

const CATEGORIES: [&str; 14] = [
    "",
    "docs",
    "documentation",
    "testing",
    "implementation",
    "implement_feature",
    "integration",
    "frontend",
    "backend",
    "deployment",
    "doc_synthesis",
    "doc_sot_update",
    "configuration",
    "other",
];

pub(crate) fn deliverable() -> impl Strategy<Value = String> {
    let verb = prop::sample::select(vec!["", "Create ", "Modify ", "Update ", "New: "]);
    let path = prop::sample::select(vec![
        "docs/guide.md",
        "README.md",
        "CHANGELOG.md",
        "docs/api_reference.md",
        "docs/examples.md",
        "src/main.rs",
        "src/address.py",
        "web/App.tsx",
        "tests/test_a.py",
        "config/app.yaml",
        "db/migrations/1.sql",
        "Makefile",
        "existing/a.py",
        "existing/b.rs",
    ]);
    (verb, path).prop_map(|(verb, path)| format!("{verb}{path}"))
}

pub(crate) fn phase() -> impl Strategy<Value = Phase> {
    let category = prop::sample::select(CATEGORIES.to_vec());
    let complexity = prop::sample::select(vec![
        Complexity::Low,
        Complexity::Medium,
        Complexity::High,
        Complexity::Maintenance,
    ]);
    let mode = prop::sample::select(vec![None, Some("full_file"), Some("diff")]);
    let size = prop::sample::select(vec![None, Some("large_refactor"), Some("small_fix")]);
    let scope = prop::collection::vec(
        prop::sample::select(vec!["src/", "docs/", "package.json", "config/app.yaml"]),
        0..12,
    );
    let caller = prop::option::of(1_u64..200_000);
    (
        category,
        complexity,
        prop::collection::vec(deliverable(), 0..12),
        mode,
        size,
        scope,
        caller,
    )
        .prop_map(
            |(category, complexity, deliverables, mode, size, scope, caller)| Phase {
                phase_id: "p".to_owned(),
                category: Category::canonical(category),
                category_spelling: category.to_owned(),
                complexity,
                deliverables: deliverables.iter().collect(),
                scope_paths: scope.into_iter().map(str::to_owned).collect(),
                description: "Write a tutorial with examples".to_owned(),
                builder_mode: mode.map(str::to_owned),
                change_size: size.map(str::to_owned),
                caller_ceiling: caller.map(Tokens::new),
                ..Phase::default()
            },
        )
}

pub(crate) fn target() -> impl Strategy<Value = Target> {
    let thinking = prop::option::of((1024_u64..40_000).prop_map(Tokens::new));
    (
        prop::sample::select(Provider::ALL.to_vec()),
        256_u64..200_000,
        thinking,
    )
        .prop_map(|(provider, limit, thinking_budget)| Target {
            provider,
            model_limit: Tokens::new(limit),
            thinking_budget,
        })
}

pub(crate) fn workspace() -> HashMap<String, String> {
    let code = "import os\n".repeat(30) + &"            deep = 1\n".repeat(300);
    HashMap::from([
        ("existing/a.py".to_owned(), "x = 1\n".to_owned()),
        ("existing/b.rs".to_owned(), code),
    ])
}
