//! Section 6: text is UTF-8, whole characters of it, also across fragments and packets.

use crate::support::{Client, TEXT, Told, frame, host};

/// The longest and the shortest of each length, the edges of what was left out, and things that only look alike.
const GOOD: [&[u8]; 12] = [
    b"",
    b"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f\xdf\xbf\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd\xef\xbf\xbe",
];

/// Surrogates, overlong forms, stray and missing continuation bytes, and what lies beyond the last character.
const BAD: [&[u8]; 18] = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xbf\x80",
    b"\xc0\x20\xc1\x20",
    b"\xe0\x20",
    b"\xf0\x20",
    b"\xc0",
    b"\xe0\x80",
    b"\xfe",
    b"\xfe\xfe\xff\xff",
    b"\xc0\xaf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xed\xbf\xbf",
];

#[track_caller]
fn assert_refused(client: &mut Client) {
    assert_eq!(client.assert_close(1007), "Invalid UTF-8 in text");
}

#[test]
fn text_in_any_language_comes_back_however_it_is_cut() {
    let host = host();
    let (mut client, _socket) = host.open();
    for text in GOOD {
        client.send_frame(TEXT, text).assert_frame(TEXT, text);
        client.trickle(&frame(TEXT, text)).assert_frame(TEXT, text);
        let mut letters: Vec<u8> = frame(0x01, "");
        letters.extend(text.iter().flat_map(|byte| frame(0x00, [*byte])));
        letters.extend(frame(0x80, ""));
        client.send(letters).assert_frame(TEXT, text);
    }
}

#[test]
fn bytes_that_are_not_text_are_refused_however_they_are_cut() {
    for bytes in BAD {
        let host = host();
        let (mut client, _socket) = host.open();
        assert_refused(client.send_frame(TEXT, bytes));
        assert_eq!(host.next(), Told::broken(1007, "Invalid UTF-8 in text"));
        let (mut client, _socket) = host.open();
        assert_refused(client.send_frame(0x01, bytes).send_frame(0x80, ""));
    }
}

#[test]
fn a_character_must_end_with_its_message() {
    for cut in [&b"\xce"[..], b"\xe1\xbd", b"\xf0\x90\x80"] {
        let host = host();
        let (mut client, _socket) = host.open();
        assert_refused(client.send_frame(TEXT, cut));
    }
}

#[test]
fn text_that_has_gone_wrong_is_refused_before_the_message_ends() {
    let host = host();
    let (mut client, _socket) = host.open();
    assert_refused(client.send_frame(0x01, b"fine so far \xed\xa0\x80"));
    let (mut client, _socket) = host.open();
    let all = frame(TEXT, b"fine so far \xf4\x90 and then much more");
    assert_refused(client.send(&all[..all.len() - 10]));
}

#[test]
fn bytes_may_be_anything() {
    let host = host();
    let (mut client, _socket) = host.open();
    for bytes in BAD {
        client.send_frame(0x82, bytes).assert_frame(0x82, bytes);
    }
}
