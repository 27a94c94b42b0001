#pragma once
// acceptor: one core's share of a serve. It has a listening socket and decides how to accept on it, and
// whether to. Used by its accept loop alone, which stays on the core.

#include "driver/arrivals.hpp"
#include "driver/listener_state.hpp"
#include "driver/ops/arrive.hpp"
#include "net/seats.hpp"

#include <aside/net/tcp_listener.hpp>
#include <aside/net/unix_listener.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace aside::inline ASIDE_ABI::detail {

class engine;

/// A listener of any kind, as serve needs it.
struct served {
  explicit served(tcp_listener& l);
  explicit served(unix_listener& l);

  io_handle* io;
  listener_state* state;
  tcp_listener* shared;  // further sockets may listen where this one does; null: they may not
  std::size_t most;  // connections
  std::size_t backlog;
  connect_op::address at{};       // of `shared`
  std::array<char, 128> where{};  // for reports

 private:
  /// `tables`: of descriptors, over which its connections can be spread.
  template <class Listener>
  served(Listener& l, tcp_listener* may_share, unsigned tables);
};

/// What a serve's accept loops have in common. Outlives them.
struct service {
  const served& of;
  const peer_starter* starter;
  nursery* peers;
  detail::seats* seats;
  unsigned home;  // the core whose engine has the listener's own socket
  atomic<bool> draining{false};

  /// `t` outlives the nursery.
  service(const served& l, const peer_starter& s, nursery& p, detail::seats& t);
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  [[nodiscard]] const char* where() const noexcept { return of.where.data(); }
};

/// accept, of a socket of any kind, whose listener the serve has claimed.
class ASIDE_AWAIT_IT accept_any_op : public accept_op {
 public:
  accept_any_op(const io_handle& io, listener_state* state) noexcept;
  std::expected<io_handle, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return std::move(accepted_);
  }
};

class acceptor {
 public:
  /// `opens`: with a socket of its own on the listener's port. Throws std::system_error.
  acceptor(service& s, bool opens);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  /// Leaves to the listener what has been accepted or waits in the backlog of a socket of its own.
  ~acceptor();

  /// Is another connection allowed? If not, `room` is to be awaited.
  [[nodiscard]] bool has_room() noexcept;
  /// Ends when there may be room.
  [[nodiscard]] seat_wait room() noexcept { return service_.seats->wait(core_); }
  /// Accepting nothing for a while: connections are to wait in the backlog.
  void rest() noexcept;
  /// Which of the two operations to await next.
  [[nodiscard]] bool accepts_ahead() noexcept;
  [[nodiscard]] result_of<arrival_op> arrival() noexcept {
    return result_of<arrival_op>(arrival_op(arrivals_));
  }
  [[nodiscard]] result_of<accept_any_op> accept() noexcept;
  /// What came instead of a connection. False: waiting does not mend it.
  [[nodiscard]] bool goes_on_after(int error) noexcept;

  // Draining
  /// No further handshake begins on the socket, no further connection to it.
  void let_nothing_begin() noexcept;
  /// Is there a connection that has been accepted or can be?
  [[nodiscard]] bool has_waiting() noexcept;
  /// There may be some that nobody can see, for want of a descriptor or memory, and a live connection that
  /// gives some back when it ends.
  [[nodiscard]] bool looks_again() noexcept;
  [[nodiscard]] io_handle take_waiting() noexcept { return std::move(waiting_); }
  void close() noexcept { socket_->close(); }

 private:
  [[nodiscard]] io_handle next_waiting() noexcept;
  /// Those that an earlier serve has left: where streams are bound to their cores, each core's its own.
  [[nodiscard]] bool takes_left() const noexcept;

  service& service_;
  unsigned core_;
  std::optional<tcp_listener> own_;
  io_handle* socket_;
  engine* engine_;
  interest* interest_;
  arrivals arrivals_;
  io_handle waiting_;
  std::size_t room_ = 0;  // for so many connections more, when it was last counted
  int short_of_ = 0;      // the errno that kept the last look at the backlog from seeing it
  bool may_accept_ahead_ = true;
};

}  // namespace aside::inline ASIDE_ABI::detail
