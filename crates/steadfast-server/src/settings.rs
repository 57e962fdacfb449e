//! What a host may set, and the numbers it gets when it sets nothing.

use std::time::Duration;

/// Limits, timeouts and threads of a [`Server`](crate::Server).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that parse requests and write answers. Default 1: the handler's own thread is the bottleneck, and a
    /// second server thread would take its core. Zero counts as one.
    pub threads: usize,
    /// Open connections of the whole server; further ones wait in the kernel's backlog. Default 40,000: as many sockets
    /// as Cloudflare gives to one object (32,768), and everybody else.
    pub connections_max: usize,
    /// Bytes of one request head, request line included; beyond it the answer is 431. Default 128 KiB, at least
    /// 8 KiB. A connection's read buffer may grow to this size, its write buffer to 64 KiB more.
    ///
    /// Source: Cloudflare docs, "Workers, Limits" (request headers).
    pub header_bytes_max: usize,
    /// Header lines of one request; beyond it the answer is 431. Default 100, which costs nothing; any other
    /// number costs an allocation per request.
    pub headers_max: usize,
    /// Bytes of a request target; beyond it the answer is 414. Default 16 KiB. A target beyond `header_bytes_max`
    /// is answered 431, because its end is never seen.
    ///
    /// Source: Cloudflare docs, "Workers, Limits" (URL length).
    pub uri_bytes_max: usize,
    /// Bytes of one request body; beyond it the answer is 413. `None` is no limit. Default 100 MiB.
    ///
    /// Source: Cloudflare docs, "Workers, Limits" (request body, the smallest plan).
    pub body_bytes_max: Option<u64>,
    /// Time from the first byte of a head to its last, and from connecting to the first byte. Default 15 s: a head
    /// is one packet for every honest client. A late head is answered 408.
    pub header_read_timeout: Duration,
    /// Time a body in either direction may stand still while this side waits for the client: it has room and gets
    /// no bytes, or has bytes and gets no room. Time in which the handler keeps the client waiting does not count.
    /// Default 60 s.
    pub body_idle_timeout: Duration,
    /// Time a connection may stay open between two requests. Default 75 s, longer than the minute for which common
    /// proxies keep their side, so that the proxy closes first and no request meets a closing socket.
    pub keep_alive_idle_timeout: Duration,
    /// Bytes of one message of a socket, after decompression; beyond it the socket is closed with 1009. Default 32 MiB.
    ///
    /// Source: Cloudflare docs, "Workers, Changelog" (WebSocket message size); workerd refuses the same.
    pub socket_message_bytes_max: usize,
    /// Bytes that may wait for the peer of one socket; beyond it the socket is aborted. Default 64 MiB: two messages of
    /// the largest size, and as much as half of what Cloudflare gives to all of a program.
    pub socket_buffer_bytes_max: usize,
    /// Time the peer of a socket has to take a Close frame and to send its own. Default 10 s, as long as clients
    /// commonly wait for the server, but at most 2 s when the server shuts down. An open socket has no timeout.
    pub socket_close_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            threads: 1,
            connections_max: 40_000,
            header_bytes_max: 128 * 1024,
            headers_max: HEADERS_INLINE,
            uri_bytes_max: 16 * 1024,
            body_bytes_max: Some(100 * 1024 * 1024),
            header_read_timeout: Duration::from_secs(15),
            body_idle_timeout: Duration::from_secs(60),
            keep_alive_idle_timeout: Duration::from_secs(75),
            socket_message_bytes_max: 32 * 1024 * 1024,
            socket_buffer_bytes_max: 64 * 1024 * 1024,
            socket_close_timeout: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// The same for a server that is going away.
    pub(crate) fn hurried(&self) -> Settings {
        let socket_close_timeout = self.socket_close_timeout.min(FAREWELL_TIMEOUT);
        Settings { socket_close_timeout, ..self.clone() }
    }

    /// How often timeouts are looked at: an eighth of the shortest, so that none is late by more than a quarter.
    pub(crate) fn watch_interval(&self) -> Duration {
        let shortest = self
            .header_read_timeout
            .min(self.body_idle_timeout)
            .min(self.keep_alive_idle_timeout)
            .min(self.socket_close_timeout);
        (shortest / 8).clamp(WATCH_INTERVAL_MIN, WATCH_INTERVAL_MAX)
    }
}

/// Header lines the parser holds on its stack.
pub(crate) const HEADERS_INLINE: usize = 100;
/// The parser's smallest buffer.
pub(crate) const BUFFER_BYTES_MIN: usize = 8 * 1024;
/// A body of this size or less, announced by `content-length`, is read whole before the handler is called: one
/// delivery instead of a conversation. Large enough for nearly every API call, small enough to hold per connection.
pub(crate) const BODY_WHOLE_BYTES_MAX: u64 = 64 * 1024;
/// Large response bodies are handed to the protocol in slices of this size, as it copies them into its buffer.
pub(crate) const SLICE_BYTES_MAX: usize = 64 * 1024;
/// How long a refused client may go on sending while it has not read the refusal; closing at once would reset the
/// connection and destroy the answer.
pub(crate) const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the peer of a socket may be silent before the system asks whether it is there; a few questions later, at a
/// quarter of this, it is taken as gone. Under the five minutes after which common routers forget a connection.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);
/// How long a server that goes away waits for the peers of its sockets: they need not answer for anything to be well,
/// and what runs servers often kills those that take ten seconds.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);
/// Pause of accepting when the process is out of file descriptors.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const WATCH_INTERVAL_MIN: Duration = Duration::from_millis(5);
const WATCH_INTERVAL_MAX: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watch_interval_follows_the_shortest_timeout_within_bounds() {
        assert_eq!(Settings::default().watch_interval(), Duration::from_secs(1));
        let short = Settings { header_read_timeout: Duration::from_millis(80), ..Settings::default() };
        assert_eq!(short.watch_interval(), Duration::from_millis(10));
        let tiny = Settings { body_idle_timeout: Duration::from_millis(1), ..Settings::default() };
        assert_eq!(tiny.watch_interval(), WATCH_INTERVAL_MIN);
    }
}
