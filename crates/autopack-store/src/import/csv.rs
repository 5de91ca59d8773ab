//! Tables with a header: rows of ours, or calls as the datasets of the project tell them.

mod bounded;
mod call;

use std::io::Read;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::Assumed;
use super::batch::Batch;
use super::error::ImportError;
use super::ndjson::no_place;
use super::report::ImportReport;
use super::shape::TableShape;
use bounded::Bounded;
use call::CallColumns;

/// Columns that only a table of ours has.
const OURS: [&str; 2] = ["deliverables_json", "created_at"];

/// The model of a call tells whom it went to.
const ELSEWHERE: &str = "a provider that is not known here: the call is kept without it";

const NOT_UTF8: &str = "not UTF-8";

/// A table on its way.
pub(super) struct Table<R> {
    reader: Reader<Bounded<R>>,
    header: Vec<String>,
    cells: ByteRecord,
    kind: Kind,
}

enum Kind {
    /// Which column each cell belongs to.
    Ours(TableShape, Vec<Option<usize>>),
    Calls(Box<CallColumns>),
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(super) fn open(
        source: R,
        shape: TableShape,
        report: &mut ImportReport,
    ) -> Result<Self, ImportError> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .from_reader(Bounded::new(source));
        let header = read_header(&mut reader)?;
        report.n_lines = 1;
        let has = |name: &&str| header.iter().any(|column| column == name);
        let kind = if OURS.iter().all(has) {
            let places = header.iter().map(|name| shape.position(name));
            let places: Vec<Option<usize>> = places.collect();
            for (name, _) in header
                .iter()
                .zip(&places)
                .filter(|(_, place)| place.is_none())
            {
                report.pass_over(1, &no_place(name));
            }
            Kind::Ours(shape, places)
        } else {
            Kind::Calls(Box::new(CallColumns::of(&header)?))
        };
        Ok(Self {
            reader,
            header,
            cells: ByteRecord::new(),
            kind,
        })
    }

    /// Whether these are rows as they are exported here.
    pub(super) const fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours(..))
    }

    /// Reads on until the batch is full; `false` at the end.
    pub(super) fn read(
        &mut self,
        batch: &mut Batch,
        report: &mut ImportReport,
        assumed: &Assumed,
    ) -> Result<bool, ImportError> {
        if let Kind::Ours(shape, _) = &self.kind {
            batch.calls = shape.rows();
        }
        while !batch.is_full() {
            let line = self.reader.position().line();
            self.reader.get_mut().begin_row();
            let is_row = self.reader.read_byte_record(&mut self.cells);
            if !is_row.map_err(|error| failed(error, line))? {
                return Ok(false);
            }
            let number = self.cells.position().map_or(line, ::csv::Position::line);
            report.n_lines += 1;
            if let Err(reason) = self.row(number, batch, report, assumed) {
                report.bad(number, &reason);
            }
        }
        Ok(true)
    }

    fn row(
        &self,
        number: u64,
        batch: &mut Batch,
        report: &mut ImportReport,
        assumed: &Assumed,
    ) -> Result<(), String> {
        if self.cells.len() != self.header.len() {
            return Err("another number of cells than the header".to_owned());
        }
        let text = |at: usize| {
            let cell = std::str::from_utf8(&self.cells[at]);
            cell.map_err(|_| NOT_UTF8.to_owned())
        };
        match &self.kind {
            Kind::Calls(columns) => {
                let (call, is_elsewhere) = columns.call(text, assumed)?;
                if is_elsewhere {
                    report.pass_over(number, ELSEWHERE);
                }
                batch.call(call);
            }
            Kind::Ours(shape, places) => {
                let mut row = shape.blank();
                for (at, place) in places.iter().enumerate() {
                    if let Some(place) = *place {
                        row[place] = shape.of_text(place, text(at)?)?;
                    }
                }
                shape.check(&mut row, batch.created_at())?;
                batch.calls.rows.push(row);
            }
        }
        Ok(())
    }
}

fn read_header<R: Read>(reader: &mut Reader<Bounded<R>>) -> Result<Vec<String>, ImportError> {
    reader.get_mut().begin_row();
    let header = reader.byte_headers().map_err(|error| failed(error, 1))?;
    let name = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
    Ok(header.iter().map(name).collect())
}

/// What ends a table: reading failed, or a row has no end.
fn failed(error: ::csv::Error, line: u64) -> ImportError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) if Bounded::<()>::is_above(&error) => {
            ImportError::EndlessRow { line }
        }
        ::csv::ErrorKind::Io(error) => ImportError::Read(error),
        other => ImportError::Read(std::io::Error::other(format!("{other:?}"))),
    }
}
