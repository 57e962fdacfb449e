//! Sections 1 and 2: messages of every length, pings and pongs.

use crate::support::{BINARY, PING, PONG, TEXT, assert_message, frame, host};

/// Around each border between two ways of saying a length.
const LENGTHS: [usize; 8] = [0, 1, 125, 126, 127, 128, 65_535, 65_536];

#[test]
fn messages_of_every_length_come_back() {
    let host = host();
    let (mut client, _socket) = host.open();
    for length in LENGTHS {
        let text = "*".repeat(length);
        client.send_frame(TEXT, &text).assert_frame(TEXT, &text);
        let bytes = vec![0xfe; length];
        client.send_frame(BINARY, &bytes).assert_frame(BINARY, &bytes);
    }
}

#[test]
fn messages_may_come_in_any_pieces() {
    let host = host();
    let (mut client, _socket) = host.open();
    let text = "*".repeat(70_000);
    for piece in [997, 4096, 69_999] {
        let bytes = frame(TEXT, &text);
        for part in bytes.chunks(piece) {
            client.send(part);
        }
        client.assert_frame(TEXT, &text);
    }
    client.trickle(&frame(TEXT, "letter by letter")).assert_frame(TEXT, "letter by letter");
}

#[test]
fn many_messages_in_one_piece_come_back_in_order() {
    let host = host();
    let (mut client, _socket) = host.open();
    let all: Vec<u8> = (0..1000).flat_map(|number| frame(TEXT, number.to_string())).collect();
    client.send(all);
    for number in 0..1000 {
        client.assert_frame(TEXT, number.to_string());
    }
}

#[test]
fn a_message_whose_length_is_said_the_long_way_is_taken() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send([TEXT, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, b'h', b'i']);
    client.assert_frame(TEXT, "hi");
}

#[test]
fn pings_are_answered_with_what_they_carry_and_the_handler_is_not_told() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(PING, "").assert_frame(PONG, "");
    client.send_frame(PING, [0, 0xff, 0xfe]).assert_frame(PONG, [0, 0xff, 0xfe]);
    client.send_frame(PING, [0xfe; 125]).assert_frame(PONG, [0xfe; 125]);
    client.trickle(&frame(PING, "in pieces")).assert_frame(PONG, "in pieces");
    client.send_frame(TEXT, "told").assert_frame(TEXT, "told");
    assert_message(host.next(), "told");
}

#[test]
fn ten_pings_at_once_are_answered_one_by_one() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send((0..10).flat_map(|number| frame(PING, number.to_string())).collect::<Vec<_>>());
    for number in 0..10 {
        client.assert_frame(PONG, number.to_string());
    }
}

#[test]
fn pongs_that_nobody_asked_for_are_ignored() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(PONG, "").send_frame(PONG, "unasked").send_frame(PING, "asked");
    client.assert_frame(PONG, "asked");
}
