//! The alarm of an object: one time, committed with the data.
//!
//! While the alarm's handler runs, its time stays stored but is not seen: it is deleted when the
//! handler has succeeded, with everything else of that turn, and a crash before that runs it again.
//! When and how often it runs is the runtime's business.

use super::{StorageError, Store, WriteOptions};
use crate::engine::AlarmChange;
use crate::limits::ALARM_MS_MAX;

/// The alarm as the open turn sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Alarm {
    /// When it is due, in milliseconds since the Unix epoch.
    due_ms: Option<i64>,
    /// It is this alarm whose handler runs: it is not seen, and deleted when that has succeeded.
    runs: bool,
}

/// Whether an alarm whose time has come may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmRun {
    /// It runs, and was due at this time.
    Begun {
        /// Milliseconds since the Unix epoch.
        due_ms: i64,
    },
    /// The object's alarm is another one, due at this later time.
    NotDue {
        /// Milliseconds since the Unix epoch.
        due_ms: i64,
    },
    /// The object has no alarm.
    NoAlarm,
}

/// How the run of an alarm's handler ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmEnd {
    /// The handler returned.
    Succeeded,
    /// It did not: the alarm may run again.
    Failed,
}

/// What deleting everything does to the alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmAtDeleteAll {
    /// It is deleted too: compatibility dates from 2026-02-24 on.
    Delete,
    /// It stays.
    Keep,
}

impl Store {
    /// When the object's alarm is due, in milliseconds since the Unix epoch, as the open turn sees
    /// it. `None` while its handler runs, until another is set.
    #[must_use]
    pub fn alarm(&self) -> Option<i64> {
        self.alarm.due_ms.filter(|_| !self.alarm.runs)
    }

    /// Sets the alarm in the open turn, in place of the one there was. Time in milliseconds since
    /// the Unix epoch; a fraction is dropped, and a time before `now_ms` becomes `now_ms`. Setting
    /// the time it has is no write.
    ///
    /// # Errors
    /// [`StorageError::InvalidDate`], [`StorageError::AlarmNotPositive`],
    /// [`StorageError::AlarmTooLate`]. Nothing is written then.
    pub fn set_alarm(
        &mut self,
        time_ms: f64,
        now_ms: i64,
        options: WriteOptions,
    ) -> Result<(), StorageError> {
        self.change_alarm(Some(due_at(time_ms, now_ms)?), options);
        Ok(())
    }

    /// Deletes the alarm in the open turn, if there is one. A run that is going on goes on; if it
    /// fails, it is not repeated.
    pub fn delete_alarm(&mut self, options: WriteOptions) {
        self.change_alarm(None, options);
    }

    /// Deletes the alarm if it is still the one due at this time: the runtime gives it up.
    pub fn abandon_alarm(&mut self, due_ms: i64) {
        if self.alarm.due_ms == Some(due_ms) {
            self.delete_alarm(WriteOptions::default());
        }
    }

    /// Begins the run of the alarm that was to run at `due_ms`, if the object still has it or has
    /// another that is due by `now_ms`. Writes nothing. Call [`end_alarm_run`](Self::end_alarm_run)
    /// when the handler has ended, before another run begins.
    pub fn begin_alarm_run(&mut self, due_ms: i64, now_ms: i64) -> AlarmRun {
        let Some(stored_ms) = self.alarm.due_ms else { return AlarmRun::NoAlarm };
        if stored_ms != due_ms && stored_ms > now_ms {
            return AlarmRun::NotDue { due_ms: stored_ms };
        }
        for alarm in self.alarms() {
            alarm.runs = alarm.due_ms == Some(stored_ms);
        }
        AlarmRun::Begun { due_ms: stored_ms }
    }

    /// Whether a run has begun and its alarm was neither set nor deleted since, as the open turn sees it.
    #[must_use]
    pub fn is_alarm_running(&self) -> bool {
        self.alarm.runs
    }

    /// When the alarm is due as it was last submitted, also while its handler runs.
    #[must_use]
    pub fn submitted_alarm(&self) -> Option<i64> {
        self.stored_alarm_ms
    }

    /// The handler has ended. If it succeeded and the alarm was neither set nor deleted meanwhile,
    /// the open turn deletes it.
    pub fn end_alarm_run(&mut self, end: AlarmEnd) {
        if self.alarm.runs && end == AlarmEnd::Succeeded {
            self.pending.join(WriteOptions::default());
        }
        // Also as it will be after a rollback of an open transaction: the run is over there too.
        for alarm in self.alarms().filter(|alarm| alarm.runs) {
            alarm.runs = false;
            if end == AlarmEnd::Succeeded {
                alarm.due_ms = None;
            }
        }
    }

    pub(super) fn change_alarm(&mut self, due_ms: Option<i64>, options: WriteOptions) {
        if self.alarm.due_ms != due_ms {
            self.pending.join(options);
        }
        self.alarm = Alarm { due_ms, runs: false };
    }

    /// The alarm as the open turn sees it, and as it was before each open transaction.
    fn alarms(&mut self) -> impl Iterator<Item = &mut Alarm> {
        std::iter::once(&mut self.alarm).chain(self.transactions.alarms())
    }

    /// What the turn's record says of the alarm, given what was stored before it.
    pub(super) fn alarm_change(&self) -> Option<AlarmChange> {
        let stored_ms = self.stored_alarm_ms.filter(|_| !self.pending.hides_committed());
        match (stored_ms, self.alarm.due_ms) {
            (before, after) if before == after => None,
            (_, Some(due_ms)) => Some(AlarmChange::Set(due_ms)),
            (_, None) => Some(AlarmChange::Clear),
        }
    }
}

impl Alarm {
    /// An alarm whose handler does not run.
    pub(super) fn stored(due_ms: Option<i64>) -> Self {
        Self { due_ms, runs: false }
    }

    pub(super) fn due_ms(self) -> Option<i64> {
        self.due_ms
    }
}

/// When an alarm that is set now to a time is due: its fraction is dropped, and it is not past.
pub(super) fn due_at(time_ms: f64, now_ms: i64) -> Result<i64, StorageError> {
    if !time_ms.is_finite() {
        return Err(StorageError::InvalidDate);
    }
    let time_ms = time_ms.trunc();
    if time_ms <= 0.0 {
        return Err(StorageError::AlarmNotPositive);
    }
    if time_ms > ALARM_MS_MAX as f64 {
        return Err(StorageError::AlarmTooLate);
    }
    Ok((time_ms as i64).max(now_ms))
}
