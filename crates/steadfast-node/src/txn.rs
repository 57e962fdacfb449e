//! Transactions of an activation: those that last over turns, and those within a call.

use napi::Result;
use napi_derive::napi;
use steadfast::runtime::SectionNo;
use steadfast::storage::{TransactionEnd, TransactionNo};

use crate::error::{of_napi, of_storage, plain};
use crate::kv::with_store;
use crate::lanes::{activation_no, section_no, with_lane};

/// Opens a transaction inside the section `parent` (0 for none); its number as a section.
#[napi]
pub fn open_transaction(lane: u32, activation: f64, parent: u32) -> Result<u32, String> {
    let opened =
        with_lane(lane, |open| open.lane.open_transaction(activation_no(activation), section_no(parent)));
    opened.map_err(of_napi)?.map(|section| section.0).map_err(plain)
}

/// The transaction's callback has settled. Whether the activation lives: it does not when what was
/// written could not be committed.
#[napi]
pub fn end_transaction(lane: u32, activation: f64, section: u32, commit: bool) -> Result<bool> {
    with_lane(lane, |open| {
        open.lane.end_transaction(activation_no(activation), SectionNo(section), end(commit))
    })
}

/// Undoes what the transaction wrote so far.
#[napi]
pub fn roll_back_transaction(lane: u32, activation: f64, section: u32) -> Result<(), String> {
    let rolled_back = with_lane(lane, |open| {
        open.lane.roll_back_transaction(activation_no(activation), SectionNo(section))
    });
    rolled_back.map_err(of_napi)?.map_err(of_storage)
}

/// Begins a transaction within the turn; its number.
#[napi]
pub fn begin_transaction_sync(lane: u32, activation: f64) -> Result<f64, String> {
    with_store(lane, activation, |store| Ok(store.begin_transaction_sync().0 as f64))
}

/// Ends it, and those inside that have not ended.
#[napi]
pub fn end_transaction_sync(
    lane: u32,
    activation: f64,
    transaction: f64,
    commit: bool,
) -> Result<(), String> {
    let transaction = TransactionNo(transaction as u64);
    with_store(lane, activation, |store| store.end_transaction_sync(transaction, end(commit)))
}

fn end(commit: bool) -> TransactionEnd {
    if commit { TransactionEnd::Commit } else { TransactionEnd::RollBack }
}
