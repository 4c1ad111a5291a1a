#pragma once

#include <string>

#include <mesos/slave/containerizer.hpp>

namespace calico::agent {

/// What Mesos's filesystem/linux adds to the launch of a container with an image: a mount namespace, in which the image is a
/// mount point of its own, as pivot_root wants it, and has the kernel's file systems. Before the mounts of other isolators.
void addImage(const std::string& rootfs, mesos::slave::ContainerLaunchInfo* launchInfo);

} // namespace calico::agent {
