//! Peers that read slowly, handlers that read slowly, and everybody else meanwhile.

use crate::support::{BINARY, Manner, PING, PONG, TEXT, Told, assert_message, frame, host, host_with};
use bytes::Bytes;
use steadfast_server::{Settings, SocketMessage};

const MIB: usize = 1 << 20;

/// Sends until the buffers of the system are full and bytes stay behind; gives how many messages that took.
fn fill(
    socket: &steadfast_server::Socket,
    message: &SocketMessage,
    other: &mut crate::support::Client,
) -> usize {
    for number in 1..1000 {
        socket.send(message.clone());
        // The thread has written what it could before it answers somebody else.
        other.send_frame(PING, "").assert_frame(PONG, "");
        if socket.buffered_bytes() >= 2 * MIB {
            return number;
        }
    }
    panic!("the system buffers everything");
}

#[test]
fn a_slow_reader_stalls_nobody_else_and_loses_nothing() {
    let host = host();
    let (mut slow, slow_socket) = host.open();
    let (mut quick, _socket) = host.open();
    let message = SocketMessage::from(vec![5; MIB]);
    let sent = fill(&slow_socket, &message, &mut quick);
    host.told.try_iter().for_each(|told| assert_eq!(told, Told::Room));
    for number in 0..100 {
        quick.send_frame(TEXT, number.to_string()).assert_frame(TEXT, number.to_string());
        assert_message(host.next(), number.to_string());
    }
    assert!(slow_socket.buffered_bytes() >= MIB);
    for _ in 0..sent {
        slow.assert_frame(BINARY, vec![5; MIB]);
    }
    assert_eq!(host.next(), Told::Room);
    assert_eq!(slow_socket.buffered_bytes(), 0);
}

#[test]
fn a_reader_that_never_reads_is_aborted_at_the_bound() {
    let settings = Settings { socket_buffer_bytes_max: 10 * MIB, ..Settings::default() };
    let host = host_with(Manner { settings, ..Manner::default() });
    let (mut client, socket) = host.open();
    // A message as large as the bound is taken, whatever the system takes of it.
    socket.send(vec![0; 10 * MIB].into());
    client.assert_frame(BINARY, vec![0; 10 * MIB]);
    assert_eq!(host.next(), Told::Room);
    let one = SocketMessage::from(vec![0; MIB]);
    let aborted = (0..1000).any(|_| {
        socket.send(one.clone());
        host.told.try_recv().is_ok()
    });
    if !aborted {
        host.assert_lost();
    }
}

#[test]
fn a_message_to_many_is_one_piece_of_memory() {
    let host = host();
    let mut clients: Vec<_> = (0..50).map(|_| host.open()).collect();
    let bytes = Bytes::from(vec![9; 100_000]);
    for (_, socket) in &clients {
        socket.send(bytes.clone().into());
    }
    for (client, _) in &mut clients {
        client.assert_frame(BINARY, &bytes);
    }
    for (client, socket) in &mut clients {
        // What was written is let go of before the next thing is answered.
        client.send_frame(PING, "").assert_frame(PONG, "");
        assert_eq!(socket.buffered_bytes(), 0);
    }
    assert!(bytes.try_into_mut().is_ok(), "nobody else holds the bytes any more");
}

#[test]
fn a_handler_that_does_not_read_holds_its_peer_back_and_nobody_else() {
    let host = host_with(Manner { echoes: false, ..Manner::default() });
    let (mut client, socket) = host.open();
    let (mut other, _socket) = host.open();
    socket.set_reading(false);
    // Nothing tells when the thread has seen that but its answer to somebody else.
    other.send_frame(PING, "").assert_frame(PONG, "");
    client.send_frame(TEXT, "held");
    other.send_frame(TEXT, "other");
    assert_message(host.next(), "other");
    assert!(host.told.try_recv().is_err(), "the peer is not read");
    socket.set_reading(true);
    assert_message(host.next(), "held");
}

#[test]
fn a_peer_that_pings_and_never_reads_costs_little() {
    let host = host();
    let (client, socket) = host.open();
    let (mut other, _socket) = host.open();
    let pings = frame(PING, [0x2e; 125]).repeat(1000);
    let mut writer = client.stream.get_ref();
    writer.set_nonblocking(true).unwrap();
    // As many as the system takes while nobody reads the answers.
    let mut taken = 0;
    for _ in 0..1000 {
        match std::io::Write::write(&mut writer, &pings) {
            Ok(bytes) => taken += bytes,
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
        other.send_frame(TEXT, "x").assert_frame(TEXT, "x");
    }
    assert!(taken > 50 * MIB, "pings are read although their answers are not: {taken}");
    assert_eq!(socket.buffered_bytes(), 0);
}

#[test]
fn threads_send_to_one_socket_without_losing_an_order() {
    let host = host();
    let (mut client, socket) = host.open();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let socket = socket.clone();
            scope.spawn(move || {
                (0..1000).for_each(|number| socket.send(format!("{thread} {number}").into()));
            });
        }
    });
    let mut next = [0; 4];
    for _ in 0..4000 {
        let text = String::from_utf8(client.frame().payload).unwrap();
        let (thread, number) = text.split_once(' ').unwrap();
        let expected = &mut next[thread.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*expected));
        *expected += 1;
    }
}
