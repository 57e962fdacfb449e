//! HTTP front.
