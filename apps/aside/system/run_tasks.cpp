#include "system/run_tasks.hpp"

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

failure failure_of(const std::string& who) {
  constexpr auto remedy =
      "; allow more memory, threads or files (ulimit -v, -u, -n, the cgroup's limits) or try fewer "
      "--connections";
  try {
    throw;
  } catch (const failure& already) {
    return already;
  } catch (const std::bad_alloc&) {
    return {exit_code::environment, who + " gets no more memory" + remedy};
  } catch (const std::system_error& error) {
    return {exit_code::environment, who + " can't go on: " + error.what() + remedy};
  } catch (const std::exception& error) {
    return {exit_code::failed, who + " failed: " + error.what()};
  }
}

}  // namespace aside_app
