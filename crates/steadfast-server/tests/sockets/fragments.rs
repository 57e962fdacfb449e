//! Section 5: messages in fragments.

use crate::support::{BINARY, CLOSE, PING, PONG, TEXT, Told, close, frame, host};

const TEXT_BEGINS: u8 = 0x01;
const BINARY_BEGINS: u8 = 0x02;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;

#[test]
fn fragments_are_one_message_however_they_arrive() {
    let host = host();
    let (mut client, _socket) = host.open();
    let parts =
        [frame(TEXT_BEGINS, "frag"), frame(GOES_ON, ""), frame(GOES_ON, "men"), frame(ENDS, "ts")].concat();
    client.send(&parts).assert_frame(TEXT, "fragments");
    client.trickle(&parts).assert_frame(TEXT, "fragments");
    client.send([frame(BINARY_BEGINS, [1]), frame(ENDS, [2])].concat()).assert_frame(BINARY, [1, 2]);
    client.send([frame(TEXT_BEGINS, ""), frame(ENDS, "")].concat()).assert_frame(TEXT, "");
}

#[test]
fn control_frames_between_fragments_are_answered_at_once() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(TEXT_BEGINS, "one").send_frame(PING, "ping").assert_frame(PONG, "ping");
    client.send_frame(GOES_ON, " two").send_frame(PONG, "").send_frame(PING, "").assert_frame(PONG, "");
    client.send_frame(ENDS, " three").assert_frame(TEXT, "one two three");
}

#[test]
fn a_close_frame_between_fragments_ends_the_message() {
    let host = host();
    let (mut client, _socket) = host.open();
    client.send_frame(TEXT_BEGINS, "never").send_frame(CLOSE, close(1000, "enough")).assert_close(1000);
    host.assert_closed(1000, "enough", true);
}

#[test]
fn a_continuation_needs_a_message_and_a_message_its_end() {
    for (parts, reason) in [
        (vec![frame(ENDS, "x")], "Unexpected continuation frame"),
        (vec![frame(GOES_ON, "x")], "Unexpected continuation frame"),
        (vec![frame(TEXT_BEGINS, "x"), frame(TEXT, "y")], "Missing continuation frame"),
        (vec![frame(TEXT_BEGINS, "x"), frame(BINARY_BEGINS, "y")], "Missing continuation frame"),
        (vec![frame(TEXT_BEGINS, "x"), frame(ENDS, "y"), frame(ENDS, "z")], "Unexpected continuation frame"),
    ] {
        let host = host();
        let (mut client, _socket) = host.open();
        if parts.len() == 3 {
            client.send(parts.concat()).assert_frame(TEXT, "xy");
            host.next();
        } else {
            client.send(parts.concat());
        }
        assert_eq!(client.assert_close(1002), reason);
        assert_eq!(host.next(), Told::broken(1002, reason));
    }
}
