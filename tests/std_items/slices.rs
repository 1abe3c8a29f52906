//! `Gc<[T]>`: from arrays, vectors, slices, boxes and iterators, and back to arrays.

use std::borrow::Cow;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::model::{CLONED, Log, Logged, Method, NO_DROPS};
use super::kind::{Gc, STD, nothing_is_left};

fn numbers(slice: &[Logged]) -> Vec<u32> {
    slice.iter().map(|value| value.number).collect()
}

#[test]
fn owned_elements_are_moved_and_dropped_in_order() {
    nothing_is_left(|| {
        let log = Log::default();
        let make = || [log.value(1), log.value(2), log.value(3)];
        let with_room = || {
            let mut vec = Vec::with_capacity(50);
            vec.extend(make());
            vec
        };
        let slices: [Gc<[Logged]>; 7] = [
            make().into(),
            Vec::from(make()).into(),
            with_room().into(),
            Box::<[Logged]>::from(make()).into(),
            Cow::<[Logged]>::Owned(with_room()).into(),
            make().into_iter().collect(),
            recyc::unsize!(Gc::new(make()) => [Logged]),
        ];
        assert_eq!(log.take(), NO_DROPS);
        for slice in slices {
            assert_eq!((numbers(&slice), Gc::strong_count(&slice)), (vec![1, 2, 3], 1));
            drop(slice);
            assert_eq!(log.take(), [1, 2, 3]);
        }
    });
}

#[test]
fn borrowed_elements_are_cloned_in_order() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut original = [log.value(1), log.value(2)];
        let mut slices = vec![Gc::<[Logged]>::from(&original[..])];
        slices.push(Gc::from(&mut original[..]));
        slices.push(Gc::from(Cow::Borrowed(&original[..])));
        drop(original);
        assert_eq!(log.take(), [1, 2]);
        for slice in slices {
            assert_eq!(numbers(&slice), [1 + CLONED, 2 + CLONED]);
            drop(slice);
            assert_eq!(log.take(), [1 + CLONED, 2 + CLONED]);
        }
    });
}

#[test]
fn a_panic_in_clone_drops_the_clones_made_so_far() {
    nothing_is_left(|| {
        let log = Log::default();
        for bad in 0..4 {
            let make = |at| if at == bad { log.bomb(at, Method::Clone) } else { log.value(at) };
            let original: Vec<_> = (0..4).map(make).collect();
            let made = catch_unwind(AssertUnwindSafe(|| Gc::<[Logged]>::from(&original[..])));
            assert!(made.is_err());
            assert_eq!(log.take(), (0..bad).map(|at| at + CLONED).collect::<Vec<_>>());
            drop(original);
            assert_eq!(log.take(), [0, 1, 2, 3]);
        }
    });
}

#[test]
fn a_panic_in_the_drop_of_an_element_drops_the_others() {
    nothing_is_left(|| {
        let log = Log::default();
        for bad in 0..3 {
            let make = |at| if at == bad { log.bomb(at, Method::Drop) } else { log.value(at) };
            let slice: Gc<[Logged]> = (0..3).map(make).collect();
            let weak = Gc::downgrade(&slice);
            assert!(catch_unwind(AssertUnwindSafe(|| drop(slice))).is_err());
            assert_eq!(log.take(), [0, 1, 2]);
            assert!(weak.upgrade().is_none());
        }
    });
}

#[test]
fn iterators_of_every_kind_are_collected() {
    nothing_is_left(|| {
        let exact: Gc<[u32]> = (0..5).rev().collect();
        assert_eq!(*exact, [4, 3, 2, 1, 0]);
        let filtered: Gc<[u32]> = (0..9).filter(|number| number % 2 == 0).collect();
        assert_eq!(*filtered, [0, 2, 4, 6, 8]);
        let chained: Gc<[u32]> = (0..2).chain(7..9).collect();
        assert_eq!(*chained, [0, 1, 7, 8]);
        let text: Gc<[char]> = "aé".chars().collect();
        assert_eq!(*text, ['a', 'é']);
        let unknown: Gc<[u32]> = iter::from_fn({
            let mut left = 3;
            move || {
                left -= 1;
                (left >= 0).then_some(left as u32)
            }
        })
        .collect();
        assert_eq!(*unknown, [2, 1, 0]);
        assert!(iter::empty().collect::<Gc<[String]>>().is_empty());
        assert_eq!(iter::repeat_n((), 1000).collect::<Gc<[()]>>().len(), 1000);
    });
}

/// An iterator over `has` values that reports `said`, and panics at the value `panics`.
struct WrongHint {
    said: (usize, Option<usize>),
    has: u32,
    panics: u32,
    at: u32,
    log: Log,
}

impl Iterator for WrongHint {
    type Item = Logged;

    fn next(&mut self) -> Option<Logged> {
        assert_ne!(self.at, self.panics, "this iterator panics");
        self.at += 1;
        (self.at <= self.has).then(|| self.log.value(self.at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.said
    }
}

impl ExactSizeIterator for WrongHint {}

const HINTS: [(usize, Option<usize>); 6] =
    [(0, Some(0)), (2, Some(2)), (7, Some(7)), (0, None), (1, Some(9)), (3, Some(1))];

#[test]
fn a_wrong_size_hint_loses_no_element() {
    nothing_is_left(|| {
        let log = Log::default();
        for said in HINTS {
            for has in [0, 1, 2, 3, 7, 8] {
                let slice: Gc<[Logged]> =
                    WrongHint { said, has, panics: u32::MAX, at: 0, log: log.clone() }.collect();
                assert_eq!((numbers(&slice), log.take()), ((1..=has).collect(), vec![]));
                drop(slice);
                assert_eq!(log.take(), (1..=has).collect::<Vec<_>>());
            }
        }
    });
}

#[test]
fn a_panic_in_an_iterator_drops_the_elements_so_far() {
    nothing_is_left(|| {
        let log = Log::default();
        for said in HINTS {
            for panics in [0, 1, 2, 3, 7] {
                let iterator = WrongHint { said, has: 9, panics, at: 0, log: log.clone() };
                assert!(
                    catch_unwind(AssertUnwindSafe(|| iterator.collect::<Gc<[Logged]>>())).is_err()
                );
                assert_eq!(log.take(), (1..=panics).collect::<Vec<_>>());
            }
        }
    });
}

#[test]
fn a_slice_becomes_an_array_of_its_length_only() {
    nothing_is_left(|| {
        let log = Log::default();
        let slice = Gc::<[Logged]>::from([log.value(1), log.value(2)]);
        let (place, weak) = (Gc::as_ptr(&slice).cast::<Logged>(), Gc::downgrade(&slice));
        let slice = <Gc<[Logged; 3]>>::try_from(slice).err().expect("the lengths differ");
        let slice = <Gc<[Logged; 0]>>::try_from(slice).err().expect("the lengths differ");
        let array = <Gc<[Logged; 2]>>::try_from(slice).ok().expect("the lengths are equal");
        assert_eq!((Gc::as_ptr(&array).cast(), Gc::weak_count(&array)), (place, 1));
        drop(array);
        assert_eq!(log.take(), [1, 2]);
        assert!(weak.upgrade().is_none());
        assert!(<Gc<[u8; 0]>>::try_from(Gc::<[u8]>::default()).is_ok());
    });
}

#[test]
fn a_slice_of_aligned_elements_is_aligned() {
    #[derive(recyc::Trace, Clone, Copy, PartialEq, Debug)]
    #[repr(align(256))]
    struct Page(u8);

    nothing_is_left(|| {
        let pages = [Page(1), Page(2)];
        for slice in [
            Gc::<[Page]>::from(pages),
            pages[..].into(),
            pages.to_vec().into(),
            pages.into_iter().collect(),
        ] {
            assert!(slice.as_ptr().is_aligned());
            assert_eq!(*slice, pages);
        }
        assert!(Gc::<[Page]>::default().as_ptr().is_aligned());
    });
}

#[test]
fn a_slice_beyond_the_address_space_panics() {
    nothing_is_left(|| {
        const MAX: usize = isize::MAX as usize;
        let panics = |make: fn()| assert!(catch_unwind(make).is_err());
        panics(|| drop(Gc::<[u64]>::new_uninit_slice(usize::MAX)));
        panics(|| drop(Gc::<[u64]>::new_uninit_slice(MAX / 8 + 1)));
        panics(|| drop(Gc::<[u64]>::new_uninit_slice(MAX / 8)));
        panics(|| drop(Gc::<[u8]>::new_uninit_slice(MAX)));
        panics(|| drop(Gc::<[u8]>::new_uninit_slice(MAX - 8)));
        let collects = |said, has| {
            let iterator = WrongHint { said, has, panics: u32::MAX, at: 0, log: Log::default() };
            catch_unwind(|| iterator.collect::<Gc<[Logged]>>()).is_ok()
        };
        assert!(!collects((usize::MAX, None), 1) && !collects((MAX, Some(MAX)), 1));
        assert!(collects((usize::MAX, None), 0));
        // The standard library takes one element before it allocates.
        assert_eq!(collects((MAX, Some(MAX)), 0), STD);
    });
}

#[test]
fn a_slice_of_any_length_has_elements_of_no_size() {
    nothing_is_left(|| {
        let slice = Gc::<[()]>::new_uninit_slice(usize::MAX);
        // SAFETY: there is nothing to write.
        let slice = unsafe { slice.assume_init() };
        assert_eq!((slice.len(), slice.clone().len()), (usize::MAX, usize::MAX));
        let weak = Gc::downgrade(&slice);
        assert_eq!(weak.upgrade().unwrap().len(), usize::MAX);
    });
}
