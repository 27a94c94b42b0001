#pragma once
// tcp_stream: one TCP connection.

#include <aside/detail/written.hpp>
#include <aside/net/chunk.hpp>
#include <aside/net/connect_options.hpp>
#include <aside/net/socket_address.hpp>
#include <aside/net/stream_socket.hpp>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace aside::inline ASIDE_ABI {

class tcp_stream;

namespace detail {

class ASIDE_AWAIT_IT receive_op : public io_op<receive_op> {
 public:
  ASIDE_API explicit receive_op(const io_handle& io) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<chunk, std::error_code> result() noexcept {
    if (error_ != 0) return std::unexpected(code());
    return std::move(chunk_);
  }
  // Without the detour over an expected, which would lie in the frame of everyone who waits here.
  [[nodiscard("the bytes are lost with the chunk")]]
  chunk await_resume() {
    if (error_ != 0) fail(error_);
    return std::move(chunk_);
  }

  interest* interest_;
  chunk chunk_;
};

class ASIDE_AWAIT_IT read_op : public io_op<read_op> {
 public:
  ASIDE_API read_op(const io_handle& io, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  std::expected<std::size_t, std::error_code> result() const noexcept {
    if (error_ != 0) return std::unexpected(code());
    return got_;
  }
  [[nodiscard("it may have read only a part: look at the number, or use read_exact")]]
  std::size_t await_resume() { return io_op::await_resume(); }

  interest* interest_;
  std::span<std::byte> into_;
  std::size_t got_ = 0;
};

class ASIDE_AWAIT_IT read_exact_op : public transfer_op<read_exact_op> {
 public:
  ASIDE_API read_exact_op(const io_handle& io, std::span<std::byte> into) noexcept;
  ASIDE_API bool attempt() noexcept;
  [[nodiscard]] std::size_t transferred() const noexcept { return count() - left_.size(); }

  interest* interest_;
  std::span<std::byte> left_;
};

static_assert(sizeof(write_op) <= sizeof(receive_op) && sizeof(read_exact_op) <= sizeof(receive_op),
              "a frame would be larger than its receive needs");

/// A socket that is being connected; owns it until it is.
class ASIDE_AWAIT_IT connect_op : public io_op<connect_op> {
 public:
  ASIDE_API connect_op(std::string_view to, std::string_view from) noexcept;
  ASIDE_API connect_op(connect_op&& other) noexcept;  // only before it is awaited
  ASIDE_API ~connect_op();
  ASIDE_API bool attempt() noexcept;
  ASIDE_API std::expected<tcp_stream, std::error_code> result() noexcept;
  [[noreturn]] ASIDE_API void fail(int error) const;

  armed arm(host& h, bool stop) noexcept;
  bool cancel() noexcept;

  struct address {
    alignas(8) std::byte bytes[28];  // a socket address, or the beginning of a text that is none
    std::uint16_t size = 0;
    bool is_text = false;
    bool lacks_brackets = false;  // the text is an IPv6 address with a port
  };
  struct in_kernel;

 private:
  enum class stage : std::uint8_t { begin, in_kernel, polled, done };
  armed begin(host& h) noexcept;
  void register_with(host& h, int error) noexcept;
  void finish(int error) noexcept;

  io_handle io_;
  address to_;
  address from_;
  in_kernel* kernel_ = nullptr;
  stage stage_ = stage::begin;
};

/// As a class, which g++ instantiates before it stumbles over the list.
template <class Text>
struct refused_list {
  static_assert(sizeof(Text) == 0,
                "aside: g++ 12 cannot compile a list of addresses in an expression with co_await: name "
                "it, const std::array<std::string_view, 2> all{a, b}, and write connect(all)");
  using type = task<tcp_stream>;
};

}  // namespace detail

/// One TCP connection. Move-only; closed when it dies. At most one read and one write at a time, each
/// from any task. Nagle's algorithm is off. write, write_some, shutdown and close are stream_socket's.
class [[nodiscard]] tcp_stream : public detail::stream_socket {
 public:
  tcp_stream() = default;
  explicit tcp_stream(detail::io_handle io) noexcept : stream_socket(std::move(io)) {}

  /// Opens a connection to "address:port" (numeric IPv4, or IPv6 in brackets, which a link's number may
  /// follow: "[fe80::1%2]:80"), from `source` if given. Names are looked up by getaddrinfo in `blocking`
  /// (docs/concepts/blocking.md).
  /// Completes when the handshake is over. Stopping: closes the socket; nothing remains. Errors:
  /// connect(2)'s; EINVAL for a text that is no numeric address with a port, or whose IPv6 address lacks
  /// its brackets, as nobody can tell its end from the port.
  static detail::connect_op connect(std::string_view to, std::string_view source = {}) noexcept {
    return {to, source};
  }

  /// Opens a connection to the first of several addresses of one peer that answers ("happy eyeballs",
  /// RFC 8305): tries them in the order of the list, the next when one fails or `attempt_delay` is over,
  /// and keeps the first connection. The other attempts are ended and awaited.
  /// Lifetime: the list and its texts until completion. Stopping: closes every socket; nothing remains.
  /// Errors: std::system_error with the first address's error code, whose text names every address
  /// and its error; EINVAL for an empty list.
  ASIDE_API static task<tcp_stream> connect(std::span<const std::string_view> to,
                                            connect_options o = {});
  /// The same of strings.
  ASIDE_API static task<tcp_stream> connect(std::span<const std::string> to,
                                            connect_options o = {});
  /// The same of a list: `connect({first, second})`. Not with g++ 12, which compiles no list in an expression
  /// that has a co_await: name an array.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
  template <class Text = std::string_view>
  static typename detail::refused_list<Text>::type connect(std::initializer_list<std::string_view>,
                                                           connect_options = {});
#else
  ASIDE_WRAPPER static task<tcp_stream> connect(std::initializer_list<std::string_view> to,
                                                connect_options o = {}) {
    return connect(std::span<const std::string_view>(to.begin(), to.size()), o);
  }
#endif
  // A list is never the two ends of one text.
  static detail::connect_op connect(std::initializer_list<std::string_view> to,
                                    std::string_view source) = delete;

  /// Waits for bytes, holding no buffer meanwhile; false at the end of the stream.
  /// Stopping: ends the wait; no byte is lost, it stays in the socket. Errors: recv(2)'s. What the peer has
  /// sent as urgent (MSG_OOB) is left out, as by every read.
  detail::receive_op receive() noexcept { return detail::receive_op(io_); }

  /// Reads what there is, at least one byte, into `into`; 0 at the end of the stream (or when `into`
  /// is empty). `into` stays valid until completion. Stopping: as receive.
  detail::read_op read_some(std::span<std::byte> into) noexcept { return {io_, into}; }
  detail::read_op read_some(std::span<char> into) noexcept {
    return read_some(detail::room_of(into));
  }
  template <class Into, detail::length N>
  detail::read_op read_some(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::read_op>();
  }

  /// Reads until `into` is full. `into` stays valid until completion; it may be empty. Stopping: what has
  /// been read is in `into`, and lost with it unless the caller counts. Errors: recv(2)'s, and
  /// errc::end_of_stream; each says how many bytes had come (`transferred()`).
  detail::read_exact_op read_exact(std::span<std::byte> into) noexcept { return {io_, into}; }
  detail::read_exact_op read_exact(std::span<char> into) noexcept {
    return read_exact(detail::room_of(into));
  }
  /// The same, `read_exact(into, &got)`; however it ends, by a stop too, `got` is then the number of bytes
  /// that have come. A null pointer is told nothing.
  detail::counted_op<detail::read_exact_op> read_exact(std::span<std::byte> into,
                                                       std::size_t* got) noexcept {
    return {read_exact(into), got};
  }
  detail::counted_op<detail::read_exact_op> read_exact(std::span<char> into,
                                    std::size_t* got) noexcept {
    return read_exact(detail::room_of(into), got);
  }
  template <class Into, detail::length N>
  detail::read_exact_op read_exact(Into&&, N&&) noexcept {
    detail::refuse_read<Into, N>();
    return detail::refused_value<detail::read_exact_op>();
  }

  /// Who is at the other end, and where this end is: `peer_address().text()` is "1.2.3.4:5". A system call
  /// each. Errors: std::system_error, EBADF when it is closed, ENOTCONN once the peer has reset it.
  [[nodiscard]] ASIDE_API socket_address
  peer_address(std::source_location at = std::source_location::current()) const;
  [[nodiscard]] ASIDE_API socket_address
  local_address(std::source_location at = std::source_location::current()) const;
};

}  // namespace aside::inline ASIDE_ABI
