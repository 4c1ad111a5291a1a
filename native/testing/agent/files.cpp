#include "files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <stout/error.hpp>

#include "file_descriptor.hpp"

namespace calico::agent {

Try<std::string, ErrnoError> readFile(const std::string& path)
{
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return ErrnoError("cannot read " + path);
  }
  std::string content;
  char bytes[16384];
  ssize_t length;
  while ((length = read(file.get(), bytes, sizeof(bytes))) > 0) {
    content.append(bytes, static_cast<size_t>(length));
  }
  if (length < 0) {
    return ErrnoError("cannot read " + path);
  }
  return content;
}


Try<std::vector<std::string>> listDirectory(const std::string& path)
{
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator each(path, error), end; !error && each != end; each.increment(error)) {
    names.push_back(each->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error("cannot list " + path + ": " + error.message());
  }
  return names;
}


Try<Nothing> replaceFile(const std::string& path, const std::string& content)
{
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return ErrnoError("cannot write " + path);
  }
  return Nothing();
}

} // namespace calico::agent {
