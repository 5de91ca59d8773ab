//! What learners know is kept, by name.

use autopack_store::LearnerState;
use sqlx::Executor;

use crate::common::{Place, at};

fn learner(name: &str, state: &[u8]) -> LearnerState {
    LearnerState {
        name: name.to_owned(),
        state: state.to_vec(),
        saved_at: at("2026-01-05T08:01:35Z"),
    }
}

#[tokio::test]
async fn the_state_that_was_saved_last_is_found() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(store.learner_state("a").await.unwrap(), None);
    store
        .save_learner_state(&learner("a", b"one"))
        .await
        .unwrap();
    store.save_learner_state(&learner("b", b"")).await.unwrap();
    let later = LearnerState {
        saved_at: at("2026-01-06T00:00:00Z"),
        ..learner("a", &[0, 255, 0])
    };
    store.save_learner_state(&later).await.unwrap();
    store.close().await.unwrap();

    let store = place.reader().await;
    assert_eq!(store.learner_state("a").await.unwrap(), Some(later));
    let other = store.learner_state("b").await.unwrap();
    assert_eq!(other, Some(learner("b", b"")));
}

#[tokio::test]
async fn a_database_without_the_table_knows_none_and_a_broken_row_is_an_error() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut plain = place.plain().await;
    let broken = "INSERT INTO learner_states VALUES ('a', x'00', 'yesterday')";
    plain.execute(broken).await.unwrap();
    let store = place.writer().await;
    assert!(store.learner_state("a").await.is_err());
    plain.execute("DROP TABLE learner_states").await.unwrap();
    let store = place.reader().await;
    assert_eq!(store.learner_state("a").await.unwrap(), None);
}
