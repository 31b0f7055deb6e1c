use std::time::Duration;

use futures::TryStreamExt as _;
use runtime::{env::Services, tools::Tools};
use serde_json::json;
use tonic::Code;

use crate::support::Storage;

fn tools(storage: &Storage) -> Tools {
    let addr = || storage.addr.clone();
    let services = Services {
        storage: addr(),
        chat: addr(),
        botify: addr(),
        workflow: addr(),
    };
    Tools::new(&services, "model")
}

#[tokio::test]
async fn a_task_is_added_by_json() {
    let storage = Storage::start().await;
    storage.profile("a").await;
    let tools = tools(&storage);
    let tool = tools.catalog().find("task_insert").expect("a tool");
    let answers: Vec<_> = tools
        .call(tool, &json!({"name": "buy milk"}), Duration::from_secs(5))
        .await
        .expect("called")
        .try_collect()
        .await
        .expect("answered");
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["task"]["name"], "buy milk");
    assert_eq!(storage.all_tasks().await[0].name, "buy milk");
}

#[tokio::test]
async fn what_the_service_refuses_comes_back_with_its_fields() {
    let storage = Storage::start().await;
    let tools = tools(&storage);
    let tool = tools.catalog().find("task_insert").expect("a tool");
    let refusal = match tools
        .call(tool, &json!({"name": " "}), Duration::from_secs(5))
        .await
    {
        Ok(answers) => answers.try_collect::<Vec<_>>().await.expect_err("refused"),
        Err(status) => status,
    };
    assert_eq!(refusal.code(), Code::InvalidArgument);
    assert_eq!(proto::status::violations(&refusal)[0].0, "name");
    assert_eq!(storage.head().await, 0);
}
