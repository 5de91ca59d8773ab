//! Measures a prompt: how much text it holds and how many media, in whatever form the dialect packs
//! them.

use crate::json::{Fault, Scanner, Text};

/// What of a prompt is measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prompt {
    /// In bytes, with escapes undone.
    pub(crate) text_bytes: usize,
    pub(crate) n_media: usize,
}

/// How a dialect marks a part that is no text: by its `type`, or by the name it stands under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Media {
    pub(crate) types: &'static [&'static [u8]],
    pub(crate) names: &'static [&'static [u8]],
}

/// What a text in a prompt is, by the name it stands under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Under {
    /// Text for the model. A name that nobody knows is one of these: what a tool was given, say.
    Text,
    /// The kind of a part.
    Type,
    /// An identifier, a role, or the data of an image.
    Other,
}

impl Under {
    fn name(name: &[u8]) -> Self {
        match name {
            b"type" => Self::Type,
            b"role" | b"id" | b"status" | b"name" | b"data" | b"url" | b"image_url"
            | b"file_url" | b"file_data" | b"file_id" | b"filename" | b"detail" | b"format"
            | b"tool_use_id" | b"tool_call_id" | b"call_id" | b"media_type" | b"mime_type"
            | b"mimeType" | b"file_uri" | b"fileUri" | b"signature" | b"thought_signature"
            | b"thoughtSignature" | b"encrypted_content" | b"cache_control" | b"ttl" => Self::Other,
            _ => Self::Text,
        }
    }
}

impl Prompt {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            text_bytes: self.text_bytes + other.text_bytes,
            n_media: self.n_media + other.n_media,
        }
    }

    /// Measures the value that stands under `name`, and what lies in it.
    pub(crate) fn measure(
        &mut self,
        scanner: &mut Scanner<'_>,
        name: &[u8],
        media: Media,
    ) -> Result<(), Fault> {
        let mut under = Under::name(name);
        match scanner.peek()? {
            b'"' => {
                if let Some(text) = scanner.text()? {
                    self.text(text, under, media);
                }
            }
            b'{' | b'[' => scanner.nested(|text, is_name| {
                if is_name {
                    under = Under::name(text.raw());
                    self.n_media += usize::from(media.names.contains(&text.raw()));
                } else {
                    self.text(text, under, media);
                }
            })?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    }

    fn text(&mut self, text: Text<'_>, under: Under, media: Media) {
        match under {
            Under::Text => self.text_bytes += text.decoded_bytes(),
            Under::Type => self.n_media += usize::from(media.types.contains(&text.raw())),
            Under::Other => {}
        }
    }
}
