//! Takes in rows from elsewhere, none of them twice.

use sqlx::{Connection, SqliteConnection};

use super::quoted;
use super::write::{ROWS_A_STATEMENT, insert_by, placeholders};
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::import::{Batch, Rows, TableShape, Twin};

const COLUMNS: &str = r#"
    SELECT name, type, "notnull" FROM pragma_table_info(?)
    WHERE name <> 'event_id'"#;

const HAS_RECORDED: &str = "
    SELECT EXISTS (SELECT 1 FROM token_estimation_v2_events WHERE import_key IS NULL)
        OR EXISTS (SELECT 1 FROM token_budget_escalation_events WHERE import_key IS NULL)";

/// The reference wrote its row right after the line, and logs tell whole seconds.
const SAME_TIME: &str = "old.timestamp >= datetime(new.timestamp, '-2 seconds') \
    AND old.timestamp < datetime(new.timestamp, '+3 seconds')";

/// What both a log and a row of the Python Autopack tell of a call, and of an escalation.
const SAME_CALL: [&str; 3] = [
    "predicted_output_tokens",
    "actual_output_tokens",
    "selected_budget",
];
const SAME_ESCALATION: [&str; 4] = [
    "phase_id",
    "attempt_index",
    "base_value",
    "retry_max_tokens",
];

/// What may differ between a row and its copy: when it was written down, and where.
const NOT_COMPARED: [&str; 2] = ["created_at", "import_key"];

/// How many rows went in, of calls and of escalations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenIn {
    pub(crate) n_calls: u64,
    pub(crate) n_escalations: u64,
}

/// The columns of the two tables, without their keys.
pub(crate) async fn shapes(
    connection: &mut SqliteConnection,
) -> Result<[TableShape; 2], sqlx::Error> {
    let mut shapes = [EstimationEvent::TABLE, EscalationEvent::TABLE].map(TableShape::new);
    for shape in &mut shapes {
        let columns: Vec<(String, String, bool)> = sqlx::query_as(COLUMNS)
            .bind(shape.table)
            .fetch_all(&mut *connection)
            .await?;
        for (name, declared, is_required) in columns {
            shape.add(name, &declared, is_required);
        }
    }
    Ok(shapes)
}

/// Whether there are rows that were not imported.
pub(crate) async fn has_recorded(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(HAS_RECORDED).fetch_one(connection).await
}

/// Takes a batch in, all of it or nothing. What is there already stays out.
pub(crate) async fn take_in(
    connection: &mut SqliteConnection,
    batch: Batch,
    twin: Twin,
) -> Result<TakenIn, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let taken_in = TakenIn {
        n_calls: take_rows_in(&mut transaction, EstimationEvent::TABLE, batch.calls, twin).await?,
        n_escalations: take_rows_in(
            &mut transaction,
            EscalationEvent::TABLE,
            batch.escalations,
            twin,
        )
        .await?,
    };
    transaction.commit().await?;
    Ok(taken_in)
}

async fn take_rows_in(
    connection: &mut SqliteConnection,
    table: &'static str,
    rows: Rows,
    twin: Twin,
) -> Result<u64, sqlx::Error> {
    if rows.len() == 0 {
        return Ok(0);
    }
    // A statement does not see its own rows, and two rows of one file may be the same.
    let rows_a_statement = match twin {
        Twin::SameRow => 1,
        Twin::None | Twin::SameCall => ROWS_A_STATEMENT,
    };
    let names = &rows.names;
    let condition = condition(table, names, twin);
    let statement = |n_rows| statement(table, names, condition.as_deref(), n_rows);
    let rows = rows.rows.into_iter().map(Vec::into_iter);
    insert_by(connection, statement, rows_a_statement, rows).await
}

fn statement(table: &str, names: &[String], condition: Option<&str>, n_rows: usize) -> String {
    let list: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let list = list.join(", ");
    let values = placeholders(names.len(), n_rows);
    let on_conflict = "ON CONFLICT (import_key) WHERE import_key IS NOT NULL DO NOTHING";
    match condition {
        None => format!("INSERT INTO {table} ({list}) {values} {on_conflict}"),
        Some(condition) => format!(
            "WITH new ({list}) AS ({values}) INSERT INTO {table} ({list}) SELECT * FROM new
            WHERE {condition} {on_conflict}"
        ),
    }
}

/// What lets a row in, where not any does.
fn condition(table: &str, names: &[String], twin: Twin) -> Option<String> {
    let equal = |name: &str| format!("old.{0} IS new.{0}", quoted(name));
    let same: Vec<String> = match twin {
        Twin::None => return None,
        Twin::SameCall if table == EstimationEvent::TABLE => {
            let known = SAME_CALL.map(|name| format!("old.{name} = new.{name}"));
            known.into_iter().chain([SAME_TIME.to_owned()]).collect()
        }
        Twin::SameCall => {
            let same = SAME_ESCALATION.map(equal);
            same.into_iter().chain([SAME_TIME.to_owned()]).collect()
        }
        Twin::SameRow => {
            let compared = names
                .iter()
                .filter(|name| !NOT_COMPARED.contains(&name.as_str()));
            let time = "old.timestamp = new.timestamp".to_owned();
            compared.map(|name| equal(name)).chain([time]).collect()
        }
    };
    let same = same.join(" AND ");
    Some(format!(
        "NOT EXISTS (SELECT 1 FROM {table} AS old WHERE old.import_key IS NULL AND {same})"
    ))
}
