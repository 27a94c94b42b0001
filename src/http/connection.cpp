// Invariants
// - A conversation exists only between the first byte of a request and the last answer; a connection
//   that waits is in detail::talk, which holds nothing.
// - Answers collect in `out_` in the order of the requests and are written when the bytes at hand
//   have been used up, or when there are many of them.
// - Blank lines are nothing of a request: after them the limit to silence is still that from before.
// - Once `ending_` is set no further request is read.
#include <aside/http/server.hpp>

#include "http/date.hpp"
#include "http/idle_receive.hpp"
#include "scope/drain.hpp"

#include <aside/detail/catch.hpp>
#include <aside/http/parser.hpp>

#include <stdexcept>

namespace aside::inline ASIDE_ABI::http::detail {

namespace {

using namespace std::chrono_literals;
using aside::detail::limit_after;

constexpr std::size_t many_answers = std::size_t{64} * 1024;
constexpr std::size_t usual_answer = 512;
constexpr std::size_t linger_bytes = std::size_t{256} * 1024;
constexpr auto linger_time = 2s;

/// Bytes, or none when the peer has closed or is gone.
task<chunk> receive_or_end(tcp_stream& peer) {
  auto got = co_await peer.receive().as_result();
  if (got) co_return std::move(*got);
  if (!peer_is_gone(got.error()))
    throw std::system_error(got.error(), "http: waiting for a request");
  co_return chunk();
}

class conversation {
 public:
  conversation(connection& all, chunk first)
      : peer_(all.peer()), all_(all), rules_(all.rules()), next_(all.next()), reader_(rules_) {
    use(std::move(first));
  }

  task<> run();
  bool may_wait_for_more() const { return !ending_; }
  bool was_blank() const { return blank_; }

 private:
  void use(chunk bytes);
  void read_next();
  void refuse(int status, std::string_view reason);

  task<> answer();
  task<> wait_for_more();
  task<bool> read_on();
  task<> send();
  task<bool> write_out();
  task<> end();
  task<> drain();

  tcp_stream& peer_;
  connection& all_;
  limits const& rules_;
  next_step& next_;
  parser reader_;
  parser::outcome step_ = parser::need_more;
  bool blank_ = true;  // so far
  bool ending_ = false;
  bool unread_ = false;  // the peer may have sent what nobody will read
  chunk bytes_;
  std::span<const std::byte> rest_;
  std::string out_;
  std::exception_ptr failure_;
};

void conversation::use(chunk bytes) {
  bytes_ = std::move(bytes);
  rest_ = *bytes_;
  read_next();
}

void conversation::read_next() {
  const auto p = reader_.feed(rest_);
  rest_ = rest_.subspan(p.consumed());
  step_ = p.what();
  blank_ = blank_ && step_ == parser::need_more && reader_.idle();
  if (rest_.empty()) bytes_.release();
}

void conversation::refuse(int status, std::string_view reason) {
  append_problem(out_, status, reason, dated(framing()));
  ending_ = true;
  unread_ = true;
}

task<> conversation::run() {
  while (!ending_) {
    if (step_ == parser::message) {
      co_await answer();
      if (ending_) break;
      if (out_.size() >= many_answers) co_await send();
      read_next();
    } else if (step_ == parser::continue_wanted) {
      if (rest_.empty()) out_.append(continue_line);
      read_next();
    } else if (step_ == parser::failed) {
      const auto e = reader_.error();
      refuse(e.status(), e.reason());
    } else {
      co_await send();
      if (ending_ || reader_.idle()) break;
      co_await wait_for_more();
    }
  }
  if (ending_) co_await end();
  if (failure_) std::rethrow_exception(failure_);
}

task<> conversation::answer() {
  const aside::detail::task_header& me = co_await aside::detail::this_task();
  const request& asked = reader_.request();
  const std::size_t before = out_.size();
  if (before == 0) out_.reserve(usual_answer);
  const framing how(asked);
  // Of requests that came together the last answer says that it is the last.
  exchange ex(out_, how, next_, rest_.empty() ? &me : nullptr);
  try {
    co_await all_.answer(asked, ex);
    if (!ex.answered()) {
      throw std::logic_error("http: the handler returned without answering " +
                             std::string(asked.method()) + " " + std::string(asked.target()) +
                             ": call respond or start_event_stream on every path");
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  if (failure_) {
    // Nothing of its answer has left yet.
    out_.resize(before);
    next_.set(nullptr);
    framing last = how;
    append_problem(out_, 500, "the server failed to answer this request", dated(last.close()));
    ending_ = true;
  } else if (!ex.keeps_alive()) {
    ending_ = true;
  }
  // Of a drain the peer has not known: it may have asked on.
  const bool asks_on = !rest_.empty() || (how.keep_alive() && aside::detail::drains(me));
  unread_ = ending_ && asks_on;
}

task<> conversation::wait_for_more() {
  const auto limit = reader_.in_body() ? rules_.body_timeout() : rules_.header_timeout();
  const auto more = co_await timeout(limit, read_on());
  if (!more) {
    refuse(408, "the request took too long to arrive");
  } else if (!*more) {
    ending_ = true;
  }
}

// Reads until there is something to do or the head is complete: one deadline covers all of it.
task<bool> conversation::read_on() {
  const bool in_body = reader_.in_body();
  while (step_ == parser::need_more && reader_.in_body() == in_body) {
    chunk more = co_await receive_or_end(peer_);
    if (!more) co_return false;
    use(std::move(more));
  }
  co_return true;
}

// Writes what has collected. A peer that is gone or does not read ends the conversation.
task<> conversation::send() {
  if (out_.empty()) co_return;
  const auto written = co_await timeout(rules_.write_timeout(), write_out());
  out_.clear();
  if (written && *written) co_return;
  ending_ = true;
  unread_ = false;
  next_.set(nullptr);
}

task<bool> conversation::write_out() {
  const auto written = co_await peer_.write(std::string_view(out_)).as_result();
  if (!written && !peer_is_gone(written.error())) {
    throw std::system_error(written.error(), "http: writing answers");
  }
  co_return written.has_value();
}

// Writes the last answers. Closing a socket that holds unread bytes resets the connection, and the
// peer could lose the answer: so say first that this is the end, and read on for a moment.
task<> conversation::end() {
  co_await send();
  if (!unread_ || next_) co_return;
  const auto told = co_await peer_.shutdown().as_result();
  if (!told) co_return;
  const auto drained = co_await timeout(linger_time, drain());
  static_cast<void>(drained);  // closed next, whichever way
}

task<> conversation::drain() {
  bytes_.release();
  for (std::size_t read = 0; read < linger_bytes;) {
    const chunk more = co_await receive_or_end(peer_);
    if (!more) co_return;
    read += more.size();
  }
}

enum class waits { no_more, anew, on };

/// Answers what arrives, beginning with `first`, until nothing of a request is left over. Returns
/// whether the connection may wait for the next request: anew, or on as before, when there was none.
task<waits> converse(connection& all, chunk& first) {
  conversation current(all, std::move(first));
  co_await current.run();
  if (!current.may_wait_for_more()) co_return waits::no_more;
  co_return current.was_blank() ? waits::on : waits::anew;
}

}  // namespace

limits const& default_limits() noexcept {
  static const limits all;
  return all;
}

task<> talk(connection& all) {
  bool has_asked = false;  // who has not, may have a request on its way
  auto until = limit_after(all.rules().idle_timeout());
  for (;;) {
    chunk first = co_await idle_receive(all.peer(), until, has_asked);
    if (!first) co_return;
    switch (co_await converse(all, first)) {
      case waits::no_more:
        co_return;
      case waits::anew:
        has_asked = true;
        until = limit_after(all.rules().idle_timeout());
        break;
      case waits::on:
        if (aside::detail::clock_now() >= until) co_return;
        break;
    }
  }
}

}  // namespace aside::inline ASIDE_ABI::http::detail
