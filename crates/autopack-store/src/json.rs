//! A row as a JSON object under the names of its columns, for whoever has to keep one that the
//! database refused.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::column::{Column, Value};
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::import::TABLE_FIELD;
use crate::time::utc_text;

impl EstimationEvent {
    /// The row as one line of JSON, with the name of its table. What is unknown is `null`.
    #[must_use]
    pub fn to_json(&self) -> String {
        line(Self::TABLE, self.columns(&utc_text(Timestamp::now())))
    }
}

impl EscalationEvent {
    /// The row as one line of JSON, with the name of its table. What is unknown is `null`.
    #[must_use]
    pub fn to_json(&self) -> String {
        line(Self::TABLE, self.columns())
    }
}

fn line(table: &str, columns: Vec<Column<'_>>) -> String {
    let columns = columns.into_iter();
    let columns = columns.map(|(name, value)| (name.to_owned(), json(value)));
    let table = (TABLE_FIELD.to_owned(), Json::from(table));
    Json::Object(std::iter::once(table).chain(columns).collect()).to_string()
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Boolean(flag) => flag.into(),
        Value::Text(text) => text.into(),
    }
}
