//! Settings: flag > environment > file > default, each with where it came from.

mod environment;
mod file;
mod keys;
mod limit_use;
mod limits;
mod policy;
mod serve;
mod upstreams;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use autopack_builder::MAX_JOBS;
use autopack_core::{Catalogue, Provider};
use autopack_provider::BaseUrl;
use autopack_store::DatabaseUrl;
use autopack_wire::Dialect;

use crate::args::DatabaseArgs;
use crate::exit::{Failure, Fault, usage};

use environment::{
    BASE_URL_VARIABLES, CONFIG, DATABASE, Environment, TELEMETRY_DB_ENABLED, variable_of,
};
use file::File;
use keys::first_key;
pub(crate) use keys::{Key, key_variables};
pub(crate) use policy::{DEFAULT_POLICY, NoPolicy, find_policy, open, read_policy, stored_version};
pub(crate) use serve::Serve;
pub(crate) use upstreams::Upstream;

/// The settings file that is read where none is named.
const DEFAULT_FILE: &str = "autopack.toml";
/// Where telemetry is kept where nobody says otherwise; the name the reference used.
const DEFAULT_DATABASE: &str = "sqlite:///autopack.db";
/// Where replies are kept where nobody says otherwise.
const DEFAULT_OUT: &str = "autopack-out";
/// Phases at once where nobody says otherwise: enough to overlap waiting, few enough for the
/// smallest accounts.
const DEFAULT_JOBS: usize = 4;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// The settings file.
    File(PathBuf),
    /// The active version of the database.
    Database,
    /// Nobody said.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "{name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Database => f.write_str("active in the database"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

impl<T> Sourced<T> {
    /// The same source, of another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced {
            value: change(self.value),
            source: self.source,
        }
    }
}

/// The settings file and the environment, read but not yet resolved.
#[derive(Debug)]
pub(crate) struct Settings {
    file: File,
    path: Option<PathBuf>,
    environment: Environment,
}

impl Settings {
    /// Reads the file that the flag or `AUTOPACK_CONFIG` names, or `autopack.toml` where there is one.
    pub(crate) fn load(flag: Option<&Path>) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let named = match flag {
            Some(path) => Some(path.to_owned()),
            None => environment.get(CONFIG).usage()?.map(PathBuf::from),
        };
        let path = match named {
            Some(path) => Some(path),
            None => Path::new(DEFAULT_FILE)
                .exists()
                .then(|| PathBuf::from(DEFAULT_FILE)),
        };
        let file = match &path {
            Some(path) => File::read(path).usage()?,
            None => File::default(),
        };
        Ok(Self {
            file,
            path,
            environment,
        })
    }

    /// The file that was read.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn filed<T>(&self, value: Option<T>) -> Option<Sourced<T>> {
        let path = self.path.clone()?;
        value.map(|value| Sourced {
            value,
            source: Source::File(path),
        })
    }

    /// A text from its flag, its variable or the file, in this order.
    fn text(
        &self,
        flag: (&'static str, Option<&str>),
        variable: &'static str,
        filed: Option<&str>,
    ) -> Result<Option<Sourced<String>>, Failure> {
        let (name, given) = flag;
        if let Some(value) = given {
            return Ok(Some(Sourced {
                value: value.to_owned(),
                source: Source::Flag(name),
            }));
        }
        if let Some(value) = self.environment.get(variable).usage()? {
            let source = Source::Environment(variable);
            return Ok(Some(Sourced { value, source }));
        }
        Ok(self.filed(filed.map(str::to_owned)))
    }

    /// The database, from flag, `DATABASE_URL`, the file, or the default.
    pub(crate) fn database(&self, args: &DatabaseArgs) -> Result<Sourced<DatabaseUrl>, Failure> {
        let text = self.text(
            ("--database", args.database.as_deref()),
            DATABASE,
            self.file.database.as_deref(),
        )?;
        let text = text.unwrap_or_else(|| Sourced {
            value: DEFAULT_DATABASE.to_owned(),
            source: Source::Default,
        });
        let value = text
            .value
            .parse::<DatabaseUrl>()
            .with_context(|| format!("the database ({}) cannot be used", text.source))
            .usage()?;
        Ok(Sourced {
            value,
            source: text.source,
        })
    }

    /// Whether telemetry is written.
    pub(crate) fn telemetry(&self) -> Result<Sourced<bool>, Failure> {
        if let Some(text) = self.environment.get(TELEMETRY_DB_ENABLED).usage()? {
            let Some(value) = environment::flag(&text) else {
                return usage(format_args!(
                    "{TELEMETRY_DB_ENABLED} is `{text}`: allowed are 1, true, yes, 0, false, no"
                ));
            };
            return Ok(Sourced {
                value,
                source: Source::Environment(TELEMETRY_DB_ENABLED),
            });
        }
        let file = self.filed(self.file.telemetry);
        Ok(file.unwrap_or(Sourced {
            value: true,
            source: Source::Default,
        }))
    }

    /// The catalogue with the user's own models before the embedded ones.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, Failure> {
        Catalogue::embedded()
            .extended(self.file.models.clone())
            .context("settings file")
            .usage()
    }

    /// The base URL of a provider, seen to be one.
    pub(crate) fn base_url(&self, provider: Provider) -> Result<Sourced<String>, Failure> {
        let variable = variable_of(provider, &BASE_URL_VARIABLES);
        let own = self.file.providers.get(&provider);
        let own = own.and_then(|own| own.base_url.clone());
        let given = match self.environment.get(variable).usage()? {
            Some(value) => Some(Sourced {
                value,
                source: Source::Environment(variable),
            }),
            None => self.filed(own),
        };
        let base_url = given.unwrap_or_else(|| Sourced {
            value: BaseUrl::of_vendor(provider).to_owned(),
            source: Source::Default,
        });
        BaseUrl::parse(&provider.into(), Dialect::of(provider), &base_url.value)
            .with_context(|| base_url.source.to_string())
            .usage()?;
        Ok(base_url)
    }

    /// The key of a provider, from the environment alone: keys belong in no file.
    pub(crate) fn key(&self, provider: Provider) -> Result<Option<Key>, Failure> {
        let variables = key_variables(provider).iter().copied();
        first_key(variables, &self.environment).usage()
    }

    /// The model the settings file names for each provider.
    pub(crate) fn models(&self) -> BTreeMap<Provider, String> {
        let own = self.file.providers.iter();
        own.filter_map(|(provider, own)| Some((*provider, own.model.clone()?)))
            .collect()
    }

    /// How many phases run at once.
    pub(crate) fn jobs(&self, flag: Option<i64>) -> Result<Sourced<usize>, Failure> {
        let flag = flag.map(|value| Sourced {
            value,
            source: Source::Flag("--jobs"),
        });
        let Some(Sourced { value, source }) = flag.or_else(|| self.filed(self.file.jobs)) else {
            return Ok(Sourced {
                value: DEFAULT_JOBS,
                source: Source::Default,
            });
        };
        match usize::try_from(value) {
            Ok(value) if (1..=MAX_JOBS).contains(&value) => Ok(Sourced { value, source }),
            _ => usage(format_args!(
                "jobs is `{value}` ({source}): allowed is 1 to {MAX_JOBS}"
            )),
        }
    }

    /// Where replies are kept.
    pub(crate) fn out(&self, flag: Option<PathBuf>) -> Sourced<PathBuf> {
        let flag = flag.map(|value| Sourced {
            value,
            source: Source::Flag("--out"),
        });
        flag.or_else(|| self.filed(self.file.out.clone()))
            .unwrap_or_else(|| Sourced {
                value: DEFAULT_OUT.into(),
                source: Source::Default,
            })
    }
}
