//! What refusals teach is kept, by route and model.

use autopack_core::{CeilingParameter, Tokens};
use autopack_store::LearnedLimit;

use crate::common::{Place, at};

fn limit(model: &str, tokens: Option<u64>) -> LearnedLimit {
    LearnedLimit {
        route: "openai@api.openai.com".to_owned(),
        model: model.to_owned(),
        max_output_tokens: tokens.map(Tokens::new),
        ceiling_parameter: None,
        learned_at: at("2026-01-05T08:01:35Z"),
    }
}

#[tokio::test]
async fn the_newest_word_counts_and_what_was_not_said_stays() {
    let place = Place::new();
    let store = place.writer().await;
    assert!(store.learned_limits().await.unwrap().is_empty());
    store
        .remember_limit(&limit("b", Some(16_384)))
        .await
        .unwrap();
    store.remember_limit(&limit("a", Some(8192))).await.unwrap();
    let renamed = LearnedLimit {
        ceiling_parameter: Some(CeilingParameter::MaxCompletionTokens),
        learned_at: at("2026-01-06T00:00:00Z"),
        ..limit("b", None)
    };
    store.remember_limit(&renamed).await.unwrap();
    store.close().await.unwrap();

    let store = place.writer().await;
    let both = LearnedLimit {
        max_output_tokens: Some(Tokens::new(16_384)),
        ..renamed
    };
    let known = store.learned_limits().await.unwrap();
    assert_eq!(known, [limit("a", Some(8192)), both]);
    assert_eq!(store.forget_limits().await.unwrap(), 2);
    assert!(store.learned_limits().await.unwrap().is_empty());
}
