//! The agents' door: tools/call over HTTP, against what people put before a Postgres today.
//!
//! All servers run at the same time on the same Postgres, over the same Unix socket, and are
//! asked in turn (A B C D, A B C D, ...), so that what else the machine does falls on all.
//! The callers share the machine with the servers, as they would on a laptop: they cost little.

mod bed;
mod caller;
mod contender;
mod measure;
mod request;
mod settings;
mod table;
mod workload;

use std::path::Path;

use anyhow::Context;
use tokio::runtime::Runtime;

use bed::Bed;
use contender::Contender;
use measure::Slice;
use settings::Settings;
use workload::Workload;

/// Measures `mg serve` and its peers, whose configuration lies in `config` and which are
/// installed in `installed`. [`Settings`] says what the environment chooses.
pub(crate) fn run(many: &Runtime, mg: &str, config: &Path, installed: &Path) -> anyhow::Result<()> {
    let settings = Settings::from_environment()?;
    // The servers stand in a folder of their own.
    let (config, installed) = (config.canonicalize()?, installed.canonicalize()?);
    let bed = many.block_on(Bed::make(mg))?;
    let workloads: Vec<Workload> = workload::all(&bed, &settings)?;
    let mut contenders = Vec::new();
    for name in &settings.servers {
        let started = Contender::start(name, &bed, &config, &installed);
        contenders.push(started.with_context(|| format!("starting {name}"))?);
    }
    // One thread for all callers: they wait more than they work, and wake nobody.
    let callers = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for contender in &contenders {
        for workload in &workloads {
            let checked = callers.block_on(measure::check(contender, workload));
            checked.with_context(|| format!("{} does not answer {} well", contender.name, workload.name))?;
        }
    }
    let mut backends_mb = vec![0.0_f64; contenders.len()];
    for workload in &workloads {
        for &count in &settings.callers {
            let mut slices: Vec<Vec<Slice>> = contenders.iter().map(|_| Vec::new()).collect();
            for round in 0..settings.rounds {
                for (place, contender) in contenders.iter().enumerate() {
                    let slice = measure::slice(&callers, &bed, contender, workload, count, round, &settings);
                    let slice = slice.with_context(|| contender.name.clone())?;
                    backends_mb[place] = backends_mb[place].max(slice.postgres_mb);
                    slices[place].push(slice);
                }
            }
            table::print(workload, count, &contenders, &slices);
        }
    }
    table::print_memory(&contenders, &backends_mb)
}
