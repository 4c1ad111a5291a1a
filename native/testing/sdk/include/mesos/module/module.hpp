#pragma once

#include <mesos/module/module.pb.h>
