#include "http/date.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace aside::inline ASIDE_ABI::http::detail {

namespace {

constexpr std::string_view field = "Date: ";

struct line {
  std::chrono::sys_seconds of = std::chrono::sys_seconds::min();
  char text[field.size() + date_size + 2];
};

void write_two(char* to, unsigned n) noexcept {
  to[0] = static_cast<char>('0' + n / 10 % 10);
  to[1] = static_cast<char>('0' + n % 10);
}

}  // namespace

std::string_view format_date(char (&to)[date_size], std::chrono::sys_seconds at) noexcept {
  constexpr std::string_view days = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view form = "Sun, 00 Jan 0000 00:00:00 GMT";
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999));
  form.copy(to, date_size);
  days.copy(to, 3, std::size_t{3} * std::chrono::weekday(day).c_encoding());
  write_two(to + 5, static_cast<unsigned>(date.day()));
  months.copy(to + 8, 3, std::size_t{3} * (static_cast<unsigned>(date.month()) - 1));
  write_two(to + 12, year / 100);
  write_two(to + 14, year);
  write_two(to + 17, static_cast<unsigned>(time.hours().count()));
  write_two(to + 20, static_cast<unsigned>(time.minutes().count()));
  write_two(to + 23, static_cast<unsigned>(time.seconds().count()));
  return {to, date_size};
}

std::string_view date_line() noexcept {
  static thread_local line now;
  const std::chrono::sys_seconds second{std::chrono::seconds(aside::detail::coarse_wall_seconds())};
  if (second != now.of) {
    char date[date_size];
    char* end = std::ranges::copy(field, now.text).out;
    end = std::ranges::copy(format_date(date, second), end).out;
    std::ranges::copy(std::string_view("\r\n"), end);
    now.of = second;
  }
  return {now.text, sizeof now.text};
}

framing dated(framing how) noexcept {
  how.date_line_ = date_line();
  return how;
}

}  // namespace aside::inline ASIDE_ABI::http::detail
