//! Channels, after Tokio's benches/sync_mpsc.rs, sync_broadcast.rs and sync_watch.rs, without the
//! formatting of random numbers that the latter two do for each message.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{Countdown, Outcome, Work, in_task, timed};

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    Some(match (work, blocked) {
        ("channel_10m", false) => |rt, args, k| {
            channel(
                rt,
                k,
                args.get("producers"),
                args.get("elements"),
                args.get("capacity"),
            )
        },
        ("mpsc_contended", false) => |rt, args, k| {
            let (producers, messages): (u64, u64) = (args.get("producers"), args.get("messages"));
            channel(rt, k, producers, producers * messages, args.get("capacity"))
        },
        ("broadcast", false) => broadcast,
        ("watch", false) => watch,
        ("select", false) => select,
        _ => return None,
    })
}

/// Each producer is a task and sends its share, counting from 0; the main part receives.
fn channel(rt: &Runtime, k: u64, producers: u64, elements: u64, capacity: usize) -> Outcome {
    let share = elements / producers;
    let main = timed(k, async move || {
        let (sender, mut receiver) = mpsc::channel::<u64>(capacity);
        for _ in 0..producers {
            let sender = sender.clone();
            tokio::spawn(async move {
                for value in 0..share {
                    sender.send(value).await.unwrap();
                }
            });
        }
        drop(sender);
        let mut sum = 0;
        while let Some(value) = receiver.recv().await {
            sum += value;
        }
        (producers, sum)
    });
    in_task(rt, main)
}

/// Every receiver adds up what it gets; the next value is sent when all have got the last one.
struct Receivers {
    count: u64,
    sum: AtomicU64,
    pending: Countdown,
}

impl Receivers {
    fn new(count: u64) -> Arc<Self> {
        Arc::new(Self {
            count,
            sum: AtomicU64::new(0),
            pending: Countdown::new(0),
        })
    }

    fn got(&self, value: u64) {
        self.sum.fetch_add(value, Relaxed);
        self.pending.done();
    }

    async fn send_all(&self, sends: u64, send: impl Fn(u64)) -> (u64, u64) {
        for value in 1..=sends {
            self.pending.restart(self.count);
            send(value);
            self.pending.wait().await;
        }
        (self.count, self.sum.swap(0, Relaxed))
    }
}

fn broadcast(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let sends = arguments.get("sends");
    let receivers = Receivers::new(arguments.get("receivers"));
    let (sender, _) = broadcast::channel(arguments.get("capacity"));
    for _ in 0..receivers.count {
        let (receivers, mut receiver) = (receivers.clone(), sender.subscribe());
        runtime.spawn(async move {
            while let Ok(value) = receiver.recv().await {
                receivers.got(value);
            }
        });
    }
    let main = timed(iterations, async move || {
        receivers
            .send_all(sends, |value| assert!(sender.send(value).is_ok()))
            .await
    });
    in_task(runtime, main)
}

fn watch(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let sends = arguments.get("sends");
    let receivers = Receivers::new(arguments.get("receivers"));
    let (sender, _) = watch::channel(0);
    for _ in 0..receivers.count {
        let (receivers, mut receiver) = (receivers.clone(), sender.subscribe());
        runtime.spawn(async move {
            while receiver.changed().await.is_ok() {
                let value = *receiver.borrow_and_update();
                receivers.got(value);
            }
        });
    }
    let main = timed(iterations, async move || {
        receivers
            .send_all(sends, |value| assert!(sender.send(value).is_ok()))
            .await
    });
    in_task(runtime, main)
}

/// One task sends, the main part waits for a message or for a stop that never comes.
fn select(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let times = arguments.get("times");
    let capacity = arguments.get("capacity");
    let main = timed(iterations, async move || {
        let (sender, mut receiver) = mpsc::channel::<u64>(capacity);
        let (_stopper, mut stop) = oneshot::channel::<()>();
        tokio::spawn(async move {
            for value in 1..=times {
                sender.send(value).await.unwrap();
            }
        });
        let mut sum = 0;
        for _ in 0..times {
            tokio::select! {
                value = receiver.recv() => sum += value.unwrap(),
                _ = &mut stop => unreachable!(),
            }
        }
        (1, sum)
    });
    in_task(runtime, main)
}
