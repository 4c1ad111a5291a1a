#include "connections.hpp"

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

class ConnectionsTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    ASSERT_EQ(0, sh("ip address add 198.18.255.2/32 dev lo && ip address add 198.18.255.3/32 dev lo && "
                    "ip address add 2001:db8:ffff::2/128 dev lo nodad && "
                    "nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; "
                    "add rule inet t c ct state established accept'").status);
    for (const char* pair : {"198.18.255.1 198.18.255.2", "198.18.255.2 198.18.255.3", "198.18.255.1 198.18.255.3",
                             "2001:db8:ffff::1 2001:db8:ffff::2"}) {
      const std::string text = pair;
      const std::string from = text.substr(0, text.find(' ')), to = text.substr(text.find(' ') + 1);
      ASSERT_EQ(0, sh("ping -c1 -q -I " + from + " " + to).status);
    }
  }

  // The addresses of the connections that are tracked, "src dst" a line.
  static std::string tracked() {
    std::string all;
    for (const char* family : {"ipv4", "ipv6"}) {
      all += sh("conntrack -L -f " + std::string(family) + " 2>/dev/null | sed -E 's/.*src=([^ ]+) dst=([^ ]+) type.*/\\1 \\2/; "
                "s/^[^ ]+ +[0-9]+ [0-9]+ src=([^ ]+) dst=([^ ]+).*/\\1 \\2/' | sort").output;
    }
    return all;
  }
};

TEST_F(ConnectionsTest, ForgetsThoseToAndFromTheAddressAndNoOthers) {
  ASSERT_TRUE(has(tracked(), "198.18.255.2")) << "the kernel tracks nothing here";
  ASSERT_TRUE(done(forget_connections(Address::parse("198.18.255.2").value())));
  EXPECT_FALSE(has(tracked(), "198.18.255.2"));
  EXPECT_TRUE(has(tracked(), "198.18.255.3"));
  EXPECT_TRUE(has(tracked(), "2001:db8:ffff::2"));
  ASSERT_TRUE(done(forget_connections(Address::parse("2001:db8:ffff::1").value())));
  EXPECT_FALSE(has(tracked(), "2001:db8"));
  EXPECT_TRUE(has(tracked(), "198.18.255.3"));
}

TEST_F(ConnectionsTest, NothingToForgetIsNoFailure) {
  EXPECT_TRUE(done(forget_connections(Address::parse("198.18.77.7").value())));
  EXPECT_TRUE(done(forget_connections(Address::parse("2001:db8:7::7").value())));
}

TEST_F(ConnectionsTest, KeepsOneSocketForAll) {
  forget_connections(Address::parse("198.18.77.7").value());
  const int before = descriptors();
  for (int i = 0; i < 100; ++i) {
    forget_connections(Address::parse("198.18.77.7").value());
  }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
