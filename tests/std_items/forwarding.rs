//! Traits that `Arc` implements and `Rc` does not: `Error`, and `Read`, `Write` and `Seek` of
//! files.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use super::kind::{Gc, nothing_is_left};

#[derive(Debug)]
struct Outer(fmt::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }

    fn cause(&self) -> Option<&dyn Error> {
        None
    }
}

#[test]
fn an_error_answers_through_its_handle() {
    nothing_is_left(|| {
        let error = Gc::new(recyc::Leaf(Outer(fmt::Error)));
        // SAFETY: a `Leaf` has the layout of its value, which the handle keeps alive and which
        // needs no tracing. The pointer is from `into_raw` and is turned back once.
        let error = unsafe { Gc::from_raw(Gc::into_raw(error).cast::<Outer>()) };
        let error: &dyn Error = &error;
        assert_eq!(error.to_string(), "outer");
        assert!(error.source().unwrap().is::<fmt::Error>());
        #[allow(deprecated, reason = "a handle forwards this method too")]
        let cause = error.cause();
        assert!(cause.is_none());
    });
}

#[test]
#[cfg_attr(miri, ignore = "expects that files are read and written in full, as Miri does not")]
fn a_file_is_read_written_and_sought_through_its_handle() {
    nothing_is_left(|| {
        let file = Gc::new(tempfile::tempfile().unwrap());
        let mut handle: Gc<File> = file.clone();
        assert_eq!(
            handle.write_vectored(&[IoSlice::new(b"one "), IoSlice::new(b"two ")]).unwrap(),
            8
        );
        handle.write_all(b"three").unwrap();
        write!(handle, " {}", 4).unwrap();
        handle.flush().unwrap();
        assert_eq!(
            (handle.stream_position().unwrap(), (&*file).stream_position().unwrap()),
            (15, 15)
        );
        handle.rewind().unwrap();
        let (mut first, mut second) = ([0; 3], [0; 4]);
        let read = handle
            .read_vectored(&mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)])
            .unwrap();
        assert_eq!((read, &first, &second), (7, b"one", b" two"));
        handle.seek_relative(1).unwrap();
        let mut rest = String::new();
        assert_eq!(handle.read_to_string(&mut rest).unwrap(), 7);
        assert_eq!(rest, "three 4");
        assert_eq!(handle.seek(SeekFrom::Start(4)).unwrap(), 4);
        let mut exact = [0; 3];
        handle.read_exact(&mut exact).unwrap();
        assert_eq!(&exact, b"two");
        let mut rest = Vec::new();
        assert_eq!(handle.read_to_end(&mut rest).unwrap(), 8);
    });
}
