//! A client for one connection, to check answers; the load is `wrk`'s.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection that stays open between requests.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Client, String> {
        let connected = TcpStream::connect(("127.0.0.1", port));
        let stream = connected.map_err(|error| format!("no connection: {error}"))?;
        let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(TIMEOUT)));
        set.map_err(|error| format!("no connection: {error}"))?;
        Ok(Client { stream: BufReader::new(stream) })
    }

    /// The body of an answer with status 200.
    pub(crate) fn get(&mut self, path: &str) -> Result<String, String> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
        let sent = self.stream.get_mut().write_all(request.as_bytes());
        sent.map_err(|error| format!("not sent: path={path} error={error}"))?;
        let status = self.line()?;
        if !status.starts_with("HTTP/1.1 200") {
            return Err(format!("wrong status: path={path} status={status:?}"));
        }
        let mut length = None;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
        }
        match length {
            Some(length) => self.exactly(length),
            None => self.chunks(),
        }
    }

    fn chunks(&mut self) -> Result<String, String> {
        let mut body = String::new();
        loop {
            let size = self.line()?;
            let length = usize::from_str_radix(&size, 16).map_err(|_| format!("no chunk: {size:?}"))?;
            body += &self.exactly(length)?;
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<String, String> {
        let mut bytes = vec![0; length];
        let read = self.stream.read_exact(&mut bytes);
        read.map_err(|error| format!("no answer: {error}"))?;
        String::from_utf8(bytes).map_err(|error| format!("not text: {error}"))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => Err(String::from("the server closed the connection")),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(format!("no answer: {error}")),
        }
    }
}

const TIMEOUT: Duration = Duration::from_secs(30);
