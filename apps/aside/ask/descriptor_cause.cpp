#include "ask/descriptor_cause.hpp"

namespace aside_app::ask {
namespace {

std::size_t count_of(const fd_counts& found, fd_kind kind) noexcept {
  return found[static_cast<std::size_t>(kind)];
}

}  // namespace

cause cause_of_descriptor(fd_kind kind) noexcept {
  switch (kind) {
    case fd_kind::outbound:
      return cause::network;
    case fd_kind::inbound:
    case fd_kind::listener:
      return cause::clients;
    case fd_kind::pipe:
    case fd_kind::pair:
      return cause::pipe;
    case fd_kind::terminal:
      return cause::terminal;
    case fd_kind::file:
      return cause::disk;
    case fd_kind::timer:
      return cause::timer;
    case fd_kind::event:
    case fd_kind::inotify:
      return cause::handoff;
    case fd_kind::epoll:
      return cause::loop;
    case fd_kind::unknown:
      break;
  }
  return cause::unknown;
}

cause cause_of_set(const fd_counts& found, bool is_loop) noexcept {
  std::size_t all = 0;
  for (const auto count : found)
    all += count;
  const auto inbound = count_of(found, fd_kind::inbound) + count_of(found, fd_kind::listener);
  const auto outbound = count_of(found, fd_kind::outbound);
  if (inbound > 0 && outbound == 0) return cause::clients;
  if (is_loop && (outbound > 0 || inbound > 0)) return cause::loop;
  if (all == 0) return cause::timer;
  if (count_of(found, fd_kind::unknown) == all) return cause::unknown;
  if (all > 8) return cause::loop;
  if (outbound > 0) return cause::network;
  if (count_of(found, fd_kind::terminal) > 0) return cause::terminal;
  if (count_of(found, fd_kind::pipe) + count_of(found, fd_kind::pair) > 0 && !is_loop)
    return cause::pipe;
  if (count_of(found, fd_kind::timer) > 0) return cause::timer;
  return cause::loop;
}

cause cause_of_poll(const fd_counts& found, bool has_limit) noexcept {
  const auto why = cause_of_set(found, false);
  std::size_t others = 0;
  for (const auto count : found)
    others += count;
  others -= count_of(found, fd_kind::event) + count_of(found, fd_kind::inotify);
  if (why != cause::loop || others > 0) return why;
  return has_limit ? cause::timed_handoff : cause::handoff;
}

cause cause_of_waiting_loop(const fd_counts& found, bool has_limit) noexcept {
  const auto why = cause_of_set(found, true);
  if (why == cause::loop && count_of(found, fd_kind::outbound) == 1 &&
      count_of(found, fd_kind::inotify) + count_of(found, fd_kind::terminal) +
              count_of(found, fd_kind::inbound) + count_of(found, fd_kind::listener) ==
          0)
    return cause::network;
  const auto quiet = count_of(found, fd_kind::outbound) + count_of(found, fd_kind::inbound) +
                     count_of(found, fd_kind::listener) + count_of(found, fd_kind::inotify) +
                     count_of(found, fd_kind::terminal);
  if (why != cause::loop || quiet != 0) return why;
  if (has_limit) return cause::timer;
  std::size_t all = 0;
  for (const auto count : found)
    all += count;
  const auto events = count_of(found, fd_kind::event);
  if (events == all) return cause::handoff;
  return events + count_of(found, fd_kind::pipe) == all ? cause::pipe : why;
}

}  // namespace aside_app::ask
