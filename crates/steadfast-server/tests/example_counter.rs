//! The counter example, run as a program and killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The running example. Dropping it kills it as `kill -9` does.
struct Example {
    child: Child,
    address: String,
}

impl Example {
    fn start(data: &Path) -> Self {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().unwrap().parent().unwrap().join("examples/counter");
        let mut child = Command::new(program)
            .args(["--port", "0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo has built the examples, as it does unless one test is named");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect(&line).to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("content-type: text/plain;charset=UTF-8"), "{answer}");
        answer.rsplit_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn counts_on_after_it_was_killed() {
    let data = tempfile::tempdir().unwrap();
    let first = Example::start(data.path());
    assert_eq!([first.get("/"), first.get("/")], ["1\n", "2\n"]);
    assert_eq!(first.get("/other?query"), "1\n", "each path is a counter of its own");
    drop(first);

    let second = Example::start(data.path());
    assert_eq!([second.get("/"), second.get("/other")], ["3\n", "2\n"]);
}
