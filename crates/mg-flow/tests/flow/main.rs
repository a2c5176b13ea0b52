//! What a worker promises, tried over a real Postgres.
