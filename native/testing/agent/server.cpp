#include "server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <stout/error.hpp>

namespace calico::agent {

void Output::writeLine(const std::string& line)
{
  const std::string bytes = line + "\n";
  std::lock_guard<std::mutex> lock(mutex);
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t length = write(descriptor.get(), bytes.data() + written, bytes.size() - written);
    if (length < 0 && errno != EINTR) {
      return;
    }
    written += length < 0 ? 0 : static_cast<size_t>(length);
  }
}


Server::Server() : stopping(eventfd(0, EFD_CLOEXEC)) {}


void Server::serve(FileDescriptor&& in, FileDescriptor&& out)
{
  std::lock_guard<std::mutex> lock(mutex);
  standardInput = std::move(in);
  clients.push_back({standardInput.get(), std::make_shared<Output>(std::move(out)), ""});
}


Try<Nothing> Server::listen(const std::string& path)
{
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Error(
        "--socket='" + path + "' has " + std::to_string(path.size()) + " characters: a Unix socket's path has less than " +
        std::to_string(sizeof(address.sun_path)));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());

  FileDescriptor made(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  unlink(path.c_str()); // An agent that was killed leaves it behind.
  if (made.get() < 0 ||
      bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(made.get(), SOMAXCONN) != 0) {
    return ErrnoError("cannot listen on --socket='" + path + "'");
  }
  listener = std::move(made);
  return Nothing();
}


void Server::greet(const std::string& line)
{
  acceptAll(); // Those who wait for it already see what comes next, too.
  std::vector<std::string> lines = {line};
  {
    std::lock_guard<std::mutex> lock(mutex);
    greeting = line;
    lines.insert(lines.end(), early.begin(), early.end());
    early.clear();
  }
  for (const std::shared_ptr<Output>& output : outputs()) {
    for (const std::string& each : lines) {
      output->writeLine(each);
    }
  }
}


void Server::broadcast(const std::string& line)
{
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (greeting.empty()) {
      early.push_back(line);
      return;
    }
  }
  for (const std::shared_ptr<Output>& output : outputs()) {
    output->writeLine(line);
  }
}


std::vector<std::shared_ptr<Output>> Server::outputs()
{
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<std::shared_ptr<Output>> found;
  for (const Client& client : clients) {
    found.push_back(client.output);
  }
  return found;
}


void Server::stop()
{
  eventfd_write(stopping.get(), 1);
}


void Server::run(const Handler& handler)
{
  for (;;) {
    std::vector<pollfd> polled = {{stopping.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
    for (const Client& client : clients) {
      polled.push_back({client.in, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), -1) < 0) {
      continue;
    }
    if (polled[0].revents != 0) {
      return;
    }

    size_t i = 2;
    for (auto client = clients.begin(); client != clients.end();) {
      const bool gone = polled[i++].revents != 0 && !read(&*client, handler);
      if (gone && listener.get() < 0) {
        return;
      }
      std::lock_guard<std::mutex> lock(mutex);
      client = gone ? clients.erase(client) : std::next(client);
    }
    if (polled[1].revents != 0) {
      acceptAll();
    }
  }
}


void Server::acceptAll()
{
  for (;;) {
    FileDescriptor accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (accepted.get() < 0) {
      return;
    }
    const int descriptor = accepted.get();
    auto output = std::make_shared<Output>(std::move(accepted));
    std::lock_guard<std::mutex> lock(mutex);
    if (!greeting.empty()) {
      output->writeLine(greeting);
    }
    clients.push_back({descriptor, output, ""});
  }
}


/// Returns false if the client has gone.
bool Server::read(Client* client, const Handler& handler)
{
  char bytes[65536];
  const ssize_t length = ::read(client->in, bytes, sizeof(bytes));
  if (length <= 0) {
    return length < 0 && errno == EINTR;
  }
  client->unfinished.append(bytes, static_cast<size_t>(length));
  size_t begin = 0;
  for (size_t end; (end = client->unfinished.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end > begin) {
      handler(client->unfinished.substr(begin, end - begin), client->output);
    }
  }
  client->unfinished.erase(0, begin);
  return true;
}

} // namespace calico::agent {
