// A generator's coroutine belongs to the object that its consumer stores, not to an awaiter. It is a
// link of the await chain only while a next() is under way: from go_on to next_awaiter::await_resume,
// or until a stop unwinds it.

#include <aside/async_generator.hpp>

namespace aside::inline ASIDE_ABI::detail {

generator_promise::~generator_promise() {
  if (owner_ == nullptr) return;
  owner_->promise_ = nullptr;
  owner_->stopped_ = true;
}

bool generator_promise::go_on(awaiter_base& a) noexcept {
  if (awaiter_ != nullptr)
    panic("a generator's next() was awaited while another next() of it is under way",
          a.self_->where_);
  task_header& t = *a.self_->task_;
  awaiter_ = &a;
  task_ = &t;
  nested_ = t.depth_ < nest_limit;
  if (!nested_) {
    t.resume_ = this;
    return true;
  }
  ++t.depth_;
  handle().resume();
  --t.depth_;
  if (kind_ != outcome_kind::none || finished_) return false;
  if (t.leaf_ == nullptr && t.resume_ == nullptr) fell_out(*this);
  nested_ = false;
  return true;
}

generator_handle::~generator_handle() {
  if (promise_ == nullptr) return;
  if (promise_->awaiter_ != nullptr)
    panic("an async_generator was destroyed while its next() is awaited here",
          promise_->awaiter_->self_->where_);
  promise_->owner_ = nullptr;
  // Its final_awaiter says there whether a destructor has thrown, and the frame stands.
  task_header here;
  awaiter_base end(promise_, nullptr);
  promise_->task_ = &here;
  promise_->awaiter_ = &end;
  promise_->nested_ = false;
  const std::source_location where = promise_->where_;
  promise_->handle().destroy();
  if (here.resume_ != nullptr) [[unlikely]]
    panic("a local of an async_generator threw from its destructor as the generator was destroyed, "
          "where nobody can catch it; the generator was made, or last waited, here",
          where);
}

generator_promise* generator_handle::begin_next(const promise_base& consumer) noexcept {
  if (promise_ == nullptr && !stopped_)
    panic("next() of an async_generator that was moved from", consumer.where_);
  return promise_;
}

}  // namespace aside::inline ASIDE_ABI::detail
