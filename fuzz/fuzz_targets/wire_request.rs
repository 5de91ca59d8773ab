//! A client's request in each dialect: its facts are read or refused, and a ceiling that is set is
//! read back with everything else as it was.
#![no_main]

use std::borrow::Cow;

use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{CallPath, Dialect, RequestError};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const PARAMETERS: [CeilingParameter; 2] = [
    CeilingParameter::MaxTokens,
    CeilingParameter::MaxCompletionTokens,
];

fuzz_target!(|body: &[u8]| {
    let before = serde_json::from_slice::<Map<String, Value>>(body).ok();
    for dialect in Dialect::ALL {
        let facts = dialect.read_request(body);
        for parameter in PARAMETERS {
            check(dialect, parameter, body, before.as_ref());
        }
        let is_refused = matches!(facts, Err(RequestError::NotJson { .. }));
        assert!(before.is_none() || !is_refused, "JSON is refused as none");
    }
    if let Ok(path) = std::str::from_utf8(body) {
        let model = CallPath::of(path).and_then(|call| call.model);
        assert!(
            model.is_none_or(|model| !model.is_empty()),
            "a model has a name"
        );
    }
});

fn check(
    dialect: Dialect,
    parameter: CeilingParameter,
    body: &[u8],
    before: Option<&Map<String, Value>>,
) {
    let ceiling = Tokens::new(4096);
    let set = match dialect.set_ceiling(body, parameter, ceiling) {
        Ok(set) => set,
        Err(RequestError::NoPlace { .. } | RequestError::TooManyCeilings { .. }) => return,
        Err(error) => {
            assert!(before.is_none(), "JSON is refused: {error}");
            return;
        }
    };
    // A body whose texts are no UTF-8 has a place for a ceiling and no facts.
    if let Ok(facts) = dialect.read_request(&set) {
        assert_eq!(facts.ceiling.given(), Some(ceiling));
    }
    let again = dialect.set_ceiling(&set, parameter, ceiling);
    assert!(matches!(again, Ok(Cow::Borrowed(_))), "it is set already");
    let other = dialect.set_ceiling(&set, parameter, Tokens::new(77));
    let other = other.expect("as before");
    let back = dialect.set_ceiling(&other, parameter, ceiling);
    assert_eq!(*back.expect("as before"), *set);
    if let Some(before) = before {
        let after = serde_json::from_slice(&set).expect("JSON stays JSON");
        assert_eq!(rest(dialect, before.clone()), rest(dialect, after));
    }
}

/// The body without its ceiling, however it is called.
fn rest(dialect: Dialect, mut body: Map<String, Value>) -> Map<String, Value> {
    let names: &[&str] = match dialect {
        Dialect::AnthropicMessages => &["max_tokens"],
        Dialect::OpenAiChat => &["max_tokens", "max_completion_tokens"],
        Dialect::OpenAiResponses => &["max_output_tokens"],
        _ => &[],
    };
    body.retain(|name, _| !names.contains(&name.as_str()));
    if dialect == Dialect::GeminiGenerateContent {
        for name in ["generationConfig", "generation_config"] {
            if let Some(config) = body.get_mut(name).and_then(Value::as_object_mut) {
                config.retain(|name, _| name != "maxOutputTokens" && name != "max_output_tokens");
            }
            let says_nothing =
                |config: &Value| config.is_null() || config.as_object().is_some_and(Map::is_empty);
            if body.get(name).is_some_and(says_nothing) {
                body.remove(name);
            }
        }
    }
    body
}
