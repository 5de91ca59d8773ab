//! Lists of models, and token counts.

use serde_json::{Value, json};

use super::{get, post, router};

const ANTHROPIC: [(&str, &str); 2] = [("anthropic-version", "2023-06-01"), ("x-api-key", "k")];
const OPENAI: [(&str, &str); 1] = [("authorization", "Bearer k")];
const GEMINI: [(&str, &str); 1] = [("x-goog-api-key", "k")];

fn ids<'a>(list: &'a Value, key: &str, name: &str) -> Vec<&'a str> {
    let models = list[key].as_array().unwrap().iter();
    models.map(|model| model[name].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_provider_lists_its_own_models() {
    let router = router("");
    let list = get(&router, "/v1/models", &OPENAI).await.json();
    assert_eq!(list["object"], "list");
    let openai = ids(&list, "data", "id");
    assert!(openai.contains(&"gpt-4o") && !openai.contains(&"claude-opus-4-5"));
    assert!(openai.iter().all(|id| !id.contains('*')), "{openai:?}");
    assert_eq!(
        list["data"][0],
        json!({"id": openai[0], "object": "model", "created": 1_767_225_600, "owned_by": "openai"})
    );

    let list = get(&router, "/v1/models", &ANTHROPIC).await.json();
    assert!(ids(&list, "data", "id").contains(&"claude-opus-4-5"));
    assert_eq!(list["has_more"], false);

    for path in ["/v1beta/models", "/v1/models"] {
        let list = get(&router, path, &GEMINI).await.json();
        assert!(
            ids(&list, "models", "name").contains(&"models/gemini-2.5-pro"),
            "{path}"
        );
        assert_eq!(list["nextPageToken"], Value::Null);
    }
}

#[tokio::test]
async fn a_model_is_shown_with_its_limits() {
    let router = router("");
    let model = get(&router, "/v1/models/claude-opus-4-5-20251101", &ANTHROPIC).await;
    let expected = json!({
        "type": "model",
        "id": "claude-opus-4-5-20251101",
        "display_name": "claude-opus-4-5-20251101",
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    });
    assert_eq!(model.status_and_json(), (200, expected));
    let expected = json!({
        "name": "models/gemini-2.5-pro",
        "version": "001",
        "displayName": "gemini-2.5-pro",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": true,
    });
    for path in [
        "/v1beta/models/gemini-2.5-pro",
        "/v1/models/gemini-2.5-pro?key=k",
    ] {
        let headers = if path.contains("key") {
            &[][..]
        } else {
            &GEMINI
        };
        let model = get(&router, path, headers).await;
        assert_eq!(model.status_and_json(), (200, expected.clone()));
    }
    // One of a family that has no list of names.
    let model = get(&router, "/v1/models/gpt-6-large", &OPENAI).await;
    assert_eq!(
        (model.status.as_u16(), model.json()["id"].clone()),
        (200, json!("gpt-6-large"))
    );
}

#[tokio::test]
async fn anthropic_pages_by_id() {
    let router = router("");
    let page = async |query: &str| {
        let page = get(&router, &format!("/v1/models?{query}"), &ANTHROPIC).await;
        assert_eq!(page.status, 200, "{query}");
        page.json()
    };
    let all = page("limit=1000").await;
    let all = ids(&all, "data", "id");
    let first = page("limit=3").await;
    assert_eq!(ids(&first, "data", "id"), all[..3]);
    assert_eq!(first["has_more"], true);
    assert_eq!(
        (&first["first_id"], &first["last_id"]),
        (&json!(all[0]), &json!(all[2]))
    );
    let next = page(&format!("limit=3&after_id={}", all[2])).await;
    assert_eq!(ids(&next, "data", "id"), all[3..6]);
    let before = page(&format!("limit=2&before_id={}", all[3])).await;
    assert_eq!(ids(&before, "data", "id"), all[1..3]);
    assert_eq!(before["has_more"], true);
    let last = all.last().unwrap();
    let end = page(&format!("after_id={last}")).await;
    assert_eq!(
        (&end["data"], &end["has_more"]),
        (&json!([]), &json!(false))
    );

    for query in ["limit=0", "limit=1001", "limit=x", "after_id=nobody"] {
        let refused = get(&router, &format!("/v1/models?{query}"), &ANTHROPIC).await;
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(refused.json()["error"]["type"], "invalid_request_error");
    }
}

#[tokio::test]
async fn gemini_pages_by_token() {
    let router = router("");
    let all = get(&router, "/v1beta/models", &GEMINI).await.json();
    let all = ids(&all, "models", "name");
    let first = get(&router, "/v1beta/models?pageSize=2", &GEMINI)
        .await
        .json();
    assert_eq!(ids(&first, "models", "name"), all[..2]);
    let token = first["nextPageToken"].as_str().unwrap();
    let path = format!("/v1beta/models?pageSize=1000&pageToken={token}");
    let rest = get(&router, &path, &GEMINI).await.json();
    assert_eq!(ids(&rest, "models", "name"), all[2..]);
    assert_eq!(rest["nextPageToken"], Value::Null);
    for query in ["pageSize=x", "pageSize=-1", "pageToken=x"] {
        let refused = get(&router, &format!("/v1beta/models?{query}"), &GEMINI).await;
        assert_eq!(
            refused.json()["error"]["status"],
            "INVALID_ARGUMENT",
            "{query}"
        );
    }
}

#[tokio::test]
async fn strangers_and_unknown_models_are_refused() {
    let router = router("");
    for (path, headers, status) in [
        ("/v1/models", &[][..], 401),
        ("/v1/models", &ANTHROPIC[..1], 401),
        ("/v1beta/models", &[], 403),
        ("/v1/models", &[("x-goog-api-key", "invalid")], 400),
        ("/v1/models/gpt-nobody", &OPENAI, 404),
        ("/v1/models/gpt-5", &ANTHROPIC, 404),
        ("/v1beta/models/gpt-5", &GEMINI, 404),
        ("/v1/models/%ff", &OPENAI, 404),
    ] {
        let answer = get(&router, path, headers).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn prompts_are_counted() {
    let router = router("");
    let path = "/v1/messages/count_tokens";
    let body = r#"{"model": "claude-sonnet-5", "system": "Be  short.",
                   "messages": [{"role": "user", "content": "Hello,world"}]}"#;
    let count = post(&router, path, &ANTHROPIC, body).await;
    assert_eq!(count.status_and_json(), (200, json!({"input_tokens": 6})));
    assert!(count.header("request-id").is_some());
    let refused = post(&router, path, &ANTHROPIC, r#"{"model": "claude-sonnet-5"}"#).await;
    assert_eq!(
        refused.json()["error"]["message"],
        "messages: Field required"
    );

    let path = "/v1beta/models/gemini-2.5-pro:countTokens";
    let expected = json!({
        "totalTokens": 2, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}],
    });
    let contents = r#"{"contents": [{"parts": [{"text": "Hello"}]}]}"#;
    let nested = format!(r#"{{"generateContentRequest": {contents}}}"#);
    for body in [contents, &nested] {
        let count = post(&router, path, &GEMINI, body.to_owned()).await;
        assert_eq!(count.status_and_json(), (200, expected.clone()));
    }
    let refused = post(&router, path, &GEMINI, "{}").await;
    assert_eq!(refused.json()["error"]["status"], "INVALID_ARGUMENT");
}
