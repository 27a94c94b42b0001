#include <aside/http/exchange.hpp>

#include "http/date.hpp"
#include "scope/drain.hpp"

#include <stdexcept>

namespace aside::inline ASIDE_ABI::http {

detail::continuation::~continuation() = default;

void exchange::begin_answer() {
  if (answered_) {
    throw std::logic_error(
        "http: this request has been answered already: call respond or start_event_stream once");
  }
  if (last_if_drained_ != nullptr && aside::detail::drains(*last_if_drained_)) how_.close();
}

void exchange::respond(int status, std::string_view content_type, std::string_view body) {
  begin_answer();
  append(*out_, status, content_type, body, detail::dated(how_));
  answered_ = true;
}

void exchange::respond(response const& answer) {
  begin_answer();
  append(*out_, answer, detail::dated(how_));
  answered_ = true;
}

void exchange::respond_problem(int status, std::string_view reason) {
  begin_answer();
  append_problem(*out_, status, reason, detail::dated(how_));
  answered_ = true;
}

void exchange::begin_event_stream() {
  begin_answer();
  how_.close();
  const std::string_view head = event_stream_head();
  const auto fields = head.find('\n') + 1;
  out_->append(head.substr(0, fields)).append(detail::date_line()).append(head.substr(fields));
  answered_ = true;
}

}  // namespace aside::inline ASIDE_ABI::http
