//! Another configuration while calls go on. One that cannot be used changes nothing.

use std::fmt;

use crate::config::Config;
use crate::gateway::Gateway;

/// Whoever knows what a gateway is to be told.
pub trait ConfigSource: fmt::Debug + Send + Sync {
    /// Reads it anew.
    ///
    /// # Errors
    /// What is wrong, where, and what is allowed, in words that hold no secret.
    fn read(&self) -> Result<Reread, String>;
}

/// A configuration that was read anew.
#[derive(Clone, Debug)]
pub struct Reread {
    /// What the gateway is told from now on.
    pub config: Config,
    /// What is different in it and stays as it is until the gateway starts again, in words.
    pub needs_restart: Vec<String>,
}

/// Why a gateway goes on as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReloaded {
    /// Nobody told it where to read.
    #[error("there is nothing to read the configuration from")]
    NoSource,
    /// What it was given cannot be used.
    #[error("the configuration stays as it was: {0}")]
    Bad(String),
}

impl Gateway {
    /// Has [`reload`](Self::reload) read from `source`. The first one stays.
    pub fn reads_from(&self, source: Box<dyn ConfigSource>) {
        // A second source would be a mistake of the caller's; the first goes on to be read.
        let _ = self.source.set(source);
    }

    /// Reads the configuration anew, and gives what of it needs a restart. Calls that have begun end as they
    /// began.
    ///
    /// # Errors
    /// [`NotReloaded`], and everything stays as it was.
    pub fn reload(&self) -> Result<Vec<String>, NotReloaded> {
        let source = self.source.get().ok_or(NotReloaded::NoSource)?;
        let read = source.read();
        self.metrics.reloaded(read.is_ok());
        let Reread {
            config,
            needs_restart,
        } = read.map_err(NotReloaded::Bad)?;
        self.configure(config);
        Ok(needs_restart)
    }
}
