//! Under construction.
use ballast_harness::shapes::Shape;
use ballast_risk::Mode;
fn main() {
    if let Ok(shape) = std::env::var("SHAPE") {
        let n: Vec<usize> = shape.split(',').map(|x| x.parse().unwrap()).collect();
        let (mut exchange, trader) = Shape::options(n[0], n[1], n[2]).build(Mode::Portfolio, &|p| p);
        println!("{}", exchange.check_cost(&trader));
        return;
    }
    for (o, e, m) in [(0, 0, 0), (1, 1, 1), (16, 1, 1), (32, 1, 1), (32, 4, 1), (64, 8, 2)] {
        let (mut exchange, trader) = Shape::options(o, e, m).build(Mode::Portfolio, &|p| p);
        println!("{o} {e} {m}: {}", exchange.check_cost(&trader));
    }
    for (o, e, m) in [(16, 1, 1), (64, 8, 2)] {
        let (mut exchange, trader) = Shape::options(o, e, m).build(Mode::Isolated, &|p| p);
        println!("isolated {o} {e} {m}: {}", exchange.check_cost(&trader));
    }
}
