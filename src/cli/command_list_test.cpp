#include "cli/command_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "server/version.h"

namespace vedette::cli {
namespace {

using testing::HasSubstr;

std::string bytes_of(const std::string& path) {
  std::ifstream in(std::string(VEDETTE_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(CommandList, EveryCommandHasItsPlaceInManualAndCompletions) {
  int code = 0;
  auto commands = list_commands(*command_tree(code));
  std::set<std::string> paths;
  for (const auto& command : commands) EXPECT_TRUE(paths.insert(command.path).second) << command.path;
  for (const char* path :
       {"server", "check-config", "backup", "restore", "users setup-link", "sites add", "sites list",
        "sites import", "sites approve", "sites ignore", "sites check", "sites replay", "audit verify",
        "files guard", "files rollback", "files allow", "files incidents", "logs scan"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
  for (const auto& command : commands) {
    EXPECT_FALSE(command.what.empty()) << command.path;
    for (const auto& option : command.options)
      EXPECT_FALSE(option.what.empty()) << command.path << " " << option.name;
  }
}

TEST(CommandList, WhatIsInstalledIsUpToDate) {
  int code = 0;
  auto commands = list_commands(*command_tree(code));
  EXPECT_EQ(bytes_of("packaging/vedette.1"), man_page(commands, std::string(server::version())))
      << "run packaging/generate";
  EXPECT_EQ(bytes_of("packaging/completions/vedette.bash"), completion(commands, "bash"))
      << "run packaging/generate";
  EXPECT_EQ(bytes_of("packaging/completions/_vedette"), completion(commands, "zsh"))
      << "run packaging/generate";
  EXPECT_EQ(bytes_of("packaging/completions/vedette.fish"), completion(commands, "fish"))
      << "run packaging/generate";
}

}  // namespace
}  // namespace vedette::cli
