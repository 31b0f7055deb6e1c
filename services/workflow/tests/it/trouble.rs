//! What is refused, what fails, and how it goes on afterwards.
use proto::workflow::StepState;
use tonic::{Code, Status};

use crate::support::{House, Reply};

#[tokio::test]
async fn wrong_values_are_refused_by_field_and_nothing_is_written() {
    let house = House::start().await;
    house.start_run("r").await.expect("start");
    let before = house.storage.data("hello", "r");

    let given = [("name", "  "), ("colour", "red")];
    let refused = house
        .submit("r", "step_01", &given)
        .await
        .expect_err("wrong");

    assert_eq!(refused.code(), Code::InvalidArgument);
    let fields = proto::status::violations(&refused);
    let expected = [
        ("name", "must not be blank"),
        ("colour", "is no field of this step"),
    ];
    let expected = expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()));
    assert_eq!(fields, expected);
    assert_eq!(house.storage.data("hello", "r"), before);
}

#[tokio::test]
async fn steps_are_refused_when_it_is_not_their_turn() {
    let house = House::start().await;
    house.start_run("r").await.expect("start");

    let locked = house.submit("r", "step_02", &[("work", "x")]).await;
    assert_eq!(locked.expect_err("locked").code(), Code::FailedPrecondition);
    let unknown = house
        .submit("r", "step_99", &[])
        .await
        .expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    house
        .submit("r", "step_01", &[("name", "Ann")])
        .await
        .expect("open");
    let done = house.submit("r", "step_01", &[("name", "Bob")]).await;
    assert_eq!(done.expect_err("done").code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn of_two_submits_at_once_one_wins_and_the_other_is_told() {
    let house = House::start().await;
    house.ready_to_greet("r").await;

    house.storage.let_meet(2);
    let (a, b) = tokio::join!(
        house.submit("r", "step_04", &[]),
        house.submit("r", "step_04", &[]),
    );

    let lost = match (a, b) {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        both => panic!("exactly one must win: {both:?}"),
    };
    assert_eq!(lost.code(), Code::Aborted);
    house.until("r", 4, StepState::Done).await;
    assert_eq!(house.chat.asked().len(), 1);
}

#[tokio::test]
async fn a_running_step_can_not_be_submitted_again() {
    let house = House::start().await;
    house.chat.will(Reply::Hang);
    house.ready_to_greet("r").await;
    house.submit("r", "step_04", &[]).await.expect("submit");
    house.chat.until_asked().await;

    let refused = house
        .submit("r", "step_04", &[])
        .await
        .expect_err("running");

    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "step `step_04` is running; wait until it ends"
    );
}

#[tokio::test]
async fn a_model_that_fails_leaves_its_sentence_and_the_step_can_be_submitted_again() {
    let house = House::start().await;
    let sentence = "no model server answers; run `ollama serve`";
    house.chat.will(Reply::Fail(Status::unavailable(sentence)));
    house.chat.will(Reply::Say("Better now."));
    house.ready_to_greet("r").await;

    house.submit("r", "step_04", &[]).await.expect("first");
    let failed = house.until("r", 4, StepState::Failed).await;
    assert_eq!(failed.steps[3].error, sentence);
    assert!(!failed.complete);

    house.submit("r", "step_04", &[]).await.expect("second");
    let run = house.until("r", 4, StepState::Done).await;
    assert_eq!(run.steps[3].summary, "Better now.");
    assert_eq!(run.steps[3].error, "");
}

#[tokio::test]
async fn a_step_whose_write_may_be_lost_ends_up_open_to_another_try() {
    let house = House::start().await;
    house.ready_to_greet("r").await;
    house.storage.will_lose_an_answer();

    let unclear = house
        .submit("r", "step_04", &[])
        .await
        .expect_err("unclear");
    assert_eq!(unclear.code(), Code::DeadlineExceeded);
    house.until("r", 4, StepState::Failed).await;
    assert!(house.chat.asked().is_empty());

    house.submit("r", "step_04", &[]).await.expect("again");
    house.until("r", 4, StepState::Done).await;
}
