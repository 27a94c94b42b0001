//! Works that spawn, after Tokio's benches/rt_multi_threaded.rs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::{Countdown, Outcome, Work, in_task, timed};

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    Some(match (work, blocked) {
        ("spawn_many_local", false) => spawn_many_local,
        ("spawn_many_local", true) => spawn_many_local_blocked,
        ("spawn_many_remote_idle", _) => spawn_many_remote,
        ("spawn_many_remote_busy1", _) => spawn_many_remote_busy1,
        ("spawn_many_remote_busy2", _) => spawn_many_remote_busy2,
        ("chained_spawn", false) => chained_spawn,
        ("chained_spawn", true) => chained_spawn_blocked,
        _ => return None,
    })
}

fn spawn_many_local(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let tasks = arguments.get("tasks");
    let countdown = Arc::new(Countdown::new(0));
    let main = timed(iterations, async move || {
        countdown.restart(tasks);
        for _ in 0..tasks {
            let countdown = countdown.clone();
            tokio::spawn(async move { countdown.done() });
        }
        countdown.wait().await;
        (tasks - countdown.left(), countdown.left())
    });
    in_task(runtime, main)
}

fn spawn_many_local_blocked(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let tasks = arguments.get("tasks");
    let (ended, wait) = sync_channel(1000);
    let left = Arc::new(std::sync::atomic::AtomicU64::new(0));
    runtime.block_on(timed(iterations, async || {
        left.store(tasks, Relaxed);
        for _ in 0..tasks {
            let (ended, left) = (ended.clone(), left.clone());
            tokio::spawn(async move {
                if left.fetch_sub(1, Relaxed) == 1 {
                    ended.send(()).unwrap();
                }
            });
        }
        wait.recv().unwrap();
        (tasks - left.load(Relaxed), left.load(Relaxed))
    }))
}

async fn sum_of(mut handles: Vec<JoinHandle<u64>>) -> (u64, Vec<JoinHandle<u64>>) {
    let mut sum = 0;
    for handle in handles.drain(..) {
        sum += handle.await.unwrap();
    }
    (sum, handles)
}

/// The main thread spawns and awaits; in Tokio that is the best form in both shapes.
fn spawn_many_remote(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let tasks: usize = arguments.get("tasks");
    let mut handles = Vec::with_capacity(tasks);
    let mut sum = 0;
    let start = Instant::now();
    for _ in 0..iterations {
        for _ in 0..tasks {
            handles.push(runtime.spawn(async { 1 }));
        }
        let ended = runtime.block_on(sum_of(handles));
        sum += ended.0;
        handles = ended.1;
    }
    Outcome {
        time: start.elapsed(),
        tasks: sum,
        sum,
    }
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Tasks in the background that yield and spin, by turns.
fn spawn_many_remote_busy1(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let workers: usize = arguments.get("workers");
    let stall = Duration::from_micros(arguments.get("stall_us"));
    let busy = Arc::new(AtomicBool::new(true));
    let background = (0..2 * workers).map(|_| {
        let busy = busy.clone();
        runtime.spawn(async move {
            while busy.load(Relaxed) {
                tokio::task::yield_now().await;
                spin(stall);
            }
        })
    });
    let background = background.collect::<Vec<_>>();
    let outcome = spawn_many_remote(runtime, arguments, iterations);
    busy.store(false, Relaxed);
    for task in background {
        runtime.block_on(task).unwrap();
    }
    outcome
}

fn spin_and_respawn(busy: Arc<AtomicBool>, ended: Arc<Countdown>, stall: Duration) {
    tokio::spawn(async move {
        if busy.load(Relaxed) {
            spin(stall);
            spin_and_respawn(busy, ended, stall);
        } else {
            ended.done();
        }
    });
}

/// Tasks in the background that spin and spawn themselves anew.
fn spawn_many_remote_busy2(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let workers = arguments.get("workers");
    let stall = Duration::from_micros(arguments.get("stall_us"));
    let busy = Arc::new(AtomicBool::new(true));
    let ended = Arc::new(Countdown::new(workers));
    for _ in 0..workers {
        let (busy, ended) = (busy.clone(), ended.clone());
        runtime.spawn(async move { spin_and_respawn(busy, ended, stall) });
    }
    let outcome = spawn_many_remote(runtime, arguments, iterations);
    busy.store(false, Relaxed);
    runtime.block_on(ended.wait());
    outcome
}

/// Spawns the next task, `left` deep; the last one tells how many there were.
fn chain<E: FnOnce(u64) + Send + 'static>(left: u64, ran: u64, end: E) {
    if left == 0 {
        end(ran);
    } else {
        tokio::spawn(async move { chain(left - 1, ran + 1, end) });
    }
}

fn chained_spawn(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let depth = arguments.get("depth");
    let main = timed(iterations, async move || {
        let (ended, wait) = tokio::sync::oneshot::channel();
        chain(depth, 0, move |ran| ended.send(ran).unwrap());
        (wait.await.unwrap(), 0)
    });
    in_task(runtime, main)
}

fn chained_spawn_blocked(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let depth = arguments.get("depth");
    let (ended, wait): (SyncSender<u64>, _) = sync_channel(1000);
    runtime.block_on(timed(iterations, async || {
        let ended = ended.clone();
        chain(depth, 0, move |ran| ended.send(ran).unwrap());
        (wait.recv().unwrap(), 0)
    }))
}
