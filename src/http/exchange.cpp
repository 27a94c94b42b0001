#include <aside/http/exchange.hpp>

#include <stdexcept>

namespace aside::inline ASIDE_ABI::http {

detail::continuation::~continuation() = default;

void exchange::begin_answer() const {
  if (answered_) {
    throw std::logic_error(
        "http: this request has been answered already: call respond or start_event_stream once");
  }
}

void exchange::respond(int status, std::string_view content_type, std::string_view body) {
  begin_answer();
  append(*out_, status, content_type, body, how_);
  answered_ = true;
}

void exchange::respond(response const& answer) {
  begin_answer();
  append(*out_, answer, how_);
  answered_ = true;
}

void exchange::respond_problem(int status, std::string_view detail) {
  begin_answer();
  append_problem(*out_, status, detail, how_);
  answered_ = true;
}

void exchange::begin_event_stream() {
  begin_answer();
  how_.close();
  out_->append(event_stream_head());
  answered_ = true;
}

}  // namespace aside::inline ASIDE_ABI::http
