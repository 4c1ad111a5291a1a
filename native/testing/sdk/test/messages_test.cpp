#include <string>

#include <gtest/gtest.h>

#include <mesos/mesos.hpp>
#include <mesos/module/isolator.hpp>
#include <mesos/slave/containerizer.hpp>
#include <mesos/slave/isolator.hpp>

#include <stout/hashset.hpp>
#include <stout/stringify.hpp>

namespace {

mesos::ContainerID nested(const std::string& parent, const std::string& value)
{
  mesos::ContainerID id;
  id.set_value(value);
  id.mutable_parent()->set_value(parent);
  return id;
}

} // namespace {


TEST(ContainerIdTest, IsItsValueAndItsParents)
{
  mesos::ContainerID root;
  root.set_value("p");
  EXPECT_EQ("p.c", stringify(nested("p", "c")));
  EXPECT_EQ(nested("p", "c"), nested("p", "c"));
  EXPECT_NE(nested("p", "c"), nested("q", "c"));
  EXPECT_NE(root, nested("p", "p"));

  hashset<mesos::ContainerID> ids = {root, nested("p", "c")};
  EXPECT_TRUE(ids.contains(nested("p", "c")));
  EXPECT_FALSE(ids.contains(nested("q", "c")));
}


TEST(MessagesTest, SurviveTheWire)
{
  mesos::slave::ContainerConfig config;
  config.mutable_command_info()->set_value("true");
  config.set_directory("/sandbox");
  mesos::NetworkInfo* network = config.mutable_container_info()->add_network_infos();
  config.mutable_container_info()->set_type(mesos::ContainerInfo::MESOS);
  network->add_groups("prod");

  mesos::slave::ContainerConfig copy;
  ASSERT_TRUE(copy.ParseFromString(config.SerializeAsString()));
  EXPECT_EQ("prod", copy.container_info().network_infos(0).groups(0));
}


TEST(IsolatorTest, DefaultsDoNothing)
{
  mesos::slave::Isolator isolator;
  EXPECT_FALSE(isolator.supportsNesting());
  EXPECT_FALSE(isolator.supportsStandalone());
  EXPECT_TRUE(isolator.recover({}, {}).isReady());
  EXPECT_TRUE(isolator.prepare({}, {}).get().isNone());
  EXPECT_TRUE(isolator.isolate({}, 1).isReady());
  EXPECT_TRUE(isolator.watch({}).isPending());
  EXPECT_TRUE(isolator.update({}, {}).isReady());
  EXPECT_TRUE(isolator.usage({}).isReady());
  EXPECT_TRUE(isolator.status({}).isReady());
  EXPECT_TRUE(isolator.cleanup({}).isReady());
}
