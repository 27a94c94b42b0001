#include "ask/quota.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// What the system says of process 7, in files of our own.
class described_system {
 public:
  described_system() {
    auto pattern = (std::filesystem::temp_directory_path() / "aside_quota_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    put("proc/7/stat", "7 (made up) R 1 7 7 0 -1 4194304 9 0 0 0 1 2 0 0 20 0 1 0 5 4096 9");
  }
  ~described_system() { std::filesystem::remove_all(folder_); }
  described_system(const described_system&) = delete;
  described_system& operator=(const described_system&) = delete;

  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream{folder_ / name} << text;
  }
  void used(const std::string& group, int periods, int throttled) const {
    put(group + "/cpu.stat", "nr_periods " + std::to_string(periods) + "\nnr_throttled " +
                                 std::to_string(throttled) + "\n");
  }
  cgroup_paths paths() const { return {folder_ / "proc", folder_ / "cgroup"}; }

 private:
  std::filesystem::path folder_;
};

TEST(ask_quota, is_the_least_of_the_groups_around) {
  const described_system system;
  system.put("proc/7/cgroup", "0::/outer/inner\n");
  EXPECT_EQ(quota_of(7, system.paths()), std::nullopt);
  system.put("cgroup/outer/cpu.max", "50000 100000\n");
  system.put("cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_EQ(quota_of(7, system.paths()), 0.5);
}

TEST(ask_quota, of_a_group_that_it_enters_later) {
  const described_system system;
  system.put("proc/7/cgroup", "4:cpu,cpuacct:/\n");
  quota_watch watch{system.paths()};
  EXPECT_TRUE(watch.look(7));
  EXPECT_FALSE(watch.look(7)) << "it is where it was";
  system.put("proc/7/cgroup", "4:cpu,cpuacct:/small\n");
  system.used("cgroup/cpu/small", 100, 90);  // of earlier programs
  EXPECT_TRUE(watch.look(7));
  EXPECT_FALSE(watch.was_used_up());
  system.used("cgroup/cpu/small", 110, 98);
  watch.refresh();
  EXPECT_TRUE(watch.was_used_up());
  EXPECT_NEAR(watch.share(), 0.8, 1e-9);
}

TEST(ask_quota, a_process_that_has_ended_is_not_taken_to_have_left) {
  const described_system system;
  system.put("proc/7/cgroup", "4:cpu,cpuacct:/small\n");
  system.used("cgroup/cpu/small", 0, 0);
  quota_watch watch{system.paths()};
  watch.look(7);
  system.used("cgroup/cpu/small", 10, 9);
  system.put("proc/7/stat", "7 (made up) Z 1 7 7 0 -1 4194304 9 0 0 0 1 2 0 0 20 0 1 0 5 4096 9");
  system.put("proc/7/cgroup", "4:cpu,cpuacct:/\n");
  EXPECT_FALSE(watch.look(7));
  EXPECT_TRUE(watch.was_used_up());
  std::filesystem::remove_all(system.paths().groups);
  watch.refresh();
  EXPECT_NEAR(watch.share(), 0.9, 1e-9) << "what was known of it last";
}

}  // namespace
}  // namespace aside_test
