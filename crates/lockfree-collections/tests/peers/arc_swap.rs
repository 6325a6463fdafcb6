// Written for arc-swap's `ArcSwap` and its kin; see `tests/peers.rs`.

use std::fmt::Display;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::thread;

#[test]
fn cell_loads_what_was_stored() {
    let cell = ArcSwap::from_pointee(1);
    let guard = cell.load();
    assert_eq!(**guard, 1);
    cell.store(Arc::new(2));
    assert_eq!(**guard, 1, "a guard keeps what it has loaded");
    assert_eq!(**cell.load(), 2);
    assert_eq!(*cell.load_full(), 2);
    let kept: Arc<i32> = Guard::into_inner(guard);
    assert_eq!(*kept, 1);
    assert_eq!(*cell.swap(Arc::new(3)), 2);
    assert_eq!(*cell.into_inner(), 3);
}

#[test]
fn cell_made_from_an_arc_holds_that_arc() {
    let value = Arc::new(5);
    let cell = ArcSwap::from(Arc::clone(&value));
    assert!(Arc::ptr_eq(&value, &cell.load()));
    let other = ArcSwap::new(Arc::clone(&value));
    assert!(Arc::ptr_eq(&value, &other.load_full()));
    let empty: ArcSwap<u8> = ArcSwap::default();
    assert_eq!(**empty.load(), 0);
}

#[test]
fn cell_compare_and_swap_returns_what_was_there() {
    let first = Arc::new(1);
    let cell = ArcSwap::new(Arc::clone(&first));
    let stranger = Arc::new(1);
    let found = cell.compare_and_swap(&stranger, Arc::new(2));
    assert!(Arc::ptr_eq(&found, &first), "equal is not the same");
    drop(found);
    let found = cell.compare_and_swap(&first, Arc::new(2));
    assert!(Arc::ptr_eq(&found, &first));
    drop(found);
    let current = cell.load();
    let found = cell.compare_and_swap(&current, Arc::new(3));
    assert_eq!(**found, 2);
    drop(found);
    drop(current);
    let current = cell.load();
    let found = cell.compare_and_swap(current, Arc::new(4));
    assert_eq!(**found, 3);
    drop(found);
    let found = cell.compare_and_swap(Arc::as_ptr(&first), Arc::new(5));
    assert_eq!(**found, 4);
}

#[test]
fn cell_rcu_applies_each_change_once() {
    let cell = ArcSwap::from_pointee(0_usize);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    cell.rcu(|value| **value + 1);
                }
            });
        }
    });
    assert_eq!(**cell.load(), 1_000);
    let before: Arc<usize> = cell.rcu(|value| Arc::new(**value * 2));
    assert_eq!((*before, **cell.load()), (1_000, 2_000));
}

#[test]
fn cell_option_may_be_empty() {
    let cell = ArcSwapOption::empty();
    assert!(cell.load().is_none());
    cell.store(Some(Arc::new(1)));
    assert_eq!(cell.load().as_deref(), Some(&1));
    assert_eq!(cell.swap(None).as_deref(), Some(&1));
    let full = ArcSwapOption::from_pointee(2);
    assert_eq!(cell.load_full(), None);
    assert_eq!(full.load_full().as_deref(), Some(&2));
    let none: ArcSwapOption<u8> = ArcSwapOption::from_pointee(None);
    assert!(none.load().is_none());
    let found = full.compare_and_swap(&None::<Arc<i32>>, None);
    assert_eq!(found.as_deref(), Some(&2));
}

#[test]
fn cell_weak_does_not_keep_its_target() {
    let target = Arc::new(7);
    let cell = ArcSwapWeak::new(Arc::downgrade(&target));
    assert_eq!(cell.load().upgrade().as_deref(), Some(&7));
    drop(target);
    assert!(cell.load().upgrade().is_none());
    cell.store(Weak::new());
    assert!(cell.load_full().upgrade().is_none());
}

#[test]
fn cell_cache_follows_stores() {
    let cell = ArcSwap::from_pointee(1);
    let mut cache = Cache::new(&cell);
    assert_eq!(**cache.load(), 1);
    cell.store(Arc::new(2));
    assert_eq!(**cache.load(), 2);
    assert_eq!(**cache.load(), 2);
}

#[test]
fn cell_readers_see_whole_values_that_do_not_go_back() {
    let cell = ArcSwap::from_pointee((0_u64, 0_u64));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut latest = 0;
                    while latest < 1_000 {
                        let value = cell.load();
                        assert_eq!(value.0 * 2, value.1);
                        assert!(value.0 >= latest);
                        latest = value.0;
                        drop(value);
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for number in 1..=1_000 {
            cell.store(Arc::new((number, number * 2)));
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn cell_shows_its_value() {
    let cell = ArcSwap::from_pointee(41);
    assert!(format!("{cell:?}").contains("41"));
    assert_eq!(format!("{} {:?}", cell.load(), cell.load()), "41 41");
}

#[test]
fn cell_shows_what_it_shows_of_its_value() {
    fn shown(cell: impl Display) -> String {
        format!("<{cell}>")
    }
    let cell = ArcSwap::from_pointee("text");
    assert_eq!((shown(&cell), shown(cell.load())), ("<text>".to_owned(), "<text>".to_owned()));
}

static LATEST: ArcSwapOption<String> = ArcSwapOption::const_empty();

#[test]
fn cell_may_be_a_static() {
    assert!(LATEST.load().is_none());
    LATEST.store(Some(Arc::new("one".to_owned())));
    let one = LATEST.load_full().unwrap();
    LATEST.rcu(|latest| latest.as_ref().map(|text| Arc::new(format!("{text}, two"))));
    assert_eq!((one.as_str(), LATEST.load().as_ref().map(|text| text.as_str())), ("one", Some("one, two")));
    assert!(LATEST.compare_and_swap(std::ptr::null(), None).is_some());
    LATEST.store(None);
    assert!(LATEST.compare_and_swap(std::ptr::null(), Some(one)).is_none());
}

#[test]
fn cell_guards_are_made_of_values() {
    fn number(guard: &Guard<Arc<i32>>) -> i32 {
        ***guard
    }
    let cell = ArcSwap::from_pointee(5);
    assert_eq!((number(&cell.load()), number(&Guard::default())), (5, 0));
    let own: Guard<Arc<i32>> = Arc::new(6).into();
    let other = Guard::from_inner(Guard::into_inner(own));
    assert_eq!(**other, 6);
    assert_eq!(**cell.compare_and_swap(&other, Arc::new(7)), 5);
    assert_eq!(**cell.load(), 5);
}

#[test]
fn cell_compares_with_all_that_leads_to_a_pointer() {
    fn is_there(cell: &ArcSwap<u8>, pointer: impl AsRaw<u8>) -> bool {
        std::ptr::eq(pointer.as_raw(), Arc::as_ptr(&cell.load()))
    }
    let cell = ArcSwap::from_pointee(1);
    let one = cell.load_full();
    let guard = cell.load();
    assert!(is_there(&cell, &one) && is_there(&cell, &guard) && is_there(&cell, guard));
    assert!(is_there(&cell, Arc::as_ptr(&one)) && is_there(&cell, Arc::as_ptr(&one).cast_mut()));
    assert!(!is_there(&cell, &Arc::new(1)));
}

/// What is counted by something else than an `Arc`.
#[derive(Clone)]
struct Named(Arc<(u32, &'static str)>);

// SAFETY: as for the `Arc` in it.
unsafe impl RefCnt for Named {
    type Base = (u32, &'static str);
    fn into_ptr(me: Self) -> *mut Self::Base {
        Arc::into_raw(me.0).cast_mut()
    }
    fn as_ptr(me: &Self) -> *mut Self::Base {
        Arc::as_ptr(&me.0).cast_mut()
    }
    unsafe fn from_ptr(pointer: *const Self::Base) -> Self {
        // SAFETY: promised by the caller.
        Self(unsafe { Arc::from_raw(pointer) })
    }
}

#[test]
fn cell_holds_what_counts_itself() {
    let cell: ArcSwapAny<Named> = ArcSwapAny::new(Named(Arc::new((1, "one"))));
    let one = cell.load_full();
    let found = cell.compare_and_swap(&one, Named(Arc::new((2, "two"))));
    assert_eq!((found.0.1, cell.load().0.1), ("one", "two"));
    let pointer = RefCnt::inc(&one);
    assert!(std::ptr::eq(pointer, RefCnt::as_ptr(&one)));
    // SAFETY: counted above.
    unsafe { Named::dec(pointer) };

    let pinned: ArcSwapAny<Pin<Arc<i32>>> = ArcSwapAny::new(Arc::pin(3));
    let three: Pin<Arc<i32>> = pinned.swap(Arc::pin(4));
    assert_eq!((*three, **pinned.load()), (3, 4));

    let alone: ArcSwapAny<Rc<i32>> = ArcSwapAny::new(Rc::new(5));
    assert_eq!(**alone.load(), 5);
    alone.store(Rc::new(6));
    assert_eq!(*alone.into_inner(), 6);
}

#[test]
fn cell_cache_may_own_the_way_to_its_cell() {
    struct Reader {
        settings: Cache<Arc<ArcSwap<String>>, Arc<String>>,
    }
    let cell = Arc::new(ArcSwap::from_pointee("one".to_owned()));
    let mut reader = Reader { settings: Cache::new(Arc::clone(&cell)) };
    let mut second = reader.settings.clone();
    let mut third: Cache<_, _> = Arc::clone(&cell).into();
    cell.store(Arc::new("two".to_owned()));
    assert_eq!([&mut reader.settings, &mut second, &mut third].map(|cache| cache.load().len()), [3, 3, 3]);
    assert!(Arc::ptr_eq(&reader.settings.arc_swap().load(), second.load()));
    thread::spawn(move || assert_eq!(reader.settings.load().as_str(), "two")).join().unwrap();
}

#[test]
fn cell_cache_gives_parts() {
    fn double(mut number: impl cache::Access<u32>) -> u32 {
        number.load() * 2
    }
    let (seven, cell) = (ArcSwap::from_pointee(7), ArcSwap::from_pointee((1, "one")));
    assert_eq!(double(Cache::new(&seven)), 14);
    let mut name: MapCache<_, _, _> = Cache::new(&cell).map(|pair| &pair.1);
    assert_eq!(*cache::Access::load(&mut name), "one");
    cell.store(Arc::new((2, "two")));
    assert_eq!(*cache::Access::load(&mut name), "two");
    assert_eq!(double(Cache::new(&cell).map(|pair| &pair.0)), 4);
}

fn direct(access: impl Access<usize>) -> usize {
    *access.load()
}

fn shared(access: impl Access<Arc<usize>>) -> usize {
    **access.load()
}

fn dynamic(access: &dyn DynAccess<usize>) -> usize {
    *access.load()
}

fn leaves<A: Access<usize, Guard: 'static>>(access: A) -> DynGuard<usize> {
    DynAccess::load(&access)
}

#[test]
fn cell_is_read_by_who_does_not_know_it() {
    let cell = Arc::new(ArcSwap::from_pointee(3));
    assert_eq!((direct(&cell), shared(&cell), dynamic(&*cell), dynamic(&cell)), (3, 3, 3, 3));
    assert_eq!((*leaves(&cell), *leaves(Arc::clone(&cell))), (3, 3));
    assert_eq!((direct(Constant(4)), dynamic(&Constant(4))), (4, 4));
    let boxes: [Box<dyn DynAccess<usize> + Send + Sync>; 2] = [Box::new(Arc::clone(&cell)), Box::new(Constant(5))];
    cell.store(Arc::new(6));
    assert_eq!(boxes.map(direct), [6, 5]);
}

#[test]
fn cell_gives_parts_to_who_does_not_know_it() {
    struct Inner {
        number: usize,
    }
    struct Outer {
        inner: Inner,
    }
    let cell = Arc::new(ArcSwap::from_pointee(Outer { inner: Inner { number: 1 } }));
    let number = cell.map(|outer: &Outer| &outer.inner.number);
    assert_eq!((direct(&number), dynamic(&number)), (1, 1));

    let inner: Arc<dyn DynAccess<Inner>> = Arc::new(Map::new(Arc::clone(&cell), |outer: &Outer| &outer.inner));
    let deep = Map::new(AccessConvert(Arc::clone(&inner)), |inner: &Inner| &inner.number);
    cell.store(Arc::new(Outer { inner: Inner { number: 2 } }));
    assert_eq!((direct(&deep), Access::load(&inner).number, direct(&number)), (2, 2, 2));

    let none = ArcSwapOption::<Inner>::empty();
    let or_nine = none.map(|inner: &Option<Arc<Inner>>| inner.as_ref().map_or(&9, |inner| &inner.number));
    assert_eq!(direct(&or_nine), 9);
    none.store(Some(Arc::new(Inner { number: 8 })));
    assert_eq!(direct(&or_nine), 8);
}

#[test]
fn cell_equals_a_variable() {
    let shares: Vec<Arc<usize>> = (0..5).map(Arc::new).collect();
    let (cell, mut variable) = (ArcSwap::from(Arc::clone(&shares[0])), 0);
    let mut random = 0x9E37_79B9_u32;
    for _ in 0..5_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (step, current, new) = (random >> 30, (random >> 20) as usize % 5, (random >> 10) as usize % 5);
        let found = match step {
            0 => cell.load_full(),
            1 => cell.swap(Arc::clone(&shares[new])),
            2 => Guard::into_inner(cell.compare_and_swap(&shares[current], Arc::clone(&shares[new]))),
            _ => cell.rcu(|_| Arc::clone(&shares[new])),
        };
        assert!(Arc::ptr_eq(&found, &shares[variable]));
        if step == 1 || step == 3 || step == 2 && variable == current {
            variable = new;
        }
    }
    drop(cell);
    assert!(shares.iter().all(|share| Arc::strong_count(share) == 1));
}

#[test]
fn cell_panicking_rcu_changes_nothing() {
    let cell = ArcSwap::from_pointee(1);
    let panic = std::panic::catch_unwind(|| cell.rcu(|_| -> i32 { panic!("on purpose") }));
    assert!(panic.is_err());
    let inner = cell.rcu(|outer| {
        if **outer < 5 {
            cell.rcu(|inner| **inner + 1);
        }
        **outer
    });
    assert_eq!((*inner, inner.deref()), (5, &5));
}
