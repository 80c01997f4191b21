#include "cli/command.h"

#include <CLI/CLI.hpp>

#include "base/assert.h"

namespace vedette::cli {

Check one_of(std::vector<std::string> choices) { return {Check::Kind::kOneOf, std::move(choices), 0, 0}; }
Check between(std::int64_t low, std::int64_t high) { return {Check::Kind::kBetween, {}, low, high}; }
Check existing_folder() { return {Check::Kind::kExistingFolder, {}, 0, 0}; }
Check existing_file() { return {Check::Kind::kExistingFile, {}, 0, 0}; }

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::check(const Check& check) {
  switch (check.kind) {
    case Check::Kind::kOneOf:
      option_->check(CLI::IsMember(check.choices));
      break;
    case Check::Kind::kBetween:
      option_->check(CLI::Range(check.low, check.high));
      break;
    case Check::Kind::kExistingFolder:
      option_->check(CLI::ExistingDirectory);
      break;
    case Check::Kind::kExistingFile:
      option_->check(CLI::ExistingFile);
      break;
  }
  return this;
}

Option* Option::capture_default_str() {
  option_->capture_default_str();
  return this;
}

Option* Option::default_val(const std::string& value) {
  option_->default_val(value);
  return this;
}

Option* Option::envname(const std::string& name) {
  option_->envname(name);
  return this;
}

Option* Option::group(const std::string& name) {
  option_->group(name);
  return this;
}

Option* Option::one_at_a_time() {
  option_->allow_extra_args(false);
  return this;
}

Command::Command(const std::string& what, const std::string& name)
    : root_(std::make_unique<CLI::App>(what, name)), app_(root_.get()) {}
Command::Command(CLI::App* app) : app_(app) {}
Command::~Command() = default;

Command* Command::add_subcommand(const std::string& name, const std::string& what) {
  children_.push_back(std::unique_ptr<Command>(new Command(app_->add_subcommand(name, what))));
  return children_.back().get();
}

Command* Command::get_subcommand(const std::string& name) {
  auto found = std::ranges::find(children_, name, [](const auto& child) { return child->app_->get_name(); });
  VEDETTE_ASSERT(found != children_.end());
  return found->get();
}

Command* Command::require_subcommand(int count) {
  app_->require_subcommand(count);
  return this;
}

Command* Command::footer(const std::string& text) {
  app_->footer(text);
  return this;
}

Command* Command::callback(std::function<void()> act) {
  app_->callback(std::move(act));
  return this;
}

Option* Command::keep(CLI::Option* option) {
  options_.push_back(std::make_unique<Option>(option));
  return options_.back().get();
}

Option* Command::add_option(const std::string& name, std::string& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, std::vector<std::string>& value,
                            const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, std::filesystem::path& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, std::vector<std::filesystem::path>& value,
                            const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, int& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, unsigned& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, std::int64_t& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, std::uint64_t& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_option(const std::string& name, double& value, const std::string& what) {
  return keep(app_->add_option(name, value, what));
}
Option* Command::add_flag(const std::string& name, bool& value, const std::string& what) {
  return keep(app_->add_flag(name, value, what));
}

}  // namespace vedette::cli
