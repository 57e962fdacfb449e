//! Section 9: large messages, and the limit.

use crate::support::{BINARY, Manner, PING, PONG, TEXT, Told, frame, host, host_with};
use std::thread;
use steadfast_server::{Settings, SocketEvent};

const MIB: usize = 1 << 20;

#[test]
fn large_messages_come_back_whole_and_in_fragments() {
    let host = host();
    let (mut client, _socket) = host.open();
    for length in [MIB, 4 * MIB] {
        let text = "*".repeat(length);
        client.send_frame(TEXT, &text).assert_frame(TEXT, &text);
        let fragments = text.as_bytes().chunks(length / 16).enumerate();
        let parts: Vec<u8> = fragments
            .flat_map(|(number, part)| {
                let first = if number == 0 { 0x01 } else { 0x00 };
                let last = if number == 15 { 0x80 } else { 0x00 };
                frame(first | last, part)
            })
            .collect();
        client.send(parts).assert_frame(TEXT, &text);
    }
}

#[test]
fn a_ping_is_answered_before_a_large_message_has_come() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(0x02, vec![0; MIB]).send_frame(PING, "").assert_frame(PONG, "");
    client.send_frame(0x80, "").assert_frame(BINARY, vec![0; MIB]);
}

#[test]
fn the_largest_message_is_taken_and_a_larger_one_refused_by_its_head() {
    let host = host();
    let (mut client, _socket) = host.open();
    let largest = vec![7; 32 * MIB];
    let sent = frame(BINARY, &largest);
    let mut writer = crate::support::Client { stream: std::io::BufReader::new(clone(&client)) };
    let writing = thread::spawn(move || {
        writer.send(sent);
    });
    client.assert_frame(BINARY, &largest);
    writing.join().unwrap();
    assert!(matches!(host.next(), Told::Event(SocketEvent::Message(_))));
    assert_eq!(host.next(), Told::Room);
    let mut head = frame(BINARY, "");
    head[1] = 0x80 | 127;
    head.splice(2..2, (32 * MIB as u64 + 1).to_be_bytes());
    let reason = client.send(head).assert_close(1009);
    assert_eq!(reason, "Message is too large: 33554433 > 33554432");
    assert_eq!(host.next(), Told::broken(1009, &reason));
}

#[test]
fn the_limit_is_of_messages_and_not_of_fragments() {
    let settings = Settings { socket_message_bytes_max: 1000, ..Settings::default() };
    let host = host_with(Manner { settings, ..Manner::default() });
    let (mut client, _socket) = host.open();
    client.send([frame(0x01, [b'a'; 600]), frame(0x80, [b'a'; 400])].concat());
    client.assert_frame(TEXT, [b'a'; 1000]);
    client.send([frame(0x01, [b'a'; 600]), frame(0x80, [b'a'; 401])].concat());
    assert_eq!(client.assert_close(1009), "Message is too large: 1001 > 1000");
}

#[test]
fn a_length_that_no_machine_could_hold_is_refused() {
    let host = host();
    let (mut client, _socket) = host.open();
    let mut head = vec![BINARY, 0x80 | 127];
    head.extend(u64::MAX.to_be_bytes());
    head.extend([0; 4]);
    client.send(head).assert_close(1009);
}

fn clone(client: &crate::support::Client) -> std::net::TcpStream {
    client.stream.get_ref().try_clone().expect("a second handle")
}
