//! Upstreams: the three vendors, and servers of the user's own by name.
//!
//! The vendors are there without a word of settings; `openai-responses` is OpenAI by its Responses API.
//! Anything that speaks one of the dialects is added under `[upstreams.NAME]`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use autopack_core::{Catalogue, CeilingParameter, Provider, UpstreamName};
use autopack_provider::{AuthScheme, BaseUrl, Endpoint};
use autopack_wire::Dialect;
use serde::Deserialize;

use super::{Key, Settings, Source, Sourced, first_key, key_variables};
use crate::exit::{Failure, Fault, usage};

/// OpenAI by its Responses API, with the base URL and the key of `openai`.
const OPENAI_RESPONSES: &str = "openai-responses";

/// What a settings file says of an upstream of the user's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpstreamSection {
    dialect: String,
    base_url: String,
    model: Option<String>,
    key_variable: Option<String>,
    auth: Option<String>,
    path: Option<String>,
    query: Option<String>,
    ceiling_parameter: Option<String>,
    pub(super) near_limit: Option<bool>,
}

/// A server that calls can go to.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    pub(crate) name: UpstreamName,
    pub(crate) dialect: Dialect,
    pub(crate) base_url: Sourced<String>,
    /// The model to use where nobody names one.
    pub(crate) model: Option<String>,
    /// The variables that may hold its key; none where it asks for none.
    pub(crate) key_variables: Vec<String>,
    auth: AuthScheme,
    path: Option<String>,
    query: Option<String>,
    ceiling_parameter: Option<CeilingParameter>,
}

impl Upstream {
    /// Whose rules apply there.
    pub(crate) const fn provider(&self) -> Provider {
        self.dialect.provider()
    }

    /// What its models call their ceiling, as the settings say.
    pub(crate) const fn own_ceiling_parameter(&self) -> Option<CeilingParameter> {
        self.ceiling_parameter
    }

    /// Whether it is a vendor's own.
    pub(crate) fn is_vendor(&self) -> bool {
        self.name.vendor().is_some() || self.name.as_str() == OPENAI_RESPONSES
    }

    /// What `model` calls its ceiling: as the settings say, as the catalogue says, or, of a model that
    /// nobody lists on a server that is no vendor's, by the name that all of them have understood first.
    pub(crate) fn ceiling_parameter(&self, model: &str, catalogue: &Catalogue) -> CeilingParameter {
        let found = catalogue.find(self.provider(), model);
        let listed = (found.known || self.is_vendor()).then_some(found.entry.ceiling_parameter);
        let parameter = self.ceiling_parameter.or(listed);
        self.dialect
            .own_ceiling(parameter.unwrap_or(CeilingParameter::MaxTokens))
    }

    /// The endpoint, with `key` where there is one.
    pub(crate) fn endpoint(&self, key: Option<Key>) -> Result<Endpoint, Failure> {
        let base_url = BaseUrl::parse(&self.name, self.dialect, &self.base_url.value)
            .with_context(|| self.base_url.source.to_string())
            .usage()?;
        let mut endpoint = Endpoint::new(self.name.clone(), self.dialect, base_url);
        if let Some(path) = &self.path {
            endpoint = endpoint.at_path(path.clone());
        }
        if let Some(query) = &self.query {
            endpoint = endpoint.with_query(query.clone());
        }
        Ok(match key {
            Some(key) => endpoint.with_key(self.auth, key.key, self.key_hint()),
            None => endpoint,
        })
    }

    fn key_hint(&self) -> String {
        let variables = self.key_variables.iter();
        let quoted: Vec<String> = variables.map(|name| format!("`{name}`")).collect();
        quoted.join(" or ")
    }
}

impl Settings {
    /// The upstream of this name.
    pub(crate) fn upstream(&self, name: &UpstreamName) -> Result<Upstream, Failure> {
        if let Some(vendor) = name.vendor() {
            return self.vendor(name.clone(), vendor, Dialect::of(vendor));
        }
        if name.as_str() == OPENAI_RESPONSES {
            return self.vendor(name.clone(), Provider::OpenAi, Dialect::OpenAiResponses);
        }
        match self.file.upstreams.get(name) {
            Some(section) => self.own(name, section),
            None => usage(format_args!(
                "no upstream is named `{name}`: allowed are {}; add yours under [upstreams.{name}] in autopack.toml",
                self.names()
            )),
        }
    }

    /// The upstreams of the user's own.
    pub(crate) fn own_upstreams(&self) -> Result<Vec<Upstream>, Failure> {
        let own = self.file.upstreams.iter();
        own.map(|(name, section)| self.own(name, section)).collect()
    }

    /// The key of `upstream`, from the environment alone: keys belong in no file.
    pub(crate) fn key_of(&self, upstream: &Upstream) -> Result<Option<Key>, Failure> {
        let variables = upstream.key_variables.iter().map(String::as_str);
        first_key(variables, &self.environment).usage()
    }

    fn vendor(
        &self,
        name: UpstreamName,
        vendor: Provider,
        dialect: Dialect,
    ) -> Result<Upstream, Failure> {
        let variables = key_variables(vendor).iter();
        Ok(Upstream {
            name,
            dialect,
            base_url: self.base_url(vendor)?,
            model: self.models().remove(&vendor),
            key_variables: variables.map(|&name| name.to_owned()).collect(),
            auth: AuthScheme::of(dialect),
            path: None,
            query: None,
            ceiling_parameter: None,
        })
    }

    fn own(&self, name: &UpstreamName, section: &UpstreamSection) -> Result<Upstream, Failure> {
        let read = || section.read(name, self.path.clone().unwrap_or_default());
        read()
            .with_context(|| format!("[upstreams.{name}]"))
            .usage()
    }

    fn names(&self) -> String {
        let vendors = Provider::ALL.map(Provider::as_str);
        let own = self.file.upstreams.keys().map(UpstreamName::as_str);
        let names = vendors.into_iter().chain([OPENAI_RESPONSES]).chain(own);
        let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    }
}

impl UpstreamSection {
    fn read(&self, name: &UpstreamName, file: std::path::PathBuf) -> anyhow::Result<Upstream> {
        if name.vendor().is_some() || name.as_str() == OPENAI_RESPONSES {
            anyhow::bail!(
                "`{name}` is a vendor's: set its base URL under [providers], or choose another name"
            );
        }
        let dialect: Dialect = self.dialect.parse()?;
        BaseUrl::parse(name, dialect, &self.base_url)?;
        if let Some(path) = self.path.as_deref().filter(|path| !is_path(path)) {
            anyhow::bail!(
                "path `{path}` cannot be used: it begins with `/` and has no blank, `?` or `#`"
            );
        }
        if let Some(query) = self.query.as_deref().filter(|query| !is_query(query)) {
            anyhow::bail!(
                "query `{query}` cannot be used: write `name=value`, without `?`, `#` or a blank"
            );
        }
        let auth = self.auth.as_deref().map(str::parse).transpose()?;
        let parameter = self.ceiling_parameter.as_deref().map(str::parse);
        Ok(Upstream {
            name: name.clone(),
            dialect,
            base_url: Sourced {
                value: self.base_url.clone(),
                source: Source::File(file),
            },
            model: self.model.clone(),
            key_variables: self.key_variable.iter().cloned().collect(),
            auth: auth.unwrap_or(AuthScheme::of(dialect)),
            path: self.path.clone(),
            query: self.query.clone(),
            ceiling_parameter: parameter.transpose()?,
        })
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte))
}

fn is_query(query: &str) -> bool {
    !query.is_empty()
        && query
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte))
}

/// The sections of a settings file, by name.
pub(super) type Sections = BTreeMap<UpstreamName, UpstreamSection>;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> anyhow::Result<Upstream> {
        let section: UpstreamSection = toml::from_str(toml)?;
        section.read(&"own".parse().expect("a name"), "autopack.toml".into())
    }

    #[test]
    fn the_ceilings_name_is_the_settings_or_the_oldest() {
        let catalogue = Catalogue::embedded();
        let base = "dialect = \"openai-chat\"\nbase_url = \"http://localhost:8000/v1\"\n";
        let parameter = |toml: &str, model: &str| {
            let upstream = read(toml).expect("an upstream");
            upstream.ceiling_parameter(model, &catalogue).as_str()
        };
        assert_eq!(parameter(base, "qwen3"), "max_tokens");
        assert_eq!(parameter(base, "gpt-5"), "max_completion_tokens", "listed");
        let said = format!("{base}ceiling_parameter = \"max_completion_tokens\"\n");
        assert_eq!(parameter(&said, "qwen3"), "max_completion_tokens");
        let responses = base.replace("openai-chat", "openai-responses");
        assert_eq!(parameter(&responses, "qwen3"), "max_output_tokens");
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let base = "dialect = \"openai-chat\"\nbase_url = \"http://localhost:8000/v1\"\n";
        for (toml, expected) in [
            (
                base.replace("openai-chat", "openai"),
                "unknown dialect `openai`",
            ),
            (base.replace("http://", ""), "is not http or https"),
            (format!("{base}auth = \"basic\""), "unknown auth `basic`"),
            (
                format!("{base}path = \"chat\""),
                "path `chat` cannot be used",
            ),
            (
                format!("{base}query = \"?a=b\""),
                "query `?a=b` cannot be used",
            ),
            (
                format!("{base}ceiling_parameter = \"n\""),
                "unknown ceiling `n`",
            ),
        ] {
            let error = format!("{:#}", read(&toml).expect_err(&toml));
            assert!(error.contains(expected), "{error}");
        }
    }
}
