// `vedette man` and `vedette completion`: written from the command tree itself.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_list.h"
#include "server/version.h"

namespace vedette::cli {

void add_completion(Command& root, int& exit_code) {
  auto shell = std::make_shared<std::string>();
  auto* command = root.add_subcommand("completion", "Print the completion script of a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}));
  command->callback([&root, shell, &exit_code] {
    fmt::print("{}", completion(list_commands(root), *shell));
    exit_code = kWell;
  });
}

void add_man(Command& root, int& exit_code) {
  auto* command = root.add_subcommand("man", "Print the manual page (troff)");
  command->callback([&root, &exit_code] {
    fmt::print("{}", man_page(list_commands(root), std::string(server::version())));
    exit_code = kWell;
  });
}

}  // namespace vedette::cli
