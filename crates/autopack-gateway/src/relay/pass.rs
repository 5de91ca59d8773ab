//! What has no ceiling: handed on both ways as it comes, unread and without a row.

use axum::body::Body;
use http::{Request, Response};
use http_body_util::{BodyExt, Either};
use hyper::body::Incoming;

use super::unread;
use crate::config::Config;
use crate::error::GatewayError;
use crate::gateway::Gateway;
use crate::headers::{drop_hop_by_hop, make_outgoing};
use crate::route::Route;

/// Passes a request through.
pub(crate) async fn pass(
    gateway: &Gateway,
    config: &Config,
    route: &Route<'_>,
    request: Request<Incoming>,
) -> Result<Response<Body>, GatewayError> {
    gateway.metrics.passed_through.inc();
    let endpoint = &route.upstream.endpoint;
    let address = endpoint
        .forwarded(&route.path, false)
        .map_err(|_| GatewayError::BadAddress)?;
    let (mut head, body) = request.into_parts();
    make_outgoing(&mut head.headers, &route.upstream, false);
    let mut outgoing = Request::new(Either::Right(body.map_err(Into::into).boxed_unsync()));
    *outgoing.method_mut() = head.method;
    *outgoing.uri_mut() = address;
    *outgoing.headers_mut() = head.headers;
    let end = tokio::time::Instant::now() + config.deadlines.total;
    let response = gateway
        .client
        .send(endpoint, outgoing, &config.deadlines, end)
        .await?;
    let (mut head, body) = response.into_parts();
    drop_hop_by_hop(&mut head.headers);
    Ok(Response::from_parts(head, unread(body)))
}
