//! Response bodies, and the framing of an answer.

use crate::error::Error;
use crate::link::Link;
use crate::settings::SLICE_BYTES_MAX;
use crate::stream::BodyReceiver;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Version};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The body of an answer.
#[derive(Debug, Default)]
pub enum ResponseBody {
    /// No body.
    #[default]
    Empty,
    /// All of it, sent with its length.
    Full(Bytes),
    /// Chunks as they come; see [`body_channel`](crate::body_channel).
    Stream(BodyReceiver),
}

impl From<&'static str> for ResponseBody {
    fn from(text: &'static str) -> ResponseBody {
        ResponseBody::Full(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> ResponseBody {
        ResponseBody::Full(bytes)
    }
}

impl From<BodyReceiver> for ResponseBody {
    fn from(receiver: BodyReceiver) -> ResponseBody {
        ResponseBody::Stream(receiver)
    }
}

/// Makes an answer fit what HTTP lets it say, so that no handler can break the framing of its connection.
pub(crate) fn frame(mut response: Response<ResponseBody>, to_head: bool) -> Response<ResponseBody> {
    if response.status().is_informational() {
        tracing::error!(status = response.status().as_u16(), "handler answered with an interim status");
        response = Response::new(ResponseBody::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    *response.version_mut() = Version::HTTP_11;
    if response.headers().keys().any(belongs_to_connection) {
        remove_connection_headers(response.headers_mut());
    }
    let status = response.status();
    let bodiless =
        matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    if to_head && !bodiless {
        if let ResponseBody::Full(bytes) = response.body()
            && !response.headers().contains_key(CONTENT_LENGTH)
        {
            let length = HeaderValue::from(bytes.len());
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
        *response.body_mut() = ResponseBody::Empty;
    } else if bodiless {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = ResponseBody::Empty;
    } else if response.headers().contains_key(CONTENT_LENGTH) {
        let streamed = matches!(response.body(), ResponseBody::Stream(_));
        if !streamed || !states_one_length(response.headers()) {
            // The length of a full body is known here; an unreadable one says nothing.
            response.headers_mut().remove(CONTENT_LENGTH);
        }
    }
    response
}

fn belongs_to_connection(name: &HeaderName) -> bool {
    *name == TRANSFER_ENCODING || *name == CONNECTION || *name == UPGRADE || *name == KEEP_ALIVE
}

fn remove_connection_headers(headers: &mut HeaderMap) {
    let close =
        headers.get_all(CONNECTION).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
    for name in [TRANSFER_ENCODING, UPGRADE, CONNECTION, KEEP_ALIVE] {
        headers.remove(name);
    }
    if close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

fn states_one_length(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let readable = values
        .next()
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok());
    readable && values.next().is_none()
}

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// A response body on its way out of a connection. When the last of it is in the socket's buffer it is dropped, and
/// with that the connection waits for its next request.
pub(crate) struct Outgoing {
    body: ResponseBody,
    link: Arc<Link>,
}

impl Outgoing {
    pub(crate) fn new(body: ResponseBody, link: Arc<Link>) -> Outgoing {
        Outgoing { body, link }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.link.progress.end_request();
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match &mut this.body {
            ResponseBody::Empty => Poll::Ready(None),
            ResponseBody::Full(bytes) => {
                let slice = bytes.split_to(bytes.len().min(SLICE_BYTES_MAX));
                Poll::Ready((!slice.is_empty()).then(|| Ok(Frame::data(slice))))
            }
            ResponseBody::Stream(receiver) => {
                receiver.poll_chunk(cx, &this.link).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            ResponseBody::Empty => true,
            ResponseBody::Full(bytes) => bytes.is_empty(),
            ResponseBody::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            ResponseBody::Empty => SizeHint::with_exact(0),
            ResponseBody::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            ResponseBody::Stream(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn framed(
        status: u16,
        headers: &[(&str, &str)],
        body: ResponseBody,
        to_head: bool,
    ) -> Response<ResponseBody> {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response
                .headers_mut()
                .append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        frame(response, to_head)
    }

    fn length(response: &Response<ResponseBody>) -> Option<&str> {
        response.headers().get(CONTENT_LENGTH).map(|value| value.to_str().unwrap())
    }

    fn stream() -> ResponseBody {
        ResponseBody::Stream(crate::body_channel(1).1)
    }

    #[test]
    fn a_wrong_length_of_a_full_body_is_not_believed() {
        let response = framed(200, &[("content-length", "7")], "hello".into(), false);
        assert_eq!(length(&response), None);
        assert!(matches!(response.body(), ResponseBody::Full(bytes) if bytes == "hello"));
    }

    #[test]
    fn head_keeps_the_length_and_loses_the_body() {
        assert_eq!(length(&framed(200, &[], "hello".into(), true)), Some("5"));
        assert_eq!(length(&framed(200, &[("content-length", "9")], ResponseBody::Empty, true)), Some("9"));
        assert_eq!(length(&framed(200, &[], stream(), true)), None);
        assert!(matches!(framed(200, &[], stream(), true).body(), ResponseBody::Empty));
    }

    #[test]
    fn bodiless_statuses_carry_nothing() {
        for status in [204, 205, 304] {
            let response = framed(status, &[("content-length", "5")], "hello".into(), false);
            assert_eq!((length(&response), response.status().as_u16()), (None, status));
            assert!(matches!(response.body(), ResponseBody::Empty));
        }
    }

    #[test]
    fn a_stream_keeps_one_readable_length_only() {
        assert_eq!(length(&framed(200, &[("content-length", "5")], stream(), false)), Some("5"));
        assert_eq!(length(&framed(200, &[("content-length", "five")], stream(), false)), None);
        let two = [("content-length", "5"), ("content-length", "6")];
        assert_eq!(length(&framed(200, &two, stream(), false)), None);
    }

    #[test]
    fn headers_of_the_connection_are_removed_except_close() {
        let headers =
            [("transfer-encoding", "gzip"), ("connection", "Close"), ("keep-alive", "1"), ("x", "y")];
        let response = framed(200, &headers, "hello".into(), false);
        let kept: Vec<_> =
            response.headers().iter().map(|(k, v)| (k.as_str(), v.to_str().unwrap())).collect();
        assert_eq!(kept.len(), 2);
        assert!(kept.contains(&("connection", "close")) && kept.contains(&("x", "y")));
    }

    #[test]
    fn interim_statuses_are_refused() {
        assert_eq!(framed(101, &[], ResponseBody::Empty, false).status(), 500);
    }
}
