use super::*;
use crate::phase::{Category, Complexity};
use crate::tokens::Tokens;

fn refused(text: &str) -> String {
    Policy::parse(text).expect_err("refused").to_string()
}

fn extended(rest: &str) -> String {
    format!("extends = \"build-142\"\nname = \"mine\"\n{rest}")
}

#[test]
fn every_embedded_policy_is_read_and_named() {
    for (name, _) in EMBEDDED {
        assert_eq!(Policy::embedded(name).expect("embedded").name(), name);
    }
    assert_eq!(Policy::embedded("build-999"), None);
}

#[test]
fn an_extension_changes_only_what_it_names() {
    let policy = Policy::parse(&extended("[base.docs]\nlow = 3584\n")).expect("a policy");
    let base = &policy.numbers().base;
    assert_eq!(base.of(&Category::Docs, Complexity::Low), Tokens::new(3584));
    assert_eq!(
        base.of(&Category::Docs, Complexity::Medium),
        Tokens::new(8192)
    );
}

#[test]
fn the_base_of_a_cell_falls_back_by_category_and_complexity() {
    let policy = Policy::build_142();
    let base = &policy.numbers().base;
    for (category, complexity, tokens) in [
        (Category::Docs, Complexity::Low, 4096),
        (Category::Tests, Complexity::Low, 6144),
        (Category::DocSynthesis, Complexity::Low, 8192),
        (Category::DocSotUpdate, Complexity::High, 16384),
        (
            Category::Other("security".into()),
            Complexity::Medium,
            12288,
        ),
        (Category::Docs, Complexity::Maintenance, 8192),
    ] {
        assert_eq!(
            base.of(&category, complexity),
            Tokens::new(tokens),
            "{category}/{complexity}"
        );
    }
}

#[test]
fn a_wrong_policy_names_the_key_the_value_and_the_range() {
    for (rest, message) in [
        (
            "[base.docs]\nlow = -5\n",
            "policy key `base.docs.low` is `-5`: allowed is a whole number of tokens from 1 to 1048576",
        ),
        (
            "[buffer]\ndefault = 0.01\n",
            "policy key `buffer.default` is `0.01`: allowed is a number from 0.1 to 10",
        ),
        (
            "[buffer]\ndefault = nan\n",
            "policy key `buffer.default` is `nan`: allowed is a number from 0.1 to 10",
        ),
        (
            "[buffer]\ndefualt = 1.2\n",
            "unknown policy key `buffer.defualt`: did you mean `buffer.default`?",
        ),
        (
            "[base]\ndocs = 4\n",
            "policy key `base.docs` is `4`: allowed is a table of keys",
        ),
        (
            "[floor]\nkeep_intended_docs_budget = 1\n",
            "policy key `floor.keep_intended_docs_budget` is `1`: allowed is true or false",
        ),
    ] {
        assert_eq!(refused(&extended(rest)), message);
    }
    let error = refused(&extended("[base.security]\nlow = 100\n"));
    assert!(
        error.starts_with("policy key `base.security.medium` is missing"),
        "{error}"
    );
    assert_eq!(
        refused("extends = \"build-9\"\n"),
        "policy extends `\"build-9\"`: allowed are `build-142` and `pre-142`"
    );
    assert!(refused("name = ").starts_with("policy is not valid TOML"));
    assert!(refused("schema = 1\n").starts_with("policy key `name` is missing"));
}

#[test]
fn steps_must_fit_together() {
    let error = refused(&extended(
        "[estimate.sot_update]\ncontext = { below = [11, 1], values = [1, 2, 3] }\n",
    ));
    assert!(error.contains("ascending bounds"), "{error}");
    let error = refused(&extended(
        "[estimate.sot_update]\ncontext = { below = [1], values = [1, 2, 3] }\n",
    ));
    assert!(error.contains("one value more than bounds"), "{error}");
}

#[test]
fn a_staged_number_names_the_policy() {
    let policy = Policy::build_142();
    let staged = policy.with("base.docs.low", 3584).expect("staged");
    assert_eq!(staged.name(), "build-142+base.docs.low=3584");
    let low = staged.numbers().base.of(&Category::Docs, Complexity::Low);
    assert_eq!(low, Tokens::new(3584));
    let refused = policy
        .with("base.docs.low", 0)
        .expect_err("refused")
        .to_string();
    assert!(refused.contains("`base.docs.low` is `0`"), "{refused}");
    assert!(policy.with("no.such.key", 1).is_err());
}

#[test]
fn a_multiplier_is_of_its_cell_alone() {
    let text = extended("[estimate.multiplier.docs]\nlow = 0.5\nmaintenance = 1.25\n");
    let policy = Policy::parse(&text).expect("a policy");
    let multiplier = &policy.numbers().estimate.multiplier;
    assert_eq!(multiplier.of(&Category::Docs, Complexity::Low), Some(0.5));
    let upkeep = multiplier.of(&Category::Docs, Complexity::Maintenance);
    assert_eq!(upkeep, Some(1.25));
    assert_eq!(multiplier.of(&Category::Docs, Complexity::High), None);
    assert_eq!(multiplier.of(&Category::Tests, Complexity::Low), None);
    for (value, found) in [("0.05", "0.05"), ("11", "11"), ("nan", "nan")] {
        let text = extended(&format!("[estimate.multiplier.docs]\nlow = {value}\n"));
        assert_eq!(
            refused(&text),
            format!(
                "policy key `estimate.multiplier.docs.low` is `{found}`: allowed is a number from 0.1 to 10"
            )
        );
    }
    let unknown = refused(&extended("[estimate.multiplier.docs]\nhuge = 2.0\n"));
    assert!(
        unknown.starts_with("unknown policy key `estimate.multiplier.docs.huge`"),
        "{unknown}"
    );
}

#[test]
fn a_document_is_written_whole_and_read_back() {
    let policies = EMBEDDED.map(|(name, _)| Policy::embedded(name).expect("embedded"));
    for policy in policies {
        let text = policy.to_toml();
        assert!(!text.contains("extends"), "{text}");
        assert_eq!(Policy::parse(&text).expect("the same policy"), policy);
    }
}

#[test]
fn a_draft_becomes_another_policy_with_its_evidence() {
    let parent = Policy::build_142();
    let facts = std::collections::BTreeMap::from([("n_samples", 12)]);
    let cell = ["estimate", "multiplier", "v1.2 \"beta\"", "low"];
    let policy = parent
        .draft("build-142.1")
        .set(&cell, 0.5)
        .and_then(|draft| draft.with_evidence(&facts))
        .and_then(PolicyDraft::finish)
        .expect("a policy");
    assert_eq!(policy.name(), "build-142.1");
    let category = Category::Other("v1.2 \"beta\"".into());
    let multiplier = &policy.numbers().estimate.multiplier;
    assert_eq!(multiplier.of(&category, Complexity::Low), Some(0.5));
    let evidence = policy.evidence().expect("evidence");
    assert_eq!(evidence["n_samples"].as_integer(), Some(12));
    assert_eq!(Policy::parse(&policy.to_toml()), Ok(policy.clone()));
    assert_eq!(parent, Policy::build_142(), "the parent stays as it was");

    let next = policy.draft("next").finish().expect("a policy");
    assert_eq!(next.evidence(), None, "evidence is not inherited");
    let error = parent.draft("x").set(&["estimate", "colour"], 1);
    let error = error.expect_err("refused").to_string();
    assert_eq!(error, "unknown policy key `estimate.colour`");
    let error = parent.draft("x").set(&cell, 100.0).expect("a key").finish();
    let error = error.expect_err("refused").to_string();
    assert!(
        error.contains("allowed is a number from 0.1 to 10"),
        "{error}"
    );
    let error = parent.draft("x").with_evidence(&u64::MAX);
    let error = error.expect_err("refused").to_string();
    assert!(error.starts_with("the evidence for the policy"), "{error}");
    let error = refused(&extended("evidence = 1\n"));
    assert!(error.contains("allowed is a table of facts"), "{error}");
}

#[test]
fn evidence_is_no_deeper_than_it_can_be_written_again() {
    let nested = |n| extended(&format!("evidence.{}x = 1\n", "a.".repeat(n)));
    let policy = Policy::parse(&nested(15)).expect("a policy");
    assert_eq!(Policy::parse(&policy.to_toml()), Ok(policy));
    let error = refused(&nested(16));
    assert!(
        error.ends_with("allowed is a table of facts, 16 deep at most"),
        "{error}"
    );
    let lists = format!("evidence.x = {}{}\n", "[".repeat(16), "]".repeat(16));
    refused(&extended(&lists));
}
