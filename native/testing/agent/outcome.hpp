#pragma once

#include <string>

#include <mesos/mesos.hpp>

#include <process/future.hpp>

#include "container_id.hpp"
#include "protocol.pb.h"

namespace calico::agent {

/// The reply to a command that did not work.
inline Reply failed(const std::string& step, const std::string& error)
{
  Reply reply;
  reply.set_ok(false);
  reply.set_step(step);
  reply.set_error(error);
  return reply;
}


inline Reply succeeded()
{
  Reply reply;
  reply.set_ok(true);
  return reply;
}


inline Event eventOf(const std::string& name, const mesos::ContainerID& containerId)
{
  Event event;
  event.set_event(name);
  *event.mutable_container_id() = valueOf(containerId);
  return event;
}


/// Why a complete future has no value.
template <typename T>
std::string reasonOf(const process::Future<T>& future)
{
  return future.isFailed() ? future.failure() : "discarded";
}

} // namespace calico::agent {
