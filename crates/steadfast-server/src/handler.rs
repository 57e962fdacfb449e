//! What a host implements to be served.

use crate::{RequestBody, Responder};
use http::{Method, Request, StatusCode, Uri};
use std::time::Duration;

/// Receives every well-formed request.
pub trait Handler: Send + Sync + 'static {
    /// Called once per request on a server thread; must not block. The answer goes through `responder`, now or
    /// later, from this thread or any other.
    ///
    /// An HTTP/1.1 request has exactly one valid `host` header. The target is in origin form (`/path?query`), in
    /// absolute form when the client sent it so, or `*` for `OPTIONS`.
    fn handle(&self, request: Request<RequestBody>, responder: Responder);

    /// Whether [`accessed`](Handler::accessed) is to be called. Asked once, when the server starts.
    fn wants_accesses(&self) -> bool {
        false
    }

    /// Told of every request when its answer's head is on its way, or its client is gone. Called on a server thread;
    /// must not block. The same is reported through `tracing` at target `steadfast::access`.
    fn accessed(&self, _access: &Access<'_>) {}
}

/// One line of the access log.
#[derive(Debug)]
#[non_exhaustive]
pub struct Access<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The request's target.
    pub uri: &'a Uri,
    /// The answer's status; `None` when the client left before there was one.
    pub status: Option<StatusCode>,
    /// From the complete request head to the answer's head.
    pub duration: Duration,
}
