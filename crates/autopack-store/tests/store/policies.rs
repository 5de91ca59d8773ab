//! Versions, activations and stages: kept for good, and changed together or not at all.

use autopack_store::{
    Activation, ActivationKind, PolicyChange, PolicyHistory, PolicyVersion, StageEnd, StageOutcome,
    StageStart, Store, StoreErrorKind,
};

use crate::common::{Place, at};

fn version(name: &str) -> PolicyVersion {
    PolicyVersion {
        version: name.to_owned(),
        parent: Some("build-142".to_owned()),
        document: format!("name = \"{name}\"\n"),
        origin: "a file".to_owned(),
        created_at: at("2026-11-24T08:00:00.123456Z"),
    }
}

fn activation(name: &str, kind: ActivationKind) -> Activation {
    Activation {
        version: name.to_owned(),
        kind,
        reason: "somebody wanted it".to_owned(),
        activated_at: at("2026-11-24T09:00:00Z"),
    }
}

fn start(candidate: &str, current: &str) -> StageStart {
    StageStart {
        candidate: candidate.to_owned(),
        current: current.to_owned(),
        share: 0.25,
        started_at: at("2026-11-24T10:00:00Z"),
    }
}

fn end(outcome: StageOutcome) -> StageEnd {
    StageEnd {
        outcome,
        reason: "it was time".to_owned(),
        ended_at: at("2026-11-24T11:00:00Z"),
    }
}

async fn apply(store: &Store, name: &str) -> PolicyChange {
    let activation = activation(name, ActivationKind::Applied);
    let applied = store.apply_policy(Some(&version(name)), &activation).await;
    applied.unwrap()
}

async fn stage(store: &Store, candidate: &str, current: &str) -> PolicyChange {
    let start = start(candidate, current);
    let begun = store.begin_stage(Some(&version(candidate)), &start).await;
    begun.unwrap()
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(
        store.policy_history().await.unwrap(),
        PolicyHistory::default()
    );
    assert_eq!(apply(&store, "a").await, PolicyChange::Made);
    assert_eq!(stage(&store, "b", "a").await, PolicyChange::Made);
    store.close().await.unwrap();

    let store = place.reader().await;
    assert_eq!(
        store.policy_versions().await.unwrap(),
        [version("a"), version("b")]
    );
    assert_eq!(store.policy_version("b").await.unwrap(), Some(version("b")));
    assert_eq!(store.policy_version("build-142").await.unwrap(), None);
    let history = store.policy_history().await.unwrap();
    let expected = activation("a", ActivationKind::Applied);
    assert_eq!(history.active(), Some(&expected));
    let stage = history.running().unwrap();
    assert_eq!((&stage.start, &stage.end), (&start("b", "a"), &None));
}

#[tokio::test]
async fn the_same_version_is_written_once_and_may_be_activated_again() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(apply(&store, "a").await, PolicyChange::Made);
    let later = PolicyVersion {
        origin: "another file".to_owned(),
        ..version("a")
    };
    let again = activation("a", ActivationKind::Applied);
    let applied = store.apply_policy(Some(&later), &again).await.unwrap();
    assert_eq!(applied, PolicyChange::Made);
    assert_eq!(store.policy_versions().await.unwrap(), [version("a")]);
    let embedded = activation("build-142", ActivationKind::RolledBack);
    let applied = store.apply_policy(None, &embedded).await.unwrap();
    assert_eq!(applied, PolicyChange::Made);
    let history = store.policy_history().await.unwrap();
    assert_eq!(history.activations, [again.clone(), again, embedded]);
}

#[tokio::test]
async fn while_a_stage_runs_nothing_else_changes() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(stage(&store, "b", "build-142").await, PolicyChange::Made);
    assert_eq!(apply(&store, "c").await, PolicyChange::StageRuns);
    assert_eq!(
        stage(&store, "c", "build-142").await,
        PolicyChange::StageRuns
    );
    assert_eq!(
        store.policy_version("c").await.unwrap(),
        None,
        "not even the version"
    );
    assert!(store.policy_history().await.unwrap().active().is_none());
}

#[tokio::test]
async fn a_stage_ends_once_and_takes_the_activation_with_it() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(stage(&store, "b", "build-142").await, PolicyChange::Made);
    let stage_id = store
        .policy_history()
        .await
        .unwrap()
        .running()
        .unwrap()
        .stage_id;
    let (promoted, next) = (
        end(StageOutcome::Promoted),
        activation("b", ActivationKind::Promoted),
    );
    let ended = store
        .end_stage(stage_id, &promoted, Some(&next))
        .await
        .unwrap();
    assert_eq!(ended, PolicyChange::Made);
    let (late, other) = (
        end(StageOutcome::Reverted),
        activation("x", ActivationKind::Applied),
    );
    let ended = store.end_stage(stage_id, &late, Some(&other)).await;
    assert_eq!(ended.unwrap(), PolicyChange::StageOver);
    let history = store.policy_history().await.unwrap();
    assert_eq!(history.active(), Some(&next));
    assert_eq!(history.running(), None);
    assert_eq!(history.stages[0].end, Some(promoted));
    assert_eq!(
        stage(&store, "c", "build-142").await,
        PolicyChange::NotActive
    );
}

#[tokio::test]
async fn history_is_not_rewritten() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(apply(&store, "a").await, PolicyChange::Made);
    assert_eq!(stage(&store, "b", "a").await, PolicyChange::Made);
    let mut plain = place.plain().await;
    for statement in [
        "UPDATE policy_versions SET document = ''",
        "DELETE FROM policy_versions",
        "UPDATE policy_activations SET version = 'x'",
        "DELETE FROM policy_activations",
        "UPDATE policy_stages SET share = 1",
        "UPDATE policy_stages SET ended_at = 'now', share = 1",
        "DELETE FROM policy_stages",
        "INSERT INTO policy_stages (candidate_version, current_version, share, started_at)
         VALUES ('c', 'a', 0.1, '2026-11-24 10:00:00')",
    ] {
        let done = sqlx::query(statement).execute(&mut plain).await;
        assert!(done.is_err(), "{statement}");
    }
    let stage_id = store
        .policy_history()
        .await
        .unwrap()
        .running()
        .unwrap()
        .stage_id;
    let ended = store
        .end_stage(stage_id, &end(StageOutcome::Reverted), None)
        .await;
    assert_eq!(ended.unwrap(), PolicyChange::Made);
    let again = sqlx::query("UPDATE policy_stages SET ended_at = NULL");
    assert!(again.execute(&mut plain).await.is_err());
}

#[tokio::test]
async fn a_database_from_before_has_no_policies() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut plain = place.plain().await;
    for table in ["policy_stages", "policy_activations", "policy_versions"] {
        let drop = format!("DROP TABLE {table}");
        sqlx::query(sqlx::AssertSqlSafe(drop))
            .execute(&mut plain)
            .await
            .unwrap();
    }
    let store = place.reader().await;
    assert_eq!(
        store.policy_history().await.unwrap(),
        PolicyHistory::default()
    );
    assert_eq!(store.policy_versions().await.unwrap(), []);
    assert_eq!(store.policy_version("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_an_error() {
    let place = Place::new();
    let store = place.writer().await;
    let mut plain = place.plain().await;
    let strange = "INSERT INTO policy_activations (version, kind, reason, activated_at)
        VALUES ('a', 'conjured', 'magic', '2026-11-24 10:00:00')";
    sqlx::query(strange).execute(&mut plain).await.unwrap();
    let error = store.policy_history().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("`conjured`"), "{source}");
}
