//! Critical sections and transactions: callbacks that hold the gate of their activation.
//!
//! A transaction is a section that belongs to a transaction of the store. Its failure undoes what it
//! wrote and resets nothing. Outputs inside it leave with what was committed before, as in workerd:
//! code that waits for an answer inside a transaction could not go on otherwise.

use super::super::activation::{ActivationNo, ResetReason};
use super::super::call::CallRefused;
use super::super::gate::{Entry, SectionNo};
use super::{Lane, Step};
use crate::limits::CRITICAL_SECTION_TIMEOUT;
use crate::storage::{StorageError, TransactionEnd, TransactionNo};

impl<M: Send + 'static> Lane<M> {
    /// Opens a critical section for code that runs in `parent`. Its callback starts with
    /// [`Step::Section`], in a turn of its own.
    ///
    /// # Errors
    /// When sections nest too deeply, or the activation has ended.
    pub fn open_section(
        &mut self,
        activation: ActivationNo,
        parent: Option<SectionNo>,
    ) -> Result<SectionNo, &'static str> {
        let live = self.activations.get_mut(&activation).ok_or("the object is no longer running")?;
        let section =
            live.gate.open(parent).map_err(|_| "blockConcurrencyWhile() calls are nested too deeply.")?;
        self.begin_life(activation);
        self.sections.push_back((activation, section, parent));
        Ok(section)
    }

    /// Opens a transaction: a section in which everything the activation writes is one unit. Its
    /// callback starts with [`Step::Section`], when what was written before is committed, and ends
    /// with [`end_transaction`](Self::end_transaction). Transactions and sections nest in each other.
    ///
    /// # Errors
    /// As [`open_section`](Self::open_section).
    pub fn open_transaction(
        &mut self,
        activation: ActivationNo,
        parent: Option<SectionNo>,
    ) -> Result<SectionNo, &'static str> {
        let section = self.open_section(activation, parent)?;
        if let Some(live) = self.activations.get_mut(&activation) {
            live.transactions.push((section, None));
        }
        Ok(section)
    }

    /// The section's callback has succeeded. Who waited is asked again after this turn. A callback
    /// that failed resets the activation instead.
    pub fn end_section(&mut self, activation: ActivationNo, section: SectionNo) {
        let Some(live) = self.activations.get_mut(&activation) else { return };
        let opened = live.gate.end(section);
        self.section_deadlines.retain(|(_, of, no), ()| (*of, *no) != (activation, section));
        if opened {
            self.release_waiting(activation);
        }
        self.end_activity(activation);
    }

    /// The transaction's callback has settled: what it wrote is kept or undone, and its section is
    /// over. What the outermost keeps is submitted before this returns. Resets the activation when
    /// that fails, and when it commits while a transaction inside it still runs. Returns whether the
    /// activation lives: else who waits for the transaction is told nothing.
    #[must_use]
    pub fn end_transaction(
        &mut self,
        activation: ActivationNo,
        section: SectionNo,
        end: TransactionEnd,
    ) -> bool {
        let Some(live) = self.activations.get_mut(&activation) else { return false };
        let Some(at) = live.transactions.iter().position(|(of, _)| *of == section) else { return true };
        let (_, begun) = live.transactions.swap_remove(at);
        if self.mailbox.is_closed() {
            // Another lane may run the object by now.
            self.reset(activation, ResetReason::of(&CallRefused::CodeReplaced));
            return false;
        }
        if let (Some(no), Some(store)) = (begun, live.store.as_mut()) {
            match store.end_transaction(no, end) {
                Ok(position) => self.committed(activation, position),
                Err(error) => {
                    self.commit_failed(activation, &error);
                    return false;
                }
            }
        }
        self.end_section(activation, section);
        true
    }

    /// Undoes what the transaction wrote so far, before its callback has settled. What is written
    /// from now on is outside of it. Doing so again has no effect.
    ///
    /// # Errors
    /// [`StorageError::OuterRollback`] while another transaction runs inside it.
    pub fn roll_back_transaction(
        &mut self,
        activation: ActivationNo,
        section: SectionNo,
    ) -> Result<(), StorageError> {
        let Some(live) = self.activations.get_mut(&activation) else { return Ok(()) };
        let begun = live.transactions.iter().find(|(of, _)| *of == section).and_then(|(_, no)| *no);
        let Some(no) = begun else { return Ok(()) };
        self.with_store(activation, |store| store.roll_back_transaction(no)).unwrap_or(Ok(()))
    }

    /// The next section that may begin. Those that may not wait in their activation.
    pub(super) fn begin_section(&mut self) -> Option<Step<M>> {
        while let Some((activation, section, parent)) = self.sections.pop_front() {
            let Some(live) = self.activations.get_mut(&activation) else { continue };
            match live.gate.entry(parent) {
                Entry::Enter => {}
                Entry::Wait => {
                    live.waiting_sections.push_back((section, parent));
                    continue;
                }
            }
            live.gate.begin(section);
            self.start_section_timer(activation, section);
            match self.begin_transaction(activation, section) {
                Ok(()) => return Some(Step::Section { activation, section }),
                Err(error) => self.commit_failed(activation, &error),
            }
        }
        None
    }

    /// Begins the store's transaction, if the section is one.
    fn begin_transaction(
        &mut self,
        activation: ActivationNo,
        section: SectionNo,
    ) -> Result<(), StorageError> {
        let Some(live) = self.activations.get_mut(&activation) else { return Ok(()) };
        let begins = live.transactions.iter_mut().find(|(of, _)| *of == section);
        let (Some((_, begun)), Some(store)) = (begins, live.store.as_mut()) else { return Ok(()) };
        let no: TransactionNo = store.begin_transaction()?;
        *begun = Some(no);
        Ok(())
    }

    fn start_section_timer(&mut self, activation: ActivationNo, section: SectionNo) {
        let timeout_ms = u64::try_from(CRITICAL_SECTION_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        let due_ms = self.now_ms().saturating_add(timeout_ms);
        self.section_deadlines.insert((due_ms, activation, section), ());
    }
}

/// Why an activation is reset whose section took too long.
pub(super) fn timed_out() -> ResetReason {
    let message = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. \
                   The call was canceled and the Durable Object was reset.";
    ResetReason { overloaded: true, ..ResetReason::error(message) }
}
