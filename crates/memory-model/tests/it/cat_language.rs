//! The cat language, feature by feature; what is refused; and that nothing makes it panic.

use std::collections::HashMap;

use memory_model::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use memory_model::cat::{CatError, CatErrorKind, CatModel, Library, Sources};
use memory_model::enumerate::{Enumerator, Error, Summary};
use memory_model::litmus::Litmus;
use memory_model::models::{Model, Orders};
use quickcheck::{TestResult, quickcheck};

/// Two threads that write, read, update and have a fence.
fn test() -> Litmus {
    Litmus::new("test")
        .thread(|t| {
            t.store("x", 1, Relaxed);
            t.fence(SeqCst);
            t.load("y", Acquire);
            t.store("z", 1, Relaxed);
        })
        .thread(|t| {
            t.load("z", Relaxed);
            t.store("y", 1, Release);
            t.fetch_add("x", 1, AcqRel);
            t.load("x", Relaxed);
        })
}

/// The candidates of the test: two orders of writes, two sources of the update and of the reads of `y` and `z`, three of the last read.
const ALL: u64 = 48;

/// Those without a cycle in `po | rf`: the reads of `y` and `z` do not both read what is stored later.
const ACYCLIC: u64 = 36;

fn run(text: &str) -> Summary {
    let model = CatModel::parse("model", text).unwrap_or_else(|error| panic!("{error}"));
    Enumerator::new(&model).summary(&test()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn executions(text: &str) -> u64 {
    run(text).executions
}

fn refused(text: &str) -> CatError {
    match CatModel::parse("model", text) {
        Ok(_) => panic!("was not refused: {text}"),
        Err(error) => error,
    }
}

/// Asserts that both sides are the same set or relation in every execution, and that neither is empty in all.
fn same(left: &str, right: &str) {
    let equal = format!("empty (({left}) \\ ({right})) | (({right}) \\ ({left}))");
    assert_eq!(executions(&equal), ALL, "{left} = {right}");
    assert!(executions(&format!("~empty {left}")) > 0, "{left} is always empty");
}

#[test]
fn cat_takes_all_candidates_without_axioms() {
    assert_eq!(executions("acyclic po | rf"), ACYCLIC);
    assert_eq!(executions(""), ALL);
    assert_eq!(executions("empty 0"), ALL);
    assert_eq!(executions("~empty 0"), 0);
    assert_eq!(executions("empty _"), 0);
}

#[test]
fn cat_gives_operators_their_meaning() {
    same("po | rf", "rf | po");
    same("po & loc", "po \\ (po \\ loc)");
    same("~(po | ~rf)", "rf \\ po");
    same("po; rf", "po; [W]; rf");
    same("rf^-1^-1", "rf");
    same("(rf; po)^-1", "po^-1; rf^-1");
    same("po?", "po | id");
    same("po+", "po");
    same("(po | rf)*", "(po | rf)+?");
    same("[R]; po; [W]", "po & (R * W)");
    same("[_]", "id");
    same("_ * _", "~0");
    same("R | W", "M");
    same("~M", "F");
    same("_ \\ M", "F");
    same("R & W", "RMW");
    same("W * _ | _ * W", "~((_ \\ W) * (_ \\ W))");
    same("int", "~ext");
    same("domain rf", "domain (rf; [R])");
    same("range rf", "R");
    same("loc & id", "[M]");
}

#[test]
fn cat_binds_operators_as_tightly_as_herd_does() {
    same("po | rf; po & loc", "po | (rf; (po & loc))");
    same("po \\ rf \\ loc", "(po \\ rf) \\ loc");
    same("po & loc \\ rf", "(po & loc) \\ rf");
    same("rf; po \\ loc; rf^-1", "rf; (po \\ loc); rf^-1");
    same("W * R | po", "(W * R) | po");
    same("~rf & po", "(~rf) & po");
    same("rf^-1+", "(rf^-1)+");
    same("po? ; rf *", "po?; (rf*)");
}

#[test]
fn cat_knows_the_sets_of_c() {
    same("RLX", "RLX & A");
    same("ACQ", "R & ACQ");
    same("REL", "W & REL & A");
    same("ACQ_REL", "RMW");
    same("SC", "F");
    same("I", "IW");
    same("NA", "IW");
    same("A", "M \\ IW");
    same("FW", "W \\ domain co");
    same("co0", "co0 & co");
    same("tag2events 'release", "REL");
    same("tag2events 'memory_order_acq_rel", "ACQ_REL");
    same("tag2fenced 'sc", "po; [F]; po");
    same("fromto F", "po; [F]; po");
    assert_eq!(executions("empty different-values (rf; [R \\ W])"), ALL);
    assert!(executions("empty different-values (po & loc)") < ALL);
    assert_eq!(executions("empty CON | LK | LS | UL"), ALL);
    assert_eq!(executions("empty rmw | amo | addr | data | ctrl"), ALL);
    assert!(CatModel::parse("model", "acyclic po | ctrl").expect("a model").uses_dependencies());
    assert!(!CatModel::parse("model", "acyclic po | rf").expect("a model").uses_dependencies());
}

#[test]
fn cat_has_functions_closures_and_tuples() {
    let all = ALL;
    for text in [
        "let f x = x; x let g (a, b) = a | b empty g (f po, rf) \\ (po; po | rf)",
        "let twice f = fun x -> f (f x) let step r = r; po empty twice step po \\ (po; po; po)",
        "let (a, b) = (po, rf) empty a \\ po empty b \\ rf",
        "let a, b = rf, po empty (a \\ rf) | (b \\ po)",
        "let f () = po empty f () \\ po",
        "let swap (x, _) = x empty swap (po, rf) \\ po",
        // A function sees the names of its definition, not of its call.
        "let r = po let f x = r | x let r = rf empty f po \\ po",
        "let f x = let y = x; x in y | po empty f po \\ po",
        "let f = begin fun x -> x end empty (f po) \\ po",
        // An unbound name is an error where it is used.
        "let a = unknown and b = po empty b \\ po",
        "let f x = unknown empty (try f po with 0)",
        "let a = po and b = rf in empty (a \\ po) | (b \\ rf)",
    ] {
        assert_eq!(executions(text), all, "{text}");
    }
}

#[test]
fn cat_takes_sets_apart() {
    let all = ALL;
    for text in [
        // A set is the union of its members.
        "let rec members s = match s with || {} -> {} || e ++ rest -> e ++ members rest end empty members W \\ W empty W \\ members W",
        "let rec pairs r = match r with {} -> 0 || p ++ rest -> p ++ pairs rest end empty pairs po \\ po empty po \\ pairs po",
        "let rec each s = match s with || {} -> 0 || e ++ rest -> [e] | each rest end empty each R \\ [R] empty [R] \\ each R",
        "let rec half s = match s with || {} -> {} || a | e ++ b -> half a | e ++ half b end empty half _ \\ _ empty _ \\ half _",
        "empty map (fun e -> e) W \\ W empty W \\ map (fun e -> e) W",
        "let tagged = { 'a, 'b } empty (if 'a in tagged then 0 else _) empty (if 'c in tagged then _ else 0)",
        "empty (if { 'a, 'b } = { 'b, 'a, 'a } then 0 else _)",
        "empty (if { 'a } subset { 'a, 'b } then 0 else _)",
        "empty (if po = (po | 0) then 0 else _) empty (if po = rf then _ else 0)",
        "empty { 'a } & { 'b } empty { 'a } \\ { 'a } ~empty { 'a } | { 'b }",
        "let rec union ss = match ss with || {} -> {} || s ++ rest -> s | union rest end empty M \\ union (classes-loc M)",
        "forall c in classes-loc M do empty (c * c) \\ loc end",
        "forall c in classes loc do empty (c * c) \\ loc ~empty c end",
        "forall o in linearisations (W & IW, 0) do acyclic o empty (IW * IW) \\ (o | o^-1 | id) end",
        "forall o in linearisations (IW, IW * IW) do empty _ end",
        "empty bisimulation (po, int) \\ int",
        "let rec turned r = match r with || {} -> 0 || p ++ rest -> p^-1 ++ turned rest end empty turned po \\ po^-1 empty po^-1 \\ turned po",
        "forall e in IW do empty ((e, e) ++ [{}]) \\ [IW] ~empty (e, e) ++ [{}] end",
        "enum colour = 'red || 'green || 'blue empty (if ~{ 'red } = { 'blue, 'green } then 0 else _)",
        "empty (if 'red | 'green = { 'green, 'red } then 0 else _) empty (if 'red & { 'green } = {} then 0 else _)",
        "empty inter_transitive (po \\ (po; po), loc) \\ po-loc empty po-loc \\ inter_transitive (po \\ (po; po), loc)",
        "empty at-least-one-writable (W, po) empty oa-changes (W, po) empty at-least-one-writable po \\ po",
        "procedure check (a, b) = empty a \\ b empty b \\ a end call check (po & po, po)",
        "call inclusion (po, po) call subseteq (R, M) call total (co | rf | ~co, R)",
    ] {
        assert_eq!(executions(text), all, "{text}");
    }
    assert_eq!(executions("forall c in classes-loc M do empty c end"), 0);
}

/// Relations between classes are as those between events, where each event is a class of its own.
#[test]
fn cat_relates_classes_of_events() {
    let equal = |left: &str, right: &str| {
        let lifted = "let one r = lift (classes id, r) procedure equal (a, b) = empty a \\ b empty b \\ a end";
        let text = format!("{lifted} call equal (delift ({left}), {right})");
        assert_eq!(executions(&text), ALL, "{left} = {right}");
        assert!(executions(&format!("~empty {right}")) > 0, "{right} is always empty");
    };
    equal("one po", "po");
    equal("one po | one rf", "po | rf");
    equal("(one co | one po) & one co", "co");
    equal("one (co | po) \\ one po", "co \\ po");
    equal("one po; one rf; one po", "po; rf; po");
    equal("(one rf)^-1", "rf^-1");
    equal("0 | one po", "po");
    equal("one (po | po^-1 | id) & bisimulation (one po, one int)", "bisimulation (po, int) & (po | po^-1 | id)");
    // Three locations have six orders. A model with orders of its own does not see in which order both writes to `x` come.
    let locations = "let locations = classes-loc IW";
    let count = |rest: &str| executions(&format!("{locations} with order from linearisations (locations, {rest})"));
    assert_eq!(count("lift (locations, 0)"), 6 * ALL / 2);
    assert_eq!(count("lift (locations, IW * IW)"), 0);
    let all = |text: &str| assert_eq!(executions(&format!("{locations} {text}")), ALL, "{text}");
    all("forall order in linearisations (locations, lift (locations, 0)) do acyclic order ~empty order; order end");
    all("empty lift (locations, rf & 0) acyclic lift (classes-loc M, 0) ~empty lift (locations, id & (IW * IW))");
    // Within a class there is more to relate.
    all("~irreflexive lift (classes int, po) ~acyclic lift (classes-loc M, co) irreflexive lift (classes id, po)");
    assert_eq!(executions("acyclic lift (classes id, po | rf)"), ACYCLIC);
    assert_eq!(executions("irreflexive lift (classes int, rf)"), executions("empty rfi"));
}

#[test]
fn cat_has_fixed_points() {
    let all = ALL;
    for text in [
        "let rec hb = po | rf | hb; hb empty hb \\ (po | rf)+ empty (po | rf)+ \\ hb",
        "let rec a = po | b; rf and b = a; rf | rf empty (a | b) \\ (po | rf)+",
        "let rec s = IW | range ([s]; po | [s]; loc) empty M \\ s",
        "let rec close r = let next = r | r; r in if next = r then r else close next empty close (po | rf) \\ (po | rf)+",
    ] {
        assert_eq!(executions(text), all, "{text}");
    }
    let guarded = executions("let rec hb = po | rf | co | (rf^-1; co) \\ id | hb; hb when irreflexive hb");
    assert_eq!(guarded, executions("acyclic po | rf | co | (rf^-1; co) \\ id"));
    assert!(guarded < all);
}

#[test]
fn cat_has_tags_enumerations_and_variants() {
    let all = ALL;
    for text in [
        "enum colour = 'red || 'green let f c = match c with || 'red -> 0 || _ -> _ end empty f 'red ~empty f 'green",
        "enum colour = || 'red empty (if 'red in colour then 0 else _)",
        "match 'a with || 'b -> empty _ || _ -> empty 0 end",
        "match 'b with 'b -> empty 0 end",
        "instructions R[{'relaxed, 'acquire}] default W[{'relaxed}]",
        "if \"none\" empty _ else empty 0 end",
        "if not \"none\" && ~\"other\" empty 0 end",
        "empty (if \"none\" || \"other\" then _ else 0)",
        "empty try unknown with 0",
        "empty try fail () with 0",
        "debug po show po, rf unshow po show rf; po as rfpo",
        "assert empty 0",
    ] {
        assert_eq!(executions(text), all, "{text}");
    }
    let set = CatModel::options().variant("strict").parse("model", "if \"strict\" empty _ end").expect("a model");
    assert_eq!(Enumerator::new(&set).summary(&test()).expect("valid").executions, 0);
}

#[test]
fn cat_raises_flags() {
    let summary =
        run("flag ~empty rf & ext as communicates undefined_unless empty F as fence requires empty 0 as fine");
    let flags: Vec<(&str, bool)> = summary.flags.iter().map(|(name, &undefined)| (&**name, undefined)).collect();
    assert_eq!(flags, [("communicates", false), ("fence", true)]);
    assert!(summary.is_undefined());
    assert!(!run("flag ~empty rf as reads").is_undefined());
    // Only what is allowed is flagged.
    assert!(run("flag ~empty po as order empty _").flags.is_empty());
}

#[test]
fn cat_multiplies_executions_by_choices() {
    let all = executions("acyclic po | rf");
    let two = "with order from linearisations (IW, 0) acyclic po | rf";
    let model = CatModel::parse("model", two).expect("a model");
    assert_eq!(model.orders(), Orders::Own);
    // Six orders of the three initial writes; the two orders of the other writes of `x` are no longer told apart.
    assert_eq!(executions(two), 6 * all / 2);
    let kept =
        executions("with order from linearisations (IW, 0) acyclic po | rf empty (IW * IW) & order \\ order & co");
    assert_eq!(kept, 0);
    let none = executions("with order from {} empty 0");
    assert_eq!(none, 0);
    assert_eq!(executions("with a from { po, rf } with b from { po, rf, co } acyclic po | rf"), 6 * all / 2);
}

#[derive(Debug)]
struct Files(HashMap<&'static str, &'static str>);

impl Sources for Files {
    fn source(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| (*text).to_owned()).or_else(|| Library.source(name))
    }
}

#[test]
fn cat_includes_files_once_for_each_mention() {
    let files = Files(HashMap::from([
        ("a.cat", "A include \"b.cat\" let a = b"),
        ("b.cat", "\"b, the file\" let b = po"),
        ("round.cat", "include \"round.cat\""),
        ("wrong.cat", "let x =\n  po |\n"),
    ]));
    let load = |text: &str| CatModel::options().sources(&files).parse("main", text);
    assert!(load("Title include \"a.cat\" include \"b.cat\" acyclic a | b as order").is_ok());
    assert_eq!(load("include \"round.cat\"").expect_err("endless").kind, CatErrorKind::TooDeep);
    assert_eq!(
        load("include \"none.cat\"").expect_err("unknown").kind,
        CatErrorKind::UnknownFile("none.cat".to_owned())
    );
    let error = load("include \"wrong.cat\"").expect_err("wrong");
    assert_eq!((&*error.file, error.line, error.column), ("wrong.cat", 3, 1));
    assert!(CatModel::options().sources(&files).load("nothing.cat").is_err());
}

#[test]
fn cat_names_models_by_their_title() {
    let name = |text| CatModel::parse("file.cat", text).expect("a model").name().to_owned();
    assert_eq!(name("C MINE acyclic po"), "MINE");
    assert_eq!(name("\"My model\" acyclic po"), "My model");
    assert_eq!(name("C \"My model\" withco acyclic po"), "My model");
    assert_eq!(name("acyclic po"), "file");
}

#[test]
fn cat_reads_comments_and_names() {
    let all = ALL;
    assert_eq!(
        executions(
            "(* a (* nested *) comment *) // to the end\n# too\nlet my-long.name' = po empty my-long.name' \\ po"
        ),
        all
    );
    assert_eq!(executions("let f = fun x->x empty f po \\ po"), all);
}

#[test]
fn cat_errors_show_their_place() {
    for (text, expected) in [
        (
            "acyclic po |",
            "model:1:13: expected an expression, found the end of the file\n  |\n1 | acyclic po |\n  |             ^",
        ),
        ("let x = (po\nempty x", "model:2:1: expected `)`, found `empty`\n  |\n2 | empty x\n  | ^^^^^"),
        ("let = po", "model:1:5: expected a name or `_`, found `=`\n  |\n1 | let = po\n  |     ^"),
        ("empty pp", "model:1:7: the name `pp` is not bound; did you mean `po`?\n  |\n1 | empty pp\n  |       ^^"),
        ("empty po & W", "model:1:7: expected a relation, found a set\n  |\n1 | empty po & W\n  |       ^^^^^^"),
        ("empty [po]", "model:1:7: expected a set, found a relation\n  |\n1 | empty [po]\n  |       ^^^^"),
        ("acyclic W", "model:1:1: expected a relation, found a set\n  |\n1 | acyclic W\n  | ^^^^^^^^^"),
        ("empty po W", "model:1:7: expected a function, found a set or relation\n  |\n1 | empty po W\n  |       ^^"),
        (
            "let f (a, b) = a empty f po",
            "model:1:24: expected a tuple of 2 values, found a set or relation\n  |\n1 | let f (a, b) = a empty f po\n  |                        ^^^^",
        ),
        (
            "empty match 'a with 'b -> 0 end",
            "model:1:7: no clause for `'a`\n  |\n1 | empty match 'a with 'b -> 0 end\n  |       ^^^^^^^^^^^^^^^^^^^^^^^^^",
        ),
        ("empty fail ()", "model:1:7: the model fails here\n  |\n1 | empty fail ()\n  |       ^^^^^^^"),
        ("(* open", "model:1:1: this comment does not end\n  |\n1 | (* open\n  | ^^"),
        ("include \"open", "model:1:9: this string does not end\n  |\n1 | include \"open\n  |         ^"),
        ("empty $", "model:1:7: expected a token, found `$`\n  |\n1 | empty $\n  |       ^"),
        ("po", "model:1:3: expected an expression"),
        (
            "let rec r = ~r",
            "model:1:1: this recursive definition has no least fixed point\n  |\n1 | let rec r = ~r\n  | ^^^^^^^^^^^^^^",
        ),
        (
            "empty tag2scope 'x",
            "model:1:7: `tag2scope` has no meaning for C and Rust executions\n  |\n1 | empty tag2scope 'x\n  |       ^^^^^^^^^^^^",
        ),
        ("let rec f x = f x; x empty f po", "model:1:15: this is nested too deeply"),
        ("call p (po)", "model:1:1: the name `p` is not bound"),
        ("procedure p (x) = with y from { x } end call p (po)", "model:1:19: `with .. from` cannot stand here"),
        ("match po with 'a -> empty po", "model:1:29: expected a statement, found the end of the file"),
    ] {
        if text == "po" {
            // A title alone is a model that allows everything.
            assert!(CatModel::parse("model", text).is_ok());
            continue;
        }
        let error = refused(text).to_string();
        assert!(error.starts_with(expected), "{text}\n{error}\nexpected\n{expected}");
    }
}

#[test]
fn cat_errors_of_single_executions_end_the_enumeration() {
    // Two events of one thread are in `co` only in some executions; the probe at loading is none of them.
    let text = "let rec f r = if (r & int) = 0 then r else fail () empty f ([W]; po; [RMW]) as none";
    let model = CatModel::parse("model", text).expect("a model");
    let error = Enumerator::new(&model).summary(&test()).expect_err("fails");
    assert!(matches!(&error, Error::Model(message) if message.contains("the model fails here")), "{error}");
}

quickcheck! {
    fn cat_parsing_never_panics(text: String) -> bool {
        let _ = CatModel::parse("any", &text).map_err(|error| error.to_string());
        true
    }

    fn cat_parsing_survives_any_words(words: Vec<u8>) -> TestResult {
        const WORDS: [&str; 64] = [
            "let", "rec", "and", "when", "acyclic", "irreflexive", "show", "unshow", "empty", "as", "fun", "in", "flag", "~",
            "procedure", "call", "enum", "match", "with", "end", "forall", "from", "do", "try", "if", "then", "else", "(", ")",
            "{", "}", "[", "]", "_", "0", "|", "||", "++", "->", "^", "-1", "&", "*", "+", "\\", "?", "=", ";", ",", "po", "rf",
            "co", "W", "x", "f", "'a", "'b", "\"s\"", "linearisations", "classes-loc", "domain", "fail", "begin", "undefined_unless",
        ];
        let text: Vec<&str> = words.iter().map(|&word| WORDS[usize::from(word) % WORDS.len()]).collect();
        let _ = CatModel::parse("any", &text.join(" ")).map_err(|error| error.to_string());
        TestResult::passed()
    }

    fn cat_parsing_survives_damage(model: u8, from: usize, length: u8, insert: String) -> TestResult {
        let name = CatModel::BUNDLED[usize::from(model) % CatModel::BUNDLED.len()];
        let mut text = Library.source(&format!("{name}.cat")).expect("bundled");
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let start = boundary(from % (text.len() + 1));
        let end = boundary(start + usize::from(length)).max(start);
        text.replace_range(start..end, &insert);
        let _ = CatModel::parse("any", &text).map_err(|error| error.to_string());
        TestResult::passed()
    }
}

#[test]
fn cat_nesting_is_bounded() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("~", ""), ("fun x -> ", ""), ("let x = po in ", "x"), ("try ", " with 0")]
    {
        let text = format!("empty {}po{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(refused(&text).kind, CatErrorKind::TooDeep, "{open}");
    }
    for operator in [" | po", " ++ po", "?", "^-1", " * W", " po"] {
        let text = format!("empty po{}", operator.repeat(10_000));
        assert!(matches!(refused(&text).kind, CatErrorKind::TooDeep), "{operator}");
    }
    let statements = "let x = po\n".repeat(20_000);
    assert!(CatModel::parse("long", &statements).is_ok());
}
