//! Sockets: what becomes of them with their objects, and when what they send leaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::super::super::sockets::{CloseFrame, SocketEvent, SocketMessage, SocketNo, Wire};
use super::super::super::{ActivationNo, Context, ResetReason, Rest, SocketRefused};
use super::{ENTRY, Host, SECOND};
use crate::limits::SOCKET_QUEUE_EVENTS_MAX;

impl Host {
    /// A socket of the object that hibernates, whose peer is a client.
    fn client(&mut self, object: char) -> Client {
        let socket = self.lane.runtime().sockets().pair();
        let activation = self.activation(object);
        self.lane.accept_web_socket(activation, socket, Vec::new()).expect("it is free");
        self.client_of(socket)
    }

    fn client_of(&self, socket: SocketNo) -> Client {
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let wire = Arc::new(Recorded(seen.clone()));
        self.lane.runtime().sockets().couple(socket.peer(), wire).expect("it is free");
        Client { socket, seen }
    }

    fn send(&mut self, context: Context, client: &Client, text: &'static str) {
        self.lane.send_sockets(context, vec![client.socket], message(text));
    }

    /// The client sends something.
    fn arrive(&self, client: &Client, text: &'static str) {
        self.lane.runtime().sockets().arrive(client.socket, SocketEvent::Message(message(text)));
    }

    fn close(&self, client: &Client) {
        let closed = SocketEvent::Closed { code: 1000, reason: "bye".into(), was_clean: true };
        self.lane.runtime().sockets().arrive(client.socket, closed);
    }

    pub(super) fn tell_socket(&self, context: Context, event: &SocketEvent) -> String {
        let name = context.activation().map_or('-', |activation| self.name(activation));
        match event {
            SocketEvent::Message(SocketMessage::Text(text) | SocketMessage::Binary(text)) => {
                format!("message {name} {}", String::from_utf8_lossy(text))
            }
            SocketEvent::Closed { code, was_clean, .. } => format!("closed {name} {code} {was_clean}"),
            SocketEvent::Error(message) => format!("error {name} {message}"),
        }
    }
}

/// What a client has seen of one socket.
struct Client {
    socket: SocketNo,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Client {
    #[track_caller]
    fn expect(&self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut *self.seen.lock().unwrap()), expected);
    }
}

struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Wire for Recorded {
    fn send(&self, message: SocketMessage) {
        let (SocketMessage::Text(bytes) | SocketMessage::Binary(bytes)) = message;
        self.note(String::from_utf8_lossy(&bytes).into_owned());
    }

    fn close(&self, frame: &CloseFrame) {
        self.note(format!("close {:?} {}", frame.code(), frame.reason()));
    }

    fn abort(&self) {
        self.note("abort".to_owned());
    }

    fn set_reading(&self, reading: bool) {
        self.note(format!("reading {reading}"));
    }
}

fn message(text: &'static str) -> SocketMessage {
    SocketMessage::Text(Bytes::from_static(text.as_bytes()))
}

/// An object that has answered its first call.
fn idle_object(host: &mut Host) {
    let (_, call) = host.start('a');
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.take_log();
}

fn handled(host: &mut Host, event: u64) {
    let activation = host.activation('a');
    host.lane.socket_handled(activation, event);
}

#[test]
fn events_of_a_socket_are_turns_of_their_own_in_order() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    host.arrive(&client, "one");
    host.arrive(&client, "two");
    host.close(&client);
    host.rest();
    host.expect(&["message a one", "message a two", "closed a 1000 true"]);
}

#[test]
fn events_wait_while_a_section_holds_the_gate() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    let activation = host.activation('a');
    let section = host.lane.open_section(activation, None).unwrap();
    host.turn();
    host.arrive(&client, "one");
    host.arrive(&client, "two");
    host.rest();
    host.expect(&["section a 1"]);
    host.lane.end_section(activation, section);
    host.rest();
    host.expect(&["message a one", "message a two"]);
}

#[test]
fn what_is_sent_leaves_with_what_the_turn_has_written() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    host.arrive(&client, "go");
    host.turn_with(|host| {
        let within = host.within('a');
        host.send(within, &client, "before the write");
        host.put('a', "key", "value");
        host.send(within, &client, "after it");
    });
    client.expect(&[]);
    host.make_durable();
    client.expect(&["before the write", "after it"]);
    host.arrive(&client, "again");
    host.turn_with(|host| {
        let within = host.within('a');
        host.send(within, &client, "at once");
        host.lane.close_socket(within, client.socket, CloseFrame::unchecked(Some(3000), "done"));
        host.send(within, &client, "too late");
    });
    client.expect(&["at once", "close Some(3000) done"]);
}

#[test]
fn code_outside_of_objects_sends_after_what_it_has_seen() {
    let mut host = Host::new();
    idle_object(&mut host);
    let socket = host.lane.runtime().sockets().pair();
    let client = host.client_of(socket);
    host.call(ENTRY, 'a');
    host.turn_with(|host| host.put('a', "key", "value"));
    let call = host.call(ENTRY, 'a');
    host.lane.reply(call - 1);
    host.lane.end_turn();
    host.rest();
    host.send(ENTRY, &client, "told");
    host.lane.end_turn();
    client.expect(&[]);
    host.make_durable();
    client.expect(&["told"]);
}

#[test]
fn a_reset_disconnects_and_drops_what_was_sent_and_what_has_come() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    let (activation, within) = (host.activation('a'), host.within('a'));
    host.lane.set_auto_response(activation, Some((Bytes::from("ping"), Bytes::from("pong"))));
    host.arrive(&client, "go");
    host.turn_with(|host| {
        host.send(within, &client, "lost");
        host.reset('a', "on purpose");
    });
    host.arrive(&client, "nobody is there");
    host.rest();
    host.make_durable();
    client.expect(&["abort"]);
    host.expect(&["message a go", "reset a: on purpose"]);
    assert_eq!(host.lane.runtime().sockets().pair_count(), 0);
    host.start('a');
    assert_eq!(host.lane.auto_response(host.activation('a')), None);
    assert_eq!(host.lane.web_sockets(host.activation('a'), None), []);
}

#[test]
fn what_is_held_back_when_the_object_is_reset_never_leaves() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    host.arrive(&client, "go");
    host.turn_with(|host| {
        host.put('a', "key", "value");
        let within = host.within('a');
        host.send(within, &client, "lost");
    });
    host.reset('a', "on purpose");
    host.make_durable();
    client.expect(&["abort"]);
}

#[test]
fn an_idle_object_leaves_memory_and_an_event_brings_it_back() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    let activation = host.activation('a');
    host.lane.attach_to_socket(client.socket, Bytes::from("attachment"));
    host.lane.set_auto_response(activation, Some((Bytes::from("ping"), Bytes::from("pong"))));
    host.advance(11 * SECOND);
    host.rest();
    host.expect(&["evict a"]);
    host.arrive(&client, "ping");
    host.rest();
    host.expect(&[]);
    client.expect(&["pong"]);
    assert_eq!(host.lane.runtime().sockets().auto_response_ms(client.socket), Some(11_000));
    host.arrive(&client, "wake");
    host.rest();
    host.expect(&["construct a", "message a wake"]);
    assert_eq!(host.lane.web_sockets(host.activation('a'), None), [client.socket]);
    let attachment = host.lane.runtime().sockets().attachment(client.socket);
    assert_eq!(attachment, Some(Bytes::from("attachment")));
    host.advance(60 * SECOND);
    host.rest();
    host.expect(&[]);
    assert_eq!((host.lane.rest(), host.lane.open_events()), (Rest::Outside, 1));
    handled(&mut host, 1);
    host.lane.end_turn();
    assert_eq!((host.lane.rest(), host.lane.open_events()), (Rest::Resting, 0));
    host.advance(11 * SECOND);
    host.rest();
    host.expect(&["evict a"]);
}

#[test]
fn an_accepted_socket_keeps_its_object_until_it_has_closed() {
    let mut host = Host::new();
    idle_object(&mut host);
    let socket = host.lane.runtime().sockets().pair();
    let within = host.within('a');
    host.lane.accept_socket(within, socket).unwrap();
    assert!(host.lane.accept_socket(within, socket).is_err(), "it is taken");
    let refused = host.lane.accept_web_socket(host.activation('a'), socket, Vec::new());
    assert_eq!(refused, Err(SocketRefused::Accepted));
    let client = host.client_of(socket);
    host.arrive(&client, "hello");
    host.advance(60 * SECOND);
    host.rest();
    host.expect(&["message a hello"]);
    host.close(&client);
    host.rest();
    host.expect(&["closed a 1000 true"]);
    host.advance(11 * SECOND);
    host.rest();
    host.expect(&["evict a"]);
}

#[test]
fn sockets_outlive_the_lane_with_what_came_before_during_and_after() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    let activation = host.activation('a');
    host.lane.open_section(activation, None).unwrap();
    host.turn();
    host.arrive(&client, "one");
    host.turn_with(|_| ()); // It waits at the gate.
    host.arrive(&client, "two");
    host.lane.receive();
    host.arrive(&client, "three");
    host.lane.close();
    host.arrive(&client, "four");
    host.take_log();
    client.expect(&[]);
    host.next_lane();
    host.lane.claim_sockets();
    host.arrive(&client, "five");
    host.rest();
    let all = ["one", "two", "three", "four", "five"].map(|text| format!("message a {text}"));
    assert_eq!(host.take_log(), [&["construct a".to_owned()][..], &all].concat());
}

#[test]
fn a_client_is_not_read_while_too_much_of_it_waits() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    for _ in 0..SOCKET_QUEUE_EVENTS_MAX {
        client.expect(&[]);
        host.arrive(&client, "more");
    }
    client.expect(&["reading false"]);
    host.arrive(&client, "one that was read before");
    host.turn();
    client.expect(&[]);
    host.turn();
    client.expect(&["reading true"]);
}

#[test]
fn a_handler_that_takes_too_long_resets_the_object() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    let activation = host.activation('a');
    host.lane.set_socket_event_timeout(activation, Some(Duration::from_secs(5)));
    host.arrive(&client, "slow");
    host.arrive(&client, "quick");
    host.rest();
    handled(&mut host, 2);
    host.advance(4 * SECOND);
    host.rest();
    host.expect(&["message a slow", "message a quick"]);
    host.advance(SECOND);
    host.rest();
    host.expect(&["reset a: Actor exceeded event execution time and was disconnected."]);
    client.expect(&["abort"]);
}

#[test]
fn a_socket_is_a_member_until_its_last_event_was_delivered() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    host.close(&client);
    host.turn_with(|host| {
        assert_eq!(host.lane.web_sockets(host.activation('a'), None), [client.socket]);
        assert!(host.lane.socket_tags(client.socket).is_some());
    });
    assert_eq!(host.lane.web_sockets(host.activation('a'), None), []);
    handled(&mut host, 1);
    client.expect(&[]);
    host.advance(11 * SECOND);
    host.rest();
    client.expect(&["abort"]);
    assert_eq!(host.lane.runtime().sockets().pair_count(), 0, "who never answered is forgotten with it");
}

#[test]
fn a_lost_client_is_told_and_forgotten() {
    let mut host = Host::new();
    idle_object(&mut host);
    let client = host.client('a');
    host.lane.runtime().sockets().arrive(client.socket, SocketEvent::lost());
    host.rest();
    host.expect(&["closed a 1006 false"]);
    assert_eq!(host.lane.runtime().sockets().pair_count(), 0);
}

#[test]
fn a_facet_stays_in_memory_with_its_sockets_and_takes_them_with_it() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.lane.call_facet(host.within('a'), a, "facet", 1, None).expect("its parent lives");
    host.rest();
    let facet = ActivationNo(a.0 + 1);
    let socket = host.lane.runtime().sockets().pair();
    host.lane.accept_web_socket(facet, socket, Vec::new()).expect("it is free");
    assert_eq!(host.lane.web_sockets(a, None), [], "its root does not have them");
    let client = host.client_of(socket);
    host.make_durable();
    host.advance(60 * SECOND);
    host.rest();
    assert_eq!(host.lane.activation_count(), 2);
    host.lane.abort_facet(a, "facet", &ResetReason::error("on purpose"));
    client.expect(&["abort"]);
}
