//! The tables are data: any change to them must be deliberate.

use sha2::{Digest, Sha256};

fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_table_has_its_pinned_fingerprint() {
    let tables: [(&[u8], &str); 5] = [
        (
            include_bytes!("../../tables/normal_grid.bin"),
            "295f6267cb5d77eba3cf8c001f33394b09294165aa7ece6ed02a3bbc1f1dab7e",
        ),
        (
            include_bytes!("../../tables/normal_distribution_cubic.bin"),
            "b6c697a8b1e6583335622f9eead0676e8d1fb1052c15610816d11b7f9fc309b8",
        ),
        (
            include_bytes!("../../tables/normal_density_quadratic.bin"),
            "5522af924ff4940e4a5ba5c7ad46faca17d59f8ccc53cb70a590b5dde58d7518",
        ),
        (
            include_bytes!("../../tables/logarithm.bin"),
            "3fe88b21998aaa3cb534f4c78a3adc385a24b43979d2c2de1c103ac94a3364c4",
        ),
        (
            include_bytes!("../../tables/power_of_two_cubic.bin"),
            "f4eade9332e03a9716deaae2b0329b5876e9cbc917f80cf297386d20601c188b",
        ),
    ];
    for (bytes, expected) in tables {
        assert_eq!(fingerprint(bytes), expected);
    }
}
