use proto::storage::{self as pb, MessageState, Role};

use crate::support::{Storage, ok, wrong_fields};

fn said(text: &str, profile_id: Option<i64>) -> pb::CreateMessageRequest {
    pb::CreateMessageRequest {
        profile_id,
        text: text.to_owned(),
        role: Role::User.into(),
        state: MessageState::Done.into(),
        ..Default::default()
    }
}

async fn say(storage: &Storage, text: &str, profile_id: Option<i64>) -> pb::Message {
    let created = storage
        .messages()
        .create_message(said(text, profile_id))
        .await;
    ok(created).message.expect("a message")
}

async fn list(storage: &Storage, request: pb::ListMessagesRequest) -> (Vec<i64>, bool) {
    let listed = ok(storage.messages().list_messages(request).await);
    let ids = listed.messages.iter().map(|message| message.id).collect();
    (ids, listed.more)
}

#[tokio::test]
async fn an_answer_grows_and_is_completed() {
    let storage = Storage::start().await;
    let question = say(&storage, "why?", None).await;
    let request = pb::CreateMessageRequest {
        parent_id: Some(question.id),
        app: "task".to_owned(),
        role: Role::Assistant.into(),
        model: "toy".to_owned(),
        state: MessageState::Streaming.into(),
        ..Default::default()
    };
    let answer = ok(storage.messages().create_message(request).await).message;
    let answer = answer.expect("a message");
    let usage = pb::Usage {
        prompt_tokens: 7,
        reply_ms: 12,
        ..Default::default()
    };
    let request = pb::UpdateMessageRequest {
        id: Some(answer.id),
        text: Some("because".to_owned()),
        usage: Some(usage),
        state: MessageState::Done.into(),
        model: None,
    };
    let done = ok(storage.messages().update_message(request).await).message;
    let wanted = pb::Message {
        text: "because".to_owned(),
        usage: Some(usage),
        state: MessageState::Done.into(),
        ..answer.clone()
    };
    assert_eq!(done, Some(wanted.clone()));
    assert_eq!((wanted.profile_id, wanted.role()), (0, Role::Assistant));
    assert!(wanted.created.is_some());
    let get = pb::GetMessageRequest {
        id: Some(answer.id),
    };
    assert_eq!(
        ok(storage.messages().get_message(get).await).message,
        Some(wanted)
    );
}

#[tokio::test]
async fn the_newest_messages_of_the_picked_profile_are_listed_oldest_first() {
    let storage = Storage::start().await;
    let (a, b) = (storage.profile("a").await.id, storage.profile("b").await.id);
    for n in 0..3 {
        say(&storage, &format!("{n}"), Some(a)).await;
        say(&storage, &format!("{n}"), Some(b)).await;
    }
    storage.set("last_profile_id", &b.to_string()).await;
    let request = pb::ListMessagesRequest {
        page_size: 2,
        ..Default::default()
    };
    assert_eq!(list(&storage, request).await, (vec![4, 6], true));
    let before = pb::ListMessagesRequest {
        before_id: Some(4),
        page_size: 2,
        ..Default::default()
    };
    assert_eq!(list(&storage, before).await, (vec![2], false));
    let after = pb::ListMessagesRequest {
        profile_id: Some(a),
        after_id: Some(0),
        page_size: 2,
        ..Default::default()
    };
    assert_eq!(list(&storage, after).await, (vec![1, 3], true));
    let all = pb::ListMessagesRequest {
        all_profiles: true,
        state: MessageState::Done.into(),
        ..Default::default()
    };
    assert_eq!(list(&storage, all).await, (vec![1, 2, 3, 4, 5, 6], false));
}

#[tokio::test]
async fn a_deleted_message_leaves_those_after_it() {
    let storage = Storage::start().await;
    let first = say(&storage, "1", None).await;
    let request = pb::CreateMessageRequest {
        parent_id: Some(first.id),
        ..said("2", None)
    };
    ok(storage.messages().create_message(request).await);
    let delete = pb::DeleteMessageRequest { id: Some(first.id) };
    ok(storage.messages().delete_message(delete).await);
    let request = pb::ListMessagesRequest::default();
    assert_eq!(list(&storage, request).await, (vec![2], false));
}

#[tokio::test]
async fn messages_outside_the_rules_are_refused() {
    let storage = Storage::start().await;
    let create = async |request: pb::CreateMessageRequest| {
        wrong_fields(storage.messages().create_message(request).await)
    };
    assert_eq!(
        create(pb::CreateMessageRequest::default()).await,
        ["role", "state"]
    );
    assert_eq!(create(said(&"é".repeat(200_001), None)).await, ["text"]);
    assert_eq!(create(said("x", Some(9))).await, ["profile_id"]);
    let orphan = pb::CreateMessageRequest {
        parent_id: Some(9),
        ..said("x", None)
    };
    assert_eq!(create(orphan).await, ["parent_id"]);
    let unknown = pb::CreateMessageRequest {
        role: 77,
        app: "a".repeat(101),
        model: "m".repeat(501),
        ..said("x", None)
    };
    assert_eq!(create(unknown).await, ["app", "role", "model"]);
    assert_eq!(storage.head().await, 0);
    assert_eq!(say(&storage, &"é".repeat(200_000), None).await.id, 1);
}
