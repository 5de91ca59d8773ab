//! A call as a JSON object under the names of its columns, for whoever has to keep a row that the
//! database refused.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::column::Value;
use crate::estimation::EstimationEvent;

impl EstimationEvent {
    /// The row as one line of JSON. What is unknown is `null`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let columns = self.columns(Timestamp::now());
        let object: serde_json::Map<String, Json> = columns
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json(value)))
            .collect();
        Json::Object(object).to_string()
    }
}

fn json(value: Value) -> Json {
    match value {
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Boolean(flag) => flag.into(),
        Value::Text(text) => text.into(),
    }
}
