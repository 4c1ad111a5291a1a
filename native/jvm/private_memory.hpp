#pragma once

#include "jvm/libjvm.hpp"

namespace calico::jvm {

/// Keeps what only Java uses out of the children that this process forks from now on: its heap, the compiled code, and the mapped archives of
/// classes. An agent forks for each container, with `fork` or `clone` without CLONE_VM, and its children go on to exec: what is copied for
/// them is the page tables of it all, and afterwards each page that Java writes to.
///
/// Where the heap and the code are is read from HotSpot's table for debuggers (its exported symbols gHotSpotVMStruct…). What is not found
/// there, or is mapped later, is copied into children as if this had not been called.
void keepOutOfChildren(const Libjvm& libjvm);

} // namespace calico::jvm
