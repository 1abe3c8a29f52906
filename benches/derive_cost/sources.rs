//! The generated programs: structs in levels, types of a syntax tree that contain each other, and
//! independent nodes.

use std::fmt::Write;

/// What the types derive, and what their handles are.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// `Trace`, with `Gc`.
    Traced,
    /// `Clone`, `Debug` and `PartialEq`, with `Rc`.
    Derived,
    /// Nothing, with `Rc`.
    Plain,
}

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traced => "`derive(Trace)`, `Gc`",
            Self::Derived => "`derive(Clone, Debug, PartialEq)`, `Rc`",
            Self::Plain => "no derive, `Rc`",
        }
    }

    fn handle(self) -> &'static str {
        if matches!(self, Self::Traced) { "Gc" } else { "Rc" }
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::Traced => "#[derive(Trace)] ",
            Self::Derived => "#[derive(Clone, Debug, PartialEq)] ",
            Self::Plain => "",
        }
    }
}

/// A program, with its number of types.
pub(crate) enum Source {
    /// Structs, each with four fields of the next level.
    Levels(usize),
    /// Enums that contain each other at random.
    Syntax(usize),
    /// Structs with a handle to the type itself.
    Nodes(usize),
}

impl Source {
    /// At 14 levels, LLVM takes minutes for the derives of the standard library.
    pub(crate) const ALL: [Self; 6] = [
        Self::Levels(8),
        Self::Levels(10),
        Self::Syntax(23),
        Self::Syntax(60),
        Self::Syntax(150),
        Self::Nodes(200),
    ];

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Levels(n) => format!("{n} levels of structs"),
            Self::Syntax(n) => format!("{n} types of a syntax tree"),
            Self::Nodes(n) => format!("{n} independent nodes"),
        }
    }

    /// The form of this crate, and the one that is beside it.
    pub(crate) fn forms(&self) -> [Form; 2] {
        [Form::Traced, if matches!(self, Self::Nodes(_)) { Form::Plain } else { Form::Derived }]
    }

    /// The text of `main.rs`.
    pub(crate) fn text(&self, form: Form) -> String {
        let import = if matches!(form, Form::Traced) {
            "use recyc::{Gc, Trace};"
        } else {
            "use std::rc::Rc;"
        };
        let mut text = format!("#![allow(dead_code)]\n{import}\n");
        let values = match self {
            Self::Levels(n) => levels(*n, form, &mut text),
            Self::Syntax(n) => syntax(*n, form, &mut text),
            Self::Nodes(n) => nodes(*n, form, &mut text),
        };
        let handle = form.handle();
        // The program uses what it derives: a handle to a value, or the traits of the standard
        // library.
        let uses = values.iter().map(|value| match form {
            Form::Derived => format!(
                "    let x = {handle}::new({value}); assert!(*x == (*x).clone(), \"{{x:?}}\");\n"
            ),
            _ => format!("    drop({handle}::new({value}));\n"),
        });
        let uses: String = uses.collect();
        _ = writeln!(text, "fn main() {{\n{uses}}}");
        text
    }
}

/// Writes the types; returns the values that the program makes.
fn levels(n: usize, form: Form, text: &mut String) -> Vec<String> {
    for at in 0..n {
        let next = if at + 1 < n { format!("T{}", at + 1) } else { "u32".into() };
        _ = writeln!(
            text,
            "{}struct T{at} {{ a: Vec<{next}>, b: Option<Box<{next}>>, c: Vec<{next}>, d: Vec<Vec<{next}>> }}",
            form.attribute()
        );
    }
    vec!["T0 { a: vec![], b: None, c: vec![], d: vec![] }".into()]
}

fn syntax(n: usize, form: Form, text: &mut String) -> Vec<String> {
    let mut random = 1_u64;
    // A linear congruential generator, so that the programs are the same on every machine.
    let mut next = |bound: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % bound
    };
    for at in 0..n {
        let mut variants = String::new();
        for variant in 0..4 {
            let mut field = || match (next(5), next(n)) {
                (0, other) => format!("Box<T{other}>"),
                (1, other) => format!("Vec<T{other}>"),
                (2, other) => format!("Option<Box<T{other}>>"),
                (3, _) => "u32".into(),
                _ => "String".into(),
            };
            let fields = [field(), field(), field()].join(", ");
            _ = write!(variants, ", V{variant}({fields})");
        }
        _ = writeln!(
            text,
            "{}enum T{at} {{ Leaf({}<u8>), Empty{variants} }}",
            form.attribute(),
            form.handle()
        );
    }
    vec!["T0::Empty".into()]
}

fn nodes(n: usize, form: Form, text: &mut String) -> Vec<String> {
    for at in 0..n {
        _ = writeln!(
            text,
            "{}struct T{at} {{ name: String, next: std::cell::RefCell<Option<{}<T{at}>>> }}",
            form.attribute(),
            form.handle()
        );
    }
    (0..n).map(|at| format!("T{at} {{ name: String::new(), next: None.into() }}")).collect()
}
