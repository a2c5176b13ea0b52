use mg_gate::*;
fn nested(head: &str, part: &str, middle: &str, end: &str) -> String {
    let cap: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let times = ((MAX_SQL_BYTES - head.len() - middle.len()) / (part.len() + end.len())).min(cap);
    format!("{head}{}{middle}{}", part.repeat(times), end.repeat(times))
}
fn main() {
    let deep = [
        nested("select ", "(", "1", ")"),
        nested("select ", "((select ", "1", "))"),
        nested("", "(", "select 1", ")"),
        nested("select ", "1+", "1", ""),
        nested("select ", "1||(", "1", ")"),
        nested("select ", "- ", "a", ""),
        nested("select ", "not ", "a", ""),
        nested("select ", "abs(", "1", ")"),
        nested("select ", "array[", "1", "]"),
        nested("select ", "case when true then ", "1", " end"),
        nested("select a", "::int", "", ""),
        nested("select a", "[1]", "::int", "::text"),
        nested("select a", " is null", "", ""),
        nested("select 1", " union select 1", "", ""),
        nested("select * from ", "(select * from ", "t", ") q"),
        nested("select * from a", " join a on true", "", ""),
        nested("select * from ", "(a join ", "t", " on true)"),
        nested("select 1 group by ", "rollup(", "a", ")"),
        nested("", "with a as (", "select 1", ") select 1"),
        nested("select ", "row(", "1", ")"),
        nested("select a = ", "any(array[", "1", "])"),
    ];
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let sql = deep[n].clone();
    let r = std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || {
            Gate::new(Policy { schemas: vec![], plans: false })
                .admit(&sql)
                .map(|_| ())
                .map_err(|r| (r.code, r.message))
        })
        .unwrap()
        .join();
    println!("{n} {r:?}");
}
