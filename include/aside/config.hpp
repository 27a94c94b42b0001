#pragma once
// Build configuration: the inline namespace that keeps incompatible builds from linking together,
// and what is exported from a shared library.

#if defined(__cplusplus) && __cplusplus <= 202002L
// A header that does not exist, because a compiler goes on after an #error, with hundreds of others.
#define ASIDE_STANDARD "aside needs C++23: compile with -std=c++23"
#include ASIDE_STANDARD
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASIDE_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define ASIDE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && !defined(ASIDE_TSAN)
#define ASIDE_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ASIDE_ASAN)
#define ASIDE_ASAN 1
#endif

#if defined(ASIDE_TSAN)
#define ASIDE_ABI v0_tsan
#elif defined(ASIDE_ASAN)
#define ASIDE_ABI v0_asan
#else
#define ASIDE_ABI v0
#endif

#if defined(ASIDE_SHARED)
#define ASIDE_API __attribute__((visibility("default")))
#else
#define ASIDE_API
#endif

// On bytes that an operation refers to until it has ended: clang 22 warns (-Wdangling-gsl) where the
// operation is kept and they were a temporary.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define ASIDE_BORROWED [[clang::lifetimebound]]
#endif
#endif
#if !defined(ASIDE_BORROWED)
#define ASIDE_BORROWED
#endif

// On every operation: what the compiler says when its co_await is forgotten.
#define ASIDE_AWAIT_IT \
  [[nodiscard("an operation does nothing until it is awaited: write co_await in front of it")]]
