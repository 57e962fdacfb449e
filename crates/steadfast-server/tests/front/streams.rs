//! Streamed answers: as they are made, held back by slow clients, given up, and left by their clients.

use crate::support::{Client, serve};
use bytes::Bytes;
use http::{Response, header};
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use steadfast_server::{BodySender, ErrorKind, Flow, Server, body_channel};

/// A server that answers every request with a stream, and gives its senders.
fn streaming(capacity: usize) -> (Server, mpsc::Receiver<BodySender>) {
    let (senders, streams) = mpsc::channel();
    let server = serve(move |_request, responder| {
        let (sender, receiver) = body_channel(capacity);
        responder.respond(Response::new(receiver.into()));
        senders.send(sender).unwrap();
    });
    (server, streams)
}

fn request(client: &mut Client) {
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
}

#[test]
fn chunks_arrive_as_they_are_sent() {
    let (server, streams) = streaming(64 * 1024);
    let mut client = Client::connect(&server);
    for _ in 0..2 {
        request(&mut client);
        let stream = streams.recv().unwrap();
        assert_eq!(client.head().header("transfer-encoding"), Some("chunked"));
        for word in ["one", "two"] {
            assert_eq!(stream.send(Bytes::from(word)).unwrap(), Flow::Open);
            assert_eq!(client.try_chunk().unwrap().unwrap(), word.as_bytes());
        }
        stream.send(Bytes::new()).unwrap();
        stream.finish();
        assert_eq!(client.try_chunk().unwrap(), None);
    }
}

#[test]
fn a_stream_with_a_stated_length_is_not_chunked() {
    let server = serve(|_request, responder| {
        let (sender, receiver) = body_channel(1024);
        let response = Response::builder().header(header::CONTENT_LENGTH, 5).body(receiver.into()).unwrap();
        responder.respond(response);
        sender.send(Bytes::from("he")).unwrap();
        sender.send(Bytes::from("llo")).unwrap();
        sender.finish();
    });
    let mut client = Client::connect(&server);
    for _ in 0..2 {
        let answer = client.get("/");
        assert_eq!((answer.body.as_str(), answer.header("transfer-encoding")), ("hello", None));
    }
}

#[test]
fn a_producer_that_outruns_its_reader_is_held_at_a_bound() {
    const TOTAL: usize = 64 << 20;
    const PIECE: usize = 64 * 1024;
    // The channel, the front's write buffer, and what the kernel holds for both ends of the socket.
    const BOUND: usize = 16 << 20;
    let (server, streams) = streaming(256 * 1024);
    let mut client = Client::connect(&server);
    request(&mut client);
    let stream = streams.recv().unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let held = Arc::new(AtomicUsize::new(0));
    let producing = {
        let (sent, held) = (Arc::clone(&sent), Arc::clone(&held));
        thread::spawn(move || {
            let piece = Bytes::from(vec![b'x'; PIECE]);
            while sent.fetch_add(PIECE, Ordering::SeqCst) < TOTAL - PIECE {
                if stream.send(piece.clone()).unwrap() == Flow::Full {
                    held.fetch_add(1, Ordering::SeqCst);
                    let (room, ready) = mpsc::channel();
                    stream.on_ready(move || room.send(()).unwrap());
                    ready.recv().unwrap();
                }
            }
            stream.send(piece).unwrap();
            stream.finish();
        })
    };
    client.head();
    let mut received = 0;
    while let Some(chunk) = client.try_chunk().unwrap() {
        received += chunk.len();
        let ahead = sent.load(Ordering::SeqCst).saturating_sub(received);
        assert!(ahead <= BOUND, "producer is ahead: bytes={ahead}");
    }
    producing.join().unwrap();
    assert_eq!(received, TOTAL);
    assert!(held.load(Ordering::SeqCst) > 0, "the producer was never held");
}

#[test]
fn a_channel_nobody_reads_takes_its_capacity_and_one_chunk() {
    let (sender, _receiver) = body_channel(1000);
    let piece = Bytes::from(vec![0; 300]);
    let flows: Vec<_> = (0..4).map(|_| sender.send(piece.clone()).unwrap()).collect();
    assert_eq!(flows, [Flow::Open, Flow::Open, Flow::Open, Flow::Full]);
    assert_eq!(sender.flow().unwrap(), Flow::Full);
}

#[test]
fn staged_chunks_take_room_and_leave_only_when_released() {
    let (server, streams) = streaming(10);
    let mut client = Client::connect(&server);
    request(&mut client);
    let stream = streams.recv().unwrap();
    let (first, flow) = stream.stage(Bytes::from("12345")).unwrap();
    assert_eq!(flow, Flow::Open);
    let (second, flow) = stream.stage(Bytes::from("67890")).unwrap();
    assert_eq!(flow, Flow::Full);
    // The end waits for them, too.
    stream.finish();
    client.head();
    first.release();
    assert_eq!(client.try_chunk().unwrap().unwrap(), b"12345");
    second.release();
    assert_eq!(client.try_chunk().unwrap().unwrap(), b"67890");
    assert_eq!(client.try_chunk().unwrap(), None);
}

#[test]
fn a_body_given_up_is_seen_to_be_cut_after_what_was_sent() {
    let give_up: [fn(BodySender); 3] = [
        drop,
        |stream| stream.abort(io::Error::other("the handler failed")),
        |stream| {
            let staged = stream.stage(Bytes::from("never")).unwrap();
            stream.finish();
            drop(staged);
        },
    ];
    for give_up in give_up {
        let (server, streams) = streaming(1024);
        let mut client = Client::connect(&server);
        request(&mut client);
        let stream = streams.recv().unwrap();
        stream.send(Bytes::from("sent")).unwrap();
        give_up(stream);
        client.head();
        assert_eq!(client.try_chunk().unwrap().unwrap(), b"sent");
        let error = client.try_chunk().expect_err("a cut body");
        assert!(
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset),
            "{error}"
        );
    }
}

#[test]
fn http_1_0_gets_its_stream_until_the_close_and_a_reset_when_cut() {
    let (server, streams) = streaming(1024);
    for cut in [false, true] {
        let mut client = Client::connect(&server);
        client.send("GET / HTTP/1.0\r\n\r\n");
        let stream = streams.recv().unwrap();
        stream.send(Bytes::from("sent")).unwrap();
        client.head();
        let mut sent = [0; 4];
        client.stream.read_exact(&mut sent).unwrap();
        assert_eq!(&sent, b"sent");
        if cut {
            drop(stream);
            let error = client.stream.read(&mut sent).expect_err("a reset");
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        } else {
            stream.finish();
            client.assert_closed();
        }
    }
}

#[test]
fn a_client_that_leaves_ends_its_stream() {
    let (server, streams) = streaming(1024);
    let mut client = Client::connect(&server);
    request(&mut client);
    let stream = streams.recv().unwrap();
    stream.send(Bytes::from("x")).unwrap();
    let (closed, closes) = mpsc::channel();
    stream.on_close(move || closed.send(()).unwrap());
    client.head();
    drop(client);
    closes.recv().unwrap();
    assert_eq!(stream.send(Bytes::from("y")).unwrap_err().kind(), ErrorKind::ClientGone);
    assert_eq!(stream.flow().unwrap_err().kind(), ErrorKind::ClientGone);
    // A producer that waits for room does not wait for ever.
    let (ready, readies) = mpsc::channel();
    stream.on_ready(move || ready.send(()).unwrap());
    readies.recv().unwrap();
}

#[test]
fn a_stream_that_head_does_not_want_is_closed() {
    let (closed, closes) = mpsc::channel();
    let closed = Mutex::new(closed);
    let server = serve(move |_request, responder| {
        let (sender, receiver) = body_channel(1024);
        let closed = closed.lock().unwrap().clone();
        sender.on_close(move || closed.send(()).unwrap());
        responder.respond(Response::new(receiver.into()));
    });
    let mut client = Client::connect(&server);
    for _ in 0..2 {
        client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
        assert_eq!(client.head().status, 200);
        closes.recv().unwrap();
    }
}

#[test]
fn many_small_chunks_from_several_threads_lose_nothing() {
    let (server, streams) = streaming(4096);
    thread::scope(|scope| {
        for _ in 0..4 {
            let mut client = Client::connect(&server);
            request(&mut client);
            let stream = streams.recv().unwrap();
            scope.spawn(move || {
                for n in 0..5000_u32 {
                    if stream.send(Bytes::from(n.to_string() + " ")).unwrap() == Flow::Full {
                        let (room, ready) = mpsc::channel();
                        stream.on_ready(move || room.send(()).unwrap());
                        ready.recv().unwrap();
                    }
                }
                stream.finish();
            });
            scope.spawn(move || {
                let numbers = client.answer().body;
                let expected: String = (0..5000_u32).map(|n| n.to_string() + " ").collect();
                assert_eq!(numbers, expected);
            });
        }
    });
}

#[test]
fn large_bodies_arrive_whole_however_they_are_sliced() {
    let large: String = (0..1_000_000_u32).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
    let body = Bytes::from(large.clone());
    let server = serve(move |request, responder| {
        if request.uri().path() == "/full" {
            responder.respond(Response::new(body.clone().into()));
        } else {
            let (sender, receiver) = body_channel(1024);
            responder.respond(Response::new(receiver.into()));
            assert_eq!(sender.send(body.clone()).unwrap(), Flow::Full);
            sender.finish();
        }
    });
    let mut client = Client::connect(&server);
    for path in ["/full", "/stream", "/full"] {
        assert!(client.get(path).body == large, "{path}");
    }
}
