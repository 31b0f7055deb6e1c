//! What a person can do with a message.
use chat::fake::Script;
use reqwest::{Method, StatusCode};

use crate::stack::{Socket, Stack};

/// A conversation of one question and its answer, and a page that shows it.
async fn talked(stack: &Stack) -> (Socket, Vec<u64>) {
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    stack.ollama.script(Script::says(&["It **rises**."]));
    page.say("what does bread do?").await;
    page.until("class=\"usage\"").await;
    page.until("#said").await;
    let body = stack.body("/").await;
    let ids = body
        .split("id=\"m-")
        .filter_map(|part| part.split('"').next()?.parse().ok())
        .collect();
    (page, ids)
}

#[tokio::test]
async fn a_deleted_message_goes_from_every_page_and_only_that_one() {
    let stack = Stack::start().await;
    let (mut one, ids) = talked(&stack).await;
    let mut two = stack.socket().await;
    let url = format!("/chat/message/{}", ids[0]);
    let answer = stack.fragment(Method::DELETE, &url).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.expect("a body"), "");
    let gone = format!("{{\"k\":\"gone\",\"id\":{}}}", ids[0]);
    for page in [&mut one, &mut two] {
        let frames = page.until("gone").await;
        assert_eq!(frames.last(), Some(&gone));
        assert!(
            !frames.iter().any(|frame| frame.contains("innerHTML")),
            "nothing is drawn anew"
        );
    }
    let body = stack.body("/").await;
    assert!(!body.contains("what does bread do?") && body.contains("<strong>rises"));
}

#[tokio::test]
async fn a_message_is_edited_where_it_stands_and_nothing_is_asked_again() {
    let stack = Stack::start().await;
    let (mut page, ids) = talked(&stack).await;
    let url = format!("/chat/message/{}", ids[1]);
    let form = stack.fragment(Method::GET, &format!("{url}/edit")).send();
    let form = form.await.expect("an answer").text().await.expect("a body");
    assert!(form.contains("It **rises**.</textarea>"), "{form}");
    let edited = stack
        .fragment(Method::POST, &url)
        .form(&[("text", "It *sinks*.\r\n\r\n<script>x</script>")])
        .send();
    let edited = edited
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(
        edited.contains("<em>sinks</em>") && !edited.contains("<script>"),
        "{edited}"
    );
    let frames = page.until("sinks").await;
    assert!(frames.last().expect("a frame").contains("hx-upsert"));
    assert_eq!(stack.body(&url).await, "It *sinks*.\n\n<script>x</script>");
    assert_eq!(stack.ollama.asked().len(), 1);
}

#[tokio::test]
async fn a_blank_edit_is_refused() {
    let stack = Stack::start().await;
    let (_page, ids) = talked(&stack).await;
    let url = format!("/chat/message/{}", ids[0]);
    let refused = stack
        .fragment(Method::POST, &url)
        .form(&[("text", " \n")])
        .send();
    let refused = refused.await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.expect("a body").contains("blank"));
    assert_eq!(stack.body(&url).await, "what does bread do?");
    let nobody = stack.get("/chat/message/999").await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_last_answer_is_given_anew_in_its_place() {
    let stack = Stack::start().await;
    let (mut page, ids) = talked(&stack).await;
    stack.ollama.script(
        Script::default()
            .thinking("hm")
            .hold()
            .text("It grows.")
            .done("stop"),
    );
    let url = format!("/chat/message/{}/again", ids[1]);
    let accepted = stack.fragment(Method::POST, &url).send().await;
    assert_eq!(accepted.expect("an answer").status(), StatusCode::ACCEPTED);
    let frames = page.until("\"k\":\"thinking\"").await.join("\n");
    stack.ollama.release();
    let frames = frames + &page.until("class=\"usage\"").await.join("\n");
    assert!(frames.contains("\"k\":\"gone\""), "{frames}");
    page.until("#said").await;
    let body = stack.body("/").await;
    assert!(
        body.contains("It grows.") && !body.contains("rises"),
        "{body}"
    );
    assert_eq!(body.matches("what does bread do?").count(), 1);
}

#[tokio::test]
async fn an_earlier_answer_is_not_given_anew_and_the_page_says_why() {
    let stack = Stack::start().await;
    let (mut page, ids) = talked(&stack).await;
    let url = format!("/chat/message/{}/again", ids[0]);
    let accepted = stack.fragment(Method::POST, &url).send().await;
    assert_eq!(accepted.expect("an answer").status(), StatusCode::ACCEPTED);
    let frames = page.until("#chat-note").await;
    assert!(
        frames
            .last()
            .expect("a frame")
            .contains("Only the last answer"),
        "{frames:#?}"
    );
}

#[tokio::test]
async fn the_line_under_an_answer_says_how_full_the_model_s_mind_is() {
    let stack = Stack::start().await;
    talked(&stack).await;
    let body = stack.body("/").await;
    assert!(body.contains("context 12 of 8192"), "{body}");
}
