//! Works that spawn, after Tokio's benches/rt_multi_threaded.rs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
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

/// The main thread spawns and awaits; the better form, in both shapes, unless the one worker has
/// tasks in the background that yield (measured). Always on the multi-thread runtime: a
/// current-thread one is told of each task by a system call.
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
        ..Default::default()
    }
}

/// A thread for blocking calls spawns, and the main task awaits.
fn spawn_many_remote_for_a_task(
    runtime: &Runtime,
    arguments: &Arguments,
    iterations: u64,
) -> Outcome {
    let tasks: usize = arguments.get("tasks");
    let outside = runtime.handle().clone();
    let mut handles = Vec::with_capacity(tasks);
    let main = timed(iterations, async move || {
        let (outside, mut empty) = (outside.clone(), std::mem::take(&mut handles));
        let spawn_all = move || {
            empty.extend((0..tasks).map(|_| outside.spawn(async { 1 })));
            empty
        };
        let spawned = tokio::task::spawn_blocking(spawn_all).await.unwrap();
        let (sum, empty) = sum_of(spawned).await;
        handles = empty;
        (sum, sum)
    });
    in_task(runtime, main)
}

/// What tasks in the background share.
struct Background {
    busy: AtomicBool,
    stall: Duration,
    stalls: AtomicU64,
}

impl Background {
    fn new(arguments: &Arguments) -> Arc<Self> {
        Arc::new(Self {
            busy: AtomicBool::new(true),
            stall: Duration::from_micros(arguments.get("stall_us")),
            stalls: AtomicU64::new(0),
        })
    }

    fn spin(&self) {
        let start = Instant::now();
        while start.elapsed() < self.stall {
            std::hint::spin_loop();
        }
        self.stalls.fetch_add(1, Relaxed);
    }

    /// Runs the work beside them, then tells them to leave.
    fn beside(&self, work: impl FnOnce() -> Outcome) -> Outcome {
        let before = self.stalls.load(Relaxed);
        let mut outcome = work();
        outcome.stalls = self.stalls.load(Relaxed) - before;
        self.busy.store(false, Relaxed);
        outcome
    }
}

/// Tasks in the background that yield and spin, by turns.
fn spawn_many_remote_busy1(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let workers: usize = arguments.get("workers");
    let background = Background::new(arguments);
    let tasks = (0..2 * workers).map(|_| {
        let background = background.clone();
        runtime.spawn(async move {
            while background.busy.load(Relaxed) {
                tokio::task::yield_now().await;
                background.spin();
            }
        })
    });
    let tasks = tasks.collect::<Vec<_>>();
    let spawn_many = if workers > 1 || arguments.is("shape", "blocked") {
        spawn_many_remote
    } else {
        spawn_many_remote_for_a_task
    };
    let outcome = background.beside(|| spawn_many(runtime, arguments, iterations));
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    outcome
}

fn spin_and_respawn(background: Arc<Background>, ended: Arc<Countdown>) {
    tokio::spawn(async move {
        if background.busy.load(Relaxed) {
            background.spin();
            spin_and_respawn(background, ended);
        } else {
            ended.done();
        }
    });
}

/// Tasks in the background that spin and spawn themselves anew.
fn spawn_many_remote_busy2(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let workers = arguments.get("workers");
    let background = Background::new(arguments);
    let ended = Arc::new(Countdown::new(workers));
    for _ in 0..workers {
        let (background, ended) = (background.clone(), ended.clone());
        runtime.spawn(async move { spin_and_respawn(background, ended) });
    }
    let outcome = background.beside(|| spawn_many_remote(runtime, arguments, iterations));
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
