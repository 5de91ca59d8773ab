//! Text files that the command line or the settings name.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};

/// The text of a file of moderate size. Whatever lies at `path`, no more than the limit is held.
pub(crate) fn read(path: &Path, max_bytes: u64) -> anyhow::Result<String> {
    const UNREAD: &str = "it cannot be read: check its path";
    let file = File::open(path).context(UNREAD)?;
    let size = file.metadata().context(UNREAD)?.len();
    let mut bytes = Vec::new();
    file.take(max_bytes + 1)
        .read_to_end(&mut bytes)
        .context(UNREAD)?;
    if bytes.len() as u64 > max_bytes {
        let size = size.max(max_bytes + 1);
        bail!("it has {size} bytes: at most {max_bytes} are read; split it");
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => bail!(
            "it is not UTF-8 (byte {}): save it as UTF-8",
            error.utf8_error().valid_up_to()
        ),
    }
}
