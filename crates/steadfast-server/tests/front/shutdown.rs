//! Ending a server: what has begun is finished, what is idle is closed, what takes too long is cut.

use crate::support::{Client, echo_target, serve, serve_with, text};
use bytes::Bytes;
use http::Response;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use steadfast_server::{
    BodySender, ErrorKind, Handler, RequestBody, Responder, Server, Settings, body_channel,
};

const LONG: Duration = Duration::from_secs(60);

/// A server whose requests wait, and a way to get at them.
fn waiting(threads: usize) -> (Server, mpsc::Receiver<Responder>) {
    let (requests, waiting) = mpsc::channel();
    let requests = Mutex::new(requests);
    let server = serve_with(Settings { threads, ..Settings::default() }, move |_request, responder| {
        requests.lock().unwrap().send(responder).unwrap();
    });
    (server, waiting)
}

#[test]
fn a_request_in_progress_is_finished_and_new_connections_are_not_taken() {
    for threads in [1, 2] {
        let (server, requests) = waiting(threads);
        let address = server.local_addr();
        let mut clients: Vec<_> = (0..4).map(|_| Client::connect(&server)).collect();
        let responders: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
                requests.recv().unwrap()
            })
            .collect();
        let (done, is_done) = mpsc::channel();
        server.shutdown_then(LONG, move || done.send(()).unwrap());
        while TcpStream::connect(address).is_ok() {}
        assert!(is_done.try_recv().is_err(), "requests are still in progress");
        for responder in responders {
            responder.respond(text("finished"));
        }
        for client in &mut clients {
            let answer = client.answer();
            assert_eq!((answer.body.as_str(), answer.header("connection")), ("finished", Some("close")));
            client.assert_closed();
        }
        is_done.recv().unwrap();
    }
}

/// The connection looked whether the server ends before its request was handled, and must look again after it.
#[test]
fn an_answer_given_at_once_by_a_handler_that_ends_the_server_closes_its_connection() {
    let held = Arc::new(Mutex::new(None::<Server>));
    let ended = Arc::clone(&held);
    let server = serve(move |_request, responder| {
        if let Some(server) = ended.lock().unwrap().take() {
            server.shutdown_then(LONG, || ());
        }
        responder.respond(text("finished"));
    });
    let mut client = Client::connect(&server);
    *held.lock().unwrap() = Some(server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("finished", Some("close")));
    client.assert_closed();
}

#[test]
fn a_stream_in_progress_is_finished() {
    let (streams, stream) = mpsc::channel::<BodySender>();
    let streams = Mutex::new(streams);
    let server = serve(move |_request, responder| {
        let (sender, receiver) = body_channel(1024);
        responder.respond(Response::new(receiver.into()));
        streams.lock().unwrap().send(sender).unwrap();
    });
    let mut client = Client::connect(&server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let stream = stream.recv().unwrap();
    stream.send(Bytes::from("one")).unwrap();
    client.head();
    assert_eq!(client.try_chunk().unwrap().unwrap(), b"one");
    let (done, is_done) = mpsc::channel();
    let address = server.local_addr();
    server.shutdown_then(LONG, move || done.send(()).unwrap());
    while TcpStream::connect(address).is_ok() {}
    stream.send(Bytes::from("two")).unwrap();
    stream.finish();
    assert_eq!(client.try_chunk().unwrap().unwrap(), b"two");
    assert_eq!(client.try_chunk().unwrap(), None);
    client.assert_closed();
    is_done.recv().unwrap();
}

#[test]
fn idle_connections_are_closed_at_once() {
    let server = serve(echo_target);
    let mut used = Client::connect(&server);
    assert_eq!(used.get("/").status, 200);
    let mut fresh = Client::connect(&server);
    server.shutdown(LONG);
    used.assert_closed();
    fresh.assert_closed();
}

#[test]
fn what_outlasts_the_grace_is_cut_and_told() {
    let (server, requests) = waiting(1);
    let mut client = Client::connect(&server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let responder = requests.recv().unwrap();
    let (closed, closes) = mpsc::channel();
    responder.on_close(move || closed.send(()).unwrap());
    server.shutdown(Duration::from_millis(20));
    closes.recv().unwrap();
    client.assert_closed();
    responder.respond(text("too late"));
}

#[test]
fn a_dropped_server_is_gone_and_its_port_is_free() {
    struct Echo;
    impl Handler for Echo {
        fn handle(&self, request: http::Request<RequestBody>, responder: Responder) {
            echo_target(request, responder);
        }
    }
    let server = crate::support::bind(Settings::default(), Arc::new(Echo));
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").status, 200);
    let address = server.local_addr();
    let taken = Server::bind(address, Settings::default(), Arc::new(Echo)).expect_err("a port in use");
    assert_eq!(taken.kind(), ErrorKind::AddressInUse);
    drop(server);
    client.assert_closed();
    let server = Server::bind(address, Settings::default(), Arc::new(Echo)).expect("the same port again");
    assert_eq!(Client::connect(&server).get("/").status, 200);
    let elsewhere = Server::bind(([192, 0, 2, 1], 0).into(), Settings::default(), Arc::new(Echo));
    assert_eq!(elsewhere.expect_err("an address of nobody").kind(), ErrorKind::AddressRefused);
}
