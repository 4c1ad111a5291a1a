#include "veth.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "container.hpp"
#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

class VethTest : public HostTest {
 protected:
  static Address address(const std::string& text) { return Address::parse(text).value(); }

  static Veth veth(const Container& container, const std::string& name, const std::vector<std::string>& addresses) {
    Veth result{container.network_namespace(), name, "eth0", {0x02, 0, 0, 0, 0, 0x01}, 1400, {}, true};
    for (const std::string& text : addresses) {
      result.addresses.push_back(address(text));
    }
    return result;
  }

  static std::string sysctl(const std::string& name) { return sh("cat /proc/sys/" + name).output; }
  static std::string sysctl(const Container& container, const std::string& name) {
    return container.sh("cat /proc/sys/" + name).output;
  }

  // All that attach may change, as text.
  static std::string state(const Container& container) {
    static const std::string look =
        "ip -j address | sed \"s/\\\"valid_life_time\\\":[0-9]*//g\"; ip -j route show table all; "
        "ip -j -6 route show table all; ip -j rule; ip -j -6 rule; ip -j neigh show nud permanent";
    return sh(look).output + container.sh(look).output;
  }

  // One answer is enough: a worker of the kernel's makes an IPv6 address answer, some moments after it was added.
  static constexpr const char* kPing = "ping -n -c3 -i0.1 -W1 ";
  static bool pings(const std::string& target) { return sh(kPing + target).status == 0; }
  static bool pings(const Container& from, const std::string& target) { return from.sh(kPing + target).status == 0; }

  // Attaches, and sees that it fails with the number and words given, and changes nothing.
  static void refused(const Container& container, const Veth& bad, int number, const std::string& words) {
    const std::string before = state(container);
    const Failure failure = attach_veth(bad);
    ASSERT_TRUE(failure) << "it was made";
    EXPECT_EQ(number, failure->number) << failure->message;
    EXPECT_TRUE(has(failure->message, words));
    EXPECT_EQ(before, state(container));
  }
};

TEST_F(VethTest, MakesBothEnds) {
  const Container container;
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1"}))));

  const std::string host = sh("ip -j -d link show dev cali0001").output;
  EXPECT_TRUE(has(host, "\"address\":\"ee:ee:ee:ee:ee:ee\""));
  EXPECT_TRUE(has(host, "\"mtu\":1400"));
  EXPECT_TRUE(has(host, "\"operstate\":\"UP\""));
  EXPECT_TRUE(has(host, "\"info_kind\":\"veth\""));
  EXPECT_TRUE(has(host, "\"num_tx_queues\":1,"));
  EXPECT_TRUE(has(sh("ip -j route show dev cali0001").output,
                  "{\"dst\":\"198.18.0.1\",\"scope\":\"link\",\"flags\":[]}"));
  EXPECT_TRUE(has(sh("ip -j neigh show dev cali0001").output,
                  "{\"dst\":\"198.18.0.1\",\"lladdr\":\"02:00:00:00:00:01\",\"state\":[\"PERMANENT\"]}"));

  const std::string inside = container.sh("ip -j address show dev eth0").output;
  EXPECT_TRUE(has(inside, "\"address\":\"02:00:00:00:00:01\""));
  EXPECT_TRUE(has(inside, "\"mtu\":1400"));
  EXPECT_TRUE(has(inside, "\"operstate\":\"UP\""));
  EXPECT_TRUE(has(inside, "\"local\":\"198.18.0.1\",\"prefixlen\":32"));
  EXPECT_TRUE(has(container.sh("ip -j link show dev lo").output, "\"UP\""));
  EXPECT_TRUE(has(container.sh("ip -j neigh show dev eth0").output,
                  "{\"dst\":\"169.254.1.1\",\"lladdr\":\"ee:ee:ee:ee:ee:ee\",\"state\":[\"PERMANENT\"]}"));
  EXPECT_EQ("default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n", container.sh("ip route").output);
}

TEST_F(VethTest, SetsLoUp) {
  const Container container;
  container.sh("ip link set lo down");
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1"}))));
  EXPECT_TRUE(has(container.sh("ip -j link show dev lo").output, "\"UP\""));
}

TEST_F(VethTest, SetsWhatCalicosPluginSetsForIpv4) {
  const Container container;
  container.sh("echo 1 > /proc/sys/net/ipv4/ip_forward");
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1"}))));
  EXPECT_EQ("1\n", sysctl("net/ipv4/conf/cali0001/proxy_arp"));
  EXPECT_EQ("1\n", sysctl("net/ipv4/conf/cali0001/route_localnet"));
  EXPECT_EQ("1\n", sysctl("net/ipv4/conf/cali0001/forwarding"));
  EXPECT_EQ("0\n", sysctl("net/ipv4/neigh/cali0001/proxy_delay"));
  EXPECT_EQ("0\n", sysctl("net/ipv6/conf/cali0001/accept_ra"));
  EXPECT_EQ("0\n", sysctl(container, "net/ipv4/ip_forward"));
  // What the plug-in leaves alone.
  EXPECT_EQ("0\n", sysctl("net/ipv6/conf/cali0001/proxy_ndp"));
  EXPECT_NE("0\n", sysctl("net/ipv4/neigh/lo/proxy_delay"));
}

TEST_F(VethTest, SetsWhatCalicosPluginSetsForIpv6) {
  const Container container;
  container.sh("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
  container.sh("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
  sh("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"2001:db8::1"}))));
  EXPECT_EQ("1\n", sysctl("net/ipv6/conf/cali0001/proxy_ndp"));
  EXPECT_EQ("1\n", sysctl("net/ipv6/conf/cali0001/forwarding"));
  EXPECT_EQ("0\n", sysctl("net/ipv6/conf/cali0001/accept_dad"));
  EXPECT_EQ("0\n", sysctl("net/ipv6/conf/cali0001/disable_ipv6"));
  EXPECT_EQ("0\n", sysctl("net/ipv6/conf/cali0001/accept_ra"));
  EXPECT_EQ("0\n", sysctl(container, "net/ipv6/conf/all/forwarding"));
  for (const char* name : {"all", "default", "lo", "eth0"}) {
    EXPECT_EQ("0\n", sysctl(container, std::string("net/ipv6/conf/") + name + "/disable_ipv6")) << name;
  }
  EXPECT_EQ("0\n", sysctl(container, "net/ipv6/conf/eth0/accept_dad"));
  // What the plug-in leaves alone without an IPv4 address.
  EXPECT_EQ("0\n", sysctl("net/ipv4/conf/cali0001/proxy_arp"));
}

TEST_F(VethTest, Ipv6IsUsableAtOnce) {
  const Container container;
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"}))));
  const std::string inside = container.sh("ip -j -6 address show dev eth0 scope global").output;
  EXPECT_TRUE(has(inside, "\"local\":\"2001:db8::1\",\"prefixlen\":128"));
  EXPECT_TRUE(has(inside, "\"nodad\":true"));
  EXPECT_FALSE(has(inside, "tentative"));
  EXPECT_TRUE(has(container.sh("ip -j -6 route show default").output,
                  "\"gateway\":\"fe80::ecee:eeff:feee:eeee\",\"dev\":\"eth0\""));
  EXPECT_TRUE(has(
      container.sh("ip -j -6 neigh show dev eth0").output,
      "{\"dst\":\"fe80::ecee:eeff:feee:eeee\",\"lladdr\":\"ee:ee:ee:ee:ee:ee\",\"state\":[\"PERMANENT\"]}"));
  EXPECT_TRUE(has(sh("ip -j -6 route show dev cali0001").output, "\"dst\":\"2001:db8::1\""));
  EXPECT_TRUE(pings("2001:db8::1"));
  EXPECT_TRUE(pings(container, "2001:db8:ffff::1"));
}

TEST_F(VethTest, TrafficFlowsOnAHostWithoutADefaultRoute) {
  const Container one, two;
  ASSERT_TRUE(done(attach_veth(veth(one, "cali0001", {"198.18.0.1", "2001:db8::1"}))));
  ASSERT_TRUE(done(attach_veth(veth(two, "cali0002", {"198.18.0.2", "2001:db8::2"}))));
  ASSERT_EQ("", sh("ip route show default").output);

  EXPECT_TRUE(pings("198.18.0.1"));                      // host to container
  EXPECT_TRUE(pings(one, "198.18.255.1"));               // container to host
  EXPECT_TRUE(pings(one, "198.18.0.2"));                 // container to container
  EXPECT_TRUE(pings(two, "198.18.0.1"));
  EXPECT_TRUE(pings("2001:db8::1"));
  EXPECT_TRUE(pings(one, "2001:db8:ffff::1"));
  // IPv6 is forwarded between interfaces only when the host as a whole forwards.
  sh("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
  EXPECT_TRUE(pings(one, "2001:db8::2"));
  EXPECT_FALSE(pings(one, "198.18.0.3"));

  // It is the neighbour entry that does it, not proxy ARP, which answers nothing without a route to 169.254.1.1.
  one.sh("ip neigh del 169.254.1.1 dev eth0");
  EXPECT_FALSE(pings(one, "198.18.0.2"));
}

TEST_F(VethTest, AnotherInterfaceAnswersThroughItself) {
  const Container container;
  // A strict host: what comes from a container must come from where its answer would go.
  sh("echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter");
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"}))));
  Veth second = veth(container, "cali0002", {"198.18.0.2", "2001:db8::2"});
  second.container_interface = "eth1";
  second.container_mac[5] = 2;
  second.default_route = false;
  ASSERT_TRUE(done(attach_veth(second)));

  EXPECT_TRUE(has(container.sh("ip -j route show default").output, "\"dev\":\"eth0\""));
  EXPECT_TRUE(pings("198.18.0.1"));
  EXPECT_TRUE(pings("198.18.0.2"));
  EXPECT_TRUE(pings("2001:db8::2"));
  // The rules are what it takes.
  container.sh("ip rule del from 198.18.0.2");
  EXPECT_FALSE(pings("198.18.0.2"));
}

TEST_F(VethTest, ManyAddresses) {
  const Container container;
  std::vector<std::string> addresses;
  for (int i = 0; i < 1000; ++i) {
    addresses.push_back("198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1));
  }
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", addresses))));
  EXPECT_EQ("1000\n", sh("ip route show dev cali0001 | wc -l").output);
  EXPECT_EQ("1000\n", container.sh("ip -o -4 address show dev eth0 | wc -l").output);
  EXPECT_TRUE(pings("198.18.3.250"));
}

TEST_F(VethTest, RefusesAnAddressThatAnotherContainerHas) {
  const Container one, two;
  ASSERT_TRUE(done(attach_veth(veth(one, "cali0001", {"198.18.0.1", "2001:db8::1"}))));
  refused(two, veth(two, "cali0002", {"198.18.0.1"}), EEXIST, "adding route 198.18.0.1/32 dev cali0002: File exists");
  refused(two, veth(two, "cali0002", {"198.18.0.2", "2001:db8::1"}), EEXIST,
          "adding route 2001:db8::1/128 dev cali0002");
  refused(two, veth(two, "cali0002", {"198.18.0.2", "198.18.0.2"}), EEXIST, "adding route 198.18.0.2/32 dev cali0002");
  EXPECT_TRUE(pings("198.18.0.1"));
}

TEST_F(VethTest, LeavesAnInterfaceOfThatNameAsItIs) {
  const Container container;
  sh("ip link add cali0001 type bridge");
  refused(container, veth(container, "cali0001", {"198.18.0.1"}), EEXIST,
          "creating veth cali0001 with peer eth0 in " + container.network_namespace() + ": File exists (EEXIST)");
  EXPECT_TRUE(has(sh("ip -d link show cali0001").output, "bridge"));
}

TEST_F(VethTest, LeavesAContainersInterfaceOfThatNameAsItIs) {
  const Container container;
  container.sh("ip link add eth0 type bridge");
  refused(container, veth(container, "cali0001", {"198.18.0.1"}), EEXIST, "creating veth cali0001 with peer eth0");
}

TEST_F(VethTest, UndoesWhenTheContainerHasADefaultRoute) {
  const Container container;
  container.sh("ip link add other type bridge && ip link set other up && ip route add default dev other");
  refused(container, veth(container, "cali0001", {"198.18.0.1"}), EEXIST,
          "adding route 0.0.0.0/0 via 169.254.1.1 dev eth0 in " + container.network_namespace());
}

TEST_F(VethTest, UndoesWhenTheContainerRefusesAnAddress) {
  const Container container;
  refused(container, veth(container, "cali0001", {"198.18.0.1", "::1"}), EADDRNOTAVAIL, "adding address ::1 to eth0");
}

TEST_F(VethTest, UndoesWhenARuleIsThereAlready) {
  const Container container;
  container.sh("for i in 2 3 4; do ip rule add from 198.18.0.2 lookup 770$i priority 1000; done");
  Veth second = veth(container, "cali0002", {"198.18.0.1", "198.18.0.2"});
  second.default_route = false;
  refused(container, second, EEXIST, "adding the rule for packets from 198.18.0.2");
}

TEST_F(VethTest, RefusesABadMtu) {
  const Container container;
  Veth bad = veth(container, "cali0001", {"198.18.0.1"});
  bad.mtu = 67;
  refused(container, bad, EINVAL, "creating veth cali0001 with peer eth0");
  bad.mtu = 65536;
  refused(container, bad, EINVAL, "creating veth cali0001 with peer eth0");
}

TEST_F(VethTest, UndoesWhenTheMtuIsTooSmallForIpv6) {
  const Container container;
  Veth bad = veth(container, "cali0001", {"2001:db8::1"});
  bad.mtu = 1279;
  refused(container, bad, ENOENT, "/proc/sys/net/ipv6/conf/cali0001/accept_dad");
}

TEST_F(VethTest, UndoesWhenASysctlCannotBeWritten) {
  const Container container;
  // On a thread that alone sees /proc/sys as it is in many a container: read-only.
  std::thread([&] {
    ASSERT_EQ(0, ::unshare(CLONE_NEWNS));
    ASSERT_EQ(0, ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
    ASSERT_EQ(0, ::mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr));
    ASSERT_EQ(0, ::mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr));
    refused(container, veth(container, "cali0001", {"2001:db8::1"}), EROFS,
            "writing 0 to /proc/sys/net/ipv6/conf/cali0001/accept_dad: Read-only file system (EROFS)");
  }).join();
}

TEST_F(VethTest, RefusesNamesThatTheKernelWouldChange) {
  const Container container;
  for (const char* name : {"", "cali%d", "cali567890123456", "a/b", "a b", ".", ".."}) {
    refused(container, veth(container, name, {"198.18.0.1"}), EINVAL, "is no name for an interface");
    Veth bad = veth(container, "cali0001", {"198.18.0.1"});
    bad.container_interface = name;
    refused(container, bad, EINVAL, "is no name for an interface");
    EXPECT_FALSE(detach_veth(name).ok());
  }
  EXPECT_TRUE(done(attach_veth(veth(container, "cali56789012345", {"198.18.0.1"}))));
}

TEST_F(VethTest, SaysThatTheProcessHasGone) {
  Container container;
  const Veth late = veth(container, "cali0001", {"198.18.0.1"});
  const std::string pid = std::to_string(container.pid());
  container.kill();
  const Failure failure = attach_veth(late);
  ASSERT_TRUE(failure);
  EXPECT_EQ(ENOENT, failure->number);
  EXPECT_TRUE(has(failure->message, "process " + pid + " has gone"));
  EXPECT_FALSE(interface_exists("cali0001").value());
}

TEST_F(VethTest, NeverTakesTheHostForAContainer) {
  const Container container;
  Veth bad = veth(container, "cali0001", {"198.18.0.1"});
  bad.network_namespace = "/proc/" + std::to_string(::getpid()) + "/ns/net";
  refused(container, bad, EINVAL, "it is this process's own");
}

TEST_F(VethTest, RefusesAFileThatIsNoNamespace) {
  const Container container;
  Veth bad = veth(container, "cali0001", {"198.18.0.1"});
  bad.network_namespace = "/etc/passwd";
  refused(container, bad, EINVAL, "creating veth cali0001 with peer eth0 in /etc/passwd");
}

TEST_F(VethTest, NothingIsLeftWithoutFileDescriptors) {
  const Container container;
  rlimit before;
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  const std::string untouched = state(container);
  const Veth wanted = veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"});
  int refusals = 0;
  bool made = false;
  for (rlim_t limit = 3; limit < 32 && !made; ++limit) {
    const rlimit tight{limit, before.rlim_max};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &tight));
    const Failure failure = attach_veth(wanted);
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
    made = !failure;
    if (failure) {
      ++refusals;
      EXPECT_EQ(EMFILE, failure->number) << failure->message;
      EXPECT_EQ(untouched, state(container)) << "with " << limit << " descriptors: " << failure->message;
    }
  }
  EXPECT_TRUE(made);
  EXPECT_GE(refusals, 3);
  EXPECT_TRUE(pings("2001:db8::1"));
}

TEST_F(VethTest, DetachTakesAllAway) {
  const Container container;
  const std::string before = state(container);
  EXPECT_FALSE(detach_veth("cali0001").value());
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"}))));
  EXPECT_TRUE(interface_exists("cali0001").value());
  EXPECT_TRUE(detach_veth("cali0001").value());
  EXPECT_FALSE(detach_veth("cali0001").value());
  EXPECT_FALSE(interface_exists("cali0001").value());
  EXPECT_EQ(before, state(container));
  EXPECT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"})))) << "again";
}

TEST_F(VethTest, ListsVethsByPrefix) {
  const Container one, two;
  ASSERT_TRUE(done(attach_veth(veth(one, "cali0001", {"198.18.0.1"}))));
  ASSERT_TRUE(done(attach_veth(veth(two, "calx0002", {"198.18.0.2"}))));
  sh("ip link add cali-bridge type bridge");
  EXPECT_EQ((std::vector<std::string>{"cali0001"}), list_veths("cali").value());
  EXPECT_EQ(2u, list_veths("").value().size());
  EXPECT_EQ(0u, list_veths("none").value().size());
}

TEST_F(VethTest, LeavesTheCallerWhereItIs) {
  const Container container;
  struct stat before, after;
  ASSERT_EQ(0, ::stat("/proc/thread-self/ns/net", &before));
  ASSERT_TRUE(done(attach_veth(veth(container, "cali0001", {"198.18.0.1"}))));
  ASSERT_EQ(0, ::stat("/proc/thread-self/ns/net", &after));
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(VethTest, LeavesNoDescriptorOpenAfter500) {
  const Container container, other;
  const Veth good = veth(container, "cali0001", {"198.18.0.1", "2001:db8::1"});
  ASSERT_TRUE(done(attach_veth(veth(other, "cali0002", {"198.18.0.2"}))));
  const Veth bad = veth(container, "cali0001", {"198.18.0.2"});
  const int before = descriptors();
  for (int i = 0; i < 500; ++i) {
    if (i % 10 == 0) {
      ASSERT_EQ(EEXIST, attach_veth(bad)->number);
    }
    ASSERT_TRUE(done(attach_veth(good)));
    ASSERT_TRUE(detach_veth("cali0001").value());
  }
  EXPECT_EQ(before, descriptors());
}

// Whether the kernel has noticed that an interface's peer is up; asked in the one way that does not make it notice.
bool can_send(const std::string& interface) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const bool told = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  ::close(socket);
  return told && (request.ifr_flags & IFF_RUNNING) != 0;
}

TEST_F(VethTest, EightThreadsAtOnce) {
  constexpr int kThreads = 8, kTimes = 25;
  std::vector<std::unique_ptr<Container>> containers;
  for (int i = 0; i < kThreads; ++i) {
    containers.push_back(std::make_unique<Container>());
  }
  const std::string before = sh("ip -j link").output;
  std::vector<std::string> problems(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::string number = std::to_string(i + 1);
      const Veth mine = veth(*containers[i], "cali000" + number, {"198.18.0." + number, "2001:db8::" + number});
      for (int time = 0; time < kTimes && problems[i].empty(); ++time) {
        if (Failure failure = attach_veth(mine)) {
          problems[i] = failure->message;
        } else if (!can_send(mine.host_interface)) {
          problems[i] = "attached, but cannot send yet";
        } else if (time == kTimes / 2 && !pings("198.18.0." + number)) {
          problems[i] = "no ping";
        }
        Result<bool> detached = detach_veth(mine.host_interface);
        if (!detached.ok() || !detached.value()) {
          problems[i] += "; not detached";
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& problem : problems) {
    EXPECT_EQ("", problem);
  }
  EXPECT_EQ(before, sh("ip -j link").output);
}

}  // namespace
