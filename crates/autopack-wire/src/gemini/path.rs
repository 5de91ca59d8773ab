//! The path of a Gemini call, which names the model and says whether the reply is a stream.

use std::borrow::Cow;

/// What the path of a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GeminiCall<'a> {
    /// The model, with percent-escapes undone.
    pub(crate) model: Cow<'a, str>,
    /// How the reply comes.
    pub(crate) reply: GeminiReply,
}

/// How the reply to a Gemini call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GeminiReply {
    /// Whole: `generateContent`.
    Whole,
    /// As a stream of events: `streamGenerateContent?alt=sse`, which is what
    /// [`StreamReader`](crate::StreamReader) reads.
    Events,
    /// As one JSON array that grows: `streamGenerateContent` without `alt=sse`.
    Array,
}

impl<'a> GeminiCall<'a> {
    /// Reads `…/models/{model}:generateContent` or `…/models/{model}:streamGenerateContent`, from
    /// whatever base, with or without a query. `None` for any other path.
    pub(crate) fn of(path_and_query: &'a str) -> Option<Self> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let (_, call) = path.rsplit_once("/models/")?;
        let (model, method) = call.rsplit_once(':')?;
        let reply = match method {
            "generateContent" => GeminiReply::Whole,
            "streamGenerateContent" if query.split('&').any(|pair| pair == "alt=sse") => {
                GeminiReply::Events
            }
            "streamGenerateContent" => GeminiReply::Array,
            _ => return None,
        };
        let model = unescape(model)?;
        (!model.is_empty()).then_some(Self { model, reply })
    }
}

/// `segment` with its percent-escapes undone; `None` where they make no UTF-8.
pub(crate) fn unescape(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? << 4 | digit()?).ok()?
        } else {
            byte
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    #[test]
    fn calls_are_told_from_other_paths() {
        for (path, expected) in [
            (
                "/v1beta/models/gemini-2.5-pro:generateContent",
                Some(("gemini-2.5-pro", GeminiReply::Whole)),
            ),
            (
                "/v1beta/models/g:streamGenerateContent?key=k&alt=sse",
                Some(("g", GeminiReply::Events)),
            ),
            (
                "/v1/models/g:streamGenerateContent",
                Some(("g", GeminiReply::Array)),
            ),
            (
                "/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
                Some(("g", GeminiReply::Whole)),
            ),
            (
                "/v1beta/models/a%2Fb%20%C3%A9:generateContent",
                Some(("a/b é", GeminiReply::Whole)),
            ),
            ("/v1beta/models/a%2:generateContent", None),
            ("/v1beta/models/a%FF:generateContent", None),
            ("/v1beta/models/:generateContent", None),
            ("/v1beta/models/g:countTokens", None),
            ("/v1beta/models/g", None),
            ("/v1beta/models", None),
            ("", None),
        ] {
            let call = GeminiCall::of(path);
            let found = call.as_ref().map(|call| (&*call.model, call.reply));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn what_we_write_we_read() {
        let dialect = Dialect::GeminiGenerateContent;
        for (stream, reply) in [(false, GeminiReply::Whole), (true, GeminiReply::Events)] {
            let path = dialect.path("tuned/m é?", stream);
            let call = GeminiCall::of(&path).expect("a call");
            assert_eq!((&*call.model, call.reply), ("tuned/m é?", reply));
        }
    }
}
