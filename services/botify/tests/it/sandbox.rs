//! What a person without an account can do.
use prost_types::{ListValue, Struct, Value, value::Kind};
use proto::botify::{ListAnalysesRequest, QueryRequest, QueryResponse};
use tonic::{Code, Status};

use crate::support::{Service, home, sandbox};

fn text(text: &str) -> Value {
    wire(Kind::StringValue(text.to_owned()))
}

fn list(values: Vec<Value>) -> Value {
    wire(Kind::ListValue(ListValue { values }))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Struct {
    let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v));
    Struct {
        fields: fields.collect(),
    }
}

fn wire(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}

/// Asks for the URLs of at most this depth, and how many times each is linked to.
async fn shallow(service: &mut Service, depth: f64, size: i32) -> Result<QueryResponse, Status> {
    let filters = object([
        ("field", text("crawl.20250115.depth")),
        ("predicate", text("lte")),
        ("value", wire(Kind::NumberValue(depth))),
    ]);
    let metric = object([
        ("function", text("sum")),
        (
            "args",
            list(vec![text("crawl.20250115.inlinks_internal.nb.total")]),
        ),
    ]);
    let query = object([
        ("dimensions", list(vec![text("url")])),
        ("metrics", list(vec![wire(Kind::StructValue(metric))])),
        ("filters", wire(Kind::StructValue(filters))),
        ("sort", list(vec![wire(Kind::NumberValue(0.0))])),
    ]);
    let request = QueryRequest {
        owner: "demo-org".to_owned(),
        project: "garden-shop".to_owned(),
        bql: Some(object([
            ("collections", list(vec![text("crawl.20250115")])),
            ("query", wire(Kind::StructValue(query))),
        ])),
        page: 0,
        size,
    };
    service
        .client
        .query(request)
        .await
        .map(tonic::Response::into_inner)
}

async fn connected(home: &tempfile::TempDir) -> Service {
    let mut service = Service::start(home.path(), &sandbox().await, "http://127.0.0.1:1/v1").await;
    service.connect("sandbox").await.expect("connected");
    service
}

#[tokio::test]
async fn the_token_sandbox_leads_to_the_sandbox_and_others_to_botify() {
    let (home, sandbox) = (home(), sandbox().await);
    let mut service = Service::start(home.path(), "https://api.botify.invalid/v1", &sandbox).await;
    assert!(!service.connection().await.connected);
    assert_eq!(
        service.connection().await.api,
        "https://api.botify.invalid/v1"
    );

    let connection = service.connect(" sandbox ").await.expect("connected");
    assert!(connection.connected && connection.sandbox);
    assert_eq!(connection.username, "demo.visitor");
    assert_eq!(connection.api, sandbox);
    assert_eq!(service.projects("").await.expect("projects").len(), 2);

    let gone = service.disconnect().await;
    assert!(!gone.connected && !gone.sandbox);
}

#[tokio::test]
async fn projects_are_listed_for_the_user_and_for_an_owner() {
    let home = home();
    let mut service = connected(&home).await;
    let mine = service.projects("").await.expect("mine");
    assert_eq!(mine, service.projects("demo-org").await.expect("theirs"));
    assert_eq!(mine[0].owner, "demo-org");
    assert_eq!(
        (mine[0].slug.as_str(), mine[0].name.as_str()),
        ("garden-shop", "Garden Shop")
    );
    let status = service.projects("nobody").await.expect_err("unknown");
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(
        status.message(),
        "Botify does not know it: User not found: nobody"
    );
}

#[tokio::test]
async fn analyses_come_newest_first_and_only_finished_ones() {
    let home = home();
    let mut service = connected(&home).await;
    let request = ListAnalysesRequest {
        owner: "demo-org".to_owned(),
        project: "garden-shop".to_owned(),
    };
    let answer = service
        .client
        .list_analyses(request)
        .await
        .expect("analyses");
    let analyses = answer.into_inner().analyses;
    let slugs: Vec<&str> = analyses.iter().map(|a| a.slug.as_str()).collect();
    assert_eq!(slugs, ["20250315-2", "20250315", "20250215", "20250115"]);
    assert_eq!(analyses[0].urls_done, 3000);
    assert_eq!(analyses[0].status, "success");
}

#[tokio::test]
async fn queries_give_rows_and_say_whether_there_are_more() {
    let home = home();
    let mut service = connected(&home).await;
    let first = shallow(&mut service, 1.0, 5).await.expect("rows");
    assert_eq!(first.rows.len(), 5);
    assert!(first.more);
    let all = shallow(&mut service, 1.0, 0).await.expect("rows");
    assert!(!all.more);
    assert_eq!(all.rows[..5], first.rows[..]);
    let home_page = &all.rows[0];
    let url = home_page.dimensions.clone().expect("dimensions").values;
    assert_eq!(url, [text("https://www.garden-shop.example/")]);
    let inlinks = home_page.metrics.clone().expect("metrics").values[0].clone();
    assert!(matches!(inlinks.kind, Some(Kind::NumberValue(n)) if n > 1000.0));
    assert_eq!(shallow(&mut service, -1.0, 0).await.expect("none").rows, []);
}

#[tokio::test]
async fn what_can_not_be_asked_is_refused_with_the_field_it_bears_on() {
    let home = home();
    let mut service = connected(&home).await;
    let refused = async |request: QueryRequest| {
        let status = service
            .client
            .clone()
            .query(request)
            .await
            .expect_err("refused");
        assert_eq!(status.code(), Code::InvalidArgument);
        proto::status::violations(&status).remove(0).0
    };
    let blank = QueryRequest::default();
    assert_eq!(refused(blank.clone()).await, "bql");
    let bql = Some(Struct::default());
    let request = QueryRequest { bql, ..blank };
    assert_eq!(refused(request.clone()).await, "owner");
    let owner = "../../x".to_owned();
    assert_eq!(
        refused(QueryRequest {
            owner,
            ..request.clone()
        })
        .await,
        "owner"
    );
    let (owner, project) = ("demo-org".to_owned(), "garden-shop".to_owned());
    let request = QueryRequest {
        owner,
        project,
        ..request
    };
    assert_eq!(refused(request).await, "bql");
    let status = shallow(&mut service, 1.0, 2001)
        .await
        .expect_err("too many");
    assert_eq!(proto::status::violations(&status)[0].0, "size");
}

#[tokio::test]
async fn nobody_connected_is_a_precondition_that_failed() {
    let home = home();
    let mut service = Service::start(home.path(), &sandbox().await, "http://127.0.0.1:1/v1").await;
    for status in [
        service.projects("").await.expect_err("nobody"),
        shallow(&mut service, 1.0, 0).await.expect_err("nobody"),
    ] {
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(
            status.message(),
            "not connected to Botify: connect with a token first"
        );
    }
}

#[tokio::test]
async fn many_calls_at_once_stay_within_botifys_limit() {
    let home = home();
    let service = connected(&home).await;
    let calls = (0..8).map(|_| {
        let mut client = service.client.clone();
        async move {
            client
                .list_projects(proto::botify::ListProjectsRequest::default())
                .await
        }
    });
    let start = std::time::Instant::now();
    for answer in futures::future::join_all(calls).await {
        assert_eq!(
            answer
                .expect("within the limit")
                .into_inner()
                .projects
                .len(),
            2
        );
    }
    assert!(
        start.elapsed().as_millis() > 1400,
        "eight calls went out too fast"
    );
}
