#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include "prober.hpp"

namespace calico::prober {

namespace {

// A socket for both families; on a kernel without IPv6, for IPv4.
int bound(int type, uint16_t port)
{
  const int on = 1;
  const int off = 0;
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    sockaddr_in6 any = {};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)) == 0 ? fd : -1;
  }
  fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)) == 0 ? fd : -1;
}

} // namespace


int serve(const std::string& name, uint16_t port)
{
  signal(SIGPIPE, SIG_IGN);
  const int udp = bound(SOCK_DGRAM, port); // Before TCP: whoever sees that TCP listens may send by UDP.
  const int tcp = bound(SOCK_STREAM, port);
  if (udp < 0 || tcp < 0 || listen(tcp, 512) != 0) {
    std::cerr << "calico-mesos-prober: port " << port << ": " << strerror(errno) << "\n";
    return 1;
  }
  pollfd both[] = {{tcp, POLLIN, 0}, {udp, POLLIN, 0}};
  while (poll(both, 2, -1) >= 0 || errno == EINTR) {
    if ((both[0].revents & POLLIN) != 0) {
      const int connection = accept(tcp, nullptr, nullptr);
      if (connection >= 0) {
        send(connection, name.data(), name.size(), MSG_DONTWAIT);
        close(connection);
      }
    }
    if ((both[1].revents & POLLIN) != 0) {
      char ignored[64];
      sockaddr_storage from = {};
      socklen_t length = sizeof(from);
      if (recvfrom(udp, ignored, sizeof(ignored), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length) >= 0) {
        sendto(udp, name.data(), name.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), length);
      }
    }
  }
  return 1;
}

} // namespace calico::prober
