//! The traits of the standard library, with the meaning that they have for `Rc` and `Arc`.

/// Writes what `Gc` and `Weak` of the calling module show by the traits of the standard library.
macro_rules! traits {
    ([$($also:tt)*]) => {
        impl<T: ?Sized + fmt::Debug> fmt::Debug for Gc<T> {
            /// As the value. A cycle of values that show their handles is shown for ever: show names or addresses instead.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for Gc<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized> fmt::Pointer for Gc<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Pointer::fmt(&Self::as_ptr(self), f)
            }
        }

        impl<T: Trace $($also)* + Default> Default for Gc<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T: ?Sized> Default for Pin<Gc<T>>
        where
            Gc<T>: Default,
        {
            fn default() -> Self {
                // SAFETY: a value moves out of its block only through a handle that is not pinned, and this is the only one.
                unsafe { Pin::new_unchecked(Gc::default()) }
            }
        }

        impl<T: ?Sized> AsRef<T> for Gc<T> {
            fn as_ref(&self) -> &T {
                self
            }
        }

        impl<T: ?Sized> Borrow<T> for Gc<T> {
            fn borrow(&self) -> &T {
                self
            }
        }

        impl<T: ?Sized + PartialEq> PartialEq for Gc<T> {
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

        impl<T: ?Sized + Eq> Eq for Gc<T> {}

        impl<T: ?Sized + PartialOrd> PartialOrd for Gc<T> {
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

        impl<T: ?Sized + Ord> Ord for Gc<T> {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                (**self).cmp(&**other)
            }
        }

        impl<T: ?Sized + Hash> Hash for Gc<T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl<T: ?Sized + std::error::Error> std::error::Error for Gc<T> {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                (**self).source()
            }

            #[allow(deprecated, reason = "`Arc` forwards it too")]
            fn cause(&self) -> Option<&dyn std::error::Error> {
                (**self).cause()
            }
        }

        impl io::Read for Gc<File> {
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

        impl io::Write for Gc<File> {
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

        impl io::Seek for Gc<File> {
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

        impl<T: ?Sized> Unpin for Gc<T> {}

        // A panic cannot leave the handle itself half changed; what it leads to is shared, so that must be safe to see.
        impl<T: ?Sized + RefUnwindSafe> UnwindSafe for Gc<T> {}
        impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for Gc<T> {}

        #[cfg(any(unix, target_os = "wasi"))]
        mod files {
            use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

            use super::Gc;

            impl<T: ?Sized + AsFd> AsFd for Gc<T> {
                fn as_fd(&self) -> BorrowedFd<'_> {
                    (**self).as_fd()
                }
            }

            impl<T: AsRawFd> AsRawFd for Gc<T> {
                fn as_raw_fd(&self) -> RawFd {
                    (**self).as_raw_fd()
                }
            }
        }

        #[cfg(windows)]
        mod files {
            use std::os::windows::io::{AsHandle, AsSocket, BorrowedHandle, BorrowedSocket};

            use super::Gc;

            impl<T: ?Sized + AsHandle> AsHandle for Gc<T> {
                fn as_handle(&self) -> BorrowedHandle<'_> {
                    (**self).as_handle()
                }
            }

            impl<T: AsSocket> AsSocket for Gc<T> {
                fn as_socket(&self) -> BorrowedSocket<'_> {
                    (**self).as_socket()
                }
            }
        }

        impl<T> Default for Weak<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T: ?Sized> fmt::Debug for Weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("(Weak)")
            }
        }

        impl<T: ?Sized> Unpin for Weak<T> {}
        impl<T: ?Sized + RefUnwindSafe> UnwindSafe for Weak<T> {}
        impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for Weak<T> {}
    };
}
pub(crate) use traits;
