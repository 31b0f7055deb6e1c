//! Workflow files that come, change, break and go while the service runs.
use proto::workflow::{StartRunRequest, StepState, SubmitStepRequest};
use tonic::Code;

use crate::support::{House, states};

#[tokio::test]
async fn a_users_file_appears_changes_and_goes_without_a_restart() {
    let house = House::start().await;
    let titles = |house| async move {
        let house: &House = house;
        let listed = house.workflows().await;
        listed.into_iter().map(|w| w.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&house).await, ["Hello"]);
    house.write("mine.toml", "title = 'Audit'\n[[step]]\ntitle = 'x'");
    assert_eq!(titles(&house).await, ["Audit", "Hello"]);
    house.write("mine.toml", "title = 'Zebra'\n[[step]]\ntitle = 'x'");
    assert_eq!(titles(&house).await, ["Hello", "Zebra"]);
    std::fs::remove_file(house.home.path().join("workflows/mine.toml")).expect("remove");
    assert_eq!(titles(&house).await, ["Hello"]);
}

#[tokio::test]
async fn a_broken_file_is_listed_with_its_line_and_the_others_go_on() {
    let house = House::start().await;
    house.write(
        "bad.toml",
        "title = 'Bad'\n[[step]]\ntitle = 'x'\ncolour = 'red'",
    );

    let listed = house.workflows().await;
    let bad = listed.iter().find(|w| w.name == "bad").expect("listed");
    assert!(bad.error.starts_with("line 4, column 1: "), "{}", bad.error);
    assert!(bad.error.contains("colour"));
    assert!(bad.steps.is_empty());
    house.start_run("r").await.expect("the others go on");

    let request = StartRunRequest {
        workflow: "bad".to_owned(),
        url: String::new(),
    };
    let refused = house
        .client
        .clone()
        .start_run(request)
        .await
        .expect_err("broken");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains("line 4"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_run_is_still_readable_when_its_file_is_gone() {
    let house = House::start().await;
    house.storage.put(
        "gone",
        "r",
        r#"{"step_01":{"values":{"a":"b"},"state":"done","started":"t"}}"#,
    );
    let request = proto::workflow::GetRunRequest {
        workflow: "gone".to_owned(),
        url: "r".to_owned(),
    };
    let run = house.client.clone().get_run(request).await.expect("run");
    let run = run.into_inner().run.expect("run");
    assert_eq!(states(&run), [StepState::Done]);
    assert!(run.steps[0].values.is_some());
}

#[tokio::test]
async fn a_request_that_can_not_be_made_changes_nothing() {
    let house = House::start().await;
    house.write(
        "mine.toml",
        "title='t'\n[[step]]\ntitle='x'\n[[step.field]]\nname='n'\nlabel='N'\nkind='number'\n[step.call]\nmethod='task_update'\nrequest={id='{{ values.n.x }}'}",
    );
    let mut client = house.client.clone();
    let request = StartRunRequest {
        workflow: "mine".to_owned(),
        url: "r".to_owned(),
    };
    client.start_run(request).await.expect("start");
    let before = house.storage.data("mine", "r");

    let request = SubmitStepRequest {
        workflow: "mine".to_owned(),
        url: "r".to_owned(),
        step_id: "step_01".to_owned(),
        values: Some(crate::support::values(&[("n", "3")])),
    };
    let refused = client
        .submit_step(request)
        .await
        .expect_err("no such value");

    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("`id`"), "{}", refused.message());
    assert_eq!(house.storage.data("mine", "r"), before);
}
