//! Section 7: how sockets end.

use crate::support::{CLOSE, Manner, PING, TEXT, Told, assert_message, close, frame, host, host_with};
use std::time::Duration;
use steadfast_server::Settings;

/// A server that cuts silent peers soon.
fn impatient() -> Manner {
    let settings = Settings { socket_close_timeout: Duration::from_millis(40), ..Settings::default() };
    Manner { settings, ..Manner::default() }
}

#[test]
fn a_close_frame_is_answered_with_its_code() {
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        let host = host();
        let (mut client, _socket) = host.open();
        client.send_frame(TEXT, "before").send_frame(CLOSE, close(code, "bye"));
        client.assert_frame(TEXT, "before");
        assert_eq!(client.assert_close(code), "");
        assert_message(host.next(), "before");
        host.assert_closed(code, "bye", true);
    }
}

#[test]
fn an_empty_close_frame_is_answered_with_one() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(CLOSE, "").assert_frame(CLOSE, "").assert_gone();
    host.assert_closed(1005, "", true);
}

#[test]
fn the_longest_reason_is_taken_and_a_longer_one_is_not() {
    let host = host();
    let (mut client, _socket) = host.open();
    let reason = "*".repeat(123);
    client.send_frame(CLOSE, close(1000, &reason)).assert_close(1000);
    host.assert_closed(1000, &reason, true);
    let (mut client, _socket) = host.open();
    client.send_frame(CLOSE, close(1000, &"*".repeat(124))).assert_close(1002);
}

#[test]
fn codes_that_cannot_be_sent_are_refused() {
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999] {
        let host = host();
        let (mut client, _socket) = host.open();
        let reason = client.send_frame(CLOSE, close(code, "")).assert_close(1002);
        assert_eq!(reason, format!("Received Close frame with a code that cannot be sent: {code}"));
        assert_eq!(host.next(), Told::broken(1002, &reason));
    }
}

#[test]
fn half_a_code_and_a_reason_that_is_no_text_are_refused() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(CLOSE, [3]).assert_close(1002);
    let (mut client, _socket) = host.open();
    client.send_frame(CLOSE, b"\x03\xe8\xce\xba\xed\xa0\x80").assert_close(1007);
}

#[test]
fn nothing_is_answered_behind_a_close_frame() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send([frame(CLOSE, close(1000, "")), frame(TEXT, "late"), frame(PING, "late")].concat());
    client.assert_close(1000);
    host.assert_closed(1000, "", true);
}

#[test]
fn the_server_closes_after_what_it_sent_and_waits_for_the_answer() {
    let host = host();
    let (mut client, socket) = host.open();
    socket.send("last words".into());
    socket.close(Some(4001), "done");
    socket.send("too late".into());
    socket.close(Some(4002), "again");
    client.assert_frame(TEXT, "last words").assert_frame(CLOSE, close(4001, "done"));
    client.send_frame(TEXT, "crossing").send_frame(CLOSE, close(4001, "")).assert_gone();
    assert_message(host.next(), "crossing");
    host.assert_closed(4001, "", true);
}

#[test]
fn a_close_without_a_code_is_empty() {
    let host = host();
    let (mut client, socket) = host.open();
    socket.close(None, "unused");
    client.assert_frame(CLOSE, "").send_frame(CLOSE, "").assert_gone();
    host.assert_closed(1005, "", true);
}

#[test]
fn a_peer_that_never_answers_a_close_is_cut() {
    let host = host_with(impatient());
    let (mut client, socket) = host.open();
    socket.close(Some(1000), "");
    client.assert_close(1000);
    host.assert_lost();
}

#[test]
fn a_peer_that_never_takes_the_close_is_cut() {
    let host = host_with(impatient());
    let (_client, socket) = host.open();
    // More than the buffers between two sockets hold.
    socket.send(vec![0; 16 << 20].into());
    socket.close(Some(1000), "");
    host.assert_lost();
}

#[test]
fn an_open_socket_outlives_every_timeout() {
    let short = Duration::from_millis(5);
    let settings = Settings {
        keep_alive_idle_timeout: short,
        body_idle_timeout: short,
        socket_close_timeout: short,
        ..Settings::default()
    };
    let host = host_with(Manner { settings, ..Manner::default() });
    let (mut client, _socket) = host.open();
    // A connection that came later is cut by the timeout that the socket does not have.
    let mut idle = crate::support::Client::connect(&host.server);
    idle.send(crate::support::request("").replace("websocket", "nothing"));
    assert_eq!(idle.head().status, 426);
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut idle.stream, &mut rest).expect("the end of the idle connection");
    client.send_frame(TEXT, "still here").assert_frame(TEXT, "still here");
}

#[test]
fn a_handler_may_answer_the_close_itself() {
    let host = host_with(Manner { answers_close: true, ..Manner::default() });
    let (mut client, socket) = host.open();
    client.send_frame(CLOSE, close(1000, "bye"));
    host.assert_closed(1000, "bye", true);
    socket.send("one more thing".into());
    socket.close(Some(4000), "answered");
    client.assert_frame(TEXT, "one more thing");
    assert_eq!(client.assert_close(4000), "answered");
}

#[test]
fn a_peer_that_leaves_is_told_once() {
    let host = host();
    let (client, socket) = host.open();
    drop(client);
    host.assert_lost();
    socket.send("into the void".into());
    socket.close(Some(1000), "");
    socket.abort();
    let (mut half, _socket) = host.open();
    half.close_sending();
    half.assert_gone();
    host.assert_lost();
    drop(host.server);
    assert!(host.told.try_recv().is_err(), "nothing more is told");
}

#[test]
fn a_peer_that_leaves_after_its_close_frame_is_not_told_again() {
    let host = host_with(Manner { answers_close: true, ..Manner::default() });
    let (mut client, _socket) = host.open();
    client.send_frame(CLOSE, close(1001, ""));
    drop(client);
    host.assert_closed(1001, "", true);
    drop(host.server);
    assert!(host.told.try_recv().is_err(), "nothing more is told");
}

#[test]
fn an_aborted_socket_is_gone_without_a_close_frame() {
    let host = host();
    let (mut client, socket) = host.open();
    socket.abort();
    client.assert_gone();
    host.assert_lost();
}
