#include "shell.hpp"

#include <sys/wait.h>

#include <cstdio>

Shell sh(const std::string& command) {
  FILE* pipe = ::popen(("exec 2>&1; " + command).c_str(), "re");
  std::string output;
  char part[4096];
  while (const size_t length = std::fread(part, 1, sizeof part, pipe)) {
    output.append(part, length);
  }
  return {WEXITSTATUS(::pclose(pipe)), output};
}
