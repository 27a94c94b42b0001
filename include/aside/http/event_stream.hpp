#pragma once

#include <aside/config.hpp>

#include <string>
#include <string_view>

namespace aside::inline ASIDE_ABI::http {

/// The head of a text/event-stream response. The stream ends with its connection.
ASIDE_API std::string_view event_stream_head();

/// Appends one server-sent event to `out`. `data` may have any number of lines, ended by CR, LF or
/// CRLF: the peer gets them joined by LF. Empty `id` and `event` are left out (the peer then keeps
/// its last id, and calls the event "message"). Throws std::invalid_argument when `id` or `event`
/// holds CR, LF or NUL: they could add lines of their own.
ASIDE_API void format_event(std::string& out, std::string_view id, std::string_view event,
                            std::string_view data);

/// Appends a comment line, which peers skip: keeps an idle stream alive through proxies.
/// Throws std::invalid_argument when `text` holds CR or LF.
ASIDE_API void format_event_comment(std::string& out, std::string_view text);

}  // namespace aside::inline ASIDE_ABI::http
