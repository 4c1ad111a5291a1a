#include "container.hpp"
#include "egress_device.hpp"
#include "host_test.hpp"
#include "veth.hpp"

using namespace calicomesos::kernel;

namespace {

// What is limited of a container: as tc shows it, and that nothing of it is left.
class LimitsTest : public HostTest {
 protected:
  static Veth veth(const Container& container) {
    return Veth{container.network_namespace(), "cali0001", "eth0", {0x02, 0, 0, 0, 0, 0x01}, 1400,
                {Address::parse("198.18.0.1").value()}, true};
  }

  static Veth limited(const Container& container) {
    Veth result = veth(container);
    result.ingress = TokenBucket{1000000, 100000};
    result.egress = TokenBucket{2000000, 200000};
    result.egress_device = "bwcali0001";
    return result;
  }

  static bool pings() { return sh("ping -n -c1 -W1 198.18.0.1").status == 0; }
};

TEST_F(LimitsTest, TheQueueLengthIsTheKernelsOrTheOneGiven) {
  const Container container;
  Veth given = veth(container);
  ASSERT_TRUE(done(attach_veth(given)));
  EXPECT_TRUE(has(sh("ip link show cali0001").output, " qlen 1000"));
  detach_veth("cali0001");
  given.tx_queue_length = 77;
  ASSERT_TRUE(done(attach_veth(given)));
  EXPECT_TRUE(has(sh("ip link show cali0001").output, " qlen 77"));
  EXPECT_TRUE(has(container.sh("ip link show eth0").output, " qlen 77"));
}

TEST_F(LimitsTest, WithoutALimitThereIsNoQueue) {
  const Container container;
  ASSERT_TRUE(done(attach_veth(veth(container))));
  EXPECT_TRUE(has(sh("tc qdisc show dev cali0001").output, "noqueue"));
  EXPECT_EQ("", sh("ip link show type ifb").output);
}

TEST_F(LimitsTest, EachDirectionHasItsOwn) {
  const Container container;
  ASSERT_TRUE(done(attach_veth(limited(container))));
  EXPECT_TRUE(has(sh("tc qdisc show dev cali0001").output, "tbf 1: root refcnt 2 rate 8Mbit burst 100000b lat 25ms"));
  EXPECT_TRUE(has(sh("tc qdisc show dev bwcali0001").output, "tbf 1: root refcnt 2 rate 16Mbit burst 200000b lat 25ms"));
  const std::string filters = sh("tc filter show dev cali0001 parent ffff:").output;
  EXPECT_TRUE(has(filters, "pref 1 u32"));
  EXPECT_TRUE(has(filters, "Egress Redirect to device bwcali0001"));
  EXPECT_TRUE(has(sh("ip link show bwcali0001").output, "UP,LOWER_UP> mtu 1400"));
  EXPECT_TRUE(pings());
  EXPECT_TRUE(has(sh("tc -s qdisc show dev bwcali0001").output, " pkt")) << "the answer took the detour";
  EXPECT_FALSE(has(sh("tc -s qdisc show dev bwcali0001").output, " 0 pkt"));
  EXPECT_TRUE(has(container.sh("tc qdisc show dev eth0").output, "noqueue")) << "nothing that the container could lift";
}

TEST_F(LimitsTest, OneDirectionAlone) {
  const Container container;
  Veth one = limited(container);
  one.egress.reset();
  ASSERT_TRUE(done(attach_veth(one)));
  EXPECT_TRUE(has(sh("tc qdisc show dev cali0001").output, "tbf"));
  EXPECT_EQ("", sh("ip link show type ifb").output);
  detach_veth("cali0001");
  one = limited(container);
  one.ingress.reset();
  ASSERT_TRUE(done(attach_veth(one)));
  EXPECT_TRUE(has(sh("tc qdisc show dev cali0001").output, "noqueue"));
  EXPECT_TRUE(has(sh("tc qdisc show dev bwcali0001").output, "tbf"));
}

TEST_F(LimitsTest, SlowAndFastOnes) {
  const Container container;
  Veth extreme = limited(container);
  extreme.ingress = TokenBucket{125, 4000000000};            // 1 kbit/s; a burst of a year
  extreme.egress = TokenBucket{12500000000, 4000000000};  // 100 Gbit/s
  ASSERT_TRUE(done(attach_veth(extreme)));
  EXPECT_TRUE(has(sh("tc qdisc show dev cali0001").output, "rate 1Kbit burst 34359"));
  EXPECT_TRUE(has(sh("tc qdisc show dev bwcali0001").output, "rate 100Gbit burst 3.90625e+06Kb"));
}

TEST_F(LimitsTest, WhatFelixHasMadeIsTaken) {
  const Container container;
  sh("ip link add bwcali0001 type ifb && ip link set bwcali0001 up && "
     "tc qdisc add dev bwcali0001 root handle 1: tbf rate 1mbit burst 10000 latency 25ms");
  ASSERT_TRUE(done(attach_veth(limited(container))));
  EXPECT_TRUE(has(sh("tc qdisc show dev bwcali0001").output, "rate 16Mbit"));
  EXPECT_TRUE(pings());
}

TEST_F(LimitsTest, NothingIsLeft) {
  const Container container;
  const std::string before = sh("ip -br link; tc qdisc").output;
  sh("ip route add 198.18.0.1 dev lo");
  ASSERT_TRUE(attach_veth(limited(container))) << "the address is another's";
  sh("ip route del 198.18.0.1 dev lo");
  EXPECT_EQ(before, sh("ip -br link; tc qdisc").output);

  ASSERT_TRUE(done(attach_veth(limited(container))));
  EXPECT_TRUE(detach_veth("cali0001").value());
  EXPECT_TRUE(remove_egress_device("bwcali0001").value());
  EXPECT_FALSE(remove_egress_device("bwcali0001").value());
  EXPECT_EQ(before, sh("ip -br link; tc qdisc").output);
}

TEST_F(LimitsTest, LeavesNoDescriptorOpen) {
  const Container container;
  const int before = descriptors();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(done(attach_veth(limited(container))));
    ASSERT_TRUE(detach_veth("cali0001").value());
    ASSERT_TRUE(remove_egress_device("bwcali0001").value());
  }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
