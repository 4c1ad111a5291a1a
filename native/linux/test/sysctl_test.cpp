#include "sysctl.hpp"

#include "container.hpp"
#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

using SysctlTest = HostTest;

TEST_F(SysctlTest, WritesOnlyWhatDiffers) {
  sh("echo 0 > /proc/sys/net/ipv4/ip_forward");
  EXPECT_EQ("0", sysctl::read("net/ipv4/ip_forward").value());
  EXPECT_TRUE(sysctl::write("net/ipv4/ip_forward", "1").value());
  EXPECT_FALSE(sysctl::write("net/ipv4/ip_forward", "1").value());
  EXPECT_EQ("1\n", sh("cat /proc/sys/net/ipv4/ip_forward").output);
}

TEST_F(SysctlTest, WritesToAContainersAndLeavesTheHosts) {
  const Container container;
  const std::string name = "net/ipv4/ip_local_port_range";
  const std::string before = sysctl::read(name).value();
  EXPECT_TRUE(sysctl::write_in(container.network_namespace(), name, "10000\t20000").value());
  EXPECT_FALSE(sysctl::write_in(container.network_namespace(), name, "10000\t20000").value());
  EXPECT_EQ("10000\t20000\n", container.sh("cat /proc/sys/" + name).output);
  EXPECT_EQ(before, sysctl::read(name).value());
  EXPECT_EQ("writing x to /proc/sys/net/ipv4/ip_forward: Invalid argument (EINVAL)",
            sysctl::write_in(container.network_namespace(), "net/ipv4/ip_forward", "x").error().message);
  EXPECT_EQ(EINVAL, sysctl::write_in("/proc/self/ns/net", "net/ipv4/ip_forward", "1").error().number);
}

TEST_F(SysctlTest, SaysWhatIsWrong) {
  EXPECT_EQ("reading /proc/sys/net/absent: No such file or directory (ENOENT)",
            sysctl::read("net/absent").error().message);
  EXPECT_EQ(ENOENT, sysctl::write("net/absent", "1").error().number);
  EXPECT_EQ("writing x to /proc/sys/net/ipv4/ip_forward: Invalid argument (EINVAL)",
            sysctl::write("net/ipv4/ip_forward", "x").error().message);
  EXPECT_EQ(EISDIR, sysctl::read("net/ipv4").error().number);
}

TEST_F(SysctlTest, LeavesNoDescriptorOpen) {
  const int before = descriptors();
  for (int i = 0; i < 100; ++i) {
    sysctl::write("net/ipv4/ip_forward", i % 2 ? "1" : "x");
    sysctl::read("net/absent");
  }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
