#include "runtime.hpp"

int main(int argc, char** argv) {
  versus::arguments a(argc, argv);
  if (a.work().empty()) versus::refuse(a);
  peer::runtime runtime(a);
  for (auto find : {peer::find_spawn, peer::find_switch, peer::find_timers})
    if (versus::work work = find(a, runtime)) versus::obey(work);
  versus::refuse(a);
}
