//! Ending a server that has sockets.

use crate::support::{CLOSE, Manner, PATIENCE, TEXT, close, host, host_with};
use std::sync::mpsc;
use std::time::Duration;
use steadfast_server::Settings;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn open_sockets_are_told_that_the_server_goes_away() {
    for threads in [1, 2] {
        let settings = Settings { threads, ..Settings::default() };
        let host = host_with(Manner { settings, ..Manner::default() });
        let mut sockets: Vec<_> = (0..4).map(|_| host.open()).collect();
        for (_, socket) in &sockets {
            socket.send("last".into());
        }
        let (done, is_done) = mpsc::channel();
        host.server.shutdown_then(LONG, move || done.send(()).unwrap());
        for (client, _) in &mut sockets {
            client.assert_frame(TEXT, "last").assert_frame(CLOSE, close(1001, ""));
            assert!(is_done.try_recv().is_err(), "a socket is still open");
            client.send_frame(CLOSE, close(1001, "")).assert_gone();
        }
        is_done.recv().unwrap();
        let told: Vec<_> = host.told.try_iter().collect();
        assert_eq!(told.len(), 4, "{told:?}");
    }
}

#[test]
fn a_socket_whose_peer_is_silent_does_not_keep_the_server() {
    let settings = Settings { socket_close_timeout: LONG, ..Settings::default() };
    let host = host_with(Manner { settings, ..Manner::default() });
    let (mut client, socket) = host.open();
    socket.set_reading(false);
    let (done, is_done) = mpsc::channel();
    host.server.shutdown_then(LONG, move || done.send(()).unwrap());
    client.assert_close(1001);
    is_done.recv_timeout(PATIENCE).expect("an end long before the silent peer's");
    assert_eq!(host.told.try_iter().count(), 1);
}

#[test]
fn a_server_without_patience_cuts_its_sockets() {
    let host = host();
    let (mut client, _socket) = host.open();
    drop(host.server);
    // Whether the Close frame made it out is not promised.
    if let Ok(frame) = client.try_frame() {
        assert_eq!(frame.first, CLOSE);
    }
    assert_eq!(host.told.try_iter().count(), 1);
}
