//! A running chat service with everything around it, and the words the tests are told in.
mod storage;
mod tables;

use std::time::Duration;

use chat::{Config, config::Limits, fake::FakeOllama};
use proto::{
    chat::{
        ConverseRequest, ConverseResponse, Finished, Started,
        chat_service_client::ChatServiceClient, converse_response::Event,
    },
    storage::MessageState,
};
use runtime::{
    addr::{Addr, Listener},
    env::Env,
    grpc::Client,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

pub(crate) use storage::FakeStorage;

pub(crate) struct Stack {
    pub(crate) ollama: FakeOllama,
    pub(crate) storage: FakeStorage,
    pub(crate) chat: ChatServiceClient<Client>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<Result<(), chat::Error>>,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Self::with(FakeStorage::start().await, |_| {}).await
    }

    pub(crate) async fn with(storage: FakeStorage, change: impl FnOnce(&mut Config)) -> Self {
        let ollama = FakeOllama::start().await;
        let mut config = config(&ollama.host(), &storage.addr);
        change(&mut config);
        let (addr, listener) = free().await;
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(chat::serve(config, listener, shutdown.clone()));
        let chat = ChatServiceClient::new(Client::new(&addr, "test"));
        Self {
            ollama,
            storage,
            chat,
            shutdown,
            served,
        }
    }

    pub(crate) async fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        Self::with(FakeStorage::start().await, |config| {
            change(&mut config.limits);
        })
        .await
    }

    /// Asks on behalf of profile 1 and waits until the answer begins.
    pub(crate) async fn ask(&self, text: &str) -> Result<Answer, Status> {
        self.converse(question(text)).await
    }

    pub(crate) async fn converse(&self, request: ConverseRequest) -> Result<Answer, Status> {
        let mut stream = self.chat.clone().converse(request).await?.into_inner();
        match next(&mut stream).await? {
            Some(Event::Started(started)) => Ok(Answer { started, stream }),
            other => panic!("the answer began with {other:?}"),
        }
    }
}

pub(crate) fn question(text: &str) -> ConverseRequest {
    ConverseRequest {
        text: text.to_owned(),
        profile_id: Some(1),
        ..Default::default()
    }
}

/// An answer that began.
pub(crate) struct Answer {
    pub(crate) started: Started,
    stream: Streaming<ConverseResponse>,
}

impl Answer {
    /// Waits for the next piece of text.
    pub(crate) async fn piece(&mut self) -> String {
        match next(&mut self.stream).await {
            Ok(Some(Event::Delta(delta))) => delta.text,
            other => panic!("not a piece: {other:?}"),
        }
    }

    /// Waits for the end; returns the pieces on the way, as text and thoughts.
    pub(crate) async fn end(mut self) -> (Vec<(String, String)>, Result<Finished, Status>) {
        let mut pieces = Vec::new();
        loop {
            match next(&mut self.stream).await {
                Ok(Some(Event::Delta(delta))) => pieces.push((delta.text, delta.thinking)),
                Ok(Some(Event::Finished(finished))) => return (pieces, Ok(finished)),
                Err(status) => return (pieces, Err(status)),
                Ok(other) => panic!("neither piece nor end: {other:?}"),
            }
        }
    }

    /// Waits until no answer follows any more; returns the text of each.
    pub(crate) async fn all(mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(event) = next(&mut self.stream).await.expect("answers that end well") {
            if let Event::Finished(finished) = event {
                texts.push(finished.text);
            }
        }
        texts
    }

    pub(crate) async fn finished(self) -> Finished {
        self.end().await.1.expect("an answer that ends well")
    }

    pub(crate) async fn failed(self) -> Status {
        self.end().await.1.expect_err("an answer that fails")
    }
}

pub(crate) fn config(ollama: &str, storage: &Addr) -> Config {
    let home = std::env::temp_dir().join("bf-chat-tests");
    let home = home.display().to_string();
    Config::read(&Env::of([
        ("BF_HOME", home.as_str()),
        ("BF_WORKFLOW_ADDR", "127.0.0.1:1"),
        ("OLLAMA_HOST", ollama),
        ("BF_STORAGE_ADDR", &storage.to_string()),
    ]))
    .expect("a configuration")
}

pub(crate) async fn free() -> (Addr, Listener) {
    let port: Addr = "127.0.0.1:0".parse().expect("an address");
    let listener = port.bind().await.expect("a free port");
    (listener.addr().expect("a bound port"), listener)
}

pub(crate) fn is(state: i32, expected: MessageState) -> bool {
    state == i32::from(expected)
}

async fn next(stream: &mut Streaming<ConverseResponse>) -> Result<Option<Event>, Status> {
    let patience = Duration::from_secs(10);
    let message = tokio::time::timeout(patience, stream.message()).await;
    let message = message.expect("something within ten seconds")?;
    Ok(message.and_then(|message| message.event))
}
