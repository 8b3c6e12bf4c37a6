//! CloudEvents SQL on the path of every event: an evaluation that builds no string allocates nothing.
#![allow(unsafe_code, reason = "an allocator that counts cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use wire::cesql::{Attribute, Attributes, Expression};
use wire::filter::Filters;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Order;

impl Attributes for Order {
    fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        match name {
            "type" => Some(Attribute::String("com.example.order.created")),
            "count" => Some(Attribute::Integer(5)),
            "test" => Some(Attribute::Boolean(true)),
            _ => None,
        }
    }
}

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn cesql_evaluation_that_builds_no_string_allocates_nothing() {
    for text in [
        "type = 'com.example.order.created' AND count + 1 * 2 - 7 = 0",
        "type LIKE 'com.%.or_er.%d' OR type NOT LIKE '%x_y%'",
        "count LIKE '5' AND count = '5' AND test = 'true' AND LENGTH(count) = 1",
        "count IN ('4', 5) AND type NOT IN ('a', 'b') AND EXISTS test",
        "LENGTH(TRIM(LEFT(type, 3))) > 2 XOR SUBSTRING(type, -7) = 'created'",
        "NOT test OR -count < INT('7') AND missing = 'x'",
        "nosuch(type) OR ABS(count) / 0 = 1",
    ] {
        let expression = Expression::parse(text).expect(text);
        assert_eq!(allocations(|| drop(expression.evaluate(&Order))), 0, "{text}");
        assert_eq!(allocations(|| _ = expression.matches(&Order)), 0, "{text}");
    }
    assert_ne!(allocations(|| drop("it counts".to_owned())), 0);
}

#[test]
fn filter_matching_allocates_nothing() {
    let text =
        r#"[{"all": [{"prefix": {"type": "com."}}, {"not": {"exact": {"count": "6"}}}, {"sql": "count = '5'"}]}]"#;
    let filters = Filters::parse(text).expect("it is a filter");
    assert_eq!(allocations(|| assert!(filters.matches(&Order))), 0);
}
