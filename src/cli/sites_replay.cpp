#include <iostream>

#include "cli/app.h"
#include "cli/command.h"
#include "sites/replay.h"

namespace vedette::cli {

void add_sites_replay(Command& sites, int& exit_code) {
  auto options = std::make_shared<sites::ReplayOptions>();
  auto* command = sites.add_subcommand(
      "replay", "Judge recorded fetches: DIR/<page>/<nn>.html in the order of their names");
  command->add_option("folder", options->folder, "Folder of pages")->required()->check(existing_folder());
  command->add_option("--learn", options->learn, "Fetches that are learnt before judging")
      ->check(between(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--against", options->against,
                   "Folder of hostile files, each presented to every page as its next fetch")
      ->check(existing_folder());
  command->add_flag("--json", options->json, "A JSON line per change");
  command->add_flag("--approve-alarms", options->approve_alarms,
                    "Play an operator who approves every alarm after it was given");
  command->footer("Exit code 1 when a change was CRITICAL, 2 when something could not be read.");
  command->callback([options, &exit_code] { exit_code = sites::run_replay(*options, std::cout, std::cerr); });
}

}  // namespace vedette::cli
