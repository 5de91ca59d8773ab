//! Keys of upstreams, from the environment.

use anyhow::Context as _;
use autopack_core::Provider;
use autopack_provider::ApiKey;

use super::environment::Environment;

/// A key and the variable it came from.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) key: ApiKey,
    pub(crate) variable: String,
}

/// The variables that may hold a provider's key; the first that is set counts.
pub(crate) const fn key_variables(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Anthropic => &["ANTHROPIC_API_KEY"],
        Provider::OpenAi => &["OPENAI_API_KEY"],
        Provider::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    }
}

/// The key in the first of these variables that is set.
pub(super) fn first_key<'a>(
    variables: impl IntoIterator<Item = &'a str>,
    environment: &Environment,
) -> anyhow::Result<Option<Key>> {
    for variable in variables {
        if let Some(text) = environment.get(variable)? {
            let key = ApiKey::new(&text).with_context(|| format!("environment {variable}"))?;
            let variable = variable.to_owned();
            return Ok(Some(Key { key, variable }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn key_of(provider: Provider, environment: &Environment) -> anyhow::Result<Option<Key>> {
        first_key(key_variables(provider).iter().copied(), environment)
    }

    #[test]
    fn gemini_has_two_names_and_the_first_counts() {
        let both = Environment::Of(HashMap::from([
            ("GOOGLE_API_KEY", "second".to_owned()),
            ("GEMINI_API_KEY", "first".to_owned()),
        ]));
        let key = key_of(Provider::Gemini, &both)
            .expect("readable")
            .expect("set");
        assert_eq!(key.variable, "GEMINI_API_KEY");
        let blank = Environment::Of(HashMap::from([("OPENAI_API_KEY", "  ".to_owned())]));
        assert!(
            key_of(Provider::OpenAi, &blank)
                .expect("readable")
                .is_none()
        );
        let bad = Environment::Of(HashMap::from([(
            "OPENAI_API_KEY",
            "sk two words".to_owned(),
        )]));
        let error = format!("{:#}", key_of(Provider::OpenAi, &bad).expect_err("no key"));
        assert!(
            error.starts_with("environment OPENAI_API_KEY: the key has a character"),
            "{error}"
        );
        assert!(!error.contains("two"), "{error}");
    }
}
