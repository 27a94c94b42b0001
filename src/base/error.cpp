#include <aside/error.hpp>

#include <string>

namespace aside::inline ASIDE_ABI {

namespace {

class category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "aside"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::sender_gone:
        return "the sender has gone without a value";
      case errc::stopped:
        return "stopped before there was a result";
      case errc::runtime_gone:
        return "the runtime has ended";
      case errc::overloaded:
        return "the queue is full";
      case errc::end_of_stream:
        return "the stream has ended in the middle of it";
      case errc::too_long:
        return "longer than the limit that was set";
    }
    return "unknown error";
  }
};

}  // namespace

std::error_code make_error_code(errc e) noexcept {
  static const category the;
  return {static_cast<int>(e), the};
}

namespace detail {
void throw_error(errc e, const char* operation) { throw std::system_error(e, operation); }
}  // namespace detail

}  // namespace aside::inline ASIDE_ABI
