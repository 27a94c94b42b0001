#include "swarm/load/caller.hpp"

#include <string>
#include <utility>

namespace aside_app::load {
namespace {

/// So much fits into the buffers of any connection: it can be written before anything is read. More is
/// written while answers are read, or the two sides could wait for each other.
constexpr std::size_t written_at_once = std::size_t{32} * 1024;

}  // namespace

caller::caller(state& load, std::size_t index)
    : load_{load}, index_{index}, dialogue_{load.dialogue_of(index)} {}

aside::task<bool> caller::open() {
  const auto connect = [this]() -> aside::task<std::expected<aside::tcp_stream, std::error_code>> {
    const auto source = load_.source_of(index_);
    auto made = co_await aside::tcp_stream::connect(load_.options.target, source).as_result();
    co_return std::move(made);
  };
  auto connected = co_await aside::timeout(load_.options.patience, connect());
  if (!connected) {
    load_.fail(mishap::no_answer, "connect: no answer in time");
    co_return false;
  }
  if (!*connected) {
    load_.fail(of_connect(connected->error()), "connect: " + connected->error().message());
    co_return false;
  }
  stream_ = std::move(**connected);
  co_return true;
}

aside::task<bool> caller::ask(unsigned count, clock::time_point since) {
  since_ = since;
  due_ = count;
  const bool measured = load_.measured(since);
  if (measured) load_.sent.fetch_add(count, std::memory_order_relaxed);
  const auto done = co_await aside::timeout(load_.options.patience, exchange(count));
  if (!done) co_return lose(mishap::no_answer);
  const outcome how = *done;
  if (!dialogue_->wants_new_connection() || how.what == mishap::wrong_bytes) {
    if (how.what == mishap::none) co_return true;
    co_return lose(how);
  }
  // What the peer has not answered before it closed, as it had said it would, was never asked.
  if (measured) load_.sent.fetch_sub(due_, std::memory_order_relaxed);
  dialogue_->begin_anew();
  stream_.close();
  load_.reopened.fetch_add(1, std::memory_order_relaxed);
  const bool is_open = co_await open();
  co_return is_open;
}

aside::task<caller::outcome> caller::exchange(unsigned count) {
  const auto question = dialogue_->ask(count);
  if (question.size() <= written_at_once) {
    const auto written = co_await stream_.write(question).as_result();
    if (!written) co_return outcome(of_stream(written.error()), written.error());
    const outcome got = co_await read();
    co_return got;
  }
  auto [got, not_written] = co_await aside::race(read(), write_aside(question));
  if (got) co_return *got;
  co_return *not_written;
}

aside::task<caller::outcome> caller::read() {
  while (due_ > 0) {
    const auto got = co_await stream_.receive().as_result();
    if (!got) co_return outcome(of_stream(got.error()), got.error());
    const auto now = *got ? dialogue_->take(got->text()) : dialogue_->end();
    take(now);
    if (now.wrong != mishap::none) co_return outcome(now.wrong);
    load_.bytes.fetch_add(got->size(), std::memory_order_relaxed);
    if (!*got && due_ > 0) co_return outcome(mishap::closed);
  }
  co_return outcome();
}

/// Ends only when the write fails: it is the reading that completes an exchange.
aside::task<caller::outcome> caller::write_aside(std::string_view question) {
  const auto written = co_await stream_.write(question).as_result();
  if (!written) co_return outcome(of_stream(written.error()), written.error());
  for (;;)
    co_await never_.wait();
}

void caller::take(const dialogue::taken& now) {
  due_ -= now.answers + now.refusals;
  for (unsigned i = 0; i < now.refusals; ++i)
    load_.fail(mishap::wrong_status, dialogue_->refusal());
  if (load_.measured(since_)) load_.refusals.fetch_add(now.refusals, std::memory_order_relaxed);
  if (now.answers == 0) return;
  const auto at = clock::now();
  if (load_.measured(at)) load_.arrived.fetch_add(now.answers, std::memory_order_relaxed);
  if (!load_.measured(since_)) return;
  load_.answered.fetch_add(now.answers, std::memory_order_relaxed);
  for (unsigned i = 0; i < now.answers; ++i)
    load_.latency.record(at - since_);
}

bool caller::lose(const outcome& how) {
  // How long an answer took that never came is not known, only that it took at least so long.
  if (how.what == mishap::no_answer && load_.measured(since_))
    for (unsigned i = 0; i < due_; ++i)
      load_.latency.record(clock::now() - since_);
  auto why = std::string{words_of(how.what)};
  if (how.error) why += ": " + how.error.message();
  load_.fail(how.what, why);
  stream_.close();
  return false;
}

aside::task<> caller::listen() {
  const auto got = co_await stream_.receive().as_result();
  if (!got)
    lose(outcome(of_stream(got.error()), got.error()));
  else
    lose(*got ? mishap::wrong_bytes : mishap::closed);
}

}  // namespace aside_app::load
