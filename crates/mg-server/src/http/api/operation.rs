//! An operation of the interface for programs.

use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{OpContext, Role};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::refusal;
use super::reply::Reply;
use super::request;
use crate::app::App;
use crate::{Problem, argument, schema};

/// One method of one path.
pub(super) trait Operation: Send + Sync + 'static {
    /// What path, query or body, and headers say, together.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// What is answered, where that is JSON.
    type Output: JsonSchema;
    const METHOD: Method;
    /// Its parts in braces are arguments.
    const PATH: &'static str;
    /// Name in the document and in the book of calls.
    const NAME: &'static str;
    /// What it does, in a line.
    const SUMMARY: &'static str;
    /// The least role that may ask for it.
    const ROLE: Role;
    /// The status when all goes well.
    const STATUS: u16 = 200;
    /// Whether it can answer JSON.
    const ANSWERS_JSON: bool = true;
    /// What it can answer besides JSON: media types.
    const OTHER_MEDIA: &'static [&'static str] = &[];
    /// Arguments that headers tell, and the names of those.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];

    fn call(
        ctx: OpContext,
        app: App,
        input: Self::Input,
    ) -> impl Future<Output = Result<Reply, Problem>> + Send;
}

type Call =
    Arc<dyn Fn(OpContext, App, JsonObject) -> BoxFuture<'static, Result<Reply, Problem>> + Send + Sync>;

/// An operation whose types are behind its schemas.
#[derive(Clone)]
pub(in crate::http) struct AnyOperation {
    pub(in crate::http) method: Method,
    pub(in crate::http) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) role: Role,
    pub(super) status: u16,
    pub(super) other_media: &'static [&'static str],
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Schema of all arguments.
    pub(super) accepted: Arc<JsonObject>,
    /// Name and schema of the answer in JSON.
    pub(super) answered: Option<(String, Arc<JsonObject>)>,
    call: Call,
}

impl AnyOperation {
    pub(super) fn of<O: Operation>(_operation: O) -> Self {
        let accepted = schema::of::<O::Input>();
        let schema = Arc::clone(&accepted);
        let call: Call = Arc::new(move |ctx, app, arguments| {
            let schema = Arc::clone(&schema);
            async move {
                let arguments = argument::checked(O::NAME, &schema, arguments)?;
                let input = serde_json::from_value(Value::Object(arguments)).map_err(|error| {
                    let message = format!("The arguments of {} do not fit: {error}.", O::NAME);
                    Problem::new("bad_arguments", message, "/api/v1/openapi.json tells what does.")
                })?;
                O::call(ctx, app, input).await
            }
            .boxed()
        });
        Self {
            method: O::METHOD,
            path: O::PATH,
            name: O::NAME,
            summary: O::SUMMARY,
            role: O::ROLE,
            status: O::STATUS,
            other_media: O::OTHER_MEDIA,
            headers: O::HEADERS,
            accepted,
            answered: O::ANSWERS_JSON
                .then(|| (O::Output::schema_name().into_owned(), schema::of_answer::<O::Output>())),
            call,
        }
    }

    /// Whether the argument stands in the path.
    pub(super) fn is_in_path(&self, argument: &str) -> bool {
        self.path
            .split('/')
            .any(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(argument))
    }

    /// The header that tells the argument.
    pub(super) fn header_of(&self, argument: &str) -> Option<&'static str> {
        self.headers.iter().find(|(name, _)| *name == argument).map(|(_, header)| *header)
    }

    /// Whether arguments that stand neither in the path nor in headers come in a body; else in the query.
    pub(super) fn has_body(&self) -> bool {
        matches!(self.method, Method::POST | Method::PUT | Method::PATCH)
    }

    /// Its route over `app`.
    pub(super) fn route(&self, app: &App) -> MethodRouter {
        let filter = MethodFilter::try_from(self.method.clone()).expect("a method that routers know");
        let (operation, app) = (self.clone(), app.clone());
        on(filter, move |request: Request| {
            let (operation, app) = (operation.clone(), app.clone());
            async move { operation.answer(app, request).await }
        })
    }

    async fn answer(&self, app: App, request: Request) -> Response {
        let Some(ctx) = request.extensions().get::<OpContext>().cloned() else {
            let problem = Problem::new("internal", "The request carries no principal.", "Report it.");
            return refusal::problem(&problem);
        };
        if ctx.principal.role < self.role {
            return self.forbidden(&ctx, &app);
        }
        let headers = request.headers().clone();
        let (arguments, asked) = match request::arguments(self, request).await {
            Ok(arguments) => {
                let asked = serde_json::to_string(&arguments).ok();
                (Ok(arguments), asked)
            }
            Err(problem) => (Err(problem), None),
        };
        let call = match app.calls.begin(&ctx, self.name, asked) {
            Ok(call) => call,
            Err(problem) => return refusal::problem(&problem),
        };
        let outcome = match arguments {
            Ok(arguments) => (self.call)(ctx, app, arguments).await,
            Err(problem) => Err(problem),
        };
        match outcome {
            Ok(reply) => {
                call.succeed(None, reply.size_bytes());
                reply.answer(self.status, &self.method, &headers)
            }
            Err(problem) => {
                call.fail(&problem);
                refusal::problem(&problem)
            }
        }
    }

    /// Recorded, as every call is.
    fn forbidden(&self, ctx: &OpContext, app: &App) -> Response {
        let problem = Problem::new(
            "forbidden",
            format!("{} needs the role {}; this token has {}.", self.name, self.role, ctx.principal.role),
            "Ask the operator for a token of that role.",
        );
        if let Ok(call) = app.calls.begin(ctx, self.name, None) {
            call.fail(&problem);
        }
        refusal::forbidden(ctx.face, &problem, self.role)
    }
}
