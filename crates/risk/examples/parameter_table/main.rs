//! Prints every parameter of the model as Markdown, in human units: the text of docs/parameters.md.

mod render;

fn main() {
    print!("{}", render::document());
}
