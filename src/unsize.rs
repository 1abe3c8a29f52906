//! Handles to values without a size: traits and slices.
//!
//! `Rc<T>` becomes `Rc<dyn Trait>` by itself because the compiler has a rule for it. For other
//! types such a rule is not stable, but the conversion of raw pointers is. So the macro takes the
//! pointer out of a handle, lets the compiler widen it as an argument of a function, and puts the
//! handle together again. A cast with `as` in its place would also turn a pointer to `u8` into one
//! to `u32`.
//!
//! Not `forbid(unsafe_code)` because a handle of the standard library is put together from the
//! pointer here, and a macro vouches for the pointer.

use std::{rc, sync};

/// Sees a handle as one to a trait, or to a slice: `unsize!(handle)` where the context determines
/// the target, as the type of a variable, an argument or a field does, and
/// `unsize!(handle => dyn Trait)` elsewhere.
///
/// For [`Gc`](crate::Gc) and [`Weak`](crate::Weak) of either heap, [`Rc`](std::rc::Rc),
/// [`Arc`](std::sync::Arc) and their `Weak`. The target is one that the compiler would turn a
/// reference into: a trait that the value implements, a supertrait of the one it was seen as, a
/// slice in place of an array, `RefCell<dyn Trait>` in place of `RefCell<T>`. The trait needs not
/// mention [`Trace`](crate::Trace): the collector uses the vtable of the value, not the type of the
/// handle.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, Trace, Weak, unsize};
/// use std::any::Any;
/// use std::cell::RefCell;
///
/// trait Shape {
///     fn area(&self) -> f64;
/// }
///
/// #[derive(Trace)]
/// struct Square(f64);
///
/// impl Shape for Square {
///     fn area(&self) -> f64 {
///         self.0 * self.0
///     }
/// }
///
/// let square = Gc::new(Square(3.0));
/// let shape: Gc<dyn Shape> = unsize!(square.clone() => dyn Shape);
/// let weak: Weak<dyn Shape> = unsize!(Gc::downgrade(&square) => dyn Shape);
/// let shapes: Vec<Gc<dyn Shape>> = vec![unsize!(square.clone()), shape.clone()];
/// assert_eq!(shapes[0].area(), shapes[1].area());
/// assert_eq!(shape.area() + weak.upgrade().unwrap().area(), 18.0);
///
/// let any: Gc<dyn Any> = unsize!(square => dyn Any);
/// assert!(any.downcast::<Square>().is_ok());
///
/// let slice: Gc<[u8]> = unsize!(Gc::new([1, 2, 3]) => [u8]);
/// assert_eq!(slice.len(), 3);
///
/// let place: Gc<RefCell<dyn Any>> = unsize!(Gc::new(RefCell::new(7)) => RefCell<dyn Any>);
/// assert!(place.borrow().is::<i32>());
/// ```
///
/// With a nightly compiler and `RUSTFLAGS="--cfg recyc_nightly"`, handles are converted without the
/// macro, as those of the standard library are: `let shape: Gc<dyn Shape> = square;`.
///
/// A conversion to a type that the value does not coerce to does not compile:
///
/// ```compile_fail,E0308
/// use recyc::{Gc, unsize};
///
/// let wrong: Gc<u32> = unsize!(Gc::new(1_u8) => u32);
/// ```
#[macro_export]
macro_rules! unsize {
    ($handle:expr) => {
        $crate::unsize!($handle => _)
    };
    ($handle:expr => $target:ty) => {
        match $handle {
            handle => {
                let handle = $crate::private::ToUnsize(handle);
                let pointer = handle.pointer();
                let put = handle.put::<$target>();
                // SAFETY: the compiler widens the pointer to the target, and changes nothing else
                // of it.
                unsafe { put(handle.0, pointer) }
            }
        }
    };
}

/// A handle whose target can be seen as another type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle that can be unsized",
    label = "neither a `Gc` nor a `Weak`",
    note = "for a handle in a cell, take it out first"
)]
pub trait Unsize: Sized {
    /// The type of the value that the handle leads to.
    type Target: ?Sized;
    /// This kind of handle, to another type.
    type To<U: ?Sized>;

    /// A pointer with the metadata of the handle. Where it leads is of no concern.
    ///
    /// To something that may be written, so that the compiler changes nothing of the type but what
    /// unsizing changes.
    fn pointer(&self) -> *mut Self::Target;

    /// This handle with other metadata.
    ///
    /// # Safety
    ///
    /// `pointer` is the one from [`pointer`](Self::pointer), or what the compiler coerces it to.
    unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> Self::To<U>;
}

/// A handle of which the macro calls the functions of [`Unsize`].
///
/// The compiler infers the type to convert a pointer to from the type that a call is expected to
/// return. It does so for the method of a known type, and not for the function of a trait.
///
/// The bound is at the type. Without it the compiler would leave the methods out for another `S`,
/// and take those of a trait in scope that has such names.
#[derive(Debug)]
pub struct ToUnsize<S: Unsize>(pub S);

impl<S: Unsize> ToUnsize<S> {
    /// See [`Unsize::pointer`].
    #[inline]
    pub fn pointer(&self) -> *mut S::Target {
        self.0.pointer()
    }

    /// [`Unsize::put`] of the handle.
    #[inline]
    pub fn put<U: ?Sized>(&self) -> unsafe fn(S, *mut U) -> S::To<U> {
        S::put::<U>
    }
}

/// Writes it for a handle of the standard library.
macro_rules! of_the_standard_library {
    ($($handle:ty, $to:ty;)+) => {
        $(impl<T: ?Sized> Unsize for $handle {
            type Target = T;
            type To<U: ?Sized> = $to;

            #[inline]
            fn pointer(&self) -> *mut T {
                Self::as_ptr(self).cast_mut()
            }

            #[inline]
            unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> $to {
                std::mem::forget(self);
                // SAFETY: the pointer is that of the handle just forgotten, which owned a count.
                unsafe { <$to>::from_raw(pointer) }
            }
        })+
    };
}
of_the_standard_library! {
    rc::Rc<T>, rc::Rc<U>;
    rc::Weak<T>, rc::Weak<U>;
    sync::Arc<T>, sync::Arc<U>;
    sync::Weak<T>, sync::Weak<U>;
}
