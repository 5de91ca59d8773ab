//! A page of samples: JSON arrays, read into rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use autopack_core::{Category, Complexity, Tokens};
use serde::de::{Deserialize, Deserializer, Visitor};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::samples::{SampleCount, SampleRow, SampleVisitor};

/// The columns of a page, each as long as the others.
pub(super) struct Page<'a> {
    categories: Vec<Value<'a>>,
    complexities: Vec<Value<'a>>,
    /// Prediction, output, selected budget, ceiling.
    tokens: [Vec<Value<'a>>; 4],
}

/// A value of a column. SQLite keeps any value in any column.
#[derive(Debug)]
enum Value<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Real,
}

/// A value is not what its column says.
struct Unreadable;

impl<'a> Page<'a> {
    /// Reads the columns behind the first.
    pub(super) fn of(row: &'a SqliteRow) -> Result<Self, sqlx::Error> {
        let column = |place: usize| -> Result<Vec<Value<'a>>, sqlx::Error> {
            let json: &str = row.try_get(place)?;
            serde_json::from_str(json).map_err(|error| sqlx::Error::ColumnDecode {
                index: place.to_string(),
                source: Box::new(error),
            })
        };
        Ok(Self {
            categories: column(1)?,
            complexities: column(2)?,
            tokens: [column(3)?, column(4)?, column(5)?, column(6)?],
        })
    }

    /// Shows the rows that can be read, and counts all.
    pub(super) fn show(
        &self,
        spellings: &mut Spellings,
        visitor: &mut impl SampleVisitor,
        count: &mut SampleCount,
    ) {
        for place in 0..self.categories.len() {
            match self.sample(place, spellings) {
                Ok(sample) => {
                    count.n_samples += 1;
                    visitor.visit(&sample);
                }
                Err(Unreadable) => count.n_unreadable += 1,
            }
        }
    }

    fn sample<'s>(
        &self,
        place: usize,
        spellings: &'s mut Spellings,
    ) -> Result<SampleRow<'s>, Unreadable> {
        let [predicted, actual, selected, ceiling] = &self.tokens;
        let complexity = self.complexities[place].text()?;
        let category = self.categories[place].text()?;
        let (category, complexity) = spellings.read(category, complexity)?;
        Ok(SampleRow {
            category,
            complexity,
            predicted_output_tokens: predicted[place].tokens()?,
            actual_output_tokens: actual[place].tokens()?,
            selected_budget: selected[place].tokens()?,
            actual_max_tokens: ceiling[place].tokens()?,
        })
    }
}

impl Value<'_> {
    fn text(&self) -> Result<&str, Unreadable> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(Unreadable),
        }
    }

    /// A count that may be unknown, but not negative.
    fn tokens(&self) -> Result<Option<Tokens>, Unreadable> {
        match self {
            Self::Null => Ok(None),
            Self::Integer(count) => {
                let count = u64::try_from(*count).map_err(|_| Unreadable)?;
                Ok(Some(Tokens::new(count)))
            }
            Self::Text(_) | Self::Real => Err(Unreadable),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a column")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Real, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Value::Real)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(text.to_owned().into()))
    }
}

/// What was read out of the spellings so far: there are few, and each comes up a thousand times.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    categories: HashMap<Box<str>, Option<Category>>,
    complexities: HashMap<Box<str>, Option<Complexity>>,
}

/// The most spellings that are remembered, of each kind; then it starts over.
const MAX_SPELLINGS: usize = 10_000;

impl Spellings {
    fn read(
        &mut self,
        category: &str,
        complexity: &str,
    ) -> Result<(&Category, Complexity), Unreadable> {
        let complexity = *remembered(&mut self.complexities, complexity, Complexity::canonical);
        let category = remembered(&mut self.categories, category, Category::canonical).as_ref();
        category.zip(complexity).ok_or(Unreadable)
    }
}

/// What `read` makes of a spelling, the first time; afterwards what it made of it.
fn remembered<'m, T>(
    map: &'m mut HashMap<Box<str>, T>,
    spelling: &str,
    read: impl FnOnce(&str) -> T,
) -> &'m T {
    if !map.contains_key(spelling) {
        if map.len() == MAX_SPELLINGS {
            map.clear();
        }
        map.insert(spelling.into(), read(spelling));
    }
    &map[spelling]
}
