use std::num::NonZeroUsize;

use super::*;

fn call(phase: Option<&str>, attempt: usize) -> Call<'_> {
    Call {
        phase,
        attempt: NonZeroUsize::new(attempt).unwrap(),
    }
}

/// Reasoning and visible tokens of a call.
fn lengths(scenario: &Scenario, phase: Option<&str>, attempt: usize) -> (u64, u64) {
    let wanted = scenario.wanted(call(phase, attempt));
    (wanted.reasoning.get(), wanted.visible.get())
}

#[test]
fn without_a_word_every_reply_is_1200_tokens() {
    let scenario = Scenario::parse("").unwrap();
    assert_eq!(scenario, Scenario::default());
    assert_eq!(lengths(&scenario, None, 1), (0, 1200));
    assert_eq!(lengths(&scenario, Some("any"), 9), (0, 1200));
}

#[test]
fn phases_and_attempts_have_their_own_lengths() {
    let scenario = Scenario::parse(
        r#"
        output_tokens = 800
        reasoning_tokens = [50, 5]
        [phases.steps]
        output_tokens = [9000, 1200]
        reasoning_tokens = 0
        [phases.quiet]
        output_tokens = 0
        [phases."with.dot"]
        "#,
    )
    .unwrap();
    assert_eq!(lengths(&scenario, None, 1), (50, 800));
    assert_eq!(lengths(&scenario, Some("elsewhere"), 2), (5, 800));
    assert_eq!(lengths(&scenario, Some("steps"), 1), (0, 9000));
    assert_eq!(lengths(&scenario, Some("steps"), 2), (0, 1200));
    assert_eq!(lengths(&scenario, Some("steps"), 7), (0, 1200));
    assert_eq!(lengths(&scenario, Some("quiet"), 1), (50, 0));
    assert_eq!(lengths(&scenario, Some("with.dot"), 3), (5, 800));
}

#[test]
fn a_script_is_as_long_as_it_says_or_as_estimated() {
    let scenario = Scenario::parse(
        r#"
        [phases.estimated]
        text = "nine byte"
        [phases.said]
        text = "nine byte"
        output_tokens = 500
        "#,
    )
    .unwrap();
    assert_eq!(lengths(&scenario, Some("estimated"), 1), (0, 3));
    assert_eq!(lengths(&scenario, Some("said"), 1), (0, 500));
    let wanted = scenario.wanted(call(Some("said"), 1));
    assert_eq!(wanted.text.as_deref(), Some("nine byte"));
}

#[test]
fn the_largest_length_is_allowed_and_named() {
    let text = format!("output_tokens = {MAX_SCRIPTED_TOKENS}");
    let scenario = Scenario::parse(&text).unwrap();
    assert_eq!(lengths(&scenario, None, 1), (0, 10_485_760));
    assert!(ALLOWED_TOKENS.contains(&format!("from 0 to {MAX_SCRIPTED_TOKENS},")));
}

#[test]
fn a_bad_scenario_says_key_value_and_allowed() {
    let tokens = "a number of tokens from 0 to 10485760, or a list of such, one for each attempt";
    let is = |key: &str, found: &str, allowed: &str| {
        format!("scenario key `{key}` is `{found}`: allowed is {allowed}")
    };
    let unknown =
        |key: &str, allowed: &str| format!("unknown scenario key `{key}`: allowed are {allowed}");
    let top = "`output_tokens`, `reasoning_tokens` and `phases`";
    let inner = "`output_tokens`, `reasoning_tokens` and `text`";
    for (text, expected) in [
        ("output_tokens = -1", is("output_tokens", "-1", tokens)),
        (
            "output_tokens = 10485761",
            is("output_tokens", "10485761", tokens),
        ),
        ("output_tokens = 1.5", is("output_tokens", "1.5", tokens)),
        ("output_tokens = []", is("output_tokens", "[]", tokens)),
        (
            "reasoning_tokens = \"many\"",
            is("reasoning_tokens", "\"many\"", tokens),
        ),
        (
            "[phases.a]\noutput_tokens = [1, -2]",
            is("phases.a.output_tokens", "[1, -2]", tokens),
        ),
        ("[phases.a]\ntext = 5", is("phases.a.text", "5", "a string")),
        ("phases = 3", is("phases", "3", "a table of keys")),
        ("[phases]\na = 3", is("phases.a", "3", "a table of keys")),
        ("outptu_tokens = 5", unknown("outptu_tokens", top)),
        ("text = \"x\"", unknown("text", top)),
        ("[phases.a]\ntokens = 5", unknown("phases.a.tokens", inner)),
    ] {
        let error = Scenario::parse(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let syntax = Scenario::parse("output_tokens = ").unwrap_err().to_string();
    assert!(
        syntax.starts_with("scenario is not valid TOML: TOML parse error at line 1"),
        "{syntax}"
    );
}
