//! Handles by address.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kind::{ByAddress, Gc, Trace, collect, unsize};

use super::model::{in_every_situation, nothing_is_left};

#[test]
fn handles_to_one_value_are_one_key_and_equal_values_are_two() {
    in_every_situation(
        |_| Gc::new(0.5),
        |case, _| {
            let same: HashSet<_> =
                case.others.iter().chain([&case.handle]).cloned().map(ByAddress).collect();
            assert_eq!(same.len(), 1);
            let other = ByAddress(Gc::new(0.5));
            assert!(!same.contains(&other) && same.contains(&ByAddress::from(case.handle.clone())));
            let ordered: BTreeSet<_> = same.into_iter().chain([other]).collect();
            assert!(ordered.iter().map(|key| Gc::address(key)).is_sorted());
            assert_eq!(ordered.len(), 2);
        },
    );
}

#[test]
fn views_of_one_value_have_one_address() {
    nothing_is_left(|_| {
        let array = Gc::new([1, 2]);
        let slice = unsize!(array.clone() => [i32]);
        assert_eq!(Gc::address(&array), Gc::address(&slice));
        assert_eq!(format!("{:?}", ByAddress(array.clone())), format!("ByAddress({array:p})"));
    });
}

#[test]
fn a_lookup_by_a_borrowed_handle_clones_nothing() {
    in_every_situation(
        |_| Gc::new(0.5),
        |case, _| {
            let map = HashMap::from([(ByAddress(case.handle.clone()), 1)]);
            let ordered = BTreeSet::from([ByAddress(case.handle.clone())]);
            let count = Gc::strong_count(&case.handle);
            assert_eq!(map.get(ByAddress::from_ref(&case.handle)), Some(&1));
            assert!(ordered.contains(ByAddress::from_ref(&case.handle)));
            assert!(!map.contains_key(ByAddress::from_ref(&Gc::new(0.5))));
            assert_eq!(Gc::strong_count(&case.handle), count);
            drop((map, ordered));
        },
    );
    nothing_is_left(|_| {
        let slice = unsize!(Gc::new([1, 2]) => [i32]);
        let set = HashSet::from([ByAddress(slice.clone())]);
        assert!(set.contains(ByAddress::from_ref(&slice)));
        assert_eq!(ByAddress::from_ref(&slice).len(), 2);
    });
}

#[test]
fn a_key_is_a_traced_handle() {
    #[derive(Trace)]
    struct Node(super::kind::RefCell<HashMap<ByAddress<Node>, u32>>);

    nothing_is_left(|_| {
        let node = Gc::new(Node(Default::default()));
        node.0.borrow_mut().insert(ByAddress(node.clone()), 1);
        drop(node);
        assert_eq!(collect().reclaimed, 1);
    });
}
