use proto::storage::CreateTaskRequest;
use reqwest::{Method, Response};

use crate::stack::Stack;

/// Reads a page's stream until it holds `part`.
async fn until(stream: &mut Response, part: &str) -> String {
    let mut text = String::new();
    while !text.contains(part) {
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), stream.chunk());
        let chunk = next
            .await
            .unwrap_or_else(|_| panic!("no {part} in {text}"))
            .expect("a stream");
        text.push_str(&String::from_utf8_lossy(
            &chunk.unwrap_or_else(|| panic!("the end after {text}")),
        ));
    }
    text
}

async fn open(stack: &Stack, last: Option<&str>) -> Response {
    let mut request = stack.page(Method::GET, "/sse");
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    request.send().await.expect("a stream")
}

async fn create(stack: &Stack, name: &str) {
    let request = CreateTaskRequest {
        name: name.to_owned(),
        profile_id: None,
    };
    stack.tasks().create_task(request).await.expect("created");
}

#[tokio::test]
async fn a_change_by_anybody_reaches_every_page() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let (mut one, mut two) = (open(&stack, None).await, open(&stack, None).await);
    until(&mut one, "id:").await;
    until(&mut two, "id:").await;
    create(&stack, "from outside").await;
    for page in [&mut one, &mut two] {
        let heard = until(page, "event: task").await;
        assert!(
            !heard.contains("from outside"),
            "events carry no content: {heard}"
        );
    }
}

#[tokio::test]
async fn a_page_that_comes_back_hears_what_it_missed() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = open(&stack, None).await;
    until(&mut page, "id:").await;
    create(&stack, "one").await;
    let heard = until(&mut page, "event: task").await;
    let id = heard
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("id: "))
        .expect("an id")
        .to_owned();
    drop(page);
    create(&stack, "two").await;
    let mut again = open(&stack, Some(&id)).await;
    let heard = until(&mut again, "event: task").await;
    assert_eq!(heard.matches("event: task").count(), 1, "{heard}");
    let mut lost = open(&stack, Some("999999")).await;
    until(&mut lost, "event: resync").await;
}
