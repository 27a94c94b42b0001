#include <unistd.h>
#include <memory>

#include "swarm/load/leader.hpp"
#include "swarm/load/run.hpp"
#include "system/descriptors.hpp"
#include "system/output.hpp"
#include "system/run_tasks.hpp"

namespace aside_app::load {

exit_code run_share(const options& asked) {
  try {
    raise_descriptor_limit();
    // Shared with the thread that reads stdin, which may outlive this function.
    const auto shared = std::make_shared<state>(asked);
    const auto orders = control::of_stdin({shared, &shared->changed});
    leader lead{*shared, orders,
                [](const report& now) { put_line(STDOUT_FILENO, to_line(now)); }};
    const int result = run_tasks(runtime_options(asked.engine, asked.workers),
                                 [&lead]() ASIDE_WRAPPER { return lead.lead(); });
    return result == 0 ? exit_code::ok : exit_code::failed;
  } catch (...) {
    const auto what = failure_of("aside swarm");
    report last;
    last.error = what.what();
    last.code = to_int(what.code());
    put_line(STDOUT_FILENO, to_line(last));
    return what.code();
  }
}

}  // namespace aside_app::load
