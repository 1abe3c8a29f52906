//! Types that contain themselves: through a handle, through a container, by turns, with parameters.

use std::cell::RefCell;
use std::collections::HashMap;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Ring(RefCell<Vec<Gc<Ring>>>);

#[derive(Trace)]
struct ByName(RefCell<Option<Gc<Self>>>);

#[derive(Trace)]
enum Json {
    Number(f64),
    Array(Vec<Json>),
    Object(HashMap<String, Json>),
}

#[derive(Trace)]
enum Expression {
    Block(Vec<Statement>),
    Negative(Box<Expression>),
    Name(String),
}

#[derive(Trace)]
enum Statement {
    Expression(Expression),
    Loop(Box<Statement>),
}

#[derive(Trace)]
struct Node<T> {
    value: T,
    next: RefCell<Option<Gc<Node<T>>>>,
}

#[derive(Trace)]
struct List<T> {
    value: T,
    next: Option<Box<List<T>>>,
}

#[derive(Trace)]
struct Index<K, V> {
    entries: HashMap<K, (V, Box<Index<K, V>>)>,
}

#[derive(Trace)]
struct Fan<const N: usize>(RefCell<Option<[Gc<Fan<N>>; N]>>);

#[derive(Trace)]
#[trace(bound = "T: Trace")]
enum Outer<T> {
    Inner(Vec<Inner<T>>),
    Value(T),
}

#[derive(Trace)]
#[trace(bound = "T: Trace")]
struct Inner<T>(Box<Outer<T>>);

fn main() {
    let ring = Gc::new(Ring(RefCell::default()));
    ring.0.borrow_mut().push(ring.clone());
    let by_name = Gc::new(ByName(RefCell::default()));
    *by_name.0.borrow_mut() = Some(by_name.clone());

    let json = HashMap::from([("a".into(), Json::Array(vec![Json::Number(1.0)]))]);
    drop(Gc::new(Json::Object(json)));
    let name = Expression::Name("x".into());
    let block = vec![Statement::Loop(Box::new(Statement::Expression(name)))];
    drop(Gc::new(Expression::Negative(Box::new(Expression::Block(block)))));

    let node = Gc::new(Node { value: 1, next: RefCell::default() });
    *node.next.borrow_mut() = Some(node.clone());
    assert_eq!(node.value, 1);
    let list = List { value: 1, next: Some(Box::new(List { value: 2, next: None })) };
    assert_eq!(Gc::new(list).next.as_ref().unwrap().value, 2);
    let index = Index { entries: HashMap::from([(1, (2, Box::new(Index { entries: HashMap::new() })))]) };
    assert_eq!(Gc::new(index).entries[&1].0, 2);
    let fan = Gc::new(Fan::<2>(RefCell::default()));
    *fan.0.borrow_mut() = Some([fan.clone(), fan.clone()]);
    drop(Gc::new(Outer::Inner(vec![Inner(Box::new(Outer::Value(1)))])));
}
