#pragma once

#include <sys/types.h>

#include <string>

#include "shell.hpp"

// A process in a network namespace of its own, with lo up and nothing else. It ends with this, or with the test.
class Container {
 public:
  Container();
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  std::string network_namespace() const { return "/proc/" + std::to_string(pid_) + "/ns/net"; }
  pid_t pid() const { return pid_; }

  // Runs a command inside.
  Shell sh(const std::string& command) const;

  // Ends the process.
  void kill();

 private:
  pid_t pid_;
};
