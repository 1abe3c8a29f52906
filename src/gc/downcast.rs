//! From `dyn Any` back to the type of the value.

use std::any::Any;
use std::mem::ManuallyDrop;

use super::Gc;

impl Gc<dyn Any> {
    /// The handle by the type of the value, if that is `T`.
    ///
    /// # Errors
    ///
    /// The handle itself, if the value is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Gc, unsize};
    /// use std::any::Any;
    ///
    /// let any: Gc<dyn Any> = unsize!(Gc::new(String::from("text")) => dyn Any);
    /// let any = any.downcast::<u32>().unwrap_err();
    /// assert_eq!(*any.downcast::<String>().unwrap(), "text");
    /// ```
    pub fn downcast<T: Any>(self) -> Result<Gc<T>, Self> {
        match self.is::<T>() {
            true => Ok(Gc::from_block(ManuallyDrop::new(self).block.cast())),
            false => Err(self),
        }
    }
}
