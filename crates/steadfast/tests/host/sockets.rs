//! Sockets of objects written in Rust.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use steadfast::clock::ManualClock;
use steadfast::host::{App, ClientEnd, DurableObject, Env, Request, Response, State, WebSocket};
use steadfast::runtime::{CloseFrame, SocketEvent, SocketMessage, Wire};
use steadfast::{Error, ErrorKind};

use super::{block_on, body, memory, request, text};

/// Accepts sockets with the tags of its query, and says to all what one says.
struct Room {
    state: State,
    life: u32,
}

impl DurableObject for Room {
    fn new(_: State) -> Result<Self, Error> {
        Err(Error::new(ErrorKind::Unsupported, "made with a count of lives"))
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        match request.uri().path() {
            "/connect" => {
                let tags: Vec<&str> = request.uri().query().unwrap_or_default().split('&').collect();
                let (socket, response) = self.state.accept_web_socket(&tags)?;
                socket.set_attachment(tags.join("+"))?;
                Ok(response)
            }
            "/answer" => {
                self.state.set_web_socket_auto_response("ping", "pong")?;
                Ok(text("set"))
            }
            path => {
                let tag = path.trim_start_matches('/');
                let sockets = if tag.is_empty() {
                    self.state.web_sockets()
                } else {
                    self.state.web_sockets_tagged(tag)
                };
                let attached = sockets.iter().filter_map(WebSocket::attachment);
                let names: Vec<_> =
                    attached.map(|name| String::from_utf8_lossy(&name).into_owned()).collect();
                Ok(text(names.join(",")))
            }
        }
    }

    async fn web_socket_message(&self, socket: WebSocket, message: SocketMessage) -> Result<(), Error> {
        self.state.storage().put("said", message.as_text().unwrap_or_default())?;
        let life = self.life;
        for each in self.state.web_sockets() {
            let whose = if each == socket { "you" } else { "someone" };
            let said = message.as_text().unwrap_or_default();
            each.send(SocketMessage::text(format!("{whose} said {said} to {life}")));
        }
        Ok(())
    }

    async fn web_socket_close(
        &self,
        socket: WebSocket,
        code: u16,
        reason: &str,
        was_clean: bool,
    ) -> Result<(), Error> {
        assert!(was_clean && socket.tags().len() == 1);
        socket.close(Some(code), &format!("{reason} too"))
    }
}

/// What a client receives.
struct Client(mpsc::Sender<String>);

impl Wire for Client {
    fn send(&self, message: SocketMessage) {
        let _ = self.0.send(message.as_text().unwrap_or("bytes").to_owned());
    }

    fn close(&self, frame: &CloseFrame) {
        let _ = self.0.send(format!("close {:?} {}", frame.code(), frame.reason()));
    }

    fn abort(&self) {
        let _ = self.0.send("abort".to_owned());
    }

    fn set_reading(&self, _: bool) {}
}

fn app(clock: Arc<ManualClock>) -> App {
    let lives = AtomicU32::new(0);
    App::builder(memory())
        .clock(clock)
        .object_with("test-Room", move |state| {
            Ok(Room { state, life: lives.fetch_add(1, Ordering::Relaxed) + 1 })
        })
        .start(async |request: Request, env: Env| {
            env.namespace::<Room>()?.get_by_name("one").fetch(request).await
        })
        .expect("an app")
}

fn connect(app: &App, query: &str) -> (ClientEnd, mpsc::Receiver<String>) {
    let response = block_on(app.fetch(request(&format!("/connect?{query}")))).expect("an answer");
    assert_eq!(response.status(), 101);
    let client = ClientEnd::of(&response).expect("a client's end").clone();
    let (sender, receiver) = mpsc::channel();
    client.couple(Arc::new(Client(sender))).expect("it is coupled once");
    (client, receiver)
}

fn say(client: &ClientEnd, text: &str) {
    client.arrive(SocketEvent::Message(SocketMessage::text(text)));
}

fn heard(client: &mpsc::Receiver<String>) -> String {
    client.recv_timeout(Duration::from_secs(10)).expect("something is heard")
}

#[test]
fn messages_reach_all_also_after_the_object_has_slept() {
    let clock = Arc::new(ManualClock::new(0));
    let app = app(clock.clone());
    let (one, one_hears) = connect(&app, "a");
    let (_two, two_hears) = connect(&app, "b");
    say(&one, "hello");
    assert_eq!(heard(&one_hears), "you said hello to 1");
    assert_eq!(heard(&two_hears), "someone said hello to 1");
    assert_eq!(body(block_on(app.fetch(request("/answer")))), "set");
    clock.advance(Duration::from_secs(60));
    say(&one, "ping");
    assert_eq!(heard(&one_hears), "pong");
    say(&one, "again");
    assert_eq!(heard(&one_hears), "you said again to 2");
    assert_eq!(heard(&two_hears), "someone said again to 2");
    assert_eq!(body(block_on(app.fetch(request("/")))), "b,a");
    assert_eq!(body(block_on(app.fetch(request("/a")))), "a");
}

#[test]
fn a_close_is_answered_by_the_object_and_the_socket_forgotten() {
    let app = app(Arc::new(ManualClock::new(0)));
    let (one, hears) = connect(&app, "a");
    one.arrive(SocketEvent::Closed { code: 3000, reason: "bye".into(), was_clean: true });
    assert_eq!(heard(&hears), "close Some(3000) bye too");
    assert_eq!(body(block_on(app.fetch(request("/")))), "");
}

#[test]
fn what_is_wrong_is_refused() {
    let app = app(Arc::new(ManualClock::new(0)));
    let query = (0..11).map(|tag| tag.to_string()).collect::<Vec<_>>().join("&");
    let refused = block_on(app.fetch(request(&format!("/connect?{query}")))).expect_err("too many tags");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert_eq!(refused.message(), "a Hibernatable WebSocket cannot have more than 10 tags");
}
