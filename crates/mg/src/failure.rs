//! How a failure ends the process: one sentence, what to do, a code.

use std::process::ExitCode;

use mg_server::Problem;

/// Tells what went wrong, on standard error, or as JSON on standard output.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let io = error.downcast_ref::<std::io::Error>();
    if io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let problem = error.downcast_ref::<Problem>();
    if json {
        let code = problem.map_or("failed", |problem| problem.code.as_str());
        let message = problem.map_or_else(|| format!("{error:#}"), |problem| problem.message.clone());
        let advice = problem.map_or("", |problem| problem.advice.as_str());
        println!(
            "{}",
            serde_json::json!({ "error": { "code": code, "message": message, "advice": advice } })
        );
        return ExitCode::FAILURE;
    }
    match problem {
        Some(problem) => {
            eprintln!("mg: {}", problem.message);
            if !problem.advice.is_empty() {
                eprintln!("    {}", problem.advice);
            }
        }
        None => eprintln!("mg: {error:#}"),
    }
    ExitCode::FAILURE
}
