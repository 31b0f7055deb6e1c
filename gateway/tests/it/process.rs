//! The process itself, as a person starts it.
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

fn gateway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.env_clear();
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_bad_value_is_told_in_one_sentence_before_anything_is_bound() {
    for (name, value) in [
        ("BF_GATEWAY_ADDR", "0.0.0.0:5001"),
        ("BF_GATEWAY_ADDR", "port five"),
        ("BF_STORAGE_ADDR", "192.168.1.1:1"),
        ("BF_LOG", "no=such=filter"),
    ] {
        let output = gateway().env(name, value).output().expect("it ran");
        assert_eq!(output.status.code(), Some(64), "{name}={value}");
        let said = said(&output);
        assert!(
            said.starts_with(&format!("{name} is `{value}`, which ")),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_taken_port_is_told_with_the_variable_to_change() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("an address").to_string();
    let output = gateway()
        .env("BF_GATEWAY_ADDR", &addr)
        .output()
        .expect("it ran");
    assert_eq!(output.status.code(), Some(69));
    let said = said(&output);
    assert!(
        said.contains(&addr) && said.contains("BF_GATEWAY_ADDR"),
        "{said}"
    );
}

#[test]
fn help_names_every_variable_and_other_arguments_are_refused() {
    let help = gateway().arg("--help").output().expect("it ran");
    let text = String::from_utf8_lossy(&help.stdout);
    for variable in [
        "BF_GATEWAY_ADDR",
        "BF_STORAGE_ADDR",
        "BF_LOG",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        assert!(text.contains(variable), "{variable} is missing in {text}");
    }
    assert_eq!(
        gateway()
            .arg("--nonsense")
            .output()
            .expect("it ran")
            .status
            .code(),
        Some(64)
    );
}

#[test]
fn it_is_probed_and_stops_cleanly_even_with_an_open_stream() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = free.local_addr().expect("an address").to_string();
    drop(free);
    let probe = || {
        gateway()
            .env("BF_GATEWAY_ADDR", &addr)
            .arg("--probe")
            .output()
            .expect("it ran")
            .status
            .code()
    };
    assert_eq!(probe(), Some(1), "nothing runs yet");
    let mut process = gateway()
        .env("BF_GATEWAY_ADDR", &addr)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it started");
    let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
    let listening = lines.any(|line| line.expect("text").contains("listening"));
    assert!(listening);
    assert_eq!(probe(), Some(0));

    let stream = std::net::TcpStream::connect(&addr).expect("a connection");
    let request =
        format!("GET /sse HTTP/1.1\r\nHost: {addr}\r\nSec-Fetch-Site: same-origin\r\n\r\n");
    std::io::Write::write_all(&mut &stream, request.as_bytes()).expect("sent");
    let mut answer = BufReader::new(&stream).lines();
    assert!(
        answer.any(|line| line.expect("text").starts_with("id:")),
        "the stream is open"
    );

    let begun = Instant::now();
    let killed = Command::new("kill")
        .arg(process.id().to_string())
        .status()
        .expect("kill ran");
    assert!(killed.success());
    let status = process.wait().expect("it ended");
    assert!(status.success(), "{status}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        begun.elapsed()
    );
}
