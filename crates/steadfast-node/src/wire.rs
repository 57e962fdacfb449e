//! Sockets of the server as the runtime sees them: a wire that what an object sends goes to, and a handler
//! that hands over what the client sends.

use std::sync::{Arc, Weak};

use http::Response;
use steadfast::runtime::{CloseFrame, Runtime, SocketEvent, SocketMessage, SocketNo, Wire};
use steadfast_server::{Socket, SocketHandler, Utf8Bytes};

use crate::front::InFlight;

/// Makes the connection of a request a socket, and couples it with this end of a pair.
pub(crate) fn upgrade(runtime: &Arc<Runtime>, responder: InFlight, head: Response<()>, end: SocketNo) {
    let handler = Arc::new(ClientEnd { runtime: Arc::downgrade(runtime), end });
    match responder.upgrade(head, handler) {
        Some(Ok(socket)) => {
            // What the end took before is what it goes on taking; the client gets nothing then.
            if let Err(taken) = runtime.sockets().couple(end, Arc::new(ServerWire(socket.clone()))) {
                tracing::warn!(target: "steadfast::lane", ?taken, "a socket was answered with that is in use");
                socket.abort();
            }
        }
        Some(Err(refusal)) => {
            tracing::warn!(target: "steadfast::lane", %refusal, "a request was answered with a socket");
            runtime.sockets().abort(end);
        }
        None => runtime.sockets().abort(end),
    }
}

/// What goes to a client.
struct ServerWire(Socket);

impl Wire for ServerWire {
    fn send(&self, message: SocketMessage) {
        let message = match message {
            SocketMessage::Text(text) => match Utf8Bytes::try_from(text) {
                Ok(text) => steadfast_server::SocketMessage::Text(text),
                Err(error) => {
                    tracing::error!(target: "steadfast::lane", %error, "a text to be sent is not UTF-8");
                    return self.0.abort();
                }
            },
            SocketMessage::Binary(bytes) => steadfast_server::SocketMessage::Binary(bytes),
        };
        self.0.send(message);
    }

    fn close(&self, frame: &CloseFrame) {
        self.0.close(frame.code(), frame.reason());
    }

    fn abort(&self) {
        self.0.abort();
    }

    fn set_reading(&self, reading: bool) {
        self.0.set_reading(reading);
    }
}

/// What comes from a client, which stands at this end of a pair.
struct ClientEnd {
    runtime: Weak<Runtime>,
    end: SocketNo,
}

impl SocketHandler for ClientEnd {
    fn event(&self, _socket: &Socket, event: steadfast_server::SocketEvent) {
        let Some(runtime) = self.runtime.upgrade() else { return };
        runtime.sockets().arrive(self.end.peer(), arrived(event));
    }

    fn answers_close(&self) -> bool {
        true
    }
}

fn arrived(event: steadfast_server::SocketEvent) -> SocketEvent {
    match event {
        steadfast_server::SocketEvent::Message(steadfast_server::SocketMessage::Text(text)) => {
            SocketEvent::Message(SocketMessage::Text(text.into()))
        }
        steadfast_server::SocketEvent::Message(steadfast_server::SocketMessage::Binary(bytes)) => {
            SocketEvent::Message(SocketMessage::Binary(bytes))
        }
        steadfast_server::SocketEvent::Closed { clean: false, .. } => SocketEvent::lost(),
        steadfast_server::SocketEvent::Closed { code, reason, .. } => {
            SocketEvent::Closed { code, reason: reason.into(), was_clean: true }
        }
        // In the words that a program under workerd reads.
        steadfast_server::SocketEvent::Error { code, reason } => SocketEvent::Error(
            format!(
                "WebSocket protocol error; protocolError.statusCode = {code}; \
                 protocolError.description = {reason}"
            )
            .into(),
        ),
    }
}
