//! The entry point for any bytes behind an upgrade.

use super::deflate::Inflater;
use super::receive::{Breach, Received, Receiver};

/// Receives the bytes whole and in pieces, which must come to the same. The first byte says whether compression was
/// agreed, and how long a piece is.
///
/// # Panics
/// If that is not so, or if the protocol does not withstand the bytes.
pub fn fuzz_frames(bytes: &[u8]) {
    let Some((manner, bytes)) = bytes.split_first() else { return };
    let (is_deflating, piece) = (manner & 0x80 != 0, usize::from(manner & 0x7f) + 1);
    let whole = receive(bytes.to_vec(), usize::MAX, is_deflating);
    let pieces = receive(bytes.to_vec(), piece, is_deflating);
    assert_eq!(whole, pieces, "in pieces of {piece}");
}

/// Good inputs of [`fuzz_frames`].
pub fn fuzz_frames_inputs() -> Vec<Vec<u8>> {
    const FRAMES: &[&[u8]] = &[
        b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        b"\x01\x82\0\0\0\0h\xc3\x89\x80\0\0\0\0\x80\x81\0\0\0\0\xa4",
        b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00",
        b"\x41\x83\0\0\0\0\xf2\x48\xcd\x80\x84\0\0\0\0\xc9\xc9\x07\x00",
        b"\x82\xfe\x00\x7e\0\0\0\0",
        b"\x82\xff\0\0\0\0\0\0\0\x02\0\0\0\0\x01\x02",
        b"\x8a\x80\0\0\0\0\x88\x85\0\0\0\0\x03\xe8bye",
        b"\x88\x80\0\0\0\0",
    ];
    let manners = [0x00_u8, 0x82, 0x07, 0xff];
    manners
        .iter()
        .flat_map(|manner| FRAMES.iter().map(move |frames| [&[*manner], *frames].concat()))
        .collect()
}

/// Everything received up to a Close frame or a breach.
fn receive(mut bytes: Vec<u8>, piece: usize, is_deflating: bool) -> (Vec<Received>, Option<Breach>) {
    let mut receiver = Receiver::new(MESSAGE_BYTES_MAX, is_deflating);
    let mut inflater = Inflater::default();
    let mut all = Vec::new();
    for piece in bytes.chunks_mut(piece) {
        let mut rest = piece;
        while !rest.is_empty() {
            let (taken, received) = receiver.take(rest, &mut inflater);
            rest = &mut rest[taken..];
            match received {
                Ok(None) => {}
                Ok(Some(close @ Received::Close(_))) => {
                    all.push(close);
                    return (all, None);
                }
                Ok(Some(received)) => all.push(received),
                Err(breach) => return (all, Some(breach)),
            }
        }
    }
    (all, None)
}

const MESSAGE_BYTES_MAX: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_inputs_are_received_the_same_in_every_manner() {
        fuzz_frames_inputs().iter().for_each(|input| fuzz_frames(input));
        let hello = receive(fuzz_frames_inputs()[2][1..].to_vec(), 1, true);
        assert_eq!(hello, (vec![Received::Message("Hello".into())], None));
    }
}
