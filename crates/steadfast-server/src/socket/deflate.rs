//! Compression of messages, `permessage-deflate` (RFC 7692).
//!
//! Neither side keeps context from one message to the next. So a socket holds no compressor, a thread holds one for all
//! its sockets, and a message to many sockets is compressed once.

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use http::HeaderValue;
use std::collections::VecDeque;

/// What was agreed with one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deflate {
    /// Base-two logarithm of how far back a compressed message may refer.
    window_bits: u8,
    /// The client limits it, which is then to be confirmed.
    is_limited: bool,
}

impl Deflate {
    /// The header that tells the client what was agreed.
    pub(crate) fn answer(self) -> HeaderValue {
        if !self.is_limited {
            return HeaderValue::from_static(AGREED);
        }
        let text = format!("{AGREED}; server_max_window_bits={}", self.window_bits);
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(AGREED))
    }
}

/// Takes the first offer that can be kept to, out of one header.
pub(crate) fn negotiate(offers: &str) -> Option<Deflate> {
    offers.split(',').find_map(accept)
}

fn accept(offer: &str) -> Option<Deflate> {
    let mut parts = offer.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return None;
    }
    let mut agreed = Deflate { window_bits: WINDOW_BITS_MAX, is_limited: false };
    let mut seen = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
            None => (part, None),
        };
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        match (name, value) {
            // Agreed to in any case.
            ("server_no_context_takeover" | "client_no_context_takeover", None) => {}
            // What the client will limit itself to; any window can be read here.
            ("client_max_window_bits", None) => {}
            ("client_max_window_bits", Some(bits)) => {
                window_bits(bits, 8)?;
            }
            ("server_max_window_bits", Some(bits)) => {
                agreed = Deflate { window_bits: window_bits(bits, WINDOW_BITS_MIN)?, is_limited: true };
            }
            _ => return None,
        }
    }
    Some(agreed)
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

fn window_bits(text: &str, min: u8) -> Option<u8> {
    if text.starts_with(['0', '+']) {
        return None;
    }
    text.parse().ok().filter(|bits| (min..=WINDOW_BITS_MAX).contains(bits))
}

/// Compresses messages for all sockets of a thread.
#[derive(Debug, Default)]
pub(crate) struct Deflater {
    /// One for each size of window that was ever needed.
    compressors: Vec<(u8, Compress)>,
    /// The latest messages and what became of them: a message to many sockets is compressed for the first of them. Holding
    /// the message keeps its address from being used for another one.
    latest: VecDeque<Latest>,
    latest_bytes: usize,
}

#[derive(Debug)]
struct Latest {
    message: Bytes,
    window_bits: u8,
    smaller: Option<Bytes>,
}

impl Latest {
    fn bytes(&self) -> usize {
        self.message.len() + self.smaller.as_ref().map_or(0, Bytes::len)
    }
}

impl Deflater {
    /// The message in fewer bytes; none if that is not worth it.
    pub(crate) fn deflate(&mut self, agreed: Deflate, message: &Bytes) -> Option<Bytes> {
        if message.len() < DEFLATE_BYTES_MIN {
            return None;
        }
        let known = self.latest.iter().find(|latest| {
            latest.window_bits == agreed.window_bits
                && latest.message.as_ptr() == message.as_ptr()
                && latest.message.len() == message.len()
        });
        if let Some(latest) = known {
            return latest.smaller.clone();
        }
        let smaller = self.compress(agreed.window_bits, message);
        let latest =
            Latest { message: message.clone(), window_bits: agreed.window_bits, smaller: smaller.clone() };
        self.latest_bytes += latest.bytes();
        self.latest.push_back(latest);
        while self.latest.len() > LATEST_MAX || self.latest_bytes > LATEST_BYTES_MAX {
            let Some(oldest) = self.latest.pop_front() else { break };
            self.latest_bytes -= oldest.bytes();
        }
        smaller
    }

    fn compress(&mut self, window_bits: u8, message: &[u8]) -> Option<Bytes> {
        let index = match self.compressors.iter().position(|(bits, _)| *bits == window_bits) {
            Some(index) => index,
            None => {
                let new = Compress::new_with_window_bits(Compression::fast(), false, window_bits);
                self.compressors.push((window_bits, new));
                self.compressors.len() - 1
            }
        };
        let compressor = &mut self.compressors[index].1;
        compressor.reset();
        // With no room for more than the message it either gets smaller or is sent as it is.
        let mut smaller = Vec::with_capacity(message.len());
        compressor.compress_vec(message, &mut smaller, FlushCompress::Sync).ok()?;
        let whole = compressor.total_in() == message.len() as u64 && smaller.ends_with(&TAIL);
        whole.then(|| {
            smaller.truncate(smaller.len() - TAIL.len());
            smaller.shrink_to_fit();
            smaller.into()
        })
    }
}

/// Decompresses messages for all sockets of a thread; made when the first comes.
#[derive(Debug, Default)]
pub(crate) struct Inflater {
    decompressor: Option<Decompress>,
}

/// Why a message cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InflateError {
    Malformed,
    TooLarge,
}

impl Inflater {
    /// The message that `compressed` was made of, unless it is longer than `bytes_max`.
    pub(crate) fn inflate(&mut self, compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, InflateError> {
        let decompressor = self.decompressor.get_or_insert_with(|| Decompress::new(false));
        decompressor.reset(false);
        let mut message = Vec::new();
        for input in [compressed, &TAIL] {
            let began = decompressor.total_in();
            loop {
                let done = (decompressor.total_in() - began) as usize;
                let guess = (input.len() - done).saturating_mul(4).clamp(INFLATE_STEP_MIN, INFLATE_STEP_MAX);
                message.reserve(guess);
                let before = message.len();
                let status = decompressor
                    .decompress_vec(&input[done..], &mut message, FlushDecompress::Sync)
                    .map_err(|_| InflateError::Malformed)?;
                if message.len() > bytes_max {
                    return Err(InflateError::TooLarge);
                }
                let stuck = message.len() == before && (decompressor.total_in() - began) as usize == done;
                match status {
                    // A client that marks its last block leaves nothing for the tail to do.
                    Status::StreamEnd => return Ok(message),
                    // All is read when there was room left for more than came out.
                    Status::Ok | Status::BufError => {
                        let read = (decompressor.total_in() - began) as usize == input.len();
                        if read && message.len() < message.capacity() {
                            break;
                        }
                        if stuck && message.len() < message.capacity() {
                            return Err(InflateError::Malformed);
                        }
                    }
                }
            }
        }
        Ok(message)
    }
}

const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
/// What ends every flushed stretch and is left out on the wire.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
const WINDOW_BITS_MAX: u8 = 15;
/// The compressor has no smaller window; an offer that demands one is declined.
const WINDOW_BITS_MIN: u8 = 9;
/// Shorter messages are sent as they are: on their own they hardly shrink, and fit into one packet anyway.
const DEFLATE_BYTES_MIN: usize = 256;
/// Messages remembered with what they became; a room that is talked in sends few at a time to everybody.
const LATEST_MAX: usize = 8;
const LATEST_BYTES_MAX: usize = 1024 * 1024;
const INFLATE_STEP_MIN: usize = 256;
const INFLATE_STEP_MAX: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(bits: u8, is_limited: bool) -> Option<Deflate> {
        Some(Deflate { window_bits: bits, is_limited })
    }

    #[test]
    fn the_first_offer_that_can_be_kept_is_taken() {
        assert_eq!(negotiate("permessage-deflate"), agreed(15, false));
        assert_eq!(negotiate("permessage-deflate; client_max_window_bits"), agreed(15, false));
        assert_eq!(negotiate("permessage-deflate;server_max_window_bits=10"), agreed(10, true));
        assert_eq!(negotiate("permessage-deflate; server_max_window_bits=\"12\""), agreed(12, true));
        assert_eq!(negotiate("x-other, permessage-deflate; server_no_context_takeover"), agreed(15, false));
        assert_eq!(
            negotiate("permessage-deflate; server_max_window_bits=8, permessage-deflate"),
            agreed(15, false)
        );
        assert_eq!(
            agreed(10, true).unwrap().answer(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=10"
        );
    }

    #[test]
    fn offers_that_nobody_could_mean_are_declined() {
        for offer in [
            "",
            "x-webkit-deflate-frame",
            "permessage-deflate; unknown",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        ] {
            assert_eq!(negotiate(offer), None, "{offer}");
        }
    }

    #[test]
    fn what_was_deflated_inflates_to_the_same_under_every_window() {
        let mut deflater = Deflater::default();
        let mut inflater = Inflater::default();
        let message: Vec<u8> = (0..100_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        for window_bits in WINDOW_BITS_MIN..=WINDOW_BITS_MAX {
            for length in [DEFLATE_BYTES_MIN, 1000, 65_536, message.len()] {
                let message = Bytes::copy_from_slice(&message[..length]);
                let deflate = Deflate { window_bits, is_limited: true };
                let smaller = deflater.deflate(deflate, &message).expect("fewer bytes");
                assert!(smaller.len() < length);
                assert_eq!(inflater.inflate(&smaller, length).expect("the message"), message);
                assert_eq!(inflater.inflate(&smaller, length - 1), Err(InflateError::TooLarge));
            }
        }
    }

    #[test]
    fn a_message_to_many_is_compressed_once() {
        let mut deflater = Deflater::default();
        let deflate = agreed(15, false).unwrap();
        let message = Bytes::from(vec![b'a'; 1000]);
        let first = deflater.deflate(deflate, &message).unwrap();
        let second = deflater.deflate(deflate, &message.clone()).unwrap();
        assert_eq!(first.as_ptr(), second.as_ptr());
        let other = deflater.deflate(deflate, &Bytes::from(vec![b'a'; 1000])).unwrap();
        assert_ne!(first.as_ptr(), other.as_ptr());
    }

    #[test]
    fn what_does_not_shrink_is_left_alone() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(1000)
        .collect();
        let deflate = agreed(15, false).unwrap();
        assert_eq!(Deflater::default().deflate(deflate, &noise.into()), None);
        assert_eq!(Deflater::default().deflate(deflate, &Bytes::from(vec![b'a'; 255])), None);
    }

    #[test]
    fn a_small_message_cannot_become_a_huge_one() {
        let mut bomb = Vec::with_capacity(1 << 20);
        let zeros = vec![0; 8 << 20];
        Compress::new(Compression::best(), false)
            .compress_vec(&zeros, &mut bomb, FlushCompress::Sync)
            .unwrap();
        assert_eq!(Inflater::default().inflate(&bomb, 1 << 20), Err(InflateError::TooLarge));
    }

    #[test]
    fn garbage_is_refused_and_a_marked_last_block_is_not() {
        let mut inflater = Inflater::default();
        assert_eq!(inflater.inflate(&[0xff; 20], 1000), Err(InflateError::Malformed));
        let mut last = Vec::with_capacity(100);
        Compress::new(Compression::fast(), false)
            .compress_vec(b"hello", &mut last, FlushCompress::Finish)
            .unwrap();
        assert_eq!(inflater.inflate(&last, 1000).unwrap(), b"hello");
        assert_eq!(inflater.inflate(&[], 1000).unwrap(), b"");
    }
}
