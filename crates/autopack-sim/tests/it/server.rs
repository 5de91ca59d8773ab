//! What no dialect owns: paths, limits, sockets.

use std::net::Ipv4Addr;

use autopack_sim::{MAX_BODY_BYTES, Simulator, bind_loopback};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{post, router, send};

const SERVED: &str = "allowed are POST /v1/messages, POST /v1/messages/count_tokens, POST \
                      /v1/chat/completions, POST /v1/responses, POST /v1/responses/input_tokens, \
                      POST /v1beta/models/{model}:generateContent, POST \
                      /v1beta/models/{model}:streamGenerateContent, POST \
                      /v1beta/models/{model}:countTokens, GET /v1/models and GET \
                      /v1/models/{model}; what stands under /v1beta stands under /v1 too";

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let router = router("");
    for path in [
        "/",
        "/v1/complete",
        "/v1beta/models/gemini-2.5-pro:embedContent",
        "/v1beta/models/gemini-2.5-pro",
        "/v1/models/gpt-5",
        "/v1/models/%ff:generateContent",
    ] {
        let answer = post(&router, &format!("{path}?key=k"), &[], "").await;
        let message = format!("unknown path `{path}`: {SERVED}");
        let expected = json!({"error": {"message": message}});
        assert_eq!(answer.status_and_json(), (404, expected));
    }
    let get = Request::get("/v1/messages").body(Body::empty()).unwrap();
    let message = format!("method `GET` on `/v1/messages`: {SERVED}");
    let expected = json!({"error": {"message": message}});
    assert_eq!(send(&router, get).await.status_and_json(), (405, expected));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_in_the_dialects_words() {
    let router = router("");
    let body = vec![b' '; MAX_BODY_BYTES + 1];
    for (path, key, status, message) in [
        (
            "/v1/messages",
            ("x-api-key", "k"),
            413,
            "Request exceeds the maximum size",
        ),
        (
            "/v1/chat/completions",
            ("authorization", "Bearer k"),
            413,
            "Request body exceeds the maximum size",
        ),
        (
            "/v1/responses",
            ("authorization", "Bearer k"),
            413,
            "Request body exceeds the maximum size",
        ),
        (
            "/v1beta/models/gemini-2.5-pro:generateContent",
            ("x-goog-api-key", "k"),
            400,
            "Request payload size exceeds the limit: 33554432 bytes.",
        ),
    ] {
        let answer = post(&router, path, &[key], body.clone()).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["error"]["message"], message);
    }
}

#[tokio::test]
async fn it_serves_on_loopback_until_told_to_stop() {
    let listener = bind_loopback(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        stopped.await.unwrap();
    };
    let server = tokio::spawn(Simulator::default().serve(listener, shutdown));

    let body = json!({
        "model": "claude-sonnet-5",
        "max_tokens": 4096,
        "stream": true,
        "messages": [{"role": "user", "content": "Hello"}],
    })
    .to_string();
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: {address}\r\nx-api-key: k\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    client.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(reply.contains("transfer-encoding: chunked\r\n"));
    assert_eq!(reply.matches("event: content_block_delta\n").count(), 75);
    assert!(reply.contains("event: message_stop\n"));

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn it_does_not_serve_a_network() {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let error = Simulator::default()
        .serve(listener, std::future::pending())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("simulator listens on `{address}`: allowed are loopback addresses only")
    );
}
