//! What the doors promise when something goes wrong. The writer is held up by a request of the test, so that those
//! that follow are certain to share one transaction.
use std::sync::{
    Mutex,
    mpsc::{Sender, channel},
};

use diesel::connection::SimpleConnection as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use crate::{
    profile, setting,
    setting::Setting,
    task::{self, Task},
};

fn open() -> (TempDir, Db) {
    let dir = tempfile::tempdir().expect("dir");
    let db = Db::open(&dir.path().join("test.db")).expect("opened");
    (dir, db)
}

fn set(tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
    let row = Setting {
        key: key.to_owned(),
        value: "x".to_owned(),
    };
    setting::set(tx, &row)
}

fn keys(db: &Db) -> Vec<String> {
    let rows = db.read(|conn| setting::list(conn, "")).expect("rows");
    rows.into_iter().map(|row| row.key).collect()
}

fn head(db: &Db) -> i64 {
    db.read(crate::changes::head).expect("head")
}

/// Adds a task to a profile that is not there, which the engine finds out when it commits.
fn doom_the_commit(tx: &mut Tx<'_>) -> Result<(), Error> {
    tx.conn().batch_execute("pragma defer_foreign_keys = on")?;
    tx.inserted(&Task {
        id: 1,
        name: "x".to_owned(),
        done: false,
        priority: 1,
        profile_id: 99,
    })
}

/// Holds the writer up until the returned sender is dropped.
async fn hold_up(db: &Db) -> Sender<()> {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let (begun, has_begun) = oneshot::channel();
    let begun = Mutex::new(Some(begun));
    let db = db.clone();
    tokio::spawn(async move {
        db.write("holder".to_owned(), move |_| {
            if let Some(begun) = begun.lock().expect("lock").take() {
                let _ = begun.send(());
            }
            let _ = held.lock().expect("lock").recv();
            Ok(())
        })
        .await
    });
    has_begun.await.expect("the writer is at it");
    release
}

/// Queues a write, and returns once it waits for the writer.
async fn queue<F>(db: &Db, work: F) -> JoinHandle<Result<Written<()>, Error>>
where
    F: Fn(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
{
    let free = db.0.queue.capacity();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.write("test".to_owned(), work).await }
    });
    while db.0.queue.capacity() == free {
        tokio::task::yield_now().await;
    }
    waiting
}

#[tokio::test]
async fn requests_that_wait_together_are_committed_together_and_numbered_in_order() {
    let (_dir, db) = open();
    let mut heard = db.subscribe();
    let release = hold_up(&db).await;
    let a = queue(&db, |tx| set(tx, "a").and_then(|()| set(tx, "b"))).await;
    let b = queue(&db, |tx| set(tx, "c")).await;
    drop(release);
    assert_eq!(a.await.expect("ran").expect("written").group, 1);
    assert_eq!(b.await.expect("ran").expect("written").group, 3);
    let batch = heard.recv().await.expect("a batch");
    let numbers: Vec<_> = batch.iter().map(|c| (c.seq, c.group)).collect();
    assert_eq!(numbers, [(1, 1), (2, 1), (3, 3)]);
}

#[tokio::test]
async fn a_request_that_fails_half_way_is_undone_alone() {
    let (_dir, db) = open();
    let release = hold_up(&db).await;
    let before = queue(&db, |tx| set(tx, "before")).await;
    let failing = queue(&db, |tx| {
        set(tx, "failing")?;
        Err(Error::NoProfile)
    })
    .await;
    let after = queue(&db, |tx| set(tx, "after")).await;
    drop(release);
    assert_eq!(before.await.expect("ran").expect("written").group, 1);
    assert_eq!(after.await.expect("ran").expect("written").group, 2);
    let error = failing.await.expect("ran").expect_err("failed");
    assert!(matches!(error, Error::NoProfile), "{error}");
    assert_eq!(keys(&db), ["after", "before"]);
}

#[tokio::test]
async fn a_request_that_panics_takes_nobody_with_it() {
    let (_dir, db) = open();
    let release = hold_up(&db).await;
    let panicking = queue(&db, |tx| {
        set(tx, "panicking")?;
        panic!("on purpose")
    })
    .await;
    let other = queue(&db, |tx| set(tx, "other")).await;
    drop(release);
    other.await.expect("ran").expect("written");
    let error = panicking.await.expect("ran").expect_err("panicked");
    assert!(matches!(error, Error::Panicked), "{error}");
    assert_eq!(keys(&db), ["other"]);
}

#[tokio::test]
async fn a_commit_that_fails_fails_every_request_of_its_batch_and_is_told_to_nobody() {
    let (_dir, db) = open();
    let mut heard = db.subscribe();
    let release = hold_up(&db).await;
    let fine = queue(&db, |tx| set(tx, "fine")).await;
    let doomed = queue(&db, doom_the_commit).await;
    drop(release);
    for waiting in [fine, doomed] {
        let error = waiting.await.expect("ran").expect_err("not committed");
        assert!(matches!(error, Error::NotCommitted(_)), "{error}");
    }
    assert!(heard.try_recv().is_err(), "it was published");
    assert_eq!((keys(&db).len(), head(&db)), (0, 0));

    let next = db.write("test".to_owned(), |tx| set(tx, "next")).await;
    assert_eq!(next.expect("the writer goes on").group, 1);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let (_dir, db) = open();
    let full = db
        .write("test".to_owned(), |tx| {
            tx.conn().batch_execute("pragma max_page_count = 1")?;
            (0..1000).try_for_each(|n| set(tx, &format!("key{n}")))
        })
        .await
        .expect_err("no room");
    assert!(matches!(full, Error::DiskFull), "{full}");
    assert_eq!(keys(&db).len(), 0);
    let next = db.write("test".to_owned(), |tx| set(tx, "next")).await;
    next.expect("there is room again");
}

#[tokio::test]
async fn a_request_that_changes_nothing_leaves_no_trace() {
    let (_dir, db) = open();
    let write = async || {
        let written = db.write("test".to_owned(), |tx| set(tx, "a")).await;
        written.expect("written").group
    };
    assert_eq!((write().await, write().await, head(&db)), (1, 0, 1));
}

#[tokio::test]
async fn numbers_are_not_given_again_after_a_delete() {
    let (_dir, db) = open();
    let create = async || {
        let new = profile::New {
            name: "x".to_owned(),
            menu_name: String::new(),
            address: String::new(),
            code: String::new(),
        };
        let written = db.write("test".to_owned(), move |tx| profile::create(tx, &new));
        written.await.expect("written").value.0.id
    };
    let first = create().await;
    db.write("test".to_owned(), move |tx| {
        profile::delete(tx, first, profile::Tasks::Keep)
    })
    .await
    .expect("deleted");
    assert_eq!(create().await, first + 1);
    let tasks = db.read(|conn| task::count(conn, first)).expect("count");
    assert_eq!(tasks, 0);
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("test.db");
    drop(Db::open(&path).expect("opened"));
    Connection::writing(&path)
        .expect("opened")
        .batch_execute(
            "insert into __diesel_schema_migrations (version, run_on) values ('29991231000000', current_timestamp)",
        )
        .expect("written");
    let error = Db::open(&path).err().expect("refused");
    assert!(matches!(error, Error::Newer { .. }), "{error}");
    assert!(error.to_string().contains("29991231000000"), "{error}");
}

#[test]
fn the_database_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, _db) = open();
    for file in std::fs::read_dir(dir.path()).expect("dir") {
        let file = file.expect("file");
        let mode = file.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn a_reading_connection_can_not_write() {
    let (_dir, db) = open();
    let write = db.read(|conn| Ok(conn.batch_execute("delete from profile")?));
    assert!(write.is_err(), "it wrote");
}
