//! Sections 2 to 4: frames that nobody may send. What came before them still counts.

use crate::support::{BINARY, CLOSE, PING, PONG, TEXT, Told, assert_message, frame, host};
use steadfast_server::SocketEvent;

/// Sends a message and then these bytes; gives the reason of the Close frame, which has this code.
#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, code: u16) -> String {
    let host = host();
    let (mut client, _socket) = host.open();
    // Behind the breach there may be more, which is not looked at.
    client.send([&frame(TEXT, "before"), bytes.as_ref(), &frame(TEXT, "behind")].concat());
    client.assert_frame(TEXT, "before");
    let reason = client.assert_close(code);
    assert_message(host.next(), "before");
    let Told::Event(SocketEvent::Error { code: told_code, reason: told }) = host.next() else {
        panic!("not told of a breach");
    };
    // A frame has no room for the end of a long reason.
    assert!(told_code == code && told.starts_with(&reason), "{told}");
    drop(client);
    drop(host.server);
    assert!(host.told.try_recv().is_err(), "an end is told once");
    reason
}

#[test]
fn reserved_bits_mean_nothing_here() {
    for bits in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
        for first in [TEXT, BINARY, PING, PONG, CLOSE] {
            refused(frame(first | bits, ""), 1002);
        }
    }
    assert_eq!(refused(frame(TEXT | 0x20, "a"), 1002), "Received frame had RSV bits 2 or 3 set");
}

#[test]
fn reserved_opcodes_are_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let reason = refused(frame(0x80 | opcode, "payload"), 1002);
        assert_eq!(reason, format!("Unknown opcode {opcode}"));
        refused(frame(opcode, ""), 1002);
    }
}

#[test]
fn control_frames_are_short_and_whole() {
    for first in [PING, PONG, CLOSE] {
        refused(frame(first, [0x20; 126]), 1002);
        refused(frame(first & 0x7f, ""), 1002);
    }
}

#[test]
fn a_client_masks_its_frames() {
    assert_eq!(refused([TEXT, 2, b'h', b'i'], 1002), "Received frame was not masked");
    refused([PING, 0], 1002);
}
