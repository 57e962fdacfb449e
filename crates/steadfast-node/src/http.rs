//! Requests and responses of the entry worker.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use napi::bindgen_prelude::{Array, BufferSlice, Either3, Null};
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::runtime::Context;
use steadfast_server::{BodySender, BodyStream, Flow, RequestBody, ResponseBody, body_channel};

use crate::front::{InFlight, Inbound, Incoming};
use crate::lane::{NativeLane, failure};
use crate::step::Encoded;

/// A request that has come, until its response has been handed over.
#[derive(Default)]
pub(crate) struct Exchange {
    responder: Option<InFlight>,
    request_body: Option<BodyStream>,
    response_body: Option<Arc<BodySender>>,
}

/// What of a request crosses with its step.
pub(crate) struct Arrived {
    number: u32,
    method: String,
    url: String,
    headers: http::HeaderMap,
    body: ArrivedBody,
}

enum ArrivedBody {
    None,
    Full(Bytes),
    Stream,
}

impl Arrived {
    /// Fills an Http step after its kind.
    pub(crate) fn encode(&self, env: &Env, array: &mut Array<'_>) -> Result<()> {
        array.set(1, self.number)?;
        array.set(2, &*self.method)?;
        array.set(3, &*self.url)?;
        let mut headers = env.create_array(0)?;
        let mut at = 0;
        for (name, value) in &self.headers {
            headers.set(at, name.as_str())?;
            headers.set(at + 1, text_of(value))?;
            at += 2;
        }
        array.set(4, headers)?;
        match &self.body {
            ArrivedBody::None => array.set(5, Null),
            ArrivedBody::Full(bytes) => array.set(5, BufferSlice::copy_from(env, bytes)?),
            ArrivedBody::Stream => array.set(5, true),
        }
    }
}

#[napi]
impl NativeLane {
    /// Answers a request. The answer leaves when everything it depends on is durable.
    #[napi]
    pub fn respond(
        &mut self,
        request: u32,
        status: u32,
        headers: Vec<String>,
        body: Either3<String, &[u8], Null>,
    ) -> Result<()> {
        let body = match body {
            Either3::A(text) => ResponseBody::Full(Bytes::from(text)),
            Either3::B(bytes) => ResponseBody::Full(Bytes::copy_from_slice(bytes)),
            Either3::C(_) => ResponseBody::Empty,
        };
        let response = response(status, headers, body)?;
        if let Some(exchange) = self.exchanges.remove(&request) {
            self.send(exchange.responder, response);
        }
        Ok(())
    }

    /// Answers a request with a body that follows in chunks.
    #[napi]
    pub fn respond_stream(&mut self, request: u32, status: u32, headers: Vec<String>) -> Result<()> {
        let (sender, receiver) = body_channel(RESPONSE_BUFFER_BYTES);
        let response = response(status, headers, ResponseBody::Stream(receiver))?;
        let Some(exchange) = self.exchanges.get_mut(&request) else { return Ok(()) };
        exchange.response_body = Some(Arc::new(sender));
        let responder = exchange.responder.take();
        self.send(responder, response);
        Ok(())
    }

    /// Adds a chunk to a body. Returns whether there is room for more; if not, `token` is resumed
    /// when there is.
    #[napi]
    pub fn write_chunk(&mut self, request: u32, chunk: &[u8], token: f64) -> Result<bool> {
        let Some(sender) = self.exchanges.get(&request).and_then(|exchange| exchange.response_body.clone())
        else {
            return Err(failure("the response has ended"));
        };
        let staged = sender.stage(Bytes::copy_from_slice(chunk));
        let (staged, flow) = staged.map_err(|error| failure(error.to_string()))?;
        let cut = sender.clone();
        self.lane.output(
            Context::Entry,
            Box::new(move |outcome| match outcome {
                Ok(()) => staged.release(),
                Err(_) => drop((staged, cut)),
            }),
        );
        if flow == Flow::Open {
            return Ok(true);
        }
        let mailbox = self.lane.mailbox().clone();
        let token = token as u64;
        sender.on_ready(move || {
            // A lane that has ended has no one waiting for room.
            drop(mailbox.send(Inbound::Room { token }));
        });
        Ok(false)
    }

    /// Ends a body.
    #[napi]
    pub fn end_stream(&mut self, request: u32) {
        let Some(sender) = self.exchanges.remove(&request).and_then(|exchange| exchange.response_body) else {
            return;
        };
        self.lane.output(
            Context::Entry,
            Box::new(move |outcome| match (outcome, Arc::try_unwrap(sender)) {
                (Ok(()), Ok(sender)) => sender.finish(),
                (_, sender) => drop(sender),
            }),
        );
    }

    /// Cuts a body off: the client sees that it is not whole.
    #[napi]
    pub fn abort_stream(&mut self, request: u32, message: String) {
        tracing::warn!(target: "steadfast::lane", message, "a response body failed");
        self.exchanges.remove(&request);
    }

    /// Asks for the next chunk of a request's body.
    #[napi]
    pub fn read_body(&mut self, request: u32, token: f64) {
        let token = token as u64;
        let mailbox = self.lane.mailbox().clone();
        match self.exchanges.get_mut(&request).and_then(|exchange| exchange.request_body.take()) {
            Some(stream) => stream.pull(move |stream, chunk| {
                drop(mailbox.send(Inbound::Body { request, token, stream: Some(stream), chunk }));
            }),
            None => drop(mailbox.send(Inbound::Body { request, token, stream: None, chunk: None })),
        }
    }

    /// Nobody wants the rest of a request's body.
    #[napi]
    pub fn cancel_body(&mut self, request: u32) {
        if let Some(exchange) = self.exchanges.get_mut(&request) {
            exchange.request_body = None;
        }
    }
}

impl NativeLane {
    /// Turns what another thread has sent into a step.
    pub(crate) fn take_in(&mut self, message: Inbound) -> Encoded {
        match message {
            Inbound::Http(incoming) => Encoded::Http(self.open(*incoming)),
            Inbound::Body { request, token, stream, chunk } => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    exchange.request_body = stream;
                }
                Encoded::Body(token, chunk)
            }
            Inbound::Room { token } => Encoded::Resume(token, None),
            Inbound::Detach => Encoded::Detach,
        }
    }

    /// Answers what is open when the lane lets go.
    pub(crate) fn refuse_open(&mut self) {
        for (_, exchange) in self.exchanges.drain() {
            if let Some(responder) = exchange.responder {
                responder.refuse(StatusCode::SERVICE_UNAVAILABLE, "the worker's code was replaced\n");
            }
        }
    }

    fn open(&mut self, incoming: Incoming) -> Arrived {
        let (parts, body) = incoming.request.into_parts();
        self.last_exchange = self.last_exchange.wrapping_add(1);
        let number = self.last_exchange;
        let mut exchange = Exchange { responder: Some(incoming.responder), ..Exchange::default() };
        let body = match body {
            RequestBody::Empty => ArrivedBody::None,
            RequestBody::Full(bytes) => ArrivedBody::Full(bytes),
            RequestBody::Stream(stream) => {
                exchange.request_body = Some(stream);
                ArrivedBody::Stream
            }
        };
        self.exchanges.insert(number, exchange);
        let url = url_of(&parts);
        Arrived { number, method: parts.method.as_str().to_owned(), url, headers: parts.headers, body }
    }

    fn send(&mut self, responder: Option<InFlight>, response: Response<ResponseBody>) {
        let Some(responder) = responder else { return };
        self.lane.output(
            Context::Entry,
            Box::new(move |outcome| match outcome {
                Ok(()) => responder.respond(response),
                Err(_) => responder.refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the storage has failed; what this response depends on was not saved\n",
                ),
            }),
        );
    }
}

fn url_of(parts: &http::request::Parts) -> String {
    if parts.uri.scheme().is_some() {
        return parts.uri.to_string();
    }
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut url = String::with_capacity("http://".len() + host.len() + path.len());
    url.push_str("http://");
    url.push_str(host);
    url.push_str(path);
    url
}

/// Header values are bytes; the platform reads them as Latin-1.
fn text_of(value: &HeaderValue) -> String {
    match value.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn response(status: u32, headers: Vec<String>, body: ResponseBody) -> Result<Response<ResponseBody>> {
    let mut response = Response::new(body);
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    *response.status_mut() = status.ok_or_else(|| failure("the status is not one of HTTP"))?;
    let map = response.headers_mut();
    let mut headers = headers.into_iter();
    while let (Some(name), Some(value)) = (headers.next(), headers.next()) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| failure(error.to_string()))?;
        let bytes: Vec<u8> = value.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        let value =
            HeaderValue::from_maybe_shared(Bytes::from(bytes)).map_err(|error| failure(error.to_string()))?;
        map.append(name, value);
    }
    Ok(response)
}

/// How much of a body may wait for a slow client.
const RESPONSE_BUFFER_BYTES: usize = 256 * 1024;
