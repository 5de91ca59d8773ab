//! Opens a database: looks whose it is without touching it, then connects.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::fault::{Site, is_busy};
use super::recognise::{MIGRATIONS, Recognised, recognise};
use crate::error::{StoreError, StoreErrorKind};
use crate::store::OpenMode;
use crate::url::DatabaseUrl;

/// Marks a file as Autopack's, in the field of the header that is meant for it: `AutP` in ASCII.
pub(super) const SIGN: &str = "PRAGMA application_id = 0x41757450";

/// The pause before asking again for a lock that SQLite does not wait for itself. Long beside the
/// microseconds the lock is held, short beside what a person notices.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Opens the database of `url` as `site` says.
pub(crate) async fn open(url: &DatabaseUrl, site: &Site) -> Result<SqliteConnection, StoreError> {
    match (url.path(), site.mode) {
        (Some(path), OpenMode::ReadWrite) => {
            check_folder(path, site)?;
            if exists(path) {
                look(path, site).await?;
            }
            open_writer(file(path, site), site).await
        }
        (Some(path), OpenMode::ReadOnly) => {
            if !exists(path) {
                let path = site.path.clone();
                return Err(StoreError::NoDatabase { path });
            }
            look(path, site).await?;
            open_reader(path, site).await
        }
        (None, OpenMode::ReadWrite) => open_writer(memory(), site).await,
        (None, OpenMode::ReadOnly) => {
            let path = site.path.clone();
            Err(StoreError::Empty { path })
        }
    }
}

/// Whether something is there; what cannot be asked about is, so that opening it says why.
pub(super) fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

pub(super) fn check_folder(path: &Path, site: &Site) -> Result<(), StoreError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(StoreError::NoFolder {
                path: site.path.clone(),
                folder: folder.display().to_string(),
            })
        }
        _ => Ok(()),
    }
}

/// Recognises the database without leaving a trace: neither in the file, nor beside it. An empty
/// one is as good as one of ours here; who opens it decides.
async fn look(path: &Path, site: &Site) -> Result<(), StoreError> {
    let mut connection = connect_to_look(path, site).await?;
    let recognised = recognise(&mut connection, site).await;
    connection
        .close()
        .await
        .map_err(|error| site.fault(error))?;
    recognised.map(|_| ())
}

/// A connection that leaves no trace.
pub(super) async fn connect_to_look(
    path: &Path,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    if path.is_dir() {
        let path = site.path.clone();
        return Err(StoreError::Folder { path });
    }
    let options = file(path, site).read_only(true).immutable(is_at_rest(path));
    connect(&options, site).await
}

/// A connection that sees what others have written, and can copy it into another file. It could write,
/// because the index of a log has to be made where it is missing.
pub(super) async fn connect_to_copy(
    path: &Path,
    site: &Site,
) -> Result<SqliteConnection, sqlx::Error> {
    file(path, site).connect().await
}

/// A connection that changes a schema: no row is to be deleted for the sake of another, and no view
/// to be looked into, while a table is out of its place. The file stays in the mode it is in.
pub(super) async fn connect_to_migrate(
    url: &DatabaseUrl,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    let options = match url.path() {
        Some(path) => file(path, site).create_if_missing(true),
        None => memory(),
    };
    let options = options
        .foreign_keys(false)
        .pragma("legacy_alter_table", "ON");
    connect(&options, site).await
}

/// Whether the whole database is in its file: no log beside it has anything in it, so nobody is
/// in the middle of writing. Then it can be read as immutable, which takes no lock and makes no
/// log. The file itself is not opened to find out, because closing it would drop the locks that
/// this process may have on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn is_at_rest(path: &Path) -> bool {
    // The log lies beside the file, not beside a link to it.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    ["-wal", "-journal"].into_iter().all(|suffix| {
        let mut log = path.clone().into_os_string();
        log.push(suffix);
        match fs::metadata(log) {
            Ok(log) => log.len() == 0,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    })
}

pub(super) fn memory() -> SqliteConnectOptions {
    // Statements are not logged: a report that streams for seconds is not a slow statement.
    SqliteConnectOptions::new()
        .filename(":memory:")
        .disable_statement_logging()
}

fn file(path: &Path, site: &Site) -> SqliteConnectOptions {
    // SQLite takes a name that begins with `file:` for a URI; below a folder it is a name again.
    let path = if site.path.starts_with("file:") {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    memory().filename(path).busy_timeout(site.busy_timeout)
}

pub(super) async fn connect(
    options: &SqliteConnectOptions,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    options.connect().await.map_err(|error| site.fault(error))
}

async fn open_writer(
    options: SqliteConnectOptions,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true);
    let mut connection = connect_patiently(&options, site).await?;
    claim(&mut connection, site).await?;
    Ok(connection)
}

/// Connects, and asks again while the database is busy: SQLite does not wait for the lock that the
/// first change into the write-ahead mode needs.
async fn connect_patiently(
    options: &SqliteConnectOptions,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    let deadline = Instant::now() + site.busy_timeout;
    loop {
        match options.connect().await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            result => return result.map_err(|error| site.fault(error)),
        }
    }
}

/// Brings the schema up to date and signs the file, in one transaction under the writer's lock: of
/// two programs that open a new file at once, the second finds it made. The signature is written
/// every time, and so proves that writing works.
async fn claim(connection: &mut SqliteConnection, site: &Site) -> Result<(), StoreError> {
    let fault = |error| site.fault(error);
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(fault)?;
    recognise(&mut transaction, site).await?;
    // What `run` does inside; the future of `run` itself cannot be sent between threads.
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| site.migration_fault(error))?;
    sqlx::query(SIGN)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    transaction.commit().await.map_err(fault)
}

/// Opens for reading beside a writer. The connection could write, so that it can tidy up the log
/// when it is the last to close; `query_only` keeps it from changing anything.
async fn open_reader(path: &Path, site: &Site) -> Result<SqliteConnection, StoreError> {
    let options = file(path, site).pragma("query_only", "ON");
    let at_rest = is_at_rest(path);
    match read_recognised(&options, site).await {
        // No log can be made beside it, and none is needed: it is read as it stands.
        Err(error) if at_rest && no_room_for_a_log(error.kind()) => {
            read_recognised(&options.read_only(true).immutable(true), site).await
        }
        result => result,
    }
}

/// Whether an error may only mean that the folder cannot be written, or has no space left.
const fn no_room_for_a_log(kind: StoreErrorKind) -> bool {
    matches!(
        kind,
        StoreErrorKind::Denied | StoreErrorKind::ReadOnly | StoreErrorKind::Full
    )
}

async fn read_recognised(
    options: &SqliteConnectOptions,
    site: &Site,
) -> Result<SqliteConnection, StoreError> {
    let mut connection = connect(options, site).await?;
    match recognise(&mut connection, site).await? {
        Recognised::Ours | Recognised::Python => Ok(connection),
        Recognised::Empty => {
            let path = site.path.clone();
            Err(StoreError::Empty { path })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Accepted;
    use super::*;

    #[test]
    fn a_name_is_never_a_uri() {
        for (name, opened) in [("file:x.db", "./file:x.db"), ("x.db", "x.db")] {
            let site = Site {
                path: name.to_owned(),
                mode: OpenMode::ReadWrite,
                accepted: Accepted::Ours,
                busy_timeout: Duration::ZERO,
            };
            let options = file(Path::new(name), &site);
            assert_eq!(options.get_filename(), Path::new(opened));
        }
    }
}
