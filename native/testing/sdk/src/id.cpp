#include <process/id.hpp>

#include <map>
#include <mutex>

namespace process {
namespace ID {

std::string generate(const std::string& prefix)
{
  static std::mutex* mutex = new std::mutex();
  static std::map<std::string, int>* counts = new std::map<std::string, int>();

  std::lock_guard<std::mutex> lock(*mutex);
  return prefix + "(" + std::to_string(++(*counts)[prefix]) + ")";
}

} // namespace ID {
} // namespace process {
