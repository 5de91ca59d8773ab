//! What a source is, by how it begins.

use std::io::{self, BufRead, Cursor, Read};

use super::SourceFormat;
use super::error::ImportError;

/// How much of a source is looked at: more than the longest header there is.
const HEAD_BYTES: u64 = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const CHOOSE: &str = "give a run log, a CSV table, or a JSON object a line";

/// Beginnings of what is not text, and what to do.
const OTHERS: [(&[u8], &str, &str); 6] = [
    (
        b"SQLite format 3\0",
        "a database",
        "bring it up to date with `autopack migrate`",
    ),
    (b"\x1f\x8b", "compressed (gzip)", "unpack it first"),
    (b"PK\x03\x04", "compressed (zip)", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", "unpack it first"),
    (b"\xff\xfe", "UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16", "save it as UTF-8"),
];

/// Takes the beginning off a source, without the mark that some programs put before UTF-8.
pub(super) fn head<R: BufRead>(mut source: R) -> io::Result<(Cursor<Vec<u8>>, R)> {
    let mut head = Vec::new();
    source.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    if head.starts_with(BYTE_ORDER_MARK) {
        head.drain(..BYTE_ORDER_MARK.len());
    }
    Ok((Cursor::new(head), source))
}

/// What begins like that.
pub(super) fn format(head: &[u8]) -> Result<SourceFormat, ImportError> {
    for (beginning, what, way_out) in OTHERS {
        if head.starts_with(beginning) {
            return Err(ImportError::NotASource { what, way_out });
        }
    }
    if head.contains(&0) {
        let (what, way_out) = ("no text", CHOOSE);
        return Err(ImportError::NotASource { what, way_out });
    }
    let text = head.trim_ascii_start();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(if text.starts_with(b"{") {
        SourceFormat::Ndjson
    } else if is_header(first) {
        SourceFormat::Csv
    } else {
        SourceFormat::Log
    })
}

/// Whether a line is names with commas between.
fn is_header(line: &[u8]) -> bool {
    let is_name = |cell: &[u8]| {
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_\"".contains(byte);
        !cell.is_empty() && cell.iter().all(is_of_name)
    };
    line.contains(&b',')
        && line
            .trim_ascii_end()
            .split(|byte| *byte == b',')
            .all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_beginning() {
        for (text, expected) in [
            ("[2025-12-29 19:40:02] INFO: a, b\n", SourceFormat::Log),
            (
                "faiss library not installed; falling back\n",
                SourceFormat::Log,
            ),
            ("hello, world\n", SourceFormat::Log),
            ("", SourceFormat::Log),
            (
                "row_id,split_key,\"timestamp\"\r\n1,2,3\r\n",
                SourceFormat::Csv,
            ),
            ("a,b", SourceFormat::Csv),
            ("\n  {\"table\": 1}\n", SourceFormat::Ndjson),
        ] {
            assert_eq!(format(text.as_bytes()).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (head, part) in [
            (&b"SQLite format 3\0\x10"[..], "`autopack migrate`"),
            (b"\x1f\x8b\x08", "unpack it first"),
            (b"\xff\xfea\0", "save it as UTF-8"),
            (b"\x7fELF\x02\0\0", "no text"),
        ] {
            let error = format(head).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_mark_is_taken_off_and_nothing_is_lost() {
        for (text, expected) in [("\u{feff}a,b\n1,2", "a,b\n1,2"), ("", ""), ("x", "x")] {
            let (head, rest) = head(text.as_bytes()).expect("read");
            let mut read = String::new();
            head.chain(rest).read_to_string(&mut read).expect("read");
            assert_eq!(read, expected);
        }
    }
}
