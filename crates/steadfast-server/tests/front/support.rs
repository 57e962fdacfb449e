//! A handler made of a closure, and a client that sends bytes and reads answers.

use http::{Request, Response};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use steadfast_server::{Handler, RequestBody, Responder, ResponseBody, Server, Settings};

/// Longer than any test; a read that takes it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Closure<F>(F);

impl<F: Fn(Request<RequestBody>, Responder) + Send + Sync + 'static> Handler for Closure<F> {
    fn handle(&self, request: Request<RequestBody>, responder: Responder) {
        (self.0)(request, responder);
    }
}

pub(crate) fn serve(handler: impl Fn(Request<RequestBody>, Responder) + Send + Sync + 'static) -> Server {
    serve_with(Settings::default(), handler)
}

pub(crate) fn serve_with(
    settings: Settings,
    handler: impl Fn(Request<RequestBody>, Responder) + Send + Sync + 'static,
) -> Server {
    bind(settings, Arc::new(Closure(handler)))
}

pub(crate) fn bind(settings: Settings, handler: Arc<dyn Handler>) -> Server {
    Server::bind(([127, 0, 0, 1], 0).into(), settings, handler).expect("a free port")
}

/// A handler that answers with the request's method and target.
pub(crate) fn echo_target(request: Request<RequestBody>, responder: Responder) {
    responder.respond(text(format!("{} {}", request.method(), request.uri())));
}

pub(crate) fn text(text: impl Into<String>) -> Response<ResponseBody> {
    Response::new(ResponseBody::Full(text.into().into()))
}

/// One connection to a server.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    pub(crate) fn connect(server: &Server) -> Client {
        let stream = TcpStream::connect(server.local_addr()).expect("a listening server");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream: BufReader::new(stream) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        self.stream.get_mut().write_all(bytes.as_ref()).expect("a connection that takes bytes");
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")).answer()
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> Answer {
        let length = body.len();
        self.send(format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{body}"))
            .answer()
    }

    /// Reads a whole answer, framed by its headers.
    pub(crate) fn answer(&mut self) -> Answer {
        self.try_answer().expect("a whole answer")
    }

    pub(crate) fn try_answer(&mut self) -> io::Result<Answer> {
        let mut answer = self.try_head()?;
        let mut body = Vec::new();
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.try_chunk()? {
                body.extend_from_slice(&chunk);
            }
        } else if let Some(length) = answer.header("content-length") {
            body.resize(length.parse().expect("a length"), 0);
            self.stream.read_exact(&mut body)?;
        } else if !matches!(answer.status, 100 | 204 | 304) {
            self.stream.read_to_end(&mut body)?;
        }
        answer.body = String::from_utf8(body).expect("text");
        Ok(answer)
    }

    /// Reads an answer's head only.
    pub(crate) fn head(&mut self) -> Answer {
        self.try_head().expect("a head")
    }

    fn try_head(&mut self) -> io::Result<Answer> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Answer { status, headers, body: String::new() });
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Reads one chunk of a chunked body; none at its end.
    pub(crate) fn try_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = usize::from_str_radix(&self.line()?, 16).expect("a chunk size");
        let mut chunk = vec![0; size];
        self.stream.read_exact(&mut chunk)?;
        assert_eq!(self.line()?, "");
        Ok((size > 0).then_some(chunk))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Waits until the server closes; fails if it sends anything before.
    pub(crate) fn assert_closed(&mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    /// Says that nothing more will be sent.
    pub(crate) fn close_sending(&mut self) {
        match self.stream.get_ref().shutdown(Shutdown::Write) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::NotConnected, "only the server may have been first")
            }
        }
    }
}
