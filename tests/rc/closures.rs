//! Closures whose captures are traced.

use super::kind::{Bound, Call, Closure, Gc, GcCell, Leaf, Trace, collect, unsize};

use super::model::{Guard, nothing_is_left};

trait Function: Call<(u32, u32), u32> + Bound {}
impl<T: Call<(u32, u32), u32> + Bound> Function for T {}

#[derive(Trace, Clone)]
struct Captures {
    offset: u32,
    me: GcCell<Option<Gc<dyn Function>>>,
    guard: Leaf<Guard>,
}

#[test]
fn a_closure_gets_its_captures_and_its_arguments() {
    nothing_is_left(|drops| {
        let captures = Captures { offset: 5, me: GcCell::new(None), guard: drops.guard() };
        let closure =
            Closure::new(captures, |captures, (a, b): (u32, u32)| captures.offset + 10 * a + b);
        assert_eq!((closure.call((2, 1)), closure.captures().offset), (26, 5));
        assert_eq!(closure.clone().call((0, 0)), 5);
    });
}

#[test]
fn a_closure_that_captures_itself_is_freed() {
    nothing_is_left(|drops| {
        let captures = Captures { offset: 1, me: GcCell::new(None), guard: drops.guard() };
        let closure =
            Gc::new(Closure::new(captures, |captures: &Captures, (n, sum): (u32, u32)| match n {
                0 => sum,
                _ => captures.me.get().unwrap().call((n - captures.offset, sum + n)),
            }));
        closure.captures().me.set(Some(unsize!(closure.clone() => dyn Function)));
        assert_eq!(closure.call((4, 0)), 10);
        drop(closure);
        assert_eq!(drops.count(), 0);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(drops.count(), 1);
    });
}
