#include "flags.hpp"

namespace calico::agent {

const char* const HELP = R"(calico-mesos-test-agent: opens a Mesos isolator module and treats it as the Mesos agent does.

  --modules=file:///PATH   modules.json, as Mesos reads it (or the JSON itself)
  --isolation=NAME         the module to create, as in Mesos's --isolation; one
  --work_dir=DIR           checkpoints, by which the next agent recovers, and the containers' sandboxes:
                           DIR/containers/ID/{stdout,stderr}
  --socket=PATH            serve commands on this Unix socket, to any number of clients; else on standard input and output
  --version                the version of Mesos whose modules it takes, as the Mesos agent prints it
  --help                   this text

Log lines go to standard error. Status 0 after `quit` or the end of standard input; 1, with one line that says why, if the
module cannot be loaded or does not recover. SIGTERM ends the agent at once, as it does Mesos's. Containers outlive the agent.

One JSON object per line in; one line per command out, with the command's "id", when it is done: {"id":1,"ok":true,…} or
{"id":1,"ok":false,"step":"prepare","error":"…"}. Commands for one container run in the order sent, others side by side.
"container_id" is a string, or {"value":"child","parent":{"value":"parent"}} for a nested container.

  {"id":1,"do":"launch","container_id":"c1","command":["sleep","60"]}
      prepare; clone a process with the namespaces asked for, blocked; checkpoint; watch and isolate; let it run. On a
      failure everything is undone (cleanup is called) and "step" is launch, prepare, clone, checkpoint or isolate.
      Also: "container_info", "executor_info", "task_info", "resources", "container_class", "rootfs" (a directory with
      an image; the command runs in it, in its root), "environment":{"NAME":"value"}. Replies with "pid" and, if prepare gave one, "launch_info".
      Without executor_info and task_info a container is standalone.
  {"do":"destroy","container_id":"c1"}      kill every process of the container and of those nested in it; cleanup.
                                            With "now":true also while its launch is under way, as Mesos may.
  {"do":"status","container_id":"c1"}       replies with "status", a ContainerStatus
  {"do":"usage","container_id":"c1"}        replies with "usage", ResourceStatistics
  {"do":"list"}                             replies with "containers", their states and pids
  {"do":"metrics"}                          replies with "metrics", what Mesos's /metrics/snapshot has of the module
  {"do":"quit"}                             once earlier commands are done (with "now":true: at once), destroy the isolator
                                            and exit. Containers go on.

One call to the isolator and nothing else, for containers that the agent need not know:

  {"do":"prepare","container_id":"c1",…}    as launch; replies with "launch_info" or without
  {"do":"isolate","container_id":"c1","pid":123}
  {"do":"watch","container_id":"c1"}        replies with "limitation" when the isolator reports one
  {"do":"cleanup","container_id":"c1"}
  {"do":"recover","states":[{"container_id":{"value":"c1"},"pid":1,"directory":"/d"},…],"orphans":["c2",…]}

The replies to prepare, isolate and cleanup have "took_ns": how long the isolator took. And, for measuring:

  {"do":"fork"}                             forks a process that ends at once; "took_ns" is how long the agent was busy with it

Events come without an "id":

  {"event":"ready","pid":123,"recovered":[…],"orphans":[…]}   first; on a socket to every new client
  {"event":"exited","container_id":"c1","status":0,"exit_code":0}   it ended by itself (or by "signal"), and was cleaned up
  {"event":"limited","container_id":"c1","limitation":{…}}    the isolator said so, and it was destroyed
  {"event":"orphan","container_id":"c2"}                      an agent before this left it, and it was destroyed
Each has "error" if the container could not be cleaned up.
)";

} // namespace calico::agent {
