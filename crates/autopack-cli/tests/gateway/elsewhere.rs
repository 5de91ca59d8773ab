//! Claude and GPT elsewhere: Azure, where a deployment in the path names the model, and Bedrock, where the path
//! names it too.

use std::sync::Arc;

use autopack_calibrate::ChosenTarget;
use autopack_core::{Tokens, UpstreamName};
use autopack_gateway::{KeyOf, Mode, Upstream};
use autopack_provider::{ApiKey, AuthScheme, BaseUrl, Endpoint};
use autopack_wire::Dialect;

use super::support::{Ask, Capture, House, json_answer, modes};

const CHAT: &str = r#"{"choices":[{"finish_reason":"stop","message":{"content":"hi"}}],"usage":{"prompt_tokens":9,"completion_tokens":5}}"#;
const MESSAGE: &str = r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":5}}"#;

const AZURE: &str =
    "/upstreams/azure/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21";
const BEDROCK: &str = "/upstreams/bedrock/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// A gateway before such an upstream, with a key of the gateway's.
async fn house(name: &str, dialect: Dialect, auth: AuthScheme, answer: &str) -> (House, Capture) {
    let capture = Capture::new(Box::leak(json_answer("200 OK", answer).into_boxed_str())).await;
    let house = House::before(capture.address, modes(Mode::Tighten)).await;
    let name: UpstreamName = name.parse().expect("a name");
    let base_url = BaseUrl::parse(&name, dialect, &format!("http://{}", capture.address));
    let key = ApiKey::new("sk-of-the-gateway").expect("a key");
    let endpoint = Endpoint::new(name.clone(), dialect, base_url.expect("a base URL"))
        .with_query("api-version=2020-01-01".to_owned())
        .with_key(auth, key, "the test".to_owned());
    let mut config = (*house.gateway.config()).clone();
    let upstream = Upstream {
        endpoint: Arc::new(endpoint),
        key_of: KeyOf::Gateway,
        ceiling_parameter: None,
        is_vendor: false,
        aim: ChosenTarget::default_as("nobody says"),
        burndown: None,
    };
    config.upstreams.insert(name, Arc::new(upstream));
    house.gateway.configure(config);
    (house, capture)
}

fn body(members: &str) -> String {
    format!(r#"{{{members}"messages":[{{"role":"user","content":"what will the weather be"}}]}}"#)
}

#[tokio::test]
async fn a_deployment_of_azure_is_a_model() {
    let (house, capture) = house("azure", Dialect::OpenAiChat, AuthScheme::ApiKey, CHAT).await;
    house.learned("azure/my gpt/known", 300).await;
    let ask = Ask::new(AZURE, body("")).with("x-autopack-group", "known");
    let seen = ask.with("api-key", "theirs").to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("filled"));
    assert_eq!(seen.text(), CHAT);
    let (head, sent) = capture.requests().pop().expect("a request");
    let line = "POST /openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21 HTTP/1.1";
    assert_eq!(head.lines().next(), Some(line));
    assert!(head.contains("api-key: sk-of-the-gateway"), "{head}");
    assert!(!head.contains("theirs"), "{head}");
    let ceiling = seen.header("x-autopack-ceiling").expect("one");
    assert!(
        sent.contains(&format!("\"max_tokens\":{ceiling}")),
        "{sent}"
    );
    let (_, rows) = house.end().await;
    assert_eq!(rows[0].model, "my gpt");
    assert_eq!(rows[0].upstream.as_deref(), Some("azure"));
    assert_eq!(rows[0].usage.output.reported(), Some(Tokens::new(5)));
    assert_eq!(rows[0].group_key.as_deref(), Some("azure/my gpt/known"));
}

#[tokio::test]
async fn a_model_of_anthropics_on_bedrock_is_called_as_such() {
    let dialect = Dialect::AnthropicMessages;
    let (house, capture) = house("bedrock", dialect, AuthScheme::Bearer, MESSAGE).await;
    house.learned(&format!("bedrock/{CLAUDE}/known"), 300).await;
    let members = r#""anthropic_version":"bedrock-2023-05-31","max_tokens":8000,"#;
    let ask = Ask::new(&format!("{BEDROCK}/invoke"), body(members));
    let ask = ask.with("x-autopack-group", "known");
    let seen = ask.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("tightened"));
    assert_eq!(seen.text(), MESSAGE);
    let (head, sent) = capture.requests().pop().expect("a request");
    let path = BEDROCK.trim_start_matches("/upstreams/bedrock");
    let line = format!("POST {path}/invoke?api-version=2020-01-01 HTTP/1.1");
    assert_eq!(head.lines().next(), Some(line.as_str()));
    assert!(
        head.contains("authorization: Bearer sk-of-the-gateway"),
        "{head}"
    );
    let ceiling = seen.header("x-autopack-ceiling").expect("one");
    let back = sent.replacen(
        &format!("\"max_tokens\":{ceiling}"),
        "\"max_tokens\":8000",
        1,
    );
    assert_eq!(back, ask.body, "but for the ceiling it is the client's own");

    // What is signed may not change by a byte; a gateway that has a key of its own takes the signature out.
    let signed = Ask {
        headers: vec![(
            "authorization".to_owned(),
            "AWS4-HMAC-SHA256 Credential=…".replace('…', "x"),
        )],
        ..ask.clone()
    };
    let signed = signed.with("x-autopack-group", "known");
    let seen = signed.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("observed"));
    assert_eq!(capture.requests().pop().expect("a request").1, ask.body);
    let (_, rows) = house.end().await;
    assert_eq!(rows[0].model, CLAUDE);
    assert_eq!(rows[0].requested_max_tokens, Some(Tokens::new(8000)));
    assert_eq!(rows[0].usage.output.reported(), Some(Tokens::new(5)));
}

#[tokio::test]
async fn frames_of_bedrock_pass_untouched_and_are_counted() {
    const FRAME: &str = "\0\0\0\u{10}\0\0\0\0binary";
    let dialect = Dialect::AnthropicMessages;
    let (house, capture) = house("bedrock", dialect, AuthScheme::Bearer, FRAME).await;
    house.learned(&format!("bedrock/{CLAUDE}/known"), 300).await;
    let path = format!("{BEDROCK}/invoke-with-response-stream");
    let ask = Ask::new(&path, body(r#""max_tokens":8000,"#)).with("x-autopack-group", "known");
    let seen = ask.to(house.address).await;
    assert_eq!((seen.status, seen.text().as_str()), (200, FRAME));
    assert_eq!(seen.header("x-autopack-decision"), None);
    let (head, sent) = capture.requests().pop().expect("a request");
    assert_eq!(sent, ask.body);
    assert!(!head.contains("x-autopack"), "{head}");
    // Another maker's model has a body of its own.
    let nova = Ask::new(
        "/upstreams/bedrock/model/amazon.nova-pro-v1%3A0/invoke",
        "{}",
    );
    assert_eq!(nova.to(house.address).await.status, 200);
    let metrics = Ask::new("/metrics", "").get(house.address).await.text();
    assert!(
        metrics.contains("autopack_failed_open_total{why=\"unread\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("autopack_passed_through_total 2"),
        "{metrics}"
    );
    let (_, rows) = house.end().await;
    assert!(rows.is_empty());
}

#[tokio::test]
async fn a_stream_of_azures_keeps_what_comes_before_its_first_choice() {
    // Azure tells of its filters in a chunk without choices before all others.
    const FILTERS: &str = r#"data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#;
    let stream = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{FILTERS}\n\n\
         data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"hi\"}},\"finish_reason\":\"stop\"}}]}}\n\n\
         data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":9,\"completion_tokens\":5}}}}\n\ndata: [DONE]\n\n"
    );
    let capture = Capture::new(stream.leak()).await;
    let house = House::before(capture.address, modes(Mode::Observe)).await;
    let path = AZURE.replace("/upstreams/azure", "/openai");
    let seen = Ask::new(&path, body(r#""stream":true,"#))
        .to(house.address)
        .await;
    let text = seen.text();
    assert!(text.starts_with(FILTERS), "{text}");
    assert!(!text.contains("usage") && text.contains("[DONE]"), "{text}");
    let (_, rows) = house.end().await;
    assert_eq!(rows[0].usage.output.reported(), Some(Tokens::new(5)));
}
