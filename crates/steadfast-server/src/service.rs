//! One request: checked, given to the handler, its answer awaited.

use crate::link::{Home, Link};
use crate::request::{BodyStream, RequestBody};
use crate::responder::Responder;
use crate::response::{Outgoing, ResponseBody, frame};
use crate::settings::BODY_WHOLE_BYTES_MAX;
use crate::socket::handshake::Offer;
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use hyper::body::Incoming;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// What a connection calls with each request it has parsed.
pub(crate) struct Service {
    pub(crate) link: Arc<Link>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Outgoing>;
    type Error = Infallible;
    type Future = Serving;

    fn call(&self, request: Request<Incoming>) -> Serving {
        let link = &self.link;
        let home = &link.home;
        link.progress.begin_request();
        let (head, incoming) = request.into_parts();
        let access = home.access_begins().map(|began| Pending {
            method: head.method.clone(),
            uri: head.uri.clone(),
            began,
        });
        let to_head = head.method == Method::HEAD;
        let version = head.version;
        let length = incoming.size_hint().exact();
        let stage = if let Some(status) = refusal(&head, length, home) {
            link.progress.set_unread();
            Stage::Refused(status)
        } else {
            match length {
                Some(0) => deliver(link, head, RequestBody::Empty),
                Some(length @ ..=BODY_WHOLE_BYTES_MAX) => {
                    link.progress.set_body_open(true);
                    link.progress.set_body_awaited(true);
                    Stage::Reading(Box::new(Reading { head, incoming, length, read: Read::default() }))
                }
                _ => {
                    let stream = BodyStream::new(incoming, Arc::clone(link));
                    deliver(link, head, RequestBody::Stream(stream))
                }
            }
        };
        Serving { link: Some(Arc::clone(link)), stage, access, to_head, version }
    }
}

/// Hands a request to the handler.
fn deliver(link: &Arc<Link>, head: Parts, body: RequestBody) -> Stage {
    let number = link.slot().open();
    let offer = Offer::read(&head, !matches!(body, RequestBody::Empty));
    let responder = Responder::new(Arc::clone(link), number, offer);
    link.home.handler.handle(Request::from_parts(head, body), responder);
    Stage::Waiting
}

/// The status of a request that is answered without the handler, if it is one.
fn refusal(head: &Parts, length: Option<u64>, home: &Home) -> Option<StatusCode> {
    if head.method == Method::CONNECT {
        return Some(StatusCode::NOT_IMPLEMENTED);
    }
    if target_bytes(&head.uri) > home.settings.uri_bytes_max {
        return Some(StatusCode::URI_TOO_LONG);
    }
    let path = head.uri.path();
    if path.is_empty() || (path == "*" && head.method != Method::OPTIONS) {
        return Some(StatusCode::BAD_REQUEST);
    }
    if !is_host_valid(&head.headers, head.version) {
        return Some(StatusCode::BAD_REQUEST);
    }
    if let (Some(length), Some(max)) = (length, home.settings.body_bytes_max)
        && length > max
    {
        return Some(StatusCode::PAYLOAD_TOO_LARGE);
    }
    None
}

fn target_bytes(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    authority + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

/// Exactly one `host`, made of what a host and port are made of; HTTP/1.0 knew none and may leave it out.
fn is_host_valid(headers: &HeaderMap, version: Version) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match hosts.next() {
        None => version == Version::HTTP_10,
        Some(host) => hosts.next().is_none() && host.as_bytes().iter().all(|byte| is_host_byte(*byte)),
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// A request on its way to an answer; dropped early when the client goes.
pub(crate) struct Serving {
    /// Taken by the answer.
    link: Option<Arc<Link>>,
    stage: Stage,
    access: Option<Pending>,
    to_head: bool,
    version: Version,
}

enum Stage {
    /// Answered without the handler; the connection closes.
    Refused(StatusCode),
    /// A small body is being read whole.
    Reading(Box<Reading>),
    /// The handler has the request.
    Waiting,
}

struct Reading {
    head: Parts,
    incoming: Incoming,
    length: u64,
    read: Read,
}

/// Bytes of a small body: nearly always one chunk, which then is not copied.
#[derive(Default)]
enum Read {
    #[default]
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

/// A line of the access log whose status is not known yet.
struct Pending {
    method: Method,
    uri: Uri,
    began: Instant,
}

impl Future for Serving {
    type Output = Result<Response<Outgoing>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(link) = &this.link else { return Poll::Pending };
        if let Stage::Reading(reading) = &mut this.stage {
            let Poll::Ready(read) = reading.poll(cx) else { return Poll::Pending };
            link.progress.set_body_awaited(false);
            link.progress.set_body_open(false);
            this.stage = match std::mem::replace(&mut this.stage, Stage::Waiting) {
                Stage::Reading(reading) if read => {
                    deliver(link, reading.head, RequestBody::Full(reading.read.into()))
                }
                _ => Stage::Refused(StatusCode::BAD_REQUEST),
            };
        }
        let response = match this.stage {
            Stage::Refused(status) => refused(status),
            Stage::Waiting | Stage::Reading(_) => {
                let Some(response) = link.slot().take() else { return Poll::Pending };
                if link.progress.cut_reason().is_some() {
                    // The handler answered what is being refused; the connection's task is about to see why.
                    return Poll::Pending;
                }
                if link.wire().is_some() {
                    link.switch();
                    response
                } else {
                    let mut response = frame(response, this.to_head);
                    // The connection looks for this before its request is served, and may have looked too early.
                    if link.home.is_draining() {
                        close_after(&mut response);
                    }
                    response
                }
            }
        };
        if let Some(access) = this.access.take() {
            link.home.access_ends(&access.method, &access.uri, Some(response.status()), access.began);
        }
        let until_close =
            this.version == Version::HTTP_10 && matches!(response.body(), ResponseBody::Stream(_));
        link.progress.begin_answer(until_close);
        match this.link.take() {
            Some(link) => Poll::Ready(Ok(response.map(|body| Outgoing::new(body, link)))),
            None => Poll::Pending,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let Some(link) = self.link.take() else { return };
        let closed = link.slot().close();
        closed.run();
        if let Some(access) = self.access.take() {
            link.home.access_ends(&access.method, &access.uri, None, access.began);
        }
    }
}

impl Reading {
    /// Whether the body was read whole.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        loop {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(true),
                Poll::Ready(Some(Err(_incomplete))) => return Poll::Ready(false),
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(chunk) = frame.into_data() {
                        self.read.push(chunk, self.length);
                    }
                    if self.incoming.is_end_stream() {
                        return Poll::Ready(true);
                    }
                }
            }
        }
    }
}

impl Read {
    fn push(&mut self, chunk: Bytes, length: u64) {
        *self = match std::mem::take(self) {
            Read::Nothing => Read::One(chunk),
            Read::One(first) => {
                let mut all = BytesMut::with_capacity(length as usize);
                all.extend_from_slice(&first);
                all.extend_from_slice(&chunk);
                Read::Many(all)
            }
            Read::Many(mut all) => {
                all.extend_from_slice(&chunk);
                Read::Many(all)
            }
        };
    }
}

impl From<Read> for Bytes {
    fn from(read: Read) -> Bytes {
        match read {
            Read::Nothing => Bytes::new(),
            Read::One(chunk) => chunk,
            Read::Many(all) => all.freeze(),
        }
    }
}

fn refused(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::Empty);
    *response.status_mut() = status;
    close_after(&mut response);
    response
}

/// Lets the connection end with this answer.
fn close_after(response: &mut Response<ResponseBody>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
