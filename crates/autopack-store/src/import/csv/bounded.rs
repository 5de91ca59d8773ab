//! A source that no row is read from without end: a quote that is missing would make one row of all that
//! follows.

use std::io::{self, Read};

use super::super::lines::MAX_LINE_BYTES;

/// Reads on within a limit for each row.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    source: R,
    /// Bytes since the row began.
    n_bytes: usize,
}

/// Marks the error of a row above the limit.
#[derive(Debug, thiserror::Error)]
#[error("a row above the limit")]
struct Above;

impl<R> Bounded<R> {
    pub(super) const fn new(source: R) -> Self {
        Self { source, n_bytes: 0 }
    }

    /// A new row begins. What has been read ahead counts for the row before it.
    pub(super) const fn begin_row(&mut self) {
        self.n_bytes = 0;
    }

    /// Whether an error means that.
    pub(super) fn is_above(error: &io::Error) -> bool {
        let error = error.get_ref();
        error
            .and_then(|error| error.downcast_ref::<Above>())
            .is_some()
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_bytes > MAX_LINE_BYTES {
            return Err(io::Error::other(Above));
        }
        let n_bytes = self.source.read(buffer)?;
        self.n_bytes += n_bytes;
        Ok(n_bytes)
    }
}
