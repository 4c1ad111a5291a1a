#pragma once

#include <mesos/mesos.pb.h>

#include <mesos/type_utils.hpp>
#include <mesos/version.hpp>
