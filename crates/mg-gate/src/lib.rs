//! The SQL gate: text in, an [`Admitted`] statement or a [`Refusal`] out. No I/O, no
//! database, no clock. It is the first of two walls; the second is the reader's role in the
//! database, which holds even where this one errs.
//!
//! # What is admitted
//!
//! Exactly one statement, of one [`Kind`]: `SELECT`, `VALUES`, `TABLE` or `WITH … SELECT`;
//! `EXPLAIN` of one of these, which does not run it; `SHOW` of a harmless setting. The text is
//! parsed by Postgres' own parser (`pg_query`) and its tree is walked by **allow-list**: each
//! place in the tree names the kinds of node that it may hold, functions, types, settings and
//! options are looked up in fixed lists, and whatever is not known is refused. Every node is
//! taken apart without `..`, so a field that a later parser adds does not compile until
//! somebody has decided about it.
//!
//! What tables there are to read is the [`Policy`]'s word: schemas, a list of tables, blocked
//! tables, tables that another one replaces; and which functions of extensions only compute.
//!
//! # What is handed out
//!
//! [`Admitted::sql`] is a slice of the text that came in, from its first token to its last:
//! comments around the statement and trailing semicolons are cut off, so that a query may
//! stand after `declare c no scroll cursor for` or inside `select * from (` … `) q`. It is
//! not deparsed text: what was checked is byte for byte what runs, and the deparser is code
//! that need not be trusted. The slice is what is parsed, not the text around it.
//! [`Admitted::explain`] puts a fixed prefix before that slice, to `ANALYZE` it too.
//!
//! A verdict is kept by its gate, and a text that comes again is answered without parsing
//! (see `verdicts`). A policy never changes; another policy is another gate.
//!
//! # What is decided here, and why
//!
//! - **Functions** come from `functions.txt`, unqualified or of `pg_catalog`. What reads
//!   settings by name, `current_user` and `version()` are left out: they tell about the server,
//!   not the data. Settings that help to write a query are told by `SHOW` (see `walk::show`).
//! - **A plan tells estimates**, and those rest on statistics of whole tables, rows included
//!   that row security hides: whoever asks for a caller who may see only some rows looks at
//!   [`Admitted::kind`] and withholds `EXPLAIN`. Of columns that the reader may not read at
//!   all the server withholds the statistics itself.
//! - **A bare table name** is closed when any table that it might mean along the search path
//!   is: the gate does not know which tables there are.
//! - **`f.name` may be a function call.** When `f` is a function in `FROM` that yields plain
//!   values and has no column `name`, Postgres calls `name(f)`; so does `(expression).name`.
//!   The latter is refused, the former must name a column that the function surely has.
//! - **Whole rows and system columns** (`t`, `t.*`, `ctid`, `tableoid`) are admitted: the
//!   reader may read every column of each table that it may read, and a place on disk tells
//!   nothing more. A column to be hidden is hidden by a view, in the database.
//! - **Casts** go to ordinary types. Those to `regclass` and its like are look-ups in the
//!   catalog and are refused, as are types of other schemas.
//! - **`TABLESAMPLE`** is admitted with Postgres' two own methods.
//! - **`random()`** and three more volatile functions are admitted; `functions.txt` says why.
//! - **`XML` and the SQL/JSON constructors** are refused: the JSON functions do the same, and
//!   each further kind of node is one more to be right about.
//!
//! # What bounds the work, and what does not
//!
//! The text is at most [`MAX_SQL_BYTES`] long, its tree as deep as the decoder goes (a
//! hundred messages), and it reads at most [`MAX_SOURCES`] tables, sub-queries and functions.
//! Literals that make a short text mean gigabytes are refused (see `bounds`), since constants
//! are folded before a timeout is looked at. A costly join, a recursive query or a
//! backtracking pattern passes: only the database's timeout and memory limits can stop those.
//!
//! # A trap of the parser
//!
//! All statements are examined on one thread of the gate's own; `parser_thread` says why. While
//! it parses, the C library points the process' standard error at a pipe of its own: a line
//! that another thread writes there in those microseconds is lost. Log to standard output or
//! to a file where each line counts.

mod admitted;
mod bounds;
mod explained;
mod functions;
mod gate;
mod parser;
mod parser_thread;
mod policy;
mod refusal;
mod statement;
mod verdicts;
mod walk;

pub use admitted::{Admitted, Kind, Relation};
pub use explained::{Explained, Plan, PlanFormat};
pub use functions::functions;
pub use gate::{Gate, MAX_SQL_BYTES};
pub use policy::{Block, BlockedTable, FunctionName, Policy, PolicyError, TablePattern};
pub use refusal::{Refusal, RefusalCode};
pub use walk::MAX_SOURCES;
