//! Timeouts of one connection, decided from what can be seen of it now and then.
//!
//! A connection does not arm timers. It counts what it does (a store per request, read and write), and its thread
//! looks at all connections at a coarse interval: a connection seen waiting for its client in the very same state
//! for too long is cut. Pure: time and sight come in as arguments.

use crate::settings::{LINGER_TIMEOUT, Settings};
use std::time::{Duration, Instant};

/// Where a connection is between two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No byte of the next request has come.
    Idle,
    /// Some of the next request's head has come.
    Head,
    /// A request has come and its answer has not begun.
    Busy,
    /// An answer is on its way out.
    Answering,
    /// Refused and shut down; what the client still sends is thrown away.
    Lingering,
    /// No requests any more: a socket, open for as long as it likes.
    Socket,
    /// A socket whose peer is to take the Close frame and send its own.
    Farewell,
}

/// What a look at a connection shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    pub(crate) stage: Stage,
    /// Requests begun.
    pub(crate) requests: u32,
    /// Reads and writes that moved bytes.
    pub(crate) reads: u32,
    pub(crate) writes: u32,
    /// The last write found no room.
    pub(crate) write_blocked: bool,
    /// A request body exists and has not ended.
    pub(crate) body_open: bool,
    /// Somebody waits for bytes of that body.
    pub(crate) body_awaited: bool,
}

/// Why a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// No request came for too long.
    Idle,
    /// A request head did not end in time.
    SlowHead,
    /// A request body stood still.
    SlowBody,
    /// The client stopped reading its answer.
    SlowReader,
    /// A request body passed the limit.
    BodyTooLarge,
    /// The client left in the middle of its request body.
    Gone,
    /// The peer of a socket did not end it when told to.
    SlowFarewell,
    /// A refused client has had its time to read the refusal.
    Lingered,
}

/// What the connection waits for its client to do; as long as it is equal, nothing has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Nothing,
    Request { requests: u32 },
    Head { requests: u32 },
    Body { reads: u32 },
    Room { writes: u32 },
    Close,
    Farewell { writes: u32 },
}

/// The memory of earlier looks at one connection.
#[derive(Debug)]
pub(crate) struct Watch {
    wait: Wait,
    since: Instant,
}

impl Watch {
    /// Begins with the connection.
    pub(crate) fn new(now: Instant) -> Watch {
        Watch { wait: Wait::Nothing, since: now }
    }

    /// Asked at every look; says when patience has ended.
    pub(crate) fn look(&mut self, now: Instant, sight: &Sight, settings: &Settings) -> Option<Cut> {
        let wait = Wait::seen(sight);
        if wait != self.wait {
            self.wait = wait;
            self.since = now;
        }
        let (patience, cut) = wait.patience(settings)?;
        (now.duration_since(self.since) >= patience).then_some(cut)
    }
}

impl Wait {
    fn seen(sight: &Sight) -> Wait {
        if sight.stage == Stage::Lingering {
            Wait::Close
        } else if sight.stage == Stage::Socket {
            Wait::Nothing
        } else if sight.stage == Stage::Farewell {
            Wait::Farewell { writes: sight.writes }
        } else if sight.write_blocked {
            Wait::Room { writes: sight.writes }
        } else if sight.body_open {
            match sight.body_awaited {
                true => Wait::Body { reads: sight.reads },
                false => Wait::Nothing,
            }
        } else {
            match sight.stage {
                Stage::Idle => Wait::Request { requests: sight.requests },
                Stage::Head => Wait::Head { requests: sight.requests },
                Stage::Busy | Stage::Answering | Stage::Lingering | Stage::Socket | Stage::Farewell => {
                    Wait::Nothing
                }
            }
        }
    }

    fn patience(self, settings: &Settings) -> Option<(Duration, Cut)> {
        match self {
            Wait::Nothing => None,
            // A client that connects and says nothing is late with its head; one that said something before is idle.
            Wait::Request { requests: 0 } => Some((settings.header_read_timeout, Cut::Idle)),
            Wait::Request { .. } => Some((settings.keep_alive_idle_timeout, Cut::Idle)),
            Wait::Head { .. } => Some((settings.header_read_timeout, Cut::SlowHead)),
            Wait::Body { .. } => Some((settings.body_idle_timeout, Cut::SlowBody)),
            Wait::Room { .. } => Some((settings.body_idle_timeout, Cut::SlowReader)),
            Wait::Close => Some((LINGER_TIMEOUT, Cut::Lingered)),
            Wait::Farewell { .. } => Some((settings.socket_close_timeout, Cut::SlowFarewell)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Sight = Sight {
        stage: Stage::Idle,
        requests: 1,
        reads: 1,
        writes: 1,
        write_blocked: false,
        body_open: false,
        body_awaited: false,
    };

    /// Looks at each (second, sight) in turn; gives the second and reason of the first cut.
    fn first_cut(sights: impl IntoIterator<Item = (u64, Sight)>) -> Option<(u64, Cut)> {
        let settings = Settings {
            header_read_timeout: Duration::from_secs(10),
            body_idle_timeout: Duration::from_secs(20),
            keep_alive_idle_timeout: Duration::from_secs(30),
            socket_close_timeout: Duration::from_secs(40),
            ..Settings::default()
        };
        let start = Instant::now();
        let mut watch = Watch::new(start);
        sights.into_iter().find_map(|(second, sight)| {
            let cut = watch.look(start + Duration::from_secs(second), &sight, &settings)?;
            Some((second, cut))
        })
    }

    #[test]
    fn idle_connection_is_cut_after_keep_alive_time() {
        assert_eq!(first_cut((0..100).map(|s| (s, IDLE))), Some((30, Cut::Idle)));
    }

    #[test]
    fn silent_new_connection_is_cut_after_head_time() {
        assert_eq!(first_cut((0..100).map(|s| (s, Sight { requests: 0, ..IDLE }))), Some((10, Cut::Idle)));
    }

    #[test]
    fn every_request_restarts_the_idle_time() {
        let sights = (0..100).map(|s| (s, Sight { requests: 1 + s as u32 / 25, ..IDLE }));
        assert_eq!(first_cut(sights), None);
    }

    #[test]
    fn trickled_head_is_cut_although_bytes_keep_coming() {
        let sights = (0..100).map(|s| (s, Sight { stage: Stage::Head, reads: s as u32, ..IDLE }));
        assert_eq!(first_cut(sights), Some((10, Cut::SlowHead)));
    }

    #[test]
    fn slow_handler_is_never_cut() {
        assert_eq!(first_cut((0..1000).map(|s| (s, Sight { stage: Stage::Busy, ..IDLE }))), None);
    }

    #[test]
    fn awaited_body_is_cut_when_no_bytes_come() {
        let awaited = Sight { stage: Stage::Busy, body_open: true, body_awaited: true, ..IDLE };
        assert_eq!(first_cut((0..100).map(|s| (s, awaited))), Some((20, Cut::SlowBody)));
        let moving = (0..100).map(|s| (s, Sight { reads: s as u32 / 15, ..awaited }));
        assert_eq!(first_cut(moving), None);
    }

    #[test]
    fn body_that_nobody_asks_for_is_never_cut() {
        let unread = Sight { body_open: true, ..IDLE };
        assert_eq!(first_cut((0..1000).map(|s| (s, unread))), None);
    }

    #[test]
    fn reader_is_cut_when_no_byte_leaves() {
        let blocked = Sight { stage: Stage::Busy, write_blocked: true, ..IDLE };
        assert_eq!(first_cut((0..100).map(|s| (s, blocked))), Some((20, Cut::SlowReader)));
        let slow = (0..1000).map(|s| (s, Sight { writes: s as u32 / 19, ..blocked }));
        assert_eq!(first_cut(slow), None);
    }

    #[test]
    fn a_socket_is_never_cut_before_its_end() {
        let socket = Sight { stage: Stage::Socket, write_blocked: true, ..IDLE };
        assert_eq!(first_cut((0..1000).map(|s| (s, socket))), None);
    }

    #[test]
    fn a_farewell_ends_unless_bytes_still_leave() {
        let farewell = Sight { stage: Stage::Farewell, ..IDLE };
        let talking = (0..100).map(|s| (s, Sight { reads: s as u32, ..farewell }));
        assert_eq!(first_cut(talking), Some((40, Cut::SlowFarewell)));
        let slow = (0..1000).map(|s| (s, Sight { writes: s as u32 / 39, write_blocked: true, ..farewell }));
        assert_eq!(first_cut(slow), None);
    }

    #[test]
    fn lingering_ends() {
        let sights = (0..100).map(|s| (s, Sight { stage: Stage::Lingering, reads: s as u32, ..IDLE }));
        assert_eq!(first_cut(sights), Some((LINGER_TIMEOUT.as_secs(), Cut::Lingered)));
    }
}
