#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <glog/logging.h>

#include <mesos/version.hpp>

#include <mesos/module/isolator.hpp>

#include "isolator/engine.hpp"
#include "isolator/isolator.hpp"

namespace {

/// In one piece, so that `calico-mesos doctor` finds it in the file.
constexpr char BUILT_FOR[] = ", built for Mesos " MESOS_VERSION;


/// Null tells Mesos that the module could not be created; the reason stands in the log.
mesos::slave::Isolator* create(const std::string& name, const mesos::Parameters& parameters)
{
  LOG(INFO) << "calico-mesos: " << name << BUILT_FOR;
  calico::Result<std::unique_ptr<calico::Engine>> engine = calico::Engine::create(name, parameters);
  if (!engine.ok()) {
    LOG(ERROR) << "calico-mesos: cannot create the isolator " << name << ": " << engine.error();
    return nullptr;
  }
  return new calico::NetworkIsolator(std::move(engine.value()));
}


mesos::slave::Isolator* createBesideCni(const mesos::Parameters& parameters)
{
  return create("io_calicomesos_NetworkIsolator", parameters);
}


mesos::slave::Isolator* createInPlaceOfCni(const mesos::Parameters& parameters)
{
  return create("network/calico", parameters);
}


using IsolatorModule = mesos::modules::Module<mesos::slave::Isolator>;

IsolatorModule describe(mesos::slave::Isolator* (*create)(const mesos::Parameters&))
{
  return IsolatorModule(
      MESOS_MODULE_API_VERSION,
      MESOS_VERSION,
      "calico-mesos",
      "maintainers@calico-mesos.invalid",
      "Calico networking for Mesos containers.",
      nullptr, // Only the very Mesos version that this library was built for.
      create);
}

} // namespace {


// Mesos looks modules up as symbols. Beside Mesos's own network/cni:
__attribute__((visibility("default"))) extern IsolatorModule io_calicomesos_NetworkIsolator;
IsolatorModule io_calicomesos_NetworkIsolator = describe(&createBesideCni);

// In the place of network/cni, which Mesos leaves out when some isolator's name starts with network/:
__attribute__((visibility("default"))) extern IsolatorModule networkCalico asm("\"network/calico\"");
IsolatorModule networkCalico = describe(&createInPlaceOfCni);
