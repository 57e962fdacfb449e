//! The task's side of a socket: bytes between the network, the protocol and the handler.

use super::deflate::{Deflater, Inflater};
use super::frames::{Frame, Frames, close_payload};
use super::receive::{Breach, Received, Receiver};
use super::{CODE_NONE, Socket, SocketEvent, SocketHandler};
use crate::link::{Link, lock};
use crate::transport::Transport;
use bytes::Bytes;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::frame::coding::{CloseCode, Control};

/// A connection after its upgrade. While nothing happens it holds no buffer. Whoever drops it says that the socket is
/// [lost](super::lose).
pub(crate) struct Session {
    transport: Transport,
    link: Arc<Link>,
    /// Until the last event.
    handler: Option<Arc<dyn SocketHandler>>,
    receiver: Receiver,
    /// What the client sent right behind its request.
    early: Bytes,
    frames: Frames,
    /// Pings that are not answered yet because earlier answers wait to be read; the latest stands for all.
    ping: Option<Bytes>,
    sending: Sending,
    receiving: Receiving,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Open,
    /// A Close frame is among the frames, or has been sent.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiving {
    Open,
    /// A Close frame has come; what comes behind it is thrown away.
    Closed,
    /// The peer broke the protocol; nothing of it is read any more.
    Broken,
}

/// Buffers of a server thread, for whichever socket is being worked on.
pub(crate) struct Scratch {
    read: Box<[u8]>,
    write: Vec<u8>,
    deflater: Deflater,
    inflater: Inflater,
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch {
            read: vec![0; READ_BYTES].into(),
            write: Vec::new(),
            deflater: Deflater::default(),
            inflater: Inflater::default(),
        }
    }
}

impl Session {
    /// Begins where the upgrade was answered; `early` was read behind the request.
    pub(crate) fn new(link: Arc<Link>, transport: Transport, early: Bytes) -> Session {
        let wire = link.wire();
        let is_deflating = wire.is_some_and(|wire| wire.deflate.is_some());
        let handler = wire.and_then(|wire| lock(&wire.outbox).handler.clone());
        let receiver = Receiver::new(link.home.settings.socket_message_bytes_max, is_deflating);
        link.progress.begin_socket();
        transport.probe_when_silent();
        Session {
            transport,
            link,
            handler,
            receiver,
            early,
            frames: Frames::default(),
            ping: None,
            sending: Sending::Open,
            receiving: Receiving::Open,
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        let mut scratch = self.link.home.take_scratch();
        let step = self.advance(cx, &mut scratch);
        self.link.home.put_scratch(scratch);
        step
    }

    fn advance(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<Step> {
        loop {
            if self.link.home.is_draining() {
                self.close(CloseCode::Away.into(), "");
            }
            let received = match self.poll_receive(cx, scratch) {
                Poll::Ready(Ok(true)) => true,
                Poll::Pending => false,
                // The peer is gone: after both Close frames as it should be, or without having said goodbye.
                Poll::Ready(Ok(false) | Err(_)) => return Poll::Ready(Step::Cut),
            };
            if self.collect(&mut scratch.deflater) {
                return Poll::Ready(Step::Cut);
            }
            let sent = match self.poll_send(cx, &mut scratch.write) {
                Poll::Ready(Ok(())) => true,
                Poll::Pending => false,
                Poll::Ready(Err(_gone)) => return Poll::Ready(Step::Cut),
            };
            if sent && self.sending == Sending::Closed && self.receiving != Receiving::Open {
                return Poll::Ready(Step::Close);
            }
            if !received && !self.is_called_again() {
                return Poll::Pending;
            }
        }
    }

    /// Gives the connection back, for its end.
    pub(crate) fn into_transport(self) -> Transport {
        if self.receiving == Receiving::Broken {
            self.link.progress.set_unread();
        }
        self.transport
    }

    /// Reads and handles what has come; says whether the peer is still there.
    fn poll_receive(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<io::Result<bool>> {
        let is_wanted = match self.receiving {
            Receiving::Open => self.link.home.is_draining() || self.is_reading(),
            Receiving::Closed => true,
            Receiving::Broken => false,
        };
        if !is_wanted {
            return Poll::Pending;
        }
        if !self.early.is_empty() {
            let mut early = Vec::from(mem::take(&mut self.early));
            self.receive(&mut early, &mut scratch.inflater);
            return Poll::Ready(Ok(true));
        }
        let mut buffer = ReadBuf::new(&mut scratch.read);
        match Pin::new(&mut self.transport).poll_read(cx, &mut buffer) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {}
        }
        let bytes = buffer.filled().len();
        if bytes > 0 {
            self.expect_calls();
            self.receive(&mut scratch.read[..bytes], &mut scratch.inflater);
        }
        Poll::Ready(Ok(bytes > 0))
    }

    /// What handlers send meanwhile is collected anyway; nobody needs to call.
    fn expect_calls(&self) {
        if let Some(wire) = self.link.wire() {
            lock(&wire.outbox).is_called = true;
        }
    }

    fn is_reading(&self) -> bool {
        self.link.wire().is_some_and(|wire| wire.is_reading.load(Relaxed))
    }

    fn receive(&mut self, bytes: &mut [u8], inflater: &mut Inflater) {
        let mut rest = bytes;
        while !rest.is_empty() && self.receiving == Receiving::Open {
            let (taken, received) = self.receiver.take(rest, inflater);
            rest = &mut rest[taken..];
            match received {
                Ok(None | Some(Received::Pong)) => {}
                Ok(Some(Received::Message(message))) => self.tell(SocketEvent::Message(message)),
                Ok(Some(Received::Ping(payload))) => self.ping(payload),
                Ok(Some(Received::Close(close))) => self.receive_close(close),
                Err(breach) => self.fail(breach),
            }
        }
    }

    fn tell(&self, event: SocketEvent) {
        if let Some(handler) = &self.handler {
            handler.event(&Socket::new(Arc::clone(&self.link)), event);
        }
    }

    /// Tells the end, and lets go of the handler.
    fn tell_last(&mut self, event: SocketEvent) {
        if let Some(wire) = self.link.wire() {
            lock(&wire.outbox).handler = None;
        }
        self.tell(event);
        self.handler = None;
    }

    fn receive_close(&mut self, close: Option<(u16, String)>) {
        self.receiving = Receiving::Closed;
        let answers = self.handler.as_ref().is_some_and(|handler| handler.answers_close());
        let (code, reason) = close.unwrap_or((CODE_NONE, String::new()));
        self.tell_last(SocketEvent::Closed { code, reason, clean: true });
        if !answers {
            self.close(code, "");
        }
    }

    fn fail(&mut self, breach: Breach) {
        tracing::debug!(peer = %self.link.peer, reason = breach.reason, "socket's peer broke the protocol");
        self.receiving = Receiving::Broken;
        self.close(breach.code, &breach.reason);
        self.tell_last(SocketEvent::Error { code: breach.code, reason: breach.reason });
    }

    /// Asks for a Close frame, unless one was asked for.
    fn close(&mut self, code: u16, reason: &str) {
        if self.sending == Sending::Closed {
            return;
        }
        let Some(wire) = self.link.wire() else { return };
        let mut outbox = lock(&wire.outbox);
        if outbox.close.is_none() {
            outbox.close = Some(close_payload((code != CODE_NONE).then_some(code), reason));
        }
    }

    fn ping(&mut self, payload: Bytes) {
        if self.frames.len() < PONGS_MAX {
            self.frames.push(Frame::control(Control::Pong, payload));
        } else {
            self.ping = Some(payload);
        }
    }

    /// Makes frames of what was sent; says whether the socket was aborted instead.
    fn collect(&mut self, deflater: &mut Deflater) -> bool {
        let Some(wire) = self.link.wire() else { return true };
        let (messages, close, is_aborted) = {
            let mut outbox = lock(&wire.outbox);
            // Whoever sends from now on calls again.
            outbox.is_called = false;
            let close = outbox.close.take();
            outbox.is_closing |= close.is_some();
            (mem::take(&mut outbox.messages), close, outbox.is_aborted)
        };
        if is_aborted || self.link.progress.cut_reason().is_some() {
            return true;
        }
        for message in messages {
            self.frames.push(Frame::message(message, wire.deflate, deflater));
        }
        if let Some(payload) = close {
            self.frames.push(Frame::control(Control::Close, payload));
            self.sending = Sending::Closed;
            self.link.progress.end_socket();
        }
        false
    }

    /// Whether something was sent since the last look.
    fn is_called_again(&self) -> bool {
        self.link.wire().is_some_and(|wire| lock(&wire.outbox).is_called)
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, scratch: &mut Vec<u8>) -> Poll<io::Result<()>> {
        while !self.frames.is_empty() {
            let next = self.frames.next(scratch);
            let written = match Pin::new(&mut self.transport).poll_write(cx, next) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => written,
            };
            let counted = self.frames.advance(written);
            self.give_room(counted);
            if self.sending == Sending::Open
                && let Some(payload) = self.ping.take_if(|_| self.frames.len() < PONGS_MAX)
            {
                self.frames.push(Frame::control(Control::Pong, payload));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn give_room(&self, counted: usize) {
        let Some(wire) = self.link.wire().filter(|_| counted > 0) else { return };
        let before = wire.buffered.fetch_sub(counted, Relaxed);
        if before > ROOM_BYTES
            && before.saturating_sub(counted) <= ROOM_BYTES
            && let Some(handler) = &self.handler
        {
            handler.room(&Socket::new(Arc::clone(&self.link)));
        }
    }
}

/// What a session has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Everything is said; the connection closes in order.
    Close,
    /// The connection is of no use any more.
    Cut,
}

/// Bytes read at once, into a buffer of the thread.
const READ_BYTES: usize = 64 * 1024;
/// Frames that may wait while pings are still answered one by one.
const PONGS_MAX: usize = 64;
/// When less than this is buffered, the handler is told that there is room.
const ROOM_BYTES: usize = 64 * 1024;
