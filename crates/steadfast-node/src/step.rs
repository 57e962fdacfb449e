//! Steps as JavaScript gets them: one number, its kind plus 16 times its own number, and a detail it
//! may ask for. `StepKind` in the package's `binding.ts` lists the kinds.

use std::sync::Arc;

use bytes::Bytes;
use napi::bindgen_prelude::{Array, BufferSlice, Null};
use napi::{Env, Result};
use steadfast::engine::Poisoned;
use steadfast::runtime::{
    ActivationNo, Context, Ended, ResetReason, SectionNo, SocketEvent, SocketMessage, SocketNo, Step, Target,
};
use steadfast_server::Chunk;

use crate::front::Inbound;
use crate::http::Arrived;

/// The kinds JavaScript tells apart by the number alone.
pub(crate) mod kind {
    /// A request without a body; its number. Asks for `requestHead`.
    pub(crate) const HTTP: f64 = 1.0;
    /// A request whose body has come with it. Asks for `requestBody` too.
    pub(crate) const HTTP_WITH_BODY: f64 = 2.0;
    /// A request whose body is a stream.
    pub(crate) const HTTP_WITH_STREAM: f64 = 3.0;
    /// A call to deliver. Asks for `stepActivation`.
    pub(crate) const DELIVER: f64 = 4.0;
    /// A call that was answered.
    pub(crate) const REPLY: f64 = 5.0;
    /// A token whose wait is over.
    pub(crate) const RESUME: f64 = 6.0;
    /// A text that has arrived at a socket; the socket. Asks for `socketText`, and for `stepActivation` when
    /// the socket is not known.
    pub(crate) const SOCKET_TEXT: f64 = 8.0;
    /// The same of bytes. Asks for `socketBytes`.
    pub(crate) const SOCKET_BYTES: f64 = 9.0;
    /// Anything else. Asks for `stepDetail`.
    pub(crate) const DETAIL: f64 = 7.0;
    /// Kinds are below this.
    pub(crate) const COUNT: f64 = 16.0;
}

/// What JavaScript may ask about the step it was given.
#[derive(Default)]
pub(crate) enum Detail {
    #[default]
    None,
    Http(Arrived),
    Activation(ActivationNo),
    Construct(ActivationNo, Target, Option<ActivationNo>),
    ReplyError(u64, ResetReason),
    Alarm {
        activation: ActivationNo,
        scheduled_ms: i64,
        retry_count: u32,
    },
    Section(ActivationNo, SectionNo),
    ResumeError(u64, Poisoned),
    End(ActivationNo, Ended),
    Body(u64, Chunk),
    Gone(u32),
    Mail {
        from: u32,
        text: String,
        bytes: Option<Bytes>,
    },
    Lost {
        place: u32,
        life: u32,
    },
    /// A message of a socket, and whose code takes it.
    Message(Context, SocketMessage),
    SocketClosed {
        context: Context,
        socket: SocketNo,
        code: u16,
        reason: Arc<str>,
        was_clean: bool,
    },
    SocketError(Context, SocketNo, Arc<str>),
    Detach,
}

/// A step of the lane as a number and a detail.
pub(crate) fn pack(step: Step<Inbound>) -> (f64, Detail) {
    match step {
        Step::Deliver { activation, call } => (packed(kind::DELIVER, call), Detail::Activation(activation)),
        Step::Reply { call, outcome: Ok(()) } => (packed(kind::REPLY, call), Detail::None),
        Step::Resume { token, outcome: Ok(()) } => (packed(kind::RESUME, token), Detail::None),
        Step::Construct { activation, target, parent } => {
            (kind::DETAIL, Detail::Construct(activation, target, parent))
        }
        Step::Alarm { activation, scheduled_ms, retry_count } => {
            (kind::DETAIL, Detail::Alarm { activation, scheduled_ms, retry_count })
        }
        Step::Reply { call, outcome: Err(reason) } => (kind::DETAIL, Detail::ReplyError(call, reason)),
        Step::Section { activation, section } => (kind::DETAIL, Detail::Section(activation, section)),
        Step::Resume { token, outcome: Err(cause) } => (kind::DETAIL, Detail::ResumeError(token, cause)),
        Step::Socket { context, socket, event, .. } => pack_socket(context, socket, event),
        Step::End { activation, reason } => (kind::DETAIL, Detail::End(activation, reason)),
        Step::Host(_) => unreachable!("messages of the host are taken in before"),
    }
}

fn pack_socket(context: Context, socket: SocketNo, event: SocketEvent) -> (f64, Detail) {
    match event {
        SocketEvent::Message(message) => {
            let kind = match message {
                SocketMessage::Text(_) => kind::SOCKET_TEXT,
                SocketMessage::Binary(_) => kind::SOCKET_BYTES,
            };
            (packed(kind, socket.0), Detail::Message(context, message))
        }
        SocketEvent::Closed { code, reason, was_clean } => {
            (kind::DETAIL, Detail::SocketClosed { context, socket, code, reason, was_clean })
        }
        SocketEvent::Error(message) => (kind::DETAIL, Detail::SocketError(context, socket, message)),
    }
}

/// A kind and a number as one; exact to 2^49 steps of a kind.
pub(crate) fn packed(kind: f64, number: u64) -> f64 {
    kind + kind::COUNT * number as f64
}

impl Detail {
    /// The activation the step is for.
    pub(crate) fn activation(&self) -> f64 {
        match self {
            Self::Activation(activation) => activation.0 as f64,
            Self::Message(context, _) => number_of(*context),
            _ => 0.0,
        }
    }

    /// Kind by name, then the fields.
    pub(crate) fn encode(self, env: &Env) -> Result<Array<'_>> {
        let mut array = env.create_array(0)?;
        match self {
            Self::None | Self::Http(_) | Self::Activation(_) | Self::Message(..) => array.set(0, "none")?,
            Self::Construct(activation, target, parent) => {
                array.set(0, "construct")?;
                array.set(1, activation.0 as f64)?;
                array.set(2, target.namespace.0)?;
                array.set(3, hex(&target.id))?;
                if let Some(name) = &target.name {
                    array.set(4, &**name)?;
                }
                if let (Some(parent), Some(facet)) = (parent, target.facet.as_deref().and_then(<[_]>::last)) {
                    array.set(5, parent.0 as f64)?;
                    array.set(6, &**facet)?;
                }
            }
            Self::ReplyError(call, reason) => {
                array.set(0, "replyError")?;
                array.set(1, call as f64)?;
                set_reason(&mut array, &reason)?;
            }
            Self::Alarm { activation, scheduled_ms, retry_count } => {
                array.set(0, "alarm")?;
                array.set(1, activation.0 as f64)?;
                array.set(2, scheduled_ms as f64)?;
                array.set(3, retry_count)?;
            }
            Self::Section(activation, section) => {
                array.set(0, "section")?;
                array.set(1, activation.0 as f64)?;
                array.set(2, section.0)?;
            }
            Self::ResumeError(token, cause) => {
                array.set(0, "resumeError")?;
                array.set(1, token as f64)?;
                array.set(2, cause.to_string())?;
            }
            Self::End(activation, reason) => {
                array.set(0, "end")?;
                array.set(1, activation.0 as f64)?;
                if let Ended::Reset(reason) = reason {
                    set_reason(&mut array, &reason)?;
                }
            }
            Self::Body(token, chunk) => {
                array.set(0, "body")?;
                array.set(1, token as f64)?;
                set_chunk(env, &mut array, chunk)?;
            }
            Self::Gone(request) => {
                array.set(0, "gone")?;
                array.set(1, request)?;
            }
            Self::Mail { from, text, bytes } => {
                array.set(0, "mail")?;
                array.set(1, from)?;
                array.set(2, text)?;
                if let Some(bytes) = bytes {
                    array.set(3, BufferSlice::copy_from(env, &bytes)?)?;
                }
            }
            Self::Lost { place, life } => {
                array.set(0, "lost")?;
                array.set(1, place)?;
                array.set(2, life)?;
            }
            Self::SocketClosed { context, socket, code, reason, was_clean } => {
                array.set(0, "socketClosed")?;
                array.set(1, number_of(context))?;
                array.set(2, socket.0 as f64)?;
                array.set(3, code)?;
                array.set(4, &*reason)?;
                array.set(5, was_clean)?;
            }
            Self::SocketError(context, socket, message) => {
                array.set(0, "socketError")?;
                array.set(1, number_of(context))?;
                array.set(2, socket.0 as f64)?;
                array.set(3, &*message)?;
            }
            Self::Detach => array.set(0, "detach")?,
        }
        Ok(array)
    }
}

/// The activation of a context; 0 for the entry worker.
fn number_of(context: Context) -> f64 {
    context.activation().map_or(0.0, |activation| activation.0 as f64)
}

fn set_reason(array: &mut Array<'_>, reason: &ResetReason) -> Result<()> {
    array.set(2, &*reason.class)?;
    array.set(3, &*reason.message)?;
    array.set(4, reason.overloaded)?;
    array.set(5, reason.tells_reset)
}

fn set_chunk(env: &Env, array: &mut Array<'_>, chunk: Chunk) -> Result<()> {
    match chunk {
        Some(Ok(bytes)) => array.set(2, BufferSlice::copy_from(env, &bytes)?),
        Some(Err(error)) => {
            array.set(2, Null)?;
            array.set(3, error.to_string())
        }
        None => array.set(2, Null),
    }
}

fn hex(id: &[u8]) -> String {
    use std::fmt::Write;
    id.iter().fold(String::with_capacity(2 * id.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
