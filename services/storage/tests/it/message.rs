use proto::{
    options::Effect,
    storage::{self as pb, MessageState, Role},
};

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
        ..Default::default()
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

#[tokio::test]
async fn a_card_keeps_its_action_until_it_is_given_anew() {
    let storage = Storage::start().await;
    let waiting = pb::Action {
        tool: "task_delete".to_owned(),
        request: r#"{"id":3}"#.to_owned(),
        effect: Effect::Delete.into(),
        state: pb::ActionState::Waiting.into(),
        before: r#"[{"id":3}]"#.to_owned(),
        ..Default::default()
    };
    let card = pb::CreateMessageRequest {
        role: Role::Tool.into(),
        action: Some(waiting.clone()),
        ..said("asks", None)
    };
    let created = ok(storage.messages().create_message(card).await).message;
    let created = created.expect("a message");
    assert_eq!(created.action, Some(waiting.clone()));

    let update = |action| pb::UpdateMessageRequest {
        id: Some(created.id),
        text: Some("said no".to_owned()),
        action,
        ..Default::default()
    };
    let kept = ok(storage.messages().update_message(update(None)).await).message;
    assert_eq!(kept.expect("a message").action, Some(waiting.clone()));
    let declined = pb::Action {
        state: pb::ActionState::Declined.into(),
        change_group: 7,
        ..waiting
    };
    let request = update(Some(declined.clone()));
    let updated = ok(storage.messages().update_message(request).await);
    let updated = updated.message.expect("a message");
    assert_eq!(updated.action, Some(declined));
}

#[tokio::test]
async fn an_action_outside_the_rules_is_refused() {
    let storage = Storage::start().await;
    let action = pb::Action {
        tool: "t".repeat(201),
        request: "x".repeat(100_001),
        effect: 77,
        error: "e".repeat(2_001),
        ..Default::default()
    };
    let request = pb::CreateMessageRequest {
        action: Some(action),
        ..said("x", None)
    };
    assert_eq!(
        wrong_fields(storage.messages().create_message(request).await),
        [
            "action.state",
            "action.effect",
            "action.request",
            "action.error",
            "action.tool",
            "action"
        ]
    );
}

#[tokio::test]
async fn words_are_found_in_large_and_small_letters_and_wildcards_are_words() {
    let storage = Storage::start().await;
    let milk = say(&storage, "Buy MILK today", None).await;
    let rate = say(&storage, "100% of a_b", None).await;
    say(&storage, "1000 of axb", None).await;
    let find = async |words: &str| {
        let request = pb::ListMessagesRequest {
            contains: words.to_owned(),
            ..Default::default()
        };
        list(&storage, request).await.0
    };
    assert_eq!(find("milk").await, [milk.id]);
    assert_eq!(find("0% O").await, [rate.id]);
    assert_eq!(find("A_b").await, [rate.id]);
    assert!(find("\\").await.is_empty());
}

fn exported(id: i64, role: Role, text: &str) -> pb::Message {
    pb::Message {
        id,
        parent_id: (id > 1).then_some(id - 1),
        role: role.into(),
        text: text.to_owned(),
        state: MessageState::Done.into(),
        created: proto::time::to_wire("2025-01-02T03:04:05.000000Z"),
        ..Default::default()
    }
}

async fn import(storage: &Storage, messages: Vec<pb::Message>) -> Result<(), tonic::Status> {
    let request = pb::ImportMessagesRequest {
        profile_id: None,
        messages,
    };
    storage.messages().import_messages(request).await.map(drop)
}

#[tokio::test]
async fn an_exported_conversation_comes_back_as_it_was() {
    let storage = Storage::start().await;
    say(&storage, "already here", None).await;
    let said = vec![
        exported(1, Role::User, "why?"),
        exported(2, Role::Assistant, "because"),
    ];
    import(&storage, said).await.expect("imported");
    let all = pb::ListMessagesRequest::default();
    let rows = ok(storage.messages().list_messages(all).await).messages;
    let [_, question, answer] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!((question.text.as_str(), question.parent_id), ("why?", None));
    assert_eq!(answer.parent_id, Some(question.id));
    assert_eq!(answer.created, exported(2, Role::User, "").created);
}

#[tokio::test]
async fn one_bad_message_keeps_all_of_them_out() {
    let storage = Storage::start().await;
    let mut streaming = exported(2, Role::Assistant, "be");
    streaming.state = MessageState::Streaming.into();
    for bad in [
        streaming,
        exported(2, Role::Tool, "x"),
        exported(2, Role::Unspecified, "x"),
    ] {
        let refused = import(&storage, vec![exported(1, Role::User, "why?"), bad]).await;
        let fields = wrong_fields(refused);
        assert!(fields[0].starts_with("messages[1]."), "{fields:?}");
    }
    assert!(import(&storage, Vec::new()).await.is_err());
    assert!(
        list(&storage, pb::ListMessagesRequest::default())
            .await
            .0
            .is_empty()
    );
}
