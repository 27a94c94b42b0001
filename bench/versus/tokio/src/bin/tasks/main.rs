//! The `tasks` program: reads commands, runs the work, answers.
//!
//! `natural`: what waits is itself a spawned task. `blocked`: the main thread spawns, then blocks
//! on a channel of the standard library, as in Tokio's own benches.

mod channels;
mod locks;
mod skynet;
mod sleepers;
mod spawn;
mod switch;
mod timers;

use std::future::Future;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use protocol::{Arguments, leave_on_sigterm};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// For the contestant tokio_mimalloc: Tokio's tasks are aligned to 128 bytes, which the system's
/// allocator serves slowly and wastes memory for.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Default)]
pub struct Outcome {
    pub time: Duration,
    pub tasks: u64,
    pub sum: u64,
    /// Of tasks in the background.
    pub stalls: u64,
}

/// Runs the work `iterations` times.
pub type Work = fn(&Runtime, &Arguments, u64) -> Outcome;

/// Counts tasks down; the last one wakes the task that waits.
pub struct Countdown {
    left: AtomicU64,
    ended: Notify,
}

impl Countdown {
    pub fn new(count: u64) -> Self {
        Self {
            left: AtomicU64::new(count),
            ended: Notify::new(),
        }
    }

    pub fn restart(&self, count: u64) {
        self.left.store(count, Relaxed);
    }

    pub fn done(&self) {
        if self.left.fetch_sub(1, Relaxed) == 1 {
            self.ended.notify_one();
        }
    }

    pub async fn wait(&self) {
        self.ended.notified().await;
    }

    pub fn left(&self) -> u64 {
        self.left.load(Relaxed)
    }
}

/// Runs the main part as a task; the calling thread only waits for it.
pub fn in_task<T: Send + 'static>(
    runtime: &Runtime,
    main: impl Future<Output = T> + Send + 'static,
) -> T {
    let task = runtime.spawn(main);
    runtime.block_on(task).expect("the main task ends")
}

/// Times the iterations of a work that reports its tasks and its sum for each.
pub async fn timed(iterations: u64, mut iteration: impl AsyncFnMut() -> (u64, u64)) -> Outcome {
    let mut outcome = Outcome::default();
    let start = Instant::now();
    for _ in 0..iterations {
        let (tasks, sum) = iteration().await;
        outcome.tasks += tasks;
        outcome.sum += sum;
    }
    outcome.time = start.elapsed();
    outcome
}

/// With one worker, the current-thread runtime is the better form or as good, save in these (measured,
/// each work on both).
const BETTER_ON_A_WORKER: [&str; 9] = [
    "spawn_many_local",
    "spawn_many_remote_idle",
    "spawn_many_remote_busy1",
    "spawn_many_remote_busy2",
    "ping_pong",
    "request_reply",
    "sleepers_1m_bytes",
    "channel_10m",
    "select",
];

fn find(work: &str, blocked: bool) -> Option<Work> {
    spawn::find(work, blocked)
        .or_else(|| switch::find(work, blocked))
        .or_else(|| skynet::find(work, blocked))
        .or_else(|| sleepers::find(work, blocked))
        .or_else(|| timers::find(work, blocked))
        .or_else(|| channels::find(work, blocked))
        .or_else(|| locks::find(work, blocked))
}

fn answer(text: String) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .expect("stdout is open");
}

fn main() {
    let arguments = Arguments::from_command_line();
    let blocked = arguments.is("shape", "blocked");
    let Some(work) = find(&arguments.work, blocked) else {
        eprintln!("unknown work: {}", arguments.work);
        std::process::exit(3);
    };
    leave_on_sigterm();
    let workers = arguments.get("workers");
    let one_thread = workers == 1 && !blocked && !BETTER_ON_A_WORKER.contains(&&*arguments.work);
    let make_runtime = || protocol::runtime(workers, one_thread);
    let mut runtime = make_runtime();
    answer("ready".to_owned());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("stdin is text");
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["run", iterations] => {
                let iterations = iterations.parse().expect("a number of iterations");
                let Outcome {
                    time,
                    tasks,
                    sum,
                    stalls,
                } = work(&runtime, &arguments, iterations);
                let ns = time.as_nanos();
                answer(format!(
                    "{{\"ns\": {ns}, \"iterations\": {iterations}, \"tasks\": {tasks}, \"sum\": {sum}, \"stalls\": {stalls}}}"
                ));
            }
            ["hold", count] => {
                sleepers::hold(&runtime, count.parse().expect("a number of tasks"));
                answer(format!("held {count}"));
            }
            ["release"] => {
                drop(std::mem::replace(&mut runtime, make_runtime()));
                answer("released".to_owned());
            }
            ["quit"] => break,
            _ => eprintln!("unknown command: {line}"),
        }
    }
    std::process::exit(0);
}
