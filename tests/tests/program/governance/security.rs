//! What the image says about whom to tell of a flaw.

use ballast_harness::image;

#[test]
fn the_image_says_whom_to_tell_about_a_flaw() {
    let image = image::read();
    let find = |mark: &[u8]| image.windows(mark.len()).position(|window| window == mark);
    let (begin, end) = (b"=======BEGIN SECURITY.TXT V1=======\0", b"=======END SECURITY.TXT V1=======\0");
    let start = find(begin).expect("the text begins") + begin.len();
    let length = image[start..].windows(end.len()).position(|window| window == end).expect("the text ends");
    let text = std::str::from_utf8(&image[start..start + length]).expect("the text is a text");
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let value = |name| fields.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
    assert_eq!(value("name"), Some("Ballast"));
    for required in ["project_url", "contacts", "policy"] {
        assert!(value(required).is_some_and(|value| !value.is_empty()), "{required}");
    }
    assert!(value("policy").is_some_and(|policy| policy.contains("SECURITY.md")));
}
