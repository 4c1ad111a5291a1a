#include "modules.hpp"

#include <dlfcn.h>

#include <map>

#include <mesos/module.hpp>
#include <mesos/module/isolator.hpp>

#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>

#include "files.hpp"
#include "json.hpp"

namespace calico::agent {

namespace {

using mesos::modules::Module;
using mesos::modules::ModuleBase;
using mesos::slave::Isolator;

struct Loaded
{
  ModuleBase* base;
  mesos::Parameters parameters;
};


Option<Error> verify(const std::string& name, const ModuleBase& base)
{
  const std::string module = "module '" + name + "'";
  for (const char* field : {
           base.moduleApiVersion, base.mesosVersion, base.kind, base.authorName, base.authorEmail, base.description}) {
    if (field == nullptr) {
      return Error(module + " leaves a field of its description null; version, kind, author and description are needed");
    }
  }
  if (std::string(base.moduleApiVersion) != MESOS_MODULE_API_VERSION) {
    return Error(
        module + " has module API version " + base.moduleApiVersion + ", this agent has " MESOS_MODULE_API_VERSION);
  }
  const std::string kind = mesos::modules::kind<Isolator>();
  if (base.kind != kind) {
    return Error(module + " is of kind '" + base.kind + "', this agent takes modules of kind '" + kind + "' only");
  }
  // Isolators are not compatible between versions, so whatever `compatible` says, another version is refused.
  if (std::string(base.mesosVersion) != MESOS_VERSION) {
    return Error(module + " was built for Mesos " + base.mesosVersion + ", this agent is " MESOS_VERSION);
  }
  if (base.compatible != nullptr && !base.compatible()) {
    return Error(module + " says itself that it is not compatible");
  }
  return None();
}


Try<void*> openLibrary(const mesos::Modules::Library& library)
{
  if (!library.has_file() && !library.has_name()) {
    return Error("a library has neither 'file' nor 'name'");
  }
  const std::string path = library.has_file() ? library.file() : "lib" + library.name() + ".so";
  void* handle = dlopen(path.c_str(), RTLD_NOW);
  if (handle == nullptr) {
    return Error("cannot open library '" + path + "': " + dlerror());
  }
  return handle;
}


Option<Error> load(const mesos::Modules::Library& library, std::map<std::string, Loaded>* modules)
{
  const Try<void*> handle = openLibrary(library);
  if (handle.isError()) {
    return Error(handle.error());
  }
  const std::string path = library.has_file() ? library.file() : library.name();

  for (const mesos::Modules::Library::Module& module : library.modules()) {
    if (!module.has_name()) {
      return Error("a module of library '" + path + "' has no 'name'");
    }
    void* symbol = dlsym(handle.get(), module.name().c_str());
    if (symbol == nullptr) {
      return Error("library '" + path + "' has no module '" + module.name() + "': " + dlerror());
    }
    Loaded loaded{static_cast<ModuleBase*>(symbol), {}};
    const Option<Error> invalid = verify(module.name(), *loaded.base);
    if (invalid.isSome()) {
      return invalid;
    }
    *loaded.parameters.mutable_parameter() = module.parameters();

    // Mesos lets the very same entry stand twice.
    const auto inserted = modules->emplace(module.name(), loaded);
    const Loaded& first = inserted.first->second;
    if (first.base != loaded.base || first.parameters.SerializeAsString() != loaded.parameters.SerializeAsString()) {
      return Error("module '" + module.name() + "' is named twice, with another library or other parameters");
    }
  }
  return None();
}

} // namespace {


Try<mesos::Modules> readModules(const std::string& flag)
{
  const std::string scheme = "file://";
  std::string json = flag;
  std::string where = "--modules";
  if (flag.compare(0, scheme.size(), scheme) == 0) {
    where = flag.substr(scheme.size());
    const Try<std::string, ErrnoError> content = readFile(where);
    if (content.isError()) {
      return Error("--modules: " + content.error().message);
    }
    json = content.get();
  } else if (flag.find('{') == std::string::npos) {
    return Error("--modules='" + flag + "': file:///path/of/modules.json is expected, or the JSON itself");
  }

  mesos::Modules modules;
  const Try<Nothing> parsed = fromJson(json, &modules);
  if (parsed.isError()) {
    return Error(
        where + " is not {\"libraries\": [{\"file\" or \"name\", \"modules\": [{\"name\", \"parameters\": [{\"key\", "
        "\"value\"}]}]}]}: " + parsed.error());
  }
  return modules;
}


Try<Isolator*> createIsolator(const mesos::Modules& modules, const std::string& name)
{
  std::map<std::string, Loaded> loaded;
  for (const mesos::Modules::Library& library : modules.libraries()) {
    const Option<Error> failed = load(library, &loaded);
    if (failed.isSome()) {
      return Error("--modules: " + failed->message);
    }
  }

  const auto found = loaded.find(name);
  if (found == loaded.end()) {
    std::string known;
    for (const auto& module : loaded) {
      known += (known.empty() ? "" : ", ") + module.first;
    }
    return Error("--isolation='" + name + "': no such module; --modules names: " + (known.empty() ? "none" : known));
  }

  auto* module = static_cast<Module<Isolator>*>(found->second.base);
  Isolator* isolator = module->create == nullptr ? nullptr : module->create(found->second.parameters);
  if (isolator == nullptr) {
    return Error("module '" + name + "' could not be created: it returned null; its own reason may stand in the log above");
  }
  return isolator;
}

} // namespace calico::agent {
