//! The parts of the engine, each over a DAG as people write them and workers that execute it.

mod bells;
mod branches;
mod by_hand;
mod jobs;
mod logs;
mod maps;
mod outputs;
mod pools;
mod retries;
mod rules;
mod silent_line;
