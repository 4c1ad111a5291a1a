#include "default_route.hpp"

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

class DefaultRouteTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    ASSERT_EQ("", sh("for i in 1 2 3; do ip link add up$i mtu 8${i}00 type veth peer name peer$i && ip link set up$i up && "
                     "ip link set peer$i up && ip address add 198.18.$i.1/24 dev up$i && "
                     "ip address add 2001:db8:$i::1/64 dev up$i nodad; done").output);
  }

  static uint32_t mtu() { return default_route_mtu().value().value_or(0); }
};

TEST_F(DefaultRouteTest, HasTheMtuOfItsDevice) {
  EXPECT_EQ(0u, mtu()) << "there is none";
  sh("ip -6 route add default via 2001:db8:3::2");
  EXPECT_EQ(8300u, mtu()) << "only one for IPv6";
  sh("ip route add default via 198.18.1.2 metric 100");
  EXPECT_EQ(8100u, mtu());
  sh("ip route add default via 198.18.2.2 metric 50");
  EXPECT_EQ(8200u, mtu()) << "another is preferred";
  sh("ip link set up2 mtu 7000");
  EXPECT_EQ(7000u, mtu()) << "at once";
  sh("ip link set up2 down");
  EXPECT_EQ(8100u, mtu());
}

TEST_F(DefaultRouteTest, OneOfSeveralNextHops) {
  sh("ip route add default nexthop via 198.18.1.2 nexthop via 198.18.1.3");
  EXPECT_EQ(8100u, mtu());
}

TEST_F(DefaultRouteTest, OneThatDropsIsNone) {
  sh("ip route add unreachable default && ip -6 route add blackhole default");
  EXPECT_EQ(0u, mtu());
}

TEST_F(DefaultRouteTest, LeavesNoDescriptorOpen) {
  const int before = descriptors();
  for (int i = 0; i < 100; ++i) {
    mtu();
  }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
