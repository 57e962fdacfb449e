//! What a Close frame may say. Pure.

use std::fmt;
use std::sync::Arc;

use super::SocketEvent;

/// The last word of one side of a socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseFrame {
    code: Option<u16>,
    reason: Arc<str>,
}

/// Why a Close frame is not sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CloseRefused {
    /// Not a code that a program may send.
    Code(u16),
    /// A reason needs a code.
    ReasonAlone,
    /// The reason does not fit into the frame.
    ReasonTooLong,
}

impl CloseFrame {
    /// A frame without a code; the peer reads 1005.
    pub fn empty() -> Self {
        Self { code: None, reason: "".into() }
    }

    /// A frame with what a program asks for.
    ///
    /// # Errors
    /// When the code is not one of 1000 to 4999, or is one of 1004, 1005, 1006 and 1015, which never
    /// travel; when there is a reason without a code; when the reason is longer than 123 bytes.
    pub fn checked(code: Option<u16>, reason: &str) -> Result<Self, CloseRefused> {
        match code {
            Some(code) if !is_sendable(code) => return Err(CloseRefused::Code(code)),
            None if !reason.is_empty() => return Err(CloseRefused::ReasonAlone),
            _ => {}
        }
        if reason.len() > REASON_BYTES_MAX {
            return Err(CloseRefused::ReasonTooLong);
        }
        Ok(Self { code, reason: reason.into() })
    }

    /// A frame as given. A connection cuts a reason that does not fit; an end in this process gets it whole.
    pub fn unchecked(code: Option<u16>, reason: &str) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The code, if any.
    pub fn code(&self) -> Option<u16> {
        self.code
    }

    /// The reason; empty for none.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// How the peer learns of it.
    pub(super) fn event(&self) -> SocketEvent {
        let (code, reason) = (self.code.unwrap_or(NO_CODE), self.reason.clone());
        SocketEvent::Closed { code, reason, was_clean: true }
    }

    /// The frame that was told as this event; none for one that was no frame.
    pub(super) fn of(event: &SocketEvent) -> Option<Self> {
        match event {
            SocketEvent::Closed { code, reason, was_clean: true } => {
                Some(Self { code: (*code != NO_CODE).then_some(*code), reason: reason.clone() })
            }
            _ => None,
        }
    }
}

impl fmt::Display for CloseRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "Invalid WebSocket close code: {code}."),
            Self::ReasonAlone => {
                f.write_str("If you specify a WebSocket close reason, you must also specify a code.")
            }
            Self::ReasonTooLong => {
                f.write_str("WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.")
            }
        }
    }
}

impl std::error::Error for CloseRefused {}

/// Whether a program may send this code: the others have a meaning only where no frame came.
fn is_sendable(code: u16) -> bool {
    (1000..5000).contains(&code) && !matches!(code, 1004..=1006 | 1015)
}

/// The code of a Close frame without one.
const NO_CODE: u16 = 1005;
/// What a control frame holds beside the code.
const REASON_BYTES_MAX: usize = 123;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_never_travel_are_refused() {
        let refused: Vec<u16> =
            (0..=5001).filter(|code| CloseFrame::checked(Some(*code), "").is_err()).collect();
        let mut expected: Vec<u16> = (0..1000).collect();
        expected.extend([1004, 1005, 1006, 1015, 5000, 5001]);
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_reason_needs_a_code_and_fits_into_the_frame() {
        assert_eq!(CloseFrame::checked(None, "r"), Err(CloseRefused::ReasonAlone));
        assert_eq!(CloseFrame::checked(None, ""), Ok(CloseFrame::empty()));
        assert!(CloseFrame::checked(Some(1000), &"r".repeat(123)).is_ok());
        assert_eq!(CloseFrame::checked(Some(1000), &"r".repeat(124)), Err(CloseRefused::ReasonTooLong));
    }

    #[test]
    fn a_frame_without_a_code_is_read_as_1005_and_back() {
        let event = CloseFrame::empty().event();
        assert_eq!(event, SocketEvent::Closed { code: 1005, reason: "".into(), was_clean: true });
        assert_eq!(CloseFrame::of(&event), Some(CloseFrame::empty()));
        assert_eq!(CloseFrame::of(&SocketEvent::lost()), None);
    }
}
