//! Where requests come in. What is the gateway's own goes through its router; calls go straight to their
//! service, past a router that knows none of their paths (what that spares: `bench/README.md`).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use tower::ServiceExt as _;

use crate::gateway::{Gateway, is_own};
use crate::service;

/// What answers the requests of a connection.
#[derive(Debug)]
pub(crate) struct Front {
    gateway: Arc<Gateway>,
    own: Router,
}

impl Front {
    pub(crate) fn of(gateway: &Arc<Gateway>) -> Self {
        Self {
            gateway: Arc::clone(gateway),
            own: gateway.router(),
        }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        if is_own(request.uri().path()) {
            let own = self.own.clone();
            return Box::pin(own.oneshot(request.map(Body::new)));
        }
        let gateway = Arc::clone(&self.gateway);
        Box::pin(async move { Ok(service::answer(gateway, request).await) })
    }
}
