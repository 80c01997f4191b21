// A command and its options, as the files of the commands declare them. CLI11 does the work, but only
// command.cpp, app.cpp and command_list.cpp see it: it costs every file that includes it ten seconds of
// compiling. One thread, at the start of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vedette::cli {

// What a value must be; a value that is not is a mistake of usage (exit code 2).
struct Check {
  enum class Kind { kOneOf, kBetween, kExistingFolder, kExistingFile } kind;
  std::vector<std::string> choices;
  std::int64_t low = 0, high = 0;
};
Check one_of(std::vector<std::string> choices);
Check between(std::int64_t low, std::int64_t high);
Check existing_folder();
Check existing_file();

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option* required();
  Option* check(const Check& check);
  Option* capture_default_str();  // --help shows the value that the variable has now
  Option* default_val(const std::string& value);
  Option* envname(const std::string& name);
  Option* group(const std::string& name);  // "": not shown
  Option* one_at_a_time();                 // of several values: each with the option's name before it

 private:
  CLI::Option* option_;
};

class Command {
 public:
  Command(const std::string& what, const std::string& name);  // the program
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

  Command* add_subcommand(const std::string& name, const std::string& what);
  Command* get_subcommand(const std::string& name);  // that is there already
  Command* require_subcommand(int count);
  Command* footer(const std::string& text);
  Command* callback(std::function<void()> act);
  // The variable outlives the tree. Vectors take several values.
  Option* add_option(const std::string& name, std::string& value, const std::string& what);
  Option* add_option(const std::string& name, std::vector<std::string>& value, const std::string& what);
  Option* add_option(const std::string& name, std::filesystem::path& value, const std::string& what);
  Option* add_option(const std::string& name, std::vector<std::filesystem::path>& value,
                     const std::string& what);
  Option* add_option(const std::string& name, int& value, const std::string& what);
  Option* add_option(const std::string& name, unsigned& value, const std::string& what);
  Option* add_option(const std::string& name, std::int64_t& value, const std::string& what);
  Option* add_option(const std::string& name, std::uint64_t& value, const std::string& what);
  Option* add_option(const std::string& name, double& value, const std::string& what);
  Option* add_flag(const std::string& name, bool& value, const std::string& what);

  CLI::App& app() const { return *app_; }

 private:
  explicit Command(CLI::App* app);
  Option* keep(CLI::Option* option);

  std::unique_ptr<CLI::App> root_;  // of the program; null in a subcommand
  CLI::App* app_;
  std::vector<std::unique_ptr<Command>> children_;
  std::vector<std::unique_ptr<Option>> options_;
};

}  // namespace vedette::cli
