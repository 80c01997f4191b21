#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "server/config/nearest.h"
#include "server/version.h"

namespace vedette::cli {

std::unique_ptr<Command> command_tree(int& exit_code) {
  auto root = std::make_unique<Command>("A 24/7 watch over an organisation's information systems", "vedette");
  root->app().set_version_flag("--version", "vedette " + std::string(server::version()));
  root->require_subcommand(1);
  root->footer("Exit codes: 0 done and well; 1 done, and the answer is bad; 2 not done.");
  add_server(*root, exit_code);
  add_check_config(*root, exit_code);
  add_clocks(*root, exit_code);
  add_sites(*root, exit_code);
  add_files(*root, exit_code);
  add_logs(*root, exit_code);
  add_agent(*root, exit_code);
  add_agent_hosts(*root, exit_code);
  add_users(*root, exit_code);
  add_backup(*root, exit_code);
  add_audit(*root, exit_code);
  add_evidence(*root, exit_code);
  add_watchdog(*root, exit_code);
  add_completion(*root, exit_code);
  add_man(*root, exit_code);
  return root;
}

namespace {

// The word that is no command, and the commands there are in its place. CLI11 only says that one is missing.
bool complain_of_unknown_command(const CLI::App& root, int argc, char** argv) {
  const CLI::App* at = &root;
  std::string path = "vedette";
  for (int i = 1; i < argc; ++i) {
    auto children = at->get_subcommands([](const CLI::App*) { return true; });
    std::string word = argv[i];
    if (children.empty() || word.starts_with('-')) return false;
    auto known = std::ranges::find(children, word, [](const CLI::App* child) { return child->get_name(); });
    if (known != children.end()) {
      at = *known;
      path += " " + word;
      continue;
    }
    std::vector<std::string> names;
    for (const auto* child : children) names.push_back(child->get_name());
    auto meant = server::nearest(word, names);
    std::fprintf(stderr, "vedette: there is no command \"%s\"; %s\n", (path + " " + word).c_str(),
                 meant ? ("did you mean \"" + path + " " + *meant + "\"?").c_str()
                       : ("`" + path + " --help` lists them").c_str());
    return true;
  }
  return false;
}

}  // namespace

int run(int argc, char** argv) {
  int exit_code = kWell;
  auto root = command_tree(exit_code);
  try {
    root->app().parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && complain_of_unknown_command(root->app(), argc, argv)) return kNotDone;
    int code = root->app().exit(error);
    return code == 0 ? kWell : kNotDone;
  }
  return exit_code;
}

}  // namespace vedette::cli
