//! WebSockets of a lane. A socket is a number, which is the same in every lane of the process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use napi::bindgen_prelude::{ArrayBuffer, BufferSlice, Either, Float64Array};
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::limits::{AUTO_RESPONSE_BYTES_MAX, SOCKET_ATTACHMENT_BYTES_MAX, SOCKET_EVENT_TIMEOUT_MAX};
use steadfast::runtime::{CloseFrame, SocketEvent, SocketMessage, SocketNo};

use crate::error;
use crate::lanes::{activation_no, context, failure, with_lane, with_lane_if_any};
use crate::step::Detail;

/// Two ends: the one returned, and the one with the next number.
#[napi]
pub fn socket_pair(lane: u32) -> Result<f64> {
    with_lane(lane, |open| open.lane.runtime().sockets().pair().0 as f64)
}

/// Code of this context takes what arrives at the socket; `false` when somebody does already.
#[napi]
pub fn socket_accept(lane: u32, activation: f64, section: u32, socket: f64) -> Result<bool> {
    with_lane(lane, |open| open.lane.accept_socket(context(activation, section), socket_no(socket)).is_ok())
}

/// The object takes what arrives at the socket, and may leave memory meanwhile.
#[napi]
pub fn socket_hibernate(lane: u32, activation: f64, socket: f64, tags: Vec<String>) -> Result<(), String> {
    let accepted = with_lane(lane, |open| {
        open.lane.accept_web_socket(activation_no(activation), socket_no(socket), tags)
    });
    accepted.map_err(error::of_napi)?.map_err(|refused| error::plain(refused.to_string()))
}

/// Takes over the hibernating sockets of objects that no lane runs.
#[napi]
pub fn claim_sockets(lane: u32) {
    with_lane_if_any(lane, |open| open.lane.claim_sockets());
}

/// The text of the message given last.
#[napi]
pub fn socket_text(lane: u32) -> Result<String> {
    with_lane(lane, |open| match std::mem::take(&mut open.detail) {
        Detail::Message(_, SocketMessage::Text(text)) => {
            String::from_utf8(text.into()).map_err(|_| failure("a text that has arrived is not UTF-8"))
        }
        _ => Ok(String::new()),
    })?
}

/// The bytes of the message given last.
#[napi]
pub fn socket_bytes<'env>(env: &'env Env, lane: u32) -> Result<ArrayBuffer<'env>> {
    let bytes = with_lane(lane, |open| match std::mem::take(&mut open.detail) {
        Detail::Message(_, SocketMessage::Binary(bytes)) => bytes,
        _ => Bytes::new(),
    })?;
    ArrayBuffer::copy_from(env, &bytes)
}

/// The handler of an event of a hibernating socket has ended; they count from 1 in each activation.
#[napi]
pub fn socket_handled(lane: u32, activation: f64, event: f64) {
    with_lane_if_any(lane, |open| open.lane.socket_handled(activation_no(activation), event as u64));
}

/// Sends from a socket, once everything the activation depends on is durable.
#[napi]
pub fn socket_send(lane: u32, activation: f64, socket: f64, message: Either<String, &[u8]>) {
    let message = message_of(message);
    with_lane_if_any(lane, |open| {
        open.lane.send_sockets(context(activation, 0), vec![socket_no(socket)], message);
    });
}

/// Sends the same from several.
#[napi]
pub fn socket_broadcast(lane: u32, activation: f64, sockets: Float64Array, message: Either<String, &[u8]>) {
    let message = message_of(message);
    let sockets = sockets.iter().copied().map(socket_no).collect();
    with_lane_if_any(lane, |open| open.lane.send_sockets(context(activation, 0), sockets, message));
}

/// Sends a Close frame; without a code an empty one.
#[napi]
pub fn socket_close(lane: u32, activation: f64, socket: f64, code: Option<u32>, reason: String) {
    let frame = CloseFrame::unchecked(code.and_then(|code| u16::try_from(code).ok()), &reason);
    with_lane_if_any(lane, |open| open.lane.close_socket(context(activation, 0), socket_no(socket), frame));
}

/// Nobody holds this end any more, or it stands for a connection that is gone: its peer loses it.
#[napi]
pub fn socket_abort(lane: u32, socket: f64) {
    with_lane_if_any(lane, |open| open.lane.runtime().sockets().abort(socket_no(socket)));
}

/// A message has come from outside on the connection this end stands for.
#[napi]
pub fn socket_push(lane: u32, socket: f64, message: Either<String, &[u8]>) {
    let message = message_of(message);
    with_lane_if_any(lane, |open| open.lane.runtime().sockets().send(socket_no(socket), message));
}

/// The connection this end stands for was closed by its other side, or has failed.
#[napi]
pub fn socket_push_end(lane: u32, socket: f64, code: u32, reason: String, was_clean: bool, failed: bool) {
    let code = u16::try_from(code).unwrap_or_default();
    let reason: Arc<str> = reason.into();
    let event =
        if failed { SocketEvent::Error(reason) } else { SocketEvent::Closed { code, reason, was_clean } };
    with_lane_if_any(lane, |open| open.lane.runtime().sockets().arrive(socket_no(socket).peer(), event));
}

/// The hibernating sockets of an object, the newest first; with a tag those that have it, oldest first.
#[napi]
pub fn socket_list(lane: u32, activation: f64, tag: Option<String>) -> Result<Float64Array> {
    let sockets = with_lane(lane, |open| open.lane.web_sockets(activation_no(activation), tag.as_deref()))?;
    Ok(Float64Array::new(sockets.into_iter().map(|socket| socket.0 as f64).collect()))
}

/// The tags of a hibernating socket.
#[napi]
pub fn socket_tags(lane: u32, socket: f64) -> Result<Vec<String>> {
    let tags = with_lane(lane, |open| open.lane.socket_tags(socket_no(socket)))?;
    Ok(tags.unwrap_or_default().iter().map(ToString::to_string).collect())
}

/// Whether the socket has sent its Close frame.
#[napi]
pub fn socket_is_closing(lane: u32, socket: f64) -> Result<bool> {
    with_lane(lane, |open| open.lane.runtime().sockets().is_closing(socket_no(socket)))
}

/// The serialized value a socket carries.
#[napi]
pub fn socket_attachment<'env>(env: &'env Env, lane: u32, socket: f64) -> Result<Option<BufferSlice<'env>>> {
    let attachment = with_lane(lane, |open| open.lane.runtime().sockets().attachment(socket_no(socket)))?;
    attachment.map(|bytes| BufferSlice::copy_from(env, &bytes[..])).transpose()
}

/// Replaces it.
#[napi]
pub fn socket_attach(lane: u32, socket: f64, attachment: &[u8]) -> Result<(), String> {
    if attachment.len() > SOCKET_ATTACHMENT_BYTES_MAX {
        return Err(error::plain(format!(
            "A WebSocket 'attachment' cannot be larger than {SOCKET_ATTACHMENT_BYTES_MAX} bytes.\
             'attachment' was {} bytes.",
            attachment.len()
        )));
    }
    let bytes = Bytes::copy_from_slice(attachment);
    with_lane(lane, |open| open.lane.attach_to_socket(socket_no(socket), bytes)).map_err(error::of_napi)
}

/// Sets the automatic response of an object, or removes it.
#[napi]
pub fn set_auto_response(
    lane: u32,
    activation: f64,
    request: Option<String>,
    response: Option<String>,
) -> Result<(), String> {
    let pair = request.zip(response);
    if let Some((request, response)) = &pair {
        within("Request", "request", request)?;
        within("Response", "response", response)?;
    }
    let pair = pair.map(|(request, response)| (Bytes::from(request), Bytes::from(response)));
    with_lane(lane, |open| open.lane.set_auto_response(activation_no(activation), pair))
        .map_err(error::of_napi)
}

/// Request and response, or nothing.
#[napi]
pub fn get_auto_response(lane: u32, activation: f64) -> Result<Vec<String>> {
    let pair = with_lane(lane, |open| open.lane.auto_response(activation_no(activation)))?;
    let (request, response) = match pair {
        Some(pair) => pair,
        None => return Ok(Vec::new()),
    };
    Ok([request, response].iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

/// When the automatic response was last sent, in milliseconds since the Unix epoch.
#[napi]
pub fn auto_response_time(lane: u32, socket: f64) -> Result<Option<f64>> {
    let time = with_lane(lane, |open| open.lane.runtime().sockets().auto_response_ms(socket_no(socket)))?;
    Ok(time.map(|ms| ms as f64))
}

/// Sets for how long handlers of events of hibernating sockets may run; 0 for as long as they like.
#[napi]
pub fn set_socket_event_timeout(lane: u32, activation: f64, timeout_ms: f64) -> Result<(), String> {
    let timeout = Duration::from_millis(timeout_ms as u64);
    if timeout > SOCKET_EVENT_TIMEOUT_MAX {
        let max_ms = SOCKET_EVENT_TIMEOUT_MAX.as_millis();
        return Err(error::plain(format!("Event timeout should not exceed {max_ms} ms.")));
    }
    let timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
    with_lane(lane, |open| open.lane.set_socket_event_timeout(activation_no(activation), timeout))
        .map_err(error::of_napi)
}

/// What was set.
#[napi]
pub fn get_socket_event_timeout(lane: u32, activation: f64) -> Result<Option<f64>> {
    let timeout = with_lane(lane, |open| open.lane.socket_event_timeout(activation_no(activation)))?;
    Ok(timeout.map(|timeout| timeout.as_millis() as f64))
}

fn socket_no(socket: f64) -> SocketNo {
    SocketNo(socket as u64)
}

fn message_of(message: Either<String, &[u8]>) -> SocketMessage {
    match message {
        Either::A(text) => SocketMessage::Text(Bytes::from(text)),
        Either::B(bytes) => SocketMessage::Binary(Bytes::copy_from_slice(bytes)),
    }
}

fn within(what: &str, which: &str, text: &str) -> Result<(), String> {
    if text.len() > AUTO_RESPONSE_BYTES_MAX {
        let size = text.len();
        return Err(error::range(format!(
            "{what} cannot be larger than {AUTO_RESPONSE_BYTES_MAX} bytes. A {which} of size {size} was provided."
        )));
    }
    Ok(())
}
