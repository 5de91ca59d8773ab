//! What the path of a call says before its body is read: the dialect; and with those who put them there, the
//! model and how the reply comes.
//!
//! Sources: the API pages of the dialects; for Azure learn.microsoft.com, Azure OpenAI reference (`deployments`);
//! for Bedrock docs.aws.amazon.com, `InvokeModel` and "Anthropic Claude Messages API" (all 2026-11).

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::gemini::path::{GeminiCall, GeminiReply, unescape};

/// What the path of a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPath<'a> {
    /// What is spoken.
    pub dialect: Dialect,
    /// The model, with percent-escapes undone, where the path names it: Gemini's, an Azure deployment, a model of
    /// Anthropic's on Bedrock.
    pub model: Option<Cow<'a, str>>,
    /// How the reply comes.
    pub reply: ReplyForm,
}

/// How the reply to a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplyForm {
    /// As the body asks for.
    Asked,
    /// Whole.
    Whole,
    /// As a stream of events, which is what [`StreamReader`](crate::StreamReader) reads.
    Events,
    /// As one JSON array that grows.
    Array,
    /// In the binary frames of Amazon's event streams, which nothing here reads.
    Framed,
}

impl<'a> CallPath<'a> {
    /// Reads the path of a call for a reply, from whatever base, with or without a query. `None` for any other
    /// path.
    #[must_use]
    pub fn of(path_and_query: &'a str) -> Option<Self> {
        let (path, _) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let asked = |dialect| Self {
            dialect,
            model: None,
            reply: ReplyForm::Asked,
        };
        if let Some(before) = path.strip_suffix("/chat/completions") {
            return Some(Self {
                model: deployment(before),
                ..asked(Dialect::OpenAiChat)
            });
        }
        if path.ends_with("/v1/messages") {
            return Some(asked(Dialect::AnthropicMessages));
        }
        if path.ends_with("/responses") {
            return Some(asked(Dialect::OpenAiResponses));
        }
        Self::of_bedrock(path).or_else(|| Self::of_gemini(path_and_query))
    }

    /// `…/model/{model}/invoke`. Other makers' models have bodies of their own; what a profile without a name
    /// (an ARN) stands for nobody can tell.
    fn of_bedrock(path: &'a str) -> Option<Self> {
        let (before, method) = path.rsplit_once('/')?;
        let reply = match method {
            "invoke" => ReplyForm::Whole,
            "invoke-with-response-stream" => ReplyForm::Framed,
            _ => return None,
        };
        let (before, model) = before.rsplit_once('/')?;
        let model = unescape(model)?;
        let is_claude = before.ends_with("/model") && anthropic_model(&model).is_some();
        is_claude.then_some(Self {
            dialect: Dialect::AnthropicMessages,
            model: Some(model),
            reply,
        })
    }

    fn of_gemini(path_and_query: &'a str) -> Option<Self> {
        let GeminiCall { model, reply } = GeminiCall::of(path_and_query)?;
        Some(Self {
            dialect: Dialect::GeminiGenerateContent,
            model: Some(model),
            reply: match reply {
                GeminiReply::Whole => ReplyForm::Whole,
                GeminiReply::Events => ReplyForm::Events,
                GeminiReply::Array => ReplyForm::Array,
            },
        })
    }

    /// What the maker calls a model of this name: `claude-…` of what Bedrock calls `eu.anthropic.claude-…`.
    #[must_use]
    pub fn makers_name(model: &str) -> &str {
        anthropic_model(model).unwrap_or(model)
    }
}

/// The deployment in `…/deployments/{deployment}`.
fn deployment(path: &str) -> Option<Cow<'_, str>> {
    let (before, name) = path.rsplit_once('/')?;
    let is_named = before.ends_with("/deployments") && !name.is_empty();
    is_named.then(|| unescape(name)).flatten()
}

/// The maker's name in `anthropic.{name}`, which may have a region before it.
fn anthropic_model(model: &str) -> Option<&str> {
    let (region, name) = model.split_once("anthropic.")?;
    let is_region = region.is_empty() || region.ends_with('.') && !region.contains([':', '/']);
    (is_region && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str) -> Option<String> {
        let call = CallPath::of(path)?;
        let model = call.model.as_deref().unwrap_or("-");
        Some(format!("{} {model} {:?}", call.dialect, call.reply))
    }

    #[test]
    fn calls_are_told_from_other_paths() {
        for (path, expected) in [
            ("/v1/messages?beta=true", "anthropic-messages - Asked"),
            ("/x/v1/responses", "openai-responses - Asked"),
            ("/v1/chat/completions", "openai-chat - Asked"),
            (
                "/openai/deployments/my-gpt%205/chat/completions?api-version=2024-10-21",
                "openai-chat my-gpt 5 Asked",
            ),
            (
                "/openai/deployments/d/extensions/chat/completions",
                "openai-chat - Asked",
            ),
            (
                "/model/anthropic.claude-opus-4-6-v1/invoke",
                "anthropic-messages anthropic.claude-opus-4-6-v1 Whole",
            ),
            (
                "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke",
                "anthropic-messages us.anthropic.claude-sonnet-4-5-20250929-v1:0 Whole",
            ),
            (
                "/model/global.anthropic.claude-haiku-4-5/invoke-with-response-stream",
                "anthropic-messages global.anthropic.claude-haiku-4-5 Framed",
            ),
            (
                "/v1beta/models/g:streamGenerateContent?alt=sse",
                "gemini g Events",
            ),
            ("/v1beta/models/g:streamGenerateContent", "gemini g Array"),
        ] {
            assert_eq!(said(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "",
            "/",
            "/v1/messages/count_tokens",
            "/model/amazon.nova-pro-v1%3A0/invoke",
            "/model/anthropic./invoke",
            "/model/notanthropic.claude/invoke",
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fanthropic.x/invoke",
            "/model/anthropic.claude-opus-4-6%FF/invoke",
            "/model/anthropic.claude-opus-4-6/converse",
            "/models/anthropic.claude-opus-4-6/invoke",
            "/v1beta/models/g:countTokens",
        ] {
            assert_eq!(said(path), None, "{path}");
        }
    }

    #[test]
    fn a_model_is_known_by_its_makers_name() {
        for (model, expected) in [
            (
                "eu.anthropic.claude-sonnet-4-5-v1:0",
                "claude-sonnet-4-5-v1:0",
            ),
            ("anthropic.claude-opus-4-6", "claude-opus-4-6"),
            ("claude-opus-4-6", "claude-opus-4-6"),
            ("gpt-5", "gpt-5"),
        ] {
            assert_eq!(CallPath::makers_name(model), expected);
        }
    }
}
