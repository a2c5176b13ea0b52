//! Drawings of a DAG.

use mg_flow::{Definition, Mark, Marks, mermaid, svg};

use super::planned::sitadel;

fn marks() -> Marks {
    let mark = |name: &str, state: &str, progress: Option<&str>| {
        (name.to_owned(), Mark { state: state.to_owned(), progress: progress.map(str::to_owned) })
    };
    Marks::from([
        mark("edition", "succeeded", None),
        mark("permis", "mapped", Some("12/20")),
        mark("somme", "blocked", None),
    ])
}

#[test]
fn a_dag_is_drawn_in_mermaid() {
    let expected = r##"flowchart LR
    t0["<b>edition</b><br/>find_edition"]
    t1{{"<b>choix</b><br/>compare_editions<br/>choisit : nouvelle, connue"}}
    t2["<b>parties</b><br/>list_parts"]
    t3[["<b>permis</b><br/>load_part<br/>pour chaque élément, 4 à la fois<br/>groupe portail"]]
    t4["<b>somme</b><br/>add_up"]
    t5["<b>indicateurs</b><br/>measure<br/>si rien n'a échoué"]
    t0 --> t1
    t0 --> t2
    t1 -->|"nouvelle"| t2
    t2 --> t3
    t3 --> t4
    t3 --> t5
"##;
    assert_eq!(mermaid(&sitadel(), &Marks::new()), expected);
    let marked = mermaid(&sitadel(), &marks());
    assert!(marked.contains("<b>permis</b><br/>load_part<br/>pour chaque élément, 4 à la fois<br/>groupe portail<br/>répartie 12/20"), "{marked}");
    assert!(marked.contains("    style t0 fill:#dcfce7,stroke:#166534,color:#18181b\n"), "{marked}");
    assert_eq!(marked.matches("    style ").count(), 3);
}

#[test]
fn a_dag_is_drawn_in_svg_and_what_it_says_is_no_markup() -> anyhow::Result<()> {
    let json = sitadel().to_json().to_string().replace("Permits.", "Permits < sales & \\\"rents\\\".");
    let dag: Definition = serde_json::from_str(&json)?;
    let drawing = svg(&dag, &marks());
    assert!(drawing.contains("<desc>Permits &lt; sales &amp; &quot;rents&quot;.</desc>"), "{drawing}");
    for task in &dag.tasks {
        assert!(drawing.contains(&format!(">{}</text>", task.name)), "{} is not drawn", task.name);
    }
    assert_eq!(drawing.matches("marker-end").count(), 6, "an arrow an edge");
    assert!(drawing.contains(">répartie 12/20</text>") && drawing.contains(">réussie</text>"), "{drawing}");
    assert!(!drawing.contains("href") && !drawing.contains("url(h"), "it needs no other file");
    Ok(())
}

#[test]
fn a_definition_that_the_books_give_back_broken_is_drawn_all_the_same() -> anyhow::Result<()> {
    let mut json = sitadel().to_json();
    json["tasks"][1]["after"] = serde_json::json!([{"task": "gone"}, {"task": "parties"}]);
    let dag: Definition = serde_json::from_value(json)?;
    assert_eq!(svg(&dag, &Marks::new()).matches("marker-end").count(), 5);
    assert!(mermaid(&dag, &Marks::new()).contains("t2 --> t1"));
    Ok(())
}
