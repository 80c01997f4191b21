#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "server/version.h"

namespace vedette::cli {

std::unique_ptr<CLI::App> command_tree(int& exit_code) {
  auto root =
      std::make_unique<CLI::App>("A 24/7 watch over an organisation's information systems", "vedette");
  root->set_version_flag("--version", "vedette " + std::string(server::version()));
  root->require_subcommand(1);
  root->footer("Exit codes: 0 done and well; 1 done, and the answer is bad; 2 not done.");
  add_server(*root, exit_code);
  add_check_config(*root, exit_code);
  add_sites(*root, exit_code);
  add_files(*root, exit_code);
  add_users(*root, exit_code);
  add_backup(*root, exit_code);
  add_audit(*root, exit_code);
  add_completion(*root, exit_code);
  add_man(*root, exit_code);
  return root;
}

int run(int argc, char** argv) {
  int exit_code = kWell;
  auto root = command_tree(exit_code);
  try {
    root->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = root->exit(error);
    return code == 0 ? kWell : kNotDone;
  }
  return exit_code;
}

}  // namespace vedette::cli
