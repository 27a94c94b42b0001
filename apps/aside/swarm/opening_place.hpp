#pragma once

#include <utility>

namespace aside_app {

/// Takes its place among the connections that are being opened and gives it up when it dies, which
/// lets the next one begin. `State` has counted it in `opening`, and `changed` wakes who leads.
template <class State>
class opening_place {
 public:
  explicit opening_place(State& shared) noexcept : shared_{&shared} {}
  ~opening_place() { leave(); }
  opening_place(const opening_place&) = delete;
  opening_place& operator=(const opening_place&) = delete;

  void leave() noexcept {
    if (shared_ == nullptr) return;
    shared_->opening.fetch_sub(1);
    std::exchange(shared_, nullptr)->changed.set();
  }

 private:
  State* shared_;
};

}  // namespace aside_app
