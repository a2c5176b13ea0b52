//! How a DAG is written: what it says, what is refused, and the runs that are made of it.

mod drawn;
mod jobs;
mod parameters;
mod planned;
mod refused;
mod stored;
