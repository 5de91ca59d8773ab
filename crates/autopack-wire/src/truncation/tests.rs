//! Kinds of truncation, and texts that are and are not runaways.

use autopack_core::{Count, Stop, StopReason, Tokens, Usage};

use super::*;
use crate::{Dialect, StreamReader};

fn reply(reason: StopReason, used: Option<u64>, text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        text_bytes: text.len(),
        usage: Usage {
            output: Count::from(used),
            ..Usage::default()
        },
        stop: Stop {
            reason,
            native: None,
        },
        ..Reply::default()
    }
}

#[test]
fn each_kind_is_told_from_the_others() {
    use StopReason::{ContextWindow, EndTurn, MaxTokens, Unknown};
    let ceiling = Some(Tokens::new(100));
    for (reason, used, text, ceiling, expected) in [
        (EndTurn, Some(99), "done", ceiling, None),
        (EndTurn, None, "done", ceiling, None),
        (EndTurn, Some(500), "done", None, None),
        (Unknown, None, "", ceiling, None),
        (
            MaxTokens,
            Some(100),
            "half",
            ceiling,
            Some(Truncation::AtCeiling),
        ),
        (MaxTokens, None, "half", None, Some(Truncation::AtCeiling)),
        (
            EndTurn,
            Some(100),
            "half",
            ceiling,
            Some(Truncation::AtCeilingUnsaid),
        ),
        (
            Unknown,
            Some(101),
            "half",
            ceiling,
            Some(Truncation::AtCeilingUnsaid),
        ),
        (
            MaxTokens,
            Some(100),
            " \n",
            ceiling,
            Some(Truncation::EmptyByReasoning),
        ),
        (
            EndTurn,
            Some(100),
            "",
            ceiling,
            Some(Truncation::EmptyByReasoning),
        ),
        (
            ContextWindow,
            Some(50),
            "half",
            ceiling,
            Some(Truncation::WindowFull),
        ),
        (
            ContextWindow,
            Some(100),
            "",
            ceiling,
            Some(Truncation::WindowFull),
        ),
        (
            MaxTokens,
            Some(100),
            &"no ".repeat(500),
            ceiling,
            Some(Truncation::Runaway),
        ),
        (EndTurn, Some(99), &"no ".repeat(500), ceiling, None),
    ] {
        let reply = reply(reason, used, text);
        assert_eq!(truncation(&reply, ceiling), expected, "{reply:?}");
    }
}

#[test]
fn more_room_helps_neither_a_full_window_nor_a_runaway() {
    use Truncation::{
        AtCeiling, AtCeilingUnsaid, EmptyByReasoning, Runaway, ToolCallCut, WindowFull,
    };
    for kind in [AtCeiling, AtCeilingUnsaid, EmptyByReasoning, ToolCallCut] {
        assert!(kind.wants_room(), "{kind:?}");
    }
    assert!(!WindowFull.wants_room() && !Runaway.wants_room());
}

#[test]
fn a_cut_tool_call_is_told_with_and_without_its_text() {
    let cut = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": [1\"}}]},\"finish_reason\":\"REASON\"}]}\n\n";
    for (reason, kept, unkept) in [
        (
            "length",
            Some(Truncation::ToolCallCut),
            Some(Truncation::ToolCallCut),
        ),
        // Whoever keeps the text sees a cut that nobody says.
        ("tool_calls", Some(Truncation::ToolCallCut), None),
    ] {
        let stream = cut.replace("REASON", reason);
        let mut reader = StreamReader::new(Dialect::OpenAiChat);
        reader.push(stream.as_bytes()).expect("a stream");
        let reply = reader.finish().expect("a stream");
        assert_eq!(reply.tool_calls.len(), 1);
        assert!(reply.tool_calls[0].is_cut() && !reply.tool_calls[0].parses());
        assert_eq!(truncation(&reply, None), kept);

        let mut reader = StreamReader::without_text(Dialect::OpenAiChat);
        reader.push(stream.as_bytes()).expect("a stream");
        let reply = reader.finish().expect("a stream");
        assert_eq!(reply.tool_calls.len(), 0);
        assert_eq!(truncation(&reply, None), unkept);
    }
}

#[test]
fn a_whole_call_at_the_ceiling_is_cut_only_where_that_is_said() {
    let call = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"REASON"}],"usage":{"completion_tokens":100}}"#;
    for (reason, expected) in [
        ("length", Truncation::ToolCallCut),
        ("tool_calls", Truncation::AtCeilingUnsaid),
    ] {
        let body = call.replace("REASON", reason);
        let reply = Dialect::OpenAiChat.read(body.as_bytes()).expect("a reply");
        assert_eq!(truncation(&reply, Some(Tokens::new(100))), Some(expected));
    }
}

/// Rows made of their number.
fn rows(row: impl Fn(usize) -> String) -> String {
    (0..400).map(row).collect()
}

/// A pseudo-random number from `n`, for texts without a pattern.
fn scattered(n: usize) -> usize {
    n.wrapping_mul(2_654_435_761) >> 7 & 0xffff
}

#[test]
fn real_texts_are_no_runaways() {
    let prose = include_str!("../../../../LICENSE-APACHE");
    let code = include_str!("runaway.rs");
    let data = include_str!("../../../autopack-core/src/catalogue/models.toml");
    for (name, text) in [
        ("prose", prose.repeat(2)),
        ("code", code.repeat(2)),
        ("data", data.to_owned()),
        ("short", "no no no no".to_owned()),
        ("empty", String::new()),
        ("ruled line", format!("{prose}\n{}", "=".repeat(120))),
        (
            "JSON rows",
            rows(|n| format!("{{\"id\": {n}, \"name\": \"item {n}\", \"active\": true}},\n")),
        ),
        (
            "JSON rows with one number",
            rows(|n| {
                format!(
                    "{{\"id\": {n}, \"tags\": [], \"parent\": null, \"visible\": true, \"meta\": {{}}}},\n"
                )
            }),
        ),
        (
            "long rows with one number",
            rows(|n| format!("row {n} {}\n", "the same words again, ".repeat(7))),
        ),
        (
            "a wide table",
            rows(|n| format!("|{n:>60} |{}|{}|\n", " ".repeat(80), "-".repeat(80))),
        ),
        (
            "a table",
            rows(|n| format!("| {n:>4} | 0.00 | 0.00 | 0.00 | 0.00 | 0.00 | 0.00 |\n")),
        ),
        (
            "SQL",
            rows(|n| format!("INSERT INTO users (id, name) VALUES ({n}, 'user{n}');\n")),
        ),
        ("numbers", rows(|n| format!("{}, ", scattered(n)))),
        ("bits", rows(|n| format!("{:016b}\n", scattered(n)))),
        (
            "assertions",
            rows(|n| format!("    assert_eq!(square({n}), {});\n", n * n)),
        ),
        (
            "deep code",
            rows(|n| format!("{}x{} = y;\n", " ".repeat(60), scattered(n))),
        ),
    ] {
        assert!(!is_runaway(&text), "{name}");
    }
}

#[test]
fn loops_are_runaways() {
    let page = &include_str!("../../../../LICENSE-APACHE")[..600];
    for (name, text) in [
        ("one word", "no ".repeat(400)),
        ("zeros", "0, ".repeat(400)),
        ("spaces", " ".repeat(1100)),
        (
            "after real text",
            format!("{page}{}", "I will try again.\n".repeat(80)),
        ),
        (
            "a sentence",
            "Wait, let me check the file once more. ".repeat(40),
        ),
        ("a page", page.repeat(4)),
        (
            "cut inside a round",
            format!("{}{}", page.repeat(4), &page[..100]),
        ),
        (
            "with a slip now and then",
            (0..60)
                .map(|n| {
                    if n % 20 == 19 {
                        "Let me check the fil again.\n"
                    } else {
                        "Let me check the file again.\n"
                    }
                })
                .collect(),
        ),
        ("UTF-8", "それはできません。".repeat(60)),
    ] {
        assert!(is_runaway(&text), "{name}");
    }
}
