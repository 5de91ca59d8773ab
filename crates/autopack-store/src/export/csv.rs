//! Rows as a table with a header.

use std::io::{self, Write};

use super::{Field, RowWriter};

/// Writes rows.
pub(super) struct CsvRows<W: Write> {
    writer: ::csv::Writer<W>,
    /// A number as text, on its way.
    number: Vec<u8>,
}

impl<W: Write> CsvRows<W> {
    pub(super) fn new(output: W) -> Self {
        Self {
            writer: ::csv::Writer::from_writer(output),
            number: Vec::new(),
        }
    }

    pub(super) fn flush(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<W: Write> RowWriter for CsvRows<W> {
    fn begin(&mut self, _table: &str, names: &[&str]) -> io::Result<()> {
        self.writer.write_record(names).map_err(io::Error::from)
    }

    fn row(&mut self, fields: &[Field<'_>]) -> io::Result<()> {
        for field in fields {
            self.number.clear();
            let cell = match *field {
                Field::Unknown => &[],
                Field::Text(text) => text.as_bytes(),
                Field::Truth(flag) => {
                    if flag {
                        &b"true"[..]
                    } else {
                        b"false"
                    }
                }
                Field::Integer(number) => {
                    write!(self.number, "{number}")?;
                    &self.number
                }
                Field::Real(number) => {
                    serde_json::to_writer(&mut self.number, &number)?;
                    &self.number
                }
            };
            self.writer.write_field(cell)?;
        }
        self.writer
            .write_record(None::<&[u8]>)
            .map_err(io::Error::from)
    }
}
