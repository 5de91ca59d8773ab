//! Rows of ours, one JSON object a line, under the names of their columns.

use std::io::{self, BufRead};

use serde_json::{Map, Value as Json};

use super::batch::{Batch, Rows};
use super::lines::{Line, Lines};
use super::report::ImportReport;
use super::shape::TableShape;
use crate::column::Value;

/// The field that names the table.
pub(crate) const TABLE_FIELD: &str = "table";

/// The key of a row means nothing in another database.
const ROW_KEY: &str = "event_id";

/// Rows on their way.
#[derive(Debug)]
pub(super) struct Ndjson<R> {
    lines: Lines<R>,
    shapes: [TableShape; 2],
}

impl<R: BufRead> Ndjson<R> {
    pub(super) const fn new(lines: Lines<R>, shapes: [TableShape; 2]) -> Self {
        Self { lines, shapes }
    }

    /// Reads on until the batch is full; `false` at the end.
    pub(super) fn read(
        &mut self,
        batch: &mut Batch,
        report: &mut ImportReport,
    ) -> io::Result<bool> {
        let [calls, escalations] = &self.shapes;
        batch.calls = calls.rows();
        batch.escalations = escalations.rows();
        while !batch.is_full() {
            let Some(line) = self.lines.next()? else {
                return Ok(false);
            };
            report.n_lines += 1;
            let read = match line {
                Line::TooLong => Err("longer than a mebibyte".to_owned()),
                Line::Whole(line) if line.trim_ascii().is_empty() => continue,
                Line::Whole(line) => row(line, &self.shapes, batch.created_at(), report),
            };
            match read {
                Ok((table, row)) => rows_of(batch, table, calls).rows.push(row),
                Err(reason) => report.bad(report.n_lines, &reason),
            }
        }
        Ok(true)
    }
}

fn rows_of<'a>(batch: &'a mut Batch, table: &str, calls: &TableShape) -> &'a mut Rows {
    if table == calls.table {
        &mut batch.calls
    } else {
        &mut batch.escalations
    }
}

/// The row of a line, and its table.
fn row(
    line: &[u8],
    shapes: &[TableShape; 2],
    created_at: &str,
    report: &mut ImportReport,
) -> Result<(&'static str, Vec<Value<'static>>), String> {
    let mut object: Map<String, Json> =
        serde_json::from_slice(line).map_err(|_| "no JSON object".to_owned())?;
    let named = object.remove(TABLE_FIELD);
    let named = named.as_ref().and_then(Json::as_str);
    let shape = shapes.iter().find(|shape| Some(shape.table) == named);
    let shape = shape.ok_or_else(|| format!("`{TABLE_FIELD}` names neither table of telemetry"))?;
    let mut row = shape.blank();
    for (name, json) in object {
        match shape.position(&name) {
            Some(at) => row[at] = shape.of_json(at, json)?,
            None if name == ROW_KEY || json.is_null() => {}
            None => report.pass_over(report.n_lines, &no_place(&name)),
        }
    }
    shape.check(&mut row, created_at)?;
    Ok((shape.table, row))
}

/// The reason of a column that this database does not have.
pub(super) fn no_place(name: &str) -> String {
    format!("no column `{name}` in this database")
}
