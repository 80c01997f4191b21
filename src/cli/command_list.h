// The command tree as plain values: what the man page and the completions are written from.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"

namespace vedette::cli {

struct ListedOption {
  std::string name;   // "--json", or "file" for a positional
  std::string value;  // "TEXT"; empty for a flag
  std::string what;
  std::vector<std::string> choices;
  bool positional = false, required = false;
};
struct ListedCommand {
  std::string path;  // "sites add"; empty for the root
  std::string what, footer;
  std::vector<ListedOption> options;
  std::vector<std::string> children;  // names only
};

std::vector<ListedCommand> list_commands(const Command& root);
std::string man_page(const std::vector<ListedCommand>& commands, const std::string& version);
// shell: "bash", "zsh" or "fish".
std::string completion(const std::vector<ListedCommand>& commands, const std::string& shell);

}  // namespace vedette::cli
