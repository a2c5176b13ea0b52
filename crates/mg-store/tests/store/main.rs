//! What the store promises, tried over a real Postgres.
