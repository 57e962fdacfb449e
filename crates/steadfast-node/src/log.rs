//! Where what the core reports goes: standard error, warnings and errors unless `STEADFAST_LOG` names
//! another level (`error`, `warn`, `info`, `debug`, `trace`). The access log is at `info`.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

/// Starts once for the process; a subscriber that is there already stays.
pub(crate) fn start() {
    let wanted = std::env::var("STEADFAST_LOG").ok();
    let level = wanted.as_deref().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    let started = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .try_init();
    // An error says that another subscriber was first; the process then has its log already.
    if started.is_ok() && wanted.is_some_and(|level| level.parse::<LevelFilter>().is_err()) {
        tracing::warn!("STEADFAST_LOG must be one of off, error, warn, info, debug, trace; using warn");
    }
}
