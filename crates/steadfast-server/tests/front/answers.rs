//! Answers from any thread, answers that never come, and clients that leave before them.

use crate::support::{Client, echo_target, serve, serve_with, text};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use steadfast_server::{Responder, Settings};

#[test]
fn a_dropped_responder_answers_500() {
    let server = serve(|_request, responder| drop(responder));
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").status, 500);
    assert_eq!(client.get("/").status, 500);
}

#[test]
fn answers_from_other_threads_reach_their_own_connections() {
    for threads in [1, 2] {
        let (requests, queue) = mpsc::channel();
        let server = serve_with(Settings { threads, ..Settings::default() }, move |request, responder| {
            requests.send((request, responder)).unwrap();
        });
        let answering = thread::spawn(move || {
            let mut held = Vec::new();
            for (request, responder) in queue {
                held.push((request, responder));
                // Later ones first, as a commit of many would not do, to see that order across connections is free.
                if held.len() == 8 {
                    for (request, responder) in held.drain(..).rev() {
                        echo_target(request, responder);
                    }
                }
            }
        });
        thread::scope(|scope| {
            for client in 0..8 {
                let server = &server;
                scope.spawn(move || {
                    let mut connection = Client::connect(server);
                    for n in 0..500 {
                        let path = format!("/{client}/{n}");
                        assert_eq!(connection.get(&path).body, format!("GET {path}"));
                    }
                });
            }
        });
        server.shutdown(Duration::ZERO);
        answering.join().unwrap();
    }
}

#[test]
fn a_client_that_leaves_is_noticed_and_its_answer_goes_nowhere() {
    let (waiting, waits) = mpsc::channel::<Responder>();
    let (left, leaves) = mpsc::channel();
    let server = serve(move |request, responder| match request.uri().path() {
        "/wait" => {
            let left = left.clone();
            responder.on_close(move || left.send(()).unwrap());
            waiting.send(responder).unwrap();
        }
        _ => echo_target(request, responder),
    });
    let mut client = Client::connect(&server);
    client.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n");
    let responder = waits.recv().unwrap();
    assert!(!responder.is_closed());
    drop(client);
    leaves.recv().unwrap();
    assert!(responder.is_closed());
    // Asked for after the fact, it is told at once.
    let (late, lates) = mpsc::channel();
    responder.on_close(move || late.send(()).unwrap());
    lates.recv().unwrap();
    responder.respond(text("too late"));
    assert_eq!(Client::connect(&server).get("/next").body, "GET /next");
}

#[test]
fn an_answered_request_is_not_reported_as_left() {
    let (left, leaves) = mpsc::channel();
    let left = Mutex::new(Some(left));
    let server = serve(move |request, responder| {
        if let Some(left) = left.lock().unwrap().take() {
            responder.on_close(move || left.send(()).unwrap());
        }
        echo_target(request, responder);
    });
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").status, 200);
    drop(client);
    assert!(leaves.recv().is_err(), "the callback is dropped, not called");
}

#[test]
fn the_peer_is_known() {
    let server = serve(|_request, responder| {
        let peer = responder.peer_addr();
        responder.respond(text(peer.to_string()));
    });
    let mut client = Client::connect(&server);
    let address = client.stream.get_ref().local_addr().unwrap();
    assert_eq!(client.get("/").body, address.to_string());
}
