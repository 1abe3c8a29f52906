//! Callbacks and native functions whose arguments are references of any lifetime.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::collections::HashMap;

use recyc::{Call, Closure, Gc, Trace, Tracer, closure, sync, unsize};

struct Event<'a> {
    text: &'a str,
}

type Handler = Gc<dyn for<'a, 'b> Call<(&'a Event<'b>,), ()>>;

struct Vm {
    steps: u32,
}

type Native = dyn for<'a, 'b> Call<(&'a mut Vm, &'b [Value]), Value>;

/// The error of a native function.
struct Failed;

#[derive(Clone, Trace)]
enum Value {
    Nil,
    Int(i64),
    Shared(Gc<Native>),
    Function(fn(&[Value]) -> Result<Value, Failed>),
    Named(&'static str, fn(&mut Vm, &[Value]) -> Result<Value, Failed>),
}

#[derive(Trace)]
struct Globals {
    functions: HashMap<String, fn(&mut Vm, &[Value]) -> Result<Value, Failed>>,
    boxed: Vec<Box<Native>>,
    on_text: Option<Box<dyn for<'a> Call<(&'a str,), ()>>>,
}

fn is_traced<T: Trace>() {}

/// The field of a type that implements `Trace` by calls of `trace` is a function of any of these.
fn functions_are_traced() {
    is_traced::<fn(&[Value]) -> Result<Value, Failed>>();
    is_traced::<fn(&mut Vm, &[Value]) -> Result<Value, Failed>>();
    is_traced::<Vec<fn(&mut Vm, Gc<u8>, &[Value]) -> Value>>();
    is_traced::<Option<fn(u8, &mut Vm, &str, &mut Value) -> Value>>();
    is_traced::<Box<dyn for<'a, 'b> Call<(u8, &'a mut Vm, &'b str), Value>>>();
    is_traced::<Box<dyn for<'a> Call<(&'a Vm,), Value> + Send + Sync>>();
    let _ = |value: &fn(&Vm) -> u8, tracer: &mut Tracer<'_>| value.trace(tracer);
}

fn main() {
    functions_are_traced();

    let seen = Gc::new(Cell::new(0));
    let by_hand: Handler = unsize!(Gc::new(Closure::new(seen.clone(), |seen: &Gc<Cell<usize>>, (e,): (&Event<'_>,)| {
        seen.set(seen.get() + e.text.len());
    })));
    let by_macro: Handler = unsize!(Gc::new(closure!([seen.clone()] |e: &Event<'_>| seen.set(seen.get() + e.text.len()))));
    let text = String::from("hello");
    by_hand.call((&Event { text: &text },));
    by_macro.call((&Event { text: &text },));
    assert_eq!(seen.get(), 10);

    let five = Gc::new(5_i64);
    let native = closure!([five] |vm: &mut Vm, arguments: &[Value]| {
        vm.steps += 1;
        Value::Int(**five + arguments.len() as i64)
    });
    let mut vm = Vm { steps: 0 };
    let value = Value::Shared(unsize!(Gc::new(native.clone())));
    let Value::Shared(function) = &value else { unreachable!() };
    assert!(matches!(function.call((&mut vm, &[Value::Nil])), Value::Int(6)));

    let globals = Gc::new(Globals {
        functions: HashMap::from([("nil".into(), (|_: &mut Vm, _: &[Value]| Ok(Value::Nil)) as _)]),
        boxed: vec![Box::new(native)],
        on_text: Some(Box::new(closure!([seen] |text: &str| seen.set(text.len())))),
    });
    assert!(matches!(globals.boxed[0].call((&mut vm, &[])), Value::Int(5)));
    assert!(globals.functions["nil"](&mut vm, &[]).is_ok());
    globals.on_text.as_ref().unwrap().call(("ab",));
    let _ = (Value::Function(|_| Err(Failed)), Value::Named("nil", |_, _| Ok(Value::Nil)));

    let shared: sync::Gc<dyn for<'a> Call<(&'a str,), usize> + Send + Sync> =
        unsize!(sync::Gc::new(closure!([number = sync::Gc::new(7)] |text: &str| text.len() + **number)));
    assert_eq!(std::thread::spawn(move || shared.call(("ab",))).join().unwrap(), 9);
}
