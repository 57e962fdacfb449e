//! Frames on their way out.

use super::SocketMessage;
use super::deflate::{Deflate, Deflater};
use bytes::{BufMut, Bytes, BytesMut};
use std::collections::VecDeque;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// A frame: a head of its own, and a payload that it may share with frames to other sockets.
#[derive(Debug)]
pub(super) struct Frame {
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: u8,
    payload: Bytes,
    /// What the frame counts as in [`buffered_bytes`](super::Socket::buffered_bytes).
    counted: usize,
}

impl Frame {
    pub(super) fn message(
        message: SocketMessage,
        deflate: Option<Deflate>,
        deflater: &mut Deflater,
    ) -> Frame {
        let counted = message.bytes();
        let (data, payload) = match message {
            SocketMessage::Text(text) => (Data::Text, text.into()),
            SocketMessage::Binary(bytes) => (Data::Binary, bytes),
        };
        let smaller = deflate.and_then(|deflate| deflater.deflate(deflate, &payload));
        let rsv1 = smaller.is_some();
        let payload = smaller.unwrap_or(payload);
        Frame::new(
            FrameHeader { opcode: OpCode::Data(data), rsv1, ..FrameHeader::default() },
            payload,
            counted,
        )
    }

    pub(super) fn control(control: Control, payload: Bytes) -> Frame {
        Frame::new(FrameHeader { opcode: OpCode::Control(control), ..FrameHeader::default() }, payload, 0)
    }

    fn new(header: FrameHeader, payload: Bytes, counted: usize) -> Frame {
        let mut head = [0; HEAD_BYTES_MAX];
        let mut rest = &mut head[..];
        // Writing into memory fails when it is full only, and a head without a mask is never longer.
        let _ = header.format(payload.len() as u64, &mut rest);
        let head_bytes = (HEAD_BYTES_MAX - rest.len()) as u8;
        Frame { head, head_bytes, payload, counted }
    }

    fn len(&self) -> usize {
        usize::from(self.head_bytes) + self.payload.len()
    }
}

/// Frames in the order in which they leave, the first of them perhaps in part.
#[derive(Debug, Default)]
pub(super) struct Frames {
    queue: VecDeque<Frame>,
    /// Bytes of the first that have left.
    sent: usize,
}

impl Frames {
    pub(super) fn push(&mut self, frame: Frame) {
        self.queue.push_back(frame);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// What is to be written next: many small frames together, copied to `scratch`, or a large payload where it is.
    pub(super) fn next<'f>(&'f self, scratch: &'f mut Vec<u8>) -> &'f [u8] {
        scratch.clear();
        let mut skip = self.sent;
        for frame in &self.queue {
            let head = &frame.head[..usize::from(frame.head_bytes)];
            let head_left = &head[skip.min(head.len())..];
            let payload_left = &frame.payload[skip.saturating_sub(head.len())..];
            if payload_left.len() > GATHER_BYTES_MAX {
                if scratch.is_empty() && head_left.is_empty() {
                    return payload_left;
                }
                scratch.extend_from_slice(head_left);
                break;
            }
            scratch.extend_from_slice(head_left);
            scratch.extend_from_slice(payload_left);
            skip = 0;
            if scratch.len() >= GATHER_BYTES_MAX {
                break;
            }
        }
        scratch
    }

    /// Forgets what was written; gives how much of [`buffered_bytes`](super::Socket::buffered_bytes) it was.
    pub(super) fn advance(&mut self, written: usize) -> usize {
        self.sent += written;
        let mut counted = 0;
        while let Some(frame) = self.queue.front()
            && self.sent >= frame.len()
        {
            self.sent -= frame.len();
            counted += frame.counted;
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            // An idle socket keeps no memory for frames.
            self.queue = VecDeque::new();
        }
        counted
    }
}

/// The payload of a Close frame; empty without a code.
pub(super) fn close_payload(code: Option<u16>, reason: &str) -> Bytes {
    let Some(code) = code else { return Bytes::new() };
    let mut end = reason.len().min(CLOSE_REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = BytesMut::with_capacity(2 + end);
    payload.put_u16(code);
    payload.put_slice(&reason.as_bytes()[..end]);
    payload.freeze()
}

/// Opcode, length, and eight bytes of length; a server masks nothing.
const HEAD_BYTES_MAX: usize = 10;
/// A control frame has 125 bytes, and a code takes two of them.
const CLOSE_REASON_BYTES_MAX: usize = 123;
/// Frames are written together up to about this size; a larger payload is written from where it is, as copying it would
/// cost more than a write.
const GATHER_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Frame {
        Frame::message(Bytes::from(vec![b'x'; bytes]).into(), None, &mut Deflater::default())
    }

    /// All bytes of the frames, written in steps of at most `step`, and what they counted.
    fn drain(frames: &mut Frames, step: usize) -> (Vec<u8>, usize) {
        let (mut written, mut counted, mut scratch) = (Vec::new(), 0, Vec::new());
        while !frames.is_empty() {
            let next = frames.next(&mut scratch);
            let part = &next[..next.len().min(step)];
            written.extend_from_slice(part);
            let length = part.len();
            assert!(length > 0, "something is always next");
            counted += frames.advance(length);
        }
        (written, counted)
    }

    #[test]
    fn every_way_of_writing_gives_the_same_bytes() {
        let sizes = [0, 1, 125, 126, 65_535, 65_536, 20_000, 3, 16_384, 100_000];
        let expected: Vec<u8> = sizes
            .iter()
            .flat_map(|size| {
                let frame = frame(*size);
                [&frame.head[..usize::from(frame.head_bytes)], &frame.payload].concat()
            })
            .collect();
        for step in [1, 7, 1000, 70_000, usize::MAX] {
            let mut frames = Frames::default();
            sizes.iter().for_each(|size| frames.push(frame(*size)));
            let (written, counted) = drain(&mut frames, step);
            assert!(written == expected, "written in steps of {step}");
            assert_eq!(counted, sizes.iter().sum::<usize>());
        }
    }

    #[test]
    fn small_frames_leave_together() {
        let mut frames = Frames::default();
        (0..10).for_each(|_| frames.push(frame(10)));
        assert_eq!(frames.next(&mut Vec::new()).len(), 120);
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(close_payload(None, "unused"), "");
        assert_eq!(close_payload(Some(1000), "ok"), b"\x03\xe8ok".as_slice());
        let long = close_payload(Some(1000), &"\u{20ac}".repeat(50));
        assert_eq!(long.len(), 2 + 123);
        let odd = close_payload(Some(1000), &format!("a{}", "\u{20ac}".repeat(50)));
        assert_eq!(odd.len(), 2 + 121);
    }
}
