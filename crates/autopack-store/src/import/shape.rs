//! What the columns of a table may hold, as the table itself says.

use std::collections::HashMap;

use autopack_core::{Category, Complexity, Provider};
use serde_json::Value as Json;

use super::batch::Rows;
use crate::column::Value;
use crate::time::parse_utc;

/// A kind of value, from the declared type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnKind {
    /// A number of tokens or of something else.
    Count,
    Real,
    Truth,
    /// A point in time, UTC.
    Time,
    Text,
}

impl ColumnKind {
    fn of(declared: &str) -> Self {
        match declared.to_ascii_uppercase().as_str() {
            "INTEGER" => Self::Count,
            "REAL" | "FLOAT" => Self::Real,
            "BOOLEAN" => Self::Truth,
            "DATETIME" | "TIMESTAMP" => Self::Time,
            _ => Self::Text,
        }
    }

    /// What such a column holds.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "a whole number from 0",
            Self::Real => "a number",
            Self::Truth => "true or false",
            Self::Time => "a time",
            Self::Text => "a text",
        }
    }

    const fn null(self) -> Value<'static> {
        match self {
            Self::Count => Value::Integer(None),
            Self::Real => Value::Real(None),
            Self::Truth => Value::Boolean(None),
            Self::Time | Self::Text => Value::Text(None),
        }
    }

    /// The value that a cell of a table holds.
    fn of_text(self, text: &str) -> Option<Value<'static>> {
        Some(match self {
            Self::Count => Value::Integer(Some(text.parse().ok().filter(|number| *number >= 0)?)),
            Self::Real => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())?
                .into(),
            Self::Truth => match text {
                "true" | "1" => true.into(),
                "false" | "0" => false.into(),
                _ => return None,
            },
            Self::Time => parse_utc(text).map(|_| text.to_owned())?.into(),
            Self::Text => text.to_owned().into(),
        })
    }

    fn of_json(self, json: Json) -> Option<Value<'static>> {
        Some(match (self, json) {
            (_, Json::Null) => self.null(),
            (Self::Count, Json::Number(number)) => {
                Value::Integer(Some(number.as_i64().filter(|number| *number >= 0)?))
            }
            (Self::Real, Json::Number(number)) => number.as_f64()?.into(),
            (Self::Truth, Json::Bool(flag)) => flag.into(),
            (Self::Truth, Json::Number(number)) => self.of_text(&number.to_string())?,
            (Self::Time, Json::String(text)) => self.of_text(&text)?,
            (Self::Text, Json::String(text)) => text.into(),
            _ => return None,
        })
    }
}

#[derive(Clone, Debug)]
struct ColumnShape {
    name: String,
    kind: ColumnKind,
    /// Whether it may not be NULL.
    is_required: bool,
}

/// The columns of a table, but for the key of its rows.
#[derive(Clone, Debug)]
pub(crate) struct TableShape {
    pub(crate) table: &'static str,
    columns: Vec<ColumnShape>,
    at: HashMap<String, usize>,
}

impl TableShape {
    pub(crate) fn new(table: &'static str) -> Self {
        Self {
            table,
            columns: Vec::new(),
            at: HashMap::new(),
        }
    }

    /// Adds a column, with the type it was declared with.
    pub(crate) fn add(&mut self, name: String, declared: &str, is_required: bool) {
        self.at.insert(name.clone(), self.columns.len());
        self.columns.push(ColumnShape {
            name,
            kind: ColumnKind::of(declared),
            is_required,
        });
    }

    /// Where a column of this name stands.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.at.get(name).copied()
    }

    /// A place for rows of this table.
    pub(super) fn rows(&self) -> Rows {
        let names = self.columns.iter().map(|column| column.name.clone());
        Rows {
            names: names.collect(),
            rows: Vec::new(),
        }
    }

    /// A row of which nothing is known.
    pub(super) fn blank(&self) -> Vec<Value<'static>> {
        self.columns
            .iter()
            .map(|column| column.kind.null())
            .collect()
    }

    /// A cell as the value of a column. An empty one is unknown, or where the column must not be NULL, an
    /// empty text.
    pub(super) fn of_text(&self, at: usize, text: &str) -> Result<Value<'static>, String> {
        let column = &self.columns[at];
        match text {
            "" if column.kind == ColumnKind::Text && column.is_required => {
                Ok(text.to_owned().into())
            }
            "" => Ok(column.kind.null()),
            text => column.kind.of_text(text).ok_or_else(|| column.is_not()),
        }
    }

    /// A JSON value as the value of a column.
    pub(super) fn of_json(&self, at: usize, json: Json) -> Result<Value<'static>, String> {
        let column = &self.columns[at];
        column.kind.of_json(json).ok_or_else(|| column.is_not())
    }

    /// Sees that a row can be kept and read. Where it does not say when it was written down, that is now.
    pub(super) fn check(&self, row: &mut [Value<'static>], created_at: &str) -> Result<(), String> {
        for (column, value) in self.columns.iter().zip(row) {
            if column.name == "created_at" && *value == column.kind.null() {
                *value = created_at.to_owned().into();
            }
            let is_null = *value == column.kind.null();
            if is_null && column.is_required {
                return Err(format!("`{}` is missing", column.name));
            }
            if let Value::Text(Some(text)) = value {
                let is_good = match column.name.as_str() {
                    "category" => Category::canonical(text).is_some(),
                    "complexity" => Complexity::canonical(text).is_some(),
                    "provider" => text.parse::<Provider>().is_ok(),
                    _ => true,
                };
                if !is_good {
                    return Err(format!("`{}` is no {0}", column.name));
                }
            }
        }
        Ok(())
    }
}

impl ColumnShape {
    fn is_not(&self) -> String {
        format!("`{}` is not {}", self.name, self.kind.as_str())
    }
}
