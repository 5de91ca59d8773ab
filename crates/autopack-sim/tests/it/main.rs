//! The simulator from outside: requests in, status and body out.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod anthropic;
mod gemini;
mod openai_chat;
mod server;

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

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}
