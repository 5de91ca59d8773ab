//! What writing calls down costs: one commit each, and in batches, into a file of its own.
//!
//! Not a micro-benchmark: what is asked is how many rows a second a database takes while it grows.

use std::path::Path;
use std::time::{Duration, Instant};

use autopack_core::{Category, Complexity, Count, Provider, Stop, StopReason, Tokens, Usage};
use autopack_store::{DatabaseUrl, EstimationEvent, OpenMode, Store};
use jiff::Timestamp;

/// Rows of each measurement in batches.
const N_ROWS: usize = 200_000;
/// Rows with a commit each: fewer, they take longer.
const N_SINGLE_ROWS: usize = 20_000;
const BATCHES: [usize; 4] = [10, 100, 1_000, 10_000];
const N_RUNS: usize = 3;

/// As the builder writes it: every column known that a run knows.
fn event(number: usize) -> EstimationEvent {
    let started: Timestamp = "2026-01-05T08:00:00Z".parse().expect("a time");
    let category = [Category::Docs, Category::Tests, Category::Implementation][number % 3].clone();
    let complexity = [Complexity::Low, Complexity::Medium, Complexity::High][number / 3 % 3];
    let truncated = number.is_multiple_of(40);
    EstimationEvent {
        run_id: format!("run-{}", number / 500),
        phase_id: format!("phase-{number}"),
        timestamp: started + Duration::from_millis(1_250 * number as u64),
        attempt: 1,
        chain_id: Some(format!("run-{}/phase-{number}/openai", number / 500)),
        provider: Provider::OpenAi,
        upstream: None,
        route: None,
        model: "gpt-5".to_owned(),
        effort: Some("default".to_owned()),
        template: Some("operations".to_owned()),
        estimated_input: Some(Tokens::new(6000)),
        group_key: Some(format!("{category}/{complexity}")),
        estimated_category: Some(category.clone()),
        category,
        complexity,
        deliverables: vec![format!("docs/guide-{number}.md"), format!("docs/{number}.md")],
        n_scope_paths: Some(2),
        doc_features: None,
        sot_file: None,
        predicted_output_tokens: Some(Tokens::new(2_600)),
        confidence: Some(0.8),
        requested_max_tokens: None,
        selected_budget: Some(Tokens::new(4_096)),
        actual_max_tokens: Some(Tokens::new(4_096)),
        thinking_budget: None,
        wire_parameter: Some("max_completion_tokens".to_owned()),
        policy_version: Some("build-142".to_owned()),
        decision_steps_json: Some(
            r#"[{"name":"start","before":null,"after":4096,"reason":"the selected budget"},{"name":"enforcement","before":4096,"after":4096,"reason":"not below the selected budget"},{"name":"model limit","before":4096,"after":4096,"reason":"the model can write 128000"}]"#
                .to_owned(),
        ),
        usage: Usage {
            input: Count::Reported(Tokens::new(1_000 + number as u64 % 977)),
            output: Count::Reported(Tokens::new(if truncated { 4_096 } else { 900 + number as u64 % 1_777 })),
            ..Usage::default()
        },
        truncation: None,
        stop: Some(Stop {
            reason: if truncated { StopReason::MaxTokens } else { StopReason::EndTurn },
            native: Some(if truncated { "length" } else { "stop" }.to_owned()),
        }),
        success: !truncated,
        failure: None,
        n_http_calls: None,
        latency: Some(Duration::from_millis(2_000 + number as u64 % 9_999)),
    }
}

/// As a gateway writes it where calls of many kinds come: what few of them know is known now and then, so that
/// statements differ.
fn mixed(number: usize) -> EstimationEvent {
    let one_in = |n: u64| fastrand::Rng::with_seed(number as u64 ^ (n << 32)).u64(..n) == 0;
    EstimationEvent {
        requested_max_tokens: one_in(37).then_some(Tokens::new(8_192)),
        thinking_budget: one_in(41).then_some(Tokens::new(2_048)),
        truncation: one_in(43).then(|| "at_ceiling".to_owned()),
        failure: one_in(47).then(|| "timed_out".to_owned()),
        upstream: one_in(53).then(|| "openrouter".to_owned()),
        sot_file: one_in(59).then(|| "README.md".to_owned()),
        n_http_calls: one_in(61).then_some(2),
        ..event(number)
    }
}

async fn open(folder: &Path) -> Store {
    let url: DatabaseUrl = format!("sqlite:///{}", folder.join("bench.db").display())
        .parse()
        .expect("a URL");
    Store::open(&url, OpenMode::ReadWrite)
        .await
        .expect("opened")
}

/// Rows a second of the quickest run.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53 rows")]
async fn rate(events: &[EstimationEvent], batch: Option<usize>) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..N_RUNS {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(folder.path()).await;
        let started = Instant::now();
        match batch {
            None => {
                for event in events {
                    store.record(event).await.expect("recorded");
                }
            }
            Some(n) => {
                for batch in events.chunks(n) {
                    store.record_all(batch).await.expect("recorded");
                }
            }
        }
        best = best.max(events.len() as f64 / started.elapsed().as_secs_f64());
        store.close().await.expect("closed");
    }
    best
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let events: Vec<EstimationEvent> = (0..N_ROWS).map(event).collect();
        let single = rate(&events[..N_SINGLE_ROWS], None).await;
        println!("one commit each: {single:.0} events a second");
        for n in BATCHES {
            let rate = rate(&events, Some(n)).await;
            println!(
                "batches of {n}: {rate:.0} events a second, {:.1} times as many",
                rate / single
            );
        }
        let mixed: Vec<EstimationEvent> = (0..N_ROWS).map(mixed).collect();
        let rate = rate(&mixed, Some(1_000)).await;
        println!("batches of 1000, of many kinds: {rate:.0} events a second");
    });
}
