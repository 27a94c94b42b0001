#pragma once
// acceptor: one core's share of a serve. It has a listening socket and decides how to accept on it, and
// whether to. Used by its accept loop alone, which stays on the core.

#include "driver/arrivals.hpp"
#include "driver/listener_state.hpp"
#include "driver/ops/arrive.hpp"

#include <aside/net/tcp_listener.hpp>

#include <cstdint>
#include <optional>

namespace aside::inline ASIDE_ABI::detail {

class engine;

/// What a serve's accept loops have in common. Outlives them.
struct service {
  tcp_listener* listener;
  const peer_starter* starter;
  nursery* peers;
  std::size_t most;   // connections
  unsigned home;      // the core whose engine has the listener's own socket
  std::uint16_t port;
  connect_op::address where;
  atomic<bool> draining{false};

  service(tcp_listener& l, const peer_starter& s, nursery& p);
  service(const service&) = delete;
  service& operator=(const service&) = delete;
};

class acceptor {
 public:
  /// `opens`: with a socket of its own on the listener's port. Throws std::system_error.
  acceptor(service& s, bool opens);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  /// Leaves to the listener what has been accepted or waits in the backlog of a socket of its own.
  ~acceptor();

  /// Is another connection allowed?
  [[nodiscard]] bool has_room() noexcept;
  /// Accepting nothing for a while: connections are to wait in the backlog.
  void rest() noexcept;
  /// Which of the two operations to await next.
  [[nodiscard]] bool accepts_ahead() noexcept;
  [[nodiscard]] arrival_op arrival() noexcept { return arrival_op(arrivals_); }
  [[nodiscard]] accept_op accept() noexcept;
  /// What came instead of a connection. False: waiting does not mend it.
  [[nodiscard]] bool goes_on_after(int error) noexcept;

  // Draining
  /// No further handshake begins on the socket.
  void let_nothing_begin() noexcept;
  /// Is there a connection that has been accepted or can be?
  [[nodiscard]] bool has_waiting() noexcept;
  [[nodiscard]] tcp_stream take_waiting() noexcept { return tcp_stream(std::move(waiting_)); }
  void close() noexcept { listener_access::io(*socket_).close(); }

 private:
  [[nodiscard]] io_handle next_waiting() noexcept;
  /// Those that an earlier serve has left: where streams are bound to their cores, each core's its own.
  [[nodiscard]] bool takes_left() const noexcept;

  service& service_;
  std::optional<tcp_listener> own_;
  tcp_listener* socket_;
  engine* engine_;
  interest* interest_;
  arrivals arrivals_;
  io_handle waiting_;
  std::size_t room_ = 0;  // for so many connections more, when it was last counted
  bool may_accept_ahead_ = true;
};

}  // namespace aside::inline ASIDE_ABI::detail
