#include "error.hpp"

#include <cstring>

namespace calicomesos::kernel {

Error error(const std::string& doing, int number, const std::string& detail) {
  // Both are thread-safe, unlike strerror, and untranslated: an operator searches for what he reads.
  const char* description = ::strerrordesc_np(number);
  const char* name = ::strerrorname_np(number);
  std::string message = doing + ": " + (description ? description : "unknown error") + " (" +
                        (name ? name : std::to_string(number)) + ")";
  if (!detail.empty()) {
    message += ": " + detail;
  }
  return {number, message};
}

}  // namespace calicomesos::kernel
