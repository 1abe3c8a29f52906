//! Types that report nothing.
//!
//! Two kinds are here. Most can own no handle at all: numbers, strings, files. The others *share*
//! what they lead to: `Rc`, `Arc`, their weak handles, `&'static T`. Two `Rc`s to one `Gc` would
//! report a single handle twice, and a collection that finds more handles than there are frees what
//! is alive. So whatever is behind them counts as held from outside. Dropping a leaf may run
//! foreign code or drop handles, but only handles that were never reported, to targets that are
//! therefore alive.
//!
//! Generic types that own their parts are in the other files; foreign types go into a
//! [`Leaf`](crate::Leaf).

use std::any::TypeId;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::marker::{PhantomData, PhantomPinned};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, atomic};
use std::{
    alloc, cell, cmp, convert, env, ffi, fmt, fs, future, hash, io, mem, net, num, ops, panic,
    path, process, rc, str, string, sync, task, thread, time,
};

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// How many bytes the target of a box takes.
#[inline]
fn size_of_target<P: Deref>(owner: &P) -> usize {
    size_of_val(&**owner)
}

/// Writes the impl of a leaf: `types` as they are, `buffers` with how many bytes they own
/// elsewhere, `unsized_types` have no shape, `generic` and `generic_buffer` take the parameters
/// first.
macro_rules! leaf {
    (types: $($ty:ty,)+) => { $(leaf!(generic: [] $ty);)+ };
    (generic: [$($parameters:tt)*] $ty:ty) => {
        // SAFETY: nothing is reported, and dispose drops the value as a whole.
        unsafe impl<$($parameters)*> Trace for $ty {
            leaf!(functions:);

            #[inline]
            fn shape<D: Depth>() -> Shape<impl Promise> {
                Shape::LEAF
            }
        }
    };
    (buffers: $($ty:ty: $bytes:expr,)+) => { $(leaf!(generic_buffer: [] $ty: $bytes);)+ };
    (generic_buffer: [$($parameters:tt)*] $ty:ty: $bytes:expr) => {
        // SAFETY: nothing is reported, and dispose drops the value as a whole.
        unsafe impl<$($parameters)*> Trace for $ty {
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'_>) {
                tracer.note_bytes($bytes(self));
            }

            leaf!(dispose:);

            #[inline]
            fn owned_bytes(&mut self) -> usize {
                $bytes(self)
            }

            #[inline]
            fn shape<D: Depth>() -> Shape<impl Promise> {
                Shape::LEAF
            }
        }
    };
    (unsized_types: $($ty:ty,)+) => {
        $(
            // SAFETY: nothing is reported, and dispose drops the value as a whole.
            unsafe impl Trace for $ty {
                leaf!(functions:);
            }
        )+
    };
    (functions:) => {
        #[inline]
        fn trace(&self, _: &mut Tracer<'_>) {}

        leaf!(dispose:);
    };
    (dispose:) => {
        #[inline]
        unsafe fn dispose(&mut self, _: &Disposer) {
            // SAFETY: by *given up*, as the caller promises.
            unsafe { std::ptr::drop_in_place(self) }
        }
    };
}

// Of this crate.
leaf!(types: crate::CallbackGuard, crate::Cleaner, crate::CollectGuard, crate::ExternalMemory, crate::PauseGuard,);
leaf!(generic: [T: 'static] crate::Leaf<T>);
leaf!(types:
    crate::sync::CallbackGuard, crate::sync::Cleaner, crate::sync::CollectGuard, crate::sync::ExternalMemory, crate::sync::PauseGuard,
    crate::sync::Background,
);

// Language and `core`.
leaf!(types:
    (), bool, char, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
    NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<i128>, NonZero<isize>,
    NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<u128>, NonZero<usize>,
    TypeId, PhantomPinned, alloc::Layout, cmp::Ordering, convert::Infallible, ops::RangeFull, time::Duration,
    panic::Location<'static>, num::FpCategory, ffi::c_void,
    task::Context<'static>, task::RawWaker, task::RawWakerVTable, task::Waker,
);
leaf!(generic: [T: 'static] mem::Discriminant<T>);
// A value that is ready gives no access before it is taken.
leaf!(generic: [T: 'static] future::Ready<T>);
leaf!(generic: [T: 'static] future::Pending<T>);
leaf!(generic: [T: ?Sized + 'static] PhantomData<T>);
leaf!(generic: [T: 'static] std::mem::MaybeUninit<T>); // it may be uninitialised
leaf!(generic: [T: ?Sized + Trace] &'static T);
leaf!(generic: [T: ?Sized + Trace] &'static mut T); // its target is never dropped
// Dropping one of these drops nothing that it leads to.
leaf!(generic: [T: ?Sized + 'static] *const T);
leaf!(generic: [T: ?Sized + 'static] *mut T);
leaf!(generic: [T: ?Sized + 'static] std::ptr::NonNull<T>);

// Text.
leaf!(buffers:
    String: String::capacity, OsString: OsString::capacity, PathBuf: PathBuf::capacity,
    CString: |text: &CString| text.as_bytes_with_nul().len(),
    Box<str>: size_of_target, Box<CStr>: size_of_target, Box<OsStr>: size_of_target, Box<Path>: size_of_target,
);
leaf!(unsized_types: str, CStr, OsStr, Path,);

leaf!(types: fmt::Alignment, fmt::Arguments<'static>, str::Utf8Chunk<'static>,);

// Parts of paths.
leaf!(types:
    path::Component<'static>, path::Display<'static>, path::Prefix<'static>, path::PrefixComponent<'static>,
);

// Shared ownership. A weak handle keeps the memory of its block and owns no handle.
leaf!(generic: [T: ?Sized + 'static] Rc<T>);
leaf!(generic: [T: ?Sized + 'static] rc::Weak<T>);
leaf!(generic: [T: ?Sized + 'static] Arc<T>);
leaf!(generic: [T: ?Sized + 'static] sync::Weak<T>);

// No guard (`Ref`, `MutexGuard`) is here. With an impl the `trace` in `cell.borrow().trace(tracer)`
// would be that of the guard.

// Atomics, as far as the target has them.
leaf!(types: atomic::Ordering,);
#[cfg(target_has_atomic = "8")]
leaf!(types: atomic::AtomicBool, atomic::AtomicI8, atomic::AtomicU8,);
#[cfg(target_has_atomic = "16")]
leaf!(types: atomic::AtomicI16, atomic::AtomicU16,);
#[cfg(target_has_atomic = "32")]
leaf!(types: atomic::AtomicI32, atomic::AtomicU32,);
#[cfg(target_has_atomic = "64")]
leaf!(types: atomic::AtomicI64, atomic::AtomicU64,);
#[cfg(target_has_atomic = "ptr")]
leaf!(types: atomic::AtomicIsize, atomic::AtomicUsize,);
#[cfg(target_has_atomic = "ptr")]
leaf!(generic: [T: 'static] atomic::AtomicPtr<T>); // owns nothing, as a raw pointer does not

// Hashers: state without parts.
leaf!(types: hash::DefaultHasher, hash::RandomState,);
leaf!(generic: [H: 'static] hash::BuildHasherDefault<H>);

// Values that are made on first use: whether that has happened cannot be asked before Rust 1.94.
leaf!(generic: [T: 'static, F: 'static] cell::LazyCell<T, F>);
leaf!(generic: [T: 'static, F: 'static] sync::LazyLock<T, F>);

// Threads and what they wait for. What travels through a channel is owned by no one end of it.
leaf!(types:
    thread::Builder, thread::Thread, thread::ThreadId,
    sync::Barrier, sync::BarrierWaitResult, sync::Condvar, sync::Once, sync::OnceState, sync::WaitTimeoutResult,
);
leaf!(generic: [T: 'static] thread::JoinHandle<T>);
leaf!(generic: [T: 'static] thread::LocalKey<T>);
leaf!(generic: [T: 'static] thread::ScopedJoinHandle<'static, T>);
leaf!(generic: [T: 'static] sync::mpsc::Sender<T>);
leaf!(generic: [T: 'static] sync::mpsc::SyncSender<T>);
leaf!(generic: [T: 'static] sync::mpsc::Receiver<T>);

// The operating system.
leaf!(types:
    time::Instant, time::SystemTime,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    net::TcpListener, net::TcpStream, net::UdpSocket, net::Shutdown,
    fs::DirBuilder, fs::File, fs::FileTimes, fs::FileType, fs::Metadata, fs::OpenOptions, fs::Permissions,
    io::Empty, io::Repeat, io::Sink, io::SeekFrom, io::Stdin, io::Stdout, io::Stderr,
    io::StdinLock<'static>, io::StdoutLock<'static>, io::StderrLock<'static>,
    io::IoSlice<'static>, io::IoSliceMut<'static>,
    fs::DirEntry, fs::ReadDir, process::ChildStderr, process::ChildStdin, process::ChildStdout,
    process::Child, process::Command, process::ExitCode, process::ExitStatus, process::Output,
    process::Stdio,
);

#[cfg(unix)]
leaf!(types:
    std::os::fd::BorrowedFd<'static>, std::os::fd::OwnedFd,
    std::os::unix::net::SocketAddr, std::os::unix::net::UnixDatagram, std::os::unix::net::UnixListener, std::os::unix::net::UnixStream,
);
#[cfg(windows)]
leaf!(types:
    std::os::windows::io::BorrowedHandle<'static>, std::os::windows::io::BorrowedSocket<'static>,
    std::os::windows::io::OwnedHandle, std::os::windows::io::OwnedSocket,
);
// What a buffer reads from or writes to cannot be moved out of it without flushing it, so it is not
// traced.
leaf!(generic_buffer: [R: 'static] io::BufReader<R>: Self::capacity);
leaf!(generic_buffer: [W: io::Write + 'static] io::BufWriter<W>: Self::capacity);
leaf!(generic: [W: io::Write + 'static] io::LineWriter<W>);
leaf!(generic: [W: 'static] io::IntoInnerError<W>);

// Errors.
leaf!(types:
    std::backtrace::Backtrace, std::array::TryFromSliceError, std::char::CharTryFromError, std::ffi::NulError,
    sync::mpsc::RecvError, sync::mpsc::RecvTimeoutError, sync::mpsc::TryRecvError,
    std::char::DecodeUtf16Error, std::char::TryFromCharError, std::collections::TryReserveError,
    ffi::FromBytesUntilNulError, ffi::FromBytesWithNulError, ffi::FromVecWithNulError, ffi::IntoStringError,
    env::JoinPathsError, io::WriterPanicked, path::StripPrefixError, string::FromUtf16Error, thread::AccessError,
    time::TryFromFloatSecsError,
    io::Error, io::ErrorKind, fmt::Error, env::VarError, str::Utf8Error, string::FromUtf8Error, time::SystemTimeError,
    num::ParseIntError, num::ParseFloatError, num::TryFromIntError, num::IntErrorKind,
    str::ParseBoolError, std::char::ParseCharError, net::AddrParseError, alloc::LayoutError,
    cell::BorrowError, cell::BorrowMutError,
);
