// io_handle: who may close a registered descriptor, and how errors get their face.

#include "driver/engine.hpp"
#include "driver/ops/address.hpp"
#include "task/lease.hpp"

#include <aside/net/io_leaf.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aside::inline ASIDE_ABI::detail {

namespace {

/// `l` waits on what is being closed.
[[noreturn]] void closed_under(const leaf& l) noexcept {
  panic(std::string_view(l.ops_->name) == "accept"
            ? "a listener was closed while a task waits for its connections (accept, serve); it "
              "waits here"
            : "a stream was closed while an operation waits on it; the operation waits here",
        l.at_->where_);
}

constexpr const char* why_not_open =
    "; it is not open: it was closed, moved from, or never opened";

/// A transfer_error that also says what is wrong.
class not_open_error final : public transfer_error {
 public:
  not_open_error(const transfer_failure& why, const char* operation)
      : transfer_error(why, operation), text_(std::string(transfer_error::what()) + why_not_open) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

 private:
  std::runtime_error text_;  // a string whose copies do not throw
};

}  // namespace

void io_handle::close() noexcept {
  if (interest_ == nullptr) return;
  interest& i = *std::exchange(interest_, nullptr);
  const int fd = std::exchange(fd_, -1);
  for (readiness* word : {&i.reader, &i.writer}) {
    if (leaf* l = word->waiting(); l != nullptr) closed_under(*l);
  }
  engine& owner = engine::of(i);
  const host_guard here;
  if (here.get() != nullptr && here.get()->io == &owner)
    owner.close(i, fd);
  else
    owner.retire(i, fd);
}

void throw_errno(int error, const char* operation, bool is_open) {
  if (error == EBADF && !is_open) throw_explained(error, operation, why_not_open);
  throw std::system_error(error, std::system_category(), operation);
}
void throw_transfer_error(const transfer_failure& why, const char* operation) {
  throw transfer_error(why, operation);
}
transfer_failure failure_of(unsigned error, std::size_t done) noexcept {
  if (error == ended_early) return {make_error_code(errc::end_of_stream), done};
  const int number = error == not_open ? EBADF : static_cast<int>(error);
  return {{number, std::system_category()}, done};
}
void throw_failure_of(unsigned error, std::size_t done, const char* operation) {
  const transfer_failure why = failure_of(error, done);
  if (error == not_open) throw not_open_error(why, operation);
  throw transfer_error(why, operation);
}

}  // namespace aside::inline ASIDE_ABI::detail
