//! Locks, after Tokio's benches/sync_semaphore.rs, sync_rwlock.rs and sync_notify.rs.

use std::pin::pin;
use std::sync::Arc;

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, RwLock, Semaphore};
use tokio::task::JoinHandle;

use crate::{Countdown, Outcome, Work, in_task, timed};

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    Some(match (work, blocked) {
        ("semaphore_contended", false) => semaphore_contended,
        ("rwlock", false) => rwlock,
        ("notify", false) => notify,
        _ => return None,
    })
}

async fn sum_of(tasks: Vec<JoinHandle<u64>>) -> u64 {
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    sum
}

fn semaphore_contended(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let tasks: u64 = arguments.get("tasks");
    let semaphore = Arc::new(Semaphore::new(arguments.get("permits")));
    let main = timed(iterations, async move || {
        let spawned = (0..tasks).map(|_| {
            let semaphore = semaphore.clone();
            tokio::spawn(async move {
                let _permit = semaphore.acquire().await.unwrap();
                1
            })
        });
        (tasks, sum_of(spawned.collect()).await)
    });
    in_task(runtime, main)
}

/// The writer holds the lock while the readers are spawned.
fn rwlock(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let readers: u64 = arguments.get("readers");
    let lock = Arc::new(RwLock::new(1));
    let main = timed(iterations, async move || {
        let writer = lock.write().await;
        let spawned = (0..readers).map(|_| {
            let lock = lock.clone();
            tokio::spawn(async move { *lock.read().await })
        });
        let spawned = spawned.collect();
        drop(writer);
        (readers, sum_of(spawned).await)
    });
    in_task(runtime, main)
}

/// In each round all waiters wait, then all are notified at once.
fn notify(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (waiters, rounds): (u64, u64) = (arguments.get("waiters"), arguments.get("rounds"));
    let shared = Arc::new((Notify::new(), Countdown::new(waiters)));
    let main = timed(iterations, async move || {
        shared.1.restart(waiters);
        let spawned = (0..waiters).map(|_| {
            let shared = shared.clone();
            tokio::spawn(async move {
                let mut wakeups = 0;
                for _ in 0..rounds {
                    let mut notified = pin!(shared.0.notified());
                    notified.as_mut().enable();
                    shared.1.done();
                    notified.await;
                    wakeups += 1;
                }
                wakeups
            })
        });
        let spawned = spawned.collect();
        for _ in 0..rounds {
            shared.1.wait().await;
            shared.1.restart(waiters);
            shared.0.notify_waiters();
        }
        (waiters, sum_of(spawned).await)
    });
    in_task(runtime, main)
}
