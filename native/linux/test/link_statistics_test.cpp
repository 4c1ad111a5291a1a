#include "link_statistics.hpp"

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

class LinkStatisticsTest : public HostTest {};

TEST_F(LinkStatisticsTest, CountsWhatGoesThrough) {
  ASSERT_EQ(0, sh("ip link add here type veth peer name there && ip link set there up && ip link set here up && "
                  "ip address add 198.18.9.1/24 dev here && ip neigh add 198.18.9.2 lladdr 02:00:00:00:00:02 dev here").status);
  const Result<LinkStatistics> before = link_statistics("here");
  ASSERT_TRUE(done(before));
  sh("ping -c3 -i0.01 -W0.1 -s1000 198.18.9.2");
  const Result<LinkStatistics> here = link_statistics("here"), there = link_statistics("there");
  ASSERT_TRUE(done(here));
  ASSERT_TRUE(done(there));
  EXPECT_GE(here.value().sent_packets, before.value().sent_packets + 3);
  EXPECT_GE(here.value().sent_bytes, before.value().sent_bytes + 3 * 1042);
  EXPECT_EQ(here.value().sent_packets, there.value().received_packets);
  EXPECT_EQ(here.value().sent_bytes, there.value().received_bytes);
  EXPECT_EQ(0u, here.value().send_errors);
}

TEST_F(LinkStatisticsTest, SaysThatThereIsNoSuchInterface) {
  const Result<LinkStatistics> read = link_statistics("nowhere");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(ENODEV, read.error().number);
  EXPECT_TRUE(has(read.error().message, "reading the statistics of interface nowhere: "));
}

}  // namespace
