use std::collections::BTreeSet;

use super::*;

const WINDOW: usize = 8;
const DURABLE: Position = Position(100);

fn queue() -> AlarmQueue<&'static str> {
    AlarmQueue::new(WINDOW, 4)
}

/// A queue that has read an empty index.
fn loaded() -> AlarmQueue<&'static str> {
    let mut queue = queue();
    queue.load(Vec::new(), true);
    queue
}

fn no(object: u64) -> ObjectNo {
    ObjectNo(object)
}

fn set(due_ms: i64) -> Option<(i64, Position)> {
    Some((due_ms, Position(1)))
}

fn over(next: Option<i64>) -> RunEnd {
    RunEnd::Over { next: next.map(|due_ms| (due_ms, Position(1))) }
}

fn run(object: u64, target: &'static str) -> Next<&'static str> {
    Next::Run { object: no(object), target }
}

#[test]
fn alarms_run_in_order_and_never_before_their_time() {
    let mut queue = loaded();
    queue.tell(no(1), &"b", set(20));
    queue.tell(no(2), &"a", set(10));
    queue.tell(no(3), &"c", set(20));
    assert_eq!(queue.next(9, DURABLE), Next::At(10));
    assert_eq!(queue.next(10, DURABLE), run(2, "a"));
    assert_eq!(queue.next(10, DURABLE), Next::At(20));
    assert_eq!(queue.next(25, DURABLE), run(1, "b"));
    assert_eq!(queue.next(25, DURABLE), run(3, "c"));
    assert_eq!(queue.next(25, DURABLE), Next::Nothing);
}

#[test]
fn a_later_commit_moves_or_clears_an_alarm() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    queue.tell(no(1), &"a", set(30));
    queue.tell(no(2), &"b", set(10));
    queue.tell(no(2), &"b", None);
    assert_eq!(queue.next(10, DURABLE), Next::At(30));
}

#[test]
fn an_alarm_waits_until_its_commit_is_durable() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", Some((10, Position(7))));
    assert_eq!(queue.next(10, Position(6)), Next::Durable(Position(7)));
    assert_eq!(queue.next(10, Position(7)), run(1, "a"));
}

#[test]
fn an_object_never_has_two_runs() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    assert_eq!(queue.next(10, DURABLE), run(1, "a"));
    queue.tell(no(1), &"a", set(11));
    assert_eq!(queue.next(20, DURABLE), Next::Nothing, "it runs still");
    queue.end(no(1), over(Some(11)));
    assert_eq!(queue.next(20, DURABLE), run(1, "a"));
}

#[test]
fn only_so_many_run_at_once() {
    let mut queue = loaded();
    for object in 1..=5 {
        queue.tell(no(object), &"x", set(1));
    }
    for object in 1..=4 {
        assert_eq!(queue.next(1, DURABLE), run(object, "x"));
    }
    assert_eq!(queue.next(1, DURABLE), Next::Nothing);
    queue.end(no(2), over(None));
    assert_eq!(queue.next(1, DURABLE), run(5, "x"));
}

#[test]
fn a_failed_run_comes_back_with_its_count() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    assert_eq!(queue.next(10, DURABLE), run(1, "a"));
    assert_eq!(queue.begin(no(1), 10), 0);
    assert!(matches!(queue.failed(no(1), Failure::Counted, 0.0), Verdict::RetryAfter(_)));
    queue.end(no(1), RunEnd::RetryAt(2_010));
    assert_eq!(queue.next(2_009, DURABLE), Next::At(2_010));
    assert_eq!(queue.next(2_010, DURABLE), run(1, "a"));
    assert_eq!(queue.begin(no(1), 10), 1);
}

#[test]
fn a_new_alarm_replaces_the_retry_and_starts_afresh() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    queue.next(10, DURABLE);
    queue.begin(no(1), 10);
    queue.failed(no(1), Failure::Counted, 0.0);
    queue.end(no(1), RunEnd::RetryAt(2_010));
    queue.tell(no(1), &"a", set(500));
    assert_eq!(queue.next(400, DURABLE), Next::At(500));
    assert_eq!(queue.next(500, DURABLE), run(1, "a"));
    assert_eq!(queue.begin(no(1), 500), 0);
    queue.end(no(1), over(None));
    assert_eq!(queue.next(9_999, DURABLE), Next::Nothing, "the retry is gone");
}

#[test]
fn clearing_the_alarm_drops_its_retry() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    queue.next(10, DURABLE);
    queue.end(no(1), RunEnd::RetryAt(2_010));
    queue.tell(no(1), &"a", None);
    assert_eq!(queue.next(9_999, DURABLE), Next::Nothing);
}

#[test]
fn an_alarm_replaced_while_its_run_waited_starts_afresh() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    queue.next(10, DURABLE);
    queue.begin(no(1), 10);
    queue.failed(no(1), Failure::Counted, 0.0);
    queue.end(no(1), RunEnd::RetryAt(2_010));
    assert_eq!(queue.next(2_010, DURABLE), run(1, "a"));
    queue.tell(no(1), &"a", set(2_000));
    assert_eq!(queue.begin(no(1), 2_000), 0);
}

#[test]
fn objects_of_absent_classes_sleep_on() {
    let mut queue = queue();
    let listed = |object, target| Listed { due_ms: 10, object: no(object), target, position: Position::NONE };
    assert_eq!(queue.next(10, DURABLE), Next::Load(None));
    queue.load(vec![listed(1, None)], false);
    assert_eq!(queue.next(10, DURABLE), Next::Load(Some((10, no(1)))));
    queue.load(vec![listed(2, None), listed(3, Some("here"))], true);
    assert_eq!(queue.next(10, DURABLE), run(3, "here"));
    assert_eq!(queue.next(10, DURABLE), Next::Nothing);
}

#[test]
fn the_index_does_not_start_what_has_begun() {
    let mut queue = loaded();
    queue.tell(no(1), &"a", set(10));
    queue.next(10, DURABLE);
    queue.forget_window();
    assert_eq!(queue.next(10, DURABLE), Next::Load(None));
    let listed = Listed { due_ms: 10, object: no(1), target: Some("a"), position: Position::NONE };
    queue.load(vec![listed], true);
    assert_eq!(queue.next(10, DURABLE), Next::Nothing);
}

/// An index that counts what is read of it.
struct Index {
    alarms: BTreeSet<AlarmKey>,
    read: usize,
}

impl Index {
    fn page(&mut self, after: Option<AlarmKey>) -> (Vec<Listed<&'static str>>, bool) {
        let from = after.map_or((i64::MIN, no(0)), |(due_ms, object)| (due_ms, no(object.0 + 1)));
        let page: Vec<_> = self.alarms.range(from..).take(WINDOW).copied().collect();
        self.read += page.len();
        let listed =
            |(due_ms, object)| Listed { due_ms, object, target: Some("x"), position: Position::NONE };
        let is_all = page.len() < WINDOW;
        (page.into_iter().map(listed).collect(), is_all)
    }

    /// Moves an object's alarm, as a commit does.
    fn set(&mut self, queue: &mut AlarmQueue<&'static str>, object: ObjectNo, from_ms: i64, to: Option<i64>) {
        self.alarms.remove(&(from_ms, object));
        self.alarms.extend(to.map(|due_ms| (due_ms, object)));
        queue.tell(object, &"x", to.map(|due_ms| (due_ms, Position::NONE)));
    }
}

/// Runs everything due, and says which objects in which order.
fn run_due(queue: &mut AlarmQueue<&'static str>, index: &mut Index, now_ms: i64) -> Vec<u64> {
    let mut ran = Vec::new();
    loop {
        match queue.next(now_ms, DURABLE) {
            Next::Load(after) => {
                let (page, is_all) = index.page(after);
                queue.load(page, is_all);
            }
            Next::Run { object, .. } => {
                ran.push(object.0);
                index.alarms.retain(|(_, other)| *other != object);
                queue.end(object, over(None));
            }
            Next::Durable(_) => panic!("everything is durable"),
            Next::At(_) | Next::Nothing => return ran,
        }
        assert!(queue.window.len() <= WINDOW && queue.waiting.len() == queue.window.len());
    }
}

#[test]
fn a_million_sleeping_alarms_cost_a_window_of_them() {
    const ALARMS: i64 = 1_000_000;
    let key = |at: i64| (at * 1_000, no(at.unsigned_abs() + 1));
    let mut index = Index { alarms: (0..ALARMS).map(key).collect(), read: 0 };
    let mut queue = queue();
    assert_eq!(run_due(&mut queue, &mut index, -1), [0; 0]);
    assert_eq!(index.read, WINDOW, "one page is read");
    for turn in 0..10_000 {
        index.set(&mut queue, no(2_000_000), turn, Some(turn + 1));
        index.set(&mut queue, no(2_000_000), turn + 1, None);
        index.set(&mut queue, no(3_000_000), turn + ALARMS, Some(turn + 1 + ALARMS));
        assert!(queue.window.len() <= WINDOW);
    }
    assert_eq!(index.read, WINDOW, "commits read nothing");
    let expected: Vec<u64> = (1..=20).collect();
    assert_eq!(run_due(&mut queue, &mut index, 19_000), expected);
    assert!(index.read <= 20 + 2 * WINDOW, "what has begun and a window: {}", index.read);
}

#[test]
fn whatever_the_order_of_changes_every_alarm_runs_once_and_in_order() {
    let mut random = 1_u64;
    let mut dice = move |sides: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let mut index = Index { alarms: BTreeSet::new(), read: 0 };
    let mut queue = queue();
    let mut now_ms = 0;
    let mut ran_all = 0;
    for _ in 0..20_000 {
        let object = no(dice(40) + 1);
        let before = index.alarms.iter().find(|(_, other)| *other == object).map_or(0, |(due_ms, _)| *due_ms);
        let ahead = i64::try_from(dice(300)).unwrap();
        index.set(&mut queue, object, before, (dice(5) > 0).then_some(now_ms + ahead));
        if dice(4) == 0 {
            now_ms += i64::try_from(dice(30)).unwrap();
            let due = index.alarms.iter().filter(|(due_ms, _)| *due_ms <= now_ms);
            let expected: Vec<u64> = due.map(|(_, object)| object.0).collect();
            assert_eq!(run_due(&mut queue, &mut index, now_ms), expected);
            ran_all += expected.len();
        }
    }
    assert!(ran_all > 1_000);
}
