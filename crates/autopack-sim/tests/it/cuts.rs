//! Ways to be cut off that are no matter of `output_tokens` alone, in every dialect.

use super::{Answer, DIALECTS, Dialect, router};

/// More than any model here can write.
const LONG: &str = "output_tokens = 150000";

/// What a dialect says of a reply that ended by itself, of one that its ceiling cut, and of one that a
/// full window cut.
const REASONS: [[&str; 3]; 4] = [
    [
        r#""stop_reason":"end_turn""#,
        r#""stop_reason":"max_tokens""#,
        r#""stop_reason":"model_context_window_exceeded""#,
    ],
    [
        r#""finish_reason":"stop""#,
        r#""finish_reason":"length""#,
        r#""finish_reason":"length""#,
    ],
    [
        r#""status":"completed""#,
        r#""reason":"max_output_tokens""#,
        r#""reason":"max_output_tokens""#,
    ],
    [
        r#""finishReason":"STOP""#,
        r#""finishReason":"MAX_TOKENS""#,
        r#""finishReason":"MAX_TOKENS""#,
    ],
];

/// The reply in one piece and as a stream, with `fault` at the scenario's top level.
async fn both(dialect: Dialect, scenario: &str, fault: &str) -> [Answer; 2] {
    let router = router(&format!("fault = '{fault}'\n{scenario}"));
    [
        dialect.ask(&router, &[]).await,
        dialect.stream(&router, &[]).await,
    ]
}

#[tokio::test]
async fn a_cut_may_be_told_as_an_end() {
    for (dialect, [ended, cut, _]) in DIALECTS.into_iter().zip(REASONS) {
        for answer in both(dialect, LONG, "none").await {
            assert!(answer.text().contains(cut), "{}", dialect.path);
        }
        for answer in both(dialect, LONG, "unsaid_truncation").await {
            let text = answer.text();
            assert!(
                text.contains(ended) && !text.contains(cut),
                "{}",
                dialect.path
            );
        }
        // One that fits is as ever.
        for answer in both(dialect, "output_tokens = 20", "unsaid_truncation").await {
            assert!(answer.text().contains(ended), "{}", dialect.path);
        }
    }
}

#[tokio::test]
async fn a_full_window_ends_a_reply_in_its_middle() {
    for (dialect, [_, _, full]) in DIALECTS.into_iter().zip(REASONS) {
        for answer in both(dialect, "output_tokens = 44", "window_full").await {
            let text = answer.text();
            assert!(text.contains(full), "{text}");
            assert!(
                text.contains("okens\":22") || text.contains("TokenCount\":22"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn a_runaway_says_the_same_up_to_its_ceiling() {
    let anthropic = DIALECTS[0];
    for (scenario, round) in [
        ("text = \"No, wait. \"", "No, wait. "),
        ("output_tokens = 5", "I will try that again. "),
    ] {
        let [whole, _] = both(anthropic, scenario, "runaway").await;
        let reply = whole.json();
        let text = reply["content"][0]["text"].as_str().unwrap();
        assert!(round.repeat(2000).starts_with(text), "{text}");
        assert!(text.len() > 7900, "four bytes a token");
        assert_eq!(reply["usage"]["output_tokens"], 2000);
        assert_eq!(reply["stop_reason"], "max_tokens");
    }
    for (dialect, [_, cut, _]) in DIALECTS.into_iter().zip(REASONS) {
        for answer in both(dialect, "text = \"no \"", "runaway").await {
            assert!(answer.text().contains(cut), "{}", dialect.path);
        }
    }
}
