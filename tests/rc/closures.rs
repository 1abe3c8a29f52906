//! Closures whose captures are traced.

use std::sync::Mutex;

use super::kind::{
    Bound, Call, Closure, Gc, GcCell, Leaf, TextCall, Trace, ValueCall, closure, collect,
    trace_dyn, unsize,
};

use super::model::{Guard, nothing_is_left};

trait Function: Call<(u32, u32), u32> + Bound {}
impl<T: Call<(u32, u32), u32> + Bound> Function for T {}

/// An event that borrows from its source.
struct Event<'a> {
    text: &'a str,
}

trait Handler: for<'a, 'b> Call<(&'a Event<'b>,), usize> + Bound {}
impl<T: for<'a, 'b> Call<(&'a Event<'b>,), usize> + Bound> Handler for T {}
trace_dyn!(dyn Handler);

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
        let closure = Closure::new(captures, |captures: &Captures, (a, b): (u32, u32)| {
            captures.offset + 10 * a + b
        });
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

#[test]
fn arguments_are_references_of_any_lifetime() {
    nothing_is_left(|drops| {
        let seen = Gc::new((Mutex::new(0), drops.guard()));
        let handler = closure!([seen.clone()] |event: &Event<'_>| -> usize {
            let mut seen = seen.0.lock().unwrap();
            *seen += event.text.len();
            *seen
        });
        let boxed: Box<dyn Handler> = Box::new(handler.clone());
        let shared: Gc<dyn Handler> = unsize!(Gc::new(handler) => dyn Handler);
        let text = String::from("hello");
        let event = Event { text: &text };
        assert_eq!(boxed.call((&event,)), 5);
        assert_eq!(shared.call((&event,)), 10);
    });
}

/// A node whose handlers capture the node.
#[derive(Trace, Default)]
struct Node {
    any: Mutex<Vec<Box<dyn Handler>>>,
    text: Mutex<Option<Box<TextCall>>>,
    value: Mutex<Option<Box<ValueCall>>>,
    shared: Mutex<Option<Gc<dyn Handler>>>,
    guards: Mutex<Vec<Leaf<Guard>>>,
}

#[test]
fn a_cycle_through_boxed_and_shared_closures_is_freed() {
    nothing_is_left(|drops| {
        let node = Gc::new(Node::default());
        node.guards.lock().unwrap().push(drops.guard());
        let handler = closure!([node.clone()] |event: &Event<'_>| node.guards.lock().unwrap().len() + event.text.len());
        node.any.lock().unwrap().push(Box::new(handler.clone()));
        *node.shared.lock().unwrap() = Some(unsize!(Gc::new(handler) => dyn Handler));
        *node.text.lock().unwrap() =
            Some(Box::new(closure!([me = node.clone()] |text: &str, n: u8| {
                me.guards.lock().unwrap().len() + text.len() + usize::from(n)
            })));
        *node.value.lock().unwrap() = Some(Box::new(closure!([node.clone()] |n: u8| {
            n + u8::from(node.value.try_lock().is_err())
        })));
        assert_eq!(node.any.lock().unwrap()[0].call((&Event { text: "ab" },)), 3);
        assert_eq!(node.text.lock().unwrap().as_ref().unwrap().call(("ab", 4)), 7);
        assert_eq!(node.value.lock().unwrap().as_ref().unwrap().call((1,)), 2);
        drop(node);
        assert_eq!((drops.count(), collect().reclaimed), (0, 2));
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn the_macro_takes_all_forms_of_captures_and_arguments() {
    let (moved, list, number) = (String::from("ab"), vec![1_u8, 2], 3_usize);
    let all = closure!([moved, list.clone(), twice = number * 2,] |mut a: usize, (b, c): (usize, &str), &d: &usize, _: u8| {
        a += b + c.len() + d;
        a + moved.len() + list.len() + *twice + number
    });
    assert_eq!(all.call((1, (2, "abc"), &4, 0)), 1 + 2 + 3 + 4 + 2 + 2 + 6 + 3);
    assert_eq!((all.captures().0.as_str(), list.len()), ("ab", 2));

    assert_eq!(closure!([] || 7).call(()), 7);
    assert_eq!(closure!([list] || -> usize { list.len() }).call(()), 2);
    assert_eq!(closure!([] |a: u8, b: u8| -> u8 { a + b }).call((1, 2)), 3);
}

/// The type of a closure, with a name.
type Add = Closure<u32, fn(&u32, (u32,)) -> u32>;

#[test]
fn a_closure_can_have_the_type_of_a_function_pointer() {
    let add: Add = Closure::new(5, |a, (b,)| a + b);
    assert_eq!(add.call((2,)), 7);
    assert!(format!("{add:?}").starts_with("Closure(fn("), "{add:?}");
}
