//! The input gate: which delivery may begin in an activation now.
//!
//! Pure. The lane keeps the queues and asks here once per delivery, in order; an answer of
//! [`Entry::Wait`] means "keep it, and ask again when a section ends".
//!
//! Storage never closes the gate, because every storage call completes within the turn that makes
//! it. What closes it is the constructor and critical sections (`blockConcurrencyWhile`): while one
//! runs, only deliveries that were started inside it may begin.

use crate::limits::CRITICAL_SECTION_DEPTH_MAX;

/// A critical section of one activation. Numbers are never reused within an activation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SectionNo(pub u32);

/// Whether a delivery may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// Begin it now.
    Enter,
    /// Keep it in order; ask again when a section ends.
    Wait,
}

/// Why a section could not be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NestedTooDeeply;

/// One activation's gate.
#[derive(Debug, Default)]
pub(crate) struct InputGate {
    constructing: bool,
    /// Sections that have begun and not ended, outermost first. Only the innermost lets anyone in.
    running: Vec<SectionNo>,
    /// Ended while a section inside them still runs; popped with it.
    ended: Vec<SectionNo>,
    /// Sections that exist, begun or not, with their depth. Few at any time.
    known: Vec<(SectionNo, usize)>,
    next: u32,
}

impl InputGate {
    /// A gate held by the constructor.
    pub(crate) fn constructing() -> Self {
        Self { constructing: true, ..Self::default() }
    }

    /// The constructor has returned.
    pub(crate) fn constructed(&mut self) {
        self.constructing = false;
    }

    /// Asked once per delivery. `from` is the section the delivery was started in, `None` for events
    /// from outside and for what was started outside any section.
    pub(crate) fn entry(&self, from: Option<SectionNo>) -> Entry {
        if self.constructing {
            return Entry::Wait;
        }
        match self.running.last() {
            None => Entry::Enter,
            Some(current) if from == Some(*current) => Entry::Enter,
            Some(_) => Entry::Wait,
        }
    }

    /// Registers a section opened by code that runs inside `parent`. It begins later, as a delivery
    /// of its parent.
    pub(crate) fn open(&mut self, parent: Option<SectionNo>) -> Result<SectionNo, NestedTooDeeply> {
        let depth = parent.and_then(|section| self.depth(section)).unwrap_or(0) + 1;
        if depth > CRITICAL_SECTION_DEPTH_MAX {
            return Err(NestedTooDeeply);
        }
        self.next += 1;
        let section = SectionNo(self.next);
        self.known.push((section, depth));
        Ok(section)
    }

    /// The section's callback starts. Call only after [`entry`](Self::entry) let its parent in.
    pub(crate) fn begin(&mut self, section: SectionNo) {
        debug_assert!(!self.running.contains(&section), "a section begins once");
        self.running.push(section);
    }

    /// The section's callback has settled. Returns whether those who waited may be asked again.
    pub(crate) fn end(&mut self, section: SectionNo) -> bool {
        self.ended.push(section);
        let before = self.running.len();
        while let Some(innermost) = self.running.last().copied() {
            let Some(at) = self.ended.iter().position(|ended| *ended == innermost) else { break };
            self.ended.swap_remove(at);
            self.known.retain(|(known, _)| *known != innermost);
            self.running.pop();
        }
        self.running.len() < before
    }

    fn depth(&self, section: SectionNo) -> Option<usize> {
        self.known.iter().find(|(known, _)| *known == section).map(|(_, depth)| *depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_enters_before_the_constructor_returned() {
        let mut gate = InputGate::constructing();
        assert_eq!(gate.entry(None), Entry::Wait);
        gate.constructed();
        assert_eq!(gate.entry(None), Entry::Enter);
    }

    #[test]
    fn a_section_lets_in_only_what_it_started() {
        let mut gate = InputGate::default();
        let section = gate.open(None).unwrap();
        assert_eq!(gate.entry(None), Entry::Enter, "a section that has not begun holds nothing");
        gate.begin(section);
        assert_eq!(gate.entry(None), Entry::Wait);
        assert_eq!(gate.entry(Some(section)), Entry::Enter);
        assert!(gate.end(section));
        assert_eq!(gate.entry(None), Entry::Enter);
    }

    #[test]
    fn the_innermost_section_holds_the_gate_against_its_parent() {
        let mut gate = InputGate::default();
        let outer = gate.open(None).unwrap();
        gate.begin(outer);
        let inner = gate.open(Some(outer)).unwrap();
        assert_eq!(gate.entry(Some(outer)), Entry::Enter);
        gate.begin(inner);
        assert_eq!(gate.entry(Some(outer)), Entry::Wait);
        assert_eq!(gate.entry(Some(inner)), Entry::Enter);
        assert!(gate.end(inner));
        assert_eq!(gate.entry(Some(outer)), Entry::Enter);
        assert_eq!(gate.entry(None), Entry::Wait);
    }

    #[test]
    fn an_outer_section_that_ends_first_waits_for_the_inner() {
        let mut gate = InputGate::default();
        let outer = gate.open(None).unwrap();
        gate.begin(outer);
        let inner = gate.open(Some(outer)).unwrap();
        gate.begin(inner);
        assert!(!gate.end(outer), "the inner section still holds the gate");
        assert_eq!(gate.entry(None), Entry::Wait);
        assert!(gate.end(inner));
        assert_eq!(gate.entry(None), Entry::Enter);
    }

    #[test]
    fn sixty_four_levels_work_and_the_next_is_refused() {
        let mut gate = InputGate::default();
        let mut parent = None;
        for _ in 0..CRITICAL_SECTION_DEPTH_MAX {
            let section = gate.open(parent).unwrap();
            gate.begin(section);
            parent = Some(section);
        }
        assert_eq!(gate.open(parent), Err(NestedTooDeeply));
        assert!(gate.open(None).is_ok(), "depth counts nesting, not number");
    }
}
