#include "image.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

namespace calico::agent {

namespace {

void add(
    mesos::slave::ContainerLaunchInfo* launchInfo,
    const std::string& source,
    const std::string& target,
    const std::string& type,
    unsigned flags)
{
  mesos::slave::ContainerMountInfo* added = launchInfo->add_mounts();
  added->set_source(source);
  added->set_target(target);
  if (!type.empty()) {
    added->set_type(type);
  }
  added->set_flags(flags);
}

} // namespace {


void addImage(const std::string& rootfs, mesos::slave::ContainerLaunchInfo* launchInfo)
{
  const auto& cloned = launchInfo->clone_namespaces();
  if (std::find(cloned.begin(), cloned.end(), CLONE_NEWNS) == cloned.end()) {
    launchInfo->add_clone_namespaces(CLONE_NEWNS);
  }
  mesos::slave::ContainerLaunchInfo ofIsolator = *launchInfo;
  launchInfo->clear_mounts();
  add(launchInfo, rootfs, rootfs, "", MS_BIND | MS_REC);
  add(launchInfo, "proc", rootfs + "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV);
  add(launchInfo, "sysfs", rootfs + "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV);
  launchInfo->mutable_mounts()->MergeFrom(ofIsolator.mounts());
  launchInfo->set_rootfs(rootfs);
}

} // namespace calico::agent {
