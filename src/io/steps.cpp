#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>

#include <cstdio>
#include <exception>

namespace aside::inline ASIDE_ABI::detail {

void in_flight::left_alone() const noexcept {
  panic("a stream was closed while an operation waits on it; the operation waits here",
        waiting_->at_->where_);
}

void in_flight::second(const leaf& l) noexcept {
  panic("two tasks or branches wait for the same direction of one stream; this is the second",
        l.at_->where_);
}

void throw_code(std::error_code why, const char* operation) {
  throw std::system_error(why, operation);
}

void consumed_too_much(const std::source_location& at) noexcept {
  panic("more was consumed than a buffered_reader has buffered", at);
}

void consumed_under_a_read(const std::source_location& at) noexcept {
  panic("bytes of a buffered_reader were consumed while another task or branch waits in it for more; they "
        "were consumed here",
        at);
}

}  // namespace aside::inline ASIDE_ABI::detail
