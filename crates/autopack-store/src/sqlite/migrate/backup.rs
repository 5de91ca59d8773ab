//! The copy that is made before anything is changed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::Connection;

use super::super::fault::Site;
use super::super::open;
use crate::error::{Cause, StoreError};

/// Copies the database at `path` to a new file beside it, as one moment saw it, and gives the name of
/// the copy. SQLite makes it, because only SQLite sees what is still in the log.
pub(super) async fn copy(path: &Path, site: &Site) -> Result<PathBuf, StoreError> {
    let backup = reserve(path, Timestamp::now())
        .map_err(|(backup, error)| failed(site, &backup, error.into()))?;
    let copied = match vacuum_into(path, &backup, site).await {
        Ok(()) => File::open(&backup)
            .and_then(|copy| copy.sync_all())
            .map_err(Cause::from),
        Err(error) => Err(Cause::from(error)),
    };
    copied.map_err(|cause| {
        // A part of a copy is of no use; if it cannot be removed, it does no harm either.
        let _ = fs::remove_file(&backup);
        failed(site, &backup, cause)
    })?;
    Ok(backup)
}

fn failed(site: &Site, backup: &Path, source: Cause) -> StoreError {
    StoreError::Backup {
        path: site.path.clone(),
        backup: backup.display().to_string(),
        source,
    }
}

/// Makes an empty file with a name that nothing had: `FILE.backup-YYYYMMDD-HHMMSS`, UTC, and where
/// that is taken, with a number behind it.
fn reserve(path: &Path, now: Timestamp) -> Result<PathBuf, (PathBuf, io::Error)> {
    let named = format!(
        "{}.backup-{}",
        path.display(),
        now.strftime("%Y%m%d-%H%M%S")
    );
    let mut backup = PathBuf::from(&named);
    for number in 2.. {
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&backup)
        {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                backup = PathBuf::from(format!("{named}-{number}"));
            }
            Err(error) => return Err((backup, error)),
            Ok(_) => break,
        }
    }
    Ok(backup)
}

async fn vacuum_into(path: &Path, backup: &Path, site: &Site) -> Result<(), sqlx::Error> {
    let mut connection = open::connect_to_copy(path, site).await?;
    let done = sqlx::query("VACUUM INTO ?")
        .bind(backup.display().to_string())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    done.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let now = "2026-11-24T15:07:09.5Z".parse().expect("a time");
        let names: Vec<String> = (0..3)
            .map(|_| reserve(&path, now).expect("reserved"))
            .map(|path| path.file_name().expect("a name").display().to_string())
            .collect();
        assert_eq!(
            names,
            [
                "x.db.backup-20261124-150709",
                "x.db.backup-20261124-150709-2",
                "x.db.backup-20261124-150709-3"
            ]
        );
    }
}
