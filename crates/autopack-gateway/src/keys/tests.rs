use super::*;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

fn key(name: &str, upstreams: &[&str], models: &[&str]) -> VirtualKey {
    let listed = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    VirtualKey {
        name: name.to_owned(),
        hash: KeyHash::of(format!("secret of {name}").as_bytes()),
        upstreams: (!upstreams.is_empty()).then(|| {
            let names = listed(upstreams).into_iter();
            names.map(|name| name.parse().expect("a name")).collect()
        }),
        models: (!models.is_empty()).then(|| listed(models)),
        mode: None,
    }
}

fn admitted(keys: &Keys, shown: &[&str], upstream: &str) -> String {
    let shown: Vec<&[u8]> = shown.iter().map(|key| key.as_bytes()).collect();
    match keys.admit(|| shown, &upstream.parse().expect("a name")) {
        Ok(key) => key.map_or_else(|| "anybody".to_owned(), |key| key.name.clone()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_key_opens_what_it_lists() {
    let keys = Keys::new(vec![key("team", &[], &[]), key("docs", &["openai"], &[])]);
    for (shown, upstream, expected) in [
        (vec!["secret of team"], "anthropic", "team"),
        (vec!["sk-other", "secret of docs"], "openai", "docs"),
        (
            vec!["secret of docs"],
            "gemini",
            "this key does not open the upstream of the path: allowed are `openai`",
        ),
        (vec![], "openai", "the call has no key"),
        (
            vec!["secret of nobody"],
            "openai",
            "the key of the call is none",
        ),
    ] {
        let found = admitted(&keys, &shown, upstream);
        assert!(found.starts_with(expected), "{found}");
    }
    assert_eq!(admitted(&Keys::default(), &[], "openai"), "anybody");
}

#[test]
fn every_model_that_is_named_has_to_be_open() {
    let limited = key("docs", &[], &["gpt-5-mini", "claude-*"]);
    for (body, is_open) in [
        (r#"{"model":"gpt-5-mini"}"#, true),
        (r#"{"model":"claude-sonnet-4-5"}"#, true),
        (r#"{"model":"gpt-5"}"#, false),
        (r#"{"model":"gpt-5","model":"gpt-5-mini"}"#, false),
        (r#"{"model":"gpt-5-mini","Model":"gpt-5"}"#, false),
        (r#"{"mo\u0064el":"gpt-5","model":"gpt-5-mini"}"#, false),
        (r#"{"model":"gpt-5-mini","models":["gpt-5"]}"#, false),
        (r#"{"model":["gpt-5-mini"]}"#, false),
        ("{}", false),
        ("no JSON", false),
    ] {
        let opened = limited.open_call(None, body.as_bytes());
        assert_eq!(opened.is_ok(), is_open, "{body}");
    }
    assert!(key("all", &[], &[]).open_call(None, b"no JSON").is_ok());
}

#[test]
fn a_model_in_the_path_has_to_be_open_too() {
    let limited = key("docs", &[], &["gemini-2.5-flash"]);
    for (model, body, is_open) in [
        ("gemini-2.5-flash", "{}", true),
        ("gemini-2.5-pro", "{}", false),
        ("gemini-2.5-pro", r#"{"model":"gemini-2.5-flash"}"#, false),
        ("gemini-2.5-flash", r#"{"model":"gemini-2.5-pro"}"#, false),
    ] {
        let opened = limited.open_call(Some(model), body.as_bytes());
        assert_eq!(opened.is_ok(), is_open, "{model} {body}");
    }
}

#[test]
fn a_key_with_models_opens_nothing_that_names_none() {
    let limited = key("docs", &[], &["gpt-5"]);
    for (method, path, is_open) in [
        (Method::GET, "/v1/models", true),
        (Method::POST, "/v1/embeddings", false),
        (Method::GET, "/v1/models/gpt-5", true),
        (Method::GET, "/v1/files/f?see=/v1/models", false),
        (Method::GET, "/v1/models/../files", false),
        (Method::GET, "/v1/models/%2e%2e/files", false),
    ] {
        assert_eq!(limited.open_other(&method, path).is_ok(), is_open, "{path}");
        assert!(key("all", &[], &[]).open_other(&method, path).is_ok());
    }
}

#[test]
fn keys_are_found_wherever_sdks_put_them() {
    for (name, value) in [
        ("authorization", "Bearer secret"),
        ("authorization", "bearer  secret "),
        ("x-api-key", "secret"),
        ("api-key", "secret"),
        ("x-goog-api-key", "secret"),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        let address = Uri::from_static("/v1/messages");
        assert_eq!(presented(&headers, &address), [b"secret"], "{name}");
    }
    let address = Uri::from_static("/v1beta/models/m:generateContent?alt=sse&key=secret");
    assert_eq!(presented(&HeaderMap::new(), &address), [b"secret"]);
}

#[test]
fn hashes_are_read_as_they_are_written() {
    let hash = KeyHash::of(b"abc");
    let text = hash.to_string();
    // FIPS 180-2, appendix B.1.
    assert_eq!(
        text,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(text.parse(), Ok(hash.clone()));
    assert_eq!(text.to_uppercase().parse(), Ok(hash.clone()));
    for bad in [
        "",
        "abc",
        &text[1..],
        &text.replace('b', "g"),
        &"é".repeat(32),
    ] {
        assert_eq!(bad.parse::<KeyHash>(), Err(NoHash), "{bad}");
    }
    assert_eq!(format!("{hash:?}"), "KeyHash");
}
