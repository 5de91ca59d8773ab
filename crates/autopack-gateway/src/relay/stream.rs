//! Replies that come as events: each piece is handed on as it comes, and read on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use autopack_provider::{ProviderError, RawBody};
use autopack_wire::{Reply, StreamReader, UsageFilter, WireError};
use axum::body::Body;
use bytes::Bytes;
use http::{Response, response};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{Progress, has_events, is_plain, respond};
use crate::call::{Ending, OpenRow};
use crate::decide::What;

/// Hands a stream on.
pub(super) fn hand_on(
    row: OpenRow,
    progress: &Progress,
    head: response::Parts,
    body: RawBody,
) -> Response<Body> {
    let call = Arc::clone(row.call());
    let is_read = has_events(&head) && is_plain(&head) && head.status.is_success();
    let relayed = Relayed {
        body,
        reading: is_read.then(|| StreamReader::without_text(call.dialect)),
        row: Some(row),
        filter: (is_read && progress.asks_usage).then(UsageFilter::default),
        broken: None,
        is_ours: progress.ladder.of_ours().is_some(),
    };
    respond(&call, progress, head, Body::new(relayed))
}

/// A stream on its way to the client. Dropped before its end, it hangs up on the provider, and its row
/// says that it was cancelled.
struct Relayed {
    body: RawBody,
    /// The reader; `None` where the stream cannot be read, or turned out not to be.
    reading: Option<StreamReader>,
    row: Option<OpenRow>,
    /// What takes the usage out again that was asked for in the client's place.
    filter: Option<UsageFilter>,
    /// Why the stream ends here, once the client has all that came before.
    broken: Option<ProviderError>,
    /// Whether the ceiling is ours.
    is_ours: bool,
}

impl Relayed {
    fn read(&mut self, piece: &[u8]) {
        let Some(reader) = &mut self.reading else {
            return;
        };
        if let Err(error) = reader.push(piece) {
            let so_far = reader.so_far().clone();
            self.end(&so_far, Some(word_of(&error)));
            self.reading = None;
        }
    }

    /// What of a piece the client may have.
    fn filtered(&mut self, piece: Bytes) -> Option<Bytes> {
        let Some(filter) = &mut self.filter else {
            return Some(piece);
        };
        let mut passed = Vec::with_capacity(piece.len());
        filter.push(&piece, &mut passed);
        (!passed.is_empty()).then(|| passed.into())
    }

    /// What was held back to the end.
    fn rest(&mut self) -> Option<Bytes> {
        let mut passed = Vec::new();
        self.filter.take()?.finish(&mut passed);
        (!passed.is_empty()).then(|| passed.into())
    }

    /// The stream is over, `failure` says why where that is no good end.
    fn finish(&mut self, failure: Option<&'static str>) {
        let Some(reader) = self.reading.take() else {
            if let Some(row) = self.row.take() {
                row.close(
                    Ending::failed(failure.unwrap_or("unreadable")),
                    What::Nothing,
                );
            }
            return;
        };
        let so_far = reader.so_far().clone();
        let failure = failure.or_else(|| reader.finish().err().map(|error| word_of(&error)));
        self.end(&so_far, failure);
    }

    fn end(&mut self, reply: &Reply, failure: Option<&'static str>) {
        let Some(row) = self.row.take() else { return };
        let call = Arc::clone(row.call());
        let mut ending = Ending::of(reply, row.sent(), call.asked.is_single);
        // Streams of all dialects say in the end why they end.
        let is_cut_short = reply.stop.native.is_none();
        if let Some(word) = failure.or(is_cut_short.then_some("interrupted")) {
            ending = ending.with_failure(word);
        }
        let what = call.taught(row.sent(), 0, &ending);
        if self.is_ours && ending.truncation.is_some() {
            call.gateway.metrics.streams_cut.inc();
        }
        row.close(ending, what);
    }
}

impl Drop for Relayed {
    /// Some clients leave once they have read why the stream ends. Nothing is missing then.
    fn drop(&mut self) {
        let is_over = |reader: &StreamReader| reader.so_far().stop.native.is_some();
        if self.reading.as_ref().is_some_and(is_over) {
            self.finish(None);
        }
    }
}

impl HttpBody for Relayed {
    type Data = Bytes;
    type Error = ProviderError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ProviderError>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) => {
                        self.read(&piece);
                        // All of it may be held back.
                        if let Some(piece) = self.filtered(piece) {
                            return Poll::Ready(Some(Ok(Frame::data(piece))));
                        }
                    }
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => {
                    self.finish(Some(error.kind().as_str()));
                    // What was held back has come, and goes before.
                    let Some(rest) = self.rest() else {
                        return Poll::Ready(Some(Err(error)));
                    };
                    self.broken = Some(error);
                    return Poll::Ready(Some(Ok(Frame::data(rest))));
                }
                None => {
                    self.finish(None);
                    return Poll::Ready(self.rest().map(|rest| Ok(Frame::data(rest))));
                }
            }
        }
    }
}

/// The word for what is wrong with a stream.
const fn word_of(error: &WireError) -> &'static str {
    match error {
        WireError::InStream(_) => "unavailable",
        _ => "unreadable",
    }
}

/// A body of which the beginning was read already.
pub(super) struct Resumed {
    first: Option<Bytes>,
    rest: RawBody,
}

impl Resumed {
    pub(super) const fn new(first: Bytes, rest: RawBody) -> Self {
        Self {
            first: Some(first),
            rest,
        }
    }
}

impl HttpBody for Resumed {
    type Data = Bytes;
    type Error = ProviderError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ProviderError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        Pin::new(&mut self.rest).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
