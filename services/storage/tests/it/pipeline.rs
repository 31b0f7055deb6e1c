use proto::storage as pb;
use tonic::Code;

use crate::support::{Storage, ok, refused, wrong_fields};

fn new(url: &str, data: &str) -> pb::CreatePipelineRequest {
    pb::CreatePipelineRequest {
        app_name: "hello".to_owned(),
        url: url.to_owned(),
        data: data.to_owned(),
        parent: None,
    }
}

fn change(url: &str, data: &str, revision: i64) -> pb::UpdatePipelineRequest {
    pb::UpdatePipelineRequest {
        app_name: "hello".to_owned(),
        url: url.to_owned(),
        data: data.to_owned(),
        revision: Some(revision),
    }
}

async fn urls(storage: &Storage, page_size: i32) -> Vec<Vec<String>> {
    let mut request = pb::ListPipelinesRequest {
        page_size,
        ..Default::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = ok(storage.pipelines().list_pipelines(request.clone()).await);
        pages.push(page.pipelines.into_iter().map(|row| row.url).collect());
        if page.next_page_token.is_empty() {
            return pages;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn a_record_is_created_once_and_counts_its_changes() {
    let storage = Storage::start().await;
    let created = ok(storage.pipelines().create_pipeline(new("run-01", "")).await);
    let created = created.pipeline.expect("a record");
    assert_eq!((created.data.as_str(), created.revision), ("{}", 1));
    assert_eq!(created.created, created.updated);
    assert_eq!(
        refused(storage.pipelines().create_pipeline(new("run-01", "")).await),
        (
            Code::AlreadyExists,
            "pipeline hello/run-01 is already there".to_owned()
        )
    );

    let update = change("run-01", r#"{"step_01":{}}"#, 1);
    let updated = ok(storage.pipelines().update_pipeline(update.clone()).await);
    assert_eq!(updated.pipeline.expect("a record").revision, 2);
    assert_eq!(
        refused(storage.pipelines().update_pipeline(update).await),
        (
            Code::Aborted,
            "pipeline hello/run-01 was changed meanwhile: its revision is 2, not 1".to_owned()
        )
    );
}

#[tokio::test]
async fn a_record_is_deleted() {
    let storage = Storage::start().await;
    ok(storage.pipelines().create_pipeline(new("x", "{}")).await);
    let key = pb::DeletePipelineRequest {
        app_name: "hello".to_owned(),
        url: "x".to_owned(),
    };
    ok(storage.pipelines().delete_pipeline(key).await);
    let get = pb::GetPipelineRequest {
        app_name: "hello".to_owned(),
        url: "x".to_owned(),
    };
    assert_eq!(
        refused(storage.pipelines().get_pipeline(get).await),
        (Code::NotFound, "no pipeline hello/x".to_owned())
    );
}

#[tokio::test]
async fn records_come_in_pages_the_one_changed_last_first() {
    let storage = Storage::start().await;
    for url in ["a", "b", "c"] {
        ok(storage.pipelines().create_pipeline(new(url, "{}")).await);
    }
    let touched = change("a", r#"{"x":1}"#, 1);
    ok(storage.pipelines().update_pipeline(touched).await);
    assert_eq!(urls(&storage, 2).await, [vec!["a", "c"], vec!["b"]]);
}

#[tokio::test]
async fn a_page_never_outgrows_what_a_receiver_takes() {
    let storage = Storage::start().await;
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(2 << 20));
    for url in ["a", "b", "c"] {
        ok(storage.pipelines().create_pipeline(new(url, &large)).await);
    }
    assert_eq!(urls(&storage, 0).await, [["c"], ["b"], ["a"]]);
}

#[tokio::test]
async fn records_outside_the_rules_are_refused() {
    let storage = Storage::start().await;
    let create = async |url: &str, data: &str| {
        wrong_fields(storage.pipelines().create_pipeline(new(url, data)).await)
    };
    for url in ["", "a/b", "a b", "é", &"a".repeat(101)] {
        assert_eq!(create(url, "{}").await, ["url"], "{url}");
    }
    for data in ["[]", "1", "{", "{}{}", r#"{"a":}"#] {
        assert_eq!(create("x", data).await, ["data"], "{data}");
    }
    let too_large = format!(r#"{{"x":"{}"}}"#, "x".repeat(4 << 20));
    assert_eq!(create("x", &too_large).await, ["data"]);
    let update = pb::UpdatePipelineRequest {
        revision: None,
        ..change("x", "", 1)
    };
    let updated = storage.pipelines().update_pipeline(update).await;
    assert_eq!(wrong_fields(updated), ["data", "revision"]);
    assert_eq!(storage.head().await, 0);
}

#[tokio::test]
async fn four_megabytes_of_data_are_taken() {
    let storage = Storage::start().await;
    let data = format!(r#"{{"x":"{}"}}"#, "x".repeat((4 << 20) - 8));
    assert_eq!(data.len(), 4 << 20);
    let created = storage.pipelines().create_pipeline(new("x", &data)).await;
    assert_eq!(ok(created).pipeline.expect("a record").data, data);
}
