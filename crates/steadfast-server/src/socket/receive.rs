//! The receiving half of the protocol: bytes in, messages and control frames out. Pure.

use super::SocketMessage;
use super::deflate::{InflateError, Inflater};
use bytes::Bytes;
use std::io::Cursor;
use std::mem;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{FrameHeader, Utf8Bytes};

/// What the bytes of a peer amount to so far. Between two frames it holds no memory of its own.
#[derive(Debug)]
pub(super) struct Receiver {
    message_bytes_max: usize,
    /// The first reserved bit means a compressed message.
    is_deflating: bool,
    /// The beginning of a head whose end has not come.
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: u8,
    /// The frame whose payload is coming.
    frame: Option<Frame>,
    /// The message whose end has not come.
    message: Option<Box<Message>>,
    /// What has come of the payload of a control frame.
    control: Vec<u8>,
}

/// Something whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    Message(SocketMessage),
    Ping(Bytes),
    Pong,
    /// The code and reason, unless the frame was empty.
    Close(Option<(u16, String)>),
}

/// How a peer broke the protocol: the code and reason of the Close frame that tells it so. Where workerd refuses the
/// same, the reason is its own, word for word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Breach {
    pub(super) code: u16,
    pub(super) reason: String,
}

#[derive(Debug)]
struct Frame {
    is_final: bool,
    control: Option<Control>,
    mask: [u8; 4],
    /// Bytes of the payload that have come.
    come: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    is_deflated: bool,
    bytes: Vec<u8>,
    /// How many of them are known to be whole characters.
    checked: usize,
}

impl Receiver {
    pub(super) fn new(message_bytes_max: usize, is_deflating: bool) -> Receiver {
        Receiver {
            message_bytes_max,
            is_deflating,
            head: [0; HEAD_BYTES_MAX],
            head_bytes: 0,
            frame: None,
            message: None,
            control: Vec::new(),
        }
    }

    /// Takes bytes up to the end of the next whole thing, or all of them; says how many. Unmasks them where they are.
    ///
    /// After a breach or a Close frame nothing may be given any more.
    pub(super) fn take(
        &mut self,
        bytes: &mut [u8],
        inflater: &mut Inflater,
    ) -> (usize, Result<Option<Received>, Breach>) {
        let mut taken = 0;
        let mut frame = match self.frame.take() {
            Some(frame) => frame,
            None => match self.take_head(bytes, &mut taken) {
                Ok(Some(frame)) => frame,
                Ok(None) => return (taken, Ok(None)),
                Err(breach) => return (taken, Err(breach)),
            },
        };
        let here = (frame.bytes - frame.come).min(bytes.len() - taken);
        let payload = &mut bytes[taken..taken + here];
        unmask(payload, frame.mask, frame.come);
        frame.come += here;
        taken += here;
        let received = if frame.come < frame.bytes {
            let kept = self.keep(frame.control, frame.bytes, payload);
            self.frame = Some(frame);
            kept.map(|()| None)
        } else {
            match frame.control {
                Some(control) => self.end_control(control, payload).map(Some),
                None if frame.is_final => self.end_message(payload, inflater).map(Some),
                None => self.keep(None, frame.bytes, payload).map(|()| None),
            }
        };
        (taken, received)
    }

    fn take_head(&mut self, bytes: &[u8], taken: &mut usize) -> Result<Option<Frame>, Breach> {
        let before = usize::from(self.head_bytes);
        let more = bytes.len().min(HEAD_BYTES_MAX - before);
        self.head[before..before + more].copy_from_slice(&bytes[..more]);
        let mut cursor = Cursor::new(&self.head[..before + more]);
        let parsed = FrameHeader::parse(&mut cursor)
            .map_err(|_| Breach::protocol(format!("Unknown opcode {}", self.head[0] & 0x0f)))?;
        let Some((head, bytes)) = parsed else {
            self.head_bytes += more as u8;
            *taken = more;
            return Ok(None);
        };
        *taken = cursor.position() as usize - before;
        self.head_bytes = 0;
        self.begin(&head, bytes).map(Some)
    }

    fn begin(&mut self, head: &FrameHeader, bytes: u64) -> Result<Frame, Breach> {
        if head.rsv2 || head.rsv3 {
            return Err(Breach::protocol("Received frame had RSV bits 2 or 3 set"));
        }
        let mask = head.mask.ok_or_else(|| Breach::protocol("Received frame was not masked"))?;
        let begins = matches!(head.opcode, OpCode::Data(Data::Text | Data::Binary));
        if head.rsv1 && !self.is_deflating {
            return Err(Breach::protocol(
                "Received a WebSocket frame whose compression bit was set, but the compression extension \
                 was not negotiated for this connection.",
            ));
        }
        if head.rsv1 && !begins {
            return Err(Breach::protocol("Received a frame that cannot be compressed and says it is"));
        }
        let control = match head.opcode {
            OpCode::Control(control) => {
                if !head.is_final {
                    return Err(Breach::protocol("Received fragmented control frame"));
                }
                if bytes > CONTROL_BYTES_MAX {
                    return Err(Breach::protocol("Received control frame that is too long"));
                }
                Some(control)
            }
            OpCode::Data(Data::Continue) if self.message.is_none() => {
                return Err(Breach::protocol("Unexpected continuation frame"));
            }
            OpCode::Data(Data::Continue) => None,
            OpCode::Data(data) => {
                if self.message.is_some() {
                    return Err(Breach::protocol("Missing continuation frame"));
                }
                self.message = Some(Box::new(Message {
                    is_text: data == Data::Text,
                    is_deflated: head.rsv1,
                    bytes: Vec::new(),
                    checked: 0,
                }));
                None
            }
        };
        let before = match (&self.message, control) {
            (Some(message), None) => message.bytes.len() as u64,
            _ => 0,
        };
        let all = before.saturating_add(bytes);
        if all > self.message_bytes_max as u64 {
            return Err(Breach::too_large(all, self.message_bytes_max));
        }
        Ok(Frame { is_final: head.is_final, control, mask, come: 0, bytes: bytes as usize })
    }

    /// Keeps a part of a payload until the rest has come.
    fn keep(&mut self, control: Option<Control>, frame_bytes: usize, part: &[u8]) -> Result<(), Breach> {
        if control.is_some() {
            self.control.extend_from_slice(part);
            return Ok(());
        }
        let Some(message) = &mut self.message else { return Ok(()) };
        if message.bytes.is_empty() {
            // Room for what the frame claims to be, so far as the claim costs nothing.
            message.bytes.reserve(frame_bytes.min(TRUSTED_BYTES_MAX));
        }
        message.bytes.extend_from_slice(part);
        if message.is_text && !message.is_deflated { message.check() } else { Ok(()) }
    }

    fn end_control(&mut self, control: Control, last: &[u8]) -> Result<Received, Breach> {
        let mut payload = mem::take(&mut self.control);
        payload.extend_from_slice(last);
        Ok(match control {
            Control::Ping => Received::Ping(payload.into()),
            Control::Pong => Received::Pong,
            Control::Close | Control::Reserved(_) => Received::Close(close(&payload)?),
        })
    }

    fn end_message(&mut self, last: &[u8], inflater: &mut Inflater) -> Result<Received, Breach> {
        let Some(mut message) = self.message.take() else {
            return Err(Breach::protocol("Unexpected continuation frame"));
        };
        let bytes: Bytes = if message.is_deflated {
            message.bytes.extend_from_slice(last);
            inflater
                .inflate(&message.bytes, self.message_bytes_max)
                .map_err(|error| match error {
                    InflateError::Malformed => {
                        Breach::new(CloseCode::Invalid, "Malformed compressed message")
                    }
                    InflateError::TooLarge => {
                        Breach::too_large(self.message_bytes_max as u64 + 1, self.message_bytes_max)
                    }
                })?
                .into()
        } else if message.bytes.is_empty() {
            Bytes::copy_from_slice(last)
        } else {
            message.bytes.extend_from_slice(last);
            mem::take(&mut message.bytes).into()
        };
        if !message.is_text {
            return Ok(Received::Message(SocketMessage::Binary(bytes)));
        }
        let text = Utf8Bytes::try_from(bytes).map_err(|_| Breach::not_text())?;
        Ok(Received::Message(SocketMessage::Text(text)))
    }
}

impl Message {
    /// Looks whether what has come can still become text, so that what cannot is refused before its end.
    fn check(&mut self) -> Result<(), Breach> {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            // A character is cut off by the end of what has come.
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(Breach::not_text()),
        }
        Ok(())
    }
}

impl Breach {
    fn new(code: CloseCode, reason: impl Into<String>) -> Breach {
        Breach { code: code.into(), reason: reason.into() }
    }

    fn protocol(reason: impl Into<String>) -> Breach {
        Breach::new(CloseCode::Protocol, reason)
    }

    fn not_text() -> Breach {
        Breach::new(CloseCode::Invalid, "Invalid UTF-8 in text")
    }

    fn too_large(bytes: u64, bytes_max: usize) -> Breach {
        Breach::new(CloseCode::Size, format!("Message is too large: {bytes} > {bytes_max}"))
    }
}

fn close(payload: &[u8]) -> Result<Option<(u16, String)>, Breach> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload.is_empty() {
            true => Ok(None),
            false => Err(Breach::protocol("Received Close frame with half a code")),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !CloseCode::from(code).is_allowed() {
        return Err(Breach::protocol(format!(
            "Received Close frame with a code that cannot be sent: {code}"
        )));
    }
    let reason = str::from_utf8(reason).map_err(|_| Breach::not_text())?;
    Ok(Some((code, reason.to_owned())))
}

/// Undoes the mask of a part of a payload that begins `come` bytes into it.
fn unmask(part: &mut [u8], mask: [u8; 4], come: usize) {
    let turned: [u8; 4] = std::array::from_fn(|index| mask[(come + index) % 4]);
    let wide = u64::from_ne_bytes(std::array::from_fn(|index| turned[index % 4]));
    let (words, rest) = part.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    rest.iter_mut().zip(turned.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// Opcode, length, eight bytes of length, and the mask.
const HEAD_BYTES_MAX: usize = 14;
const CONTROL_BYTES_MAX: u64 = 125;
/// Memory reserved on the word of a head alone.
const TRUSTED_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame: its first byte, and its payload.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let mut bytes = vec![first];
        match payload.len() {
            length @ ..126 => bytes.push(0x80 | length as u8),
            length @ ..65_536 => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(0x80 | 127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(&mask);
        bytes.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ mask[index % 4]));
        bytes
    }

    /// Everything received of bytes that come in chunks of one size.
    fn receive(receiver: &mut Receiver, mut bytes: Vec<u8>, chunk: usize) -> Result<Vec<Received>, Breach> {
        let mut inflater = Inflater::default();
        let mut all = Vec::new();
        for chunk in bytes.chunks_mut(chunk) {
            let mut rest = chunk;
            while !rest.is_empty() {
                let (taken, received) = receiver.take(rest, &mut inflater);
                all.extend(received?);
                rest = &mut rest[taken..];
            }
        }
        Ok(all)
    }

    fn text(text: &str) -> Received {
        Received::Message(text.into())
    }

    #[test]
    fn however_bytes_are_cut_the_same_is_received() {
        let long = "\u{20ac}".repeat(30_000);
        let mut bytes = frame(0x81, b"hello");
        bytes.extend(frame(0x01, "h\u{e4}".as_bytes().split_last().unwrap().1));
        bytes.extend(frame(0x89, b"are you there"));
        bytes.extend(frame(0x00, b""));
        bytes.extend(frame(0x80, &"\u{e4}".as_bytes()[1..]));
        bytes.extend(frame(0x8a, b""));
        bytes.extend(frame(0x81, long.as_bytes()));
        bytes.extend(frame(0x82, &[0xff; 200]));
        bytes.extend(frame(0x81, b""));
        bytes.extend(frame(0x88, b"\x03\xe8bye"));
        for chunk in [1, 2, 3, 7, 100, 4096, usize::MAX] {
            let received = receive(&mut Receiver::new(1 << 20, false), bytes.clone(), chunk).unwrap();
            let expected = [
                text("hello"),
                Received::Ping(Bytes::from_static(b"are you there")),
                text("h\u{e4}"),
                Received::Pong,
                text(&long),
                Received::Message(Bytes::from(vec![0xff; 200]).into()),
                text(""),
                Received::Close(Some((1000, "bye".to_owned()))),
            ];
            assert!(received == expected, "in chunks of {chunk}");
        }
    }

    #[test]
    fn the_limit_is_inclusive_and_counts_all_fragments() {
        let receive = |bytes: Vec<u8>| receive(&mut Receiver::new(10, false), bytes, 5);
        assert_eq!(receive(frame(0x81, b"0123456789")).unwrap(), [text("0123456789")]);
        let breach = receive(frame(0x81, b"0123456789a")).unwrap_err();
        assert_eq!((breach.code, &*breach.reason), (1009, "Message is too large: 11 > 10"));
        let parts = [frame(0x01, b"01234567"), frame(0x00, b"8"), frame(0x80, b"9a")].concat();
        assert_eq!(receive(parts).unwrap_err().reason, "Message is too large: 11 > 10");
    }

    #[test]
    fn an_announced_length_reserves_nothing_to_speak_of() {
        let mut receiver = Receiver::new(1 << 30, false);
        let mut head = frame(0x82, &[]);
        head[1] = 0x80 | 127;
        head.splice(2..2, (1_u64 << 29).to_be_bytes());
        head.push(b'x');
        assert_eq!(receive(&mut receiver, head, 100).unwrap(), []);
        assert!(receiver.message.unwrap().bytes.capacity() <= TRUSTED_BYTES_MAX);
    }

    #[test]
    fn text_that_cannot_be_is_refused_before_its_end() {
        let cut = frame(0x01, b"ab\xe2\x82");
        assert_eq!(receive(&mut Receiver::new(100, false), cut, 1).unwrap(), []);
        let wrong = frame(0x01, b"ab\xe2\x28");
        assert_eq!(receive(&mut Receiver::new(100, false), wrong, 1).unwrap_err().code, 1007);
        let unfinished = [frame(0x01, b"ab\xe2\x82"), frame(0x80, b"")].concat();
        assert_eq!(receive(&mut Receiver::new(100, false), unfinished, 100).unwrap_err().code, 1007);
    }
}
