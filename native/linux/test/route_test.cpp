#include "route.hpp"

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

constexpr uint8_t kOurs = 77;

class RouteTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    ASSERT_EQ(0, sh("ip link add uplink type veth peer name wire && ip link set uplink up && ip link set wire up && "
                    "ip address add 198.19.0.1/24 dev uplink && "
                    "ip address add 2001:db8:1::1/64 dev uplink nodad").status);
  }

  static Route via(const std::string& destination, int prefix, const std::string& gateway) {
    return {Address::parse(destination).value(), prefix, false, Address::parse(gateway).value(), "", false, kOurs};
  }
  static Route blackhole(const std::string& destination, int prefix) {
    return {Address::parse(destination).value(), prefix, true, std::nullopt, "", false, kOurs};
  }
  static std::string ours() { return sh("ip route show proto 77; ip -6 route show proto 77").output; }
};

TEST_F(RouteTest, GoesViaAGateway) {
  ASSERT_TRUE(done(replace_route(via("198.18.64.0", 26, "198.19.0.2"))));
  ASSERT_TRUE(done(replace_route(via("2001:db8:64::", 122, "2001:db8:1::2"))));
  EXPECT_EQ("198.18.64.0/26 via 198.19.0.2 dev uplink \n"
            "2001:db8:64::/122 via 2001:db8:1::2 dev uplink metric 1024 pref medium\n",
            ours());
  const std::vector<Route> listed = list_routes(kOurs).value();
  ASSERT_EQ(2u, listed.size());
  EXPECT_EQ("198.18.64.0", listed[0].destination.text());
  EXPECT_EQ(26, listed[0].prefix);
  EXPECT_EQ("198.19.0.2", listed[0].gateway->text());
  EXPECT_EQ("uplink", listed[0].device);
  EXPECT_FALSE(listed[0].blackhole);
  EXPECT_FALSE(listed[0].onlink);
  EXPECT_EQ("2001:db8:64::", listed[1].destination.text());
  EXPECT_EQ("2001:db8:1::2", listed[1].gateway->text());
}

TEST_F(RouteTest, GoesViaAGatewayThatIsBelievedToBeOnTheLink) {
  Route route = via("198.18.64.0", 26, "198.19.7.7");
  const Failure failure = replace_route(route);
  ASSERT_TRUE(failure);
  EXPECT_EQ("making route 198.18.64.0/26 via 198.19.7.7 proto 77: Network is unreachable (ENETUNREACH): "
            "Nexthop has invalid gateway",
            failure->message);
  route.device = "uplink";
  EXPECT_EQ(ENETUNREACH, replace_route(route)->number);
  route.onlink = true;
  ASSERT_TRUE(done(replace_route(route)));
  EXPECT_EQ("198.18.64.0/26 via 198.19.7.7 dev uplink onlink \n", ours());
  EXPECT_TRUE(list_routes(kOurs).value().at(0).onlink);
  EXPECT_TRUE(delete_route(list_routes(kOurs).value().at(0)).value());
  EXPECT_EQ("", ours());
}

TEST_F(RouteTest, Drops) {
  ASSERT_TRUE(done(replace_route(blackhole("198.18.64.0", 26))));
  ASSERT_TRUE(done(replace_route(blackhole("2001:db8:64::", 122))));
  EXPECT_EQ("blackhole 198.18.64.0/26 \nblackhole 2001:db8:64::/122 dev lo metric 1024 pref medium\n", ours());
  const std::vector<Route> listed = list_routes(kOurs).value();
  ASSERT_EQ(2u, listed.size());
  for (const Route& route : listed) {
    EXPECT_TRUE(route.blackhole);
    EXPECT_EQ("", route.device);
    EXPECT_TRUE(delete_route(route).value());
  }
  EXPECT_EQ("", ours());
}

TEST_F(RouteTest, TakesThePlaceOfWhatIsThere) {
  for (const auto& [network, prefix, one, two] :
       {std::tuple("198.18.64.0", 26, "198.19.0.2", "198.19.0.3"),
        std::tuple("2001:db8:64::", 122, "2001:db8:1::2", "2001:db8:1::3")}) {
    ASSERT_TRUE(done(replace_route(via(network, prefix, one))));
    ASSERT_TRUE(done(replace_route(via(network, prefix, two))));
    ASSERT_TRUE(done(replace_route(via(network, prefix, two))));
    ASSERT_EQ(1u, list_routes(kOurs).value().size());
    EXPECT_EQ(two, list_routes(kOurs).value().at(0).gateway->text());
    ASSERT_TRUE(done(replace_route(blackhole(network, prefix))));
    ASSERT_EQ(1u, list_routes(kOurs).value().size());
    EXPECT_TRUE(list_routes(kOurs).value().at(0).blackhole);
    ASSERT_TRUE(done(replace_route(via(network, prefix, one))));
    ASSERT_EQ(1u, list_routes(kOurs).value().size());
    EXPECT_EQ(one, list_routes(kOurs).value().at(0).gateway->text());
    EXPECT_TRUE(delete_route(via(network, prefix, one)).value());
    EXPECT_FALSE(delete_route(via(network, prefix, one)).value());
    EXPECT_EQ("", ours());
  }
}

TEST_F(RouteTest, DeletesNoOther) {
  sh("ip route add 198.18.64.0/26 via 198.19.0.2 proto 80; ip route add blackhole 198.18.65.0/26 proto 80;"
     "ip -6 route add 2001:db8:64::/122 via 2001:db8:1::2 proto 80");
  EXPECT_FALSE(delete_route(via("198.18.64.0", 26, "198.19.0.2")).value());
  EXPECT_FALSE(delete_route(blackhole("198.18.65.0", 26)).value());
  EXPECT_FALSE(delete_route(via("2001:db8:64::", 122, "2001:db8:1::2")).value());
  EXPECT_EQ(3u, list_routes(80).value().size());
  EXPECT_EQ(0u, list_routes(kOurs).value().size());

  ASSERT_TRUE(done(replace_route(via("198.18.66.0", 26, "198.19.0.2"))));
  EXPECT_FALSE(delete_route(via("198.18.66.0", 26, "198.19.0.3")).value()) << "another gateway";
  EXPECT_FALSE(delete_route(blackhole("198.18.66.0", 26)).value()) << "another type";
  EXPECT_TRUE(delete_route(via("198.18.66.0", 26, "198.19.0.2")).value());
}

TEST_F(RouteTest, SaysWhatIsWrong) {
  Route route = via("198.18.64.0", 26, "198.19.0.2");
  route.device = "absent";
  const Failure failure = replace_route(route);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ENODEV, failure->number);
  EXPECT_EQ("making route 198.18.64.0/26 via 198.19.0.2 dev absent proto 77: No such device (ENODEV): "
            "looking up interface absent: No such device (ENODEV)",
            failure->message);
  EXPECT_FALSE(delete_route(route).value());
  EXPECT_EQ(EINVAL, replace_route(blackhole("198.18.64.0", 33))->number);
  EXPECT_EQ(EINVAL, replace_route(blackhole("198.18.64.1", 26))->number) << "bits beyond the prefix";
}

TEST_F(RouteTest, ADefaultRouteIsListedToo) {
  ASSERT_TRUE(done(replace_route(via("0.0.0.0", 0, "198.19.0.2"))));
  ASSERT_EQ(1u, list_routes(kOurs).value().size());
  EXPECT_EQ("0.0.0.0", list_routes(kOurs).value().at(0).destination.text());
  EXPECT_TRUE(delete_route(list_routes(kOurs).value().at(0)).value());
}

TEST_F(RouteTest, ListsThousands) {
  std::string batch;
  for (int i = 0; i < 3000; ++i) {
    batch += "route add blackhole 198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250) + " proto 77\\n";
  }
  ASSERT_EQ(0, sh("printf '" + batch + "' | ip -batch -").status);
  EXPECT_EQ(3000u, list_routes(kOurs).value().size());
}

TEST_F(RouteTest, LeavesNoDescriptorOpen) {
  const int before = descriptors();
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(done(replace_route(blackhole("198.18.64.0", 26))));
    ASSERT_TRUE(list_routes(kOurs).ok());
    ASSERT_TRUE(delete_route(blackhole("198.18.64.0", 26)).value());
  }
  EXPECT_EQ(before, descriptors());
}

}  // namespace
