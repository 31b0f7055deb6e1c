//! `hello` from the first question to the greeting.
use proto::workflow::{ListRunsRequest, StepState};

use crate::support::{House, Reply, states};

#[tokio::test]
async fn hello_asks_three_questions_and_shows_what_the_model_wrote() {
    let house = House::start().await;
    house.chat.will(Reply::Say("Ahoy, Ann!"));
    house.ready_to_greet("r").await;

    let running = house.submit("r", "step_04", &[]).await.expect("submit");
    let run = house.until("r", 4, StepState::Done).await;

    assert_eq!(running.steps[3].state(), StepState::Running);
    assert!(run.complete);
    assert!(run.revision > running.revision);
    assert_eq!(run.steps[3].summary, "Ahoy, Ann!");
    let asked = house.chat.asked().remove(0);
    assert!(asked.off_record);
    for word in ["Ann", "links", "calm"] {
        assert!(asked.text.contains(word), "{}", asked.text);
    }
    let actors = house.storage.actors();
    assert!(actors.iter().all(|actor| actor == "workflow"), "{actors:?}");
}

#[tokio::test]
async fn a_run_is_found_again_by_its_key_where_it_was_left() {
    let house = House::start().await;
    house.start_run("r").await.expect("start");
    house
        .submit("r", "step_01", &[("name", " Ann ")])
        .await
        .expect("submit");

    let (run, resumed) = house.start_run("r").await.expect("resume");

    assert!(resumed);
    let states = states(&run);
    assert_eq!(
        states[..3],
        [StepState::Done, StepState::Open, StepState::Locked]
    );
    let kept = run.steps[0].values.as_ref().expect("values");
    assert_eq!(
        kept.fields,
        crate::support::values(&[("name", "Ann")]).fields
    );
    assert!(!run.complete);
}

#[tokio::test]
async fn runs_are_listed_page_by_page() {
    let house = House::start().await;
    for key in ["a", "b", "c"] {
        house.start_run(key).await.expect("start");
    }
    let request = ListRunsRequest {
        workflow: "hello".to_owned(),
        page_size: 2,
        page_token: String::new(),
    };
    let mut client = house.client.clone();
    let first = client
        .list_runs(request.clone())
        .await
        .expect("first")
        .into_inner();
    let page_token = first.next_page_token;
    let rest = client.list_runs(ListRunsRequest {
        page_token,
        ..request
    });
    let rest = rest.await.expect("rest").into_inner();

    assert_eq!(first.runs.len(), 2);
    assert_eq!(rest.runs.len(), 1);
    assert_eq!(rest.runs[0].steps.len(), 4);
    assert!(rest.next_page_token.is_empty());
}

#[tokio::test]
async fn the_record_of_a_run_can_be_read_by_people() {
    let house = House::start().await;
    house.start_run("r").await.expect("start");
    house
        .submit("r", "step_01", &[("name", "Ann")])
        .await
        .expect("submit");

    let data = house.storage.data("hello", "r").expect("record");
    let record: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    let keys: Vec<_> = record.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["created", "updated", "step_01"]);
    assert_eq!(record["step_01"]["values"]["name"], "Ann");
    assert_eq!(record["step_01"]["state"], "done");
}
