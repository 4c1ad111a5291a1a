#pragma once

#include <string>

#include <stout/option.hpp>
#include <stout/try.hpp>

namespace calico::agent {

/// What the command line says; names and meaning as of the Mesos agent, but for `socket`.
struct Flags
{
  static Try<Flags> parse(int argc, const char* const* argv);

  std::string modules;
  std::string isolation;
  std::string workDir;
  Option<std::string> socket;
  bool help = false;
  bool version = false;
};


/// What --help prints.
extern const char* const HELP;

} // namespace calico::agent {
