//! Sections 12 and 13: messages compressed with `permessage-deflate`.

use crate::support::{CLOSE, Client, Host, Manner, PING, PONG, TEXT, close, frame, host, host_with, request};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use steadfast_server::{Settings, Socket};

const COMPRESSED: u8 = 0x40;
const OFFER: &str = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n";

/// Compresses as a client does that keeps no context.
fn deflate(message: impl AsRef<[u8]>, level: Compression) -> Vec<u8> {
    let message = message.as_ref();
    let mut bytes = Vec::with_capacity(message.len() + message.len() / 8 + 64);
    Compress::new(level, false).compress_vec(message, &mut bytes, FlushCompress::Sync).expect("enough room");
    bytes.truncate(bytes.len() - 4);
    bytes
}

fn inflate(bytes: &[u8], window_bits: u8, bytes_max: usize) -> Vec<u8> {
    let mut message = Vec::with_capacity(bytes_max);
    let input = [bytes, &[0, 0, 0xff, 0xff]].concat();
    Decompress::new_with_window_bits(false, window_bits)
        .decompress_vec(&input, &mut message, FlushDecompress::Sync)
        .expect("compressed bytes within the window");
    message
}

fn open(host: &Host) -> (Client, Socket) {
    let (client, socket) = host.open_with(OFFER);
    assert!(socket.is_compressed());
    (client, socket)
}

fn prose(length: usize) -> String {
    (0..)
        .flat_map(|number: u32| format!("{number} sheep, ").into_bytes())
        .map(char::from)
        .take(length)
        .collect()
}

#[test]
fn messages_of_every_length_come_back_compressed_when_that_is_shorter() {
    let host = host();
    let (mut client, _socket) = open(&host);
    for length in [0, 1, 16, 64, 255, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 1 << 20] {
        let text = prose(length);
        for level in [Compression::none(), Compression::fast(), Compression::best()] {
            client.send_frame(TEXT | COMPRESSED, deflate(&text, level));
            let answer = client.frame();
            if length < 256 {
                assert_eq!((answer.first, &answer.payload[..]), (TEXT, text.as_bytes()));
            } else {
                assert_eq!(answer.first, TEXT | COMPRESSED);
                assert!(answer.payload.len() < length * 9 / 10);
                assert!(inflate(&answer.payload, 15, length + 100) == text.as_bytes());
            }
        }
    }
}

#[test]
fn compressed_messages_may_come_in_fragments_and_beside_others() {
    let host = host();
    let (mut client, _socket) = open(&host);
    let bytes = deflate("hello, hello, hello", Compression::best());
    let (first, second) = bytes.split_at(bytes.len() / 2);
    client.send_frame(0x01 | COMPRESSED, first).send_frame(PING, "").assert_frame(PONG, "");
    client.send_frame(0x80, second).assert_frame(TEXT, "hello, hello, hello");
    client.send_frame(TEXT, "plain").assert_frame(TEXT, "plain");
    client.trickle(&frame(TEXT | COMPRESSED, &bytes)).assert_frame(TEXT, "hello, hello, hello");
}

#[test]
fn a_client_that_offers_nothing_gets_nothing_compressed() {
    let host = host();
    let (mut client, socket) = host.open();
    assert!(!socket.is_compressed());
    let text = prose(10_000);
    client.send_frame(TEXT, &text).assert_frame(TEXT, &text);
    client.send_frame(TEXT | COMPRESSED, deflate("a", Compression::fast())).assert_close(1002);
}

#[test]
fn the_answer_says_what_was_agreed() {
    let host = host();
    for (offer, answer) in [
        ("permessage-deflate", Some("")),
        ("permessage-deflate; server_max_window_bits=10", Some("; server_max_window_bits=10")),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", Some("")),
        ("permessage-deflate; made_up", None),
        ("x-webkit-deflate-frame", None),
    ] {
        let mut client = Client::connect(&host.server);
        client.send(request(&format!("sec-websocket-extensions: {offer}\r\n")));
        let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        let expected = answer.map(|rest| format!("{agreed}{rest}"));
        assert_eq!(client.head().header("sec-websocket-extensions"), expected.as_deref(), "{offer}");
        assert_eq!(host.socket().is_compressed(), answer.is_some());
    }
}

#[test]
fn a_small_window_is_kept_to() {
    let host = host();
    let offer = "sec-websocket-extensions: permessage-deflate; server_max_window_bits=9\r\n";
    let (mut client, _socket) = host.open_with(offer);
    let text = [prose(5000), prose(5000)].concat();
    client.send_frame(TEXT, &text);
    let answer = client.frame();
    assert_eq!(answer.first, TEXT | COMPRESSED);
    assert!(inflate(&answer.payload, 9, 20_000) == text.as_bytes());
}

#[test]
fn a_message_to_many_reaches_each_as_it_agreed() {
    let host = host();
    let clients: Vec<_> = (0..10)
        .map(|number| if number % 2 == 0 { (open(&host), true) } else { (host.open(), false) })
        .collect();
    let message = steadfast_server::SocketMessage::from(prose(5000));
    for ((_, socket), _) in &clients {
        socket.send(message.clone());
    }
    for ((mut client, _), is_compressed) in clients {
        let frame = client.frame();
        if is_compressed {
            assert_eq!(frame.first, TEXT | COMPRESSED);
            assert!(inflate(&frame.payload, 15, 6000) == prose(5000).as_bytes());
        } else {
            assert_eq!((frame.first, frame.payload), (TEXT, prose(5000).into_bytes()));
        }
    }
}

#[test]
fn control_frames_and_continuations_are_never_compressed() {
    let host = host();
    let (mut client, _socket) = open(&host);
    client.send_frame(PING | COMPRESSED, "").assert_close(1002);
    let (mut client, _socket) = open(&host);
    client.send_frame(0x01 | COMPRESSED, "").send_frame(0x80 | COMPRESSED, "").assert_close(1002);
    let (mut client, _socket) = open(&host);
    client.send_frame(CLOSE, close(1000, "")).assert_close(1000);
}

#[test]
fn what_is_not_compressed_text_is_refused() {
    let host = host();
    let (mut client, _socket) = open(&host);
    assert_eq!(
        client.send_frame(TEXT | COMPRESSED, [0xff; 20]).assert_close(1007),
        "Malformed compressed message"
    );
    let (mut client, _socket) = open(&host);
    client.send_frame(TEXT | COMPRESSED, deflate([0xff, 0xfe], Compression::fast()));
    assert_eq!(client.assert_close(1007), "Invalid UTF-8 in text");
}

#[test]
fn the_limit_is_of_what_comes_out() {
    let settings = Settings { socket_message_bytes_max: 100_000, ..Settings::default() };
    let host = host_with(Manner { settings, ..Manner::default() });
    let (mut client, _socket) = open(&host);
    let fits = "a".repeat(100_000);
    client.send_frame(TEXT | COMPRESSED, deflate(&fits, Compression::best()));
    assert!(inflate(&client.frame().payload, 15, 100_100) == fits.as_bytes());
    let bomb = deflate("a".repeat(10_000_000), Compression::best());
    assert!(bomb.len() < 20_000);
    assert_eq!(
        client.send_frame(TEXT | COMPRESSED, bomb).assert_close(1009),
        "Message is too large: 100001 > 100000"
    );
}
