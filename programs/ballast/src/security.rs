//! Whom to tell about a flaw: a security.txt in the program's image, where tools and explorers look for it.
//!
//! The format is that of the `solana-security-txt` crate, whose macro this would be a call of if the crate did not pin
//! a dependency that others need in a later version.

/// Puts names and values between the marks that readers search an image for.
macro_rules! security_text {
    ($($name:literal: $value:literal),+ $(,)?) => {
        concat!(
            "=======BEGIN SECURITY.TXT V1=======\0",
            $($name, "\0", $value, "\0",)+
            "=======END SECURITY.TXT V1=======\0"
        )
    };
}

/// The text. The repository has no address of its own, so it says what to look for there.
pub const TEXT: &str = security_text! {
    "name": "Ballast",
    "project_url": "the repository that the source code came from",
    "contacts": "other:a private security advisory of the repository that the source code came from",
    "policy": "SECURITY.md in the source code",
    "preferred_languages": "en",
    "auditors": "None",
};

/// The text as bytes of the image.
#[used]
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "a name of its own keeps the linker from dropping it")]
pub static SECURITY_TXT: [u8; TEXT.len()] = {
    let mut bytes = [0; TEXT.len()];
    let mut place = 0;
    while place < bytes.len() {
        bytes[place] = TEXT.as_bytes()[place];
        place += 1;
    }
    bytes
};
