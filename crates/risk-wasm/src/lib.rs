//! The margin engine's home in browsers and in Node.
//!
//! `cargo xtask build` compiles this crate to a WebAssembly module and puts the ES module that calls it (`js/`) beside
//! it; whoever uses the engine calls that one. No generator stands between the two: numbers and text cross the border
//! as bytes in the module's memory, and what the bytes mean is decided in Rust on one side and in `js/` on the other.
//!
//! # Calling convention
//!
//! 1. [`ballast_request`] makes room for a request and returns its address; the caller writes the request there.
//! 2. A function such as [`ballast_assess`] answers it. It returns whether it could.
//! 3. [`ballast_response`] and [`ballast_response_length`] say where the answer is: the result, or else why there is
//!    none. It stays there until the next request is answered.
//!
//! Any of these calls can grow the module's memory, so the caller looks at the memory anew after each.

#![deny(missing_docs)]

mod assessment;
#[cfg(feature = "calculator")]
mod calculator;
mod marks;

use std::cell::RefCell;

use bytemuck::NoUninit;

pub use assessment::{AccountRole, AssessmentError, assess, assess_market};
#[cfg(feature = "calculator")]
pub use calculator::margin;
pub use marks::{ContractMark, marks};

thread_local! {
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static RESPONSE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a request of `bytes` bytes, in place of the one before, and returns its address.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_request(bytes: usize) -> *mut u8 {
    REQUEST.with_borrow_mut(|request| {
        request.clear();
        request.resize(bytes, 0);
        request.as_mut_ptr()
    })
}

/// The address of the last response.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_response() -> *const u8 {
    RESPONSE.with_borrow(|response| response.as_ptr())
}

/// The length of the last response in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_response_length() -> usize {
    RESPONSE.with_borrow(Vec::len)
}

/// Answers a request as [`assess`] takes it with the bytes of a margin report, or with a sentence in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_assess() -> bool {
    answer(|request| bytes(assess(request)))
}

/// Answers a request as [`assess_market`] takes it with the bytes of a scenario matrix, or with a sentence in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_assess_market(market: u16) -> bool {
    answer(|request| bytes(assess_market(request, market)))
}

/// Answers a request as [`marks`] takes it with the bytes of one [`ContractMark`] after the other, or with a sentence in
/// UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn ballast_marks() -> bool {
    answer(|request| match marks(request) {
        Ok(marks) => Ok(bytemuck::cast_slice(&marks).to_vec()),
        Err(error) => Err(error.to_string().into_bytes()),
    })
}

/// Answers a book in JSON as [`margin`] does.
#[cfg(feature = "calculator")]
#[unsafe(no_mangle)]
pub extern "C" fn ballast_margin() -> bool {
    answer(margin)
}

fn answer(evaluate: impl FnOnce(&[u8]) -> Result<Vec<u8>, Vec<u8>>) -> bool {
    let result = REQUEST.with_borrow(|request| evaluate(request));
    let succeeded = result.is_ok();
    RESPONSE.set(result.unwrap_or_else(|refusal| refusal));
    succeeded
}

fn bytes<T: NoUninit>(result: Result<T, AssessmentError>) -> Result<Vec<u8>, Vec<u8>> {
    match result {
        Ok(structure) => Ok(bytemuck::bytes_of(&structure).to_vec()),
        Err(error) => Err(error.to_string().into_bytes()),
    }
}
