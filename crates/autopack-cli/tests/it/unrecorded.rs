//! A database that cannot be written any more while a run is under way: no row is lost.

use serde_json::{Value, json};

use crate::support::{Database, Done, ONE_PHASE, Request, Sandbox, Server, http_reply};

const KEPT: &str = "autopack-out/unrecorded-telemetry.ndjson";

/// A plan of two phases.
fn sandbox() -> Sandbox {
    let second = ONE_PHASE.replace("\"guide\"", "\"manual\"");
    Sandbox::with(&[("plan.toml", &format!("{ONE_PHASE}{second}"))])
}

fn run(sandbox: &Sandbox, server: &Server) -> Done {
    let variables = [
        ("OPENAI_BASE_URL", &*server.base_url()),
        ("OPENAI_API_KEY", "k"),
    ];
    let run = [
        "run",
        "plan.toml",
        "--provider",
        "openai",
        "--jobs",
        "1",
        "--run-id",
        "r",
    ];
    sandbox.run_with(&variables, &run)
}

/// A reply of Chat Completions that says this and ends for this reason after so many tokens.
fn reply(request: Request, text: &str, finish_reason: &str, output_tokens: u64) {
    let body = json!({
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": finish_reason,
        }],
        "usage": {"prompt_tokens": 9, "completion_tokens": output_tokens},
    });
    request.reply(&http_reply("200 OK", "application/json", &body.to_string()));
}

fn kept(sandbox: &Sandbox) -> Vec<Value> {
    let lines = sandbox.read(KEPT);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_lock_that_is_taken_on_the_way_loses_no_row() {
    let sandbox = sandbox();
    let path = sandbox.path("autopack.db");
    let mut held = Vec::new();
    let server = Server::start(move |request| {
        if request.number == 1 {
            let mut database = Database::open(&path);
            database.execute("BEGIN EXCLUSIVE");
            held.push(database);
        }
        reply(request, "Hello.", "stop", 100);
    });
    insta::assert_snapshot!(run(&sandbox, &server));
    drop(server);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&["phase_id"]),
        [json!({"phase_id": "guide"})]
    );
    let [row] = <[Value; 1]>::try_from(kept(&sandbox)).unwrap();
    assert_eq!(row["phase_id"], "manual");
    for phase_id in ["guide", "manual"] {
        assert_eq!(
            sandbox.read(&format!("autopack-out/openai/{phase_id}.md")),
            "Hello."
        );
    }
}

#[test]
fn the_rows_that_are_kept_have_every_column() {
    let sandbox = sandbox();
    let path = sandbox.path("autopack.db");
    let server = Server::start(move |request| {
        if request.number == 1 {
            let mut database = Database::open(&path);
            database.execute(
                "DROP VIEW v_token_estimation_validation; DROP VIEW v_recent_token_estimations; \
                 ALTER TABLE token_estimation_v2_events RENAME TO gone; \
                 ALTER TABLE token_budget_escalation_events RENAME TO gone_too",
            );
        }
        if request.number == 1 {
            reply(request, "", "length", 4096);
        } else {
            reply(request, "Hello.", "stop", 100);
        }
    });
    let done = run(&sandbox, &server);
    assert_eq!(done.code, Some(3), "{done}");
    let rows = kept(&sandbox);
    let tables: Vec<&Value> = rows.iter().map(|row| &row["table"]).collect();
    assert_eq!(
        tables,
        [
            "token_estimation_v2_events",
            "token_budget_escalation_events",
            "token_estimation_v2_events"
        ],
        "the call, its escalation, the second attempt"
    );
    assert_eq!(rows[1]["retry_max_tokens"], 5120);
    assert_eq!(rows[2]["attempt"], 2);
    assert_eq!(rows[2]["actual_output_tokens"], 100);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    for (table, row) in [("gone", &rows[0]), ("gone_too", &rows[1])] {
        let info = format!("(SELECT name, cid AS event_id FROM pragma_table_info('{table}'))");
        let columns = database.rows(&info, &["name"]);
        let missing: Vec<&Value> = columns
            .iter()
            .map(|column| &column["name"])
            .filter(|name| row.get(name.as_str().unwrap()).is_none())
            .collect();
        // The keys are the database's own; nothing here counts entries.
        let own = ["event_id", "sot_entry_count_hint", "import_key"];
        assert!(
            missing
                .iter()
                .all(|name| own.contains(&name.as_str().unwrap())),
            "{missing:?}"
        );
    }
}
