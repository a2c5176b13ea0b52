//! The OpenAPI document of the operations.
//!
//! Its frame is made with `utoipa`; the schemas are put in as they are, the same that agents are told and that
//! arguments are held to.

use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApiBuilder, Paths, Ref, Required, ResponseBuilder,
};

use super::super::refusal::{PROBLEM_JSON, ProblemDocument};
use super::operation::AnyOperation;
use crate::schema;

/// Name of the one way to show a token.
const TOKEN: &str = "token";
/// Name of the schema of problems.
const PROBLEM: &str = "Problem";
const JSON: &str = "application/json";

/// The document of these operations.
pub(super) fn document(operations: &[AnyOperation]) -> Value {
    let mut paths = Paths::new();
    for operation in operations {
        paths.add_path_operation(operation.path, vec![method(operation)], described(operation));
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A token that the operator made with `mg token create`: a viewer reads, an editor also acts.",
    ));
    let components = ComponentsBuilder::new().security_scheme(TOKEN, SecurityScheme::Http(token.build()));
    let info = InfoBuilder::new()
        .title("mg-platform")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("DAGs, runs, their logs and schedules, for programs. Errors are problems of RFC 9457 with a stable code."));
    let document = OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new(TOKEN, Vec::<String>::new())]))
        .build();
    let mut document = serde_json::to_value(document).expect("a document of plain data");
    document["components"]["schemas"] = Value::Object(schemas(operations));
    for operation in operations {
        put_schemas(
            &mut document["paths"][operation.path][operation.method.as_str().to_lowercase()],
            operation,
        );
    }
    document
}

/// Every schema that has a name: the answers', and the problem's.
fn schemas(operations: &[AnyOperation]) -> Map<String, Value> {
    let answered = operations.iter().filter_map(|operation| operation.answered.as_ref());
    let answers = answered.map(|(name, schema)| (name.clone(), json!(schema)));
    let problem = (PROBLEM.to_owned(), json!(schema::of_answer::<ProblemDocument>()));
    answers.chain([problem]).collect()
}

fn method(operation: &AnyOperation) -> HttpMethod {
    match operation.method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn described(operation: &AnyOperation) -> utoipa::openapi::path::Operation {
    let mut described = OperationBuilder::new()
        .operation_id(Some(operation.name))
        .tag(operation.path.split('/').nth(3).unwrap_or_default())
        .summary(Some(operation.summary))
        .description(Some(format!("For the role {} and those above it.", operation.role)));
    for (name, place) in places(operation) {
        let (shown, place) = match place {
            Place::Path => (name, ParameterIn::Path),
            Place::Header(header) => (header, ParameterIn::Header),
            Place::Query => (name, ParameterIn::Query),
            Place::Body => continue,
        };
        let needed = if is_required(operation, name) { Required::True } else { Required::False };
        let doc = operation.accepted["properties"][name]["description"].as_str();
        let parameter =
            ParameterBuilder::new().name(shown).parameter_in(place).required(needed).description(doc);
        described = described.parameter(parameter);
    }
    if operation.has_body() {
        let content = ContentBuilder::new().schema(Some(Ref::new("#"))).build();
        let needed = if body(operation)["required"].is_array() { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content(JSON, content).required(Some(needed));
        described = described.request_body(Some(body.build()));
    }
    let mut done = ResponseBuilder::new().description("Done");
    if let Some((name, _)) = &operation.answered {
        done = done.content(JSON, ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).build());
    }
    for media in operation.other_media {
        done = done.content(*media, ContentBuilder::new().build());
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    let refused = ResponseBuilder::new().description("A problem").content(PROBLEM_JSON, problem);
    described.response(operation.status.to_string(), done).response("default", refused).build()
}

/// Where an argument stands.
enum Place {
    Path,
    Header(&'static str),
    Query,
    Body,
}

fn places(operation: &AnyOperation) -> impl Iterator<Item = (&str, Place)> {
    let properties = operation.accepted.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::keys).map(|name| {
        let place = match operation.header_of(name) {
            Some(header) => Place::Header(header),
            None if operation.is_in_path(name) => Place::Path,
            None if operation.has_body() => Place::Body,
            None => Place::Query,
        };
        (name.as_str(), place)
    })
}

fn is_required(operation: &AnyOperation, name: &str) -> bool {
    let required = operation.accepted.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|other| other == name))
}

/// The schema of what stands in the body.
fn body(operation: &AnyOperation) -> Value {
    let mut schema = json!(operation.accepted);
    let elsewhere: Vec<&str> =
        places(operation).filter(|(_, place)| !matches!(place, Place::Body)).map(|(name, _)| name).collect();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| !elsewhere.contains(&name.as_str()));
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| !elsewhere.iter().any(|other| name == other));
        if required.is_empty()
            && let Some(schema) = schema.as_object_mut()
        {
            schema.remove("required");
        }
    }
    schema
}

/// Puts the schemas of an operation's arguments where its description has room for them.
fn put_schemas(described: &mut Value, operation: &AnyOperation) {
    let in_order = places(operation).filter(|(_, place)| !matches!(place, Place::Body)).map(|(name, _)| name);
    let parameters = described["parameters"].as_array_mut().into_iter().flatten();
    for (parameter, name) in parameters.zip(in_order) {
        let mut schema = operation.accepted["properties"][name].clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
        }
        parameter["schema"] = schema;
    }
    if operation.has_body() {
        described["requestBody"]["content"][JSON]["schema"] = body(operation);
    }
}
