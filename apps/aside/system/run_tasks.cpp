#include "system/run_tasks.hpp"

#include <cstdlib>
#include <new>
#include <system_error>

namespace aside_app {

aside::options runtime_options(std::string_view engine, unsigned workers) {
  aside::options chosen;
  chosen.workers(workers);
  if (engine == "epoll") chosen.engine(aside::engine_kind::epoll);
  if (engine == "uring") chosen.engine(aside::engine_kind::uring);
  return chosen;
}

std::string engine_notice(std::string_view asked, const std::string& engine,
                          const std::string& reason) {
  if (asked == "auto") {
    const char* named = std::getenv("ASIDE_ENGINE");
    asked = named != nullptr ? named : "";
  }
  if (asked == "io_uring") asked = "uring";
  if (asked.empty() || asked == engine) return {};
  return "the engine is " + engine + " and not " + std::string{asked} + ": " + reason;
}

namespace {

constexpr auto allow_more =
    "; allow more memory, threads or files (ulimit -v, -u, -n, the cgroup's limits) or try fewer "
    "--connections";

}  // namespace

std::string remedy_for(const std::error_code& error) {
  using std::errc;
  for (const auto refusal :
       {errc::operation_not_permitted, errc::permission_denied, errc::function_not_supported})
    if (error == refusal)
      return "; this system forbids that system call: a container's seccomp profile has to allow "
             "it";
  for (const auto shortage :
       {errc::not_enough_memory, errc::resource_unavailable_try_again, errc::too_many_files_open,
        errc::too_many_files_open_in_system, errc::no_buffer_space, errc::no_space_on_device})
    if (error == shortage) return allow_more;
  return {};
}

failure failure_of(const std::string& who) {
  try {
    throw;
  } catch (const failure& already) {
    return already;
  } catch (const std::bad_alloc&) {
    return {exit_code::environment, who + " gets no more memory" + allow_more};
  } catch (const std::system_error& error) {
    return {exit_code::environment,
            who + " can't go on: " + error.what() + remedy_for(error.code())};
  } catch (const std::exception& error) {
    constexpr std::string_view library = "aside: ";  // it says what is wrong, and is known by then
    const std::string what = error.what();
    return {exit_code::failed, what.starts_with(library)
                                   ? who + ": " + what.substr(library.size())
                                   : who + " failed: " + what};
  }
}

}  // namespace aside_app
