//! Persistent containers, whose versions own their nodes together: why they are leaves, as `Rc` is.

use recyc::{Gc, GcCell, Leaf, Trace, collect};

/// With its default for the pointer between the nodes, an `Rc`.
type Vector<T> = rpds::Vector<T>;

/// A version of a document; its pages are those of the version before, but for some.
#[derive(Trace)]
struct Version {
    pages: Leaf<Vector<Gc<Page>>>,
    myself: GcCell<Option<Gc<Version>>>,
}

#[derive(Trace)]
struct Page(u32);

fn version(pages: Vector<Gc<Page>>) -> Gc<Version> {
    let version = Gc::new(Version { pages: Leaf(pages), myself: GcCell::new(None) });
    version.myself.set(Some(version.clone()));
    version
}

/// Versions share one handle so both would report it and it would count twice.
#[test]
fn two_versions_would_report_their_shared_handle_twice() {
    let first = Vector::<Gc<Page>>::from_iter([Gc::new(Page(1)), Gc::new(Page(2))]);
    let second = first.push_back(Gc::new(Page(3)));

    // The handles that a `Trace` over the vectors would report for the two versions, and the number
    // of handles that exist.
    let page = &first[0];
    let reported = first.iter().chain(&second).filter(|handle| Gc::ptr_eq(handle, page)).count();
    assert_eq!((reported, Gc::strong_count(page)), (2, 1));
    // With a handle outside as well, the account would be even, and the page would be freed under
    // that handle.
    let outside = page.clone();
    assert_eq!(reported, Gc::strong_count(&outside));
}

#[test]
fn what_versions_share_lives_as_long_as_one_of_them() {
    let pages = Vector::<Gc<Page>>::from_iter([Gc::new(Page(1)), Gc::new(Page(2))]);
    let outside = pages[0].clone();
    let (first, second) = (version(pages.clone()), version(pages.push_back(Gc::new(Page(3)))));
    drop(pages);

    drop(first);
    assert_eq!(collect().reclaimed, 1, "the first version, and none of its pages");
    assert_eq!(second.pages.iter().map(|page| page.0).sum::<u32>(), 1 + 2 + 3);

    let others = [Gc::downgrade(&second.pages[1]), Gc::downgrade(&second.pages[2])];
    drop(second);
    assert_eq!(collect().reclaimed, 1, "the second version; its pages go by counting");
    assert!(
        others.iter().all(|page| page.upgrade().is_none()),
        "no other handle keeps these alive"
    );
    assert_eq!((outside.0, Gc::strong_count(&outside)), (1, 1));
}

#[test]
fn a_cycle_through_a_persistent_vector_leaks_until_it_is_cut() {
    #[derive(Trace)]
    struct Node(std::cell::RefCell<Leaf<Vector<Gc<Node>>>>);

    let node = Gc::new(Node(Default::default()));
    let shared = Vector::<Gc<Node>>::from_iter([node.clone()]);
    *node.0.borrow_mut() = Leaf(shared.clone());
    let weak = Gc::downgrade(&node);
    drop((node, shared));
    assert_eq!(collect().reclaimed, 0);
    weak.upgrade().unwrap().0.take();
    assert!(weak.upgrade().is_none());
}
