#pragma once

#include <string>
#include <vector>

#include <stout/error.hpp>
#include <stout/nothing.hpp>
#include <stout/try.hpp>

namespace calico::agent {

/// The whole content of a file. (A std::ifstream throws where a read fails, as of a directory or of /proc.)
Try<std::string, ErrnoError> readFile(const std::string& path);

/// The names in a directory; none, if there is no such directory.
Try<std::vector<std::string>> listDirectory(const std::string& path);

/// Writes a file that has the old or the new content, whenever the agent dies.
Try<Nothing> replaceFile(const std::string& path, const std::string& content);

} // namespace calico::agent {
