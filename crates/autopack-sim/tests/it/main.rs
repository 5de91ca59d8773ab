//! The simulator from outside: requests in, status and body out.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod anthropic;
mod bad_input;
mod cuts;
mod faults;
mod gemini;
mod lengths;
mod models;
mod openai_chat;
mod openai_responses;
mod pace;
mod quota;
mod server;
mod structured;
mod thinking;
mod tools;

use autopack_core::Catalogue;
use autopack_sim::{Scenario, Simulator};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and JSON of an error or a reply.
    fn status_and_json(&self) -> (u16, Value) {
        (self.status.as_u16(), self.json())
    }

    fn media_type(&self) -> &str {
        self.headers[header::CONTENT_TYPE].to_str().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The data of each event of a stream, `[DONE]` left out.
    fn data(&self) -> Vec<Value> {
        let lines = self.text().lines();
        let data = lines.filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// The data of each event of a stream whose lines end in `line_end`.
    fn events(&self, line_end: &str) -> Vec<&str> {
        assert_eq!(self.media_type(), "text/event-stream");
        let blank_line = line_end.repeat(2);
        let all = self.text().strip_suffix(&blank_line).unwrap();
        all.split(&blank_line).collect()
    }
}

fn router(scenario: &str) -> Router {
    seeded(scenario, 7)
}

fn seeded(scenario: &str, seed: u64) -> Router {
    let simulator = Simulator {
        scenario: Scenario::parse(scenario).unwrap(),
        seed,
        catalogue: Catalogue::embedded(),
    };
    simulator.router()
}

/// Posts `body` with `headers`.
async fn post(
    router: &Router,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, request.body(body.into()).unwrap()).await
}

async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

/// The dialects, each with a path, a key and a smallest good request.
const DIALECTS: [Dialect; 4] = [
    Dialect {
        path: "/v1/messages",
        key: ("x-api-key", "sk-ant-1"),
        body: r#"{"model": "claude-sonnet-5", "max_tokens": 2000,
                  "messages": [{"role": "user", "content": "Hello"}]}"#,
        streamed: r#""stream": true"#,
    },
    Dialect {
        path: "/v1/chat/completions",
        key: ("authorization", "Bearer sk-1"),
        body: r#"{"model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}]}"#,
        streamed: r#""stream": true, "stream_options": {"include_usage": true}"#,
    },
    Dialect {
        path: "/v1/responses",
        key: ("authorization", "Bearer sk-1"),
        body: r#"{"model": "gpt-5", "input": "Hello"}"#,
        streamed: r#""stream": true"#,
    },
    Dialect {
        path: "/v1beta/models/gemini-2.5-pro:generateContent",
        key: ("x-goog-api-key", "AIza-1"),
        body: r#"{"contents": [{"parts": [{"text": "Hello"}]}]}"#,
        streamed: "",
    },
];

#[derive(Clone, Copy, Debug)]
struct Dialect {
    path: &'static str,
    key: (&'static str, &'static str),
    body: &'static str,
    /// What makes the body ask for a stream; empty where the path does.
    streamed: &'static str,
}

impl Dialect {
    async fn ask(&self, router: &Router, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[self.key], headers].concat();
        post(router, self.path, &headers, self.body).await
    }

    async fn stream(&self, router: &Router, headers: &[(&str, &str)]) -> Answer {
        let (path, body) = self.stream_request();
        post(router, &path, &[&[self.key], headers].concat(), body).await
    }

    /// Path and body of a request for a stream.
    fn stream_request(&self) -> (String, String) {
        if self.streamed.is_empty() {
            let path = self.path.replace(":generate", ":streamGenerate");
            (format!("{path}?alt=sse"), self.body.to_owned())
        } else {
            let body = self
                .body
                .replacen('{', &format!("{{{}, ", self.streamed), 1);
            (self.path.to_owned(), body)
        }
    }
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}
