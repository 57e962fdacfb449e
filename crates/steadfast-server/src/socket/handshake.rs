//! Whether a request may become a socket, and the answer if it does.

use super::deflate::{self, Deflate};
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use std::fmt;
use tungstenite::handshake::derive_accept_key;

use crate::response::ResponseBody;

/// Why a request did not become a socket. Its client has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAnUpgrade {
    /// The client did not ask for a WebSocket; answered 426.
    NotRequested,
    /// The client asked with another method than `GET`; answered 400.
    Method,
    /// The client gave no key, or one that is none; answered 400.
    Key,
    /// The client asked in another way that the protocol does not allow; answered 400.
    Malformed,
    /// The client speaks another version of the protocol; answered 426 with the one spoken here.
    Version,
}

impl NotAnUpgrade {
    /// In workerd's words where it refuses the same.
    pub(crate) fn answer(self) -> Response<ResponseBody> {
        let text = match self {
            NotAnUpgrade::NotRequested => "ERROR: expected a WebSocket request",
            NotAnUpgrade::Method => "ERROR: WebSocket must be initiated with a GET request.",
            NotAnUpgrade::Key => "ERROR: Missing Sec-WebSocket-Key",
            NotAnUpgrade::Malformed => "ERROR: malformed WebSocket request",
            NotAnUpgrade::Version => "ERROR: The requested WebSocket version is not supported.",
        };
        let mut response = Response::new(ResponseBody::from(text));
        *response.status_mut() = match self {
            NotAnUpgrade::NotRequested | NotAnUpgrade::Version => StatusCode::UPGRADE_REQUIRED,
            NotAnUpgrade::Method | NotAnUpgrade::Key | NotAnUpgrade::Malformed => StatusCode::BAD_REQUEST,
        };
        if response.status() == StatusCode::UPGRADE_REQUIRED {
            response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
        }
        response
    }
}

impl fmt::Display for NotAnUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAnUpgrade::NotRequested => "client did not ask for a websocket",
            NotAnUpgrade::Method => "websocket request is not a GET",
            NotAnUpgrade::Key => "websocket request has no key",
            NotAnUpgrade::Malformed => "websocket request is malformed",
            NotAnUpgrade::Version => "websocket version is not supported",
        })
    }
}

impl std::error::Error for NotAnUpgrade {}

/// What a request for a socket gives to its answer.
#[derive(Debug)]
pub(crate) struct Offer {
    accept: HeaderValue,
    pub(crate) deflate: Option<Deflate>,
}

impl Offer {
    /// What the request offers; none at all if it does not ask for a WebSocket.
    pub(crate) fn read(head: &Parts, has_body: bool) -> Option<Result<Box<Offer>, NotAnUpgrade>> {
        // Nearly every request ends here, at one look-up.
        let asks = head.headers.contains_key(UPGRADE) && has_token(&head.headers, &UPGRADE, "websocket");
        asks.then(|| Offer::check(head, has_body).map(Box::new))
    }

    fn check(head: &Parts, has_body: bool) -> Result<Offer, NotAnUpgrade> {
        let headers = &head.headers;
        if head.method != Method::GET {
            return Err(NotAnUpgrade::Method);
        }
        if head.version != Version::HTTP_11 || has_body || !has_token(headers, &CONNECTION, "upgrade") {
            return Err(NotAnUpgrade::Malformed);
        }
        match single(headers, &SEC_WEBSOCKET_VERSION) {
            Some(version) if version == VERSION.as_bytes() => {}
            Some(_) => return Err(NotAnUpgrade::Version),
            None => return Err(NotAnUpgrade::Malformed),
        }
        let key = single(headers, &SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or(NotAnUpgrade::Key)?;
        let accept = HeaderValue::try_from(derive_accept_key(key)).map_err(|_| NotAnUpgrade::Key)?;
        let deflate = headers
            .get_all(SEC_WEBSOCKET_EXTENSIONS)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(deflate::negotiate);
        Ok(Offer { accept, deflate })
    }

    /// The answer that opens the socket. Headers of the protocol are this side's to say, all others are the handler's.
    pub(crate) fn accept(&self, head: Response<()>) -> Response<ResponseBody> {
        let mut response = head.map(|()| ResponseBody::Empty);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.version_mut() = Version::HTTP_11;
        let headers = response.headers_mut();
        for name in [SEC_WEBSOCKET_EXTENSIONS, CONTENT_LENGTH, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        if let Some(deflate) = self.deflate {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, deflate.answer());
        }
        response
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes().trim_ascii())
}

/// Sixteen bytes in base64.
fn is_key(key: &[u8]) -> bool {
    let Some(digits) = key.strip_suffix(b"==") else { return false };
    digits.len() == 22
        && digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

const VERSION: &str = "13";

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    /// The offer of a good request in which one header was replaced, or left out if the value is empty.
    fn read(name: &str, value: &str) -> Option<Result<Box<Offer>, NotAnUpgrade>> {
        let mut request = Request::builder();
        for (known, good) in GOOD {
            let value = if known == name { value } else { good };
            if !value.is_empty() {
                request = request.header(known, value);
            }
        }
        if name == "extra" {
            request = request.header(SEC_WEBSOCKET_EXTENSIONS, value);
        }
        Offer::read(&request.body(()).unwrap().into_parts().0, false)
    }

    fn refusal(name: &str, value: &str) -> NotAnUpgrade {
        read(name, value).expect("a request for a socket").expect_err("a refusal")
    }

    #[test]
    fn the_key_is_answered_as_the_protocol_shows() {
        let answer = read("", "").unwrap().unwrap().accept(Response::new(()));
        assert_eq!(answer.status(), 101);
        assert_eq!(answer.headers()[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(!answer.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
    }

    #[test]
    fn a_request_for_something_else_is_none_of_ours() {
        assert!(read("upgrade", "").is_none());
        assert!(read("upgrade", "h2c").is_none());
    }

    #[test]
    fn malformed_requests_are_told_from_other_versions() {
        assert_eq!(refusal("connection", ""), NotAnUpgrade::Malformed);
        assert_eq!(refusal("connection", "close"), NotAnUpgrade::Malformed);
        assert_eq!(refusal("sec-websocket-key", ""), NotAnUpgrade::Key);
        assert_eq!(refusal("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ"), NotAnUpgrade::Key);
        assert_eq!(refusal("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZ!=="), NotAnUpgrade::Key);
        assert_eq!(refusal("sec-websocket-version", ""), NotAnUpgrade::Malformed);
        assert_eq!(refusal("sec-websocket-version", "8"), NotAnUpgrade::Version);
        assert_eq!(NotAnUpgrade::Version.answer().headers()[SEC_WEBSOCKET_VERSION], "13");
    }

    #[test]
    fn compression_is_answered_only_if_offered_and_never_the_handlers_to_say() {
        let mut head = Response::new(());
        head.headers_mut().insert(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static("permessage-deflate"));
        head.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("chat"));
        let plain = read("", "").unwrap().unwrap().accept(head.clone());
        assert!(!plain.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
        assert_eq!(plain.headers()["sec-websocket-protocol"], "chat");
        let answer = read("extra", "permessage-deflate").unwrap().unwrap().accept(head);
        assert_eq!(
            answer.headers()[SEC_WEBSOCKET_EXTENSIONS],
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        );
    }
}
