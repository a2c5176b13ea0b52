//! What is printed.

use super::contender::Contender;
use super::measure::Slice;
use super::workload::Workload;
use crate::process::peak_megabytes;

/// The medians of each server's turns, and what the first is to the best of the others.
pub(super) fn print(workload: &Workload, callers: usize, contenders: &[Contender], slices: &[Vec<Slice>]) {
    println!("{} at {callers} callers", workload.name);
    println!("            calls/s     p50 ms     p99 ms   CPU us a call: server, Postgres");
    for (contender, slices) in contenders.iter().zip(slices) {
        println!(
            "{:<8}  {:>9.0}  {:>9.2}  {:>9.2}   {:>21.0}  {:>8.0}",
            contender.name,
            median(slices, |slice| slice.rate),
            median(slices, |slice| slice.p50_ms),
            median(slices, |slice| slice.p99_ms),
            median(slices, |slice| slice.server_us),
            median(slices, |slice| slice.postgres_us),
        );
    }
    if let [ours, peers @ ..] = slices
        && !peers.is_empty()
    {
        let least = |figure: fn(&Slice) -> f64| {
            let best = peers.iter().map(|peer| median(peer, figure)).fold(f64::MAX, f64::min);
            median(ours, figure) / best
        };
        println!(
            "{} to the best peer of each: {:.2} of its calls/s, {:.2} of its p50, {:.2} of its CPU",
            contenders[0].name,
            // The most calls are the least time between them.
            1.0 / least(|slice| 1.0 / slice.rate),
            least(|slice| slice.p50_ms),
            least(|slice| slice.server_us + slice.postgres_us),
        );
    }
    println!();
}

/// The peak of each server's memory, and the most that its backends were seen to hold.
pub(super) fn print_memory(contenders: &[Contender], backends_mb: &[f64]) -> anyhow::Result<()> {
    println!("memory     server, peak MB   its Postgres backends' own, MB");
    for (contender, backends) in contenders.iter().zip(backends_mb) {
        println!("{:<8}   {:>15}   {backends:>30.0}", contender.name, peak_megabytes(contender.pid)?);
    }
    Ok(())
}

fn median(slices: &[Slice], figure: impl Fn(&Slice) -> f64) -> f64 {
    let mut figures: Vec<f64> = slices.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
