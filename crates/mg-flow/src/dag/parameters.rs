//! What a run of a DAG may be asked for.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{Draft, fault, schema};
use crate::Given;
use crate::given::Placeholder;

/// The parameters of a run, while its DAG is being written.
#[derive(Debug)]
pub struct Parameters<P> {
    draft: Rc<RefCell<Draft>>,
    of: PhantomData<fn() -> P>,
}

impl<P: JsonSchema + DeserializeOwned> Parameters<P> {
    pub(super) fn declared(draft: &Rc<RefCell<Draft>>) -> Self {
        let parameters = Self { draft: Rc::clone(draft), of: PhantomData };
        let schema = schema::schema_of::<P>();
        if schema["properties"].as_object().is_none() {
            parameters.fault("its parameters are no struct with named fields".to_owned());
        }
        for word in schema::not_understood(&schema) {
            parameters.fault(format!("the schema of its parameters says `{word}`, which is not understood"));
        }
        if draft.borrow_mut().definition.parameters.replace(schema).is_some() {
            parameters.fault("it declares its parameters twice".to_owned());
        }
        parameters
    }

    /// All of them.
    pub fn all(&self) -> Given<P> {
        Given::later(Placeholder::Parameters)
    }

    /// One of them. That there is such a field, and that it is a `T`, is checked with the DAG.
    pub fn field<T: JsonSchema + DeserializeOwned>(&self, name: &str) -> Given<T> {
        let schema = schema::schema_of::<P>();
        match schema["properties"].get(name) {
            // What the schema lacks is found with all that points to it.
            None => {}
            Some(property) => {
                let (has, wanted) = (schema::bare(property), schema::bare(&schema::schema_of::<T>()));
                if has != wanted {
                    self.fault(format!("parameter {name} is {has}, and a task wants {wanted}"));
                }
            }
        }
        Given::later(Placeholder::Parameter(name.to_owned()))
    }

    fn fault(&self, reason: String) {
        let mut draft = self.draft.borrow_mut();
        let found = fault(&draft.definition.name, None, reason);
        draft.faults.push(found);
    }
}
