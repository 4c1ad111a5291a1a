#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <stout/nothing.hpp>
#include <stout/try.hpp>

#include "file_descriptor.hpp"

namespace calico::agent {

/// Where lines go. A client that has gone is written to in vain; one that does not read makes its writers wait.
class Output
{
public:
  explicit Output(FileDescriptor&& _descriptor) : descriptor(std::move(_descriptor)) {}

  void writeLine(const std::string& line);
  int get() const { return descriptor.get(); }

private:
  std::mutex mutex;
  const FileDescriptor descriptor;
};


/// Reads lines: from one stream, or from the clients of a Unix socket.
class Server
{
public:
  typedef std::function<void(const std::string& line, const std::shared_ptr<Output>& output)> Handler;

  Server();

  /// Serves lines from `in`, answered to `out`.
  void serve(FileDescriptor&& in, FileDescriptor&& out);

  /// Serves clients that connect to a socket, which is made at `path` in the place of one that is there.
  Try<Nothing> listen(const std::string& path);

  /// Sends a line to all clients, and to those that connect later. It is their first, whatever is broadcast before.
  void greet(const std::string& line);

  /// Sends a line to the clients that there are now.
  void broadcast(const std::string& line);

  /// Reads until stop() is called, which any thread may do, or until `in` has ended.
  void run(const Handler& handler);
  void stop();

private:
  struct Client
  {
    int in; // For a socket, the same as the output's.
    std::shared_ptr<Output> output;
    std::string unfinished;
  };

  std::vector<std::shared_ptr<Output>> outputs();
  void acceptAll();
  bool read(Client* client, const Handler& handler);

  FileDescriptor stopping;
  FileDescriptor listener;
  FileDescriptor standardInput;
  std::mutex mutex;
  std::string greeting;
  std::vector<std::string> early;
  std::list<Client> clients;
};

} // namespace calico::agent {
