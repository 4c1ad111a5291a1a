#include "link_monitor.hpp"

#include <future>
#include <set>

#include "container.hpp"
#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

using Names = std::vector<std::string>;

class LinkMonitorTest : public HostTest {
 protected:
  // What it hears of next, as much as that: of a pair, the kernel may tell in one message or in two.
  static std::set<std::string> next(LinkMonitor& monitor, size_t count) {
    std::set<std::string> all;
    while (all.size() < count) {
      const Result<std::optional<Names>> names = monitor.next();
      if (!names.ok() || !names.value() || names.value()->empty()) {
        return {"stopped, failed or overrun"};
      }
      all.insert(names.value()->begin(), names.value()->end());
    }
    return all;
  }
};

TEST_F(LinkMonitorTest, HearsOfWhatIsDeletedOrMovedAndOfNothingElse) {
  Result<LinkMonitor> monitor = LinkMonitor::open();
  ASSERT_TRUE(done(monitor));
  ASSERT_EQ(0, sh("ip link add bridge0 type bridge && ip link add left0 type veth peer name right0 && ip link set left0 master bridge0 && ip link set left0 nomaster && "
                  "ip link set left0 up && ip link set left0 down && ip link del left0").status);
  EXPECT_EQ((std::set<std::string>{"left0", "right0"}), next(monitor.value(), 2));

  const Container container;
  ASSERT_EQ(0, sh("ip link add left1 type veth peer name right1 && ip link set left1 netns " + std::to_string(container.pid())).status);
  EXPECT_EQ(std::set<std::string>{"left1"}, next(monitor.value(), 1));
}

TEST_F(LinkMonitorTest, SaysWhenTheKernelHadTooMuchToSay) {
  Result<LinkMonitor> monitor = LinkMonitor::open();
  ASSERT_TRUE(done(monitor));
  // Each change of an interface is a message of more than a kilobyte; 4 MiB of them are kept.
  ASSERT_EQ(0, sh("ip link add left0 type veth peer name right0; for i in $(seq 6000); do echo link set left0 mtu $((1300 + i % 2)); done | "
                  "ip -batch -").status);
  const Result<std::optional<Names>> heard = monitor.value().next();
  ASSERT_TRUE(done(heard));
  EXPECT_EQ(Names{}, *heard.value());
  ASSERT_EQ(0, sh("ip link del left0").status);
  EXPECT_EQ((std::set<std::string>{"left0", "right0"}), next(monitor.value(), 2));
}

TEST_F(LinkMonitorTest, StopEndsTheWait) {
  Result<LinkMonitor> monitor = LinkMonitor::open();
  ASSERT_TRUE(done(monitor));
  auto waiting = std::async(std::launch::async, [&] { return monitor.value().next(); });
  EXPECT_EQ(std::future_status::timeout, waiting.wait_for(std::chrono::milliseconds(50)));
  monitor.value().stop();
  const Result<std::optional<Names>> ended = waiting.get();
  ASSERT_TRUE(done(ended));
  EXPECT_FALSE(ended.value());
  EXPECT_FALSE(monitor.value().next().value());
}

TEST_F(LinkMonitorTest, LeavesNothingOpen) {
  const int before = descriptors();
  { ASSERT_TRUE(done(LinkMonitor::open())); }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
