//! The mathematical functions, which the bundled SQLite is compiled without.
//!
//! A connection gets them when a statement first names one: most never do, and each costs memory.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};

use libsqlite3_sys as ffi;

struct Function {
    name: &'static CStr,
    kind: Kind,
}

/// How a function takes its arguments. What is not a number makes the result NULL.
enum Kind {
    /// One number; an integer stays itself.
    Round(fn(f64) -> f64),
    One(fn(f64) -> f64),
    Two(fn(f64, f64) -> f64),
    /// A logarithm of positive numbers.
    Log(fn(f64) -> f64),
    /// A logarithm with a base before the number.
    LogOfBase,
    Pi,
}

/// Whether a statement that failed for want of this function compiles after [`register`].
pub(crate) fn has(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name.to_bytes() == name.to_ascii_lowercase().as_bytes())
}

/// Gives a connection the functions.
///
/// # Safety
/// `db` is open.
pub(crate) unsafe fn register(db: *mut ffi::sqlite3) -> c_int {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS;
    for function in &FUNCTIONS {
        let arguments = match function.kind {
            Kind::Pi => 0,
            Kind::Round(_) | Kind::One(_) | Kind::Log(_) => 1,
            Kind::Two(_) | Kind::LogOfBase => 2,
        };
        let data = std::ptr::from_ref(function).cast_mut().cast::<c_void>();
        // SAFETY: `db` is open, the name ends in zero, and `data` is static and only read.
        let done = unsafe {
            let name = function.name.as_ptr();
            ffi::sqlite3_create_function_v2(db, name, arguments, flags, data, Some(call), None, None, None)
        };
        if done != ffi::SQLITE_OK {
            return done;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn call(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: `register` passed a static function; SQLite passes `count` arguments for the call.
    let (function, arguments) = unsafe {
        let function = &*ffi::sqlite3_user_data(context).cast::<Function>();
        let arguments: &[*mut ffi::sqlite3_value] = match count {
            0 => &[],
            count => std::slice::from_raw_parts(arguments, count.unsigned_abs() as usize),
        };
        (function, arguments)
    };
    // SAFETY: the values live for the call, and the context takes one result.
    unsafe {
        match function.kind.apply(arguments) {
            Some(Number::Integer(value)) => ffi::sqlite3_result_int64(context, value),
            Some(Number::Real(value)) => ffi::sqlite3_result_double(context, value),
            None => ffi::sqlite3_result_null(context),
        }
    }
}

#[derive(Clone, Copy)]
enum Number {
    Integer(i64),
    Real(f64),
}

impl Kind {
    /// # Safety
    /// The arguments are values SQLite lends for the call.
    unsafe fn apply(&self, arguments: &[*mut ffi::sqlite3_value]) -> Option<Number> {
        // SAFETY: as our caller promises.
        let number = |index: usize| unsafe { number(*arguments.get(index)?) };
        let real = |index| number(index).map(Number::real);
        let value = match *self {
            Self::Pi => std::f64::consts::PI,
            Self::Round(function) => match number(0)? {
                Number::Real(value) => function(value),
                integer @ Number::Integer(_) => return Some(integer),
            },
            Self::One(function) => function(real(0)?),
            Self::Two(function) => function(real(0)?, real(1)?),
            Self::Log(function) => function(real(0).filter(|value| *value > 0.0)?),
            Self::LogOfBase => {
                let base = real(0).filter(|base| *base > 0.0).map(f64::ln).filter(|base| *base > 0.0)?;
                real(1).filter(|value| *value > 0.0)?.ln() / base
            }
        };
        Some(Number::Real(value))
    }
}

impl Number {
    #[allow(clippy::cast_precision_loss)]
    fn real(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

/// # Safety
/// SQLite lends the value for the call.
unsafe fn number(value: *mut ffi::sqlite3_value) -> Option<Number> {
    // SAFETY: as our caller promises.
    unsafe {
        match ffi::sqlite3_value_numeric_type(value) {
            ffi::SQLITE_INTEGER => Some(Number::Integer(ffi::sqlite3_value_int64(value))),
            ffi::SQLITE_FLOAT => Some(Number::Real(ffi::sqlite3_value_double(value))),
            _ => None,
        }
    }
}

/// With `log10`, `ceiling` and `power`, which exist only to be refused.
const fn function(name: &'static CStr, kind: Kind) -> Function {
    Function { name, kind }
}

static FUNCTIONS: [Function; 30] = [
    function(c"acos", Kind::One(f64::acos)),
    function(c"acosh", Kind::One(f64::acosh)),
    function(c"asin", Kind::One(f64::asin)),
    function(c"asinh", Kind::One(f64::asinh)),
    function(c"atan", Kind::One(f64::atan)),
    function(c"atan2", Kind::Two(f64::atan2)),
    function(c"atanh", Kind::One(f64::atanh)),
    function(c"ceil", Kind::Round(f64::ceil)),
    function(c"ceiling", Kind::Round(f64::ceil)),
    function(c"cos", Kind::One(f64::cos)),
    function(c"cosh", Kind::One(f64::cosh)),
    function(c"degrees", Kind::One(f64::to_degrees)),
    function(c"exp", Kind::One(f64::exp)),
    function(c"floor", Kind::Round(f64::floor)),
    function(c"ln", Kind::Log(f64::ln)),
    function(c"log", Kind::Log(f64::log10)),
    function(c"log", Kind::LogOfBase),
    function(c"log10", Kind::Log(f64::log10)),
    function(c"log2", Kind::Log(f64::log2)),
    function(c"mod", Kind::Two(|x, y| x % y)),
    function(c"pi", Kind::Pi),
    function(c"pow", Kind::Two(f64::powf)),
    function(c"power", Kind::Two(f64::powf)),
    function(c"radians", Kind::One(f64::to_radians)),
    function(c"sin", Kind::One(f64::sin)),
    function(c"sinh", Kind::One(f64::sinh)),
    function(c"sqrt", Kind::One(f64::sqrt)),
    function(c"tan", Kind::One(f64::tan)),
    function(c"tanh", Kind::One(f64::tanh)),
    function(c"trunc", Kind::Round(f64::trunc)),
];
