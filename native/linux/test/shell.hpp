#pragma once

#include <string>

// The tests look at the kernel as an operator does.
struct Shell {
  int status;          // the exit status
  std::string output;  // of stdout and stderr
};

// Runs a command of sh(1) in the calling thread's network namespace.
Shell sh(const std::string& command);
