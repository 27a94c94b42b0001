//! Works in which tasks yield or wait for each other, after Tokio's benches/rt_multi_threaded.rs
//! and benches/sync_mpsc_oneshot.rs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

use crate::{Countdown, Outcome, Work, in_task, timed};

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    Some(match (work, blocked) {
        ("yield_many", false) => yield_many,
        ("yield_many", true) => yield_many_blocked,
        ("ping_pong", false) => ping_pong,
        ("ping_pong", true) => ping_pong_blocked,
        ("request_reply", _) => request_reply,
        ("oneshot", false) => oneshot,
        ("post", false) => post,
        _ => return None,
    })
}

async fn yield_times(yields: u64, done: &AtomicU64) {
    for _ in 0..yields {
        yield_now().await;
    }
    done.fetch_add(yields, Relaxed);
}

fn yield_many(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (tasks, yields) = (arguments.get("tasks"), arguments.get("yields"));
    let shared = Arc::new((Countdown::new(0), AtomicU64::new(0)));
    let main = timed(iterations, async move || {
        shared.0.restart(tasks);
        for _ in 0..tasks {
            let shared = shared.clone();
            tokio::spawn(async move {
                yield_times(yields, &shared.1).await;
                shared.0.done();
            });
        }
        shared.0.wait().await;
        (tasks - shared.0.left(), shared.1.swap(0, Relaxed))
    });
    in_task(runtime, main)
}

fn yield_many_blocked(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (tasks, yields) = (arguments.get("tasks"), arguments.get("yields"));
    let (ended, wait) = sync_channel(1000);
    let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    runtime.block_on(timed(iterations, async || {
        shared.0.store(tasks, Relaxed);
        for _ in 0..tasks {
            let (ended, shared) = (ended.clone(), shared.clone());
            tokio::spawn(async move {
                yield_times(yields, &shared.1).await;
                if shared.0.fetch_sub(1, Relaxed) == 1 {
                    ended.send(()).unwrap();
                }
            });
        }
        wait.recv().unwrap();
        (tasks - shared.0.load(Relaxed), shared.1.swap(0, Relaxed))
    }))
}

/// One ping, in a task of its own; its peer is another.
async fn ping() {
    let (ping_sender, ping_receiver) = oneshot::channel();
    let (pong_sender, pong_receiver) = oneshot::channel();
    tokio::spawn(async move {
        ping_receiver.await.unwrap();
        pong_sender.send(()).unwrap();
    });
    ping_sender.send(()).unwrap();
    pong_receiver.await.unwrap();
}

fn ping_pong(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let pings = arguments.get("pings");
    let countdown = Arc::new(Countdown::new(0));
    let main = timed(iterations, async move || {
        countdown.restart(pings);
        for _ in 0..pings {
            let countdown = countdown.clone();
            tokio::spawn(async move {
                ping().await;
                countdown.done();
            });
        }
        countdown.wait().await;
        let answers = pings - countdown.left();
        (2 * answers, answers)
    });
    in_task(runtime, main)
}

fn ping_pong_blocked(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let pings = arguments.get("pings");
    let (ended, wait) = sync_channel(1000);
    let left = Arc::new(AtomicU64::new(0));
    runtime.block_on(timed(iterations, async || {
        left.store(pings, Relaxed);
        let (all_ended, all_left) = (ended.clone(), left.clone());
        tokio::spawn(async move {
            for _ in 0..pings {
                let (ended, left) = (all_ended.clone(), all_left.clone());
                tokio::spawn(async move {
                    ping().await;
                    if left.fetch_sub(1, Relaxed) == 1 {
                        ended.send(()).unwrap();
                    }
                });
            }
        });
        wait.recv().unwrap();
        let answers = pings - left.load(Relaxed);
        (2 * answers, answers)
    }))
}

/// The client is the main part: a task, or the thread that blocks.
fn request_reply(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let requests: u64 = arguments.get("requests");
    let capacity = arguments.get("capacity");
    let client = timed(iterations, async move || {
        let (sender, mut receiver) = mpsc::channel::<(u64, oneshot::Sender<u64>)>(capacity);
        let server = tokio::spawn(async move {
            while let Some((value, reply)) = receiver.recv().await {
                reply.send(value + 1).unwrap();
            }
            1
        });
        let mut sum = 0;
        for value in 0..requests {
            let (reply, answer) = oneshot::channel();
            sender.send((value, reply)).await.unwrap();
            sum += answer.await.unwrap();
        }
        drop(sender);
        (server.await.unwrap(), sum)
    });
    if arguments.is("shape", "blocked") {
        runtime.block_on(client)
    } else {
        in_task(runtime, client)
    }
}

fn oneshot(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let times = arguments.get("times");
    let main = timed(iterations, async move || {
        let mut sum = 0;
        for value in 1..=times {
            let (sender, receiver) = oneshot::channel::<u64>();
            sender.send(value).unwrap();
            sum += receiver.await.unwrap();
        }
        (1, sum)
    });
    in_task(runtime, main)
}

fn post(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let times: u64 = arguments.get("times");
    let main = timed(iterations, async move || {
        let mut sum = 0;
        for _ in 0..times {
            yield_now().await;
            sum += 1;
        }
        (1, sum)
    });
    in_task(runtime, main)
}
