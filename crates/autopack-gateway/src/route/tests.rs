use super::*;
use autopack_provider::{BaseUrl, Deadlines, Endpoint};

use crate::config::{KeyOf, Modes};

fn config() -> Config {
    let mut upstreams = std::collections::BTreeMap::new();
    for (name, dialect) in [
        ("anthropic", Dialect::AnthropicMessages),
        ("openai", Dialect::OpenAiChat),
        ("gemini", Dialect::GeminiGenerateContent),
        ("vllm", Dialect::OpenAiChat),
    ] {
        let name: UpstreamName = name.parse().expect("a name");
        let base_url = BaseUrl::parse(&name, dialect, "http://127.0.0.1:9").expect("a URL");
        let upstream = Upstream {
            endpoint: Arc::new(Endpoint::new(name.clone(), dialect, base_url)),
            key_of: KeyOf::Client,
            ceiling_parameter: None,
            is_vendor: name.vendor().is_some(),
            aim: autopack_calibrate::ChosenTarget::default_as("nobody says"),
            burndown: None,
        };
        upstreams.insert(name, Arc::new(upstream));
    }
    Config {
        upstreams,
        catalogue: autopack_core::Catalogue::embedded(),
        modes: Modes::default(),
        keys: crate::keys::Keys::default(),
        admin_token: None,
        admission: std::collections::BTreeMap::new(),
        deadlines: Deadlines::default(),
    }
}

fn routed(method: &Method, path: &str, headers: &HeaderMap) -> String {
    match Route::of(&config(), method, path, headers) {
        Ok(route) => {
            let kind = match route.kind {
                Kind::Generation(dialect) => dialect.as_str(),
                Kind::Unread(_) => "unread",
                Kind::Other => "other",
            };
            format!("{} {} {kind}", route.upstream.name(), route.path)
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_way_to_a_provider_is_known() {
    for (path, expected) in [
        ("/v1/messages", "anthropic /v1/messages anthropic-messages"),
        (
            "/anthropic/v1/messages?beta=true",
            "anthropic /v1/messages?beta=true anthropic-messages",
        ),
        (
            "/v1/messages/count_tokens",
            "anthropic /v1/messages/count_tokens other",
        ),
        (
            "/v1/chat/completions",
            "openai /v1/chat/completions openai-chat",
        ),
        (
            "/openai/v1/responses",
            "openai /v1/responses openai-responses",
        ),
        (
            "/openai/chat/completions",
            "openai /v1/chat/completions openai-chat",
        ),
        (
            "/v1/threads/t/messages",
            "openai /v1/threads/t/messages other",
        ),
        ("/v1/embeddings", "openai /v1/embeddings other"),
        (
            "/v1beta/models/g:generateContent",
            "gemini /v1beta/models/g:generateContent gemini",
        ),
        (
            "/gemini/v1beta/models/g:streamGenerateContent?alt=sse",
            "gemini /v1beta/models/g:streamGenerateContent?alt=sse gemini",
        ),
        (
            "/v1beta/models/g:countTokens",
            "gemini /v1beta/models/g:countTokens other",
        ),
        (
            "/upstreams/vllm/v1/chat/completions",
            "vllm /v1/chat/completions openai-chat",
        ),
        (
            "/upstreams/nobody/v1/chat/completions",
            "no upstream of the name in the path: allowed are `anthropic`, `gemini`, `openai`, `vllm`",
        ),
    ] {
        assert_eq!(
            routed(&Method::POST, path, &HeaderMap::new()),
            expected,
            "{path}"
        );
    }
    let azure = "/openai/deployments/d/chat/completions?api-version=1";
    for path in ["/", "/v2/chat", "/openaix/v1/models", "/upstreams", azure] {
        let found = routed(&Method::POST, path, &HeaderMap::new());
        assert!(
            found.contains("is served") || found.contains("no upstream"),
            "{path}: {found}"
        );
    }
}

#[test]
fn what_stands_behind_the_name_of_an_upstream_is_its_own_path() {
    for (path, expected) in [
        (
            "/upstreams/vllm/openai/deployments/d/chat/completions?api-version=1",
            "vllm /openai/deployments/d/chat/completions?api-version=1 openai-chat",
        ),
        (
            "/upstreams/vllm/model/anthropic.claude-x/invoke",
            "vllm /model/anthropic.claude-x/invoke anthropic-messages",
        ),
        (
            "/upstreams/vllm/model/anthropic.claude-x/invoke-with-response-stream",
            "vllm /model/anthropic.claude-x/invoke-with-response-stream unread",
        ),
        (
            "/upstreams/vllm/model/amazon.nova-pro-v1%3A0/invoke",
            "vllm /model/amazon.nova-pro-v1%3A0/invoke other",
        ),
    ] {
        let found = routed(&Method::POST, path, &HeaderMap::new());
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn a_list_of_models_is_asked_of_whoever_the_headers_name() {
    let mut headers = HeaderMap::new();
    let models = |headers: &HeaderMap| routed(&Method::GET, "/v1/models", headers);
    assert_eq!(models(&headers), "openai /v1/models other");
    headers.insert(
        "anthropic-version",
        http::HeaderValue::from_static("2023-06-01"),
    );
    assert_eq!(models(&headers), "anthropic /v1/models other");
    let chat = routed(&Method::POST, "/v1/chat/completions", &headers);
    assert_eq!(chat, "openai /v1/chat/completions openai-chat");
}

#[test]
fn only_a_post_is_a_call() {
    let found = routed(&Method::GET, "/v1/messages", &HeaderMap::new());
    assert_eq!(found, "anthropic /v1/messages other");
}

#[test]
fn a_key_in_the_query_is_taken_out() {
    for (path, expected) in [
        (
            "/v1beta/models/g:generateContent?key=k",
            "/v1beta/models/g:generateContent",
        ),
        ("/x?key=k&alt=sse", "/x?alt=sse"),
        ("/x?alt=sse&key=k&a=b", "/x?alt=sse&a=b"),
        ("/x", "/x"),
    ] {
        assert_eq!(without_key(Cow::Borrowed(path)), expected);
    }
}
