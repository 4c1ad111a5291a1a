#include "bind_mount.hpp"

#include <sys/mount.h>

#include <cerrno>

namespace calicomesos::kernel::bind_mount {

Failure make(const std::string& source, const std::string& target) {
  if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return error("mounting " + source + " over " + target, errno);
  }
  return std::nullopt;
}

Result<bool> remove(const std::string& target) {
  bool removed = false;
  while (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    removed = true;
  }
  if (errno != EINVAL) {  // Which says that nothing is mounted there.
    return error("unmounting " + target, errno);
  }
  return removed;
}

}  // namespace calicomesos::kernel::bind_mount
