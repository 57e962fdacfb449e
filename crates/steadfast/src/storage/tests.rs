//! The store against a sorted map, over the smallest engine that keeps the promises it needs.

mod alarms;
mod fake;
mod history;
mod iteration;
mod listing;
mod model;
mod nesting;
mod optimistic;
mod serial;
mod sql;
mod transactions;
mod turns;

use super::ListOptions;
use crate::engine::{Key, Value};

/// What `list` promises, as a filter over everything there is.
fn listed(all: &[(Key, Value)], options: &ListOptions) -> Vec<(Key, Value)> {
    let wanted = |(key, _): &&(Key, Value)| {
        options.start.as_ref().is_none_or(|start| key >= start)
            && options.start_after.as_ref().is_none_or(|after| key > after)
            && options.end.as_ref().is_none_or(|end| key < end)
            && options.prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix))
    };
    let mut found: Vec<_> = all.iter().filter(wanted).cloned().collect();
    found.sort();
    if options.reverse {
        found.reverse();
    }
    found.truncate(options.limit.map_or(usize::MAX, |limit| limit as usize));
    found
}
