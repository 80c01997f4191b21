// vedette logs: the log watch alone, without a server.

#include "cli/app.h"
#include "cli/command.h"

namespace vedette::cli {

void add_logs(Command& root, int& exit_code) {
  auto* logs = root.add_subcommand("logs", "Look for attacks in logs with Sigma rules");
  logs->require_subcommand(1);
  add_logs_scan(*logs, exit_code);
  add_logs_rules(*logs, exit_code);
}

}  // namespace vedette::cli
