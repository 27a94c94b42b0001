import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The works of scheduling: a task is a virtual thread, a oneshot is a CompletableFuture. In the
 * natural shape the main part is a virtual thread, in the blocked one it is the main thread.
 */
final class Tasks {
  record Done(long tasks, long sum) {}

  interface Work {
    Done iteration(Protocol arguments) throws Exception;
  }

  static final Map<String, Work> WORKS = Map.ofEntries(
      Map.entry("spawn_many_local", Tasks::spawnManyLocal),
      Map.entry("spawn_many_remote_idle", Tasks::spawnManyRemote),
      Map.entry("yield_many", Tasks::yieldMany),
      Map.entry("ping_pong", Tasks::pingPong),
      Map.entry("chained_spawn", Tasks::chainedSpawn),
      Map.entry("request_reply", Tasks::requestReply),
      Map.entry("skynet_1m", Tasks::skynet),
      Map.entry("sleepers_1m_bytes", Tasks::sleepers),
      Map.entry("sleepers_1m_seconds", Tasks::sleepers),
      Map.entry("oneshot", Tasks::oneshot),
      Map.entry("post", Tasks::post));

  static Done spawnManyLocal(Protocol arguments) throws InterruptedException {
    int tasks = arguments.number("tasks");
    var left = new AtomicLong(tasks);
    var ended = new CountDownLatch(1);
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(() -> {
        if (left.decrementAndGet() == 0) {
          ended.countDown();
        }
      });
    }
    ended.await();
    return new Done(tasks - left.get(), left.get());
  }

  static <T> FutureTask<T> spawn(Callable<T> body) {
    var task = new FutureTask<T>(body);
    Thread.startVirtualThread(task);
    return task;
  }

  static Done spawnManyRemote(Protocol arguments) throws Exception {
    int tasks = arguments.number("tasks");
    var handles = new ArrayList<FutureTask<Integer>>(tasks);
    for (int i = 0; i < tasks; i++) {
      handles.add(spawn(() -> 1));
    }
    long sum = 0;
    for (var handle : handles) {
      sum += handle.get();
    }
    return new Done(sum, sum);
  }

  static Done yieldMany(Protocol arguments) throws InterruptedException {
    int tasks = arguments.number("tasks");
    int yields = arguments.number("yields");
    var left = new AtomicLong(tasks);
    var done = new AtomicLong();
    var ended = new CountDownLatch(1);
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(() -> {
        for (int turn = 0; turn < yields; turn++) {
          Thread.yield();
        }
        done.addAndGet(yields);
        if (left.decrementAndGet() == 0) {
          ended.countDown();
        }
      });
    }
    ended.await();
    return new Done(tasks - left.get(), done.get());
  }

  static void ping() {
    var ping = new CompletableFuture<Boolean>();
    var pong = new CompletableFuture<Boolean>();
    Thread.startVirtualThread(() -> pong.complete(ping.join()));
    ping.complete(true);
    pong.join();
  }

  static Done pingPong(Protocol arguments) throws InterruptedException {
    int pings = arguments.number("pings");
    var left = new AtomicLong(pings);
    var ended = new CountDownLatch(1);
    Thread.startVirtualThread(() -> {
      for (int i = 0; i < pings; i++) {
        Thread.startVirtualThread(() -> {
          ping();
          if (left.decrementAndGet() == 0) {
            ended.countDown();
          }
        });
      }
    });
    ended.await();
    long answers = pings - left.get();
    return new Done(2 * answers, answers);
  }

  static void chain(int left, int ran, CompletableFuture<Integer> ended) {
    if (left == 0) {
      ended.complete(ran);
    } else {
      Thread.startVirtualThread(() -> chain(left - 1, ran + 1, ended));
    }
  }

  static Done chainedSpawn(Protocol arguments) {
    var ended = new CompletableFuture<Integer>();
    chain(arguments.number("depth"), 0, ended);
    return new Done(ended.join(), 0);
  }

  record Request(long value, CompletableFuture<Long> reply) {}

  static Done requestReply(Protocol arguments) throws Exception {
    var requests = new ArrayBlockingQueue<Request>(arguments.number("capacity"));
    int count = arguments.number("requests");
    FutureTask<Integer> server = spawn(() -> {
      for (Request request; (request = requests.take()).reply != null; ) {
        request.reply.complete(request.value + 1);
      }
      return 1;
    });
    long sum = 0;
    for (int value = 0; value < count; value++) {
      var reply = new CompletableFuture<Long>();
      requests.put(new Request(value, reply));
      sum += reply.join();
    }
    requests.put(new Request(0, null));
    return new Done(server.get(), sum);
  }

  static Done node(long first, int leaves, int fan) throws InterruptedException, ExecutionException {
    if (leaves == 1) {
      return new Done(1, first);
    }
    int below = leaves / fan;
    var children = new ArrayList<FutureTask<Done>>(fan);
    for (int child = 0; child < fan; child++) {
      long start = first + (long) child * below;
      children.add(spawn(() -> node(start, below, fan)));
    }
    long tasks = 1;
    long sum = 0;
    for (var child : children) {
      tasks += child.get().tasks;
      sum += child.get().sum;
    }
    return new Done(tasks, sum);
  }

  static Done skynet(Protocol arguments) throws Exception {
    int leaves = arguments.number("leaves");
    int fan = arguments.number("fan");
    return spawn(() -> node(0, leaves, fan)).get();
  }

  static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  static Done sleepers(Protocol arguments) throws InterruptedException {
    int tasks = arguments.number("tasks");
    int milliseconds = arguments.number("sleep_ms");
    var ended = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(() -> {
        sleep(milliseconds);
        ended.countDown();
      });
    }
    ended.await();
    long slept = tasks - ended.getCount();
    return new Done(slept, slept);
  }

  static List<Thread> hold(int count) throws InterruptedException {
    var held = new ArrayList<Thread>(count);
    var waiting = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      held.add(Thread.startVirtualThread(() -> {
        waiting.countDown();
        sleep(3_600_000);
      }));
    }
    waiting.await();
    return held;
  }

  static void release(List<Thread> held) throws InterruptedException {
    for (Thread thread : held) {
      thread.interrupt();
    }
    for (Thread thread : held) {
      thread.join();
    }
  }

  static Done oneshot(Protocol arguments) {
    int times = arguments.number("times");
    long sum = 0;
    for (int value = 1; value <= times; value++) {
      var oneshot = new CompletableFuture<Integer>();
      oneshot.complete(value);
      sum += oneshot.join();
    }
    return new Done(1, sum);
  }

  static Done post(Protocol arguments) {
    int times = arguments.number("times");
    long sum = 0;
    for (int turn = 0; turn < times; turn++) {
      Thread.yield();
      sum++;
    }
    return new Done(1, sum);
  }

  static String run(Protocol arguments, int iterations) throws Exception {
    Work work = WORKS.get(arguments.work);
    long tasks = 0;
    long sum = 0;
    long start = System.nanoTime();
    for (int i = 0; i < iterations; i++) {
      Done done = work.iteration(arguments);
      tasks += done.tasks;
      sum += done.sum;
    }
    long ns = System.nanoTime() - start;
    return "{\"ns\": %d, \"iterations\": %d, \"tasks\": %d, \"sum\": %d}"
        .formatted(ns, iterations, tasks, sum);
  }

  public static void main(String[] words) {
    var arguments = new Protocol(words);
    if (!WORKS.containsKey(arguments.work)) {
      Protocol.fail(3, "unknown work: " + arguments.work);
    }
    arguments.start();
    // Who spawns "remotely" is a thread that carries no virtual ones.
    boolean onMainThread =
        arguments.is("shape", "blocked") || arguments.work.startsWith("spawn_many_remote");
    System.out.println("ready");
    var held = new ArrayList<Thread>();
    Protocol.serve((command, count) -> switch (command) {
      case "run" -> onMainThread ? run(arguments, count) : spawn(() -> run(arguments, count)).get();
      case "hold" -> {
        held.addAll(hold(count));
        yield "held " + count;
      }
      case "release" -> {
        release(held);
        held.clear();
        yield "released";
      }
      default -> throw new IllegalArgumentException("unknown command: " + command);
    });
  }
}
