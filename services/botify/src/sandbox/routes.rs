//! The paths of the API and who may walk them.
use std::{sync::Arc, time::Instant};

use axum::{
    Json, Router,
    extract::{OriginalUri, Path, Query, Request, State},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    answer::{Refusal, Wanted},
    bql, fields,
    limit::{Limit, Seen},
    site::{self, Site},
};

const FRONT_PAGE: &str = "This is the sandbox of Botiferrous: a stand-in for the Botify API with a made-up site.\n\
    Its API begins at /v1; the token is `sandbox`, the owner demo-org, a project garden-shop.\n";

type Answer = Result<Json<Value>, Refusal>;
type Page = Query<Wanted>;

#[derive(Debug)]
struct Sandbox {
    site: Site,
    seen: Seen,
    limit: Limit,
}

/// What a listing may be narrowed by.
#[derive(Deserialize)]
struct Narrowed {
    name: Option<String>,
    only_success: Option<String>,
}

/// Returns the sandbox as a router, with a memory of its own.
pub fn router(limit: Limit) -> Router {
    let sandbox = Arc::new(Sandbox {
        site: Site::default(),
        seen: Seen::default(),
        limit,
    });
    let api = Router::new()
        .route("/authentication/profile", get(profile))
        .route("/projects/{user}", get(projects))
        .route("/users/{user}/projects", get(projects))
        .route("/analyses/{user}/{project}/light", get(analyses))
        .route("/analyses/{user}/{project}/{analysis}", get(analysis))
        .route("/projects/{user}/{project}/collections", get(collections))
        .route(
            "/projects/{user}/{project}/collections/{collection}",
            get(collection),
        )
        .route("/projects/{user}/{project}/query", post(query))
        .fallback(async || Refusal::no_such_path())
        .layer(middleware::from_fn_with_state(Arc::clone(&sandbox), guard))
        .with_state(sandbox);
    Router::new()
        .route("/", get(async || FRONT_PAGE))
        .nest("/v1", api)
}

async fn guard(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let token = token(request.headers()).ok_or_else(Refusal::not_authorised)?;
    if sandbox.limit == Limit::Botify && !sandbox.seen.allows(token, Instant::now()) {
        return Err(Refusal::too_many_requests());
    }
    Ok(next.run(request).await)
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = header.strip_prefix("Token ")?;
    (token == "sandbox" || token.starts_with("demo-")).then_some(token)
}

/// Returns the absolute address that was asked for.
fn here(headers: &HeaderMap, uri: &OriginalUri) -> Result<Url, Refusal> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("http://{}{path}", host.unwrap_or("localhost"))
        .parse()
        .map_err(|_| Refusal::bad_request("the Host header is no host"))
}

async fn profile() -> Json<Value> {
    Json(json!({"data": {"username": site::USER, "first_name": "Demo", "is_active": true}}))
}

async fn projects(
    Path(user): Path<String>,
    Query(wanted): Page,
    Query(narrowed): Query<Narrowed>,
    headers: HeaderMap,
    uri: OriginalUri,
) -> Answer {
    let name = narrowed.name.unwrap_or_default();
    let found = site::projects(&user)?.iter().map(site::Project::json);
    let found = found.filter(|project| project["name"].as_str().is_some_and(|n| n.contains(&name)));
    let page = wanted.of_listing();
    Ok(Json(page.envelope(&here(&headers, &uri)?, found.collect())))
}

async fn analyses(
    Path((user, project)): Path<(String, String)>,
    Query(wanted): Page,
    Query(narrowed): Query<Narrowed>,
    headers: HeaderMap,
    uri: OriginalUri,
) -> Answer {
    let all = narrowed.only_success.as_deref() == Some("false");
    let found = site::project(&user, &project)?.analyses.iter();
    let found = found.filter(|analysis| all || analysis.is_success());
    let found = found.map(site::Analysis::json).collect();
    Ok(Json(
        wanted.of_listing().envelope(&here(&headers, &uri)?, found),
    ))
}

async fn analysis(Path((user, project, analysis)): Path<(String, String, String)>) -> Answer {
    let analysis = site::project(&user, &project)?.analysis(&analysis)?;
    Ok(Json(analysis.json()))
}

async fn collections(Path((user, project)): Path<(String, String)>) -> Answer {
    let analyses = site::project(&user, &project)?.analyses.iter();
    let found = analyses.filter(|analysis| analysis.is_success()).map(|analysis| {
        let (id, date) = (analysis.collection(), analysis.day());
        json!({"id": id, "name": format!("Crawl of {date}"), "date": date, "timestamped": false})
    });
    Ok(Json(found.collect()))
}

async fn collection(Path((user, project, collection)): Path<(String, String, String)>) -> Answer {
    let project = site::project(&user, &project)?;
    let slug = collection.strip_prefix("crawl.").unwrap_or(&collection);
    project.analysis(slug)?;
    let fields: Vec<Value> = fields::all(project.segmented)
        .map(|field| field.json(&collection))
        .chain([bql::count_field(&collection)])
        .collect();
    let dataset = json!({"id": collection, "name": "Crawl", "fields": fields});
    Ok(Json(json!({"datasets": [dataset], "metadata": {}})))
}

async fn query(
    State(sandbox): State<Arc<Sandbox>>,
    Path((user, project)): Path<(String, String)>,
    Query(wanted): Page,
    headers: HeaderMap,
    uri: OriginalUri,
    body: String,
) -> Answer {
    let project = site::project(&user, &project)?;
    let page = wanted.of_query()?;
    let body: Value = serde_json::from_str(&body)
        .map_err(|e| Refusal::bad_request(format!("the body is no JSON: {e}")))?;
    let analysis = bql::analysis(project, &body)?;
    let crawl = sandbox.site.crawl(project, analysis);
    let query = bql::Query::read(project.segmented, &analysis.collection(), &body)?;
    let rows = query.run(&crawl);
    Ok(Json(page.envelope(&here(&headers, &uri)?, rows)))
}
