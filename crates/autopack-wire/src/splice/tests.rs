//! What is spliced, case by case and for any body.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

const CEILING: Tokens = Tokens::new(77);

fn spliced(dialect: Dialect, parameter: CeilingParameter, body: &str) -> String {
    let spliced = set(dialect, body.as_bytes(), parameter, CEILING).expect(body);
    String::from_utf8(spliced.into_owned()).expect("UTF-8 stays UTF-8")
}

fn check(dialect: Dialect, parameter: CeilingParameter, cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        assert_eq!(spliced(dialect, parameter, body), *expected, "{body}");
    }
}

#[test]
fn one_name_is_replaced_or_comes_first() {
    check(
        AnthropicMessages,
        CeilingParameter::MaxTokens,
        &[
            ("{}", r#"{"max_tokens":77}"#),
            (" { } ", r#" {"max_tokens":77 } "#),
            (r#"{"a":1}"#, r#"{"max_tokens":77,"a":1}"#),
            ("{\n  \"a\": 1\n}", "{\"max_tokens\":77,\n  \"a\": 1\n}"),
            (
                r#"{"max_tokens": 5 , "a":1}"#,
                r#"{"max_tokens": 77 , "a":1}"#,
            ),
            (r#"{"max_tokens":null}"#, r#"{"max_tokens":77}"#),
            (r#"{"max_tokens":"5"}"#, r#"{"max_tokens":77}"#),
            (r#"{"max_tokens":{"a":[5]}}"#, r#"{"max_tokens":77}"#),
            (r#"{"max\u005ftokens":5}"#, r#"{"max\u005ftokens":77}"#),
            (
                r#"{"max_tokens":5,"a":1,"max_tokens":6}"#,
                r#"{"max_tokens":77,"a":1,"max_tokens":77}"#,
            ),
            // Only the body's own members count, and only this dialect's.
            (
                r#"{"a":{"max_tokens":5}}"#,
                r#"{"max_tokens":77,"a":{"max_tokens":5}}"#,
            ),
            (
                r#"{"a":"\"max_tokens\":5"}"#,
                r#"{"max_tokens":77,"a":"\"max_tokens\":5"}"#,
            ),
            (
                r#"{"max_completion_tokens":5}"#,
                r#"{"max_tokens":77,"max_completion_tokens":5}"#,
            ),
            (
                r#"{"max_tokens\\":5}"#,
                r#"{"max_tokens":77,"max_tokens\\":5}"#,
            ),
        ],
    );
    check(
        OpenAiResponses,
        CeilingParameter::MaxTokens,
        &[
            ("{}", r#"{"max_output_tokens":77}"#),
            (r#"{"max_output_tokens":16}"#, r#"{"max_output_tokens":77}"#),
            (
                r#"{"max_tokens":16}"#,
                r#"{"max_output_tokens":77,"max_tokens":16}"#,
            ),
        ],
    );
}

#[test]
fn of_two_names_one_stays() {
    let both = r#"{"max_tokens":5,"a":1,"max_completion_tokens":6}"#;
    check(
        OpenAiChat,
        CeilingParameter::MaxCompletionTokens,
        &[
            ("{}", r#"{"max_completion_tokens":77}"#),
            (r#"{"max_tokens":5}"#, r#"{"max_tokens":77}"#),
            (both, r#"{"a":1,"max_completion_tokens":77}"#),
            (
                r#"{"max_tokens":5,"max_tokens":5,"max_completion_tokens":6}"#,
                r#"{"max_completion_tokens":77}"#,
            ),
            (
                r#"{"max_completion_tokens":6, "max_tokens":5 , "max_tokens" : 5 }"#,
                r#"{"max_completion_tokens":77  }"#,
            ),
            (
                r#"{"max_tokens":5,"max_completion_tokens":6,"max_tokens":7,"b":2}"#,
                r#"{"max_completion_tokens":77,"b":2}"#,
            ),
            // What says nothing is in nobody's way.
            (
                r#"{"max_tokens":5,"max_completion_tokens":null}"#,
                r#"{"max_tokens":77,"max_completion_tokens":null}"#,
            ),
            (
                r#"{"max_tokens":null,"max_completion_tokens":null}"#,
                r#"{"max_tokens":null,"max_completion_tokens":77}"#,
            ),
            (r#"{"max_tokens":null}"#, r#"{"max_tokens":77}"#),
        ],
    );
    check(
        OpenAiChat,
        CeilingParameter::MaxTokens,
        &[
            ("{}", r#"{"max_tokens":77}"#),
            (both, r#"{"max_tokens":77,"a":1}"#),
            (
                r#"{"max_completion_tokens":5}"#,
                r#"{"max_completion_tokens":77}"#,
            ),
        ],
    );
}

#[test]
fn both_spellings_of_a_config_are_set() {
    check(
        GeminiGenerateContent,
        CeilingParameter::MaxOutputTokens,
        &[
            ("{}", r#"{"generationConfig":{"maxOutputTokens":77}}"#),
            (
                r#"{"a":1}"#,
                r#"{"generationConfig":{"maxOutputTokens":77},"a":1}"#,
            ),
            (
                r#"{"generationConfig":null}"#,
                r#"{"generationConfig":{"maxOutputTokens":77}}"#,
            ),
            (
                r#"{"generation_config": {}}"#,
                r#"{"generation_config": {"max_output_tokens":77}}"#,
            ),
            (
                r#"{"generationConfig":{"topK":1}}"#,
                r#"{"generationConfig":{"maxOutputTokens":77,"topK":1}}"#,
            ),
            (
                r#"{"generationConfig":{"maxOutputTokens":5,"max_output_tokens":null}}"#,
                r#"{"generationConfig":{"maxOutputTokens":77,"max_output_tokens":77}}"#,
            ),
            (
                r#"{"generationConfig":{"maxOutputTokens":5},"generation_config":{"topK":1}}"#,
                r#"{"generationConfig":{"maxOutputTokens":77},"generation_config":{"max_output_tokens":77,"topK":1}}"#,
            ),
            (
                r#"{"maxOutputTokens":5}"#,
                r#"{"generationConfig":{"maxOutputTokens":77},"maxOutputTokens":5}"#,
            ),
        ],
    );
}

#[test]
fn a_body_with_its_ceiling_already_is_lent_back() {
    for (dialect, body) in [
        (AnthropicMessages, r#"{"max_tokens":77}"#),
        (OpenAiChat, r#"{"max_tokens":77,"max_tokens":77}"#),
        (
            GeminiGenerateContent,
            r#"{"generationConfig":{"maxOutputTokens":77}}"#,
        ),
    ] {
        let lent = set(
            dialect,
            body.as_bytes(),
            CeilingParameter::MaxTokens,
            CEILING,
        );
        assert!(matches!(lent, Ok(Cow::Borrowed(_))), "{body}");
    }
}

#[test]
fn what_cannot_be_read_is_told_by_its_place() {
    let deep = format!("{{\"a\":{}", "[".repeat(200));
    let many = format!("{{{}\"a\":1}}", "\"max_tokens\":1,".repeat(17));
    for (dialect, body, expected) in [
        (
            AnthropicMessages,
            "",
            "request ends too early, at byte 0: send a whole JSON object",
        ),
        (
            AnthropicMessages,
            r#"{"secret"#,
            "request ends too early, at byte 8: send a whole JSON object",
        ),
        (
            AnthropicMessages,
            "[1]",
            "request is not a JSON object: at byte 0 stands something else than an object",
        ),
        (
            OpenAiChat,
            r#"{"a":secret}"#,
            "request is not a JSON object: at byte 5 stands something else than a value",
        ),
        (
            OpenAiChat,
            r#"{"a":1,}"#,
            "request is not a JSON object: at byte 7 stands something else than a name in quotes",
        ),
        (
            OpenAiChat,
            r#"{"a":[1}]}"#,
            "request is not a JSON object: at byte 7 stands something else than the bracket that was opened",
        ),
        (
            OpenAiChat,
            "{} x",
            "request is not a JSON object: at byte 3 stands something else than the end",
        ),
        (
            OpenAiResponses,
            &deep,
            "request is nested deeper than 128 levels at byte 132: nest it less",
        ),
        (
            AnthropicMessages,
            &many,
            "request has more than 16 ceilings: write it once",
        ),
        (
            GeminiGenerateContent,
            r#"{"generationConfig":5}"#,
            "request has something else than an object at byte 20, where `generationConfig.maxOutputTokens` belongs",
        ),
    ] {
        let error = set(
            dialect,
            body.as_bytes(),
            CeilingParameter::MaxTokens,
            CEILING,
        );
        let message = error.expect_err(body).to_string();
        assert_eq!(message, expected, "{body}");
        assert!(!message.contains("secret"), "{message}");
    }
}

/// Names that matter somewhere, some of them written with escapes, and some that do not.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#""max_tokens""#),
        Just(r#""max\u005ftokens""#),
        Just(r#""max_completion_tokens""#),
        Just(r#""max_completion_\u0074okens""#),
        Just(r#""max_output_tokens""#),
        Just(r#""maxOutputTokens""#),
        Just(r#""generationConfig""#),
        Just(r#""generation\u005Fconfig""#),
        Just(r#""messages""#),
        Just(r#""a\"b\\""#),
        Just(r#""""#),
        Just("\"é\u{1f600}\""),
    ]
    .prop_map(str::to_owned)
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n  ")]
}

fn leaf() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just(r#""{\"max_tokens\": 5}""#),
        Just(r#""\\\\\"""#),
        Just(r#""\ud83d\ude00 \n é""#),
        Just("\"plain text\""),
        Just("\"[{\""),
    ];
    prop_oneof![
        text.prop_map(str::to_owned),
        any::<u32>().prop_map(|n| n.to_string()),
        any::<i16>().prop_map(|n| format!("{n}.5e-3")),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ]
}

fn object(value: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    let member = (space(), name(), space(), space(), value, space())
        .prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
    (prop::collection::vec(member, 0..8), space()).prop_map(|(members, empty)| {
        match members.len() {
            0 => format!("{{{empty}}}"),
            _ => format!("{{{}}}", members.join(",")),
        }
    })
}

fn body() -> impl Strategy<Value = String> {
    let value = leaf().prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            object(inner.clone()),
            prop::collection::vec(inner, 0..4)
                .prop_map(|values| format!("[{}]", values.join(" , "))),
        ]
    });
    (space(), object(value), space()).prop_map(|(a, object, b)| format!("{a}{object}{b}"))
}

/// What a parser that lets the last of duplicates win should read after the ceiling is set.
fn expected(dialect: Dialect, parameter: CeilingParameter, mut value: Value) -> Value {
    let object = value.as_object_mut().expect("a body is an object");
    let ceiling = json!(CEILING.get());
    match dialect {
        AnthropicMessages => _ = object.insert("max_tokens".to_owned(), ceiling),
        OpenAiResponses => _ = object.insert("max_output_tokens".to_owned(), ceiling),
        OpenAiChat => expected_in_chat(parameter, object),
        GeminiGenerateContent => {
            let mut found = false;
            for (config, name) in [
                ("generationConfig", "maxOutputTokens"),
                ("generation_config", "max_output_tokens"),
            ] {
                let Some(config) = object.get_mut(config) else {
                    continue;
                };
                found = true;
                if config.is_null() {
                    *config = json!({});
                }
                let config = config.as_object_mut().expect("the splice went well");
                let mut names = ["maxOutputTokens", "max_output_tokens"].to_vec();
                names.retain(|name| config.contains_key(*name));
                if names.is_empty() {
                    names.push(name);
                }
                for name in names {
                    config.insert(name.to_owned(), ceiling.clone());
                }
            }
            if !found {
                let config = json!({ "maxOutputTokens": ceiling });
                object.insert("generationConfig".to_owned(), config);
            }
        }
    }
    value
}

/// With `null` among duplicates what the last one says is not all that counts: leave those out.
fn expected_in_chat(parameter: CeilingParameter, object: &mut Map<String, Value>) {
    let names = ["max_tokens", "max_completion_tokens"];
    let says = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
    let wanted = match parameter {
        CeilingParameter::MaxTokens => names[0],
        _ => names[1],
    };
    let other = if wanted == names[0] {
        names[1]
    } else {
        names[0]
    };
    let kept = if says(wanted)
        || !says(other) && (object.contains_key(wanted) || !object.contains_key(other))
    {
        wanted
    } else {
        other
    };
    let removed = if kept == wanted { other } else { wanted };
    if says(removed) {
        object.remove(removed);
    }
    object.insert(kept.to_owned(), json!(CEILING.get()));
}

/// The body without what was put in and with what was taken out: the way back.
fn undone(edits: &Edits, body: &[u8], result: &[u8]) -> Vec<u8> {
    let (mut back, mut from_body, mut from_result) = (Vec::new(), 0, 0);
    for edit in edits.list() {
        let kept = edit.start - from_body;
        back.extend_from_slice(&result[from_result..from_result + kept]);
        back.extend_from_slice(&body[edit.start..edit.end]);
        let put = match edit.put {
            Put::Nothing => 0,
            Put::Ceiling(before, after) => before.len() + 2 + after.len(),
        };
        from_result += kept + put;
        from_body = edit.end;
    }
    back.extend_from_slice(&result[from_result..]);
    back
}

fn has_doubtful_null(body: &str) -> bool {
    let compact: String = body.split_ascii_whitespace().collect();
    compact.contains("okens\":null")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_but_the_ceiling_changes(body in body(), new_name: bool) {
        let parameter = if new_name { CeilingParameter::MaxCompletionTokens } else { CeilingParameter::MaxTokens };
        let before: Value = serde_json::from_str(&body).expect("JSON");
        for dialect in [AnthropicMessages, OpenAiChat, OpenAiResponses, GeminiGenerateContent] {
            let Ok(edits) = Edits::find(dialect, body.as_bytes(), parameter) else {
                prop_assert_eq!(dialect, GeminiGenerateContent, "only a config may have no place");
                continue;
            };
            let mut result = Vec::new();
            edits.apply(body.as_bytes(), CEILING, &mut result);
            prop_assert_eq!(undone(&edits, body.as_bytes(), &result), body.as_bytes());
            let facts = dialect.read_request(&result).expect("facts");
            prop_assert_eq!(facts.ceiling.given(), Some(CEILING));
            let after: Value = serde_json::from_slice(&result).expect("JSON");
            if dialect != OpenAiChat || !has_doubtful_null(&body) {
                prop_assert_eq!(after, expected(dialect, parameter, before.clone()));
            }
        }
    }

    #[test]
    fn any_bytes_are_spliced_or_refused(bytes: Vec<u8>) {
        for dialect in [AnthropicMessages, OpenAiChat, OpenAiResponses, GeminiGenerateContent] {
            let _ = set(dialect, &bytes, CeilingParameter::MaxTokens, CEILING);
            let _ = dialect.read_request(&bytes);
        }
    }
}
