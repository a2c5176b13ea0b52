//! What every use case is told before its own arguments.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{Clock, Principal};

/// Through which door a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The command line of the machine's own operator.
    Cli,
    /// An agent over the Model Context Protocol.
    Mcp,
    /// A program over HTTP.
    Rest,
    /// A task of a run.
    Flow,
}

impl Face {
    /// The name that is stored and logged.
    pub fn as_str(self) -> &'static str {
        match self {
            Face::Cli => "cli",
            Face::Mcp => "mcp",
            Face::Rest => "rest",
            Face::Flow => "flow",
        }
    }
}

/// Who asks, through which face, and what time it is: the first argument of a use case.
#[derive(Clone)]
pub struct OpContext {
    /// Who asks.
    pub principal: Principal,
    /// Through which door.
    pub face: Face,
    clock: Arc<dyn Clock>,
}

impl OpContext {
    /// A context for `principal`, who came in through `face`.
    pub fn new(principal: Principal, face: Face, clock: Arc<dyn Clock>) -> Self {
        Self { principal, face, clock }
    }

    /// The present instant of this operation's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl fmt::Debug for OpContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpContext")
            .field("principal", &self.principal.name)
            .field("role", &self.principal.role)
            .field("face", &self.face)
            .finish_non_exhaustive()
    }
}
