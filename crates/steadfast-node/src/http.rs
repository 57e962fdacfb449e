//! Requests and responses of the entry worker.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use napi::bindgen_prelude::{BufferSlice, Either3, Null};
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::runtime::{Context, SocketNo};
use steadfast_server::{BodySender, BodyStream, Flow, ReasonPhrase, RequestBody, ResponseBody, body_channel};

use crate::front::{InFlight, Inbound, Incoming, Mail};
use crate::lanes::{OpenLane, failure, with_lane, with_lane_if_any};
use crate::step::{self, Detail, kind};
use crate::wire;

/// A request that has come, until its response has been handed over.
#[derive(Default)]
pub(crate) struct Exchange {
    responder: Option<InFlight>,
    /// The text of the status line, when it is not the usual one.
    reason: Option<ReasonPhrase>,
    request_body: Option<BodyStream>,
    response_body: Option<Arc<BodySender>>,
}

/// What of a request crosses with its step.
pub(crate) struct Arrived {
    head: String,
    body: Option<Bytes>,
}

/// The request has called an object of the lane at `place` first.
#[napi]
pub fn request_belongs_at(lane: u32, request: u32, place: u32) {
    with_lane_if_any(lane, |open| {
        if let Some(responder) = open.exchanges.get(&request).and_then(|open| open.responder.as_ref()) {
            responder.belongs_at(place);
        }
    });
}

/// Method, URL and headers of the request given last, joined by newlines, which none of them can hold.
#[napi]
pub fn request_head(lane: u32) -> Result<String> {
    with_lane(lane, |open| match &mut open.detail {
        Detail::Http(arrived) => std::mem::take(&mut arrived.head),
        _ => String::new(),
    })
}

/// The body of the request given last.
#[napi]
pub fn request_body<'env>(env: &'env Env, lane: u32) -> Result<BufferSlice<'env>> {
    let body = with_lane(lane, |open| match &mut open.detail {
        Detail::Http(arrived) => arrived.body.take(),
        _ => None,
    })?;
    BufferSlice::copy_from(env, &*body.unwrap_or_default())
}

/// Sets the text of the status line of the answer that follows.
#[napi]
pub fn set_reason(lane: u32, request: u32, reason: String) -> Result<()> {
    let reason = ReasonPhrase::try_from(reason).map_err(|error| failure(error.to_string()))?;
    with_lane(lane, |open| {
        if let Some(exchange) = open.exchanges.get_mut(&request) {
            exchange.reason = Some(reason);
        }
    })
}

/// Answers a request. The answer leaves when everything it depends on is durable.
#[napi]
pub fn respond(
    lane: u32,
    request: u32,
    status: u32,
    headers: String,
    body: Either3<String, &[u8], Null>,
) -> Result<()> {
    let body = match body {
        Either3::A(text) => ResponseBody::Full(Bytes::from(text)),
        Either3::B(bytes) => ResponseBody::Full(Bytes::copy_from_slice(bytes)),
        Either3::C(_) => ResponseBody::Empty,
    };
    let response = response(status, &headers, body)?;
    with_lane_if_any(lane, |open| {
        if let Some(exchange) = open.exchanges.remove(&request) {
            open.send(exchange.responder, exchange.reason, response);
        }
    });
    Ok(())
}

/// Answers a request for a socket: what the client sends arrives at the peer of this end, and what
/// arrives at it goes to the client.
#[napi]
pub fn respond_socket(lane: u32, request: u32, headers: String, socket: f64) -> Result<()> {
    let response = response(SWITCHING_PROTOCOLS, &headers, ResponseBody::Empty)?;
    with_lane_if_any(lane, |open| {
        let end = SocketNo(socket as u64);
        let runtime = open.lane.runtime().clone();
        let responder = open.exchanges.remove(&request).and_then(|exchange| exchange.responder);
        let Some(responder) = responder else { return runtime.sockets().abort(end) };
        let release = move |outcome: std::result::Result<(), _>| match outcome {
            Ok(()) => wire::upgrade(&runtime, responder, response.map(drop), end),
            Err(_) => {
                runtime.sockets().abort(end);
                responder.refuse(StatusCode::SERVICE_UNAVAILABLE, NOT_SAVED);
            }
        };
        open.lane.output(Context::Entry, Box::new(release));
    });
    Ok(())
}

/// Answers a request with a body that follows in chunks.
#[napi]
pub fn respond_stream(lane: u32, request: u32, status: u32, headers: String) -> Result<()> {
    let (sender, receiver) = body_channel(RESPONSE_BUFFER_BYTES);
    let response = response(status, &headers, ResponseBody::Stream(receiver))?;
    with_lane_if_any(lane, |open| {
        let Some(exchange) = open.exchanges.get_mut(&request) else { return };
        let mailbox = open.lane.mailbox().clone();
        // A lane that has ended has nobody to tell.
        sender.on_close(move || drop(mailbox.send(Inbound::Gone { request })));
        exchange.response_body = Some(Arc::new(sender));
        let (responder, reason) = (exchange.responder.take(), exchange.reason.take());
        open.send(responder, reason, response);
    });
    Ok(())
}

/// Adds a chunk to a body. Returns whether there is room for more; if not, `token` is resumed when
/// there is.
#[napi]
pub fn write_chunk(lane: u32, request: u32, chunk: &[u8], token: f64) -> Result<bool> {
    with_lane(lane, |open| {
        let body = open.exchanges.get(&request).and_then(|exchange| exchange.response_body.clone());
        let sender = body.ok_or_else(|| failure("the response has ended"))?;
        let staged = sender.stage(Bytes::copy_from_slice(chunk));
        let (staged, flow) = staged.map_err(|error| failure(error.to_string()))?;
        let release = move |outcome: std::result::Result<(), _>| match outcome {
            Ok(()) => staged.release(),
            // What is not released is never sent, and the body ends as cut off.
            Err(_) => drop(staged),
        };
        open.lane.output(Context::Entry, Box::new(release));
        if flow == Flow::Open {
            return Ok(true);
        }
        let mailbox = open.lane.mailbox().clone();
        let token = token as u64;
        // A lane that has ended has no one waiting for room.
        sender.on_ready(move || drop(mailbox.send(Inbound::Room { token })));
        Ok(false)
    })?
}

/// Ends a body.
#[napi]
pub fn end_stream(lane: u32, request: u32) {
    with_lane_if_any(lane, |open| {
        let Some(sender) = open.exchanges.remove(&request).and_then(|exchange| exchange.response_body) else {
            return;
        };
        let release = move |outcome: std::result::Result<(), _>| {
            // Chunks before it have been released or dropped by now, so this is the last reference.
            if let (Ok(()), Some(sender)) = (outcome, Arc::into_inner(sender)) {
                sender.finish();
            }
        };
        open.lane.output(Context::Entry, Box::new(release));
    });
}

/// Cuts a body off: the client sees that it is not whole.
#[napi]
pub fn abort_stream(lane: u32, request: u32, message: String) {
    with_lane_if_any(lane, |open| {
        let Some(exchange) = open.exchanges.remove(&request) else { return };
        // That a client leaves is not the worker's failure.
        let is_read = exchange.response_body.is_some_and(|body| body.flow().is_ok());
        if is_read {
            tracing::warn!(target: "steadfast::lane", message, "a response body failed");
        }
    });
}

/// Asks for the next chunk of a request's body; it comes as a step with `token`. Fails when the
/// request has been answered.
#[napi]
pub fn read_body(lane: u32, request: u32, token: f64) -> Result<()> {
    let token = token as u64;
    with_lane(lane, |open| {
        let mailbox = open.lane.mailbox().clone();
        let stream = open.exchanges.get_mut(&request).and_then(|exchange| exchange.request_body.take());
        let stream =
            stream.ok_or_else(|| failure("Can't read from request stream after response has been sent."))?;
        stream.pull(move |stream, chunk| {
            drop(mailbox.send(Inbound::Body { request, token, stream: Some(stream), chunk }));
        });
        Ok(())
    })?
}

/// Nobody wants the rest of a request's body.
#[napi]
pub fn cancel_body(lane: u32, request: u32) {
    with_lane_if_any(lane, |open| {
        if let Some(exchange) = open.exchanges.get_mut(&request) {
            exchange.request_body = None;
        }
    });
}

impl OpenLane {
    /// Turns what another thread has sent into a step.
    pub(crate) fn take_in(&mut self, message: Inbound) -> f64 {
        let (packed, detail) = match message {
            Inbound::Request => match self.front.begin(self.lane.share().place(), self.life) {
                Some(incoming) => self.open(*incoming),
                None => (kind::DETAIL, Detail::None),
            },
            Inbound::Body { request, token, stream, chunk } => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    exchange.request_body = stream;
                }
                (kind::DETAIL, Detail::Body(token, chunk))
            }
            Inbound::Gone { request } => (kind::DETAIL, Detail::Gone(request)),
            Inbound::Room { token } => (step::packed(kind::RESUME, token), Detail::None),
            Inbound::Mail(mail) => self.open_mail(*mail),
            Inbound::Lost { place, life } => {
                self.lives[place as usize] = life;
                (kind::DETAIL, Detail::Lost { place, life })
            }
            Inbound::Detach => (kind::DETAIL, Detail::Detach),
        };
        self.detail = detail;
        packed
    }

    /// Answers what is open when the lane lets go.
    pub(crate) fn refuse_open(&mut self, status: StatusCode, text: &'static str) {
        for (_, exchange) in self.exchanges.drain() {
            if let Some(responder) = exchange.responder {
                responder.refuse(status, text);
            }
        }
    }

    /// Mail of a lane that was given up and still runs is not delivered.
    fn open_mail(&mut self, mail: Mail) -> (f64, Detail) {
        if self.lives[mail.from as usize] != mail.life {
            return (kind::DETAIL, Detail::None);
        }
        self.lane.arrive(mail.position);
        (kind::DETAIL, Detail::Mail { from: mail.from, text: mail.text, bytes: mail.bytes })
    }

    fn open(&mut self, incoming: Incoming) -> (f64, Detail) {
        let (parts, body) = incoming.request.into_parts();
        self.last_exchange = self.last_exchange.wrapping_add(1);
        let number = self.last_exchange;
        let mut exchange = Exchange { responder: Some(incoming.responder), ..Exchange::default() };
        let (kind, body) = match body {
            RequestBody::Empty => (kind::HTTP, None),
            RequestBody::Full(bytes) => (kind::HTTP_WITH_BODY, Some(bytes)),
            RequestBody::Stream(stream) => {
                exchange.request_body = Some(stream);
                (kind::HTTP_WITH_STREAM, None)
            }
        };
        self.exchanges.insert(number, exchange);
        (step::packed(kind, u64::from(number)), Detail::Http(Arrived { head: head_of(&parts), body }))
    }

    fn send(
        &mut self,
        responder: Option<InFlight>,
        reason: Option<ReasonPhrase>,
        mut response: Response<ResponseBody>,
    ) {
        let Some(responder) = responder else { return };
        if let Some(reason) = reason {
            response.extensions_mut().insert(reason);
        }
        self.lane.output(
            Context::Entry,
            Box::new(move |outcome| match outcome {
                Ok(()) => responder.respond(response),
                Err(_) => responder.refuse(StatusCode::SERVICE_UNAVAILABLE, NOT_SAVED),
            }),
        );
    }
}

/// Method, URL, and names and values of headers in turn.
fn head_of(parts: &http::request::Parts) -> String {
    let mut head = String::with_capacity(HEAD_BYTES_EXPECTED);
    head.push_str(parts.method.as_str());
    head.push('\n');
    if parts.uri.scheme().is_some() {
        head.push_str(&parts.uri.to_string());
    } else {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        head.push_str("http://");
        head.push_str(host);
        head.push_str(parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    }
    for (name, value) in &parts.headers {
        head.push('\n');
        head.push_str(name.as_str());
        head.push('\n');
        // Values are bytes; workerd reads and writes them as UTF-8.
        head.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    head
}

fn response(status: u32, headers: &str, body: ResponseBody) -> Result<Response<ResponseBody>> {
    let mut response = Response::new(body);
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    *response.status_mut() = status.ok_or_else(|| failure("the status is not one of HTTP"))?;
    let map = response.headers_mut();
    let mut headers = headers.split('\n').filter(|_| !headers.is_empty());
    while let (Some(name), Some(value)) = (headers.next(), headers.next()) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| failure(error.to_string()))?;
        let value = HeaderValue::from_str(value).map_err(|error| failure(error.to_string()))?;
        map.append(name, value);
    }
    Ok(response)
}

/// What a client is told whose response depends on what could not be made durable.
const NOT_SAVED: &str = "the storage has failed; what this response depends on was not saved\n";
/// The status of an answer that makes a connection a socket.
const SWITCHING_PROTOCOLS: u32 = 101;
/// Room for the head of a common request.
const HEAD_BYTES_EXPECTED: usize = 256;
/// How much of a body may wait for a slow client.
const RESPONSE_BUFFER_BYTES: usize = 256 * 1024;
