//! Inputs made of good ones.

use crate::Random;

/// A good input with a few changes; sometimes noise.
pub(super) fn mutate(random: &mut Random, inputs: &[Vec<u8>]) -> Vec<u8> {
    let mut input = match inputs.is_empty() || random.one_in(50) {
        true => (0..random.within(0..200)).map(|_| random.bits() as u8).collect(),
        false => inputs[random.index(inputs.len())].clone(),
    };
    for _ in 0..random.within(1..6) {
        change(random, &mut input, inputs);
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
    if input.is_empty() {
        input.push(random.bits() as u8);
        return;
    }
    let at = random.index(input.len());
    match random.index(8) {
        0 => input[at] ^= 1 << random.index(8),
        1 => input[at] = random.choose([0, 1, 0x7f, 0x80, 0xff, b'"', b'A', b'o']),
        2 => input.truncate(at),
        3 => drop(input.drain(at..(at + random.index(16)).min(input.len()))),
        4 => {
            let noise: Vec<u8> = (0..random.index(8)).map(|_| random.bits() as u8).collect();
            input.splice(at..at, noise);
        }
        5 => {
            let part = input[at..(at + random.index(64)).min(input.len())].to_vec();
            input.splice(at..at, part);
        }
        6 => overwrite(random, &mut input[at..]),
        _ => {
            let Some(other) = inputs.get(random.index(inputs.len().max(1))) else { return };
            let from = random.index(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
    }
}

/// Puts a number there that lengths and offsets trip over.
fn overwrite(random: &mut Random, there: &mut [u8]) {
    let number = random.choose([0, 1, 0x7f, 0x80, 0xffff, i32::MAX as u64, u64::from(u32::MAX), u64::MAX]);
    let width = random.choose([1, 2, 4, 8]).min(there.len());
    there[..width].copy_from_slice(&number.to_le_bytes()[..width]);
}

/// Larger ones only cost time.
const INPUT_BYTES_MAX: usize = 64 * 1024;
