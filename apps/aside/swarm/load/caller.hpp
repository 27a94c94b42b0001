#pragma once

#include <aside/aside.hpp>

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

#include "swarm/load/state.hpp"

namespace aside_app::load {

/// One connection of a load and what is said on it. Used by one task.
class caller {
 public:
  caller(state& load, std::size_t index);

  /// Connects; false when that came to nothing, which is counted.
  aside::task<bool> open();
  /// Sends `count` messages at once and reads their answers, which count from `since`. False when the
  /// connection is lost, which is counted.
  aside::task<bool> ask(unsigned count, clock::time_point since);
  /// Waits until the peer says something or ends the stream; counts the one or the other.
  aside::task<> listen();

 private:
  struct outcome {
    mishap what;
    std::error_code error;
    outcome(mishap found = mishap::none, std::error_code why = {}) : what{found}, error{why} {}
  };

  aside::task<outcome> exchange(unsigned count);
  aside::task<outcome> read();
  aside::task<outcome> write_aside(std::string_view question);
  void take(const dialogue::taken& now);
  bool lose(const outcome& how);

  state& load_;
  std::size_t index_;
  std::unique_ptr<dialogue> dialogue_;
  aside::tcp_stream stream_;
  aside::event never_;
  clock::time_point since_{};
  unsigned due_ = 0;  // answers
};

}  // namespace aside_app::load
