//! The life of objects in memory: activations, gates, calls between them, and what may leave.
//!
//! Owns everything between a host (which runs the objects' code) and storage. Must never know what
//! language that code is written in: payloads stay with the host, the runtime sees numbers. A
//! [`Lane`] belongs to one thread and is driven by its host: it hands out one [`Step`] per turn, and
//! the host tells it when the turn has ended. Decisions are the pure structs of `gate`,
//! `lifecycle`, `alarm`, `output`, `places` and `sockets`; read their tests first.

mod activation;
mod alarm;
mod call;
mod gate;
mod homes;
mod lane;
mod lifecycle;
mod mailbox;
mod output;
mod places;
mod pulse;
mod share;
mod shared;
mod sockets;

pub use activation::{ActivationNo, Ended, FacetPath, ResetReason, Target};
pub use call::{CallNo, CallRefused, Context};
pub use gate::SectionNo;
pub use homes::Homes;
pub use lane::{AlarmOutcome, Lane, NamespaceNo, NamespaceSettings, Post, Rest, SocketRefused, Step};
pub use lifecycle::Background;
pub use mailbox::{Mailbox, Token};
pub use places::{Admission, Places};
pub use pulse::{Pulse, Watch};
pub use share::Share;
pub use shared::{Release, Runtime, RuntimeSettings};
pub use sockets::{
    AlreadyAccepted, CloseFrame, CloseRefused, SocketEvent, SocketMessage, SocketNo, Sockets, TagsRefused,
    Wire,
};
