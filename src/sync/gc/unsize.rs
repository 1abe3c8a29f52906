//! Handles to values without a size, and back: what `unsize!` and `downcast` do with handles that threads share.

use std::any::Any;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::Gc;
use crate::sync::Weak;
use crate::sync::raw::Block;
use crate::unsize::Unsize;

/// A pointer to the block at `address`, with the metadata of `like`.
///
/// There is no stable function for this. Every pointer, thin or fat, begins with its address.
fn with_address<T: ?Sized>(like: *const T, address: NonNull<u8>) -> NonNull<Block<T>> {
    let mut pointer = like as *mut Block<T>;
    // SAFETY: the first word of `pointer` is its address, and any address may stand there.
    unsafe { (&raw mut pointer).cast::<NonNull<u8>>().write(address) };
    debug_assert_eq!(pointer.cast::<u8>(), address.as_ptr());
    // SAFETY: the address is not null.
    unsafe { NonNull::new_unchecked(pointer) }
}

impl<T: ?Sized> Unsize for Gc<T> {
    type Target = T;
    type To<U: ?Sized> = Gc<U>;

    #[inline]
    fn pointer(&self) -> *const T {
        Gc::as_ptr(self)
    }

    #[inline]
    unsafe fn put<U: ?Sized>(self, pointer: *const U) -> Gc<U> {
        let this = ManuallyDrop::new(self);
        Gc::from_block(with_address(pointer, this.block.cast()))
    }
}

impl<T: ?Sized> Unsize for Weak<T> {
    type Target = T;
    type To<U: ?Sized> = Weak<U>;

    #[inline]
    fn pointer(&self) -> *const T {
        self.as_ptr()
    }

    #[inline]
    unsafe fn put<U: ?Sized>(self, pointer: *const U) -> Weak<U> {
        let this = ManuallyDrop::new(self);
        Weak::from_block(with_address(pointer, this.block().cast()))
    }
}

impl Gc<dyn Any + Send + Sync> {
    /// The handle by the type of the value, if that is `T`.
    ///
    /// # Errors
    ///
    /// The handle itself, if the value is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{sync::Gc, unsize};
    /// use std::any::Any;
    ///
    /// let any: Gc<dyn Any + Send + Sync> = unsize!(Gc::new(String::from("text")) => dyn Any + Send + Sync);
    /// let any = any.downcast::<u32>().unwrap_err();
    /// assert_eq!(*any.downcast::<String>().unwrap(), "text");
    /// ```
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Gc<T>, Self> {
        match self.is::<T>() {
            true => Ok(Gc::from_block(ManuallyDrop::new(self).block.cast())),
            false => Err(self),
        }
    }
}
