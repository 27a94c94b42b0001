#pragma once
// write_array_op: a write of several pieces that holds the list of them.

#include <aside/net/io_leaf.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// A write of several spans with the spans inside, which is their only place.
template <std::size_t N, class Parts>
class ASIDE_AWAIT_IT write_array_op : public Parts {
 public:
  using part = typename Parts::part;
  template <class... P>
  explicit write_array_op(Parts none, P... parts) noexcept
      : Parts(std::move(none)), parts_{parts...} {}
  [[nodiscard]] bool await_ready() noexcept {
    this->left_ = parts_;  // where the operation stays from here on
    return Parts::await_ready();
  }
  [[nodiscard]] result_of<write_array_op> as_result() && noexcept {
    return result_of<write_array_op>(std::move(*this));
  }

 private:
  part parts_[N];
};

}  // namespace aside::inline ASIDE_ABI::detail
