#pragma once
// transfer_error: an operation of several parts has failed, and how far it had come.

#include <aside/error.hpp>

#include <cstddef>

namespace aside::inline ASIDE_ABI {

/// Why a transfer failed, and the bytes that were transferred before: what `.as_result()` gives of
/// write and read_exact. It is the std::error_code.
class transfer_failure : public std::error_code {
 public:
  transfer_failure(std::error_code why, std::size_t transferred) noexcept
      : std::error_code(why), transferred_(transferred) {}
  [[nodiscard]] std::size_t transferred() const noexcept { return transferred_; }

 private:
  std::size_t transferred_;
};

/// The same, thrown.
class transfer_error : public std::system_error {
 public:
  transfer_error(const transfer_failure& why, const char* operation)
      : std::system_error(why, operation), transferred_(why.transferred()) {}
  [[nodiscard]] std::size_t transferred() const noexcept { return transferred_; }

 private:
  std::size_t transferred_;
};

}  // namespace aside::inline ASIDE_ABI
