#include <fmt/format.h>

#include <cstdio>

#include "cli/app.h"
#include "cli/command.h"
#include "server/config/config_docs.h"
#include "server/config/config_reader.h"
#include "server/options.h"

namespace vedette::cli {
namespace {

struct Args {
  std::string file = "/etc/vedette/vedette.toml";
  bool print_default = false, markdown = false;
};

int check(const Args& args) {
  if (args.print_default) {
    fmt::print("{}", server::default_config_file());
    return kWell;
  }
  if (args.markdown) {
    fmt::print("{}", server::configuration_markdown());
    return kWell;
  }
  auto config = server::load_config(args.file);
  if (config) {
    // The folders that the file names: a mistake in them keeps the server from starting.
    auto regimes = server::regime_set(*config);
    if (!regimes) {
      fmt::print(stderr, "{}\n", regimes.error().full());
      return kBad;
    }
    if (auto forms = server::form_set(*config, **regimes); !forms) {
      fmt::print(stderr, "{}\n", forms.error().full());
      return kBad;
    }
    if (auto playbooks = server::playbook_set(*config); !playbooks) {
      fmt::print(stderr, "{}\n", playbooks.error().full());
      return kBad;
    }
    if (auto mailboxes = server::intake_mailboxes(*config); !mailboxes) {
      fmt::print(stderr, "{}\n", mailboxes.error().full());
      return kBad;
    }
    fmt::print("{}: well\n", args.file);
    return kWell;
  }
  std::fputs(server::text(config.error()).c_str(), stderr);
  return kBad;
}

}  // namespace

void add_check_config(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* command =
      root.add_subcommand("check-config", "Check a configuration file and name every mistake in it");
  command->add_option("file", args->file, "Configuration file")->capture_default_str();
  command->add_flag("--default", args->print_default, "Print a file with every key and its default");
  command->add_flag("--markdown", args->markdown, "Print the documentation of every key");
  command->callback([args, &exit_code] { exit_code = check(*args); });
}

}  // namespace vedette::cli
