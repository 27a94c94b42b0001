#pragma once
// What the socket operations have in common: the object they wait on and the two faces of a result.

#include <aside/io/transfer_error.hpp>
#include <aside/task.hpp>

#include <cstdint>
#include <expected>
#include <source_location>
#include <system_error>

namespace aside::inline ASIDE_ABI::detail {

struct
    interest;  // a file descriptor's standing registration with an engine (src/driver/interest.hpp)

/// A file descriptor that is registered with a core's engine for its whole life. Move-only.
class io_handle {
 public:
  io_handle() = default;
  io_handle(interest* i, int fd) noexcept : interest_(i), fd_(fd) {}
  io_handle(io_handle&& other) noexcept
      : interest_(std::exchange(other.interest_, nullptr)), fd_(std::exchange(other.fd_, -1)) {}
  io_handle& operator=(io_handle&& other) noexcept {
    if (this != &other) {
      close();
      interest_ = std::exchange(other.interest_, nullptr);
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~io_handle() { close(); }

  /// Ends the registration, then closes. Aborts when an operation waits on it.
  ASIDE_API void close() noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] interest* registration() const noexcept { return interest_; }

 private:
  interest* interest_ = nullptr;
  int fd_ = -1;
};

/// Throws std::system_error for an errno, which says so if what it came of is not open.
[[noreturn]] ASIDE_API void throw_errno(int error, const char* operation, bool is_open = true);

/// The face of an operation that returns std::expected instead of throwing.
template <class Op>
class ASIDE_AWAIT_IT result_of : public Op {
 public:
  explicit result_of(Op op) noexcept : Op(std::move(op)) {}
  auto await_resume() noexcept { return Op::result(); }
};

/// One that a coroutine of the library awaits for its caller, whose place is the one in reports.
template <class Op>
class ASIDE_AWAIT_IT placed : public Op {
 public:
  placed(Op op, const std::source_location& site) noexcept : Op(std::move(op)), site_(site) {}
  [[nodiscard]] bool await_ready() noexcept {
    this->at_->where_ = site_;
    return Op::await_ready();
  }

 private:
  std::source_location site_;
};

/// A socket operation: `result()` in the derived class tells how it ended.
template <class Derived>
class [[nodiscard]] io_op : public leaf_awaiter<Derived> {
 public:
  using leaf_awaiter<Derived>::leaf_awaiter;

  /// The same operation, completing with std::expected<T, std::error_code> instead of throwing.
  [[nodiscard]] result_of<Derived> as_result() && noexcept {
    return result_of<Derived>(static_cast<Derived&&>(*this));
  }
  auto await_resume() {
    auto r = static_cast<Derived&>(*this).result();
    if (!r) static_cast<const Derived&>(*this).fail(r.error().value());
    if constexpr (!std::is_void_v<typename decltype(r)::value_type>) return std::move(*r);
  }

  /// How await_resume says what went wrong.
  [[noreturn]] void fail(int error) const { throw_errno(error, this->ops_->name, fd_ >= 0); }

 protected:
  [[nodiscard]] std::error_code code() const noexcept { return {error_, std::system_category()}; }
  int error_ = 0;
  int fd_ = -1;
};

/// Throws transfer_error.
[[noreturn]] ASIDE_API void throw_transfer_error(const transfer_failure& why,
                                                 const char* operation);
/// An operation that takes several system calls has failed so: an errno, or one of these, as no errno
/// is that large. `not_open`, EBADF to callers: there was nothing to ask the kernel about.
inline constexpr unsigned ended_early = 0xffff;
inline constexpr unsigned not_open = 0xfffe;
[[nodiscard]] ASIDE_API transfer_failure failure_of(unsigned error, std::size_t done) noexcept;
/// Throws it. By value and out of line: a failure on the way would lie in the frame of everyone who
/// awaits such an operation.
[[noreturn]] ASIDE_API void throw_failure_of(unsigned error, std::size_t done, const char* operation);

/// An operation that may take several system calls and says how far it has come. Both are in one
/// word, so that a write is no larger than a receive: waiting for either costs a frame the same.
template <class Derived>
class [[nodiscard]] transfer_op : public leaf_awaiter<Derived> {
 public:
  using leaf_awaiter<Derived>::leaf_awaiter;
  static constexpr bool may_spend = true;

  /// The same operation, completing with std::expected<void, transfer_failure>.
  [[nodiscard]] result_of<Derived> as_result() && noexcept {
    return result_of<Derived>(static_cast<Derived&&>(*this));
  }
  void await_resume() const {
    if (has_failed()) [[unlikely]]
      throw_failure_of(error(), static_cast<const Derived&>(*this).transferred(), this->ops_->name);
  }
  [[nodiscard]] std::expected<void, transfer_failure> result() const noexcept {
    if (!has_failed()) return {};
    return std::unexpected(failure_of(error(), static_cast<const Derived&>(*this).transferred()));
  }
  /// Bytes, at any time. Derived classes may find their own way to know.
  [[nodiscard]] std::size_t transferred() const noexcept { return count(); }

  // For whoever makes its calls (src/driver/ops/transfer.hpp).
  void add(std::size_t bytes) noexcept { state_ += bytes; }
  void fail_with(int error) noexcept {
    state_ |= static_cast<std::uint64_t>(error) << error_shift;
  }

 protected:
  static constexpr unsigned error_shift = 48;

  [[nodiscard]] bool has_failed() const noexcept { return state_ >> error_shift != 0; }
  [[nodiscard]] std::size_t count() const noexcept {
    return state_ & ((std::uint64_t{1} << error_shift) - 1);
  }

 private:
  [[nodiscard]] unsigned error() const noexcept {
    return static_cast<unsigned>(state_ >> error_shift);
  }
  std::uint64_t state_ = 0;
};

/// A transfer whose caller is told how far it came, however it ends: the op dies first.
template <class Op>
class ASIDE_AWAIT_IT counted_op : public Op {
 public:
  counted_op(Op op, std::size_t* transferred) noexcept : Op(std::move(op)), to_(transferred) {
    if (to_ != nullptr) *to_ = 0;
  }
  counted_op(counted_op&& other) noexcept
      : Op(static_cast<Op&&>(other)), to_(std::exchange(other.to_, nullptr)) {}
  counted_op& operator=(counted_op&&) = delete;
  ~counted_op() {
    if (to_ != nullptr) *to_ = this->transferred();
  }
  [[nodiscard]] result_of<counted_op> as_result() && noexcept {
    return result_of<counted_op>(std::move(*this));
  }

 private:
  std::size_t* to_;
};

}  // namespace aside::inline ASIDE_ABI::detail
