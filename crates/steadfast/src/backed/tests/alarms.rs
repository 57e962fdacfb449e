use super::*;

const NOW: f64 = 1_700_000_000_000.0;

fn timers(alarms: &Alarms, now: f64) -> Vec<(Key, f64)> {
    alarms.scan(now).into_iter().map(|timer| (timer.key, timer.delay_ms)).collect()
}

#[test]
fn an_alarm_within_31_seconds_has_a_timer_at_once() {
    let mut alarms = Alarms::new();
    let cases = [
        (NOW + 5_000.0, Some(5_000.0)),
        (NOW + 0.25, Some(0.25)),
        (NOW + 30_999.5, Some(30_999.5)),
        (NOW + 31_000.0, None),
        (NOW + 1e12, None),
        (NOW, Some(0.0)),
        (NOW - 1e9, Some(0.0)),
        (1.0, Some(0.0)),
        (f64::NEG_INFINITY, Some(0.0)),
        (f64::INFINITY, None),
        (f64::NAN, None),
    ];
    for (time, delay) in cases {
        assert_eq!(alarms.set(key("a"), time, NOW), delay, "{time}");
    }
}

#[test]
fn a_scan_starts_what_is_due_within_30_seconds() {
    let mut alarms = Alarms::new();
    alarms.load(key("far"), NOW + 30_000.0);
    alarms.load(key("near"), NOW + 29_999.5);
    alarms.load(key("past"), 0.0);
    alarms.load(key("never"), f64::NAN);
    assert_eq!(timers(&alarms, NOW), [(key("near"), 29_999.5), (key("past"), 0.0)]);
    assert_eq!(timers(&alarms, NOW + 1.0)[0], (key("far"), 29_999.0));
}

#[test]
fn an_alarm_that_moves_is_due_at_its_new_time_only() {
    let mut alarms = Alarms::new();
    assert_eq!(alarms.set(key("a"), NOW + 1_000.0, NOW), Some(1_000.0));
    assert_eq!(alarms.set(key("b"), NOW + 2_000.0, NOW), Some(2_000.0));
    assert_eq!(alarms.set(key("a"), NOW + 60_000.0, NOW), None);
    assert_eq!(timers(&alarms, NOW), [(key("b"), 2_000.0)]);
    assert_eq!(
        timers(&alarms, NOW + 30_001.0),
        [(key("a"), 29_999.0), (key("b"), 0.0)],
        "it keeps its place"
    );
}

#[test]
fn a_deleted_alarm_is_due_no_more() {
    let mut alarms = Alarms::new();
    alarms.set(key("a"), NOW, NOW);
    alarms.set(key("b"), NOW, NOW);
    assert!(alarms.delete(b"a") && !alarms.delete(b"a"));
    assert_eq!(timers(&alarms, NOW), [(key("b"), 0.0)]);
    alarms.set(key("a"), NOW, NOW);
    assert_eq!(timers(&alarms, NOW), [(key("b"), 0.0), (key("a"), 0.0)], "it has come anew");
    alarms.clear();
    assert!(timers(&alarms, NOW).is_empty());
}
