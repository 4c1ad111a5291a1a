#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>

#include "prober.hpp"

namespace calico::prober {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int AGAIN_MS = 300; // UDP and ICMP are sent again, as TCP does by itself.

struct Address
{
  sockaddr_storage socket = {};
  socklen_t length = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&socket); }
  bool ipv4() const { return socket.ss_family == AF_INET; }
};


bool parse(const std::string& text, uint16_t port, Address* address)
{
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address->socket);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address->socket);
  if (inet_pton(AF_INET, text.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    address->length = sizeof(sockaddr_in);
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &ipv6->sin6_addr) == 1) {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    address->length = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}


// One target by one protocol: a connected socket that answers with what is expected, or not.
class Probe
{
public:
  enum Protocol { TCP, UDP, ICMP };

  Probe(Protocol protocol, const Target& target, Address address, uint16_t sequence)
    : protocol_(protocol), target_(target), address_(address), sequence_(sequence) {}

  void start()
  {
    const int type = protocol_ == TCP ? SOCK_STREAM : protocol_ == UDP ? SOCK_DGRAM : SOCK_RAW;
    const int number = protocol_ != ICMP ? 0 : address_.ipv4() ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
    fd_ = socket(address_.socket.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, number);
    if (protocol_ == ICMP && address_.ipv4()) {
      reinterpret_cast<sockaddr_in*>(&address_.socket)->sin_port = 0;
    } else if (protocol_ == ICMP) {
      reinterpret_cast<sockaddr_in6*>(&address_.socket)->sin6_port = 0;
    }
    if (fd_ >= 0 && connect(fd_, address_.get(), address_.length) != 0 && errno != EINPROGRESS) {
      finish(); // Such as no route.
    }
    sendAgain();
  }

  void sendAgain()
  {
    if (fd_ < 0 || protocol_ == TCP) {
      return;
    }
    if (protocol_ == UDP) {
      send(fd_, "?", 1, MSG_DONTWAIT);
      return;
    }
    // An echo request is the same in both families but for its type; IPv6's checksum is the kernel's.
    icmphdr echo = {};
    echo.type = address_.ipv4() ? static_cast<uint8_t>(ICMP_ECHO) : static_cast<uint8_t>(ICMP6_ECHO_REQUEST);
    echo.un.echo.id = identifier();
    echo.un.echo.sequence = htons(sequence_);
    uint16_t words[sizeof(echo) / 2];
    memcpy(words, &echo, sizeof(echo));
    uint32_t sum = 0;
    for (uint16_t word : words) {
      sum += word;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    echo.checksum = static_cast<uint16_t>(~(sum + (sum >> 16)));
    send(fd_, &echo, sizeof(echo), MSG_DONTWAIT);
  }

  // Reads what came; writes a line if it is what was expected.
  void read()
  {
    char buffer[512];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINPROGRESS)) {
      return;
    }
    if (protocol_ == ICMP) {
      if (size > 0 && isReply(buffer, static_cast<size_t>(size))) {
        answered("icmp");
      }
      return; // A raw socket also gets what is others'.
    }
    if (size > 0 && std::string(buffer, static_cast<size_t>(size)) == target_.name) {
      answered(protocol_ == TCP ? "tcp" : "udp");
    } else if (protocol_ == TCP || size >= 0) {
      finish(); // Refused, or another's name. After an error of UDP's, a later packet may still be answered.
    }
  }

  int fd() const { return fd_; }

private:
  static uint16_t identifier() { return htons(static_cast<uint16_t>(getpid())); }

  bool isReply(const char* packet, size_t size) const
  {
    const size_t header = address_.ipv4() ? static_cast<size_t>(packet[0] & 0xf) * 4 : 0;
    icmphdr reply;
    if (size < header + sizeof(reply)) {
      return false;
    }
    memcpy(&reply, packet + header, sizeof(reply));
    const uint8_t expected = address_.ipv4() ? static_cast<uint8_t>(ICMP_ECHOREPLY) : static_cast<uint8_t>(ICMP6_ECHO_REPLY);
    return reply.type == expected && reply.un.echo.id == identifier() && reply.un.echo.sequence == htons(sequence_);
  }

  void answered(const char* protocol)
  {
    std::cout << protocol << ' ' << target_.address << '\n';
    finish();
  }

  void finish()
  {
    close(fd_);
    fd_ = -1;
  }

  Protocol protocol_;
  Target target_;
  Address address_;
  uint16_t sequence_;
  int fd_ = -1;
};

} // namespace


int probe(const std::vector<Target>& targets, uint16_t port, int timeoutMs)
{
  std::vector<Probe> probes;
  for (const Target& target : targets) {
    Address address;
    if (!parse(target.address, port, &address)) {
      std::cerr << "calico-mesos-prober: '" << target.address << "' is no address\n";
      return 2;
    }
    for (Probe::Protocol protocol : {Probe::TCP, Probe::UDP, Probe::ICMP}) {
      probes.emplace_back(protocol, target, address, static_cast<uint16_t>(probes.size()));
    }
  }
  for (Probe& each : probes) {
    each.start();
  }

  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(timeoutMs);
  Clock::time_point again = Clock::now() + std::chrono::milliseconds(AGAIN_MS);
  for (Clock::time_point now = Clock::now(); now < deadline; now = Clock::now()) {
    if (now >= again) {
      for (Probe& each : probes) {
        each.sendAgain();
      }
      again = now + std::chrono::milliseconds(AGAIN_MS);
    }
    std::vector<pollfd> waiting;
    std::vector<Probe*> of;
    for (Probe& each : probes) {
      if (each.fd() >= 0) {
        waiting.push_back({each.fd(), POLLIN, 0});
        of.push_back(&each);
      }
    }
    if (waiting.empty()) {
      break;
    }
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(again, deadline) - now);
    poll(waiting.data(), waiting.size(), static_cast<int>(wait.count()) + 1);
    for (size_t i = 0; i < waiting.size(); i++) {
      if (waiting[i].revents != 0) {
        of[i]->read();
      }
    }
  }
  return 0;
}

} // namespace calico::prober
