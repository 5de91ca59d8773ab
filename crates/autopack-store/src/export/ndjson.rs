//! Rows as JSON objects, one a line.

use std::io::{self, Write};

use super::{Field, RowWriter};
use crate::import::TABLE_FIELD;

/// Writes rows.
pub(super) struct JsonRows<W> {
    output: W,
    /// What stands before each value of a row: the name of its column, and for the first that of the
    /// table too.
    before: Vec<Vec<u8>>,
}

impl<W: Write> JsonRows<W> {
    pub(super) const fn new(output: W) -> Self {
        Self {
            output,
            before: Vec::new(),
        }
    }
}

impl<W: Write> RowWriter for JsonRows<W> {
    fn begin(&mut self, table: &str, names: &[&str]) -> io::Result<()> {
        let mut lead = format!("{{\"{TABLE_FIELD}\":\"{table}\",").into_bytes();
        self.before.clear();
        for name in names {
            serde_json::to_writer(&mut lead, name)?;
            lead.push(b':');
            self.before
                .push(std::mem::replace(&mut lead, b",".to_vec()));
        }
        Ok(())
    }

    fn row(&mut self, fields: &[Field<'_>]) -> io::Result<()> {
        let output = &mut self.output;
        for (before, field) in self.before.iter().zip(fields) {
            output.write_all(before)?;
            match *field {
                Field::Unknown => output.write_all(b"null")?,
                Field::Integer(number) => write!(output, "{number}")?,
                Field::Real(number) => serde_json::to_writer(&mut *output, &number)?,
                Field::Truth(flag) => write!(output, "{flag}")?,
                Field::Text(text) => serde_json::to_writer(&mut *output, text)?,
            }
        }
        output.write_all(b"}\n")
    }
}
