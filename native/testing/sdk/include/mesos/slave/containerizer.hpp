#pragma once

#include <mesos/slave/containerizer.pb.h>
