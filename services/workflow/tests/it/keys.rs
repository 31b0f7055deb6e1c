//! The keys of runs.
use tonic::Code;

use crate::support::House;

#[tokio::test]
async fn the_next_free_key_is_proposed() {
    let house = House::start().await;
    for expected in ["hello-01", "hello-02", "hello-03"] {
        let (run, resumed) = house.start_run("").await.expect("start");
        assert_eq!(run.url, expected);
        assert!(!resumed);
    }
}

#[tokio::test]
async fn a_proposed_key_begins_with_what_the_menu_calls_the_profile() {
    let house = House::start().await;
    house.storage.pick("Secret Client Ltd", "");
    assert_eq!(
        house.start_run("").await.expect("start").0.url,
        "secret-client-ltd-hello-01"
    );
    house.storage.pick("Secret Client Ltd", "Acme & Co.");
    assert_eq!(
        house.start_run("").await.expect("start").0.url,
        "acme-co-hello-01"
    );
}

#[tokio::test]
async fn many_starts_at_once_get_a_key_each() {
    let house = House::start().await;
    let starts = (0..20).map(|_| house.start_run(""));
    let started = futures::future::try_join_all(starts).await.expect("start");
    let mut keys: Vec<_> = started.into_iter().map(|(run, _)| run.url).collect();
    keys.sort();
    let expected: Vec<_> = (1..=20).map(|n| format!("hello-{n:02}")).collect();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn keys_that_will_not_do_are_refused() {
    let house = House::start().await;
    for key in ["a b", "a/b", &"x".repeat(101)] {
        let refused = house.start_run(key).await.expect_err(key);
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(proto::status::violations(&refused)[0].0, "url");
    }
}

#[tokio::test]
async fn a_run_that_is_not_there_is_named() {
    let house = House::start().await;
    let missing = house.run("nowhere").await.expect_err("missing");
    assert_eq!(missing.code(), Code::NotFound);
    assert_eq!(
        missing.message(),
        "unknown run `nowhere` of workflow `hello`"
    );
}
