//! Which server a path means, and what is asked of it there.

use std::borrow::Cow;
use std::sync::Arc;

use autopack_core::{Provider, UpstreamName};
use autopack_wire::{CallPath, Dialect, ReplyForm};
use http::{HeaderMap, Method};

use crate::config::{Config, KeyOf, Upstream};
use crate::error::GatewayError;

/// The prefix of the servers of the user's own.
const UPSTREAMS: &str = "/upstreams/";

/// Where a call goes.
#[derive(Clone, Debug)]
pub(crate) struct Route<'a> {
    pub(crate) upstream: Arc<Upstream>,
    /// Path and query there.
    pub(crate) path: Cow<'a, str>,
    pub(crate) kind: Kind,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A reply, which has a ceiling.
    Generation(Dialect),
    /// A reply in a form that nothing here reads.
    Unread(Dialect),
    /// Anything else, which is passed through.
    Other,
}

/// The provider whose clients would send this path. What several have in common, such as `/v1/models`, is
/// told apart by their headers.
pub(crate) fn provider_of(path: &str, headers: &HeaderMap) -> Provider {
    let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| is_under(path, prefix));
    if under(&["/anthropic", "/v1/messages"]) {
        Provider::Anthropic
    } else if under(&["/gemini", "/v1beta"]) {
        Provider::Gemini
    } else if under(&["/openai", "/v1/chat/completions", "/v1/responses"]) {
        Provider::OpenAi
    } else if headers.contains_key("anthropic-version") {
        Provider::Anthropic
    } else if headers.contains_key("x-goog-api-key") {
        Provider::Gemini
    } else {
        Provider::OpenAi
    }
}

impl<'a> Route<'a> {
    /// The route of a call.
    pub(crate) fn of(
        config: &Config,
        method: &Method,
        path_and_query: &'a str,
        headers: &HeaderMap,
    ) -> Result<Self, GatewayError> {
        let (name, rest) = match path_and_query.strip_prefix(UPSTREAMS) {
            Some(below) => below.split_at(below.find('/').unwrap_or(below.len())),
            None => vendor(path_and_query, headers).ok_or(GatewayError::UnknownPath)?,
        };
        let upstream = name
            .parse::<UpstreamName>()
            .ok()
            .and_then(|name| config.upstreams.get(&name))
            .ok_or_else(|| GatewayError::UnknownUpstream(names(config)))?;
        let mut path = with_version(rest, upstream.endpoint.provider());
        if upstream.key_of == KeyOf::Gateway {
            path = without_key(path);
        }
        Ok(Self {
            upstream: Arc::clone(upstream),
            kind: Kind::of(method, &path),
            path,
        })
    }

    /// The provider whose clients send it.
    pub(crate) fn provider(&self) -> Provider {
        match self.kind {
            Kind::Generation(dialect) | Kind::Unread(dialect) => dialect.provider(),
            Kind::Other => self.upstream.endpoint.provider(),
        }
    }
}

impl Kind {
    fn of(method: &Method, path_and_query: &str) -> Self {
        if *method != Method::POST {
            return Self::Other;
        }
        match CallPath::of(path_and_query) {
            Some(call) if call.reply == ReplyForm::Framed => Self::Unread(call.dialect),
            Some(call) => Self::Generation(call.dialect),
            None => Self::Other,
        }
    }
}

/// Where Azure has its deployments, which is no path of OpenAI's: its clients have a key that is not for OpenAI.
const AZURE: &str = "/openai/deployments";

/// The vendor that a path means, and the path there.
fn vendor<'a>(path_and_query: &'a str, headers: &HeaderMap) -> Option<(&'static str, &'a str)> {
    if is_under(path_and_query, AZURE) {
        return None;
    }
    for provider in Provider::ALL {
        let name = provider.as_str();
        if let Some(rest) = path_and_query
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(name))
            && (rest.is_empty() || rest.starts_with(['/', '?']))
        {
            return Some((name, rest));
        }
    }
    let is_theirs = is_under(path_and_query, "/v1") || is_under(path_and_query, "/v1beta");
    let provider = provider_of(path_and_query, headers);
    is_theirs.then_some((provider.as_str(), path_and_query))
}

/// Whether a path is `prefix` or below.
pub(crate) fn is_under(path_and_query: &str, prefix: &str) -> bool {
    path_and_query
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// A path with the provider's version before it, where the client left it out: whoever gives an SDK of
/// OpenAI's the base URL without `/v1` means it.
fn with_version(path: &str, provider: Provider) -> Cow<'_, str> {
    let calls: &[&str] = match provider {
        Provider::Anthropic => &["/messages", "/models"],
        Provider::OpenAi => &["/chat/completions", "/responses", "/models", "/embeddings"],
        Provider::Gemini => return Cow::Borrowed(path),
    };
    if calls.iter().any(|call| is_under(path, call)) {
        return Cow::Owned(format!("/v1{path}"));
    }
    Cow::Borrowed(path)
}

/// A path without the key in its query, which Gemini's clients may send there.
fn without_key(path: Cow<'_, str>) -> Cow<'_, str> {
    let Some((before, query)) = path.split_once('?') else {
        return path;
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("key="))
        .collect();
    if kept.is_empty() {
        return Cow::Owned(before.to_owned());
    }
    Cow::Owned(format!("{before}?{}", kept.join("&")))
}

fn names(config: &Config) -> String {
    let names = config.upstreams.keys().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
