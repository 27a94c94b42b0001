#pragma once

#include <sys/types.h>
#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ask/callers.hpp"
#include "ask/fd_kind.hpp"
#include "ask/java_monitors.hpp"
#include "ask/loop_watch.hpp"
#include "ask/proc_text.hpp"
#include "ask/sockets.hpp"
#include "ask/task_census.hpp"

namespace aside_app::ask {

/// What /proc says about one process of the program.
class process_view final : public fd_teller {
 public:
  process_view(pid_t pid, sockets& book)
      : pid_{pid}, sockets_{book}, census_{pid}, callers_{pid}, loop_{pid, book},
        monitors_{pid} {}
  ~process_view() override;
  process_view(const process_view&) = delete;
  process_view& operator=(const process_view&) = delete;

  pid_t pid() const noexcept { return pid_; }
  task_census& census() noexcept { return census_; }
  callers& code() noexcept { return callers_; }
  loop_watch& loop() noexcept { return loop_; }
  java_monitors& monitors() noexcept { return monitors_; }

  /// It is a virtual machine, by the names of its threads.
  bool keeps_house() const noexcept { return keeps_house_; }
  void set_keeps_house() noexcept { keeps_house_ = true; }

  /// The numbers of its threads, if they may have changed since the last call or `always`; empty
  /// otherwise, and when it is gone.
  std::vector<pid_t> threads_if_changed(bool always);

  /// A signal or a debugger holds it. Asked again in the same look, it answers the same.
  bool is_stopped(std::uint64_t look);

  /// The descriptor that was asked for last watches a pipe to somebody else.
  bool watches_pipe() const noexcept { return watches_pipe_; }
  /// Of the connections that were watched by the descriptor that was asked for last: those that owe an answer.
  std::size_t owing() const noexcept { return owing_; }

  /// How many clients a loop, which waits for `limit` at most, has not answered yet.
  std::size_t unanswered_by(const system_call& call, std::chrono::milliseconds limit);

  fd_kind kind_of(int descriptor) override;
  fd_counts watched_by(int epoll) override;
  fd_counts polled(std::uint64_t address, std::uint64_t count) override;
  fd_counts selected(const std::array<std::uint64_t, 3>& sets, std::uint64_t count) override;
  bool is_thread(std::uint64_t word) override;
  bool is_woken_by_the_clock(std::uint64_t signals) override;

  /// Who is at the other end of the first socket that a call waits for; empty if that is unknown.
  std::string peer_of(const system_call& call);

  /// The sockets at the other ends of the connections that a call waits for, by their inodes, 0 for each that
  /// is not known; empty where there is none, or too many to tell.
  std::vector<std::uint64_t> other_ends_of(const system_call& call);

  /// The pipes without a name that a call waits for, by their inodes; empty if it waits for others, too.
  std::vector<std::uint64_t> pipes_of(const system_call& call) const;

  /// What threads of this and other processes may wait at, as one number; 0 if only they themselves
  /// can.
  std::uint64_t common_place_of(const system_call& call);

 private:
  std::string link_of(int descriptor) const;
  bool is_own_pipe(int descriptor) const;
  void look_for_spare(fd_counts& found, const std::vector<std::uint64_t>& outbound);
  std::vector<int> descriptors_of(const system_call& call) const;
  std::vector<int> polled_descriptors(std::uint64_t address, std::uint64_t count) const;
  bool copy_from(std::uint64_t address, void* into, std::size_t size) const noexcept;

  pid_t pid_;
  sockets& sockets_;
  task_census census_;
  callers callers_;
  loop_watch loop_;
  java_monitors monitors_;
  std::unordered_map<std::uint64_t, std::uint64_t> places_;  ///< by address
  int tasks_ = -1;
  bool keeps_house_ = false;
  std::uint64_t stop_look_ = ~std::uint64_t{0};
  bool stopped_ = false;
  std::uint64_t links_ = 0;
  std::size_t owing_ = 0;
  bool watches_pipe_ = false;
};

/// Of what /proc has about a process.
std::string path_of(pid_t pid, std::string_view what);

/// The processes that the threads of `pid` have started; empty if there are none or it is gone.
std::vector<pid_t> children_of(pid_t pid, pid_t tid);

/// The stat line of one of its threads.
std::optional<stat_line> stat_of(pid_t pid, pid_t tid);

/// Of a process that has ended its first thread is left until its parent asks for it, and of one
/// whose first thread has ended until the others have, too.
bool is_left_over(pid_t pid, pid_t tid);

/// The command line of a process, or its name where there is none.
std::string command_of(pid_t pid);

}  // namespace aside_app::ask
