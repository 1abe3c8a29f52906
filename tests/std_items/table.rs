//! Which tests show what each item of `docs/comparison.md` does.

use std::collections::BTreeMap;

/// The tests of this folder for each item, as `file::test`.
///
/// Compile-time promises are tests of `tests/ui`, as `ui/case`.
const TESTS: &[(&str, &[&str])] = &[
    ("new", &["counts::counts_follow_clones_and_drops"]),
    (
        "new_cyclic",
        &[
            "making::new_cyclic_gives_a_weak_that_leads_to_the_value_later",
            "making::new_cyclic_without_weak_handles",
            "making::a_panic_in_new_cyclic_leaves_weak_handles_that_lead_nowhere",
        ],
    ),
    ("new_uninit", &["making::new_uninit_is_written_and_then_assumed"]),
    ("new_zeroed", &["making::zeroed_values_are_bytes_of_zero"]),
    (
        "new_uninit_slice",
        &[
            "making::new_uninit_slice_is_written_element_by_element",
            "slices::a_slice_beyond_the_address_space_panics",
            "slices::a_slice_of_any_length_has_elements_of_no_size",
        ],
    ),
    ("new_zeroed_slice", &["making::zeroed_values_are_bytes_of_zero"]),
    (
        "assume_init",
        &[
            "making::new_uninit_is_written_and_then_assumed",
            "making::a_value_that_is_never_assumed_is_not_dropped",
        ],
    ),
    ("pin", &["making::pin_makes_a_value_that_does_not_move"]),
    ("try_unwrap", &["unwrapping::try_unwrap_returns_the_value_or_the_handle"]),
    (
        "into_inner",
        &[
            "unwrapping::into_inner_returns_the_value_of_the_last_handle",
            "threads::into_inner_returns_the_value_to_exactly_one_thread",
        ],
    ),
    (
        "unwrap_or_clone",
        &[
            "unwrapping::unwrap_or_clone_clones_a_shared_value_only",
            "unwrapping::a_panic_in_unwrap_or_clone_drops_one_handle",
        ],
    ),
    ("from_raw", &["raw::pointers_of_every_shape_come_back"]),
    ("into_raw", &["raw::a_raw_pointer_keeps_the_value_and_comes_back"]),
    ("as_ptr", &["raw::a_raw_pointer_is_the_address_of_the_value"]),
    ("increment_strong_count", &["raw::raw_counts_are_added_and_taken_off"]),
    ("decrement_strong_count", &["raw::raw_counts_are_added_and_taken_off"]),
    ("downgrade", &["counts::upgrade_succeeds_while_a_handle_exists"]),
    (
        "strong_count",
        &[
            "counts::counts_follow_clones_and_drops",
            "threads::counts_come_back_after_clones_on_other_threads",
        ],
    ),
    ("weak_count", &["counts::counts_follow_clones_and_drops"]),
    (
        "get_mut",
        &[
            "unwrapping::get_mut_needs_the_only_handle_of_any_kind",
            "unwrapping::get_mut_of_slices_and_trait_objects",
        ],
    ),
    (
        "make_mut",
        &[
            "unwrapping::make_mut_changes_a_value_with_one_handle_in_place",
            "unwrapping::make_mut_clones_a_value_with_other_handles",
            "unwrapping::make_mut_moves_a_value_with_weak_handles_only",
            "unwrapping::make_mut_of_values_without_a_size",
            "unwrapping::a_panic_in_make_mut_changes_nothing",
            "unwrapping::a_panic_in_make_mut_of_a_slice_drops_the_clones_in_order",
        ],
    ),
    (
        "ptr_eq",
        &[
            "counts::ptr_eq_compares_places_and_not_values",
            "unsizing::ptr_eq_ignores_the_vtable",
            "unsizing::a_trait_object_of_no_size_is_a_value_of_its_own",
        ],
    ),
    ("downcast", &["unsizing::downcast_returns_the_type_or_the_handle"]),
    (
        "Weak::new",
        &[
            "counts::a_weak_that_was_made_from_nothing_leads_nowhere",
            "counts::a_weak_of_an_uninhabited_type_leads_nowhere",
        ],
    ),
    (
        "Weak::upgrade",
        &[
            "counts::upgrade_succeeds_while_a_handle_exists",
            "counts::a_destructor_cannot_upgrade_a_weak_to_its_value",
        ],
    ),
    ("Weak::strong_count", &["counts::counts_follow_clones_and_drops"]),
    ("Weak::weak_count", &["counts::counts_follow_clones_and_drops"]),
    ("Weak::ptr_eq", &["counts::ptr_eq_compares_places_and_not_values"]),
    (
        "Weak::as_ptr",
        &[
            "raw::a_raw_pointer_is_the_address_of_the_value",
            "raw::a_raw_weak_comes_back_alive_and_dead",
        ],
    ),
    (
        "Weak::into_raw",
        &[
            "raw::into_raw_of_a_dead_weak_is_the_old_address_or_nowhere",
            "raw::a_raw_weak_comes_back_alive_and_dead",
        ],
    ),
    (
        "Weak::from_raw",
        &[
            "raw::a_raw_weak_comes_back_alive_and_dead",
            "raw::a_raw_weak_of_nothing_comes_back_as_nothing",
        ],
    ),
    ("Clone for Weak", &["counts::counts_follow_clones_and_drops"]),
    ("Debug for Weak", &["traits::a_weak_is_formatted_without_its_value"]),
    ("Default for Weak", &["traits::defaults_are_the_defaults_of_the_values"]),
    ("Drop for Weak", &["counts::counts_follow_clones_and_drops"]),
    (
        "Clone",
        &[
            "counts::counts_follow_clones_and_drops",
            "counts::clone_from_drops_the_handle_it_replaces",
        ],
    ),
    ("Deref", &["counts::the_last_handle_drops_the_value_and_no_other_does"]),
    (
        "Drop",
        &[
            "counts::the_last_handle_drops_the_value_and_no_other_does",
            "counts::a_panic_in_a_destructor_frees_the_memory",
            "threads::the_last_handle_drops_the_value_on_whichever_thread",
        ],
    ),
    ("Debug", &["traits::a_handle_is_formatted_as_its_value"]),
    ("Display", &["traits::a_handle_is_formatted_as_its_value"]),
    ("Pointer", &["traits::a_pointer_is_formatted_as_the_address_of_the_value"]),
    (
        "PartialEq",
        &[
            "traits::each_comparison_calls_the_method_of_the_value",
            "traits::a_value_that_differs_from_itself_differs_in_one_handle",
        ],
    ),
    ("Eq", &["traits::equal_handles_compare_their_value_here_and_not_in_std"]),
    ("PartialOrd", &["traits::each_comparison_calls_the_method_of_the_value"]),
    ("Ord", &["traits::handles_are_ordered_as_their_values"]),
    ("Hash", &["traits::a_handle_hashes_and_borrows_as_its_value"]),
    ("AsRef", &["traits::a_handle_hashes_and_borrows_as_its_value"]),
    ("Borrow", &["traits::a_handle_hashes_and_borrows_as_its_value"]),
    ("Unpin", &["traits::handles_have_the_markers_of_the_standard_library"]),
    ("UnwindSafe", &["traits::handles_have_the_markers_of_the_standard_library"]),
    ("RefUnwindSafe", &["traits::handles_have_the_markers_of_the_standard_library"]),
    ("!Send", &["ui/threads", "threads::handles_to_shared_values_cross_threads"]),
    ("!Sync", &["ui/threads", "threads::handles_to_shared_values_cross_threads"]),
    ("AsFd", &["traits::a_handle_lends_the_descriptor_of_its_value"]),
    ("AsRawFd", &["traits::a_handle_lends_the_descriptor_of_its_value"]),
    ("Default", &["traits::defaults_are_the_defaults_of_the_values"]),
    ("Default for Rc<[T]>", &["traits::defaults_are_the_defaults_of_the_values"]),
    ("Default for Rc<str>", &["strings::default_strings_are_empty"]),
    ("Default for Rc<CStr>", &["strings::default_strings_are_empty"]),
    ("Default for Pin<Rc<T>>", &["traits::defaults_are_the_defaults_of_the_values"]),
    ("From<T>", &["traits::a_value_and_a_box_become_a_handle"]),
    (
        "From<Box<T>>",
        &[
            "traits::a_value_and_a_box_become_a_handle",
            "slices::owned_elements_are_moved_and_dropped_in_order",
        ],
    ),
    (
        "From<Cow<B>>",
        &[
            "strings::a_str_comes_from_every_kind_of_string",
            "slices::borrowed_elements_are_cloned_in_order",
        ],
    ),
    ("From<[T; N]>", &["slices::owned_elements_are_moved_and_dropped_in_order"]),
    ("From<Vec<T>>", &["slices::owned_elements_are_moved_and_dropped_in_order"]),
    (
        "From<&[T]>",
        &[
            "slices::borrowed_elements_are_cloned_in_order",
            "slices::a_panic_in_clone_drops_the_clones_made_so_far",
        ],
    ),
    ("From<&mut [T]>", &["slices::borrowed_elements_are_cloned_in_order"]),
    ("From<&str>", &["strings::a_str_comes_from_every_kind_of_string"]),
    ("From<&mut str>", &["strings::a_str_comes_from_every_kind_of_string"]),
    ("From<String>", &["strings::a_str_comes_from_every_kind_of_string"]),
    ("From<&CStr>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<&mut CStr>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<CString>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<&OsStr>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<&mut OsStr>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<OsString>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<&Path>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<&mut Path>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<PathBuf>", &["strings::strings_of_the_system_come_from_every_kind"]),
    ("From<Rc<str>> for Rc<[u8]>", &["strings::a_str_becomes_its_bytes_in_place"]),
    ("TryFrom<Rc<[T]>> for Rc<[T; N]>", &["slices::a_slice_becomes_an_array_of_its_length_only"]),
    (
        "FromIterator",
        &[
            "slices::iterators_of_every_kind_are_collected",
            "slices::a_wrong_size_hint_loses_no_element",
            "slices::a_panic_in_an_iterator_drops_the_elements_so_far",
        ],
    ),
    ("Error", &["forwarding::an_error_answers_through_its_handle"]),
    ("Read", &["forwarding::a_file_is_read_written_and_sought_through_its_handle"]),
];

/// Items that do not exist for any handle of this crate, so no test can use them.
const ABSENT: &[&str] = &["From<Arc<W>> for Waker"];

/// Whether there is a test of this name.
fn exists(name: &str) -> bool {
    if let Some(case) = name.strip_prefix("ui/") {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/fail");
        return folder.join(case).with_extension("rs").is_file();
    }
    let (file, test) = name.split_once("::").unwrap();
    let sources = BTreeMap::from([
        ("counts", include_str!("counts.rs")),
        ("forwarding", include_str!("forwarding.rs")),
        ("making", include_str!("making.rs")),
        ("raw", include_str!("raw.rs")),
        ("slices", include_str!("slices.rs")),
        ("strings", include_str!("strings.rs")),
        ("threads", include_str!("threads.rs")),
        ("traits", include_str!("traits.rs")),
        ("unsizing", include_str!("unsizing.rs")),
        ("unwrapping", include_str!("unwrapping.rs")),
    ]);
    sources[file].contains(&format!("]\nfn {test}() {{"))
}

#[test]
#[cfg_attr(miri, ignore = "compares texts, which Miri takes minutes for")]
fn every_item_of_the_comparison_has_a_test() {
    let page = include_str!("../../docs/comparison.md");
    let (tables, _) = page.split_once("## The language").unwrap();
    let rows = tables.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut rows: Vec<_> =
        rows.map(|(item, _)| item).filter(|item| !["Rc`, `Arc", "Weak"].contains(item)).collect();
    let mut tested: Vec<_> =
        TESTS.iter().map(|(item, _)| *item).chain(ABSENT.iter().copied()).collect();
    rows.sort_unstable();
    tested.sort_unstable();
    assert_eq!(rows, tested);
}

#[test]
#[cfg_attr(miri, ignore = "compares texts, which Miri takes minutes for")]
fn every_test_that_the_table_names_exists() {
    let names = TESTS.iter().flat_map(|(_, tests)| *tests);
    let missing: Vec<_> = names.filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(TESTS.iter().all(|(_, tests)| !tests.is_empty()));
}
