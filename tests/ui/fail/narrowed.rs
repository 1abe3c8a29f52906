//! A handle sees its value as the type that it was made as: by that it is traced, finalized and destroyed.

use recyc::{Gc, Weak, sync, unsize};

type ForAll = for<'a> fn(&'a str);
type ForStatic = fn(&'static str);

fn local(handle: Gc<ForAll>) -> Gc<ForStatic> {
    handle
}

fn local_weak(handle: Weak<ForAll>) -> Weak<ForStatic> {
    handle
}

fn shared(handle: sync::Gc<ForAll>) -> sync::Gc<ForStatic> {
    handle
}

fn shared_weak(handle: sync::Weak<ForAll>) -> sync::Weak<ForStatic> {
    handle
}

fn by_macro(handle: Gc<ForAll>) -> Gc<ForStatic> {
    unsize!(handle => ForStatic)
}

fn main() {}
