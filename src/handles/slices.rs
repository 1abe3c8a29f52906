//! Slices: from arrays, vectors, other slices and iterators, and back to arrays.
//!
//! The elements are made in their block one after the other, by code that may panic. What is made so far is then
//! dropped, as no handle exists.

/// Writes how `Gc<[T]>` is made.
macro_rules! slices {
    ($heap:literal, [$($also:tt)*]) => {
        /// A slice on its way: the first `filled` elements are there.
        struct Elements<T: Trace $($also)*> {
            room: ManuallyDrop<UninitBlock<[T]>>,
            filled: usize,
            length: usize,
        }

        impl<T: Trace $($also)*> Elements<T> {
            fn new(length: usize) -> Self {
                Self { room: ManuallyDrop::new(UninitBlock::slice(length)), filled: 0, length }
            }

            fn is_full(&self) -> bool {
                self.filled == self.length
            }

            fn first(&self) -> *mut T {
                self.room.value().cast()
            }

            fn push(&mut self, element: T) {
                assert!(!self.is_full());
                // SAFETY: the place is inside the slice, and nothing is there yet.
                unsafe { self.first().add(self.filled).write(element) };
                self.filled += 1;
            }

            fn into_gc(self) -> Gc<[T]> {
                assert!(self.is_full());
                let mut this = ManuallyDrop::new(self);
                // SAFETY: `this` is not dropped and the room not used again.
                let room = unsafe { ManuallyDrop::take(&mut this.room) };
                // SAFETY: all elements were written.
                unsafe { room.born() }
            }

            /// Moves the elements that are there to a vector.
            fn into_vec(mut self) -> Vec<T> {
                let mut vec = Vec::with_capacity(self.filled + 1);
                let filled = std::mem::take(&mut self.filled);
                // SAFETY: the elements are moved: they are counted here no more, and the vector has room for them.
                unsafe { self.first().copy_to_nonoverlapping(vec.as_mut_ptr(), filled) };
                // SAFETY: so many were moved in just now.
                unsafe { vec.set_len(filled) };
                vec
            }
        }

        impl<T: Trace $($also)*> Drop for Elements<T> {
            fn drop(&mut self) {
                let filled = std::ptr::slice_from_raw_parts_mut(self.first(), self.filled);
                // SAFETY: the room is not used again; it is freed at the end, also if an element panics.
                let _room = unsafe { ManuallyDrop::take(&mut self.room) };
                // SAFETY: these elements were written, and no handle leads to them.
                unsafe { filled.drop_in_place() };
            }
        }

        impl<T: Trace $($also)*> From<Vec<T>> for Gc<[T]> {
            /// Moves the elements to a block and frees the vector.
            fn from(mut vec: Vec<T>) -> Self {
                let room = UninitBlock::<[T]>::slice(vec.len());
                // SAFETY: the room is not the vector, and has the size of its elements.
                unsafe { room.value().cast::<T>().copy_from_nonoverlapping(vec.as_ptr(), vec.len()) };
                // SAFETY: the elements were moved: the vector owns its buffer only.
                unsafe { vec.set_len(0) };
                // SAFETY: all elements were written.
                unsafe { room.born() }
            }
        }

        impl<T: Trace $($also)*, const N: usize> From<[T; N]> for Gc<[T]> {
            fn from(array: [T; N]) -> Self {
                crate::unsize!(Gc::new(array) => [T])
            }
        }

        impl<T: Trace $($also)* + Clone> From<&[T]> for Gc<[T]> {
            /// Clones the elements. If that panics, those already cloned are dropped.
            fn from(slice: &[T]) -> Self {
                let mut elements = Elements::new(slice.len());
                slice.iter().for_each(|element| elements.push(element.clone()));
                elements.into_gc()
            }
        }

        impl<T: Trace $($also)* + Clone> From<&mut [T]> for Gc<[T]> {
            fn from(slice: &mut [T]) -> Self {
                Self::from(&*slice)
            }
        }

        impl<T: Trace $($also)*> FromIterator<T> for Gc<[T]> {
            /// Collects the elements of an iterator.
            ///
            /// If the iterator says exactly how many there are, they are made in place; otherwise they are collected to a vector
            /// first. An iterator that says something wrong costs a move. If it panics, what it gave is dropped.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ", $heap, "::Gc;")]
            ///
            /// let squares: Gc<[u32]> = (1..4).map(|number| number * number).collect();
            /// assert_eq!(*squares, [1, 4, 9]);
            /// ```
            fn from_iter<I: IntoIterator<Item = T>>(iterator: I) -> Self {
                let mut iterator = iterator.into_iter();
                let (lower, upper) = iterator.size_hint();
                if upper != Some(lower) {
                    return iterator.collect::<Vec<_>>().into();
                }
                let mut elements = Elements::new(lower);
                while !elements.is_full() {
                    match iterator.next() {
                        Some(element) => elements.push(element),
                        None => return elements.into_vec().into(),
                    }
                }
                match iterator.next() {
                    None => elements.into_gc(),
                    Some(one_more) => {
                        let mut vec = elements.into_vec();
                        vec.push(one_more);
                        vec.extend(iterator);
                        vec.into()
                    }
                }
            }
        }

        impl<T: Trace $($also)*> Default for Gc<[T]> {
            /// An empty slice.
            fn default() -> Self {
                Self::from([])
            }
        }

        impl<T, const N: usize> TryFrom<Gc<[T]>> for Gc<[T; N]> {
            type Error = Gc<[T]>;

            /// The same value as an array, if it has that length.
            fn try_from(slice: Gc<[T]>) -> Result<Self, Gc<[T]>> {
                if slice.len() != N {
                    return Err(slice);
                }
                Ok(Self::from_block(ManuallyDrop::new(slice).block.cast()))
            }
        }
    };
}
pub(crate) use slices;
