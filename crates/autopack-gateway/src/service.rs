//! One request of a client, from its first byte to the reply.

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{CallPath, Dialect, Footprint, ReplyForm, RequestFacts};
use axum::body::Body;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::admission::Prediction;
use crate::call::{Asked, Call};
use crate::config::{Config, Upstream};
use crate::decide::{Decision, GroupKey, Question, effort, thinking_budget};
use crate::error::{GatewayError, RequestId};
use crate::gateway::Gateway;
use crate::headers::{Labels, make_outgoing};
use crate::keys::{VirtualKey, presented};
use crate::lookout::Event;
use crate::metrics::FailedOpen;
use crate::relay::{self, Outgoing};
use crate::route::{Kind, Route, provider_of};

/// The largest body of a call that is read, in bytes: 32 MiB, what the Messages API takes
/// (platform.claude.com/docs/en/api/errors, "Request size limits"). Used for every dialect.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// How long the body of a call may take to come: at two minutes, the largest comes at 280 KB a second.
const BODY_DEADLINE: Duration = Duration::from_secs(120);

/// Answers a request of a client.
pub(crate) async fn answer(gateway: Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    gateway.lookout.event(Event::Call);
    let id = RequestId::new();
    let provider = provider_of(request.uri().path(), request.headers());
    let config = gateway.config();
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    let route = Route::of(&config, request.method(), &path, request.headers());
    let provider = route.as_ref().map_or(provider, Route::provider);
    let entered = match route {
        // Its head came while the gateway had begun to end.
        Ok(_) if gateway.is_draining() => Err(GatewayError::Draining),
        route => route.and_then(|route| enter(&config, route, &request)),
    };
    let answered = match entered {
        Ok((route, key)) => match route.kind {
            Kind::Generation(dialect) => {
                let arrived = Arrived {
                    gateway: Arc::clone(&gateway),
                    config,
                    key,
                    dialect,
                    id,
                    started: Instant::now(),
                };
                arrived.generate(route, request).await
            }
            Kind::Unread(_) => {
                gateway.metrics.failed_open(FailedOpen::Unread);
                relay::pass(&gateway, &config, &route, request).await
            }
            Kind::Other => relay::pass(&gateway, &config, &route, request).await,
        },
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| {
        tracing::info!(%id, %error, "answered by the gateway itself");
        let answer = error.answer(provider, id);
        gateway.metrics.answered(answer.status());
        answer
    })
}

/// Sees whether the client may go there.
fn enter<'p>(
    config: &Config,
    route: Route<'p>,
    request: &Request<Incoming>,
) -> Result<(Route<'p>, Option<Arc<VirtualKey>>), GatewayError> {
    let shown = || presented(request.headers(), request.uri());
    let key = config.keys.admit(shown, route.upstream.name())?;
    if let Some(key) = &key
        && !matches!(route.kind, Kind::Generation(_))
    {
        key.open_other(request.method(), &route.path)?;
    }
    Ok((route, key))
}

/// A call that has arrived.
struct Arrived {
    gateway: Arc<Gateway>,
    config: Arc<Config>,
    key: Option<Arc<VirtualKey>>,
    dialect: Dialect,
    id: RequestId,
    started: Instant,
}

impl Arrived {
    async fn generate(
        self,
        route: Route<'_>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, GatewayError> {
        let Route { upstream, path, .. } = route;
        let (mut head, body) = request.into_parts();
        let mut labels = Labels::read(&head.headers)?;
        let body = whole_body(body).await?;
        let said = CallPath::of(&path);
        let named = said.as_ref().and_then(|said| said.model.as_deref());
        if let Some(key) = &self.key {
            key.open_call(named, &body)?;
            labels.mode = labels.mode.or(key.mode);
        }
        let is_signed = is_signed(&head.headers);
        make_outgoing(&mut head.headers, &upstream, true);
        // A path that names the model is the client's own.
        let is_own = self.dialect == upstream.endpoint.dialect() && named.is_none();
        let address = upstream
            .endpoint
            .forwarded(&path, is_own)
            .map_err(|_| GatewayError::BadAddress)?;
        let said = Said {
            model: named,
            reply: said.as_ref().map_or(ReplyForm::Asked, |said| said.reply),
            is_signed,
        };
        let call = self.decide(upstream, labels, said, &body);
        call.gateway.metrics.decided(&call);
        let outgoing = Outgoing {
            address,
            headers: head.headers,
            body,
        };
        relay::send(call, outgoing).await
    }

    /// Reads the request and decides. What cannot be read goes through as it came: the provider will say
    /// what is wrong with it.
    fn decide(
        self,
        upstream: Arc<Upstream>,
        labels: Labels,
        said: Said<'_>,
        body: &[u8],
    ) -> Arc<Call> {
        let (asked, parameter, decision) = match self.dialect.read_request(body) {
            Ok(facts) => self.decided(&upstream, &labels, said, &facts),
            Err(error) => {
                tracing::debug!(id = %self.id, %error, "request goes through unread");
                self.gateway.metrics.failed_open(FailedOpen::Unread);
                let mode = self.config.modes.of(labels.mode, None, upstream.name());
                let parameter = self.dialect.own_ceiling(CeilingParameter::MaxTokens);
                let asked = Asked {
                    prediction: Prediction::of_bytes(body.len()),
                    ..Asked::default()
                };
                (asked, parameter, Decision::passed(mode))
            }
        };
        Arc::new(Call {
            gateway: self.gateway,
            config: self.config,
            upstream,
            dialect: self.dialect,
            labels,
            asked,
            parameter,
            decision,
            id: self.id,
            started: self.started,
        })
    }

    fn decided(
        &self,
        upstream: &Upstream,
        labels: &Labels,
        said: Said<'_>,
        facts: &RequestFacts<'_>,
    ) -> (Asked, CeilingParameter, Decision) {
        let model = said.model.or(facts.model.as_deref());
        let known = model.map(|model| Known::of(self, upstream, model));
        let is_stream = facts.stream || matches!(said.reply, ReplyForm::Events | ReplyForm::Array);
        let asked = Asked {
            model: model.map(str::to_owned),
            thinking_budget: thinking_budget(facts),
            effort: Some(effort(facts).to_owned()),
            prediction: Prediction::of(&facts.sizes, facts.n_candidates),
            limit: known.as_ref().and_then(|known| known.limit),
            listed_limit: known.as_ref().and_then(|known| known.listed_limit),
            is_stream,
            is_single: facts.n_candidates.is_none_or(|n| n == 1),
            wants_usage: is_stream
                && self.dialect == Dialect::OpenAiChat
                && !facts.include_usage
                && !said.is_signed,
        };
        let rules = &self.config.modes;
        let group = model.filter(|_| asked.is_single).map(|model| {
            let key = GroupKey::of(upstream.name(), model, labels, facts);
            self.gateway.learning.group(key, upstream.aim.target)
        });
        let question = Question {
            mode: rules.of(labels.mode, labels.group.as_deref(), upstream.name()),
            requested: facts.ceiling,
            limit: asked.limit,
            thinking_budget: asked.thinking_budget,
            may_lower: facts.footprint == Footprint::Nothing
                && !said.is_signed
                // Of an array that grows nobody reads how it ends.
                && (!is_stream || rules.streams && said.reply != ReplyForm::Array),
        };
        let named = known.map_or(CeilingParameter::MaxTokens, |known| known.parameter);
        let parameter = facts.ceiling_parameter.unwrap_or(named);
        (asked, parameter, Decision::of(&question, group))
    }
}

/// What head and path of a request say.
#[derive(Clone, Copy)]
struct Said<'a> {
    /// The model, where the path names it.
    model: Option<&'a str>,
    reply: ReplyForm,
    /// Whether the body is signed, so that no byte of it may change.
    is_signed: bool,
}

/// Whether a request carries Amazon's signature, which covers its body.
fn is_signed(headers: &HeaderMap) -> bool {
    let authorization = headers.get(AUTHORIZATION);
    authorization.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"))
}

/// What is known of a model.
struct Known {
    limit: Option<Tokens>,
    /// The same as the catalogue has it.
    listed_limit: Option<Tokens>,
    parameter: CeilingParameter,
}

impl Known {
    /// Of a model that nobody lists the limit is a guess, which must cut nothing off; on a server that is
    /// no vendor's it calls its ceiling by the name that all have understood first. What a refusal has taught
    /// goes before all that.
    fn of(arrived: &Arrived, upstream: &Upstream, model: &str) -> Self {
        let dialect = arrived.dialect;
        let name = CallPath::makers_name(model);
        let found = arrived.config.catalogue.find(dialect.provider(), name);
        let learned = &arrived.gateway.limits;
        let learned = learned.of(|| upstream.endpoint.route(), model);
        let is_listed = found.known || upstream.is_vendor;
        let listed = is_listed.then_some(found.entry.ceiling_parameter);
        let parameter = learned.parameter.or(upstream.ceiling_parameter).or(listed);
        let listed_limit = found.known.then_some(found.entry.max_output_tokens);
        Self {
            limit: listed_limit.into_iter().chain(learned.limit).min(),
            listed_limit,
            parameter: dialect.own_ceiling(parameter.unwrap_or(CeilingParameter::MaxTokens)),
        }
    }
}

async fn whole_body(body: Incoming) -> Result<Bytes, GatewayError> {
    let limit = MAX_BODY_BYTES;
    if body.size_hint().lower() > limit as u64 {
        return Err(GatewayError::TooLarge { limit });
    }
    let reading = Limited::new(body, limit).collect();
    match tokio::time::timeout(BODY_DEADLINE, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(GatewayError::TooLarge { limit }),
        Ok(Err(_)) => Err(GatewayError::CutShort),
        Err(_) => Err(GatewayError::TooSlow {
            seconds: BODY_DEADLINE.as_secs(),
        }),
    }
}
