#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "cli/command.h"
#include "cli/instance_args.h"

namespace vedette::cli {
namespace {

int verify(const InstanceArgs& args) {
  auto api = connect(args);
  if (!api) return not_done(api.error());
  auto answer = (*api)->get("/audit/verify");
  if (!answer) return not_done(answer.error());
  if (answer->at("ok").as_bool()) {
    fmt::print("the audit log is whole\n");
    return kWell;
  }
  fmt::print(stderr, "the audit log does not fit together: {}\n",
             std::string_view(answer->at("detail").as_string()));
  return kBad;
}

}  // namespace

void add_audit(Command& root, int& exit_code) {
  auto args = std::make_shared<InstanceArgs>();
  auto* audit = root.add_subcommand("audit", "The hash-chained log of who changed what");
  audit->require_subcommand(1);
  auto* command = audit->add_subcommand("verify", "Recompute the chain; exit code 1 when a row does not fit");
  add_api_options(*command, *args);
  command->callback([args, &exit_code] { exit_code = verify(*args); });
}

}  // namespace vedette::cli
