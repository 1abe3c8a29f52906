//! The traits of the standard library, with the meaning that they have for `Rc` and `Arc`.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;

use super::heap::{Heap, LivesIn};
use super::{Gc, Weak};
use crate::trace::Trace;

impl<T: ?Sized + fmt::Debug, H: Heap> fmt::Debug for Gc<T, H> {
    /// As the value. A cycle of values that show their handles is shown forever: show names or
    /// addresses instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display, H: Heap> fmt::Display for Gc<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized, H: Heap> fmt::Pointer for Gc<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&Self::as_ptr(self), f)
    }
}

impl<T: Trace + LivesIn<H> + Default, H: Heap> Default for Gc<T, H> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized, H: Heap> Default for Pin<Gc<T, H>>
where
    Gc<T, H>: Default,
{
    fn default() -> Self {
        // SAFETY: a value moves out of its block only through a handle that is not pinned, and this
        // is the only one.
        unsafe { Pin::new_unchecked(Gc::default()) }
    }
}

impl<T: ?Sized, H: Heap> AsRef<T> for Gc<T, H> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized, H: Heap> Borrow<T> for Gc<T, H> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + PartialEq, H: Heap> PartialEq for Gc<T, H> {
    /// Whether the values are equal; for "the same value" see [`Gc::ptr_eq`].
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }

    #[inline]
    #[allow(clippy::partialeq_ne_impl, reason = "the `ne` of the value is called")]
    fn ne(&self, other: &Self) -> bool {
        **self != **other
    }
}

impl<T: ?Sized + Eq, H: Heap> Eq for Gc<T, H> {}

impl<T: ?Sized + PartialOrd, H: Heap> PartialOrd for Gc<T, H> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        **self < **other
    }

    #[inline]
    fn le(&self, other: &Self) -> bool {
        **self <= **other
    }

    #[inline]
    fn gt(&self, other: &Self) -> bool {
        **self > **other
    }

    #[inline]
    fn ge(&self, other: &Self) -> bool {
        **self >= **other
    }
}

impl<T: ?Sized + Ord, H: Heap> Ord for Gc<T, H> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash, H: Heap> Hash for Gc<T, H> {
    fn hash<S: Hasher>(&self, state: &mut S) {
        (**self).hash(state);
    }
}

impl<T: ?Sized + std::error::Error, H: Heap> std::error::Error for Gc<T, H> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        (**self).source()
    }

    #[allow(deprecated, reason = "`Arc` forwards it too")]
    fn cause(&self) -> Option<&dyn std::error::Error> {
        (**self).cause()
    }
}

impl<H: Heap> io::Read for Gc<File, H> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&**self).read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        (&**self).read_vectored(buffers)
    }

    fn read_to_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        (&**self).read_to_end(buffer)
    }

    fn read_to_string(&mut self, buffer: &mut String) -> io::Result<usize> {
        (&**self).read_to_string(buffer)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        (&**self).read_exact(buffer)
    }
}

impl<H: Heap> io::Write for Gc<File, H> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (&**self).write(buffer)
    }

    fn write_vectored(&mut self, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
        (&**self).write_vectored(buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&**self).flush()
    }

    fn write_all(&mut self, buffer: &[u8]) -> io::Result<()> {
        (&**self).write_all(buffer)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        (&**self).write_fmt(arguments)
    }
}

impl<H: Heap> io::Seek for Gc<File, H> {
    fn seek(&mut self, place: io::SeekFrom) -> io::Result<u64> {
        (&**self).seek(place)
    }

    fn rewind(&mut self) -> io::Result<()> {
        (&**self).rewind()
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        (&**self).stream_position()
    }

    fn seek_relative(&mut self, offset: i64) -> io::Result<()> {
        (&**self).seek_relative(offset)
    }
}

impl<T: ?Sized, H: Heap> Unpin for Gc<T, H> {}

// A panic cannot leave the handle itself half changed; what it leads to is shared, so that must be
// safe to see.
impl<T: ?Sized + RefUnwindSafe, H: Heap> UnwindSafe for Gc<T, H> {}
impl<T: ?Sized + RefUnwindSafe, H: Heap> RefUnwindSafe for Gc<T, H> {}

#[cfg(any(unix, target_os = "wasi"))]
mod files {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::{Gc, Heap};

    impl<T: ?Sized + AsFd, H: Heap> AsFd for Gc<T, H> {
        fn as_fd(&self) -> BorrowedFd<'_> {
            (**self).as_fd()
        }
    }

    impl<T: AsRawFd, H: Heap> AsRawFd for Gc<T, H> {
        fn as_raw_fd(&self) -> RawFd {
            (**self).as_raw_fd()
        }
    }
}

#[cfg(windows)]
mod files {
    use std::os::windows::io::{AsHandle, AsSocket, BorrowedHandle, BorrowedSocket};

    use super::{Gc, Heap};

    impl<T: ?Sized + AsHandle, H: Heap> AsHandle for Gc<T, H> {
        fn as_handle(&self) -> BorrowedHandle<'_> {
            (**self).as_handle()
        }
    }

    impl<T: AsSocket, H: Heap> AsSocket for Gc<T, H> {
        fn as_socket(&self) -> BorrowedSocket<'_> {
            (**self).as_socket()
        }
    }
}

impl<T, H: Heap> Default for Weak<T, H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized, H: Heap> fmt::Debug for Weak<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

impl<T: ?Sized, H: Heap> Unpin for Weak<T, H> {}
impl<T: ?Sized + RefUnwindSafe, H: Heap> UnwindSafe for Weak<T, H> {}
impl<T: ?Sized + RefUnwindSafe, H: Heap> RefUnwindSafe for Weak<T, H> {}
