use proptest::prelude::*;

use super::*;
use crate::engine::{
    AlarmChange, Bookmarks, CommitRecord, Epoch, HistoryChange, HistoryItem, Identity, Key, ObjectNo,
    PageImage, PageNo, Reset, Restore, Value,
};
use crate::limits::SQL_PAGE_BYTES;

fn seal() -> Seal {
    Seal::new(7, 3)
}

fn submitted(position: u64, record: CommitRecord) -> Submitted {
    Submitted { position: Position(position), record, previous: Vec::new() }
}

fn counter(position: u64) -> Submitted {
    let kv = vec![(Key::from("count"), Some(Value::from(position.to_string())))];
    submitted(position, CommitRecord { kv, ..CommitRecord::new(ObjectNo(300)) })
}

/// The record with its pages whole again.
fn reread(record: &CommitRecord, previous: &[Option<PageImage>]) -> CommitRecord {
    let mut body = Vec::new();
    encode_body(&mut body, record, previous);
    let LoggedRecord { record: mut found, pages } = decode_body(&body).unwrap();
    for (index, (no, page)) in pages.iter().enumerate() {
        let image = page.image(previous.get(index).and_then(Option::as_ref)).unwrap();
        found.pages.push((*no, image));
    }
    found
}

fn assert_same(a: &CommitRecord, b: &CommitRecord) {
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
}

#[test]
fn a_group_reads_back_as_it_was_written() {
    let group = [counter(10), counter(11)];
    let mut bytes = vec![0xee; 8];
    encode_group(&mut bytes, seal(), &group, Position(9));
    let group_at = &bytes[8..];
    let header = GroupHeader::decode(group_at, seal().salt()).unwrap();
    assert_eq!((header.records, header.epoch), (2, 3));
    assert_eq!((header.first, header.durable_before), (Position(10), Position(9)));
    assert_eq!(bytes.len() - 8, group_bytes(header.bytes));
    let mut at = GROUP_HEADER_BYTES;
    for Submitted { position, record, .. } in &group {
        let (body, taken) = decode_record(&group_at[at..], seal(), *position).unwrap();
        assert_same(&decode_body(body).unwrap().record, record);
        at += taken;
    }
    assert_eq!(at, GROUP_HEADER_BYTES + header.bytes as usize);
}

#[test]
fn nothing_old_foreign_or_altered_passes() {
    let mut bytes = Vec::new();
    encode_group(&mut bytes, seal(), &[counter(10)], Position(9));
    let record = &bytes[GROUP_HEADER_BYTES..];
    assert!(decode_record(record, seal(), Position(10)).is_some());
    assert!(decode_record(record, seal(), Position(11)).is_none(), "another position");
    assert!(decode_record(record, Seal::new(7, 4), Position(10)).is_none(), "another epoch");
    assert!(decode_record(record, Seal::new(8, 3), Position(10)).is_none(), "another directory");
    assert!(GroupHeader::decode(&bytes, 8).is_none(), "another directory");
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let header = GroupHeader::decode(&flipped, 7);
        let used = GROUP_HEADER_BYTES + GroupHeader::decode(&bytes, 7).unwrap().bytes as usize;
        let record = decode_record(&flipped[GROUP_HEADER_BYTES..], seal(), Position(10));
        assert!(header.is_none() || record.is_none() || bit / 8 >= used, "bit {bit} was not missed");
    }
}

#[test]
fn a_segment_header_reads_back_and_a_changed_one_does_not() {
    let header = SegmentHeader { sequence: 5, epoch: 3, first: Position(77), salt: 7, bytes: 4096 };
    let bytes = header.encode();
    assert_eq!(SegmentHeader::decode(&bytes), Some(header));
    assert_eq!(SegmentHeader::decode(&bytes[..63]), None);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(SegmentHeader::decode(&flipped), None, "bit {bit}");
    }
    assert_eq!(SegmentHeader::decode(&[0; 64]), None);
}

#[test]
fn a_mark_proves_what_it_says() {
    let mut bytes = Vec::new();
    encode_mark(&mut bytes, seal(), Position(12));
    let header = GroupHeader::decode(&bytes, 7).unwrap();
    assert_eq!((header.records, header.first, header.durable_before), (0, Position(13), Position(12)));
    assert_eq!(bytes.len(), group_bytes(0));
}

#[test]
fn a_small_change_of_a_page_is_a_small_record() {
    let before: Vec<u8> = (0..SQL_PAGE_BYTES).map(|n| (n * n / 7) as u8).collect();
    let mut after = before.clone();
    after[100] ^= 1;
    after[4000..4008].fill(0xaa);
    let record = CommitRecord { pages: vec![(PageNo(2), after.into())], ..CommitRecord::new(ObjectNo(1)) };
    let previous = [Some(PageImage::from(before))];
    let mut body = Vec::new();
    encode_body(&mut body, &record, &previous);
    assert!(body.len() < 40, "{} bytes", body.len());
    assert_same(&reread(&record, &previous), &record);
    body.clear();
    encode_body(&mut body, &record, &[]);
    assert!(body.len() > 500, "the first image is whole: {} bytes", body.len());
}

#[test]
fn a_delta_without_its_page_is_an_error() {
    let page = LoggedPage::Delta(vec![0, 1, 9]);
    assert!(page.image(None).is_err());
    let zeros = PageImage::from(vec![0; SQL_PAGE_BYTES]);
    assert_eq!(page.image(Some(&zeros)).unwrap()[..2], [9, 0]);
    let behind_the_end = LoggedPage::Delta(vec![0xff, 0x7f, 1, 9]);
    assert!(behind_the_end.image(Some(&zeros)).is_err());
}

fn bytes_up_to(len: usize) -> impl Strategy<Value = Value> {
    prop::collection::vec(any::<u8>(), 0..len).prop_map(Value::from)
}

fn identities() -> impl Strategy<Value = Identity> {
    let facet = prop::option::of((1..u64::MAX, "[a-z]{0,5}"));
    ("[a-zA-Z-]{0,20}", any::<[u8; 32]>(), prop::option::of(".{0,10}"), facet).prop_map(
        |(namespace, id, name, facet)| Identity {
            namespace: namespace.into(),
            id,
            name: name.map(Into::into),
            facet: facet.map(|(parent, name)| (ObjectNo(parent), name.into())),
        },
    )
}

/// A page with few, some or only random bytes.
fn pages() -> impl Strategy<Value = PageImage> {
    let writes = prop::collection::vec((0..SQL_PAGE_BYTES, any::<u8>()), 0..60);
    let sparse = writes.prop_map(|writes| {
        let mut page = vec![0; SQL_PAGE_BYTES];
        writes.into_iter().for_each(|(at, byte)| page[at] = byte);
        PageImage::from(page)
    });
    let noise = prop::collection::vec(any::<u8>(), SQL_PAGE_BYTES).prop_map(PageImage::from);
    prop_oneof![3 => sparse, 1 => noise]
}

fn pasts() -> impl Strategy<Value = (Option<Bookmarks>, Option<HistoryChange>)> {
    let restore = prop::option::of((any::<u64>(), any::<u64>()));
    let bookmarks = (any::<u64>(), restore).prop_map(|(next, restore)| {
        let restore = restore.map(|(to, undo)| Restore { to, undo });
        Bookmarks { next, restore }
    });
    let item = prop_oneof![
        bytes_up_to(9).prop_map(HistoryItem::Key),
        any::<u32>().prop_map(|no| HistoryItem::Page(PageNo(no))),
        Just(HistoryItem::DatabasePages),
        Just(HistoryItem::Alarm),
    ];
    let before = prop::collection::vec((item, prop::option::of(bytes_up_to(30))), 0..4);
    let history = (any::<u64>(), any::<Option<i64>>(), any::<Option<i64>>(), before);
    let history = history.prop_map(|(interval, begun_ms, keep_since_ms, before)| HistoryChange {
        interval,
        begun_ms,
        keep_since_ms,
        before,
    });
    (prop::option::of(bookmarks), prop::option::of(history))
}

fn records() -> impl Strategy<Value = (CommitRecord, Vec<Option<PageImage>>)> {
    let kv = prop::collection::vec((bytes_up_to(20), prop::option::of(bytes_up_to(200))), 0..5);
    let alarm = prop_oneof![
        Just(None),
        Just(Some(AlarmChange::Clear)),
        any::<i64>().prop_map(|due_ms| Some(AlarmChange::Set(due_ms)))
    ];
    let head = (any::<u64>(), prop::option::of(identities()), any::<u32>(), any::<u64>(), any::<bool>());
    let database = (
        prop::option::of(any::<u32>()),
        prop::collection::vec((any::<u32>(), pages(), prop::option::of(pages())), 0..4),
    );
    (head, kv, alarm, database, pasts()).prop_map(|(head, kv, alarm, (database_pages, pages), past)| {
        let (bookmarks, history) = past;
        let (object, created, incarnation, ownership, reset) = head;
        let previous = pages.iter().map(|(_, _, previous)| previous.clone()).collect();
        let record = CommitRecord {
            object: ObjectNo(object),
            created,
            incarnation,
            ownership: Epoch(ownership),
            reset: reset.then_some(Reset::DeleteAll),
            kv,
            pages: pages.into_iter().map(|(no, image, _)| (PageNo(no), image)).collect(),
            database_pages,
            alarm,
            bookmarks,
            history,
        };
        (record, previous)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn every_record_reads_back((record, previous) in records()) {
        assert_same(&reread(&record, &previous), &record);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(logged) = decode_body(&bytes) {
            let zeros = PageImage::from(vec![0; SQL_PAGE_BYTES]);
            for (_, page) in &logged.pages {
                let _image = page.image(Some(&zeros));
            }
        }
        let _none = SegmentHeader::decode(&bytes);
        let _none = GroupHeader::decode(&bytes, 7);
        let _none = decode_record(&bytes, seal(), Position(1));
    }

    #[test]
    fn a_cut_or_altered_body_never_panics((record, previous) in records(), at in any::<usize>(), bit in 0_u32..8) {
        let mut body = Vec::new();
        encode_body(&mut body, &record, &previous);
        let at = at % body.len();
        prop_assert!(decode_body(&body[..at]).is_err());
        body[at] ^= 1 << bit;
        let _whatever = decode_body(&body);
    }
}
