//! `prune_books`, `vacuum_advice` and `verify_audit`: the upkeep of the platform's own books.

use mg_dags::jobs::{
    AdviceGiven, AdviceLine, AuditWhole, BooksPruned, PruneBooks, VacuumAdvice, VerifyAudit,
};
use mg_flow::{Job, JobError, TaskContext};
use mg_store::audit::AuditFault;
use mg_store::upkeep::PrunedBook;

use crate::Problem;
use crate::app::App;

/// Takes old lines from the books.
pub(super) struct PruneJob {
    pub(super) app: App,
}

/// Says what an operator should look at.
pub(super) struct AdviceJob {
    pub(super) app: App,
}

/// Reads the record of calls and reckons its chain again.
pub(super) struct AuditJob {
    pub(super) app: App,
}

impl Job for PruneJob {
    type Input = PruneBooks;

    async fn run(&self, context: &TaskContext, _input: PruneBooks) -> Result<BooksPruned, JobError> {
        let pruned = tokio::select! {
            pruned = self.app.store.prune_books(&self.app.retention) => pruned.map_err(Problem::from)?,
            () = context.stopped() => return Err(JobError::new("stopped", "the pruning was stopped")),
        };
        for PrunedBook { book, lines } in pruned.iter().filter(|pruned| pruned.lines > 0) {
            context.info(&format!("{book}: {lines} old lines taken away")).await;
        }
        Ok(BooksPruned {
            lines: pruned.iter().map(|pruned| (pruned.book.to_owned(), pruned.lines)).collect(),
        })
    }
}

impl Job for AdviceJob {
    type Input = VacuumAdvice;

    async fn run(&self, context: &TaskContext, _input: VacuumAdvice) -> Result<AdviceGiven, JobError> {
        let found = self.app.store.upkeep_advice().await.map_err(Problem::from)?;
        let mut advice = Vec::with_capacity(found.len());
        for line in found {
            context.warn(&format!("{}: {}. {}", line.subject, line.figure, line.advice)).await;
            advice.push(AdviceLine { subject: line.subject, figure: line.figure, advice: line.advice });
        }
        Ok(AdviceGiven { advice })
    }
}

impl Job for AuditJob {
    type Input = VerifyAudit;

    async fn run(&self, context: &TaskContext, _input: VerifyAudit) -> Result<AuditWhole, JobError> {
        let verdict = tokio::select! {
            verdict = self.app.store.verify_audit() => verdict.map_err(Problem::from)?,
            () = context.stopped() => return Err(JobError::new("stopped", "the verification was stopped")),
        };
        if let Some(fault) = verdict.fault {
            let what = match fault {
                AuditFault::Changed(line) => format!("line {line}, or what stood before it, was changed"),
                AuditFault::Missing(line) => format!("line {line} is missing"),
            };
            return Err(JobError::new("audit_broken", format!("The record of calls is not whole: {what}.")));
        }
        let hash: String = verdict.head.1.iter().map(|byte| format!("{byte:02x}")).collect();
        let head = format!("{}:{hash}", verdict.head.0);
        context.info(&format!("{} lines, all as they were written", verdict.lines)).await;
        Ok(AuditWhole { lines: verdict.lines, head })
    }
}
