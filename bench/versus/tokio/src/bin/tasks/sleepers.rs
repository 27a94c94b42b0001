//! A million tasks that sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::{Countdown, Outcome, Work, in_task, timed};

const HOUR: Duration = Duration::from_secs(3600);

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    // sleepers_1m_bytes is held, not run: see hold().
    Some(match (work, blocked) {
        ("sleepers_1m_bytes" | "sleepers_1m_seconds", false) => sleepers,
        _ => return None,
    })
}

/// Spawns the tasks and returns once all wait. They go with the runtime.
pub fn hold(runtime: &Runtime, count: u64) {
    let countdown = Arc::new(Countdown::new(count));
    in_task(runtime, async move {
        for _ in 0..count {
            let countdown = countdown.clone();
            tokio::spawn(async move {
                countdown.done();
                sleep(HOUR).await;
            });
        }
        countdown.wait().await;
    });
}

fn sleepers(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let tasks = arguments.get("tasks");
    let time = Duration::from_millis(arguments.get("sleep_ms"));
    let shared = Arc::new((Countdown::new(0), AtomicU64::new(0)));
    let main = timed(iterations, async move || {
        shared.0.restart(tasks);
        for _ in 0..tasks {
            let shared = shared.clone();
            tokio::spawn(async move {
                sleep(time).await;
                shared.1.fetch_add(1, Relaxed);
                shared.0.done();
            });
        }
        shared.0.wait().await;
        let ended = shared.1.swap(0, Relaxed);
        (ended, ended)
    });
    in_task(runtime, main)
}
