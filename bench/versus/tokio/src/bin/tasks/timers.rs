//! Timers that are made and cancelled; timeouts as in Tokio's benches/time_timeout.rs.

use std::future::{Future, poll_fn, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

use crate::{Countdown, Outcome, Work, in_task, timed};

const SECOND: Duration = Duration::from_secs(1);

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    Some(match (work, blocked) {
        ("timer_fresh_1m", false) => timer_fresh,
        ("timer_cancel_random_1m", false) => timer_cancel_random,
        ("time_timeout", false) => time_timeout,
        _ => return None,
    })
}

/// The `index`-th of `live` times, spread evenly from 10 s to an hour.
fn spread(index: u64, live: u64) -> Duration {
    Duration::from_millis(10_000 + index * 3_590_000 / live)
}

async fn spawn_sleepers(live: u64) -> JoinSet<()> {
    let countdown = Arc::new(Countdown::new(live));
    let mut sleepers = JoinSet::new();
    for index in 0..live {
        let countdown = countdown.clone();
        sleepers.spawn(async move {
            countdown.done();
            sleep(spread(index, live)).await;
        });
    }
    countdown.wait().await;
    sleepers
}

/// The sleep is polled first, which arms it; then the other branch is ready, and it is dropped.
async fn arm_and_drop() -> u64 {
    let fresh = pin!(sleep(SECOND));
    tokio::select! {
        biased;
        () = fresh => 0,
        one = ready(1) => one,
    }
}

fn timer_fresh(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (live, pairs): (u64, u64) = (arguments.get("live"), arguments.get("pairs"));
    in_task(runtime, async move {
        let mut sleepers = spawn_sleepers(live).await;
        let pairs = async move || {
            let mut sum = 0;
            for _ in 0..pairs {
                sum += arm_and_drop().await;
            }
            (1, sum)
        };
        let outcome = timed(iterations, pairs).await;
        sleepers.shutdown().await;
        outcome
    })
}

/// A table of armed sleeps. Polling one that is pending costs none of the task's budget. Not a
/// tokio_util::time::DelayQueue: removing from one takes half as long again (measured).
async fn armed_table(live: u64) -> Vec<Option<Pin<Box<Sleep>>>> {
    let mut table = (0..live)
        .map(|index| Box::pin(sleep(spread(index, live))))
        .collect::<Vec<_>>();
    poll_fn(|context| {
        for sleep in &mut table {
            assert!(sleep.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    table.into_iter().map(Some).collect()
}

/// The first `count` of the numbers below `live`, shuffled by xorshift32 from seed 1.
fn random_order(live: u64, count: usize) -> Vec<usize> {
    let mut order = (0..live as usize).collect::<Vec<_>>();
    let mut state: u32 = 1;
    for last in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        order.swap(last, state as usize % (last + 1));
    }
    order.truncate(count);
    order
}

fn timer_cancel_random(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (live, cancels) = (arguments.get("live"), arguments.get("cancels"));
    let order = random_order(live, cancels);
    in_task(runtime, async move {
        let mut outcome = Outcome::default();
        for _ in 0..iterations {
            let mut table = armed_table(live).await;
            let start = Instant::now();
            for &index in &order {
                let sleep = table[index].take();
                outcome.sum += sleep.is_some_and(|sleep| !sleep.is_elapsed()) as u64;
            }
            outcome.time += start.elapsed();
            outcome.tasks += 1;
        }
        outcome
    })
}

fn time_timeout(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (workers, times): (u64, u64) = (arguments.get("workers"), arguments.get("times"));
    let main = timed(iterations, async move || {
        let tasks = (0..workers).map(|_| {
            tokio::spawn(async move {
                let mut in_time = 0;
                for _ in 0..times {
                    in_time += black_box(timeout(SECOND, ready(1)).await.unwrap_or(0));
                }
                in_time
            })
        });
        let mut sum = 0;
        for task in tasks.collect::<Vec<_>>() {
            sum += task.await.unwrap();
        }
        (workers, sum)
    });
    in_task(runtime, main)
}
