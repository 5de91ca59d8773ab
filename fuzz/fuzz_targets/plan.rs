//! A plan, as TOML and as JSON: read or refused, and a refusal can be told. What is read has an order
//! that keeps its promises, and each of its phases can be decided.
#![no_main]

use std::collections::BTreeSet;

use autopack_core::{Plan, PlanFormat, Policy};
use autopack_fuzz::check_decisions;
use libfuzzer_sys::fuzz_target;

/// The most phases that are decided: the first show what the others would.
const MAX_DECIDED: usize = 3;

thread_local! {
    static POLICY: Policy = Policy::build_142();
}

fuzz_target!(|text: &str| {
    for format in [PlanFormat::Toml, PlanFormat::Json] {
        match Plan::parse(text, format) {
            Ok(plan) => {
                check_order(&plan);
                for phase in plan.phases.iter().take(MAX_DECIDED) {
                    POLICY.with(|policy| check_decisions(phase, policy));
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

/// Every phase stands in the order once, behind those it waits for, under a name of its own.
fn check_order(plan: &Plan) {
    let mut done = BTreeSet::new();
    for number in plan.order.iter() {
        let waits_for = plan.order.after(number);
        assert!(waits_for.iter().all(|before| done.contains(before)));
        assert!(done.insert(number));
    }
    assert!(done.iter().copied().eq(0..plan.phases.len()));
    let names: BTreeSet<&str> = plan.phases.iter().map(|phase| &*phase.phase_id).collect();
    assert_eq!(names.len(), plan.phases.len());
}
