/// An integer of any size, as JavaScript's `bigint` holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct BigInt {
    /// Never for zero.
    negative: bool,
    /// The magnitude, lowest 64 bits first, without zeros at the high end.
    digits: Vec<u64>,
}

impl BigInt {
    /// From a magnitude, lowest 64 bits first.
    #[must_use]
    pub fn new(negative: bool, mut digits: Vec<u64>) -> Self {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self { negative: negative && !digits.is_empty(), digits }
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The magnitude, lowest 64 bits first; empty for zero.
    #[must_use]
    pub fn digits(&self) -> &[u64] {
        &self.digits
    }

    /// The value, if it fits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        let magnitude = match *self.digits.as_slice() {
            [] => 0,
            [low] => u128::from(low),
            [low, high] => u128::from(low) | u128::from(high) << 64,
            _ => return None,
        };
        if self.negative { 0i128.checked_sub_unsigned(magnitude) } else { magnitude.try_into().ok() }
    }
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        Self::new(value < 0, vec![magnitude as u64, (magnitude >> 64) as u64])
    }
}

impl From<i64> for BigInt {
    fn from(value: i64) -> Self {
        Self::from(i128::from(value))
    }
}

impl From<u64> for BigInt {
    fn from(value: u64) -> Self {
        Self::from(i128::from(value))
    }
}
