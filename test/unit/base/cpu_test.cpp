#include "base/cpu.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

/// Control groups as the system shows them, in a folder of the test's own.
class cpu_quota : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "aside_cpu_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& file, const std::string& text) const {
    const fs::path to = root_ / file;
    fs::create_directories(to.parent_path());
    std::ofstream(to) << text;
  }
  /// Of a process with this list of its groups.
  [[nodiscard]] unsigned of(const std::string& list) const {
    write("list", list);
    return aside::detail::quota_cpus((root_ / "list").c_str(), (root_ / "groups").c_str());
  }

  fs::path root_;
};

TEST_F(cpu_quota, is_none_where_no_group_has_one) {
  EXPECT_EQ(of("0::/\n"), 0u);
  EXPECT_EQ(of(""), 0u);
  write("groups/a/cpu.max", "max 100000\n");
  EXPECT_EQ(of("0::/a\n"), 0u);
  write("groups/cpu/b/cpu.cfs_quota_us", "-1\n");
  write("groups/cpu/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(of("2:cpu:/b\n"), 0u);
}

TEST_F(cpu_quota, of_a_service_is_rounded_up) {
  write("groups/system.slice/web.service/cpu.max", "150000 100000\n");
  EXPECT_EQ(of("0::/system.slice/web.service\n"), 2u);
  write("groups/system.slice/web.service/cpu.max", "200000 100000\n");
  EXPECT_EQ(of("0::/system.slice/web.service\n"), 2u);
  write("groups/system.slice/web.service/cpu.max", "1000 100000\n");
  EXPECT_EQ(of("0::/system.slice/web.service\n"), 1u);
}

TEST_F(cpu_quota, of_a_group_around_counts_and_the_least_one) {
  write("groups/outer/cpu.max", "300000 100000\n");
  write("groups/outer/inner/cpu.max", "max 100000\n");
  EXPECT_EQ(of("0::/outer/inner\n"), 3u);
  write("groups/outer/inner/cpu.max", "700000 100000\n");
  EXPECT_EQ(of("0::/outer/inner\n"), 3u);
  write("groups/cpu.max", "100000 100000\n");
  EXPECT_EQ(of("0::/outer/inner\n"), 1u);
}

TEST_F(cpu_quota, of_a_container_is_at_its_root_whatever_its_path) {
  write("groups/cpu.max", "50000 100000\n");
  EXPECT_EQ(of("0::/docker/0123456789ab\n"), 1u);
}

TEST_F(cpu_quota, is_found_in_the_classic_hierarchy) {
  write("groups/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "250000\n");
  write("groups/cpu,cpuacct/batch/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(of("4:cpuset:/\n3:cpu,cpuacct:/batch/job\n1:name=systemd:/x\n0::/\n"), 3u);
  EXPECT_EQ(of("4:cpuset:/\n3:cpuacct:/batch/job\n0::/\n"), 0u) << "no group of the processor's";
}

TEST_F(cpu_quota, of_the_root_is_found_without_a_list) {
  write("groups/cpu.max", "400000 100000\n");
  EXPECT_EQ(aside::detail::quota_cpus((root_ / "none").c_str(), (root_ / "groups").c_str()), 4u);
}

TEST(usable_cpus, are_at_least_one) { EXPECT_GE(aside::detail::usable_cpus(), 1u); }

}  // namespace
