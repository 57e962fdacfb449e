//! Data that come from workerd's files and go there: what arrives, what is refused, what stays whole.

#![expect(clippy::disallowed_methods, reason = "makes the files it is about")]

mod check;
mod export;
mod import;
mod source;
