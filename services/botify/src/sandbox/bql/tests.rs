use super::*;
use crate::sandbox::site;

const CRAWL: &str = "crawl.20250115";

fn run(query: Value) -> Result<Vec<Value>, Refusal> {
    let body = json!({"collections": [CRAWL], "query": query});
    let project = site::project("demo-org", "garden-shop")?;
    let analysis = analysis(project, &body)?;
    let crawl = site::Site::default().crawl(project, analysis);
    Ok(Query::read(project.segmented, CRAWL, &body)?.run(&crawl))
}

fn count(filters: Value) -> i64 {
    let metrics = [format!("{CRAWL}.{COUNT}")];
    let rows = run(json!({"dimensions": [], "metrics": metrics, "filters": filters}));
    let rows = rows.expect("rows");
    rows.first()
        .map_or(0, |row| row["metrics"][0].as_i64().expect("a count"))
}

fn test(field: &str, predicate: &str, value: Value) -> Value {
    json!({"field": format!("{CRAWL}.{field}"), "predicate": predicate, "value": value})
}

#[test]
fn groups_add_up_to_the_whole_crawl() {
    let rows = run(json!({
        "dimensions": ["segments.pagetype.value"],
        "metrics": [format!("{CRAWL}.{COUNT}"), {"function": "count", "args": ["url"]}],
    }))
    .expect("rows");
    assert!(rows.len() > 4);
    let total: i64 = rows
        .iter()
        .filter_map(|row| row["metrics"][0].as_i64())
        .sum();
    assert_eq!(total, 2400);
    assert!(
        rows.iter()
            .all(|row| row["metrics"][0] == row["metrics"][1])
    );
}

#[test]
fn predicates_split_the_crawl_and_nothing_is_lost() {
    for predicate in [
        test("depth", "lte", json!(2)),
        test("depth", "eq", json!(3)),
        test("http_code", "between", json!([300, 499])),
        test("url", "contains", json!("/roses")),
        test("url", "re", json!("-[0-9]+$")),
        test("url", "ends", json!("/")),
        test("metadata.title.content", "exists", json!(null)),
        test("compliant.is_compliant", "eq", json!(true)),
    ] {
        let (yes, no) = (count(predicate.clone()), count(json!({"not": predicate})));
        assert!(yes > 0 && no > 0, "{predicate} splits {yes}:{no}");
        assert_eq!(yes + no, 2400, "{predicate}");
    }
}

#[test]
fn filters_combine() {
    let (shallow, roses) = (
        test("depth", "lt", json!(3)),
        test("url", "contains", json!("roses")),
    );
    let both = count(json!({"and": [shallow, roses]}));
    let either = count(json!({"or": [shallow, roses]}));
    assert_eq!(both + either, count(shallow) + count(roses));
    assert_eq!(count(json!({"and": []})), 2400);
    assert_eq!(count(json!({"or": []})), 0);
}

#[test]
fn segments_know_their_children() {
    let of = |predicate| {
        let field = "segments.pagetype.value";
        count(json!({"field": field, "predicate": predicate, "value": "category"}))
    };
    assert_eq!(
        of("with_children"),
        of("without_children") + of("only_children")
    );
    assert_eq!(of("without_children"), 12);
}

#[test]
fn functions_agree_with_each_other() {
    let links = format!("{CRAWL}.outlinks_internal.nb.total");
    let of = |function| json!({"function": function, "args": [links, 0]});
    let metrics = ["sum", "avg", "min", "max", "count", "count_gt", "count_eq"].map(of);
    let rows = run(json!({"dimensions": [], "metrics": metrics})).expect("rows");
    let number = |i: usize| rows[0]["metrics"][i].as_f64().expect("a number");
    assert!((number(0) / number(4) - number(1)).abs() < 1e-9);
    assert!(number(2) <= number(1) && number(1) <= number(3));
    assert_eq!(number(5) + number(6), number(4));
}

#[test]
fn the_link_graph_has_a_row_for_every_distinct_link() {
    let edges = run(json!({
        "dimensions": ["url", format!("{CRAWL}.outlinks_internal.graph.url")],
        "metrics": [],
        "filters": test("depth", "lte", json!(1)),
    }))
    .expect("rows");
    let sum = json!({"function": "sum", "args": [format!("{CRAWL}.outlinks_internal.nb.unique")]});
    let filters = test("depth", "lte", json!(1));
    let rows = run(json!({"dimensions": [], "metrics": [sum], "filters": filters})).expect("rows");
    // Broken pages link to nothing and have a row that says so.
    let links = edges.iter().filter(|row| !row["dimensions"][1].is_null());
    assert_eq!(rows[0]["metrics"][0], links.count());
}

#[test]
fn rows_come_in_the_order_asked_for() {
    let depth = format!("{CRAWL}.depth");
    let count = format!("{CRAWL}.{COUNT}");
    let sorted = |sort: Value| {
        let query = json!({"dimensions": [depth], "metrics": [count], "sort": sort});
        run(query).map(|rows| (rows[0].clone(), rows[1].clone()))
    };
    let (first, second) = sorted(json!([0])).expect("rows");
    assert_eq!(
        (&first["dimensions"][0], &second["dimensions"][0]),
        (&json!(0), &json!(1))
    );
    let by_count = json!([{"index": 0, "type": "metrics", "order": "desc"}]);
    let (first, second) = sorted(by_count).expect("rows");
    assert!(first["metrics"][0].as_i64() >= second["metrics"][0].as_i64());
    let (deepest, _) = sorted(json!([{"field": depth, "order": "desc"}])).expect("rows");
    assert!(deepest["dimensions"][0].as_i64() > Some(1));
    assert!(sorted(json!([7])).is_err());
}

#[test]
fn bad_queries_are_refused_with_botifys_codes() {
    let code = |query| format!("{:?}", run(query).expect_err("refused"));
    assert!(code(json!({"dimensions": ["url"]})).contains("1016"));
    assert!(code(json!({"dimensions": [], "metrics": []})).contains("1016"));
    assert!(code(json!({"dimensions": ["depth"], "metrics": []})).contains("1029"));
    assert!(code(json!({"dimensions": ["url"], "metrics": ["url"]})).contains("1029"));
    let links = format!("{CRAWL}.outlinks_internal.graph.url");
    assert!(code(json!({"dimensions": [links, links], "metrics": []})).contains("1028"));
    let filters = test("depth", "about", json!(3));
    assert!(
        code(json!({"dimensions": ["url"], "metrics": [], "filters": filters})).contains("1022")
    );
}

#[test]
fn projects_without_segments_have_no_field_for_them() {
    let body = json!({"query": {"dimensions": ["segments.pagetype.value"], "metrics": []}});
    assert!(Query::read(true, CRAWL, &body).is_ok());
    assert!(Query::read(false, CRAWL, &body).is_err());
}
