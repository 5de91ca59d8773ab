use super::*;
use proptest::prelude::*;

fn question(mode: Mode, requested: Ceiling) -> Question {
    Question {
        mode,
        requested,
        limit: Some(Tokens::new(64_000)),
        thinking_budget: None,
        may_lower: true,
    }
}

fn given(tokens: u64) -> Ceiling {
    Ceiling::Given(Tokens::new(tokens))
}

fn acted(question: &Question, intent: u64) -> (Action, Option<u64>) {
    let (action, ladder) = act(question, Some(Tokens::new(intent)));
    (action, ladder.sent().map(Tokens::get))
}

#[test]
fn each_mode_may_do_so_much() {
    use Action::{Filled, Kept, Observed, Tightened};
    for (mode, requested, expected) in [
        (Mode::Observe, Ceiling::Absent, (Observed, None)),
        (Mode::Observe, given(4096), (Observed, Some(4096))),
        (Mode::Fill, Ceiling::Absent, (Filled, Some(900))),
        (Mode::Fill, given(4096), (Kept, Some(4096))),
        (Mode::Tighten, Ceiling::Absent, (Filled, Some(900))),
        (Mode::Tighten, given(4096), (Tightened, Some(900))),
        (Mode::Tighten, given(900), (Kept, Some(900))),
        (Mode::Tighten, given(16), (Kept, Some(16))),
        (Mode::Tighten, Ceiling::Unusable, (Observed, None)),
    ] {
        assert_eq!(
            acted(&question(mode, requested), 900),
            expected,
            "{mode} {requested:?}"
        );
    }
}

#[test]
fn nothing_is_done_that_is_not_known_or_cannot_be_made_good() {
    let tighten = question(Mode::Tighten, given(4096));
    assert_eq!(act(&tighten, None).0, Action::Learning);
    let stream = Question {
        may_lower: false,
        ..tighten
    };
    assert_eq!(acted(&stream, 900), (Action::Observed, Some(4096)));
    let small = Question {
        limit: Some(Tokens::new(500)),
        ..question(Mode::Fill, Ceiling::Absent)
    };
    assert_eq!(acted(&small, 900), (Action::Kept, None), "above the limit");
}

#[test]
fn a_thinking_budget_comes_on_top() {
    let budget = Some(Tokens::new(8000));
    assert_eq!(intent(Tokens::new(900), budget), Tokens::new(8901));
    assert_eq!(intent(Tokens::new(900), None), Tokens::new(901));
    assert_eq!(intent(Tokens::new(9), None), LEAST_CEILING);
}

proptest! {
    #[test]
    fn never_above_the_clients_own_nor_the_limit(
        learned in 1..200_000_u64,
        own in proptest::option::of(1..200_000_u64),
        limit in proptest::option::of(1..200_000_u64),
        thinking in proptest::option::of(1024..100_000_u64),
    ) {
        let question = Question {
            mode: Mode::Tighten,
            requested: own.map_or(Ceiling::Absent, given),
            limit: limit.map(Tokens::new),
            thinking_budget: thinking.map(Tokens::new),
            may_lower: true,
        };
        let intent = intent(Tokens::new(learned), question.thinking_budget);
        let (_, ladder) = act(&question, Some(intent));
        if let Some(ours) = ladder.of_ours() {
            prop_assert!(own.is_none_or(|own| ours.get() < own));
            prop_assert!(limit.is_none_or(|limit| ours.get() <= limit));
            prop_assert!(thinking.is_none_or(|budget| ours.get() >= budget + LEAST_CEILING.get()));
        }
    }
}

#[test]
fn how_hard_a_model_is_told_to_think_is_a_word() {
    use autopack_wire::Dialect;
    for (dialect, body, expected) in [
        (Dialect::OpenAiChat, r"{}", "default"),
        (
            Dialect::OpenAiChat,
            r#"{"reasoning_effort":"minimal"}"#,
            "minimal",
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2048}}"#,
            "budget",
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"max_tokens":9000,"thinking":{"type":"disabled"}}"#,
            "off",
        ),
    ] {
        let facts = dialect.read_request(body.as_bytes()).expect("a request");
        assert_eq!(effort(&facts), expected, "{body}");
    }
}
