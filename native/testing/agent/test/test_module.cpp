// Modules for the tests of the test agent: a dummy isolator under both kinds of names, and modules with one thing wrong each.

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include <glog/logging.h>

#include <mesos/module/isolator.hpp>

#include <stout/stringify.hpp>

namespace {

using mesos::ContainerID;
using mesos::slave::ContainerConfig;
using mesos::slave::ContainerLaunchInfo;
using mesos::slave::ContainerLimitation;
using mesos::slave::ContainerState;
using process::Failure;
using process::Future;

/// Notes every call, one line each, in the file that parameter `calls` names, and does what the labels of a container's
/// first network_info tell it to.
class DummyIsolator : public mesos::slave::Isolator
{
public:
  explicit DummyIsolator(const std::map<std::string, std::string>& _parameters) : parameters(_parameters)
  {
    std::cout << "What a module prints is not for those who read the protocol." << std::endl;
  }

  ~DummyIsolator() override { note("destructor"); }

  bool supportsNesting() override { return parameters.count("no_nesting") == 0; }
  bool supportsStandalone() override { return true; }

  Future<Nothing> recover(const std::vector<ContainerState>& states, const hashset<ContainerID>& orphans) override
  {
    for (const ContainerState& state : states) {
      note("recover " + stringify(state.container_id()) + (state.has_executor_info() ? " of an executor" : "") +
          (state.container_info().network_infos_size() > 0 ? " with a network" : ""));
    }
    for (const ContainerID& orphan : orphans) {
      note("recover orphan " + stringify(orphan));
    }
    if (parameters.count("recover_fails") > 0) {
      return Failure("told not to recover");
    }
    return Nothing();
  }

  Future<Option<ContainerLaunchInfo>> prepare(const ContainerID& containerId, const ContainerConfig& config) override
  {
    note("prepare " + stringify(containerId));
    const std::map<std::string, std::string> labels = labelsOf(config);
    wishes[stringify(containerId)] = labels;
    if (labels.count("refuse_prepare") > 0) {
      return Failure("told to refuse " + stringify(containerId));
    }
    if (labels.count("wait_in_prepare") > 0) {
      return waiting.future().then([]() { return Option<ContainerLaunchInfo>(ContainerLaunchInfo()); });
    }
    if (labels.empty()) {
      return None();
    }
    ContainerLaunchInfo info;
    if (labels.count("clone") > 0) {
      info.add_clone_namespaces(std::stoi(labels.at("clone")));
    }
    if (labels.count("enter") > 0) {
      info.add_enter_namespaces(std::stoi(labels.at("enter")));
    }
    if (labels.count("mount") > 0) {
      mesos::slave::ContainerMountInfo* mount = info.add_mounts();
      mount->set_target(labels.at("mount"));
      mount->set_type("tmpfs");
    }
    mesos::Environment::Variable* variable = info.mutable_environment()->add_variables();
    variable->set_name("FROM_ISOLATOR");
    variable->set_value("yes");
    return Option<ContainerLaunchInfo>(info);
  }

  Future<Nothing> isolate(const ContainerID& containerId, pid_t pid) override
  {
    char executable[4096] = "";
    const ssize_t length = readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), executable, sizeof(executable) - 1);
    note("isolate " + stringify(containerId) + (length > 0 ? "" : " without a process"));
    if (wishes[stringify(containerId)].count("refuse_isolate") > 0) {
      return Failure("told not to isolate");
    }
    return Nothing();
  }

  Future<ContainerLimitation> watch(const ContainerID& containerId) override
  {
    note("watch " + stringify(containerId));
    if (wishes[stringify(containerId)].count("limit") > 0) {
      ContainerLimitation limitation;
      limitation.set_message("too much");
      return limitation;
    }
    return Future<ContainerLimitation>();
  }

  Future<mesos::ContainerStatus> status(const ContainerID&) override
  {
    mesos::ContainerStatus status;
    status.add_network_infos()->add_ip_addresses()->set_ip_address("198.18.0.1");
    return status;
  }

  Future<Nothing> cleanup(const ContainerID& containerId) override
  {
    note("cleanup " + stringify(containerId));
    if (stringify(containerId) == "release") {
      waiting.set(Nothing());
    }
    if (wishes[stringify(containerId)].count("refuse_cleanup") > 0) {
      return Failure("told not to clean up");
    }
    return Nothing();
  }

private:
  static std::map<std::string, std::string> labelsOf(const ContainerConfig& config)
  {
    std::map<std::string, std::string> labels;
    for (const mesos::NetworkInfo& network : config.container_info().network_infos()) {
      for (const mesos::Label& label : network.labels().labels()) {
        labels[label.key()] = label.value();
      }
    }
    return labels;
  }

  void note(const std::string& call)
  {
    std::ofstream(parameters["calls"], std::ios::app) << call << std::endl;
  }

  std::map<std::string, std::string> parameters;
  std::map<std::string, std::map<std::string, std::string>> wishes;
  process::Promise<Nothing> waiting;
};


mesos::slave::Isolator* create(const mesos::Parameters& parameters)
{
  std::map<std::string, std::string> map;
  for (const mesos::Parameter& parameter : parameters.parameter()) {
    map[parameter.key()] = parameter.value();
  }
  if (map.count("create_fails") > 0) {
    LOG(ERROR) << "told not to create";
    return nullptr;
  }
  return new DummyIsolator(map);
}


bool never()
{
  return false;
}


using IsolatorModule = mesos::modules::Module<mesos::slave::Isolator>;

IsolatorModule describe(const char* apiVersion, const char* mesosVersion, bool (*compatible)())
{
  return IsolatorModule(apiVersion, mesosVersion, "tests", "tests@calico-mesos.invalid", "For tests.", compatible, &create);
}

} // namespace {


struct OtherKind : mesos::modules::ModuleBase
{
  OtherKind() : ModuleBase(MESOS_MODULE_API_VERSION, MESOS_VERSION, "Hook", "tests", "tests", "For tests.", nullptr) {}
};


#define EXPORTED __attribute__((visibility("default"))) extern

EXPORTED IsolatorModule org_example_Dummy;
IsolatorModule org_example_Dummy = describe(MESOS_MODULE_API_VERSION, MESOS_VERSION, nullptr);

EXPORTED IsolatorModule networkDummy asm("\"network/dummy\"");
IsolatorModule networkDummy = describe(MESOS_MODULE_API_VERSION, MESOS_VERSION, nullptr);

EXPORTED IsolatorModule other_api_version;
IsolatorModule other_api_version = describe("1", MESOS_VERSION, nullptr);

EXPORTED IsolatorModule other_mesos_version;
IsolatorModule other_mesos_version = describe(MESOS_MODULE_API_VERSION, "1.10.0", nullptr);

EXPORTED IsolatorModule incompatible;
IsolatorModule incompatible = describe(MESOS_MODULE_API_VERSION, MESOS_VERSION, &never);

EXPORTED IsolatorModule without_version;
IsolatorModule without_version = describe(nullptr, MESOS_VERSION, nullptr);

EXPORTED OtherKind other_kind;
OtherKind other_kind;
