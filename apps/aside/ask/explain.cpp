#include <map>

#include "ask/ask.hpp"
#include "ask/verdict.hpp"
#include "exit_code.hpp"

namespace aside_app {
namespace {

const std::map<std::string, std::string>& pages() {
  static const std::map<std::string, std::string> all{
      {"busy.one_core",
       "The program computes, for 70 % of the time or more, and on one core at a time. It is not\n"
       "slow because it waits.\n\n"
       "What helps: less work (a profiler shows where it goes), or the same work on several cores\n"
       "at once: threads, a thread pool, std::execution::par. Only what does not need another\n"
       "part's result can be divided; what is left over sets the limit.\n"
       "What does not: tasks. A task that computes keeps its core from all others.\n"},
      {"busy.some_cores",
       "The program computes on several cores, but not on all that it may use: on more than 1.25,\n"
       "and on less than 85 % of them, on average.\n\n"
       "What helps: more threads, smaller pieces of work, or looking at the part during which "
       "only\n"
       "one core is busy (the timeline shows when).\n"},
      {"busy.all_cores",
       "The program keeps every core busy that it may use, or nearly: 85 % of them, on average.\n\n"
       "What helps: less work, a better algorithm, or more cores. More threads would only "
       "queue.\n"},
      {"busy.short_processes",
       "Most of the processor time goes into processes that live for a fraction of a second and\n"
       "hardly wait: starting and ending them is the cost, not what they do.\n\n"
       "What helps: one process that does the work of many (in scripts: a built-in instead of a\n"
       "program, one call with many arguments instead of many calls).\n"},
      {"waiting.many",
       "The program waits for answers, and for many at once: at least four, often thousands.\n\n"
       "This is what tasks are for. A waiting thread holds some 40 kB, a waiting task some "
       "hundred\n"
       "bytes. With a few dozen waits threads do as well and are easier to debug; from some\n"
       "thousand on their memory, and the limits on their number, decide.\n"},
      {"waiting.some",
       "The program waits for two or three answers at once.\n\n"
       "Threads are fine here: simple, and every library works with them. If the number is to "
       "grow\n"
       "with the number of users, look again then.\n"},
      {"waiting.few",
       "The program waits for answers, but only a few times (five or fewer that matter), one wait\n"
       "after another.\n\n"
       "Leave it simple. Making it asynchronous would cost more in reading and debugging than it\n"
       "could save: nothing else is there to be done meanwhile.\n"},
      {"waiting.sequence",
       "The program waits for answers many times (six and more), one wait after another.\n\n"
       "If no wait needs the answer of the one before, overlap them: sixteen at once take about a\n"
       "sixteenth of the time. Tasks make that easy and limit how many are under way\n"
       "(aside::scope). If each needs the last one's answer, ask for more in one request "
       "instead.\n"},
      {"waiting.pipe",
       "The program waits for whoever is at the other end of a pipe.\n\n"
       "It is not the slow part. Ask about the program at the other end.\n"},
      {"waiting.child",
       "The program waits for another process, and what that does was not to be seen.\n\n"
       "Ask about that process.\n"},
      {"waiting.unknown",
       "The program waits, and the system does not tell for what.\n\n"
       "As the same user, started by ask (aside ask -- program) or as root more is to be seen.\n"},
      {"lock",
       "Threads wait for a lock that another one, or another program, holds.\n\n"
       "More threads would wait, too. What helps: holding the lock for less time (compute first,\n"
       "then lock and store), dividing what it guards, or an owner that the others send messages "
       "to.\n\n"
       "Waits for monitors (synchronized) a Java virtual machine counts itself. Of other locks Java and\n"
       "Node keep the queues to themselves, and so do others. Three or more\n"
       "threads that wait for each other without a limit of time are taken for a lock; a word that\n"
       "goes round among them would look the same. Where one has the lock nearly all the time, because\n"
       "it takes it again at once, the others are woken for nothing again and again, and by that it is\n"
       "known. A lock that is held over a wait is known by that\n"
       "wait: one thread at a time waits for an answer or the clock, and the others for that thread.\n"},
      {"turns",
       "Several threads share the work, but only one of them runs at a time: an interpreter's\n"
       "global lock, or threads that hand a result to and fro. (If they want the same lock of the\n"
       "program, the verdict is lock; of two of which nobody can see what they exclude each other\n"
       "for, it is this one.)\n\n"
       "More threads will not help. Processes instead of threads do where an interpreter's lock "
       "is\n"
       "the cause; else find what they exclude each other for.\n"},
      {"queued.own",
       "More threads want to run than there are cores, and they queue.\n\n"
       "What helps: as many threads as cores, in a pool that takes pieces of work. If they are "
       "many\n"
       "because they mostly wait, and now all woke at once, tasks use as many threads as cores.\n"},
      {"queued.others",
       "The program could run, but other programs have the cores.\n\n"
       "Nothing in it would make it faster here. Run it when or where the cores are free.\n"},
      {"queued.quota",
       "The program's threads are held back: its cgroup (a container's limit) has a quota of\n"
       "processor time and uses it up, or cores are idle and its threads are tied to one.\n\n"
       "What helps: a larger quota, freeing the threads, or no more threads than the quota "
       "feeds.\n"},
      {"disk",
       "The program waits for a disk, or for pages of files that are not in memory.\n\n"
       "What helps: more requests at once (a few threads that read ahead), larger pieces, reading "
       "in\n"
       "order, or more memory for the cache. A second run says how much the cache does.\n"},
      {"mixed",
       "The program computes for a part of the time and waits for another, and neither is most: it\n"
       "computes for more than 30 and less than 70 %. Or it waits for several things, and none of\n"
       "them is most.\n\n"
       "If the timeline shows phases, judge them apart. If both go on side by side all the time,\n"
       "let one thread wait for the next piece while another computes on this one.\n"},
      {"loop",
       "The program is an event loop that serves two connections or more: it is asynchronous\n"
       "already. (With one at a time it waits as any other program does.)\n\n"
       "From outside nobody sees how many of its tasks wait, and for what. If it is slow all the\n"
       "same and has time left, its peers are slow.\n\n"
       "If the loop is full, it has no time left: several connections always have something for it,\n"
       "and one core does all that there is to do. What helps: a loop on each core, computing in\n"
       "threads beside the loop, or less work for each answer.\n"},
      {"timer",
       "The program sleeps: it waits for a time, because somebody told it to.\n\n"
       "If that is meant, nothing is wrong. If it sleeps to wait for something else (polling), "
       "wait\n"
       "for that itself: a condition variable, a descriptor, inotify.\n\n"
       "A wait for another thread that gives up after a time counts as sleep where nothing else\n"
       "holds the program up: that is how Java sleeps.\n\n"
       "Hundreds of threads that sleep hold memory; as tasks they would hold some hundred bytes each.\n"},
      {"idle.clients",
       "A server that waits for its clients. It is not slow; nobody asks it anything.\n\n"
       "If it holds a thread for each client, the memory of those threads is worth a look: that "
       "is\n"
       "where tasks make a difference even when nothing is slow.\n"},
      {"idle.terminal", "The program waits for somebody to type. Nothing is slow.\n"},
      {"idle.parked",
       "All threads wait for each other, for a signal, or until some file changes.\n\n"
       "A pool with nothing to do looks like this, and so does a deadlock: whether work is there\n"
       "and nobody takes it, only a debugger shows (gdb -p PID, thread apply all backtrace).\n"},
      {"idle.stopped", "The program has been stopped by a signal; SIGCONT lets it go on.\n"},
      {"short",
       "The program ended before there was much to see: under 50 ms.\n\n"
       "Run it more often (--repeat 20), or give it more to do.\n"}};
  return all;
}

}  // namespace

std::string explanation_of(const std::string& code) {
  std::string text;
  for (const auto& [name, page] : pages())
    if (ask::matches(name, code)) text += name + "\n\n" + page + "\n";
  if (!text.empty()) return text;
  std::string known;
  for (const auto each : ask::all_codes())
    known += " " + std::string{each};
  throw failure{exit_code::bad_usage,
                "aside ask: there is no verdict '" + code + "'; there are:" + known};
}

}  // namespace aside_app
