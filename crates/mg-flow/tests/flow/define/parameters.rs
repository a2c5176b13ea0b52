//! What a run may be asked for.

use mg_flow::{Cause, Dag, Definition, Requester, cron};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::jobs::{FindEdition, Measure, faults};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Asked {
    /// The spider's name.
    spider: String,
    #[serde(default)]
    edition: Option<String>,
    #[serde(default = "four")]
    width: u8,
    #[serde(default)]
    depth: Depth,
    #[serde(default)]
    communes: Vec<String>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Depth {
    /// Only what is new.
    #[default]
    New,
    /// Everything.
    All,
}

fn four() -> u8 {
    4
}

fn asking() -> Definition {
    let mut dag = Dag::new("asks", "Asks.");
    let asked = dag.parameters::<Asked>();
    dag.task("edition", FindEdition { spider: asked.field("spider") });
    dag.checked().expect("nothing is wrong with it")
}

fn planned(parameters: Value) -> Result<Value, Vec<String>> {
    let requester = Requester { principal: "a test", face: "cli" };
    match asking().planned(parameters, Cause::Manual, requester) {
        Ok(run) => Ok(run.parameters),
        Err(error) => Err(error.reasons),
    }
}

#[test]
fn what_is_left_out_is_as_the_dag_says_and_two_that_ask_for_the_same_are_the_same() {
    let complete = json!({"spider": "dvf", "edition": null, "width": 4, "depth": "new", "communes": []});
    assert_eq!(planned(json!({"spider": "dvf"})), Ok(complete.clone()));
    let other = planned(json!({"communes": [], "width": 4, "spider": "dvf"})).expect("they fit");
    assert_eq!(other.to_string(), complete.to_string());
    assert_eq!(planned(complete.clone()), Ok(complete));
    let given =
        json!({"spider": "dvf", "edition": "2026-10", "width": 255, "depth": "all", "communes": ["77243"]});
    assert_eq!(planned(given.clone()), Ok(given));
}

#[test]
fn what_does_not_fit_is_named() {
    let wrong = json!({"width": 256, "edition": 7, "depth": "some", "communes": ["77243", 7], "editon": "x"});
    assert_eq!(
        planned(wrong),
        Err(vec![
            "`spider` is missing".to_owned(),
            "`edition` must be text or null, not 7".to_owned(),
            "`width` must be at most 255".to_owned(),
            "`depth` cannot be \"some\": \"new\", \"all\"".to_owned(),
            "`communes`[1] must be text, not 7".to_owned(),
            "there is no `editon`: spider, edition, width, depth, communes".to_owned(),
        ])
    );
    assert_eq!(planned(Value::Null), Err(vec!["`spider` is missing".to_owned()]));
    assert_eq!(planned(json!(["dvf"])), Err(vec!["they must be an object, not [\"dvf\"]".to_owned()]));
}

#[test]
fn what_fits_is_what_the_struct_reads() {
    let values =
        [json!(null), json!(true), json!(-1), json!(3), json!(0.5), json!("new"), json!([]), json!({})];
    let fields = ["spider", "edition", "width", "depth", "communes"];
    let mut read = 0;
    for field in fields {
        for value in &values {
            let mut asked = json!({"spider": "dvf"});
            asked[field] = value.clone();
            let fits = planned(asked.clone()).is_ok();
            assert_eq!(fits, serde_json::from_value::<Asked>(asked).is_ok(), "{field} = {value}");
            read += usize::from(fits);
        }
    }
    assert_eq!(read, 6, "a spider, an edition or none, a width, a depth, communes");
}

#[test]
fn a_dag_that_takes_no_parameters_is_given_none() {
    let mut dag = Dag::new("silent", "");
    dag.task("a", Measure {});
    let dag = dag.checked().expect("nothing is wrong with it");
    assert_eq!(dag.complete(Value::Null), Ok(json!({})));
    let refused = dag.complete(json!({"spider": "dvf"})).expect_err("it takes none");
    assert_eq!(refused.to_string(), "the parameters of silent do not fit: the DAG takes none");
}

#[test]
fn a_dag_that_starts_by_itself_can_do_without_what_nobody_gives() {
    let mut dag = Dag::new("asks", "").schedule(cron("0 6 3 * *"));
    let asked = dag.parameters::<Asked>();
    dag.task("edition", FindEdition { spider: asked.field("spider") });
    assert_eq!(
        faults(dag),
        [
            "DAG asks: it runs by itself, and nobody gives it parameters: the parameters of asks do not fit: `spider` is missing"
        ]
    );
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Nested {
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}$"))]
    edition: String,
}

#[test]
fn a_parameter_that_is_not_there_or_of_another_type_is_a_fault_of_the_dag() {
    let mut dag = Dag::new("asks", "");
    let asked = dag.parameters::<Asked>();
    dag.task("a", FindEdition { spider: asked.field("spyder") });
    dag.task("b", FindEdition { spider: asked.field("edition") });
    assert_eq!(
        faults(dag),
        [
            "DAG asks: parameter edition is {\"type\":[\"string\",\"null\"]}, and a task wants {\"type\":\"string\"}",
            "task a of DAG asks: its input has parameter spyder, which the DAG does not declare",
        ]
    );
    let mut dag = Dag::new("asks", "");
    dag.parameters::<Nested>();
    dag.parameters::<Asked>();
    dag.task("a", Measure {});
    assert_eq!(
        faults(dag),
        [
            "DAG asks: the schema of its parameters says `pattern`, which is not understood",
            "DAG asks: it declares its parameters twice",
        ]
    );
}
