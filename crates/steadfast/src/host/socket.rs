//! WebSockets of objects in Rust: all of them hibernate.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::shell::{Shell, object_context};
use super::state::State;
use super::task::Owner;
use super::{DurableObject, Response};
use crate::limits::{AUTO_RESPONSE_BYTES_MAX, SOCKET_ATTACHMENT_BYTES_MAX, SOCKET_EVENT_TIMEOUT_MAX};
use crate::runtime::{
    ActivationNo, AlreadyAccepted, CloseFrame, Context, Runtime, SocketEvent, SocketMessage, SocketNo,
    SocketRefused, Wire,
};
use crate::{Error, ErrorKind};

/// An object's side of a WebSocket, which may be open while the object is not in memory.
///
/// Two of one socket are equal. Dropping it closes nothing: [`State::web_sockets`] has it again.
#[derive(Clone)]
pub struct WebSocket {
    shell: Rc<Shell>,
    activation: ActivationNo,
    socket: SocketNo,
}

impl WebSocket {
    /// Sends a message, once everything that the object has written is durable. It never leaves if the
    /// object is reset first; after [`close`](Self::close) it is dropped.
    pub fn send(&self, message: SocketMessage) {
        let context = object_context(self.activation);
        self.shell.lane.borrow_mut().send_sockets(context, vec![self.socket], message);
    }

    /// Sends a Close frame, likewise; without a code an empty one. The client's own is told to
    /// [`DurableObject::web_socket_close`], and has to be answered by this.
    ///
    /// # Errors
    /// `Invalid` for a code that is not one of 1000 to 4999 or never travels, for a reason of more than
    /// 123 bytes, and for one without a code.
    pub fn close(&self, code: Option<u16>, reason: &str) -> Result<(), Error> {
        let frame = CloseFrame::checked(code, reason)
            .map_err(|refused| Error::new(ErrorKind::Invalid, refused.to_string()))?;
        self.shell.lane.borrow_mut().close_socket(object_context(self.activation), self.socket, frame);
        Ok(())
    }

    /// The tags it was accepted with.
    #[must_use]
    pub fn tags(&self) -> Vec<Arc<str>> {
        self.shell.lane.borrow().socket_tags(self.socket).unwrap_or_default()
    }

    /// What [`set_attachment`](Self::set_attachment) kept.
    #[must_use]
    pub fn attachment(&self) -> Option<Bytes> {
        self.shell.lane.borrow().runtime().sockets().attachment(self.socket)
    }

    /// Keeps bytes with the socket, also while the object is not in memory.
    ///
    /// # Errors
    /// `TooLarge` for more than 16,384 bytes.
    pub fn set_attachment(&self, attachment: impl Into<Bytes>) -> Result<(), Error> {
        let attachment = attachment.into();
        if attachment.len() > SOCKET_ATTACHMENT_BYTES_MAX {
            return Err(too_large("attachment", attachment.len(), SOCKET_ATTACHMENT_BYTES_MAX));
        }
        self.shell.lane.borrow().attach_to_socket(self.socket, attachment);
        Ok(())
    }

    /// When the automatic response was last sent, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn auto_response_ms(&self) -> Option<i64> {
        self.shell.lane.borrow().runtime().sockets().auto_response_ms(self.socket)
    }
}

impl PartialEq for WebSocket {
    fn eq(&self, other: &Self) -> bool {
        self.socket == other.socket
    }
}

impl Eq for WebSocket {}

/// The client's end of a socket that an object has accepted: in the extensions of its response, whose status
/// is 101. Whoever serves the app couples it with a connection. When all clones are dropped before that, the
/// object is told that its client is gone.
#[derive(Clone)]
pub struct ClientEnd(Arc<Uncoupled>);

struct Uncoupled {
    runtime: Arc<Runtime>,
    socket: SocketNo,
}

impl ClientEnd {
    /// The one that came with a response.
    #[must_use]
    pub fn of(response: &Response) -> Option<&Self> {
        response.extensions().get()
    }

    /// From now on `wire` gets what the object sends, what it has sent before first.
    ///
    /// # Errors
    /// When it was coupled before.
    pub fn couple(&self, wire: Arc<dyn Wire>) -> Result<(), AlreadyAccepted> {
        self.0.runtime.sockets().couple(self.0.socket, wire)
    }

    /// The client has sent something, has closed or is gone. May be called on any thread.
    pub fn arrive(&self, event: SocketEvent) {
        self.0.runtime.sockets().arrive(self.0.socket.peer(), event);
    }
}

impl Drop for Uncoupled {
    fn drop(&mut self) {
        if self.runtime.sockets().is_free(self.socket) {
            self.runtime.sockets().abort(self.socket);
        }
    }
}

impl State {
    /// Makes a WebSocket whose events are the object's: the object may leave memory while it is open. The
    /// response is to be returned by [`DurableObject::fetch`]: it has the [`ClientEnd`].
    ///
    /// # Errors
    /// `Invalid` for more than ten tags or one of more than 256 bytes, `Overloaded` when the object has
    /// 32,768 sockets, `Reset` when the activation has ended.
    pub fn accept_web_socket(&self, tags: &[&str]) -> Result<(WebSocket, Response), Error> {
        let (shell, activation) = self.parts();
        let mut lane = shell.lane.borrow_mut();
        let runtime = lane.runtime().clone();
        let socket = runtime.sockets().pair();
        let client = ClientEnd(Arc::new(Uncoupled { runtime, socket: socket.peer() }));
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        lane.accept_web_socket(activation, socket, tags).map_err(|refused| {
            let kind = match refused {
                SocketRefused::TooMany => ErrorKind::Overloaded,
                SocketRefused::Ended => ErrorKind::Reset,
                SocketRefused::Tags(_) | SocketRefused::Accepted => ErrorKind::Invalid,
            };
            Error::new(kind, refused.to_string())
        })?;
        let mut response = Response::default();
        *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
        response.extensions_mut().insert(client);
        Ok((WebSocket { shell: shell.clone(), activation, socket }, response))
    }

    /// The object's sockets, the newest first.
    #[must_use]
    pub fn web_sockets(&self) -> Vec<WebSocket> {
        self.listed(None)
    }

    /// Those with a tag, the oldest first.
    #[must_use]
    pub fn web_sockets_tagged(&self, tag: &str) -> Vec<WebSocket> {
        self.listed(Some(tag))
    }

    /// Has a text that is exactly `request` answered with `response`, without the object. Forgotten with a
    /// reset, and not with an eviction.
    ///
    /// # Errors
    /// `TooLarge` when either is longer than 2048 bytes.
    pub fn set_web_socket_auto_response(&self, request: &str, response: &str) -> Result<(), Error> {
        for (what, text) in [("request", request), ("response", response)] {
            if text.len() > AUTO_RESPONSE_BYTES_MAX {
                return Err(too_large(what, text.len(), AUTO_RESPONSE_BYTES_MAX));
            }
        }
        let pair = (Bytes::from(request.to_owned()), Bytes::from(response.to_owned()));
        let (shell, activation) = self.parts();
        shell.lane.borrow_mut().set_auto_response(activation, Some(pair));
        Ok(())
    }

    /// Has nothing answered without the object.
    pub fn remove_web_socket_auto_response(&self) {
        let (shell, activation) = self.parts();
        shell.lane.borrow_mut().set_auto_response(activation, None);
    }

    /// Resets the object when a handler of an event of its sockets takes longer; `None` for never.
    ///
    /// # Errors
    /// `Invalid` for more than 7 days.
    pub fn set_web_socket_event_timeout(&self, timeout: Option<Duration>) -> Result<(), Error> {
        if timeout.is_some_and(|timeout| timeout > SOCKET_EVENT_TIMEOUT_MAX) {
            return Err(Error::new(ErrorKind::Invalid, "the timeout of events is longer than 7 days"));
        }
        let (shell, activation) = self.parts();
        shell.lane.borrow_mut().set_socket_event_timeout(activation, timeout);
        Ok(())
    }

    fn listed(&self, tag: Option<&str>) -> Vec<WebSocket> {
        let (shell, activation) = self.parts();
        let sockets = shell.lane.borrow().web_sockets(activation, tag);
        let open = |socket| WebSocket { shell: shell.clone(), activation, socket };
        sockets.into_iter().map(open).collect()
    }
}

impl Shell {
    /// Gives the object an event of one of its sockets.
    pub(super) fn socket_event(
        self: &Rc<Self>,
        context: Context,
        socket: SocketNo,
        count: u64,
        event: SocketEvent,
    ) {
        // Only objects accept sockets here.
        let Some(activation) = context.activation() else { return };
        let Some(object) = self.object(activation) else { return };
        let socket = WebSocket { shell: self.clone(), activation, socket };
        let shell = self.clone();
        let handled = object.web_socket_event(socket, event);
        let run = async move {
            if let Err(error) = handled.await {
                tracing::warn!(target: "steadfast::host", %error, "a handler of a socket failed");
            }
            shell.lane.borrow_mut().socket_handled(activation, count);
        };
        self.start(Owner { context, depth: 0, is_activity: false }, Box::pin(run));
    }
}

/// Calls the handler of the event.
pub(super) async fn handle<T: DurableObject>(
    object: Rc<T>,
    socket: WebSocket,
    event: SocketEvent,
) -> Result<(), Error> {
    match event {
        SocketEvent::Message(message) => object.web_socket_message(socket, message).await,
        SocketEvent::Closed { code, reason, was_clean } => {
            object.web_socket_close(socket, code, &reason, was_clean).await
        }
        SocketEvent::Error(message) => object.web_socket_error(socket, &message).await,
    }
}

fn too_large(what: &str, bytes: usize, bytes_max: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("{what} is too large: bytes={bytes} bytes_max={bytes_max}"))
}
